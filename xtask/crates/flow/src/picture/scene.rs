//! What a picture shows: blocks, the ways out of each, and where all of it stands.

use std::collections::HashMap;

use crate::catalogue::{self, Family};
use crate::diff::FlowDiff;
use crate::identifiers;
use crate::layout;
use crate::model::{Action, ActionId, Flow};
use crate::value::{Map, Value};

use super::mark::{Change, Difference, Gap, Mark, Note};
use super::{Options, compared, route, text, words};

/// A flow as it is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// The name of the flow.
    pub title: String,
    pub width: i64,
    pub height: i64,
    pub entry: Entry,
    /// In the order of the actions.
    pub blocks: Vec<Block>,
    /// Made from the rows of the blocks by [`Scene::arrange`].
    pub edges: Vec<Edge>,
    /// Where blocks stand that only the other version has.
    pub gaps: Vec<Gap>,
    /// What differs beside the blocks; nothing in a picture of one version alone.
    pub difference: Option<Difference>,
}

/// The point at which contacts enter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    pub place: Rect,
    /// The number of the block with which the flow starts, if there is one.
    pub to: Option<usize>,
    /// The number of the block with which the flow started before, if that was another.
    pub was: Option<usize>,
    pub mark: Option<Mark>,
}

/// An action as the designer draws it.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Unique in the scene, made from the action's identifier, and fit for an attribute `id`.
    pub id: String,
    /// The action's identifier.
    pub name: String,
    /// What the designer calls the block.
    pub title: String,
    /// Nothing for types that nobody here knows.
    pub family: Option<Family>,
    /// What the action does, in a few lines that fit.
    pub lines: Vec<String>,
    /// The same at full length.
    pub says: Vec<String>,
    pub rows: Vec<Row>,
    /// The parameters by path, as text at full length.
    pub parameters: Vec<(String, String)>,
    /// The type of the action.
    pub kind: String,
    pub place: Rect,
    /// What happened to the action; of several things the weightiest.
    pub mark: Option<Mark>,
    /// The other things that happened to it.
    pub also: Vec<Mark>,
    /// The action's identifier in the old version, if it was another.
    pub was: Option<String>,
    /// What differs in the action itself, in a few lines that fit.
    pub notes: Vec<Note>,
    /// The same at full length.
    pub changes: Vec<Change>,
}

/// A way out of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub label: String,
    pub kind: RowKind,
    pub to: Target,
    /// Where it led in the old version, if it was rewired.
    pub was: Option<Target>,
    pub mark: Option<Mark>,
}

/// Where a way out leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The number of a block.
    Block(usize),
    /// An action that the flow does not have.
    Missing(String),
    /// A block that the picture leaves out, by what people know it by.
    Hidden(String),
}

/// What leads out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    Next,
    Condition,
    /// What is left when no condition holds.
    Otherwise,
    Error,
}

/// A drawn transition.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// Block and row; nothing for the edge from the entry point.
    pub from: Option<(usize, usize)>,
    pub to: usize,
    /// Whether the way led there in the old version and leads elsewhere now.
    pub is_former: bool,
    /// The corners, with level and upright lines between them.
    pub points: Vec<(i64, i64)>,
}

/// A place on the canvas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    pub x: i64,
    pub y: i64,
    pub width: i64,
    pub height: i64,
}

/// Our blocks are wider than the designer's, so its positions are drawn this much apart: people
/// leave at least 200 between the left sides of two blocks, and so there are 28 to draw edges in.
const STRETCH: (i64, i64) = (13, 10);
/// The width of a block.
pub(super) const WIDTH: i64 = 232;
/// The bar with the block's title and the action's name.
pub(super) const HEAD: i64 = 44;
pub(super) const LINE: i64 = 16;
pub(super) const ROW: i64 = 22;
/// Left and right of texts.
pub(super) const PADDING: i64 = 12;
/// Above and below the lines, if there are some.
const BODY: i64 = 10;
/// Below the rows.
const FOOT: i64 = 6;
/// With three lines, a block of one way out is 126 high; people leave at least 134.
const MAX_LINES: usize = 3;
/// Font sizes.
pub(super) const TITLE_SIZE: i64 = 12;
pub(super) const TEXT_SIZE: i64 = 12;
pub(super) const SMALL_SIZE: i64 = 11;
const MARGIN: i64 = 32;
/// Between blocks that had to be moved apart.
const GAP: i64 = 24;
const ENTRY: (i64, i64) = (84, 30);

