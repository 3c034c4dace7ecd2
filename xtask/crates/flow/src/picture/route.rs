//! The ways of edges over the canvas: level and upright lines around the blocks, apart from each
//! other where they lead to different blocks.
//!
//! Each edge takes the cheapest of a few shapes: out of the port, up or down between two columns,
//! and in; or the same with a level stretch above or below what lies in between. Cost is length,
//! corners, blocks that are crossed, and other edges that are run over.

use std::collections::{BTreeMap, HashMap};

use super::scene::{Edge, Rect, Scene, Target};

/// Between a block and the first line beside it, and between lines.
const CLEARANCE: i64 = 14;
const LANE: i64 = 8;
const LANES: i64 = 6;
/// What a corner costs, in pixels of length.
const CORNER: i64 = 24;
/// What it costs to run through a block; edges are drawn behind blocks.
const THROUGH: i64 = 1500;
/// What it costs to run along an edge to another block.
const ALONG: i64 = 160;
/// At most so many level stretches are tried for one edge, and for all edges together. A flow that
/// Connect takes has 250 actions and stays below; what is larger is drawn with less care.
const MAX_LEVELS: usize = 300;
const MAX_LEVELS_IN_ALL: usize = 120_000;
/// The size of the squares by which blocks are found.
const BAND: i64 = 64;

/// The edges of a scene with their ways.
pub(super) fn routed(scene: &Scene) -> Vec<Edge> {
    let mut edges = scene.edges.clone();
    let mut canvas = Canvas::new(scene);
    canvas.max_levels = MAX_LEVELS.min(MAX_LEVELS_IN_ALL / edges.len().max(1));
    let mut order: Vec<usize> = (0..edges.len()).collect();
    // Short ones first: they are the ones that can be straight.
    order.sort_by_key(|&n| {
        let (from, to) = ends(scene, &edges[n]);
        let is_back = to.0 < from.0;
        (is_back, (to.0 - from.0).abs() + (to.1 - from.1).abs(), n)
    });
    for n in order {
        let (from, to) = ends(scene, &edges[n]);
        let points = canvas.route(from, to, edges[n].to);
        canvas.remember(&points, edges[n].to);
        edges[n].points = points;
    }
    edges
}

/// All edges of a scene, those of the entry point first and then row by row.
pub(super) fn unrouted(scene: &Scene) -> Vec<Edge> {
    let entry = [(scene.entry.to, false), (scene.entry.was, true)];
    let entry = entry
        .into_iter()
        .filter_map(|(to, is_former)| Some((None, to?, is_former)));
    let rows = scene.blocks.iter().enumerate().flat_map(|(block, it)| {
        let rows = it.rows.iter().enumerate();
        rows.flat_map(move |(row, it)| {
            let targets = [(Some(&it.to), false), (it.was.as_ref(), true)];
            targets
                .into_iter()
                .filter_map(move |(to, is_former)| match to? {
                    Target::Block(to) => Some((Some((block, row)), *to, is_former)),
                    Target::Missing(_) | Target::Hidden(_) => None,
                })
        })
    });
    entry
        .chain(rows)
        .filter(|(_, to, _)| *to < scene.blocks.len())
        .map(|(from, to, is_former)| Edge {
            from,
            to,
            is_former,
            points: Vec::new(),
        })
        .collect()
}

type Point = (i64, i64);

fn ends(scene: &Scene, edge: &Edge) -> (Point, Point) {
    let from = match edge.from {
        Some((block, row)) => scene.blocks[block].outlet(row),
        None => {
            let place = scene.entry.place;
            (place.x + place.width, place.y + place.height / 2)
        }
    };
    (from, scene.blocks[edge.to].inlet())
}

/// The blocks and the edges that are there already.
struct Canvas {
    blocks: Vec<Rect>,
    by_row: HashMap<i64, Vec<usize>>,
    by_column: HashMap<i64, Vec<usize>>,
    level: Lines,
    upright: Lines,
    max_levels: usize,
}

