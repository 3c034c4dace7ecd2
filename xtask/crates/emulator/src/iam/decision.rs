//! Whether a caller may do what they ask for, from all the policies that have a say.

use serde_json::Value;

use super::policy::{Ask, Identity, Named, Verdict, judge, judge_for};

/// The policies that speak about a caller.
#[derive(Clone, Debug, Default)]
pub(super) struct Policies {
    /// Inline and attached ones of the role or user.
    pub(super) identity: Vec<Value>,
    pub(super) boundary: Option<Value>,
    /// Given when the role was assumed; they take away and never add.
    pub(super) session: Vec<Value>,
}

/// What is asked for may be done, or why it may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    /// No policy of the kind that would have to allow it does.
    NotAllowed(PolicyKind),
    /// A policy of this kind forbids it.
    Denied(PolicyKind),
}

/// Where a policy is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    Identity,
    Boundary,
    Session,
    Resource,
    Trust,
}

impl PolicyKind {
    /// As AWS words it after "no" and "in a".
    fn noun(self) -> &'static str {
        match self {
            PolicyKind::Identity => "identity-based policy",
            PolicyKind::Boundary => "permissions boundary",
            PolicyKind::Session => "session policy",
            PolicyKind::Resource => "resource-based policy",
            PolicyKind::Trust => "role trust policy",
        }
    }

    fn article(self) -> &'static str {
        match self {
            PolicyKind::Identity => "an",
            PolicyKind::Trust => "the",
            PolicyKind::Boundary | PolicyKind::Session | PolicyKind::Resource => "a",
        }
    }
}

impl Decision {
    /// The end of AWS's sentence about a refusal; nothing if there is none.
    pub(super) fn reason(self, action: &str) -> Option<String> {
        match self {
            Decision::Allowed => None,
            Decision::NotAllowed(kind) => Some(format!(
                "because no {} allows the {action} action",
                kind.noun()
            )),
            Decision::Denied(kind) => Some(format!(
                "with an explicit deny in {} {}",
                kind.article(),
                kind.noun()
            )),
        }
    }
}

/// How much the policy of a resource counts.
#[derive(Clone, Debug)]
pub(super) enum OfResource {
    None,
    /// It adds to what the caller's own policies allow.
    Adds(Value),
    /// Nothing works without it: keys, and roles that are taken on.
    Decides(PolicyKind, Value),
}

/// Decides within one account, in the order in which IAM does.
pub(super) fn decide(
    ask: &Ask,
    who: &Identity<'_>,
    policies: &Policies,
    resource: &OfResource,
) -> Decision {
    let kinds = [
        (PolicyKind::Identity, judge(&policies.identity, ask)),
        (PolicyKind::Boundary, judge(&policies.boundary, ask)),
        (PolicyKind::Session, judge(&policies.session, ask)),
    ];
    if let Some((kind, _)) = kinds
        .iter()
        .find(|(_, verdict)| *verdict == Verdict::Denies)
    {
        return Decision::Denied(*kind);
    }
    let [(_, identity), (_, boundary), (_, session)] = kinds;
    let by_resource = match resource {
        OfResource::None => Named::Nobody,
        OfResource::Adds(policy) => match judge_for(policy, ask, who) {
            (Verdict::Denies, _) => return Decision::Denied(PolicyKind::Resource),
            // The account itself grants nothing here that its policies do not.
            (_, Named::Caller) => Named::Caller,
            (_, Named::Account | Named::Nobody) => Named::Nobody,
        },
        OfResource::Decides(kind, policy) => match judge_for(policy, ask, who) {
            (Verdict::Denies, _) => return Decision::Denied(*kind),
            (_, Named::Nobody) => return Decision::NotAllowed(*kind),
            (_, named) => named,
        },
    };
    if by_resource != Named::Caller && identity != Verdict::Allows {
        return Decision::NotAllowed(PolicyKind::Identity);
    }
    if policies.boundary.is_some() && boundary != Verdict::Allows {
        return Decision::NotAllowed(PolicyKind::Boundary);
    }
    if !policies.session.is_empty() && session != Verdict::Allows {
        return Decision::NotAllowed(PolicyKind::Session);
    }
    Decision::Allowed
}

