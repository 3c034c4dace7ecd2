//! Values that must not be shown: tokens, message text, customer attributes.

use std::fmt;

/// A value that appears in no log, error or `Debug` output; it implements neither `Display` nor `Serialize`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a value so that it is no longer printed.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that has to send or read it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

impl From<&str> for Secret<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::marker::PhantomData;

    struct Probe<T>(PhantomData<T>);

    trait Otherwise {
        fn serializes(&self) -> bool {
            false
        }
    }

    impl<T> Otherwise for Probe<T> {}

    impl<T: serde::Serialize> Probe<T> {
        fn serializes(&self) -> bool {
            true
        }
    }

    #[test]
    fn debug_shows_nothing_of_the_value() {
        let holder = Some(Secret::new(String::from("token-123")));
        assert_eq!(format!("{holder:?}"), "Some([secret])");
        assert_eq!(format!("{:#?}", Secret::new(42)), "[secret]");
    }

    #[test]
    fn a_secret_cannot_be_serialized() {
        assert!(Probe::<String>(PhantomData).serializes());
        assert!(!Probe::<Secret<String>>(PhantomData).serializes());
    }
}
