//! A scene as a Graphviz graph, with a port for each way out.

use std::fmt::Write as _;

use crate::catalogue::Family;

use super::scene::{Block, Row, RowKind, Scene, Target};
use super::svg::escaped;
use super::text;

/// The graph.
pub fn draw(scene: &Scene) -> String {
    let mut dot = String::from("digraph flow {\n");
    let mut line = |text: &str| {
        dot.push_str("  ");
        dot.push_str(text);
        dot.push('\n');
    };
    line("rankdir=LR;");
    if !scene.title.is_empty() {
        line(&format!("label=<{}>;", shown(&scene.title)));
        line("labelloc=t;");
    }
    line("fontname=\"Helvetica\";");
    line("node [shape=plain, fontname=\"Helvetica\", fontsize=11];");
    line("edge [color=\"#5f6b7a\", arrowsize=0.7];");
    line(
        "entry [shape=oval, label=\"Entry\", style=filled, fillcolor=\"#16191f\", fontcolor=\"#ffffff\"];",
    );
    for (n, block) in scene.blocks.iter().enumerate() {
        line(&format!(
            "n{n} [id=\"{}\", label=<{}>];",
            block.id,
            table(block)
        ));
    }
    for edge in &scene.edges {
        let from = match edge.from {
            Some((block, row)) => format!("n{block}:r{row}:e"),
            None => "entry".to_owned(),
        };
        let is_error = scene.row(edge).is_some_and(|it| it.kind == RowKind::Error);
        let style = if is_error {
            " [style=dashed, color=\"#aab3be\"]"
        } else {
            ""
        };
        line(&format!("{from} -> n{}:in:w{style};", edge.to));
    }
    dot.push_str("}\n");
    dot
}

fn table(block: &Block) -> String {
    let colour = colour(block.family);
    let mut table = format!(
        "<table border=\"0\" cellborder=\"1\" cellspacing=\"0\" cellpadding=\"5\" color=\"#b6bec9\">\
         <tr><td port=\"in\" bgcolor=\"{colour}\" align=\"left\"><b>{}</b><br align=\"left\"/>{}\
         <br align=\"left\"/></td></tr>",
        shown(&block.title),
        shown(&block.name),
    );
    if !block.lines.is_empty() {
        let lines = block
            .lines
            .iter()
            .map(|it| format!("{}<br align=\"left\"/>", shown(it)));
        let lines: String = lines.collect();
        push(
            &mut table,
            format_args!("<tr><td align=\"left\">{lines}</td></tr>"),
        );
    }
    for (n, row) in block.rows.iter().enumerate() {
        let colour = match (row.kind, &row.to) {
            (_, Target::Missing(_)) => "#c0272d",
            (RowKind::Error, _) => "#7d8998",
            _ => "#16191f",
        };
        push(
            &mut table,
            format_args!(
                "<tr><td port=\"r{n}\" align=\"right\"><font color=\"{colour}\">{}</font></td></tr>",
                shown(&label(row)),
            ),
        );
    }
    table.push_str("</table>");
    table
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments)
        .expect("writing to a string does not fail");
}

fn label(row: &Row) -> String {
    match &row.to {
        Target::Block(_) => row.label.clone(),
        Target::Missing(name) => format!("{} → {name} is missing", row.label),
    }
}

fn colour(family: Option<Family>) -> &'static str {
    match family {
        Some(Family::Interact) => "#dcebfb",
        Some(Family::Set) => "#e8e2f8",
        Some(Family::Check) => "#fdecd2",
        Some(Family::Integrate) => "#d8f1ea",
        Some(Family::End) => "#fbdfe0",
        None => "#e9ebed",
    }
}

/// Text in a label of the HTML kind, cut to what a box shows. Graphviz takes no empty text there.
fn shown(text: &str) -> String {
    let line = text::cut(&text::one_line(text), 320, 12);
    if line.is_empty() {
        return " ".to_owned();
    }
    escaped(&line)
}
