//! Pictures of a flow: SVG, a page that zooms, Mermaid and Graphviz.
//!
//! All of them draw one [`Scene`]: blocks as the designer shows them, the ways out of each as rows,
//! and the edges between them. A difference is a scene too, of both versions, with [`mark`]s. What is drawn is decided there; the writers only write. Everything
//! is measured in whole numbers, so the same flow gives the same bytes everywhere.

pub mod dot;
pub mod html;
pub mod mark;
pub mod mermaid;
pub mod scene;
pub mod svg;

mod compared;
mod legend;
mod part;
mod route;
mod side_by_side;
mod text;
mod words;

pub use mark::Mark;
pub use scene::{Block, Edge, Rect, Row, RowKind, Scene, block_size};

use crate::diff::FlowDiff;
use crate::model::Flow;

/// What a picture says beside the flow itself.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The name of the flow, for the picture's title.
    pub title: String,
    /// What the two versions in a picture of a difference are called: `main`, `working tree`.
    pub versions: Option<(String, String)>,
}

/// A self-contained SVG document, for light and for dark surroundings.
pub fn svg(flow: &Flow, options: &Options) -> String {
    svg::draw(&Scene::of(flow, options))
}

/// A self-contained page: the picture with zoom, search, and the parameters of each block.
pub fn html(flow: &Flow, options: &Options) -> String {
    html::draw(&Scene::of(flow, options))
}

/// A Mermaid flowchart, within what forges render.
pub fn mermaid(flow: &Flow, options: &Options) -> String {
    mermaid::draw(&Scene::unarranged(flow, options))
}

/// A Graphviz graph.
pub fn dot(flow: &Flow, options: &Options) -> String {
    dot::draw(&Scene::unarranged(flow, options))
}

/// Both versions of a flow in one SVG document, with marks on what differs. Of a large flow with
/// few differences only those and what stands next to them are drawn.
pub fn diff_svg(old: &Flow, new: &Flow, diff: &FlowDiff, options: &Options) -> String {
    let scene = Scene::around_diff(old, new, diff, options);
    svg::draw(&scene.unwrap_or_else(|| Scene::of_diff(old, new, diff, options)))
}

/// Both versions as a Mermaid flowchart of at most so many bytes: of a large flow the blocks that
/// differ and those next to them.
pub fn diff_mermaid(
    old: &Flow,
    new: &Flow,
    diff: &FlowDiff,
    options: &Options,
    most: usize,
) -> String {
    let scene = compared::unarranged(old, new, diff, options);
    mermaid::draw_difference(&scene, most)
}

/// Both versions as one Graphviz graph, with marks on what differs.
pub fn diff_dot(old: &Flow, new: &Flow, diff: &FlowDiff, options: &Options) -> String {
    dot::draw(&compared::unarranged(old, new, diff, options))
}

/// Both versions side by side in a self-contained page that zooms, with a list of what differs.
pub fn diff_html(old: &Flow, new: &Flow, diff: &FlowDiff, options: &Options) -> String {
    side_by_side::draw(&compared::side_by_side(old, new, diff, options), options)
}
