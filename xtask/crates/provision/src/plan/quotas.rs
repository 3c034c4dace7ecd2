//! Whether what a plan creates fits into the quotas of the instance.

use super::{ChangeKind, Plan, PlanProblem, PlanWarning};
use crate::desired::Desired;
use crate::live::Live;
use crate::quotas::{self, QUOTAS};

/// Problems where it does not, warnings where little is left. Deletions come last, so they make no
/// room.
pub(super) fn check(desired: &Desired, live: &Live, plan: &mut Plan) {
    for quota in QUOTAS {
        let of_kind = plan.changes.iter().filter(|it| it.addr.kind == quota.kind);
        let creates = of_kind
            .filter(|it| matches!(it.kind, ChangeKind::Create | ChangeKind::Replace))
            .count();
        if creates == 0 {
            continue;
        }
        let there = live.counts.get(&quota.kind).copied().unwrap_or_default();
        let (most, by) = quotas::number(&quota, &desired.quotas, &live.quotas);
        let then = there + creates;
        let what = quota.key.replace('_', " ");
        if then > most {
            plan.problems.push(PlanProblem::QuotaExceeded {
                what,
                then,
                most,
                by,
            });
        } else if then * 5 > most * 4 {
            plan.warnings.push(PlanWarning::QuotaNearlyReached {
                what,
                then,
                most,
                by,
            });
        }
    }
}
