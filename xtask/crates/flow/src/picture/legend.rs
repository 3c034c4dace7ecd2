//! What the marks in a picture of two versions mean, and how many there are of each.

use super::scene::{Mark, Scene};
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
    let title = text::cut(title, 900, TITLE_SIZE);
    body.push_str(&format!(
        "<text class=\"heading\" x=\"{GAP}\" y=\"{}\">{}</text>\n",
        GAP + TITLE_SIZE,
        svg::escaped(&title)
    ));
    let mut width = 2 * GAP + text::width(&title, TITLE_SIZE) * 11 / 10;
    let y = GAP + TITLE_SIZE + 12;
    let mut x = GAP;
    for (mark, n) in counts(scene) {
        x += draw_tab(&mut body, mark, x, y, Some(n)) + GAP;
    }
    for (class, words) in edges(scene) {
        let text_x = x + 40;
        body.push_str(&format!(
            "<g class=\"edge {class}\"><path class=\"way\" d=\"M{x} {}h32\"/></g>\
             <text x=\"{text_x}\" y=\"{}\">{words}</text>\n",
            y + TAB / 2,
            y + 13,
        ));
        x = text_x + text::width(words, SIZE) + GAP;
    }
    let mut lines: Vec<String> = Vec::new();
    if x == GAP && difference.document.is_empty() {
        lines.push("No block differs".to_owned());
    }
    lines.extend(difference.start.iter().map(|(old, new)| {
        format!(
            "→ Starts with {}, before with {}",
            text::one_line(new),
            text::one_line(old)
        )
    }));
    lines.extend(difference.document.iter().map(|it| {
        let old = it
            .old
            .as_deref()
            .map_or("nothing".to_owned(), text::one_line);
        let new = it
            .new
            .as_deref()
            .map_or("nothing".to_owned(), text::one_line);
        format!("~ {}: {old} → {new}", text::one_line(&it.path))
    }));
    lines.extend(difference.hidden.iter().map(|(n, what)| {
        let (blocks, are) = if *n == 1 {
            ("block", "is")
        } else {
            ("blocks", "are")
        };
        format!("… {n} {what} {blocks} {are} not drawn")
    }));
    width = width.max(x);
    let mut bottom = if x == GAP { y } else { y + TAB + 6 };
    for line in lines {
        let line = text::cut(&line, 900, SIZE);
        bottom += 16;
        body.push_str(&format!(
            "<text x=\"{GAP}\" y=\"{}\">{}</text>\n",
            bottom - 3,
            svg::escaped(&line)
        ));
        width = width.max(2 * GAP + text::width(&line, SIZE));
    }
    let height = bottom + 4;
    let halves = halves(scene);
    let (width, height) = (width * halves / 2, height * halves / 2);
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
