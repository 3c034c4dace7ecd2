//! A scene as a Mermaid flowchart, for Markdown on forges.
//!
//! Forges render with Mermaid's own limits, 50,000 characters and 500 edges, and a diagram cannot
//! raise them (<https://mermaid.js.org/config/schema-docs/config.html>, `maxTextSize`, `maxEdges`,
//! `secure`). A flow that is too large is drawn with less text, and at the end with fewer edges;
//! a comment says so.

use std::fmt::Write as _;

use crate::catalogue::Family;

use super::scene::{Block, Edge, RowKind, Scene, Target};
use super::text;

const MAX_CHARACTERS: usize = 50_000;
const MAX_EDGES: usize = 500;

/// How much of a flow is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Everything,
    /// Without what the actions do.
    Names,
    /// Without what the designer calls the blocks, and without labels of branches.
    ShortNames,
}

/// The flowchart.
pub fn draw(scene: &Scene) -> String {
    let edges = edges(scene);
    for detail in [Detail::Everything, Detail::Names, Detail::ShortNames] {
        let n_edges = edges.len().min(MAX_EDGES);
        let chart = chart(scene, &edges[..n_edges], edges.len(), detail);
        if chart.chars().count() <= MAX_CHARACTERS {
            return chart;
        }
    }
    largest_that_fits(scene, &edges)
}

/// The chart with as many edges, and then blocks, as there is room for.
fn largest_that_fits(scene: &Scene, edges: &[Drawn]) -> String {
    let mut n_blocks = scene.blocks.len();
    loop {
        n_blocks = n_blocks * 3 / 4;
        let mut part = scene.clone();
        part.blocks.truncate(n_blocks);
        let inside = |it: &&Drawn| it.from.is_none_or(|from| from < n_blocks) && it.to < n_blocks;
        let kept: Vec<Drawn> = edges
            .iter()
            .filter(inside)
            .take(MAX_EDGES)
            .cloned()
            .collect();
        let mut chart = chart(&part, &kept, edges.len(), Detail::ShortNames);
        let note = format!("%% {n_blocks} of {} blocks are drawn\n", scene.blocks.len());
        chart.push_str(&note);
        if chart.chars().count() <= MAX_CHARACTERS || n_blocks == 0 {
            return chart;
        }
    }
}

/// All ways from one block to another, drawn as one edge.
#[derive(Clone)]
struct Drawn {
    from: Option<usize>,
    to: usize,
    labels: Vec<String>,
    is_error: bool,
}

/// The edges: ways that lead from one block to the same other one are one edge, those of errors
/// apart. Errors come last, since they are left out first.
fn edges(scene: &Scene) -> Vec<Drawn> {
    let mut drawn: Vec<Drawn> = Vec::new();
    let mut last_from = 0;
    for Edge { from, to, .. } in &scene.edges {
        let row = from.and_then(|(block, row)| scene.blocks.get(block)?.rows.get(row));
        let from = from.map(|it| it.0);
        let is_error = row.is_some_and(|it| it.kind == RowKind::Error);
        if drawn.last().is_none_or(|it| it.from != from) {
            last_from = drawn.len();
        }
        let labels = row.map(|it| it.label.clone());
        let mut same = drawn[last_from..].iter_mut();
        match same.find(|it| it.to == *to && it.is_error == is_error) {
            Some(edge) => edge.labels.extend(labels),
            None => drawn.push(Drawn {
                from,
                to: *to,
                labels: labels.into_iter().collect(),
                is_error,
            }),
        }
    }
    drawn.sort_by_key(|it| it.is_error);
    drawn
}

