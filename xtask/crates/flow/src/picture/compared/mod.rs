//! Two versions of a flow as scenes: both in one, or one beside the other with each block at the
//! same place in both.

mod notes;
mod pairs;
mod places;

use crate::diff::{ActionDiff, BranchChange, FlowDiff};
use crate::model::{Action, ActionId, Flow};

use super::mark::{Difference, Gap, Mark};
use super::part::Part;
use super::scene::{self, Block, Entry, Ids, Rect, Row, Scene, Target};
use super::{Options, text};

use pairs::{Pairs, Side, Way};

/// Both versions in one scene, arranged: the blocks of the new version in their order, then those
/// that were removed.
pub(super) fn merged(old: &Flow, new: &Flow, diff: &FlowDiff, options: &Options) -> Scene {
    let pairs = Pairs::of(old, new, diff);
    let mut scene = unplaced(&pairs, diff, options);
    place(&pairs, &mut scene);
    scene.arrange();
    scene
}

/// The same for pictures that find places and ways themselves.
pub(super) fn unarranged(old: &Flow, new: &Flow, diff: &FlowDiff, options: &Options) -> Scene {
    let mut scene = unplaced(&Pairs::of(old, new, diff), diff, options);
    scene.list_edges();
    scene
}

/// Flows of so many blocks are read as a whole.
const MAX_WHOLE: usize = 80;

/// What differs in a large flow, and what stands next to it, arranged for itself; nothing if that
/// is most of the flow.
pub(super) fn around(old: &Flow, new: &Flow, diff: &FlowDiff, options: &Options) -> Option<Scene> {
    let pairs = Pairs::of(old, new, diff);
    let mut scene = unplaced(&pairs, diff, options);
    let part = Part::around_marks(&scene, usize::MAX, true);
    let (n_shown, n_all) = (part.n_shown(), scene.blocks.len());
    if n_all <= MAX_WHOLE || n_shown == 0 || n_shown * 2 > n_all {
        return None;
    }
    leave_out(&mut scene, &part);
    let places = places::of_some(&pairs, &part.is_shown);
    for (block, (x, y)) in scene.blocks.iter_mut().zip(places) {
        (block.place.x, block.place.y) = (x, y);
    }
    let corner = scene.bounds();
    let above = scene
        .entry
        .to
        .is_none()
        .then_some((corner.x, corner.y - 60));
    scene.place_entry(above);
    scene.arrange();
    Some(scene)
}

/// Takes the blocks away that are not shown; ways to them say where they lead.
fn leave_out(scene: &mut Scene, part: &Part) {
    let mut n_seen = 0;
    let numbers: Vec<Option<usize>> = part
        .is_shown
        .iter()
        .map(|is_shown| {
            n_seen += usize::from(*is_shown);
            is_shown.then(|| n_seen - 1)
        })
        .collect();
    let number = |n: usize| numbers.get(n).copied().flatten();
    let all = std::mem::take(&mut scene.blocks);
    let names: Vec<String> = all.iter().map(Block::known_as).collect();
    let lead = |target: &mut Target| {
        if let Target::Block(n) = *target {
            *target = match number(n) {
                Some(n) => Target::Block(n),
                None => Target::Hidden(names.get(n).cloned().unwrap_or_default()),
            };
        }
    };
    let shown = all.into_iter().zip(&part.is_shown).filter(|it| *it.1);
    scene.blocks = shown.map(|it| it.0).collect();
    for row in scene.blocks.iter_mut().flat_map(|it| &mut it.rows) {
        lead(&mut row.to);
        row.was.iter_mut().for_each(lead);
    }
    scene.entry.to = scene.entry.to.and_then(number);
    scene.entry.was = scene.entry.was.and_then(number);
    let n_hidden = part.is_shown.len() - part.n_shown();
    if let Some(difference) = &mut scene.difference {
        difference.hidden = Some((n_hidden, part.what_is_hidden()));
    }
}

/// Two versions in one frame: a block that both have stands at the same place in both.
pub(super) struct SideBySide {
    /// Both in one, for what differs in each block.
    pub(super) merged: Scene,
    pub(super) before: Scene,
    pub(super) after: Scene,
}

