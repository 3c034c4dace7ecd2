//! R006: ARNs of several instances, accounts or regions in one flow.

use flow::diagnostic::{Label, Severity};

use super::Rule;
use crate::lint::texts::Texts;
use crate::lint::values;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "R006",
    name: "mixed-instances",
    severity: Severity::Warning,
    finds: "literal ARNs in one flow that belong to different Connect instances, accounts or regions",
    why: "\
A flow reaches what is on its own instance. When it was copied from another one and some of the ARNs \
stayed behind, these blocks fail when a contact comes to them. Views, prompts and the like that AWS \
shares with every instance are left alone.

Import the flow: names take the place of ARNs, and each environment has its own.",
    bad: r#"{
  "Version": "2019-10-30",
  "StartAction": "queue",
  "Actions": [
    {
      "Parameters": {
        "QueueId": "arn:aws:connect:eu-west-2:111122223333:instance/11111111-1111-1111-1111-111111111111/queue/aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
      },
      "Identifier": "queue",
      "Type": "UpdateContactTargetQueue",
      "Transitions": {
        "NextAction": "hook",
        "Errors": [{ "NextAction": "bye", "ErrorType": "NoMatchingError" }]
      }
    },
    {
      "Parameters": {
        "EventHooks": {
          "CustomerQueue": "arn:aws:connect:eu-west-2:111122223333:instance/22222222-2222-2222-2222-222222222222/contact-flow/bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb"
        }
      },
      "Identifier": "hook",
      "Type": "UpdateContactEventHooks",
      "Transitions": {
        "NextAction": "bye",
        "Errors": [{ "NextAction": "bye", "ErrorType": "NoMatchingError" }]
      }
    },
    { "Parameters": {}, "Identifier": "bye", "Type": "DisconnectParticipant", "Transitions": {} }
  ]
}
"#,
    good: "\
flow: example
start: queue
actions:
  queue: { set_working_queue: support, next: transfer }
  transfer: { transfer_to_queue: {}, on: { at_capacity: bye, error: bye } }
  bye: { disconnect: {} }
",
};

/// Where a resource lives.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Home<'a> {
    region: &'a str,
    account: &'a str,
    /// The Connect instance, of what lives on one.
    instance: Option<&'a str>,
}

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    let mut first: Option<(usize, String, Home<'_>)> = None;
    let mut said = Vec::new();
    for n in context.texts().with(Texts::ARN) {
        let action = &context.flow.actions[n];
        values::each_text(&action.parameters, |path, text| {
            let Some(home) = home(text) else {
                return;
            };
            let Some((n_first, path_first, wanted)) = &mut first else {
                first = Some((n, path.to_string(), home));
                return;
            };
            let Some(difference) = wanted.difference(&home) else {
                wanted.instance = wanted.instance.or(home.instance);
                return;
            };
            if !said.contains(&home) {
                said.push(home);
                let other = report.span(Place::Parameter(*n_first, path_first));
                let path = path.to_string();
                let headline = format!("ARNs of two {difference} in one flow");
                let diag = report.at(
                    Place::Parameter(n, &path),
                    headline,
                    home.described(difference),
                );
                let text = format!("and {}", wanted.described(difference));
                diag.labels.push(Label { span: other, text });
            }
        });
    }
}

/// Reads an ARN. What AWS shares has no account number, and a placeholder is no ARN.
fn home(text: &str) -> Option<Home<'_>> {
    let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
    let (_partition, service) = (parts.next()?, parts.next()?);
    let (region, account, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let is_real = account.len() == 12 && account.bytes().all(|it| it.is_ascii_digit());
    let instance = rest
        .strip_prefix("instance/")
        .filter(|_| service == "connect");
    let instance = instance.map(|it| it.split('/').next().unwrap_or(it));
    is_real.then_some(Home {
        region,
        account,
        instance,
    })
}

impl Home<'_> {
    fn difference(&self, other: &Home<'_>) -> Option<&'static str> {
        let (ours, theirs) = (self.instance, other.instance);
        let are_instances = ours.is_some() && theirs.is_some();
        if self.region != other.region {
            Some("regions")
        } else if self.account != other.account {
            Some("accounts")
        } else {
            (are_instances && ours != theirs).then_some("instances")
        }
    }

    fn described(&self, difference: &str) -> String {
        match (difference, self.instance) {
            ("regions", _) => format!("this one is in {}", self.region),
            ("instances", Some(instance)) => format!("this one is of instance {instance}"),
            _ => format!("this one is of account {}", self.account),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_differ_in_region_account_or_instance() {
        let queue = "arn:aws:connect:eu-west-2:111122223333:instance/one/queue/a";
        for (other, expected) in [
            (
                "arn:aws:connect:eu-west-2:111122223333:instance/one/flow/b",
                None,
            ),
            (
                "arn:aws:connect:eu-west-2:111122223333:instance/two/queue/a",
                Some("instances"),
            ),
            (
                "arn:aws:connect:eu-west-1:111122223333:instance/one/queue/a",
                Some("regions"),
            ),
            ("arn:aws:lambda:eu-west-2:111122223333:function:f", None),
            (
                "arn:aws:lambda:eu-west-2:444455556666:function:f",
                Some("accounts"),
            ),
        ] {
            let (queue, other) = (home(queue).expect("real"), home(other).expect("real"));
            assert_eq!(queue.difference(&other), expected);
        }
        for text in [
            "arn:aws:connect:us-east-1:aws:view/form",
            "arn:aws:lambda:REGION:ACCOUNT:function:f",
            "$.External.arn",
            "arn:",
        ] {
            assert!(home(text).is_none(), "{text}");
        }
    }
}
