//! Where in a text accounts and secrets stand.

use super::Redactor;

/// A shorter secret is part of too many words: it counts only where it is a whole one.
const SHORT: usize = 4;
const ACCOUNT_DIGITS: usize = 12;

/// A stretch that is taken out, in bytes.
pub(super) struct Find {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) is_secret: bool,
}

impl Redactor {
    /// Everything to take out; stretches may overlap.
    pub(super) fn finds(&self, text: &str) -> Vec<Find> {
        let mut finds = Vec::new();
        for secret in &self.secrets {
            let is_whole = |start: usize| {
                secret.chars().count() >= SHORT || is_word(text, start, start + secret.len())
            };
            let starts = every(text, secret).filter(|start| is_whole(*start));
            finds.extend(starts.map(|start| Find {
                start,
                end: start + secret.len(),
                is_secret: true,
            }));
        }
        for account in &self.accounts {
            let is_alone = |start: &usize| is_number(text, *start, start + account.len());
            finds.extend(every(text, account).filter(is_alone).map(|start| Find {
                start,
                end: start + account.len(),
                is_secret: false,
            }));
        }
        finds.extend(accounts_of_arns(text).map(|start| Find {
            start,
            end: start + ACCOUNT_DIGITS,
            is_secret: false,
        }));
        finds
    }
}

/// Every place of a text in another, those that overlap too.
fn every<'a>(text: &'a str, part: &'a str) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + text.get(from..)?.find(part)?;
        from = at + part.chars().next().map_or(1, char::len_utf8);
        Some(at)
    })
}

/// Whether no letter or digit stands on either side.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

/// Whether no digit stands on either side.
fn is_number(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].bytes().next_back();
    let after = text[end..].bytes().next();
    !before.is_some_and(|it| it.is_ascii_digit()) && !after.is_some_and(|it| it.is_ascii_digit())
}

/// Where the accounts of ARNs start: `arn:partition:service:region:account:...`.
fn accounts_of_arns(text: &str) -> impl Iterator<Item = usize> + '_ {
    every(text, "arn:").filter_map(|start| {
        let arn = &text[start..];
        let account = start + arn.match_indices(':').nth(3)?.0 + 1;
        let digits = text.get(account..account + ACCOUNT_DIGITS)?;
        let is_account = digits.bytes().all(|it| it.is_ascii_digit())
            && is_number(text, account, account + ACCOUNT_DIGITS);
        is_account.then_some(account)
    })
}
