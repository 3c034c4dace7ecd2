//! The condition blocks of policies: operators over the keys that a request carries.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::policy::one_or_many;
use crate::resource_policy::matches;

/// What a request says about itself: values by key, the keys in lower case.
pub type Context = BTreeMap<String, Vec<String>>;

/// Whether all operators of a condition block hold for all their keys.
///
/// An operator that IAM does not have never holds, whatever it is negated by.
pub(super) fn holds(condition: &Value, context: &Context) -> bool {
    let Some(operators) = condition.as_object() else {
        return condition.is_null();
    };
    operators.iter().all(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        let mut keys = keys.map(|(key, wanted)| (key.to_ascii_lowercase(), wanted));
        keys.all(|(key, wanted)| operator_holds(operator, context.get(&key), wanted))
    })
}

fn operator_holds(operator: &str, actual: Option<&Vec<String>>, wanted: &Value) -> bool {
    let (set, operator) = match operator.split_once(':') {
        Some((set, operator)) => (Some(set), operator),
        None => (None, operator),
    };
    if operator == "Null" {
        let is_missing = actual.is_none();
        return texts(wanted).any(|wanted| wanted.eq_ignore_ascii_case("true") == is_missing);
    }
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let Some(test) = Test::of(operator) else {
        return false;
    };
    let Some(actual) = actual else {
        // What is not there equals nothing, and all of nothing is whatever one likes.
        return if_exists || test.negated || set == Some("ForAllValues");
    };
    let holds = |actual: &String| test.holds(actual, wanted);
    match set {
        None | Some("ForAnyValue") => actual.iter().any(holds),
        Some("ForAllValues") => actual.iter().all(holds),
        Some(_) => false,
    }
}

/// A comparison of one value with those of a policy.
struct Test {
    compare: fn(&str, &str) -> bool,
    negated: bool,
}

impl Test {
    fn of(operator: &str) -> Option<Test> {
        let (negated, plain) = match operator {
            "StringNotEquals" => (true, "StringEquals"),
            "StringNotEqualsIgnoreCase" => (true, "StringEqualsIgnoreCase"),
            "StringNotLike" => (true, "StringLike"),
            "ArnNotEquals" | "ArnNotLike" => (true, "ArnLike"),
            "NumericNotEquals" => (true, "NumericEquals"),
            "DateNotEquals" => (true, "DateEquals"),
            "NotIpAddress" => (true, "IpAddress"),
            plain => (false, plain),
        };
        let compare: fn(&str, &str) -> bool = match plain {
            "StringEquals" | "BinaryEquals" => |actual, wanted| actual == wanted,
            "StringEqualsIgnoreCase" | "Bool" => str::eq_ignore_ascii_case,
            "StringLike" => |actual, wanted| matches(wanted, actual),
            "ArnEquals" | "ArnLike" => arn_matches,
            "NumericEquals" => |a, w| numbers(a, w, |a, w| (a - w).abs() < f64::EPSILON),
            "NumericLessThan" => |a, w| numbers(a, w, |a, w| a < w),
            "NumericLessThanEquals" => |a, w| numbers(a, w, |a, w| a <= w),
            "NumericGreaterThan" => |a, w| numbers(a, w, |a, w| a > w),
            "NumericGreaterThanEquals" => |a, w| numbers(a, w, |a, w| a >= w),
            "DateEquals" => |a, w| dates(a, w, |a, w| a == w),
            "DateLessThan" => |a, w| dates(a, w, |a, w| a < w),
            "DateLessThanEquals" => |a, w| dates(a, w, |a, w| a <= w),
            "DateGreaterThan" => |a, w| dates(a, w, |a, w| a > w),
            "DateGreaterThanEquals" => |a, w| dates(a, w, |a, w| a >= w),
            // Everybody calls from this machine.
            "IpAddress" => |actual, wanted| wanted.split('/').next() == Some(actual),
            _ => return None,
        };
        Some(Test { compare, negated })
    }

    /// A negated operator holds if none of the values of the policy is met.
    fn holds(&self, actual: &str, wanted: &Value) -> bool {
        texts(wanted).any(|wanted| (self.compare)(actual, &wanted)) != self.negated
    }
}