/// Lines of one direction by where they lie, each with its ends and the block it leads to.
type Lines = BTreeMap<i64, Vec<(i64, i64, usize)>>;

impl Canvas {
    fn new(scene: &Scene) -> Self {
        let places = scene.blocks.iter().map(|it| it.place);
        let blocks: Vec<Rect> = places.chain([scene.entry.place]).collect();
        let mut by_row: HashMap<i64, Vec<usize>> = HashMap::new();
        let mut by_column: HashMap<i64, Vec<usize>> = HashMap::new();
        for (n, it) in blocks.iter().enumerate() {
            let (top, bottom) = (it.y - LANE, it.y + it.height + LANE);
            for band in top.div_euclid(BAND)..=bottom.div_euclid(BAND) {
                by_row.entry(band).or_default().push(n);
            }
            let (left, right) = (it.x - LANE, it.x + it.width + LANE);
            for band in left.div_euclid(BAND)..=right.div_euclid(BAND) {
                by_column.entry(band).or_default().push(n);
            }
        }
        Self {
            blocks,
            by_row,
            by_column,
            level: Lines::new(),
            upright: Lines::new(),
            max_levels: MAX_LEVELS,
        }
    }

    fn route(&self, from: Point, to: Point, target: usize) -> Vec<Point> {
        let mut best = (i64::MAX, Vec::new());
        let mut offer = |cost: i64, points: Vec<Point>| {
            if cost < best.0 {
                best = (cost, points);
            }
        };
        if from.1 == to.1 && from.0 < to.0 {
            let cost = self.level_cost(from.1, from.0, to.0, target);
            offer(cost, vec![from, to]);
        }
        for x in uprights(from, to) {
            let cost = self.level_cost(from.1, from.0, x, target)
                + self.upright_cost(x, from.1, to.1, target)
                + self.level_cost(to.1, x, to.0, target)
                + 2 * CORNER;
            offer(cost, vec![from, (x, from.1), (x, to.1), to]);
        }
        let least = |y: i64| (y - from.1).abs() + (y - to.1).abs() + (to.0 - from.0).abs();
        for y in self.levels(from, to) {
            if least(y) + 4 * CORNER >= best.0 {
                break;
            }
            let (first, x1) = self.best_upright(from, y, 1, target);
            let (last, x2) = self.best_upright(to, y, -1, target);
            let cost = first + last + self.level_cost(y, x1, x2, target) + 4 * CORNER;
            if cost < best.0 {
                let points = vec![from, (x1, from.1), (x1, y), (x2, y), (x2, to.1), to];
                best = (cost, points);
            }
        }
        simplified(best.1)
    }

    /// Where level stretches may lie: beside each block in between, the nearest first.
    fn levels(&self, from: Point, to: Point) -> Vec<i64> {
        let reach = CLEARANCE + LANES * LANE;
        let (left, right) = (from.0.min(to.0) - reach, from.0.max(to.0) + reach);
        let mut levels: Vec<i64> = self
            .blocks
            .iter()
            .filter(|it| it.x <= right && left <= it.x + it.width)
            .flat_map(|it| {
                (0..LANES).flat_map(|n| {
                    let away = CLEARANCE + n * LANE;
                    [it.y - away, it.y + it.height + away]
                })
            })
            .collect();
        levels.sort_by_key(|&y| ((y - from.1).abs() + (y - to.1).abs(), y));
        levels.dedup();
        levels.truncate(self.max_levels);
        levels
    }

    /// The best upright line beside an end, on its right (1) or left (-1), from there to a level.
    fn best_upright(&self, end: Point, y: i64, side: i64, target: usize) -> (i64, i64) {
        let lanes = (0..LANES).map(|n| end.0 + side * (CLEARANCE + n * LANE));
        let costs = lanes.map(|x| {
            let cost = self.level_cost(end.1, end.0.min(x), end.0.max(x), target)
                + self.upright_cost(x, end.1, y, target);
            (cost, x)
        });
        costs
            .min_by_key(|(cost, x)| (*cost, (x - end.0).abs()))
            .unwrap_or((0, end.0))
    }