impl Scene {
    /// The scene of a flow: where people have put the blocks if every one has its place, else
    /// where [`layout`] puts them.
    pub fn of(flow: &Flow, options: &Options) -> Self {
        let mut scene = Self::unarranged(flow, options);
        scene.arrange();
        scene
    }

    /// A scene for pictures that find places and ways themselves.
    pub(super) fn unarranged(flow: &Flow, options: &Options) -> Self {
        let made;
        let (metadata, entry) = match &flow.metadata {
            Some(metadata) if has_all_places(flow, metadata) => {
                (metadata, metadata.get("entryPointPosition"))
            }
            _ => {
                made = layout::lay_out(flow);
                (&made, None)
            }
        };
        let numbers = numbers(flow);
        let mut ids = Ids::default();
        let blocks = flow.actions.iter().map(|action| {
            let shown = entry_of(flow.metadata.as_ref(), &action.id);
            let mut block = block(action, shown, |to| target(&numbers, to));
            block.id = ids.of(action.id.as_str());
            let position = entry_of(Some(metadata), &action.id).and_then(|it| it.get("position"));
            (block.place.x, block.place.y) = stretched(position).unwrap_or_default();
            block
        });
        let mut scene = Self {
            title: text::one_line(&options.title),
            width: 0,
            height: 0,
            blocks: blocks.collect(),
            entry: Entry {
                place: Rect::default(),
                to: numbers.get(&flow.start).copied(),
                was: None,
                mark: None,
            },
            edges: Vec::new(),
            gaps: Vec::new(),
            difference: None,
        };
        scene.place_entry(stretched(entry));
        scene.edges = route::unrouted(&scene);
        scene
    }

    /// Gives each block its size, moves apart what overlaps, and draws the edges. To be called
    /// again after the blocks or rows of a scene have changed.
    pub fn arrange(&mut self) {
        self.give_sizes();
        self.move_apart();
        self.draw_edges();
        self.move_to_origin(self.bounds());
    }

    /// The edges without their ways.
    pub(super) fn list_edges(&mut self) {
        self.edges = route::unrouted(self);
    }

    /// Gives each block the size that it needs.
    pub(super) fn give_sizes(&mut self) {
        for block in &mut self.blocks {
            block.place.width = WIDTH;
            block.place.height = block.height();
        }
    }

    pub(super) fn draw_edges(&mut self) {
        self.list_edges();
        self.edges = route::routed(self);
    }

    /// Both versions of a flow in one scene: the blocks of the new version in their order, then
    /// those that were removed, where they stood.
    pub fn of_diff(old: &Flow, new: &Flow, diff: &FlowDiff, options: &Options) -> Self {
        compared::merged(old, new, diff, options)
    }

    /// The same without the blocks that neither differ nor stand next to one that does, and
    /// arranged anew: what can be read of a large flow. Nothing if that is most of it.
    pub fn around_diff(old: &Flow, new: &Flow, diff: &FlowDiff, options: &Options) -> Option<Self> {
        compared::around(old, new, diff, options)
    }

    /// The row from which an edge leads; nothing for the one from the entry point.
    pub fn row(&self, edge: &Edge) -> Option<&Row> {
        let (block, row) = edge.from?;
        self.blocks.get(block)?.rows.get(row)
    }

    /// Whether anything is marked, or would be if it differed.
    pub(super) fn has_marks(&self) -> bool {
        let rows = |block: &Block| block.rows.iter().any(|it| it.mark.is_some());
        self.difference.is_some()
            || self.entry.mark.is_some()
            || self.blocks.iter().any(|it| it.mark.is_some() || rows(it))
    }