/// Both versions as scenes of their own.
pub(super) fn side_by_side(
    old: &Flow,
    new: &Flow,
    diff: &FlowDiff,
    options: &Options,
) -> SideBySide {
    let pairs = Pairs::of(old, new, diff);
    let mut merged = unplaced(&pairs, diff, options);
    let mut before = version(&pairs, &merged, Side::Old);
    let mut after = version(&pairs, &merged, Side::New);
    place(&pairs, &mut merged);
    // Room for the larger of the two.
    for (block, from) in merged.blocks.iter_mut().zip(&after.blocks) {
        (block.place.width, block.place.height) = (from.place.width, from.place.height);
    }
    for (n, block) in before.blocks.iter().enumerate() {
        let place = &mut merged.blocks[pairs.place_of_old(n)].place;
        place.width = block.place.width;
        place.height = place.height.max(block.place.height);
    }
    merged.move_apart();
    for (n, block) in before.blocks.iter_mut().enumerate() {
        let place = merged.blocks[pairs.place_of_old(n)].place;
        (block.place.x, block.place.y) = (place.x, place.y);
    }
    for (block, from) in after.blocks.iter_mut().zip(&merged.blocks) {
        (block.place.x, block.place.y) = (from.place.x, from.place.y);
    }
    before.gaps = gaps(&merged, Mark::Added, "old");
    after.gaps = gaps(&merged, Mark::Removed, "new");
    for scene in [&mut before, &mut after] {
        scene.entry.place = merged.entry.place;
        scene.draw_edges();
    }
    let bounds = before.bounds().around(after.bounds());
    for scene in [&mut merged, &mut before, &mut after] {
        scene.move_to_origin(bounds);
    }
    SideBySide {
        merged,
        before,
        after,
    }
}

fn gaps(merged: &Scene, mark: Mark, prefix: &str) -> Vec<Gap> {
    let blocks = merged.blocks.iter().filter(|it| it.mark == Some(mark));
    let gap = |block: &Block| Gap {
        id: format!("{prefix}-{}", block.id),
        name: block.name.clone(),
        place: block.place,
        mark,
    };
    blocks.map(gap).collect()
}

/// One version alone, with marks on what is another in the other one; without places.
fn version(pairs: &Pairs<'_>, merged: &Scene, side: Side) -> Scene {
    let (flow, prefix) = match side {
        Side::Old => (pairs.old, "old"),
        Side::New => (pairs.new, "new"),
    };
    let numbers = scene::numbers(flow);
    let block = |(n, action): (usize, &Action)| {
        let at = match side {
            Side::Old => pairs.place_of_old(n),
            Side::New => n,
        };
        let source = &merged.blocks[at];
        let shown = scene::entry_of(flow.metadata.as_ref(), &action.id);
        let mut block = scene::block(action, shown, |to| scene::target(&numbers, to));
        block.id = format!("{prefix}-{}", source.id);
        block.mark = source.mark;
        block.also.clone_from(&source.also);
        let change = pairs.change(at);
        mark_rows(&mut block, action, change.map(|it| (it, side)), source.mark);
        block
    };
    let mut scene = Scene {
        title: merged.title.clone(),
        blocks: flow.actions.iter().enumerate().map(block).collect(),
        entry: Entry {
            to: numbers.get(&flow.start).copied(),
            was: None,
            ..merged.entry.clone()
        },
        difference: Some(Difference::default()),
        ..Scene::default()
    };
    scene.give_sizes();
    scene
}

/// Both versions in one scene without places.
fn unplaced(pairs: &Pairs<'_>, diff: &FlowDiff, options: &Options) -> Scene {
    let mut ids = Ids::default();
    let new = pairs.new.actions.iter().enumerate();
    let new = new.map(|(n, action)| current(pairs, n, action));
    let removed = pairs.removed.iter().map(|&n| removed(pairs, n));
    let mut blocks: Vec<Block> = new.chain(removed).collect();
    for block in &mut blocks {
        block.id = ids.of(&block.name);
    }
    let name = |place: Option<usize>, id: &ActionId| {
        let block = place.and_then(|it| blocks.get(it));
        block.map_or_else(|| text::one_line(id.as_str()), Block::known_as)
    };
    let start = diff.start.as_ref().map(|(old, new)| {
        (
            name(pairs.old_place(old), old),
            name(pairs.new_place(new), new),
        )
    });
    Scene {
        title: text::one_line(&options.title),
        entry: entry(pairs, diff),
        blocks,
        difference: Some(Difference {
            hidden: None,
            versions: options.versions.clone(),
            document: diff.document.iter().map(notes::value).collect(),
            start,
        }),
        ..Scene::default()
    }
}

fn entry(pairs: &Pairs<'_>, diff: &FlowDiff) -> Entry {
    let to = pairs.new_place(&pairs.new.start);
    let was = diff
        .start
        .as_ref()
        .and_then(|(old, _)| pairs.old_place(old));
    Entry {
        place: Rect::default(),
        to,
        was,
        mark: diff.start.as_ref().map(|_| Mark::Rewired),
    }
}

