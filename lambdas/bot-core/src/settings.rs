//! What the environment tells a Lambda.

use crate::text::MESSAGE_LIMIT;
use std::time::Duration;

/// The settings all three Lambdas share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `SESSION_TABLE`: the DynamoDB table of sessions.
    pub session_table: String,
    /// `BOT_NAME`: the name customers see, unless the flow gives one.
    pub bot_name: String,
    /// `MAX_MESSAGE_AGE_SECONDS`: older messages are not answered any more. SNS tries a delivery for 23 days.
    pub max_message_age: Duration,
    /// `MESSAGE_LIMIT`: the longest message in characters.
    pub message_limit: usize,
}

/// A setting that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// A setting without a default is not there.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// A number was expected.
    #[error("the environment variable {name} is not a number from {least} to {most}")]
    NotANumber {
        /// The variable.
        name: &'static str,
        /// The smallest accepted value.
        least: u64,
        /// The largest accepted value.
        most: u64,
    },
}

impl Settings {
    /// Reads the settings through `lookup`, which is `std::env::var(..).ok()` in a Lambda.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        Ok(Self {
            session_table: required(&lookup, "SESSION_TABLE")?,
            bot_name: optional(&lookup, "BOT_NAME").unwrap_or_else(|| "Assistant".to_owned()),
            max_message_age: Duration::from_secs(number(
                &lookup,
                "MAX_MESSAGE_AGE_SECONDS",
                900,
                1,
                604_800,
            )?),
            message_limit: usize::try_from(number(
                &lookup,
                "MESSAGE_LIMIT",
                MESSAGE_LIMIT as u64,
                1,
                16_384,
            )?)
            .expect("16,384 fits"),
        })
    }
}

/// A variable that has to be there.
pub fn required(
    lookup: impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<String, SettingError> {
    optional(lookup, name).ok_or(SettingError::Missing(name))
}

fn optional(lookup: impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    lookup(name).filter(|value| !value.trim().is_empty())
}

fn number(
    lookup: impl Fn(&str) -> Option<String>,
    name: &'static str,
    default: u64,
    least: u64,
    most: u64,
) -> Result<u64, SettingError> {
    let Some(text) = optional(lookup, name) else {
        return Ok(default);
    };
    let number = text.trim().parse().ok();
    number
        .filter(|number| (least..=most).contains(number))
        .ok_or(SettingError::NotANumber { name, least, most })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingError> {
        Settings::read(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn only_the_table_is_needed() {
        let settings = read(&[("SESSION_TABLE", "sessions"), ("BOT_NAME", " ")]).unwrap();
        assert_eq!(
            settings,
            Settings {
                session_table: "sessions".into(),
                bot_name: "Assistant".into(),
                max_message_age: Duration::from_secs(900),
                message_limit: 1024,
            }
        );
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let missing = read(&[("SESSION_TABLE", "")]).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "the environment variable SESSION_TABLE is not set"
        );
        for value in ["0", "-1", "many", "16385", "1.5"] {
            let wrong =
                read(&[("SESSION_TABLE", "sessions"), ("MESSAGE_LIMIT", value)]).unwrap_err();
            assert_eq!(
                wrong.to_string(),
                "the environment variable MESSAGE_LIMIT is not a number from 1 to 16384",
                "{value}"
            );
        }
    }
}