/// What policies of a role or user say by themselves.
pub fn decide_by(policies: &[Value], ask: &Ask) -> Decision {
    match judge(policies, ask) {
        Verdict::Allows => Decision::Allowed,
        Verdict::Denies => Decision::Denied(PolicyKind::Identity),
        Verdict::Nothing => Decision::NotAllowed(PolicyKind::Identity),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::iam::condition::Context;

    const WHO: Identity<'_> = Identity {
        account: "123456789012",
        arn: "arn:aws:iam::123456789012:role/deploy",
        session: None,
    };

    fn statement(effect: &str, action: &str) -> Value {
        json!({ "Statement": { "Effect": effect, "Principal": "*", "Action": action, "Resource": "*" } })
    }

    fn decision(policies: Policies, resource: OfResource) -> Decision {
        let ask = Ask {
            action: "kms:Decrypt".to_owned(),
            resource: "arn:aws:kms:eu-west-2:123456789012:key/k".to_owned(),
            context: Context::new(),
        };
        decide(&ask, &WHO, &policies, &resource)
    }

    fn identity(policy: Value) -> Policies {
        Policies {
            identity: vec![policy],
            ..Policies::default()
        }
    }

    #[test]
    fn a_boundary_and_a_session_take_away_and_never_add() {
        let with = |boundary: &str, session: &str| Policies {
            identity: vec![statement("Allow", "kms:*")],
            boundary: Some(statement("Allow", boundary)),
            session: vec![statement("Allow", session)],
        };
        let decide = |policies| decision(policies, OfResource::None);
        assert_eq!(decide(with("kms:*", "*")), Decision::Allowed);
        let refused = Decision::NotAllowed(PolicyKind::Boundary);
        assert_eq!(decide(with("s3:*", "*")), refused);
        let refused = Decision::NotAllowed(PolicyKind::Session);
        assert_eq!(decide(with("kms:*", "s3:*")), refused);
        let nothing = Policies {
            identity: Vec::new(),
            ..with("*", "*")
        };
        assert_eq!(decide(nothing), Decision::NotAllowed(PolicyKind::Identity));
    }

    #[test]
    fn a_resource_may_add_or_decide_and_its_denial_wins() {
        let none = || identity(statement("Allow", "s3:*"));
        let all = || identity(statement("Allow", "*"));
        let allow = statement("Allow", "kms:*");
        let adds = |policy: &Value| OfResource::Adds(policy.clone());
        assert_eq!(decision(none(), adds(&allow)), Decision::Allowed);
        let deny = statement("Deny", "*");
        let refused = Decision::Denied(PolicyKind::Resource);
        assert_eq!(decision(all(), adds(&deny)), refused);
        let root = json!({ "Statement": { "Effect": "Allow", "Action": "kms:*", "Resource": "*",
            "Principal": { "AWS": "arn:aws:iam::123456789012:root" } } });
        let decides = |policy: &Value| OfResource::Decides(PolicyKind::Resource, policy.clone());
        assert_eq!(decision(all(), decides(&root)), Decision::Allowed);
        let refused = Decision::NotAllowed(PolicyKind::Identity);
        assert_eq!(decision(none(), decides(&root)), refused);
        assert_eq!(decision(none(), adds(&root)), refused);
        let refused = Decision::NotAllowed(PolicyKind::Resource);
        assert_eq!(decision(all(), decides(&json!({}))), refused);
    }

    #[test]
    fn refusals_are_worded_as_aws_does() {
        let action = "kms:Decrypt";
        let reason = |decision: Decision| decision.reason(action).unwrap_or_default();
        assert_eq!(
            reason(Decision::NotAllowed(PolicyKind::Identity)),
            "because no identity-based policy allows the kms:Decrypt action"
        );
        assert_eq!(
            reason(Decision::Denied(PolicyKind::Identity)),
            "with an explicit deny in an identity-based policy"
        );
        assert_eq!(reason(Decision::Allowed), "");
    }
}