    /// What happened to a transition. Where a rewired way led before has its mark.
    pub fn edge_mark(&self, edge: &Edge) -> Option<Mark> {
        match edge.from {
            Some(_) => self.row(edge)?.mark,
            None => self.entry.mark,
        }
    }

    /// Puts the entry point where people left it, else before the start; level with the start if it
    /// nearly is, so that the edge between them is straight.
    pub(super) fn place_entry(&mut self, position: Option<(i64, i64)>) {
        let start = self.entry.to.and_then(|to| self.blocks.get(to));
        let inlet = start.map(|it| (it.place.x, it.place.y + HEAD / 2));
        let level = inlet.map(|(x, y)| (x - ENTRY.0 - 60, y - ENTRY.1 / 2));
        let (x, mut y) = position.or(level).unwrap_or_default();
        if let Some((_, level)) = level
            && (level - y).abs() < 2 * ROW
        {
            y = level;
        }
        self.entry.place = Rect {
            x,
            y,
            width: ENTRY.0,
            height: ENTRY.1,
        };
    }

    /// Moves blocks down that lie on others: some exports have two actions for one block of the
    /// designer, at the same place.
    pub(super) fn move_apart(&mut self) {
        let mut order: Vec<usize> = (0..self.blocks.len()).collect();
        // What is no longer there gives way to what is.
        let is_removed = |n: usize| self.blocks[n].mark == Some(Mark::Removed);
        order.sort_by_key(|&n| {
            let place = self.blocks[n].place;
            (is_removed(n), place.y, place.x, n)
        });
        let mut placed = vec![self.entry.place];
        for n in order {
            let mut place = self.blocks[n].place;
            let mut beside: Vec<Rect> = placed
                .iter()
                .filter(|it| it.x < place.x + place.width && place.x < it.x + it.width)
                .copied()
                .collect();
            beside.sort_by_key(|it| it.y);
            for other in beside {
                if other.overlaps(&place) {
                    place.y = other.y + other.height + GAP;
                }
            }
            self.blocks[n].place = place;
            placed.push(place);
        }
    }

    /// What blocks, entry point and edges take up.
    pub(super) fn bounds(&self) -> Rect {
        let blocks = self.blocks.iter().map(|it| it.place);
        let blocks = blocks.chain(self.gaps.iter().map(|it| it.place));
        let places = || blocks.clone().chain([self.entry.place]);
        let points = || self.edges.iter().flat_map(|edge| edge.points.iter());
        let lefts = places().map(|it| it.x).chain(points().map(|it| it.0));
        let tops = places().map(|it| it.y).chain(points().map(|it| it.1));
        let rights = places().map(|it| it.x + it.width);
        let bottoms = places().map(|it| it.y + it.height);
        let (x, y) = (lefts.min().unwrap_or(0), tops.min().unwrap_or(0));
        let right = rights.chain(points().map(|it| it.0)).max();
        let bottom = bottoms.chain(points().map(|it| it.1)).max();
        Rect {
            x,
            y,
            width: right.unwrap_or(x) - x,
            height: bottom.unwrap_or(y) - y,
        }
    }

    /// Moves everything so that these bounds, with a margin around them, become the picture.
    pub(super) fn move_to_origin(&mut self, bounds: Rect) {
        let (dx, dy) = (MARGIN - bounds.x, MARGIN - bounds.y);
        for block in &mut self.blocks {
            block.place.x += dx;
            block.place.y += dy;
        }
        for gap in &mut self.gaps {
            gap.place.x += dx;
            gap.place.y += dy;
        }
        self.entry.place.x += dx;
        self.entry.place.y += dy;
        for point in self.edges.iter_mut().flat_map(|edge| &mut edge.points) {
            *point = (point.0 + dx, point.1 + dy);
        }
        self.width = bounds.width + 2 * MARGIN;
        self.height = bounds.height + 2 * MARGIN;
    }
}

