//! How often an operation may be called: the documented defaults of new accounts.
//!
//! Connect counts per account, region and operation, instances and people together (Administrator
//! Guide, service quotas). The API reference's best practices can be read as one limit across all
//! operations; nobody has established which holds.

/// A token bucket: so many calls a second, so many at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    pub per_second: f64,
    pub burst: f64,
}

impl Rate {
    const fn new(per_second: f64, burst: f64) -> Self {
        Self { per_second, burst }
    }

    /// The part of it that deploying may use; one call at a time is always allowed.
    #[must_use]
    pub fn share(self, share: f64) -> Self {
        Self {
            per_second: self.per_second * share,
            burst: (self.burst * share).max(1.0),
        }
    }
}

/// Whatever has no line of its own.
const CONNECT: Rate = Rate::new(2.0, 5.0);

/// Lambda's control plane but for reading functions and policies; its burst is not documented.
const LAMBDA: Rate = Rate::new(15.0, 15.0);

/// The rate of an operation as IAM spells it, where one is documented.
pub fn rate(operation: &str) -> Option<Rate> {
    let (service, name) = operation.split_once(':')?;
    match (service, name) {
        ("connect", "ListIntegrationAssociations") => Some(Rate::new(25.0, 50.0)),
        ("connect", "SearchContacts") => Some(Rate::new(0.5, 1.0)),
        ("connect", _) => Some(CONNECT),
        ("lambda", "GetFunction" | "GetFunctionConfiguration") => Some(Rate::new(100.0, 100.0)),
        ("lambda", _) => Some(LAMBDA),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_leaves_the_rest_to_others_and_one_call_at_least() {
        let rate = rate("connect:DescribeContactFlow").expect("Connect limits every operation");
        let shared = rate.share(0.1);
        assert!((shared.per_second - 0.2).abs() < f64::EPSILON);
        assert!((shared.burst - 1.0).abs() < f64::EPSILON);
    }
}
