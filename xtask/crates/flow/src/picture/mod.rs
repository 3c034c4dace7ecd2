//! Pictures of a flow: SVG, a page that zooms, Mermaid and Graphviz.
//!
//! All of them draw one [`Scene`]: blocks as the designer shows them, the ways out of each as rows,
//! and the edges between them. What is drawn is decided there; the writers only write. Everything
//! is measured in whole numbers, so the same flow gives the same bytes everywhere.

pub mod dot;
pub mod html;
pub mod mermaid;
pub mod scene;
pub mod svg;

mod route;
mod text;
mod words;

pub use scene::{Block, Edge, Mark, Rect, Row, RowKind, Scene, block_size};

use crate::model::Flow;

/// What a picture says beside the flow itself.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The name of the flow, for the picture's title.
    pub title: String,
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