impl Block {
    /// Where edges come in.
    pub fn inlet(&self) -> (i64, i64) {
        (self.place.x, self.place.y + HEAD / 2)
    }

    /// Where the edge of a row goes out.
    pub fn outlet(&self, row: usize) -> (i64, i64) {
        let n = i64::try_from(row).unwrap_or(0);
        let y = self.place.y + HEAD + body(self.n_lines()) + n * ROW + ROW / 2;
        (self.place.x + self.place.width, y)
    }

    /// What people know it by: of one with an id that the console has made, its title.
    pub fn known_as(&self) -> String {
        if identifiers::is_uuid(&self.name) {
            return format!("{} ({})", self.title, text::short_id(&self.name));
        }
        text::one_line(&self.name)
    }

    /// The word for the group of blocks that it belongs to.
    pub fn family(&self) -> &'static str {
        self.family.map_or("other", Family::as_str)
    }

    fn height(&self) -> i64 {
        height(self.n_lines(), self.rows.len())
    }

    fn n_lines(&self) -> usize {
        self.lines.len() + self.notes.len()
    }

    /// Everything that happened to the action, the weightiest first.
    pub fn marks(&self) -> impl Iterator<Item = Mark> {
        self.mark.into_iter().chain(self.also.iter().copied())
    }
}

impl Rect {
    /// The place that holds both.
    pub(super) fn around(self, other: Rect) -> Rect {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Rect {
            x,
            y,
            width: (self.x + self.width).max(other.x + other.width) - x,
            height: (self.y + self.height).max(other.y + other.height) - y,
        }
    }

    /// Whether two places have a point in common.
    pub fn overlaps(&self, other: &Rect) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }
}

/// The size of an action's block, in the units of the designer's canvas; for layouts, which have
/// to leave at least this much.
pub fn block_size(action: &Action) -> (i64, i64) {
    let n_rows = ways(action).count();
    let width = (WIDTH * STRETCH.1 + STRETCH.0 - 1) / STRETCH.0;
    (width, height(MAX_LINES, n_rows))
}

fn height(n_lines: usize, n_rows: usize) -> i64 {
    let rows = match i64::try_from(n_rows).unwrap_or(0) {
        0 => 0,
        n => n * ROW + FOOT,
    };
    HEAD + body(n_lines) + rows
}

fn body(n_lines: usize) -> i64 {
    match i64::try_from(n_lines).unwrap_or(0) {
        0 => 4,
        n => n * LINE + BODY,
    }
}

/// The number of each action; of the first, should two have the same identifier.
pub(super) fn numbers(flow: &Flow) -> HashMap<&ActionId, usize> {
    let mut numbers = HashMap::new();
    for (n, action) in flow.actions.iter().enumerate() {
        numbers.entry(&action.id).or_insert(n);
    }
    numbers
}

pub(super) fn target(numbers: &HashMap<&ActionId, usize>, to: &ActionId) -> Target {
    match numbers.get(to) {
        Some(&n) => Target::Block(n),
        None => Target::Missing(to.as_str().to_owned()),
    }
}

/// The block of an action without its place and its id. `target` knows where its ways lead.
pub(super) fn block(
    action: &Action,
    shown: Option<&Map>,
    target: impl Fn(&ActionId) -> Target,
) -> Block {
    let says: Vec<String> = words::says(action, shown)
        .iter()
        .map(|it| text::one_line(it))
        .filter(|it| !it.is_empty())
        .collect();
    let mut parameters = Vec::new();
    words::flatten("", &action.parameters, &mut parameters);
    Block {
        id: String::new(),
        name: action.id.as_str().to_owned(),
        title: words::title(action),
        family: catalogue::entry(&action.kind).map(|it| it.family),
        lines: lines(&says),
        says,
        rows: ways(action)
            .map(|(label, kind, to)| Row {
                label,
                kind,
                to: target(to),
                was: None,
                mark: None,
            })
            .collect(),
        parameters,
        kind: action.kind.as_str().to_owned(),
        place: Rect::default(),
        mark: None,
        also: Vec::new(),
        was: None,
        notes: Vec::new(),
        changes: Vec::new(),
    }
}