/// The values of a policy, which may be written as what they are.
fn texts(wanted: &Value) -> impl Iterator<Item = String> {
    one_or_many(wanted).map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

/// ARNs are compared part by part: a star does not reach over a colon, but for the last part.
pub(super) fn arn_matches(actual: &str, wanted: &str) -> bool {
    let mut actual = actual.splitn(6, ':');
    let mut wanted = wanted.splitn(6, ':');
    loop {
        match (actual.next(), wanted.next()) {
            (Some(actual), Some(wanted)) if matches(wanted, actual) => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

fn numbers(actual: &str, wanted: &str, compare: fn(f64, f64) -> bool) -> bool {
    match (actual.parse(), wanted.parse()) {
        (Ok(actual), Ok(wanted)) => compare(actual, wanted),
        _ => false,
    }
}

fn dates(actual: &str, wanted: &str, compare: fn(Timestamp, Timestamp) -> bool) -> bool {
    match (date(actual), date(wanted)) {
        (Some(actual), Some(wanted)) => compare(actual, wanted),
        _ => false,
    }
}

/// A time as policies write it: ISO 8601, or seconds of the epoch.
fn date(text: &str) -> Option<Timestamp> {
    match text.parse::<i64>() {
        Ok(seconds) => Timestamp::from_second(seconds).ok(),
        Err(_) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn context() -> Context {
        let pairs = [
            ("aws:sourceaccount", &["123456789012"][..]),
            ("aws:resourcetag/team", &["chat"]),
            ("aws:tagkeys", &["team", "cost"]),
            ("aws:securetransport", &["true"]),
            ("aws:sourcearn", &["arn:aws:connect:eu-west-2:1:instance/i"]),
            ("aws:currenttime", &["2026-03-01T10:00:00Z"]),
            ("s3:max-keys", &["10"]),
        ];
        let owned = pairs.map(|(key, values)| {
            let values = values.iter().map(|value| (*value).to_owned());
            (key.to_owned(), values.collect())
        });
        owned.into_iter().collect()
    }

    #[test]
    fn operators_compare_as_iam_says() {
        for (condition, expected) in [
            (json!({}), true),
            (
                json!({ "StringEquals": { "aws:SourceAccount": "123456789012" } }),
                true,
            ),
            (
                json!({ "StringEquals": { "AWS:SOURCEACCOUNT": ["1", "123456789012"] } }),
                true,
            ),
            (
                json!({ "StringEquals": { "aws:SourceAccount": "1234" } }),
                false,
            ),
            (
                json!({ "StringNotEquals": { "aws:SourceAccount": ["1", "2"] } }),
                true,
            ),
            (
                json!({ "StringNotEquals": { "aws:SourceAccount": ["1", "123456789012"] } }),
                false,
            ),
            (
                json!({ "StringLike": { "aws:ResourceTag/team": "ch*" } }),
                true,
            ),
            (
                json!({ "StringEqualsIgnoreCase": { "aws:ResourceTag/team": "CHAT" } }),
                true,
            ),
            (json!({ "Bool": { "aws:SecureTransport": false } }), false),
            (json!({ "Bool": { "aws:SecureTransport": "true" } }), true),
            (
                json!({ "ArnLike": { "aws:SourceArn": "arn:aws:connect:*:*:instance/*" } }),
                true,
            ),
            (
                json!({ "ArnEquals": { "aws:SourceArn": "arn:aws:connect:*:instance/i" } }),
                false,
            ),
            (
                json!({ "ArnNotLike": { "aws:SourceArn": "arn:aws:sns:*:*:*" } }),
                true,
            ),
            (
                json!({ "NumericLessThanEquals": { "s3:max-keys": 10 } }),
                true,
            ),
            (
                json!({ "NumericGreaterThan": { "s3:max-keys": "10" } }),
                false,
            ),
            (
                json!({ "DateLessThan": { "aws:CurrentTime": "2026-03-02T00:00:00Z" } }),
                true,
            ),
            (
                json!({ "DateGreaterThan": { "aws:CurrentTime": "1900000000" } }),
                false,
            ),
            // Everything must hold.
            (
                json!({ "Bool": { "aws:SecureTransport": "true" }, "StringEquals": { "aws:SourceAccount": "1" } }),
                false,
            ),
            // What IAM does not know holds for nobody.
            (
                json!({ "StringIsh": { "aws:SourceAccount": "123456789012" } }),
                false,
            ),
        ] {
            assert_eq!(holds(&condition, &context()), expected, "{condition}");
        }
    }

    #[test]
    fn what_is_missing_and_what_is_many_have_operators_of_their_own() {
        for (condition, expected) in [
            (
                json!({ "StringEquals": { "iam:PassedToService": "x" } }),
                false,
            ),
            (
                json!({ "StringNotEquals": { "iam:PassedToService": "x" } }),
                true,
            ),
            (
                json!({ "StringEqualsIfExists": { "iam:PassedToService": "x" } }),
                true,
            ),
            (
                json!({ "StringEqualsIfExists": { "aws:SourceAccount": "x" } }),
                false,
            ),
            (json!({ "Null": { "iam:PassedToService": "true" } }), true),
            (json!({ "Null": { "aws:SourceAccount": true } }), false),
            (json!({ "Null": { "aws:SourceAccount": "false" } }), true),
            (
                json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["team", "cost", "x"] } }),
                true,
            ),
            (
                json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] } }),
                false,
            ),
            (
                json!({ "ForAnyValue:StringEquals": { "aws:TagKeys": ["team"] } }),
                true,
            ),
            (
                json!({ "ForAnyValue:StringEquals": { "aws:TagKeys": ["x"] } }),
                false,
            ),
            (
                json!({ "ForAllValues:StringEquals": { "iam:None": ["x"] } }),
                true,
            ),
            (
                json!({ "ForAnyValue:StringEquals": { "iam:None": ["x"] } }),
                false,
            ),
        ] {
            assert_eq!(holds(&condition, &context()), expected, "{condition}");
        }
    }
}
