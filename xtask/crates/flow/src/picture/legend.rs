//! What the marks in a picture of two versions mean, and how many there are of each.

use super::mark::{Difference, Mark};
use super::scene::Scene;
use super::svg::{self, TAB};
use super::text;

/// A band above the picture.
#[derive(Default)]
pub(super) struct Legend {
    pub(super) svg: String,
    pub(super) width: i64,
    pub(super) height: i64,
}

/// Between the entries, and around them.
const GAP: i64 = 14;
const TITLE_SIZE: i64 = 16;
const SIZE: i64 = 12;
/// So many differences beside the blocks are said.
const MAX_DOCUMENT: usize = 6;
/// Pictures wider than this are looked at from further away, and their legend is larger.
const NEAR: i64 = 1600;

/// The legend of a picture of two versions; nothing for one of a single version.
pub(super) fn of(scene: &Scene) -> Legend {
    let Some(difference) = &scene.difference else {
        return Legend::default();
    };
    let mut body = String::new();
    let title = match scene.title.as_str() {
        "" => "What differs",
        title => title,
    };
    let title = match &difference.versions {
        Some((old, new)) => {
            let (old, new) = (text::one_line(old), text::one_line(new));
            format!("{title}: {old} → {new}")
        }
        None => title.to_owned(),
    };
    let title = text::cut(&title, 900, TITLE_SIZE);
    let mut bottom = GAP + TITLE_SIZE;
    draw_text(&mut body, "heading", GAP, bottom, &title);
    let mut width = 2 * GAP + text::width(&title, TITLE_SIZE) * 11 / 10;
    let marks = draw_marks(&mut body, scene, bottom + 12);
    if marks > GAP {
        bottom += 12 + TAB;
    }
    width = width.max(marks);
    for line in lines(difference, marks > GAP) {
        let line = text::cut(&line, 900, SIZE);
        bottom += 19;
        draw_text(&mut body, "line", GAP, bottom, &line);
        width = width.max(2 * GAP + text::width(&line, SIZE));
    }
    let halves = halves(scene);
    let (width, height) = (width * halves / 2, (bottom + 10) * halves / 2);
    Legend {
        svg: format!(
            "<g class=\"legend\" transform=\"translate(0 {}) scale({}.{})\">\n{body}</g>\n",
            -height,
            halves / 2,
            halves % 2 * 5
        ),
        width,
        height,
    }
}

/// The marks and the kinds of edges that occur, in a row; the answer is where it ends.
fn draw_marks(svg: &mut String, scene: &Scene, y: i64) -> i64 {
    let mut x = GAP;
    for (mark, n) in counts(scene) {
        x += draw_tab(svg, mark, x, y, Some(n)) + GAP;
    }
    for (class, words) in edges(scene) {
        let level = y + TAB / 2;
        svg.push_str(&format!(
            "<g class=\"edge {class}\"><path class=\"way\" d=\"M{x} {level}h32\"/></g>"
        ));
        x += 40;
        draw_text(svg, "line", x, y + 13, words);
        x += text::width(words, SIZE) + GAP;
    }
    x
}

fn draw_text(svg: &mut String, class: &str, x: i64, y: i64, text: &str) {
    let text = svg::escaped(text);
    svg.push_str(&format!(
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>\n"
    ));
}

/// What no block shows.
fn lines(difference: &Difference, has_marks: bool) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if !has_marks && difference.document.is_empty() {
        lines.push("No block differs".to_owned());
    }
    let start = difference.start.iter();
    lines.extend(start.map(|(old, new)| format!("→ Starts with {new}, before with {old}")));
    let (first, more) = difference
        .document
        .split_at(MAX_DOCUMENT.min(difference.document.len()));
    lines.extend(first.iter().map(|it| {
        let value =
            |it: &Option<String>| it.as_deref().map_or("nothing".to_owned(), text::one_line);
        let path = text::one_line(&it.path);
        format!("~ {path}: {} → {}", value(&it.old), value(&it.new))
    }));
    if !more.is_empty() {
        lines.push(format!("~ and {} more beside the blocks", more.len()));
    }
    lines.extend(difference.hidden.iter().map(|(n, what)| {
        let (blocks, are) = if *n == 1 {
            ("block", "is")
        } else {
            ("blocks", "are")
        };
        format!("… {n} {what} {blocks} {are} not drawn")
    }));
    lines
}

/// By how many halves marks are larger than their size, since the picture is seen from further
/// away; in steps of a half, so that the numbers stay short.
pub(super) fn halves(scene: &Scene) -> i64 {
    (scene.width * 2 / NEAR).clamp(2, 10)
}

/// How many blocks have each mark, of those that occur.
pub(super) fn counts(scene: &Scene) -> Vec<(Mark, usize)> {
    let count = |mark: Mark| {
        let marked = scene
            .blocks
            .iter()
            .filter(|it| it.marks().any(|it| it == mark));
        (mark, marked.count())
    };
    Mark::ALL
        .map(count)
        .into_iter()
        .filter(|it| it.1 > 0)
        .collect()
}

/// The counts as a phrase.
pub(super) fn counted(scene: &Scene) -> String {
    let counts = counts(scene);
    if counts.is_empty() {
        return "no block differs".to_owned();
    }
    let counts = counts
        .iter()
        .map(|(mark, n)| format!("{n} {}", mark.as_str()));
    counts.collect::<Vec<_>>().join(", ")
}

/// The kinds of marked edges that occur, by their classes.
fn edges(scene: &Scene) -> Vec<(&'static str, &'static str)> {
    let kinds = [
        (Mark::Added, false, "added", "new way"),
        (Mark::Removed, false, "removed", "way that is gone"),
        (Mark::Rewired, false, "rewired", "now goes here"),
        (Mark::Rewired, true, "rewired former", "went here"),
    ];
    let occurs = |mark: Mark, is_former: bool| {
        let mut edges = scene.edges.iter();
        edges.any(|it| scene.edge_mark(it) == Some(mark) && it.is_former == is_former)
    };
    let kinds = kinds.into_iter().filter(|it| occurs(it.0, it.1));
    kinds.map(|it| (it.2, it.3)).collect()
}

/// A tab with a mark's sign and word, and how many there are; the answer is its width.
pub(super) fn draw_tab(svg: &mut String, mark: Mark, x: i64, y: i64, n: Option<usize>) -> i64 {
    let word = match n {
        Some(n) => format!("{n} {}", mark.as_str()),
        None => mark.as_str().to_owned(),
    };
    let word_width = text::width(&word, 11);
    let width = word_width + 28;
    let middle = y + 12;
    svg.push_str(&format!(
        "<g class=\"tab {}\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{TAB}\" rx=\"4\"/>\
         <text class=\"sign\" x=\"{}\" y=\"{middle}\">{}</text>\
         <text class=\"badge\" x=\"{}\" y=\"{middle}\">{word}</text></g>\n",
        mark.as_str(),
        x + 6,
        mark.sign(),
        x + 19,
    ));
    width
}