/// The block of an action that the new version has.
fn current(pairs: &Pairs<'_>, n: usize, action: &Action) -> Block {
    let mut block = new_block(pairs, action);
    let Some(old) = pairs.old_of(n) else {
        block.mark = Some(Mark::Added);
        mark_rows(&mut block, action, None, Some(Mark::Added));
        return block;
    };
    block.was = (old.id != action.id).then(|| old.id.as_str().to_owned());
    let change = pairs.change(n);
    let marks = marks(change, block.was.is_some());
    let mut marks = marks.into_iter();
    block.mark = marks.next();
    block.also = marks.collect();
    block.changes = change.map(notes::changes).unwrap_or_default();
    if !block.changes.is_empty() {
        let old_says = old_block(pairs, old).says;
        block.lines = notes::unchanged(&block.says, &old_says);
    }
    block.notes = notes::notes(block.was.as_deref(), &block.changes);
    if let Some(change) = change {
        mark_rows(&mut block, action, Some((change, Side::New)), None);
        merge_rows(pairs, change, (old, action), &mut block);
    }
    block
}

fn removed(pairs: &Pairs<'_>, n: usize) -> Block {
    let action = &pairs.old.actions[n];
    let mut block = old_block(pairs, action);
    block.mark = Some(Mark::Removed);
    mark_rows(&mut block, action, None, Some(Mark::Removed));
    block
}

fn new_block(pairs: &Pairs<'_>, action: &Action) -> Block {
    let shown = scene::entry_of(pairs.new.metadata.as_ref(), &action.id);
    scene::block(action, shown, |to| pairs.new_target(to))
}

fn old_block(pairs: &Pairs<'_>, action: &Action) -> Block {
    let shown = scene::entry_of(pairs.old.metadata.as_ref(), &action.id);
    scene::block(action, shown, |to| pairs.old_target(to))
}

fn marks(change: Option<&ActionDiff>, is_renamed: bool) -> Vec<Mark> {
    let marks = [
        (change.is_some_and(ActionDiff::is_changed), Mark::Changed),
        (change.is_some_and(ActionDiff::is_rewired), Mark::Rewired),
        (is_renamed, Mark::Renamed),
    ];
    let marks = marks.into_iter().filter(|(is_so, _)| *is_so);
    marks.map(|(_, mark)| mark).collect()
}

/// Marks the ways out of a version's block: all of an added or a removed one, else those that
/// differ.
fn mark_rows(
    block: &mut Block,
    action: &Action,
    change: Option<(&ActionDiff, Side)>,
    mark: Option<Mark>,
) {
    if let Some(mark @ (Mark::Added | Mark::Removed)) = mark {
        block.rows.iter_mut().for_each(|it| it.mark = Some(mark));
        return;
    }
    let Some((change, side)) = change else {
        return;
    };
    let ways = pairs::ways(action, change, side);
    for (way, row) in ways.iter().zip(&mut block.rows) {
        row.mark = change_of(change, way).map(mark_of);
    }
}

fn change_of<'a>(change: &'a ActionDiff, way: &Way) -> Option<&'a BranchChange> {
    match way {
        Way::Changed(n) => change.branches.get(*n),
        Way::Same(..) => None,
    }
}

fn mark_of(change: &BranchChange) -> Mark {
    match (&change.old, &change.new) {
        (None, _) => Mark::Added,
        (_, None) => Mark::Removed,
        _ => Mark::Rewired,
    }
}

/// Adds to the rows of the new version where each led before, and the rows that are gone, each
/// behind the one that it followed.
fn merge_rows(
    pairs: &Pairs<'_>,
    change: &ActionDiff,
    (old, new): (&Action, &Action),
    block: &mut Block,
) {
    let ways = pairs::ways(new, change, Side::New);
    let mut rows: Vec<(Way, Row)> = ways.into_iter().zip(block.rows.drain(..)).collect();
    for (way, row) in &mut rows {
        let led = change_of(change, way).and_then(|it| it.old.as_ref());
        row.was = led.map(|it| pairs.old_target(it));
    }
    let mut gone = old_block(pairs, old);
    mark_rows(&mut gone, old, Some((change, Side::Old)), None);
    let mut at = 0;
    let ways = pairs::ways(old, change, Side::Old);
    for (way, row) in ways.into_iter().zip(gone.rows) {
        if let Some(found) = rows.iter().position(|it| it.0 == way) {
            at = found + 1;
        } else if row.mark == Some(Mark::Removed) {
            rows.insert(at, (way, row));
            at += 1;
        }
    }
    block.rows = rows.into_iter().map(|it| it.1).collect();
}

/// Gives each block of the common list its place, and the entry point.
fn place(pairs: &Pairs<'_>, scene: &mut Scene) {
    for (block, (x, y)) in scene.blocks.iter_mut().zip(places::of(pairs)) {
        (block.place.x, block.place.y) = (x, y);
    }
    let metadata = pairs.new.metadata.as_ref();
    let metadata = metadata.filter(|it| scene::has_all_places(pairs.new, it));
    let position = metadata.and_then(|it| it.get("entryPointPosition"));
    scene.place_entry(scene::position(position).map(scene::stretch));
}
