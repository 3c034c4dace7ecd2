//! A scene as a Graphviz graph, with a port for each way out.

use std::fmt::Write as _;

use crate::catalogue::Family;

use super::mark::Mark;
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
        let style = match scene.edge_mark(edge) {
            Some(mark) => marked_edge(mark, edge.is_former),
            None if is_error => " [style=dashed, color=\"#aab3be\"]".to_owned(),
            None => String::new(),
        };
        line(&format!("{from} -> n{}:in:w{style};", edge.to));
    }
    dot.push_str("}\n");
    dot
}

fn marked_edge(mark: Mark, is_former: bool) -> String {
    let colour = mark_colour(mark);
    if is_former || mark == Mark::Removed {
        return format!(" [style=dotted, penwidth=1.5, color=\"{colour}\"]");
    }
    format!(" [penwidth=2.5, color=\"{colour}\"]")
}

fn table(block: &Block) -> String {
    let colour = colour(block.family);
    let border = block.mark.map_or("#b6bec9", mark_colour);
    let marks = block.marks().map(|mark| {
        let (colour, sign, word) = (mark_colour(mark), mark.sign(), mark.as_str());
        format!(
            "<tr><td bgcolor=\"{colour}\" align=\"left\">\
             <font color=\"#ffffff\">{sign} {word}</font></td></tr>"
        )
    });
    let marks: String = marks.collect();
    let mut table = format!(
        "<table border=\"0\" cellborder=\"1\" cellspacing=\"0\" cellpadding=\"5\" color=\"{border}\">\
         {marks}<tr><td port=\"in\" bgcolor=\"{colour}\" align=\"left\"><b>{}</b><br align=\"left\"/>{}\
         <br align=\"left\"/></td></tr>",
        shown(&block.title),
        shown(&block.name),
    );
    if !block.lines.is_empty() || !block.notes.is_empty() {
        let lines = block.lines.iter();
        let lines = lines
            .chain(block.notes.iter().map(|it| &it.text))
            .map(|it| format!("{}<br align=\"left\"/>", shown(it)));
        let lines: String = lines.collect();
        push(
            &mut table,
            format_args!("<tr><td align=\"left\">{lines}</td></tr>"),
        );
    }
    for (n, row) in block.rows.iter().enumerate() {
        let colour = match (row.mark, row.kind, &row.to) {
            (Some(mark), ..) => mark_colour(mark),
            (_, _, Target::Missing(_)) => "#c0272d",
            (_, RowKind::Error, _) => "#7d8998",
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
    let label = match &row.to {
        Target::Block(_) => row.label.clone(),
        Target::Hidden(name) => format!("{} → {name}", row.label),
        Target::Missing(name) => format!("{} → {name} is missing", row.label),
    };
    match row.mark {
        Some(mark) => format!("{} {label}", mark.sign()),
        None => label,
    }
}

/// Colours that white text is read on.
fn mark_colour(mark: Mark) -> &'static str {
    match mark {
        Mark::Added => "#1a7a36",
        Mark::Removed => "#b3232a",
        Mark::Changed => "#8a5a12",
        Mark::Rewired => "#1d4fc4",
        Mark::Renamed => "#5b3fa8",
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
