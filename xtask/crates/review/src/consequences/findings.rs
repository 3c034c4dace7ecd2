//! Findings of the checks that the new version has and the old one had not, and those that are
//! mended.
//!
//! They are matched by the rule and the action, under whatever name, and not by lines. Those of one
//! rule are told together.

use std::collections::{BTreeMap, BTreeSet};

use flow::diagnostic::Severity;
use flow::model::ActionId;
use flow_source::lint::Finding;

use super::pair::{Pair, Side};
use super::words::all_named;
use super::{Found, attention, note};
use crate::comparison::Status;

const NEW: &str = "new_finding";
const MENDED: &str = "mended_finding";

pub(super) fn look(pair: &Pair<'_>, found: &mut Found) {
    let n_old = pair.old.flow.actions.len();
    let before = of(&pair.old, |n| n);
    let after = of(&pair.new, |n| pair.old_of(n).unwrap_or(n + n_old));
    for findings in by_rule(more(&after, &before)) {
        tell_new(pair, found, &findings);
    }
    if pair.change.status == Status::Changed {
        for findings in by_rule(more(&before, &after)) {
            tell_mended(pair, found, &findings);
        }
    }
}

/// The findings of a version by rule and action, the action by a number that both versions share.
type ByPlace<'a> = BTreeMap<(&'static str, Option<usize>), Vec<&'a Finding>>;

fn of<'a>(side: &'a Side<'_>, shared: impl Fn(usize) -> usize) -> ByPlace<'a> {
    let mut all = ByPlace::new();
    for finding in side.insight.findings.iter().filter(|_| side.exists) {
        let key = (finding.rule.code, finding.action.map(&shared));
        all.entry(key).or_default().push(finding);
    }
    all
}

/// Those of which there are more here than there.
fn more<'a>(here: &ByPlace<'a>, there: &ByPlace<'_>) -> Vec<&'a Finding> {
    let more = here.iter().flat_map(|(key, findings)| {
        let n_there = there.get(key).map_or(0, Vec::len);
        findings.iter().skip(n_there).copied()
    });
    more.collect()
}

fn by_rule(findings: Vec<&Finding>) -> Vec<Vec<&Finding>> {
    let mut rules: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        rules.entry(finding.rule.code).or_default().push(finding);
    }
    rules.into_values().collect()
}

fn tell_new(pair: &Pair<'_>, found: &mut Found, findings: &[&Finding]) {
    let is_news =
        |it: &&&Finding| !found.has_told(it.rule.code, it.action) && !pair.allows(it.rule.code);
    let findings: Vec<&Finding> = findings.iter().filter(is_news).copied().collect();
    let Some((text, actions)) = said(&pair.new, &findings) else {
        return;
    };
    let text = format!("this introduces {text}");
    let is_grave = |it: &&Finding| matches!(it.severity, Severity::Error | Severity::Warning);
    found.push(match findings.iter().any(is_grave) {
        true => attention(NEW, text, actions),
        false => note(NEW, text, actions),
    });
}

/// What is mended by removing the action is no news, and neither is what another kind has said.
fn tell_mended(pair: &Pair<'_>, found: &mut Found, findings: &[&Finding]) {
    let is_news = |it: &&&Finding| match it.action.map(|n| pair.new_of(n)) {
        Some(None) => false,
        kept => !found.has_told(it.rule.code, kept.flatten()),
    };
    let findings: Vec<&Finding> = findings.iter().filter(is_news).copied().collect();
    let Some((text, _)) = said(&pair.old, &findings) else {
        return;
    };
    let kept = findings.iter().filter_map(|it| pair.new_of(it.action?));
    let kept: BTreeSet<usize> = kept.collect();
    found.push(note(
        MENDED,
        format!("this mends {text}"),
        pair.new.ids(kept),
    ));
}

/// `C036 (bot-in-queue) at `queue`: the bot is still in the chat`, and the actions. Of several that
/// do not say the same, what the rule finds.
fn said(side: &Side<'_>, findings: &[&Finding]) -> Option<(String, Vec<ActionId>)> {
    let first = findings.first()?;
    let is_same = findings.iter().all(|it| it.headline == first.headline);
    let text = if is_same {
        first.headline.as_str()
    } else {
        first.rule.finds
    };
    let numbers: BTreeSet<usize> = findings.iter().filter_map(|it| it.action).collect();
    let actions = side.ids(numbers.iter().copied());
    let is_named = |id: &ActionId| text.contains(id.as_str());
    let at = all_named(numbers.iter().filter_map(|n| side.action(*n)));
    let at = match at.is_empty() || actions.iter().all(is_named) {
        true => String::new(),
        false => format!(" at {at}"),
    };
    let (code, rule) = (first.rule.code, first.rule.name);
    Some((format!("{code} ({rule}){at}: {text}"), actions))
}
