//! Eventual consistency as an option: what was written is seen only after a while.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::wire::Request;
use crate::wire::query::Form;

/// How long writes stay unseen, and what of the services without a past is too young to be seen.
#[derive(Debug, Default)]
pub(crate) struct Consistency {
    /// By the emulated clock; zero is off.
    delay: Duration,
    /// When the trust of a role was last written, by the role's name.
    roles: Mutex<BTreeMap<String, Timestamp>>,
}

impl Consistency {
    pub(crate) fn after(delay: Duration) -> Self {
        Self {
            delay,
            roles: Mutex::default(),
        }
    }

    /// How long writes stay unseen; `None` if they are seen at once.
    pub(crate) fn delay(&self) -> Option<Duration> {
        (!self.delay.is_zero()).then_some(self.delay)
    }

    /// Remembers a request that IAM carried out.
    pub(crate) fn iam_did(&self, operation: &str, request: &Request, now: Timestamp) {
        let is_trust = matches!(operation, "CreateRole" | "UpdateAssumeRolePolicy");
        if !is_trust || self.delay.is_zero() {
            return;
        }
        if let Some(name) = Form::of(request).get("RoleName") {
            self.roles().insert(name.to_owned(), now);
        }
    }

    /// Whether other services know the role of an ARN as IAM does.
    pub(crate) fn role_is_known(&self, role_arn: &str, now: Timestamp) -> bool {
        let name = role_arn.rsplit('/').next().unwrap_or(role_arn);
        let written = self.roles().get(name).copied();
        written.is_none_or(|written| written <= earlier(now, self.delay))
    }

    fn roles(&self) -> MutexGuard<'_, BTreeMap<String, Timestamp>> {
        self.roles
            .lock()
            .expect("no code panics while it holds the times of roles")
    }
}

/// A time before another, or the beginning of time.
pub(crate) fn earlier(time: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| time.checked_sub(by).ok())
        .unwrap_or(Timestamp::MIN)
}
