//! How many calls applying a plan takes, reads included, and how long that lasts at the rates that
//! Connect and Lambda allow.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use super::{Call, Content, FlowCall, Plan, Step};
use crate::rates;

/// What applying a plan takes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimate {
    /// By operation: what changes something, and what is read before and after it. Looking again
    /// while something becomes ready is not counted.
    pub calls: BTreeMap<&'static str, usize>,
    /// What the rates make applying last at least, in seconds; answering takes time as well.
    pub seconds: f64,
    /// The operation that is waited for longest, if one is waited for.
    pub slowest: Option<&'static str>,
}

impl Estimate {
    /// Of calls that are made by nobody else meanwhile, with this share of the rates.
    pub(crate) fn of(calls: BTreeMap<&'static str, usize>, share: f64) -> Self {
        let mut estimate = Estimate::default();
        for (&operation, &count) in &calls {
            let seconds = seconds(operation, count, share);
            if seconds > estimate.seconds {
                estimate.seconds = seconds;
                estimate.slowest = Some(operation);
            }
        }
        estimate.calls = calls;
        estimate
    }
}

/// How long so many calls of an operation wait: what its bucket holds goes at once, the rest one by
/// one as it fills.
fn seconds(operation: &str, count: usize, share: f64) -> f64 {
    let Some(rate) = rates::rate(operation) else {
        return 0.0;
    };
    let rate = rate.share(share);
    let waiting = (count as f64 - rate.burst).max(0.0);
    waiting / rate.per_second
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.slowest {
            None => f.write_str("no call has to wait for the request rate"),
            Some(operation) => write!(f, "{}, {operation} is the slowest", about(self.seconds)),
        }
    }
}

/// Seconds as people say what they do not know exactly.
fn about(seconds: f64) -> String {
    // Finer steps would promise what nobody knows.
    let step = if seconds < 60.0 { 1.0 } else { 10.0 };
    let rounded = ((seconds / step).ceil() * step) as u64;
    match (rounded / 60, rounded % 60) {
        (0, seconds) => format!("about {seconds}s"),
        (minutes, 0) => format!("about {minutes}m"),
        (minutes, seconds) => format!("about {minutes}m {seconds}s"),
    }
}

impl Plan {
    /// The calls of applying the plan, and the time they take at the environment's share of the
    /// request rates.
    pub fn estimate(&self) -> Estimate {
        self.estimate_of(&self.steps)
    }

    /// About how long what is left takes after so many steps: as the rates make it last, and a call
    /// takes a while in any case.
    pub fn time_left(&self, done: usize) -> Duration {
        const ANSWER: f64 = 0.2;
        let rest = self.steps.get(done..).unwrap_or_default();
        let answers = rest.len() as f64 * ANSWER;
        Duration::from_secs_f64(self.estimate_of(rest).seconds.max(answers))
    }

    fn estimate_of(&self, steps: &[Step]) -> Estimate {
        let mut calls = BTreeMap::new();
        let mut compared = BTreeSet::new();
        for step in steps {
            *calls.entry(step.call.operation()).or_insert(0) += 1;
            for read in reads(&step.call) {
                *calls.entry(read).or_insert(0) += 1;
            }
            if let Call::Flow(call) = &step.call {
                let (read, count) = reads_of_flow(call, compared.insert(&step.addr));
                if count > 0 {
                    *calls.entry(read).or_insert(0) += count;
                }
            }
        }
        Estimate::of(calls, self.api_share)
    }
}

/// What is read around an operation that changes something: to see that it has come about, or
/// whether it is needed.
const READS: [(&str, &[&str]); 12] = [
    (
        "connect:CreateContactFlowModuleVersion",
        &["connect:DescribeContactFlowModule"],
    ),
    ("connect:CreateInstance", &["connect:DescribeInstance"]),
    ("lambda:UpdateAlias", &["lambda:GetAlias"]),
    ("dynamodb:CreateTable", &["dynamodb:DescribeTable"]),
    ("dynamodb:UpdateTable", &["dynamodb:DescribeTable"]),
    ("kms:CreateKey", &["kms:ListAliases", "kms:ListKeys"]),
    ("s3:PutBucketTagging", &["s3:GetBucketTagging"]),
    ("sqs:SetQueueAttributes", &["sqs:GetQueueUrl"]),
    ("sqs:TagQueue", &["sqs:GetQueueUrl"]),
    (
        "lambda:CreateFunction",
        &["lambda:GetFunctionConfiguration"],
    ),
    (
        "lambda:UpdateFunctionCode",
        &["lambda:GetFunctionConfiguration"],
    ),
    (
        "lambda:UpdateFunctionConfiguration",
        &["lambda:GetFunctionConfiguration"],
    ),
];

/// How often a call has the flow described: before the first call about a flow that was there, and
/// after its content was written.
fn reads_of_flow(call: &FlowCall, is_first: bool) -> (&'static str, usize) {
    const FLOW: &str = "connect:DescribeContactFlow";
    const MODULE: &str = "connect:DescribeContactFlowModule";
    let before = usize::from(is_first);
    match call {
        FlowCall::CreateFlow(Content::Stub) => (FLOW, 0),
        FlowCall::CreateModule(Content::Stub) => (MODULE, 0),
        FlowCall::CreateFlow(Content::Full) => (FLOW, 1),
        FlowCall::CreateModule(Content::Full) => (MODULE, 1),
        FlowCall::UpdateFlowContent => (FLOW, before + 1),
        FlowCall::UpdateModuleContent => (MODULE, before + 1),
        FlowCall::UpdateFlowMetadata => (FLOW, before),
        FlowCall::UpdateModuleMetadata => (MODULE, before),
        FlowCall::RenameFlow { .. } | FlowCall::DeleteFlow { .. } => (FLOW, 0),
        FlowCall::CreateModuleVersion
        | FlowCall::CreateModuleAlias
        | FlowCall::UpdateModuleAlias { .. }
        | FlowCall::DeleteModule { .. } => (MODULE, 0),
    }
}

fn reads(call: &Call) -> &'static [&'static str] {
    if let Call::Function(super::FunctionCall::AddPermissionForFlows) = call {
        return &["lambda:GetPolicy"];
    }
    let operation = call.operation();
    let found = READS.iter().find(|(write, _)| *write == operation);
    found.map_or(&[], |(_, reads)| reads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_operation_says_how_long_it_takes() {
        let calls = [
            ("connect:DescribeContactFlow", 25),
            ("connect:UpdateContactFlowContent", 9),
            ("iam:CreateRole", 1_000),
        ];
        let estimate = Estimate::of(calls.into(), 1.0);
        assert_eq!(
            estimate.to_string(),
            "about 10s, connect:DescribeContactFlow is the slowest"
        );
        let shared = Estimate::of(estimate.calls, 0.1);
        assert_eq!(
            shared.to_string(),
            "about 2m, connect:DescribeContactFlow is the slowest"
        );
    }

    #[test]
    fn what_the_bucket_holds_waits_for_nothing() {
        let estimate = Estimate::of([("connect:CreateContactFlow", 5)].into(), 1.0);
        assert_eq!(estimate.seconds, 0.0);
        assert_eq!(
            estimate.to_string(),
            "no call has to wait for the request rate"
        );
    }

    #[test]
    fn times_are_rounded_up_to_what_can_be_known() {
        for (seconds, said) in [
            (0.5, "about 1s"),
            (59.1, "about 1m"),
            (61.0, "about 1m 10s"),
            (130.0, "about 2m 10s"),
            (7_200.0, "about 120m"),
        ] {
            assert_eq!(about(seconds), said);
        }
    }
}