/// What fits of what an action says: the first sentence may take the lines that others leave.
fn lines(says: &[String]) -> Vec<String> {
    let room = WIDTH - 2 * PADDING;
    let Some((first, others)) = says.split_first() else {
        return Vec::new();
    };
    let n_first = MAX_LINES.saturating_sub(others.len()).max(1);
    let mut lines = text::wrap(first, room, TEXT_SIZE, n_first);
    let n_left = MAX_LINES - lines.len();
    if others.len() > n_left {
        let n_more = others.len() + 1 - n_left;
        lines.extend(others.iter().take(n_left - 1).cloned());
        lines.push(format!("and {n_more} more"));
    } else {
        lines.extend(others.iter().cloned());
    }
    lines
        .iter()
        .map(|it| text::cut(it, room, TEXT_SIZE))
        .collect()
}

/// The ways out that can be taken, in the order in which the designer lists them.
pub(super) fn ways(action: &Action) -> impl Iterator<Item = (String, RowKind, &ActionId)> {
    let transitions = &action.transitions;
    let next = transitions
        .next
        .iter()
        .filter(|_| catalogue::follows_next(action))
        .map(|to| ("Success".to_owned(), RowKind::Next, to));
    let labels = words::conditions(action);
    let conditions = transitions
        .conditions
        .iter()
        .zip(labels)
        .map(|(condition, label)| (label, RowKind::Condition, &condition.next));
    let errors = transitions.errors.iter().map(|branch| {
        let kind = match branch.error.as_str() {
            "NoMatchingCondition" => RowKind::Otherwise,
            _ => RowKind::Error,
        };
        (words::error(action, &branch.error), kind, &branch.next)
    });
    next.chain(conditions).chain(errors)
}

pub(super) fn entry_of<'a>(metadata: Option<&'a Map>, id: &ActionId) -> Option<&'a Map> {
    let actions = metadata?.get("ActionMetadata")?.as_map()?;
    actions.get(id.as_str())?.as_map()
}

pub(super) fn has_all_places(flow: &Flow, metadata: &Map) -> bool {
    flow.actions.iter().all(|action| {
        let entry = entry_of(Some(metadata), &action.id);
        stretched(entry.and_then(|it| it.get("position"))).is_some()
    })
}

/// A position of the designer's canvas as one of ours.
fn stretched(position: Option<&Value>) -> Option<(i64, i64)> {
    self::position(position).map(stretch)
}

/// A position on the designer's canvas.
pub(super) fn position(position: Option<&Value>) -> Option<(i64, i64)> {
    let position = position?.as_map()?;
    let coordinate = |key: &str| match position.get(key)? {
        Value::Number(number) => number.as_f64().map(whole),
        _ => None,
    };
    Some((coordinate("x")?, coordinate("y")?))
}

/// A point of the designer's canvas on ours.
pub(super) fn stretch((x, y): (i64, i64)) -> (i64, i64) {
    (x * STRETCH.0 / STRETCH.1, y)
}

/// A coordinate without its fraction, kept within a canvas that somebody could have drawn on.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the number is rounded and clamped first"
)]
fn whole(number: f64) -> i64 {
    number.round().clamp(-100_000.0, 100_000.0) as i64
}

/// Ids that browsers take and links can name: letters, digits, `-` and `_` stay as they are, any
/// other character becomes its number between dots.
#[derive(Default)]
pub(super) struct Ids {
    n_seen: HashMap<String, usize>,
}

impl Ids {
    pub(super) fn of(&mut self, name: &str) -> String {
        let mut id = "block-".to_owned();
        for c in name.chars() {
            if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
                id.push(c);
            } else {
                id.push_str(&format!(".{:x}.", u32::from(c)));
            }
        }
        let n = self.n_seen.entry(id.clone()).or_insert(0);
        *n += 1;
        if *n > 1 {
            // No character's number begins with this letter.
            id.push_str(&format!(".n{n}"));
        }
        id
    }
}
