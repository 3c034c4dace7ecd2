//! The account of the library and ours.
//!
//! winterbaume knows one account for the whole process. Several emulators may run in one process,
//! so each exchanges its own account and the library's wherever they appear as a whole number, on
//! the way in and on the way out. An exchange undoes itself, so a document that names the library's
//! account as some foreign one comes back as it was.

use bytes::Bytes;
use winterbaume_core::DEFAULT_ACCOUNT_ID;

/// The exchange of two accounts.
#[derive(Clone, Debug)]
pub(super) struct Accounts {
    /// `None` if both are the same.
    own: Option<String>,
}

impl Accounts {
    pub(super) fn new(own: &str) -> Self {
        Self {
            own: (own != DEFAULT_ACCOUNT_ID).then(|| own.to_owned()),
        }
    }

    /// The same bytes with the two accounts exchanged.
    pub(super) fn swap(&self, bytes: &Bytes) -> Bytes {
        let Some(own) = &self.own else {
            return bytes.clone();
        };
        let mut swapped = bytes.to_vec();
        let mut at = 0;
        while at < swapped.len() {
            let digits = swapped[at..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .count();
            let number = &mut swapped[at..at + digits];
            if number == own.as_bytes() {
                number.copy_from_slice(DEFAULT_ACCOUNT_ID.as_bytes());
            } else if number == DEFAULT_ACCOUNT_ID.as_bytes() {
                number.copy_from_slice(own.as_bytes());
            }
            at += digits.max(1);
        }
        swapped.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_exchanged_and_exchanged_back() {
        let accounts = Accounts::new("111122223333");
        let text =
            Bytes::from_static(b"arn:aws:iam::111122223333:role/a 123456789012 1111222233334");
        let swapped = accounts.swap(&text);
        assert_eq!(
            swapped.as_ref(),
            b"arn:aws:iam::123456789012:role/a 111122223333 1111222233334"
        );
        assert_eq!(accounts.swap(&swapped), text);
    }
}