    fn level_cost(&self, y: i64, x1: i64, x2: i64, target: usize) -> i64 {
        let (left, right) = (x1.min(x2), x1.max(x2));
        let blocks = self.by_row.get(&y.div_euclid(BAND));
        let through = blocks.into_iter().flatten().filter(|&&n| {
            let it = &self.blocks[n];
            it.y < y + LANE && y - LANE < it.y + it.height && it.x < right && left < it.x + it.width
        });
        right - left + count(through) * THROUGH + along(&self.level, y, left, right, target)
    }

    fn upright_cost(&self, x: i64, y1: i64, y2: i64, target: usize) -> i64 {
        let (top, bottom) = (y1.min(y2), y1.max(y2));
        let blocks = self.by_column.get(&x.div_euclid(BAND));
        let through = blocks.into_iter().flatten().filter(|&&n| {
            let it = &self.blocks[n];
            it.x < x + 4 && x - 4 < it.x + it.width && it.y < bottom && top < it.y + it.height
        });
        bottom - top + count(through) * THROUGH + along(&self.upright, x, top, bottom, target)
    }

    fn remember(&mut self, points: &[Point], target: usize) {
        for pair in points.windows(2) {
            let &[(x1, y1), (x2, y2)] = pair else {
                continue;
            };
            if y1 == y2 {
                let line = (x1.min(x2), x1.max(x2), target);
                self.level.entry(y1).or_default().push(line);
            } else {
                let line = (y1.min(y2), y1.max(y2), target);
                self.upright.entry(x1).or_default().push(line);
            }
        }
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> i64 {
    i64::try_from(items.count()).unwrap_or(i64::MAX / THROUGH)
}

/// What it costs to lie on or close to lines that lead elsewhere. Edges to the same block may run
/// together: that is where they go anyway.
fn along(lines: &Lines, at: i64, low: i64, high: i64, target: usize) -> i64 {
    let near = lines.range(at - LANE + 2..=at + LANE - 2);
    near.flat_map(|(_, lines)| lines)
        .filter(|(from, to, leads_to)| *leads_to != target && *from < high && low < *to)
        .map(|(from, to, _)| ALONG + (high.min(*to) - low.max(*from)))
        .sum()
}

/// Where one upright line may lie between two ends, if there is room: close behind the one or
/// close before the other.
fn uprights(from: Point, to: Point) -> Vec<i64> {
    let (first, last) = (from.0 + CLEARANCE, to.0 - CLEARANCE);
    if first > last {
        let middle = (from.0 + to.0) / 2;
        return if to.0 - from.0 > 8 {
            vec![middle]
        } else {
            Vec::new()
        };
    }
    let mut lanes: Vec<i64> = (0..2 * LANES)
        .flat_map(|n| [last - n * LANE, first + n * LANE])
        .chain([(first + last) / 2])
        .filter(|x| (first..=last).contains(x))
        .collect();
    lanes.dedup();
    lanes
}

/// The corners without those at which nothing turns.
fn simplified(points: Vec<Point>) -> Vec<Point> {
    let mut simple: Vec<Point> = Vec::new();
    for point in points {
        if simple.last() == Some(&point) {
            continue;
        }
        if let [.., a, b] = simple.as_slice()
            && ((a.0 == b.0 && b.0 == point.0) || (a.1 == b.1 && b.1 == point.1))
            && is_between(*a, *b, point)
        {
            simple.pop();
        }
        simple.push(point);
    }
    simple
}

fn is_between(a: Point, b: Point, c: Point) -> bool {
    let along = |a: i64, b: i64, c: i64| (a <= b && b <= c) || (a >= b && b >= c);
    along(a.0, b.0, c.0) && along(a.1, b.1, c.1)
}
