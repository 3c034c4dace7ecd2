//! A scene as SVG: one document that needs nothing from outside and adapts to light and dark.
//!
//! No scripts, no fonts of its own, and nothing that only browsers understand is needed to read it.

use std::fmt::Write as _;

use super::mark::{Gap, Mark, Note};
use super::scene::{
    Block, Edge, HEAD, LINE, PADDING, ROW, Rect, Row, RowKind, SMALL_SIZE, Scene, TEXT_SIZE,
    TITLE_SIZE, Target, WIDTH,
};
use super::{legend, text};

pub(super) const STYLE: &str = include_str!("picture.css");
/// For pictures in which something is marked.
pub(super) const MARKS_STYLE: &str = include_str!("marks.css");
/// The radius of the corners of edges.
const RADIUS: i64 = 9;
/// The height of a tab on a marked block.
pub(super) const TAB: i64 = 17;

/// The whole document.
pub fn draw(scene: &Scene) -> String {
    let legend = legend::of(scene);
    let width = scene.width.max(legend.width);
    let top = -legend.height;
    let height = scene.height + legend.height;
    let mut svg = open(scene, (0, top, width, height));
    let marks = if scene.has_marks() { MARKS_STYLE } else { "" };
    push(&mut svg, &format!("<style>\n{STYLE}{marks}</style>"));
    push(
        &mut svg,
        &format!("<rect class=\"canvas\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>"),
    );
    svg.push_str(&legend.svg);
    draw_halos(&mut svg, scene, 4 * legend::halves(scene));
    draw_contents(&mut svg, scene);
    svg
}

/// The picture alone, for a page that has [`STYLE`] and says itself what the marks mean.
pub(super) fn draw_pane(scene: &Scene) -> String {
    let mut svg = open(scene, (0, 0, scene.width, scene.height));
    draw_halos(&mut svg, scene, 7);
    draw_contents(&mut svg, scene);
    svg
}

fn open(scene: &Scene, (x, y, width, height): (i64, i64, i64, i64)) -> String {
    let title = escaped(&summary(scene));
    let class = match scene.difference {
        Some(_) => "flow diff",
        None => "flow",
    };
    let mut svg = String::new();
    push(
        &mut svg,
        &format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{class}\" role=\"img\" \
             width=\"{width}\" height=\"{height}\" viewBox=\"{x} {y} {width} {height}\" \
             aria-label=\"{title}\">"
        ),
    );
    push(&mut svg, &format!("<title>{title}</title>"));
    push(
        &mut svg,
        &format!("<desc>{}</desc>", escaped(&outline(scene))),
    );
    svg
}

/// Everything between the frame and the end of the document.
fn draw_contents(svg: &mut String, scene: &Scene) {
    for gap in &scene.gaps {
        draw_gap(svg, gap);
    }
    push(svg, "<g class=\"edges\">");
    let mut edges: Vec<&Edge> = scene.edges.iter().collect();
    // What normally happens lies over what errors do, and what differs over everything.
    edges.sort_by_key(|edge| {
        let is_error = scene.row(edge).is_some_and(|it| it.kind == RowKind::Error);
        (scene.edge_mark(edge).is_some(), !is_error)
    });
    for edge in edges {
        draw_edge(svg, scene, edge);
    }
    push(svg, "</g>");
    draw_entry(svg, scene);
    for block in &scene.blocks {
        draw_block(svg, block);
    }
    push(svg, "</svg>");
}

fn push(svg: &mut String, line: &str) {
    svg.push_str(line);
    svg.push('\n');
}

