//! Two versions of a flow as a page: before and after side by side, and a list of what differs.
//!
//! The list is text of the page, so that it is read without the script, and printed. The script
//! moves the pictures and marks what is chosen.

use crate::diff::{self, WordChange};
use crate::identifiers;

use super::compared::SideBySide;
use super::html::{self, COMMON_STYLE, PANE_SCRIPT};
use super::mark::{Change, Mark};
use super::scene::{Block, Row, Scene, Target};
use super::svg::{self, escaped};
use super::{Options, legend, text};

const PAGE: &str = include_str!("side_by_side.html");
const STYLE: &str = include_str!("side_by_side.css");
const SCRIPT: &str = include_str!("side_by_side.js");
/// Up to so many differences are listed with all that they say.
const MAX_OPEN: usize = 12;
/// So many values of a block are shown at once.
const MAX_VALUES: usize = 8;
/// Longer texts are not compared by words.
const MAX_COMPARED: usize = 20_000;

/// The whole page.
pub(super) fn draw(pair: &SideBySide, options: &Options) -> String {
    let title = match pair.merged.title.as_str() {
        "" => "What differs",
        title => title,
    };
    let (old, new) = match &options.versions {
        Some((old, new)) => (text::one_line(old), text::one_line(new)),
        None => ("Before".to_owned(), "After".to_owned()),
    };
    let items = items(&pair.merged);
    html::filled(PAGE, |place| match place {
        "title" => escaped(title),
        "style" => [COMMON_STYLE, svg::STYLE, svg::MARKS_STYLE, STYLE].concat(),
        "counts" => counts(&pair.merged),
        "old" => escaped(&old),
        "new" => escaped(&new),
        "before" => svg::draw_pane(&pair.before),
        "after" => svg::draw_pane(&pair.after),
        "listclass" if items.len() > MAX_OPEN => "folded".to_owned(),
        "listclass" => "open".to_owned(),
        "changes" => items.concat(),
        "script" => [PANE_SCRIPT, SCRIPT].concat(),
        other => unreachable!("the page has no place `{other}`"),
    })
}

fn counts(scene: &Scene) -> String {
    let counts = legend::counts(scene);
    if counts.is_empty() {
        return "<span>no block differs</span>".to_owned();
    }
    let tabs = counts.iter().map(|(mark, n)| {
        let word = format!("{n} {}", mark.as_str());
        tab(*mark, &word)
    });
    tabs.collect::<Vec<_>>().join(" ")
}

fn tab(mark: Mark, word: &str) -> String {
    let class = mark.as_str();
    format!(
        "<span class=\"mark {class}\"><b>{}</b> {word}</span>",
        mark.sign()
    )
}

/// The differences in the order in which contacts come by: from left to right.
fn items(scene: &Scene) -> Vec<String> {
    let mut blocks: Vec<&Block> = scene.blocks.iter().filter(|it| it.mark.is_some()).collect();
    blocks.sort_by_key(|it| (it.place.x, it.place.y));
    let mut bodies: Vec<(String, String)> = Vec::new();
    let of_block = |block: &Block| format!(" data-block=\"{}\"", block.id);
    let difference = scene.difference.as_ref();
    if let Some((old, new)) = difference.and_then(|it| it.start.as_ref()) {
        let start = scene.entry.to.and_then(|to| scene.blocks.get(to));
        let start = start.map(|it| of_block(it) + " data-entry=\"1\"");
        bodies.push((start.unwrap_or_default(), start_item(old, new)));
    }
    let document = difference.map_or(&[][..], |it| &it.document);
    if !document.is_empty() {
        bodies.push((String::new(), document_item(document)));
    }
    bodies.extend(
        blocks
            .iter()
            .map(|it| (of_block(it), block_item(scene, it))),
    );
    let items = bodies.iter().enumerate().map(|(n, (about, body))| {
        let n = n + 1;
        format!("<li id=\"change-{n}\" class=\"change\"{about}>{body}</li>\n")
    });
    items.collect()
}

fn head(tabs: &str, name: &str, what: &str) -> String {
    format!(
        "<button type=\"button\" class=\"pick\">{tabs} <strong>{}</strong> \
         <span class=\"what\">{}</span></button>\n",
        escaped(name),
        escaped(what),
    )
}

/// What a reader knows a block by, and the rest: ids that the console has made say nothing.
fn names(block: &Block) -> (String, String) {
    let name = visible(&block.name);
    if identifiers::is_uuid(&block.name) {
        return (block.title.clone(), name);
    }
    (name, block.title.clone())
}

fn start_item(old: &str, new: &str) -> String {
    let tabs = tab(Mark::Rewired, Mark::Rewired.as_str());
    let (old, new) = (escaped(old), escaped(new));
    head(&tabs, "Entry", "where contacts enter")
        + &format!("<div class=\"detail\"><p><del>{old}</del> <ins>{new}</ins></p></div>")
}

