//! A scene as SVG: one document that needs nothing from outside and adapts to light and dark.
//!
//! No scripts, no fonts of its own, and nothing that only browsers understand is needed to read it.

use std::fmt::Write as _;

use super::scene::{
    Block, Edge, HEAD, LINE, Mark, PADDING, ROW, Row, RowKind, SMALL_SIZE, Scene, TEXT_SIZE,
    TITLE_SIZE, Target, WIDTH,
};
use super::text;

const STYLE: &str = include_str!("picture.css");
/// The radius of the corners of edges.
const RADIUS: i64 = 9;

/// The whole document.
pub fn draw(scene: &Scene) -> String {
    let mut svg = String::new();
    let (width, height) = (scene.width, scene.height);
    let title = escaped(&summary(scene));
    push(
        &mut svg,
        &format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"flow\" role=\"img\" \
             width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             aria-label=\"{title}\">"
        ),
    );
    push(&mut svg, &format!("<title>{title}</title>"));
    push(
        &mut svg,
        &format!("<desc>{}</desc>", escaped(&outline(scene))),
    );
    push(&mut svg, &format!("<style>\n{STYLE}</style>"));
    push(
        &mut svg,
        &format!("<rect class=\"canvas\" width=\"{width}\" height=\"{height}\"/>"),
    );
    push(&mut svg, "<g class=\"edges\">");
    // What normally happens lies over what errors do.
    let is_muted = |edge: &&Edge| scene.row(edge).is_some_and(|it| it.kind == RowKind::Error);
    for edge in scene.edges.iter().filter(is_muted) {
        draw_edge(&mut svg, scene, edge);
    }
    for edge in scene.edges.iter().filter(|it| !is_muted(it)) {
        draw_edge(&mut svg, scene, edge);
    }
    push(&mut svg, "</g>");
    draw_entry(&mut svg, scene);
    for block in &scene.blocks {
        draw_block(&mut svg, block);
    }
    push(&mut svg, "</svg>");
    svg
}

fn push(svg: &mut String, line: &str) {
    svg.push_str(line);
    svg.push('\n');
}

fn summary(scene: &Scene) -> String {
    let n = scene.blocks.len();
    let blocks = if n == 1 { "block" } else { "blocks" };
    match scene.title.as_str() {
        "" => format!("Flow with {n} {blocks}"),
        title => format!("{title}: flow with {n} {blocks}"),
    }
}

/// What the picture shows, for those who cannot see it.
fn outline(scene: &Scene) -> String {
    let start = scene.entry.to.and_then(|to| scene.blocks.get(to));
    match start {
        Some(start) => format!("Contacts enter at {} ({}).", start.name, start.title),
        None => "The start action is missing.".to_owned(),
    }
}

fn draw_edge(svg: &mut String, scene: &Scene, edge: &Edge) {
    let row = scene.row(edge);
    let mut class = "edge".to_owned();
    if row.is_some_and(|it| it.kind == RowKind::Error) {
        class.push_str(" error");
    }
    push_mark(&mut class, row.map_or(scene.entry.mark, |it| it.mark));
    let from = edge.from.and_then(|(block, _)| scene.blocks.get(block));
    let (Some(to), Some(&(x, y))) = (scene.blocks.get(edge.to), edge.points.last()) else {
        return;
    };
    push(
        svg,
        &format!(
            "<g class=\"{class}\" data-from=\"{}\" data-to=\"{}\"><path class=\"way\" d=\"{}\"/>\
             <path class=\"tip\" d=\"M{x} {y}l-8 -4v8z\"/></g>",
            from.map_or("entry", |it| &it.id),
            to.id,
            path(&edge.points),
        ),
    );
}

fn push_mark(class: &mut String, mark: Option<Mark>) {
    if let Some(mark) = mark {
        class.push(' ');
        class.push_str(mark.as_str());
    }
}

/// The line through the points, with round corners.
fn path(points: &[(i64, i64)]) -> String {
    let mut path = String::new();
    let Some(((x, y), rest)) = points.split_first() else {
        return path;
    };
    write(&mut path, format_args!("M{x} {y}"));
    for (n, corner) in rest.iter().enumerate() {
        let before = points[n];
        let Some(after) = rest.get(n + 1) else {
            write(&mut path, format_args!("L{} {}", corner.0, corner.1));
            break;
        };
        let radius = RADIUS
            .min(distance(before, *corner) / 2)
            .min(distance(*corner, *after) / 2);
        let start = towards(*corner, before, radius);
        let end = towards(*corner, *after, radius);
        write(&mut path, format_args!("L{} {}", start.0, start.1));
        write(
            &mut path,
            format_args!("Q{} {} {} {}", corner.0, corner.1, end.0, end.1),
        );
    }
    path
}

fn write(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments)
        .expect("writing to a string does not fail");
}