/// What the picture is of: the flow's name, its size, and what differs.
fn summary(scene: &Scene) -> String {
    let difference = scene.difference.as_ref();
    let n_hidden = difference.and_then(|it| it.hidden).map_or(0, |it| it.0);
    let n = scene.blocks.len() + n_hidden;
    let blocks = if n == 1 { "block" } else { "blocks" };
    let of = match scene.title.as_str() {
        "" => format!("Flow with {n} {blocks}"),
        title => format!("{title}: flow with {n} {blocks}"),
    };
    match &scene.difference {
        Some(_) => format!("{of}; {}", legend::counted(scene)),
        None => of,
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
    push_mark(&mut class, scene.edge_mark(edge));
    if edge.is_former {
        class.push_str(" former");
    }
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
    let hidden = scene.difference.as_ref().and_then(|it| it.hidden);
    let word = match (scene.entry.to, hidden) {
        (None, Some(_)) => "Entry …",
        _ => "Entry",
    };
    let (x, y) = (place.x + place.width / 2, place.y + place.height / 2 + 4);
    push(
        svg,
        &format!(
            "<g class=\"{class}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>\
             <text x=\"{x}\" y=\"{y}\">{word}</text></g>",
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
    if !block.also.is_empty() || block.mark.is_some() {
        for mark in &block.also {
            push_mark(&mut class, Some(*mark));
        }
    }
    let (width, height) = (block.place.width, block.place.height);
    push(
        svg,
        &format!(
            "<g class=\"{class}\" id=\"{}\" transform=\"translate({} {})\">",
            block.id, block.place.x, block.place.y
        ),
    );
    push(svg, &format!("<title>{}</title>", escaped(&tooltip(block))));
    draw_tabs(svg, block);
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
    let lines = block.lines.iter().map(|it| ("line", it));
    let notes = block.notes.iter().map(|it| (note_class(it), &it.text));
    for (n, (class, line)) in lines.chain(notes).enumerate() {
        let y = HEAD + 18 + LINE * i64::try_from(n).unwrap_or(0);
        draw_text(svg, class, PADDING, y, line);
    }
    for (n, row) in block.rows.iter().enumerate() {
        let y = block.outlet(n).1 - block.place.y;
        let is_all = matches!(block.mark, Some(Mark::Added | Mark::Removed));
        let sign = row.mark.filter(|_| !is_all);
        draw_row(svg, row, sign, width, y);
    }
    if block.mark.is_some() {
        push(
            svg,
            &format!("<rect class=\"frame\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>"),
        );
    }
    push(svg, "</g>");
}

fn note_class(note: &Note) -> &'static str {
    match note.mark {
        Some(Mark::Added) => "line note added",
        Some(Mark::Removed) => "line note removed",
        _ => "line note",
    }
}

fn draw_head(svg: &mut String, block: &Block) {
    let room = WIDTH - 2 * PADDING;
    // Titles are bold, which is wider, and may come closer to the right side.
    let title = text::cut(&block.title, (room + 6) * 12 / 13, TITLE_SIZE);
    let name = text::cut(&text::one_line(&block.name), room, SMALL_SIZE);
    draw_text(svg, "title", PADDING, 18, &title);
    draw_text(svg, "name", PADDING, 35, &name);
}

/// What makes marked blocks seen from afar.
fn draw_halos(svg: &mut String, scene: &Scene, wide: i64) {
    for block in &scene.blocks {
        let Some(mark) = block.mark else {
            continue;
        };
        let place = block.place;
        push(
            svg,
            &format!(
                "<rect class=\"halo {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
                mark.as_str(),
                place.x - wide,
                place.y - wide,
                place.width + 2 * wide,
                place.height + 2 * wide,
                wide + 4,
            ),
        );
    }
}

/// A tab for each mark, with its sign and its word.
fn draw_tabs(svg: &mut String, block: &Block) {
    let mut x = 0;
    for mark in block.marks() {
        x += legend::draw_tab(svg, mark, x, -TAB, None) + 3;
    }
}

fn draw_gap(svg: &mut String, gap: &Gap) {
    let Rect {
        x,
        y,
        width,
        height,
    } = gap.place;
    let name = text::cut(&text::one_line(&gap.name), WIDTH - 2 * PADDING, SMALL_SIZE);
    let mark = gap.mark.as_str();
    push(
        svg,
        &format!(
            "<g class=\"block gap {mark}\" id=\"{}\" transform=\"translate({x} {y})\">\
             <rect class=\"box\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>\
             <text class=\"name\" x=\"{PADDING}\" y=\"35\">{}</text>",
            gap.id,
            escaped(&name),
        ),
    );
    legend::draw_tab(svg, gap.mark, 0, -TAB, None);
    push(svg, "</g>");
}

fn draw_row(svg: &mut String, row: &Row, sign: Option<Mark>, width: i64, y: i64) {
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
        Target::Hidden(name) => {
            class.push_str(" error");
            format!("{} → {name}", row.label)
        }
    };
    push_mark(&mut class, row.mark);
    let mut room = WIDTH - 2 * PADDING - 4;
    let (mut title, mut signs) = (String::new(), String::new());
    if let Some(mark) = sign {
        // Its label is bold, which is wider.
        room = (room - 16) * 12 / 13;
        title = format!("<title>{}: {}</title>", escaped(&label), mark.as_str());
        signs = format!(
            "<text class=\"sign\" x=\"{PADDING}\" y=\"{}\">{}</text>",
            y + 4,
            mark.sign()
        );
    }
    let label = text::cut(&label, room, TEXT_SIZE);
    let top = y - ROW / 2;
    push(
        svg,
        &format!(
            "<g class=\"{class}\">{title}<path class=\"rule\" d=\"M7 {top}H{}\"/>\
             {signs}<text x=\"{}\" y=\"{}\">{}</text>\
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
    for mark in block.marks() {
        let was = block.was.as_deref().filter(|_| mark == Mark::Renamed);
        let was = was.map(|it| format!(", was {}", text::one_line(it)));
        let was = was.unwrap_or_default();
        tooltip.push_str(&format!("\n{} {}{was}", mark.sign(), mark.as_str()));
    }
    for change in &block.changes {
        tooltip.push_str(&format!("\n{}", change.path));
        let old = change.old.iter().map(|it| ("−", it));
        for (sign, value) in old.chain(change.new.iter().map(|it| ("+", it))) {
            tooltip.push_str(&format!("\n{sign} {value}"));
        }
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
