//! Filter policies of subscriptions, on message attributes.

use serde_json::{Map, Value};

/// A filter policy that was read. All keys must hold; of a key's conditions one must.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Filter {
    keys: Vec<(String, Vec<Condition>)>,
    /// For each `$or`, its alternatives, of which one must hold.
    alternatives: Vec<Vec<Filter>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Condition {
    Equals(String),
    EqualsIgnoringCase(String),
    Prefix(String),
    Suffix(String),
    Exists(bool),
    AnythingBut(Vec<Condition>),
}

impl Filter {
    /// Reads a policy; the error says what SNS would not take or what is not emulated.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match serde_json::from_str(text) {
            Ok(Value::Object(policy)) => Self::read(&policy),
            Ok(_) => Err("must be a JSON object".to_owned()),
            Err(error) => Err(format!("failed to parse JSON: {error}")),
        }
    }

    /// Whether a message with these attributes is delivered.
    pub(crate) fn admits(&self, attributes: &[(String, String)]) -> bool {
        let value = |key: &str| {
            let found = attributes.iter().find(|(name, _)| name == key);
            found.map(|(_, value)| value.as_str())
        };
        self.keys.iter().all(|(key, conditions)| {
            conditions
                .iter()
                .any(|condition| condition.holds(value(key)))
        }) && self
            .alternatives
            .iter()
            .all(|filters| filters.iter().any(|filter| filter.admits(attributes)))
    }

    fn read(policy: &Map<String, Value>) -> Result<Self, String> {
        let mut filter = Self {
            keys: Vec::new(),
            alternatives: Vec::new(),
        };
        for (key, value) in policy {
            let Some(values) = value.as_array() else {
                return Err(format!("\"{key}\" must be an object or an array"));
            };
            if key == "$or" {
                let alternatives = values.iter().map(|value| match value {
                    Value::Object(policy) => Self::read(policy),
                    _ => Err("\"$or\" takes an array of objects".to_owned()),
                });
                filter
                    .alternatives
                    .push(alternatives.collect::<Result<_, _>>()?);
            } else {
                let conditions = values.iter().map(Condition::read);
                filter
                    .keys
                    .push((key.clone(), conditions.collect::<Result<_, _>>()?));
            }
        }
        Ok(filter)
    }
}

impl Condition {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::String(text) => Ok(Self::Equals(text.clone())),
            Value::Object(operators) => Self::read_operator(operators),
            other => Err(format!("the condition {other} is not emulated")),
        }
    }

    fn read_operator(operators: &Map<String, Value>) -> Result<Self, String> {
        let mut operators = operators.iter();
        let (Some((operator, operand)), None) = (operators.next(), operators.next()) else {
            return Err("a condition has exactly one operator".to_owned());
        };
        let text = || match operand {
            Value::String(text) => Ok(text.clone()),
            _ => Err(format!("the operand of \"{operator}\" must be a string")),
        };
        match operator.as_str() {
            "prefix" => text().map(Self::Prefix),
            "suffix" => text().map(Self::Suffix),
            "equals-ignore-case" => text().map(Self::EqualsIgnoringCase),
            "exists" => match operand {
                Value::Bool(exists) => Ok(Self::Exists(*exists)),
                _ => Err("the operand of \"exists\" must be true or false".to_owned()),
            },
            "anything-but" => match operand {
                Value::Array(values) => values.iter().map(Self::read).collect::<Result<_, _>>(),
                one => Self::read(one).map(|condition| vec![condition]),
            }
            .map(Self::AnythingBut),
            other => Err(format!("unrecognized match type {other}")),
        }
    }

    fn holds(&self, value: Option<&str>) -> bool {
        match (self, value) {
            (Self::Exists(exists), value) => *exists == value.is_some(),
            (_, None) => false,
            (Self::Equals(text), Some(value)) => text == value,
            (Self::EqualsIgnoringCase(text), Some(value)) => {
                text.to_lowercase() == value.to_lowercase()
            }
            (Self::Prefix(prefix), Some(value)) => value.starts_with(prefix),
            (Self::Suffix(suffix), Some(value)) => value.ends_with(suffix),
            (Self::AnythingBut(conditions), value) => {
                !conditions.iter().any(|condition| condition.holds(value))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(policy: &str, attributes: &[(&str, &str)]) -> bool {
        let attributes: Vec<_> = attributes
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Filter::parse(policy)
            .expect("the policy is well formed")
            .admits(&attributes)
    }

    #[test]
    fn all_keys_must_hold_and_one_condition_of_each() {
        let policy = r#"{"Type":["MESSAGE","EVENT"],"ParticipantRole":["CUSTOMER"]}"#;
        assert!(admits(
            policy,
            &[("Type", "EVENT"), ("ParticipantRole", "CUSTOMER")]
        ));
        assert!(!admits(
            policy,
            &[("Type", "MESSAGE"), ("ParticipantRole", "CUSTOM_BOT")]
        ));
        assert!(
            !admits(policy, &[("Type", "MESSAGE")]),
            "an absent attribute does not match"
        );
        assert!(admits("{}", &[]));
    }

    #[test]
    fn operators_match() {
        for (condition, matching, other) in [
            (r#"{"prefix":"CUST"}"#, "CUSTOMER", "AGENT"),
            (r#"{"suffix":"BOT"}"#, "CUSTOM_BOT", "CUSTOMER"),
            (
                r#"{"anything-but":["AGENT","SYSTEM"]}"#,
                "CUSTOMER",
                "SYSTEM",
            ),
            (
                r#"{"anything-but":{"prefix":"CUSTOM"}}"#,
                "AGENT",
                "CUSTOM_BOT",
            ),
            (r#"{"equals-ignore-case":"customer"}"#, "CUSTOMER", "AGENT"),
        ] {
            let policy = format!(r#"{{"Role":[{condition}]}}"#);
            assert!(
                admits(&policy, &[("Role", matching)]),
                "{condition} on {matching}"
            );
            assert!(
                !admits(&policy, &[("Role", other)]),
                "{condition} on {other}"
            );
        }
        assert!(admits(r#"{"Role":[{"exists":false}]}"#, &[]));
        assert!(!admits(
            r#"{"Role":[{"exists":false}]}"#,
            &[("Role", "AGENT")]
        ));
    }

    #[test]
    fn one_alternative_of_an_or_is_enough() {
        let policy = r#"{"$or":[{"Role":["CUSTOMER"]},{"Content":[{"suffix":"chat.ended"}]}]}"#;
        assert!(admits(policy, &[("Content", "event.chat.ended")]));
        assert!(admits(policy, &[("Role", "CUSTOMER")]));
        assert!(!admits(policy, &[("Role", "AGENT")]));
    }

    #[test]
    fn what_sns_or_this_emulator_does_not_take_is_refused() {
        for policy in [
            "[]",
            "{",
            r#"{"a":"b"}"#,
            r#"{"a":[{"like":"b"}]}"#,
            r#"{"a":[{"exists":1}]}"#,
        ] {
            assert!(Filter::parse(policy).is_err(), "{policy}");
        }
    }
}
