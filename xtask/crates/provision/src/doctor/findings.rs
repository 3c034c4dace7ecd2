//! Findings from answers: nothing here asks anybody.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Area, Finding, Verdict};
use crate::address::ResourceKind;
use crate::api_error::{ApiError, ApiErrorKind};
use crate::desired::Desired;
use crate::environment::Environment;
use crate::guard::{Caller, GuardError};
use crate::ledger::{Held, LedgerError};
use crate::live::LiveInstance;
use crate::quotas::{self, QUOTAS};

/// The status of an instance that can be used.
pub(super) const ACTIVE: &str = "ACTIVE";

/// AWS takes signatures whose time is off by at most so many seconds (IAM User Guide, signing).
const SIGNATURE_HOLDS: i64 = 300;
/// From here on the clock is not set by anything that keeps time.
const CLOCK_DRIFTS: i64 = 30;

pub(super) fn credentials(
    environment: &Environment,
    caller: &Result<Caller, GuardError>,
) -> Finding {
    let finding = |verdict, text: String| Finding::new(Area::Credentials, verdict, text);
    match caller {
        Ok(Caller { arn, .. }) => {
            let Environment {
                account, region, ..
            } = environment;
            let text = format!("{arn} calls, in account {account} and region {region}");
            finding(Verdict::Ok, text)
        }
        Err(error @ (GuardError::Account { .. } | GuardError::Region { .. })) => {
            finding(Verdict::Problem, error.to_string()).help(error.help())
        }
        Err(error @ (GuardError::NoCredentials { source, .. } | GuardError::Unknown(source))) => {
            finding(Verdict::Unknown, format!("{error}: {source}")).help(error.help())
        }
    }
}

/// `ahead`: how many seconds the clock of the service is before that of this machine.
pub(super) fn clock(ahead: Option<i64>) -> Finding {
    let finding = |verdict, text: String| Finding::new(Area::Clock, verdict, text);
    let Some(ahead) = ahead else {
        let text = "no answer said what time it is".to_owned();
        return finding(Verdict::Unknown, text);
    };
    let off = ahead.abs();
    let text = match ahead {
        0.. => format!("this machine is {off} s behind the service"),
        _ => format!("this machine is {off} s ahead of the service"),
    };
    let help =
        "set the clock of this machine by NTP; AWS refuses signatures that are off by 5 minutes";
    if off > SIGNATURE_HOLDS {
        finding(Verdict::Problem, text).help(help)
    } else if off > CLOCK_DRIFTS {
        finding(Verdict::Warning, text).help(help)
    } else {
        finding(Verdict::Ok, text)
    }
}

pub(super) fn service(environment: &str, service: &str, error: Option<&ApiError>) -> Finding {
    let finding = |verdict, text: String| Finding::new(Area::Services, verdict, text);
    let Some(error) = error else {
        return finding(Verdict::Ok, format!("{service} answers"));
    };
    let said = format!("{service}: {error}");
    match error.kind {
        // What was asked for is not there yet, or is busy: an answer.
        ApiErrorKind::NotFound | ApiErrorKind::AlreadyExists | ApiErrorKind::Conflict => {
            finding(Verdict::Ok, format!("{service} answers"))
        }
        ApiErrorKind::Denied => {
            let operation = error.operation;
            finding(Verdict::Problem, said).help(format!(
                "allow {operation}: `cargo xtask policies --env {environment} --for plan` says on what"
            ))
        }
        ApiErrorKind::Throttled => finding(Verdict::Warning, said)
            .help("others call as well; a deployment waits, and api_budget leaves them their share"),
        ApiErrorKind::QuotaReached => {
            finding(Verdict::Warning, said).help("have the quota raised, or wait")
        }
        ApiErrorKind::Refused => finding(Verdict::Problem, said)
            .help("the service does not take the request; correct what it names"),
        ApiErrorKind::Failed => {
            finding(Verdict::Problem, said).help("try again later; AWS has a health dashboard")
        }
        ApiErrorKind::Unreachable => finding(Verdict::Problem, said).help(
            "look at the network, proxies, the region's endpoint of the service and AWS_ENDPOINT_URL",
        ),
    }
}

/// Planning goes by the documented defaults if this service does not answer.
pub(super) fn service_quotas(environment: &str, error: Option<&ApiError>) -> Finding {
    let mut finding = service(environment, "servicequotas", error);
    if finding.verdict == Verdict::Problem {
        finding.verdict = Verdict::Warning;
    }
    finding
}

