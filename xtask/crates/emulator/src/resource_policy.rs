//! Resource policies (of topics and functions) as far as they admit AWS services: statements with a
//! service principal and conditions on the source.

use serde_json::Value;

/// A call that a service makes on behalf of a resource of an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServiceCall<'a> {
    /// For example `connect.amazonaws.com`.
    pub(crate) principal: &'a str,
    /// For example `sns:Publish`.
    pub(crate) action: &'a str,
    /// The ARN of what is called.
    pub(crate) resource: &'a str,
    pub(crate) source_account: &'a str,
    pub(crate) source_arn: &'a str,
}

/// Whether a policy admits a call: some statement allows it and none denies it.
pub(crate) fn admits(policy: &Value, call: &ServiceCall<'_>) -> bool {
    let applying = |effect: &str| {
        one_or_many(&policy["Statement"])
            .filter(|statement| statement["Effect"] == effect)
            .any(|statement| applies(statement, call))
    };
    applying("Allow") && !applying("Deny")
}

/// Whether `text` matches a pattern with `*` for any run of characters and `?` for one.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut position) = (0, 0);
    // Where to go on when the text does not match: behind the last star, one character later.
    let mut retry: Option<(usize, usize)> = None;
    while position < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at + 1, position));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[position] => {
                at += 1;
                position += 1;
            }
            _ => match &mut retry {
                Some((behind_star, from)) => {
                    *from += 1;
                    (at, position) = (*behind_star, *from);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

fn applies(statement: &Value, call: &ServiceCall<'_>) -> bool {
    let principal = &statement["Principal"];
    let service = one_or_many(&principal["Service"]).any(|name| name == call.principal);
    let anyone = principal == "*" || one_or_many(&principal["AWS"]).any(|name| name == "*");
    (service || anyone)
        && any_text(&statement["Action"], |action| {
            matches(
                &action.to_ascii_lowercase(),
                &call.action.to_ascii_lowercase(),
            )
        })
        && (statement["Resource"].is_null()
            || any_text(&statement["Resource"], |resource| {
                matches(resource, call.resource)
            }))
        && conditions_hold(&statement["Condition"], call)
}

/// All operators and all keys of a condition block must hold. An operator or a key that nobody here
/// knows does not hold: a service call carries nothing but its source.
fn conditions_hold(condition: &Value, call: &ServiceCall<'_>) -> bool {
    let Some(operators) = condition.as_object() else {
        return condition.is_null();
    };
    operators.iter().all(|(operator, keys)| {
        keys.as_object().is_some_and(|keys| {
            keys.iter()
                .all(|(key, wanted)| condition_holds(operator, key, wanted, call))
        })
    })
}

fn condition_holds(operator: &str, key: &str, wanted: &Value, call: &ServiceCall<'_>) -> bool {
    // Keys are not case-sensitive; Lambda writes `AWS:SourceAccount`.
    let actual = match key.to_ascii_lowercase().as_str() {
        "aws:sourceaccount" => call.source_account,
        "aws:sourcearn" => call.source_arn,
        "aws:securetransport" => "true",
        _ => return false,
    };
    match operator {
        "StringEquals" => any_text(wanted, |wanted| wanted == actual),
        "StringLike" | "ArnEquals" | "ArnLike" => {
            any_text(wanted, |wanted| matches(wanted, actual))
        }
        "Bool" => any_text(wanted, |wanted| wanted == actual) || wanted == &Value::Bool(true),
        _ => false,
    }
}

fn any_text(value: &Value, holds: impl Fn(&str) -> bool) -> bool {
    one_or_many(value).any(|value| value.as_str().is_some_and(&holds))
}

/// A policy's members are one value or a list of them.
fn one_or_many(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(values) => values.as_slice(),
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
    .iter()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CALL: ServiceCall<'_> = ServiceCall {
        principal: "connect.amazonaws.com",
        action: "sns:Publish",
        resource: "arn:aws:sns:eu-west-2:123456789012:chat",
        source_account: "123456789012",
        source_arn: "arn:aws:connect:eu-west-2:123456789012:instance/i",
    };

    fn policy(effect: &str, condition: Value) -> Value {
        json!({"Effect": effect, "Principal": {"Service": "connect.amazonaws.com"},
            "Action": "sns:Publish", "Resource": CALL.resource, "Condition": condition})
    }

    #[test]
    fn a_statement_admits_the_service_only_for_its_source() {
        let admitted = policy(
            "Allow",
            json!({"StringEquals": {"aws:SourceAccount": "123456789012"},
                "ArnEquals": {"AWS:SourceArn": "arn:aws:connect:*:instance/i"}}),
        );
        let other = policy(
            "Allow",
            json!({"StringEquals": {"aws:SourceAccount": "999999999999"}}),
        );
        assert!(admits(&json!({"Statement": [admitted]}), &CALL));
        assert!(!admits(&json!({"Statement": other}), &CALL));
        assert!(!admits(&json!({"Statement": []}), &CALL));
    }

    #[test]
    fn the_default_condition_on_the_source_owner_does_not_admit_a_service() {
        let default = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["SNS:Publish"],
            "Resource": CALL.resource, "Condition": {"StringEquals": {"AWS:SourceOwner": "123456789012"}}});
        assert!(!admits(&json!({"Statement": [default]}), &CALL));
    }

    #[test]
    fn a_denial_wins() {
        let both =
            json!({"Statement": [policy("Allow", Value::Null), policy("Deny", Value::Null)]});
        assert!(!admits(&both, &CALL));
    }

    #[test]
    fn patterns_match_as_policies_write_them() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("arn:*:i", "arn:aws:connect:i", true),
            ("a*b*c", "aXbXbYc", true),
            ("a?c", "abc", true),
            ("a*c", "abd", false),
            ("abc", "abcd", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
