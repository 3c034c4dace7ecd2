//! The part of a picture of two versions that somebody has to look at: the blocks that differ,
//! those next to them, and the others as a few stubs.

use super::mark::Mark;
use super::scene::{Block, Edge, Scene, Target};

/// So many blocks with another name are shown for that alone.
const MAX_RENAMED: usize = 12;

/// Which blocks are shown, and the groups of those that are not.
pub(super) struct Part {
    pub(super) is_shown: Vec<bool>,
    /// The stub that stands for a block; blocks that hang together share one.
    pub(super) stub_of: Vec<Option<usize>>,
    /// How many blocks each stub stands for.
    pub(super) n_in_stub: Vec<usize>,
    /// How many blocks differ in more than their name and are not shown.
    pub(super) n_left_out: usize,
    /// How many have another name only and are not shown.
    pub(super) n_renamed: usize,
    /// Whether a block differs or leads to one that does, and whether it differs or such a block
    /// leads to it.
    is_before: Vec<bool>,
    is_after: Vec<bool>,
}

impl Part {
    /// Everything.
    pub(super) fn whole(scene: &Scene) -> Self {
        Self::showing(scene, vec![true; scene.blocks.len()])
    }

    /// The blocks that differ, at most so many, the weightiest first; and those next to them if
    /// `with_neighbours`.
    ///
    /// If there are many that have another name and nothing else, those do not count: after an
    /// import from the console that may be all of them.
    pub(super) fn around_marks(scene: &Scene, most: usize, with_neighbours: bool) -> Self {
        let is_renamed = |n: usize| scene.blocks[n].mark == Some(Mark::Renamed);
        let n_renamed = (0..scene.blocks.len()).filter(|&n| is_renamed(n)).count();
        let is_marked = |n: usize| match scene.blocks[n].mark {
            Some(Mark::Renamed) => n_renamed <= MAX_RENAMED,
            mark => mark.is_some(),
        };
        let mut marked: Vec<usize> = (0..scene.blocks.len())
            .filter(|&n| is_marked(n) || is_start(scene, n))
            .collect();
        marked.sort_by_key(|&n| weight(scene.blocks[n].mark));
        marked.truncate(most);
        let mut is_centre = vec![false; scene.blocks.len()];
        for &n in &marked {
            is_centre[n] = true;
        }
        let mut is_shown = is_centre.clone();
        let mut is_before = is_centre.clone();
        let mut is_after = is_centre.clone();
        if with_neighbours {
            for (from, to) in links(scene) {
                is_before[from] |= is_centre[to];
                is_after[to] |= is_centre[from];
            }
            for (n, is_shown) in is_shown.iter_mut().enumerate() {
                *is_shown |= is_before[n] || is_after[n];
            }
        }
        Self {
            is_before,
            is_after,
            ..Self::showing(scene, is_shown)
        }
    }

    /// What the blocks are that are not shown.
    pub(super) fn what_is_hidden(&self) -> &'static str {
        match (self.n_left_out, self.n_renamed) {
            (0, 0) => "unchanged",
            (0, _) => "unchanged or renamed",
            _ => "more",
        }
    }

    pub(super) fn n_shown(&self) -> usize {
        self.is_shown.iter().filter(|it| **it).count()
    }

    /// Whether an edge from or to a stub is on a way past a difference: how contacts come there,
    /// and where they go from there.
    pub(super) fn shows_stub_edge(&self, edge: &Edge) -> bool {
        let is = |list: &[bool], n: usize| list.get(n) == Some(&true);
        let Some((from, _)) = edge.from else {
            return true;
        };
        match (is(&self.is_shown, from), is(&self.is_shown, edge.to)) {
            (true, _) => is(&self.is_after, from),
            (_, true) => is(&self.is_before, edge.to),
            _ => false,
        }
    }

    fn showing(scene: &Scene, is_shown: Vec<bool>) -> Self {
        let mut group = Groups::new(is_shown.len());
        for (from, to) in links(scene) {
            if !is_shown[from] && !is_shown[to] {
                group.join(from, to);
            }
        }
        let mut stub_of = vec![None; is_shown.len()];
        let mut n_in_stub = Vec::new();
        let mut stub_of_group = vec![None; is_shown.len()];
        for n in (0..is_shown.len()).filter(|&n| !is_shown[n]) {
            let stub = *stub_of_group[group.of(n)].get_or_insert_with(|| {
                n_in_stub.push(0);
                n_in_stub.len() - 1
            });
            n_in_stub[stub] += 1;
            stub_of[n] = Some(stub);
        }
        let blocks = scene.blocks.iter().zip(&is_shown);
        let hidden = || blocks.clone().filter(|(_, is_shown)| !**is_shown);
        let is_renamed = |block: &Block| block.mark == Some(Mark::Renamed);
        let n_renamed = hidden().filter(|it| is_renamed(it.0)).count();
        let n_marked = hidden().filter(|it| it.0.mark.is_some()).count();
        Self {
            n_left_out: n_marked - n_renamed,
            n_renamed,
            is_before: Vec::new(),
            is_after: Vec::new(),
            is_shown,
            stub_of,
            n_in_stub,
        }
    }
}

/// Whether a block is the old or the new start of a flow that now starts elsewhere.
fn is_start(scene: &Scene, n: usize) -> bool {
    scene.entry.mark.is_some() && (scene.entry.to == Some(n) || scene.entry.was == Some(n))
}

/// What changes what contacts meet comes first, and a new name last.
fn weight(mark: Option<Mark>) -> usize {
    match mark {
        Some(Mark::Changed) => 0,
        Some(Mark::Rewired) => 1,
        Some(Mark::Removed) => 2,
        Some(Mark::Added) => 3,
        None => 4,
        Some(Mark::Renamed) => 5,
    }
}

/// The blocks between which a way leads or led.
fn links(scene: &Scene) -> impl Iterator<Item = (usize, usize)> {
    scene.blocks.iter().enumerate().flat_map(|(from, block)| {
        let targets = block
            .rows
            .iter()
            .flat_map(|it| it.was.iter().chain([&it.to]));
        targets.filter_map(move |to| match to {
            Target::Block(to) => Some((from, *to)),
            Target::Missing(_) | Target::Hidden(_) => None,
        })
    })
}

/// Sets that are joined one by one.
struct Groups {
    parents: Vec<usize>,
}

impl Groups {
    fn new(n: usize) -> Self {
        Self {
            parents: (0..n).collect(),
        }
    }

    fn of(&mut self, mut n: usize) -> usize {
        while self.parents[n] != n {
            self.parents[n] = self.parents[self.parents[n]];
            n = self.parents[n];
        }
        n
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.of(a), self.of(b));
        self.parents[a.max(b)] = a.min(b);
    }
}