pub(super) fn instance(
    environment: &str,
    alias: &str,
    found: &Result<Option<LiveInstance>, ApiError>,
) -> Finding {
    let finding = |verdict, text: String| Finding::new(Area::Instance, verdict, text);
    match found {
        Err(_) => {
            let text = format!("cannot tell whether there is an instance `{alias}`");
            finding(Verdict::Unknown, text).help("see what Connect answers, above")
        }
        Ok(None) => finding(Verdict::Problem, format!("there is no instance `{alias}`")).help(
            format!("`cargo xtask bootstrap --env {environment}` makes it"),
        ),
        Ok(Some(instance)) => {
            let status = &instance.status;
            let text = format!("instance `{alias}` is {status}");
            match status.as_str() {
                ACTIVE => finding(Verdict::Ok, text),
                _ => finding(Verdict::Problem, text)
                    .help("nothing can be deployed until it is ACTIVE"),
            }
        }
    }
}

pub(super) fn ledger(
    environment: &str,
    held: Result<Option<Held>, LedgerError>,
    now: Timestamp,
) -> Finding {
    let finding = |verdict, text: String| Finding::new(Area::Ledger, verdict, text);
    match held {
        Ok(None) => {
            let text = "the deployment table is there, and nobody deploys";
            finding(Verdict::Ok, text.to_owned())
        }
        Ok(Some(held)) => {
            let (owner, since) = (&held.owner, held.since);
            let text = format!("{owner} has the lock since {since:.0}");
            match held.is_over(now) {
                true => finding(Verdict::Warning, text)
                    .help("its lease has run out, so that the next deployment takes it over"),
                false => finding(Verdict::Problem, text).help(format!(
                    "wait for its end, or deploy with --lock-timeout; if it is gone, \
                     `cargo xtask unlock --env {environment}`"
                )),
            }
        }
        Err(error @ LedgerError::Missing { .. }) => {
            finding(Verdict::Problem, error.to_string()).help(error.help())
        }
        Err(LedgerError::Api { table, source }) => {
            let text = format!("cannot use the deployment table `{table}`: {source}");
            let error = LedgerError::Api { table, source };
            finding(Verdict::Unknown, text).help(error.help())
        }
        Err(error @ (LedgerError::Unreadable { .. } | LedgerError::TooLarge { .. })) => {
            finding(Verdict::Problem, error.to_string()).help(error.help())
        }
    }
}

/// What is more than four fifths used up, as plans warn of it.
pub(super) fn quotas(
    counts: &Result<BTreeMap<ResourceKind, usize>, ApiError>,
    desired: &Desired,
    limits: &BTreeMap<String, usize>,
) -> Vec<Finding> {
    let finding = |verdict, text: String| Finding::new(Area::Quotas, verdict, text);
    let counts = match counts {
        Ok(counts) => counts,
        Err(error) => {
            let text = format!("cannot count what is on the instance: {error}");
            return vec![finding(Verdict::Unknown, text).help("see what Connect answers, above")];
        }
    };
    let mut all = Vec::new();
    for quota in QUOTAS {
        let there = counts.get(&quota.kind).copied().unwrap_or_default();
        let (most, by) = quotas::number(&quota, &desired.quotas, limits);
        if there * 5 > most * 4 {
            let (what, by) = (quota.key.replace('_', " "), by.said());
            let text = format!("there are {there} {what} of {most}, {by}");
            let help = "have the quota raised in time, which takes up to weeks; \
                        a plan says whether what it makes has room";
            all.push(finding(Verdict::Warning, text).help(help));
        }
    }
    if all.is_empty() {
        let text = format!("{} quotas of the instance have room", QUOTAS.len());
        all.push(finding(Verdict::Ok, text));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_as_wrong_as_aws_takes_it() {
        for (ahead, verdict) in [
            (Some(0), Verdict::Ok),
            (Some(-30), Verdict::Ok),
            (Some(31), Verdict::Warning),
            (Some(-300), Verdict::Warning),
            (Some(301), Verdict::Problem),
            (None, Verdict::Unknown),
        ] {
            assert_eq!(clock(ahead).verdict, verdict, "{ahead:?}");
        }
        assert_eq!(
            clock(Some(-40)).text,
            "this machine is 40 s ahead of the service"
        );
    }
}
