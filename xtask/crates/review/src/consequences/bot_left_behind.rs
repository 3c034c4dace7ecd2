//! A way on which the bot's time is over, nothing makes it leave, and the flow is done: one that the
//! old version did not have.

use std::collections::BTreeMap;

use flow_source::lint::{BotEnd, BotLeaves};

use super::pair::Pair;
use super::words::{all_named, named};
use super::{Found, attention};

const KIND: &str = "bot_left_behind";

pub(super) fn look(pair: &Pair<'_>, found: &mut Found) {
    let before = &pair.old.insight.bot_ends;
    let was_there = |end: &BotEnd| {
        let (wait, at) = (pair.old_of(end.wait), pair.old_of(end.end));
        let is_it =
            |it: &BotEnd| Some(it.wait) == wait && Some(it.end) == at && it.leaves == end.leaves;
        before.iter().any(is_it)
    };
    let mut new_ends: BTreeMap<(usize, BotLeaves), Vec<usize>> = BTreeMap::new();
    for end in &pair.new.insight.bot_ends {
        if !was_there(end) {
            new_ends
                .entry((end.wait, end.leaves))
                .or_default()
                .push(end.end);
        }
    }
    for ((wait, leaves), ends) in new_ends {
        tell(pair, found, wait, leaves, ends);
    }
}

fn tell(pair: &Pair<'_>, found: &mut Found, wait: usize, leaves: BotLeaves, mut ends: Vec<usize>) {
    let code = match leaves {
        BotLeaves::ToQueue => "C036",
        BotLeaves::WithFlow | BotLeaves::ToFlow => "C035",
    };
    ends.sort_unstable();
    ends.dedup();
    ends.iter().for_each(|end| found.tells(code, Some(*end)));
    let at = all_named(ends.iter().filter_map(|n| pair.new.action(*n)));
    let after = pair.new.action(wait).map(named).unwrap_or_default();
    let what = match leaves {
        BotLeaves::WithFlow => format!("the flow can end at {at} with the bot still in the chat"),
        BotLeaves::ToFlow => {
            format!("{at} hands the chat to another flow with the bot still in it")
        }
        BotLeaves::ToQueue => {
            format!("the customer can wait in the queue of {at} with the bot still in the chat")
        }
    };
    let text = format!("{what}: nothing makes it leave when the time of {after} is over");
    let mut actions = ends;
    actions.push(wait);
    found.push(attention(KIND, text, pair.new.ids(actions)));
}
