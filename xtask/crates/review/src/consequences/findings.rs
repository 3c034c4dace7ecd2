//! Findings of the checks that the new version has and the old one had not, and those that are
//! mended.
//!
//! They are matched by the rule and the action, under whatever name, and not by lines.

use std::collections::BTreeMap;

use flow::diagnostic::Severity;
use flow_source::lint::Finding;

use super::pair::{Pair, Side};
use super::words::named;
use super::{Found, attention, note};
use crate::comparison::Status;

const NEW: &str = "new_finding";
const MENDED: &str = "mended_finding";

pub(super) fn look(pair: &Pair<'_>, found: &mut Found) {
    let before = of(&pair.old, |n| n);
    let after = of(&pair.new, |n| {
        pair.old_of(n).unwrap_or(n + pair.old.flow.actions.len())
    });
    for (key, findings) in &after {
        let n_before = before.get(key).map_or(0, Vec::len);
        for finding in findings.iter().skip(n_before) {
            if !found.has_told(finding.rule.code, finding.action) {
                tell_new(pair, found, finding);
            }
        }
    }
    if pair.change.status == Status::Changed {
        for (key, findings) in &before {
            let n_after = after.get(key).map_or(0, Vec::len);
            let mended = findings.iter().skip(n_after);
            mended.for_each(|it| tell_mended(pair, found, it));
        }
    }
}

/// The findings of a version by rule and action, the action by a number that both versions share.
type ByRule = BTreeMap<(&'static str, Option<usize>), Vec<Finding>>;

fn of(side: &Side<'_>, shared: impl Fn(usize) -> usize) -> ByRule {
    let mut all = ByRule::new();
    if side.exists {
        for finding in &side.insight.findings {
            let key = (finding.rule.code, finding.action.map(&shared));
            all.entry(key).or_default().push(finding.clone());
        }
    }
    all
}

fn tell_new(pair: &Pair<'_>, found: &mut Found, finding: &Finding) {
    let text = format!("this introduces {}", said(&pair.new, finding));
    let actions = pair.new.ids(finding.action);
    found.push(match finding.severity {
        Severity::Error | Severity::Warning => attention(NEW, text, actions),
        _ => note(NEW, text, actions),
    });
}

/// What is mended by removing the action is no news.
fn tell_mended(pair: &Pair<'_>, found: &mut Found, finding: &Finding) {
    let action = finding.action.map(|n| pair.new_of(n));
    if action == Some(None) {
        return;
    }
    let text = format!("this mends {}", said(&pair.old, finding));
    found.push(note(MENDED, text, pair.new.ids(action.flatten())));
}

/// `C036 (bot-in-queue) at `queue`: the bot is still in the chat`.
fn said(side: &Side<'_>, finding: &Finding) -> String {
    let (code, rule) = (finding.rule.code, finding.rule.name);
    let action = finding.action.and_then(|n| side.action(n));
    let at = action.filter(|it| !finding.headline.contains(it.id.as_str()));
    let at = at.map(|it| format!(" at {}", named(it)));
    format!(
        "{code} ({rule}){}: {}",
        at.unwrap_or_default(),
        finding.headline
    )
}