fn document_item(document: &[Change]) -> String {
    let tabs = tab(Mark::Changed, Mark::Changed.as_str());
    let values = values(document);
    head(&tabs, "Flow", "beside its blocks") + &format!("<div class=\"detail\">{values}</div>")
}

fn block_item(scene: &Scene, block: &Block) -> String {
    let tabs = block.marks().map(|it| tab(it, it.as_str()));
    let tabs = tabs.collect::<Vec<_>>().join(" ");
    let (name, what) = names(block);
    let mut item = head(&tabs, &name, &what);
    item.push_str("<div class=\"detail\">");
    if let Some(was) = &block.was {
        let was = escaped(&visible(was));
        item.push_str(&format!("<p>was called <del>{was}</del></p>"));
    }
    let whole: Vec<Change> = match block.mark {
        Some(mark @ (Mark::Added | Mark::Removed)) => {
            let parameters = block.parameters.iter();
            parameters.map(|it| one_sided(mark, it)).collect()
        }
        _ => block.changes.clone(),
    };
    item.push_str(&values(&whole));
    item.push_str(&ways(scene, block));
    item.push_str("</div>");
    item
}

fn one_sided(mark: Mark, (path, value): &(String, String)) -> Change {
    let value = Some(value.clone());
    let (old, new) = if mark == Mark::Added {
        (None, value)
    } else {
        (value, None)
    };
    Change {
        path: path.clone(),
        old,
        new,
    }
}

fn values(changes: &[Change]) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let n_first = if changes.len() <= MAX_VALUES + 1 {
        changes.len()
    } else {
        MAX_VALUES
    };
    let (first, more) = changes.split_at(n_first);
    let first: String = first.iter().map(value).collect();
    if more.is_empty() {
        return format!("<dl>{first}</dl>");
    }
    let n_more = more.len();
    let more: String = more.iter().map(value).collect();
    format!("<dl>{first}</dl><details><summary>{n_more} more</summary><dl>{more}</dl></details>")
}

fn value(change: &Change) -> String {
    let path = escaped(&visible(&change.path));
    format!("<dt>{path}</dt><dd>{}</dd>", compared(change))
}

/// Old and new value, in one text if they have words in common.
fn compared(change: &Change) -> String {
    let (old, new) = (change.old.as_deref(), change.new.as_deref());
    let words = match (old.map(visible), new.map(visible)) {
        (Some(old), Some(new)) if old.len() + new.len() <= MAX_COMPARED => diff::words(&old, &new),
        (old, new) => {
            let old = old.map(WordChange::Removed);
            old.into_iter().chain(new.map(WordChange::Added)).collect()
        }
    };
    let html = words.iter().map(|it| match it {
        WordChange::Equal(text) => escaped(text),
        WordChange::Removed(text) => format!("<del>{}</del>", escaped(text)),
        WordChange::Added(text) => format!("<ins>{}</ins>", escaped(text)),
    });
    html.collect()
}

fn ways(scene: &Scene, block: &Block) -> String {
    let marked = block.rows.iter().filter_map(|it| Some((it.mark?, it)));
    let ways: String = marked.map(|(mark, row)| way(scene, mark, row)).collect();
    if ways.is_empty() {
        return ways;
    }
    format!("<ul class=\"ways\">{ways}</ul>")
}

fn way(scene: &Scene, mark: Mark, row: &Row) -> String {
    let now = target_name(scene, &row.to);
    let was = row.was.as_ref().map(|it| target_name(scene, it));
    let leads = match (mark, was) {
        (Mark::Removed, _) => format!("<del>{now}</del>"),
        (_, Some(was)) => format!("<del>{was}</del> <ins>{now}</ins>"),
        (_, None) => format!("<ins>{now}</ins>"),
    };
    let class = mark.as_str();
    let label = escaped(&visible(&row.label));
    let sign = mark.sign();
    format!("<li class=\"{class}\"><b>{sign}</b> {label} <span>→</span> {leads}</li>")
}

fn target_name(scene: &Scene, target: &Target) -> String {
    let name = match target {
        Target::Block(n) => scene.blocks.get(*n).map(Block::known_as),
        Target::Missing(name) => Some(format!("{} (missing)", visible(name))),
        Target::Hidden(name) => Some(name.clone()),
    };
    escaped(&name.unwrap_or_default())
}

/// The text with what could not be seen, or would turn other text around, by its number.
fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\n' | '\t') || (!c.is_control() && text::is_visible(c)) {
            visible.push(c);
        } else {
            visible.push_str(&format!("[U+{:04X}]", u32::from(c)));
        }
    }
    visible
}
