//! What was measured, for people and for programs.

use std::collections::BTreeMap;
use std::time::Duration;

use provision::rates;
use serde_json::{Value, json};

use super::project::RING;
use crate::bench::measure::profile;

/// Everything that was measured.
pub(super) struct Report {
    pub(super) flows: usize,
    pub(super) modules: usize,
    pub(super) phases: Vec<Phase>,
    pub(super) memory: Option<Memory>,
}

/// What a part of it took.
pub(super) struct Phase {
    pub(super) name: String,
    /// Attempts by operation, as IAM spells it.
    pub(super) calls: BTreeMap<String, u64>,
    /// Those of them that the service throttled.
    pub(super) throttled: BTreeMap<String, u64>,
    /// By the emulator's clock.
    pub(super) took: Duration,
    pub(super) really_took: Duration,
}

/// The memory of a process that deploys.
pub(super) struct Memory {
    pub(super) flows: usize,
    /// The most it had at any time, in bytes; nothing where the system does not tell.
    pub(super) peak: Option<u64>,
}

impl Phase {
    fn n_calls(&self) -> u64 {
        self.calls.values().sum()
    }

    fn n_throttled(&self) -> u64 {
        self.throttled.values().sum()
    }

    /// The operation that takes longest at its rate, and how long that is. What was throttled need
    /// not have been sent.
    fn floor(&self) -> Option<(&str, Duration)> {
        let spans = self.calls.iter().filter_map(|(operation, calls)| {
            let rate = rates::rate(operation)?;
            let throttled = self.throttled.get(operation).copied().unwrap_or(0);
            let needed = calls.saturating_sub(throttled) as f64;
            let seconds = (needed - rate.burst).max(0.0) / rate.per_second;
            let span = Duration::try_from_secs_f64(seconds).ok()?;
            Some((operation.as_str(), span))
        });
        spans.max_by_key(|(_, span)| *span)
    }

    /// The time as a multiple of the floor; nothing if no operation has to wait.
    fn ratio(&self) -> Option<f64> {
        let (_, floor) = self.floor()?;
        (!floor.is_zero()).then(|| self.took.as_secs_f64() / floor.as_secs_f64())
    }

    /// One line.
    pub(super) fn summary(&self) -> String {
        let mut text = format!("{} calls, {:.1} s", self.n_calls(), self.took.as_secs_f64());
        if let (Some((operation, floor)), Some(ratio)) = (self.floor(), self.ratio()) {
            text += &format!(
                ", {ratio:.3} × the floor of {:.1} s by {operation}",
                floor.as_secs_f64()
            );
        }
        text + &format!(", {} throttled", self.n_throttled())
    }

    fn human(&self) -> String {
        let mut text = format!("{}\n  {}\n", self.name, self.summary());
        for (operation, calls) in &self.calls {
            text += &format!("  {calls:>8}  {operation}");
            if let Some(throttled) = self.throttled.get(operation) {
                text += &format!(", {throttled} of them throttled");
            }
            text.push('\n');
        }
        text
    }

    fn json(&self) -> Value {
        let floor = self.floor();
        json!({
            "phase": self.name,
            "calls": self.calls,
            "throttled": self.throttled,
            "seconds": self.took.as_secs_f64(),
            "floor_seconds": floor.map(|(_, span)| span.as_secs_f64()),
            "floor_operation": floor.map(|(operation, _)| operation),
            "ratio": self.ratio(),
            "real_seconds": self.really_took.as_secs_f64(),
        })
    }

    /// Calls that describe one flow or module, and all others.
    fn describes_and_others(&self) -> (u64, u64) {
        let describes = ["DescribeContactFlow", "DescribeContactFlowModule"];
        let of_flows = self.calls.iter().filter(|(operation, _)| {
            let name = operation.strip_prefix("connect:");
            name.is_some_and(|name| describes.contains(&name))
        });
        let described = of_flows.map(|(_, calls)| calls).sum();
        (described, self.n_calls() - described)
    }
}

impl Report {
    /// The plan that found nothing to do.
    fn unchanged(&self) -> Option<&Phase> {
        let mut phases = self.phases.iter();
        phases.find(|phase| phase.name.starts_with("plan"))
    }

    pub(super) fn human(&self) -> String {
        let mut text = format!(
            "{} flows in rings of {RING}, {} modules; the rates of a usual account, virtual time\n\n",
            self.flows, self.modules
        );
        for phase in &self.phases {
            text += &phase.human();
            text.push('\n');
        }
        if let Some(plan) = self.unchanged() {
            let (describes, others) = plan.describes_and_others();
            text += &format!(
                "a plan with nothing changed: {describes} calls describe {} flows and modules, \
                 {others} others\n",
                self.flows + self.modules
            );
        }
        if let Some(memory) = &self.memory {
            text += &match memory.peak {
                Some(bytes) => format!(
                    "deploying {} flows ({}): at most {:.0} MB resident\n",
                    memory.flows,
                    profile(),
                    bytes as f64 / 1e6
                ),
                None => "the memory is measured on Linux only\n".to_owned(),
            };
        }
        text
    }

    pub(super) fn json(&self) -> Value {
        let plan = self.unchanged().map(Phase::describes_and_others);
        json!({
            "flows": self.flows,
            "modules": self.modules,
            "profile": profile(),
            "phases": self.phases.iter().map(Phase::json).collect::<Vec<_>>(),
            "unchanged_plan": plan.map(|(describes, others)| json!({
                "managed": self.flows + self.modules,
                "describes": describes,
                "others": others,
            })),
            "memory": self.memory.as_ref().map(|memory| json!({
                "flows": memory.flows,
                "peak_bytes": memory.peak,
            })),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    }

    #[test]
    fn the_floor_is_that_of_the_operation_called_most_for_its_rate() {
        let mut phase = Phase {
            name: "first".to_owned(),
            calls: counts(&[
                ("connect:CreateContactFlow", 105),
                ("connect:ListQueues", 1),
                ("lambda:GetFunction", 150),
                ("dynamodb:PutItem", 900),
            ]),
            throttled: BTreeMap::new(),
            took: Duration::from_secs(55),
            really_took: Duration::ZERO,
        };
        let expected = Some(("connect:CreateContactFlow", Duration::from_secs(50)));
        assert_eq!(phase.floor(), expected);
        assert_eq!(phase.ratio(), Some(1.1));
        // What was throttled was sent in vain and makes no floor higher.
        phase.throttled = counts(&[("connect:CreateContactFlow", 20)]);
        let expected = Some(("connect:CreateContactFlow", Duration::from_secs(40)));
        assert_eq!(phase.floor(), expected);
        phase.calls = counts(&[("connect:ListQueues", 3)]);
        assert_eq!(phase.ratio(), None);
    }
}