fn distance(a: (i64, i64), b: (i64, i64)) -> i64 {
    (a.0 - b.0).abs() + (a.1 - b.1).abs()
}

/// The point this far from one towards another on the same level or upright line.
fn towards(from: (i64, i64), to: (i64, i64), distance: i64) -> (i64, i64) {
    let (dx, dy) = ((to.0 - from.0).signum(), (to.1 - from.1).signum());
    (from.0 + dx * distance, from.1 + dy * distance)
}

fn draw_entry(svg: &mut String, scene: &Scene) {
    let place = scene.entry.place;
    let mut class = "entry".to_owned();
    push_mark(&mut class, scene.entry.mark);
    let (x, y) = (place.x + place.width / 2, place.y + place.height / 2 + 4);
    push(
        svg,
        &format!(
            "<g class=\"{class}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>\
             <text x=\"{x}\" y=\"{y}\">Entry</text></g>",
            place.x,
            place.y,
            place.width,
            place.height,
            place.height / 2,
        ),
    );
}

fn draw_block(svg: &mut String, block: &Block) {
    let mut class = format!("block {}", block.family());
    push_mark(&mut class, block.mark);
    let (width, height) = (block.place.width, block.place.height);
    push(
        svg,
        &format!(
            "<g class=\"{class}\" id=\"{}\" transform=\"translate({} {})\">",
            block.id, block.place.x, block.place.y
        ),
    );
    push(svg, &format!("<title>{}</title>", escaped(&tooltip(block))));
    push(
        svg,
        &format!(
            "<rect class=\"box\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>\
             <path class=\"head\" d=\"M0 {HEAD}V6a6 6 0 0 1 6 -6H{}a6 6 0 0 1 6 6V{HEAD}z\"/>\
             <path class=\"stripe\" d=\"M6 0a6 6 0 0 0 -6 6V{}a6 6 0 0 0 6 6z\"/>",
            width - 6,
            height - 6,
        ),
    );
    draw_head(svg, block);
    for (n, line) in block.lines.iter().enumerate() {
        let y = HEAD + 18 + LINE * i64::try_from(n).unwrap_or(0);
        draw_text(svg, "line", PADDING, y, line);
    }
    for (n, row) in block.rows.iter().enumerate() {
        let y = block.outlet(n).1 - block.place.y;
        draw_row(svg, row, width, y);
    }
    push(svg, "</g>");
}

fn draw_head(svg: &mut String, block: &Block) {
    let badge = block.mark.map(Mark::as_str);
    let taken = badge.map_or(0, |it| text::width(it, SMALL_SIZE) + 8);
    let room = WIDTH - 2 * PADDING;
    // Titles are bold, which is wider, and may come closer to the right side.
    let title = text::cut(&block.title, (room + 6 - taken) * 12 / 13, TITLE_SIZE);
    let name = text::cut(&text::one_line(&block.name), room, SMALL_SIZE);
    draw_text(svg, "title", PADDING, 18, &title);
    draw_text(svg, "name", PADDING, 35, &name);
    if let Some(badge) = badge {
        draw_text(svg, "badge", WIDTH - PADDING, 18, badge);
    }
}

fn draw_row(svg: &mut String, row: &Row, width: i64, y: i64) {
    let mut class = "row".to_owned();
    if row.kind == RowKind::Error {
        class.push_str(" error");
    }
    let label = match &row.to {
        Target::Block(_) => row.label.clone(),
        Target::Missing(name) => {
            class.push_str(" missing");
            format!("{} → {} is missing", row.label, text::one_line(name))
        }
    };
    push_mark(&mut class, row.mark);
    let label = text::cut(&label, WIDTH - 2 * PADDING - 4, TEXT_SIZE);
    let top = y - ROW / 2;
    push(
        svg,
        &format!(
            "<g class=\"{class}\"><path class=\"rule\" d=\"M7 {top}H{}\"/>\
             <text x=\"{}\" y=\"{}\">{}</text>\
             <circle class=\"port\" cx=\"{width}\" cy=\"{y}\" r=\"4\"/></g>",
            width - 1,
            width - PADDING,
            y + 4,
            escaped(&label),
        ),
    );
}

fn draw_text(svg: &mut String, class: &str, x: i64, y: i64, text: &str) {
    push(
        svg,
        &format!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>",
            escaped(text)
        ),
    );
}

/// What the block says, at full length.
fn tooltip(block: &Block) -> String {
    let mut tooltip = format!("{}: {}", block.title, text::one_line(&block.name));
    for line in &block.says {
        tooltip.push('\n');
        tooltip.push_str(line);
    }
    tooltip
}

/// Text as it may stand in XML, in an element or an attribute. XML has no way to write most control
/// characters, so those are replaced.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(c),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push('\u{fffd}');
            }
            c => escaped.push(c),
        }
    }
    escaped
}