fn chart(scene: &Scene, edges: &[Drawn], n_all: usize, detail: Detail) -> String {
    let mut chart = String::from("flowchart LR\n");
    let mut line = |text: &str| {
        chart.push_str("  ");
        chart.push_str(text);
        chart.push('\n');
    };
    match detail {
        Detail::Everything => {}
        Detail::Names => line("%% abbreviated: what the actions do is left out"),
        Detail::ShortNames => line("%% abbreviated: only the names of the actions are shown"),
    }
    if edges.len() < n_all {
        line(&format!(
            "%% {} of {n_all} edges are drawn: forges render at most {MAX_EDGES}",
            edges.len()
        ));
    }
    line("entry([\"Entry\"])");
    for (n, block) in scene.blocks.iter().enumerate() {
        let family = block.family();
        line(&format!("n{n}[\"{}\"]:::is_{family}", label(block, detail)));
        for (row, it) in block.rows.iter().enumerate() {
            if let Target::Missing(name) = &it.to {
                let name = quoted(&text::cut(&text::one_line(name), 240, 12));
                line(&format!("n{n}m{row}[\"{name} is missing\"]:::is_missing"));
                line(&format!("n{n} -.->|\"{}\"| n{n}m{row}", quoted(&it.label)));
            }
        }
    }
    for edge in edges {
        let from = edge
            .from
            .map_or("entry".to_owned(), |from| format!("n{from}"));
        let arrow = if edge.is_error { "-.->" } else { "-->" };
        let labels = text::cut(&edge.labels.join(", "), 240, 12);
        let labels = match detail {
            Detail::ShortNames => String::new(),
            _ if labels.is_empty() => labels,
            _ => format!("|\"{}\"|", quoted(&labels)),
        };
        line(&format!("{from} {arrow}{labels} n{}", edge.to));
    }
    for family in Family::ALL {
        let colours = colours(Some(family));
        // `end` alone would end a subgraph.
        line(&format!("classDef is_{} {colours}", family.as_str()));
    }
    line(&format!("classDef is_other {}", colours(None)));
    line("classDef is_missing fill:#ffffff,stroke:#c0272d,color:#c0272d,stroke-dasharray:4 3");
    chart
}

fn label(block: &Block, detail: Detail) -> String {
    let name = quoted(&text::cut(&text::one_line(&block.name), 300, 12));
    if detail == Detail::ShortNames {
        return name;
    }
    let mut label = String::new();
    write!(label, "{}<br/>{name}", quoted(&block.title)).expect("a string takes everything");
    if detail == Detail::Everything {
        for line in &block.lines {
            label.push_str("<br/>");
            label.push_str(&quoted(line));
        }
    }
    label
}

/// Light fills with dark text read on light and on dark pages.
fn colours(family: Option<Family>) -> &'static str {
    match family {
        Some(Family::Interact) => "fill:#dcebfb,stroke:#2f7cd0,color:#16191f",
        Some(Family::Set) => "fill:#e8e2f8,stroke:#7a5bc7,color:#16191f",
        Some(Family::Check) => "fill:#fdecd2,stroke:#d9822b,color:#16191f",
        Some(Family::Integrate) => "fill:#d8f1ea,stroke:#14907a,color:#16191f",
        Some(Family::End) => "fill:#fbdfe0,stroke:#cf3f49,color:#16191f",
        None => "fill:#e9ebed,stroke:#687078,color:#16191f",
    }
}

/// Text inside the quotes of a label. What means something to Mermaid, to its Markdown or to HTML
/// is written as an entity: `#` and the character's number.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for c in text::one_line(text).chars() {
        let is_list = matches!(c, '.' | ')' | '-' | '+') && is_list_so_far(&quoted);
        match c {
            '"' | '#' | '&' | '<' | '>' | '`' | '*' | '_' | '~' | '[' | ']' | '{' | '}' | '('
            | ')' | '|' | '\\' | '^' | '$' | '%' | '@' | ';' => push_entity(&mut quoted, c),
            c if is_list => push_entity(&mut quoted, c),
            c => quoted.push(c),
        }
    }
    // `fa:fa-...` would become an icon.
    quoted.replace(":fa-", "#58;fa-")
}

/// Whether the text would become a list in Markdown with what follows.
fn is_list_so_far(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit())
}

fn push_entity(text: &mut String, c: char) {
    write!(text, "#{};", u32::from(c)).expect("a string takes everything");
}
