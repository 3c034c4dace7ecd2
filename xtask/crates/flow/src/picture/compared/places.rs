//! Where the blocks of both versions stand: those of the new version where people have put them,
//! removed ones where they stood among the blocks that are still there, and what nobody has placed
//! where [`layout`] puts it.

use crate::layout;
use crate::model::{Action, ActionId, ErrorBranch, Flow};
use crate::value::{Map, Value};

use super::super::scene::{self, Target};
use super::pairs::Pairs;

/// The positions in the common list, as pictures draw them.
pub(super) fn of(pairs: &Pairs<'_>) -> Vec<(i64, i64)> {
    let kept = kept(pairs);
    let positions = layout::positions(&common(pairs, &kept));
    positions.into_iter().map(scene::stretch).collect()
}

/// The positions of some of the common list, wherever people have put them.
pub(super) fn of_some(pairs: &Pairs<'_>, is_shown: &[bool]) -> Vec<(i64, i64)> {
    let mut flow = common(pairs, &[]);
    let mut shown = is_shown.iter().copied();
    flow.actions.retain(|_| shown.next().unwrap_or(false));
    let positions = layout::placed(&flow);
    positions.into_iter().map(scene::stretch).collect()
}

/// Both versions as one flow. Actions are called by their numbers, since one identifier may stand
/// for different actions in the two versions.
fn common(pairs: &Pairs<'_>, kept: &[Option<Position>]) -> Flow {
    let name = |target: Target| match target {
        Target::Block(n) => ActionId::new(n.to_string()),
        Target::Missing(_) | Target::Hidden(_) => ActionId::new("missing"),
    };
    let new_name = |id: &ActionId| name(pairs.new_target(id));
    let old_name = |id: &ActionId| name(pairs.old_target(id));
    let mut flow = Flow::new(new_name(&pairs.new.start));
    for (n, action) in pairs.new.actions.iter().enumerate() {
        let mut action = renamed(action, n, new_name);
        // Where a way led before is drawn as well, and never as the main path.
        let changes = pairs.change(n).into_iter().flat_map(|it| &it.branches);
        let former = changes.filter_map(|it| it.old.as_ref());
        action
            .transitions
            .errors
            .extend(former.map(|old| ErrorBranch {
                error: String::new(),
                next: old_name(old),
            }));
        flow.actions.push(action);
    }
    for (n, &old) in pairs.removed.iter().enumerate() {
        let n = pairs.new.actions.len() + n;
        flow.actions
            .push(renamed(&pairs.old.actions[old], n, old_name));
    }
    flow.metadata = metadata(kept);
    flow
}

fn renamed(action: &Action, n: usize, name: impl Fn(&ActionId) -> ActionId) -> Action {
    let mut action = action.clone();
    action.id = ActionId::new(n.to_string());
    let transitions = &mut action.transitions;
    let conditions = transitions.conditions.iter_mut().map(|it| &mut it.next);
    let errors = transitions.errors.iter_mut().map(|it| &mut it.next);
    for next in transitions.next.iter_mut().chain(conditions).chain(errors) {
        *next = name(next);
    }
    action
}

fn metadata(kept: &[Option<Position>]) -> Option<Map> {
    if kept.iter().all(Option::is_none) {
        return None;
    }
    let number = |it: i64| Value::Number(it.into());
    let entries = kept.iter().enumerate().filter_map(|(n, position)| {
        let (x, y) = (*position)?;
        let position = Map::from_iter([("x".to_owned(), number(x)), ("y".to_owned(), number(y))]);
        let entry = Map::from_iter([("position".to_owned(), Value::Map(position))]);
        Some((n.to_string(), Value::Map(entry)))
    });
    let entries = Value::Map(entries.collect());
    Some(Map::from_iter([("ActionMetadata".to_owned(), entries)]))
}

type Position = (i64, i64);

/// The positions that people have given: of the new version, and of removed actions moved as the
/// nearest action was that is still there.
fn kept(pairs: &Pairs<'_>) -> Vec<Option<Position>> {
    let place = |flow: &Flow, action: &Action| {
        let entry = scene::entry_of(flow.metadata.as_ref(), &action.id)?;
        scene::position(entry.get("position"))
    };
    let new = |n: usize| place(pairs.new, pairs.new.actions.get(n)?);
    let old: Vec<Option<Position>> = pairs
        .old
        .actions
        .iter()
        .map(|it| place(pairs.old, it))
        .collect();
    let stayed: Vec<(Position, Position)> = old
        .iter()
        .enumerate()
        .filter_map(|(n, old)| Some(((*old)?, new(pairs.place_of_old(n))?)))
        .collect();
    let removed = pairs.removed.iter().map(|&n| {
        let (x, y) = old[n]?;
        let away =
            |((old_x, old_y), _): &&(Position, Position)| (old_x - x).abs() + (old_y - y).abs();
        let (before, after) = stayed.iter().min_by_key(away)?;
        Some((x + after.0 - before.0, y + after.1 - before.1))
    });
    (0..pairs.new.actions.len())
        .map(new)
        .chain(removed)
        .collect()
}
