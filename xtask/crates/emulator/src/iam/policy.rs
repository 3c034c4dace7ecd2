//! What one policy says of one request.

use serde_json::Value;

use super::condition::{self, Context};
use crate::resource_policy::matches;

/// An action on a resource that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// For example `connect:CreateQueue`.
    pub action: String,
    /// An ARN, or `*` for an action that is about no resource in particular.
    pub resource: String,
    pub context: Context,
}

/// What a policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Nothing,
    Allows,
    Denies,
}

/// Who somebody is in the eyes of a policy that names principals.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity<'a> {
    pub(super) account: &'a str,
    /// A role or user.
    pub(super) arn: &'a str,
    /// A session of the role, if it is one.
    pub(super) session: Option<&'a str>,
}

/// How a policy that is attached to a resource grants something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Nobody,
    /// The account, which leaves it to the account's own policies.
    Account,
    /// The caller.
    Caller,
}

/// What policies of a role or user say together: a denial counts more than any permission.
pub(super) fn judge<'p>(policies: impl IntoIterator<Item = &'p Value>, ask: &Ask) -> Verdict {
    let mut verdict = Verdict::Nothing;
    for statement in policies
        .into_iter()
        .flat_map(|it| one_or_many(&it["Statement"]))
    {
        if covers(statement, ask) {
            match statement["Effect"].as_str() {
                Some("Deny") => return Verdict::Denies,
                Some("Allow") => verdict = Verdict::Allows,
                _ => {}
            }
        }
    }
    verdict
}

/// What the policy of a resource says to a caller of its own account.
pub(super) fn judge_for(policy: &Value, ask: &Ask, who: &Identity<'_>) -> (Verdict, Named) {
    let mut named = Named::Nobody;
    for statement in one_or_many(&policy["Statement"]) {
        let of_statement = names(statement, who);
        if of_statement == Named::Nobody || !covers(statement, ask) {
            continue;
        }
        match statement["Effect"].as_str() {
            Some("Deny") => return (Verdict::Denies, of_statement),
            Some("Allow") if named != Named::Caller => named = of_statement,
            _ => {}
        }
    }
    match named {
        Named::Nobody => (Verdict::Nothing, named),
        _ => (Verdict::Allows, named),
    }
}

fn names(statement: &Value, who: &Identity<'_>) -> Named {
    let principal = &statement["Principal"];
    let root = format!(":iam::{}:root", who.account);
    let mut named = Named::Nobody;
    let names = one_or_many(&principal["AWS"]).filter_map(Value::as_str);
    for name in names.chain(principal.as_str()) {
        if name == "*" || name == who.arn || Some(name) == who.session {
            return Named::Caller;
        }
        if name == who.account || name.ends_with(&root) {
            named = Named::Account;
        }
    }
    named
}

/// Whether a statement is about an action on a resource in these circumstances.
fn covers(statement: &Value, ask: &Ask) -> bool {
    let is_action = |pattern: &str| {
        matches(
            &pattern.to_ascii_lowercase(),
            &ask.action.to_ascii_lowercase(),
        )
    };
    let is_resource = |pattern: &str| matches(pattern, &ask.resource);
    let actions = match &statement["NotAction"] {
        Value::Null => any_text(&statement["Action"], is_action),
        not => !any_text(not, is_action),
    };
    let resources = match (&statement["Resource"], &statement["NotResource"]) {
        (Value::Null, Value::Null) => true,
        (Value::Null, not) => !any_text(not, is_resource),
        (resource, _) => any_text(resource, is_resource),
    };
    actions && resources && condition::holds(&statement["Condition"], &ask.context)
}

fn any_text(value: &Value, holds: impl Fn(&str) -> bool) -> bool {
    one_or_many(value).any(|value| value.as_str().is_some_and(&holds))
}

/// A policy's members are one value or a list of them.
pub(super) fn one_or_many(value: &Value) -> impl Iterator<Item = &Value> {
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

    const QUEUE: &str = "arn:aws:connect:eu-west-2:123456789012:instance/i/queue/q";

    fn ask(action: &str) -> Ask {
        Ask {
            action: action.to_owned(),
            resource: QUEUE.to_owned(),
            context: Context::new(),
        }
    }

    fn verdict(statements: Value) -> Verdict {
        judge(
            [&json!({ "Statement": statements })],
            &ask("connect:UpdateQueueName"),
        )
    }

    #[test]
    fn actions_and_resources_match_with_wildcards_and_by_exclusion() {
        for (statement, expected) in [
            (
                json!({ "Action": "connect:UpdateQueueName", "Resource": QUEUE }),
                true,
            ),
            (
                json!({ "Action": ["s3:*", "CONNECT:update*"], "Resource": "*" }),
                true,
            ),
            (
                json!({ "Action": "*", "Resource": "arn:aws:connect:*:*:instance/i/queue/*" }),
                true,
            ),
            (
                json!({ "Action": "connect:UpdateQueue?ame", "Resource": "arn:aws:*" }),
                true,
            ),
            (
                json!({ "Action": "connect:Describe*", "Resource": "*" }),
                false,
            ),
            (
                json!({ "Action": "*", "Resource": "arn:aws:connect:*:*:instance/j/*" }),
                false,
            ),
            (json!({ "NotAction": "iam:*", "Resource": "*" }), true),
            (json!({ "NotAction": "connect:*", "Resource": "*" }), false),
            (
                json!({ "Action": "*", "NotResource": "arn:aws:s3:::*" }),
                true,
            ),
            (json!({ "Action": "*", "NotResource": QUEUE }), false),
        ] {
            let mut allow = statement.clone();
            allow["Effect"] = json!("Allow");
            let is_allowed = verdict(allow) == Verdict::Allows;
            assert_eq!(is_allowed, expected, "{statement}");
        }
    }

    #[test]
    fn a_denial_wins_wherever_it_stands() {
        let allow = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
        let deny = json!({ "Effect": "Deny", "Action": "connect:*", "Resource": QUEUE });
        assert_eq!(verdict(json!([allow, deny])), Verdict::Denies);
        assert_eq!(verdict(json!([deny, allow])), Verdict::Denies);
        assert_eq!(verdict(json!(allow)), Verdict::Allows);
        assert_eq!(verdict(json!([])), Verdict::Nothing);
    }

    #[test]
    fn a_resource_names_its_caller_or_leaves_it_to_the_account() {
        let who = Identity {
            account: "123456789012",
            arn: "arn:aws:iam::123456789012:role/deploy",
            session: Some("arn:aws:sts::123456789012:assumed-role/deploy/run"),
        };
        for (principal, expected) in [
            (json!("*"), Named::Caller),
            (json!({ "AWS": "*" }), Named::Caller),
            (json!({ "AWS": who.arn }), Named::Caller),
            (json!({ "AWS": who.session }), Named::Caller),
            (json!({ "AWS": "123456789012" }), Named::Account),
            (
                json!({ "AWS": "arn:aws:iam::123456789012:root" }),
                Named::Account,
            ),
            (
                json!({ "AWS": "arn:aws:iam::999999999999:root" }),
                Named::Nobody,
            ),
            (
                json!({ "AWS": "arn:aws:iam::123456789012:role/other" }),
                Named::Nobody,
            ),
            (json!({ "Service": "sns.amazonaws.com" }), Named::Nobody),
        ] {
            let statement = json!({ "Effect": "Allow", "Principal": principal, "Action": "*" });
            let policy = json!({ "Statement": [statement] });
            let (_, named) = judge_for(&policy, &ask("sns:Publish"), &who);
            assert_eq!(named, expected, "{principal}");
        }
    }
}
