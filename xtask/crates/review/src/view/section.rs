//! What Markdown says of one flow, with as much detail as there is room for.

use flow::picture;

use super::block::{self, Block, Counts, Edit, Mark, blocks};
use super::escape::{code, fenced, html, prose, sentence};
use super::value::{self, Change, ValueEdit};
use super::words::{Piece, shortened};
use crate::comparison::{Consequence, FlowChange, Status, Weight};

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Detail {
    /// The size of the picture in bytes at most; none at all if zero.
    pub(crate) picture: usize,
    /// Words around each change of a long text; nothing if changed texts are only named.
    pub(crate) context: Option<usize>,
    /// The length of other values in characters.
    pub(crate) value: usize,
}

impl Detail {
    /// As much as a reader wants.
    pub(crate) const FULL: Detail = Detail {
        picture: 20_000,
        context: Some(20),
        value: 300,
    };
}

/// A line of a changed text is wrapped at this many characters: forges do not wrap it.
const LINE: usize = 96;

/// `` `flow.support-chat` Support chat ``.
pub(crate) fn name(change: &FlowChange) -> String {
    let title = title(change);
    let address = code(&change.address);
    if title.is_empty() {
        return address;
    }
    format!("{address} {}", prose(title))
}

/// What Connect shows as the flow's name.
pub(crate) fn title(change: &FlowChange) -> &str {
    let definition = change.new.as_ref().or(change.old.as_ref());
    definition.map_or("", |it| it.title.trim())
}

/// What happened in a few words: `2 changed, 1 added`, `new, 12 blocks`.
pub(crate) fn happened(change: &FlowChange) -> String {
    let n_blocks = |it: &Option<flow::model::FlowDefinition>| {
        let n = it.as_ref().map_or(0, |it| it.flow.actions.len());
        block::counted(n)
    };
    match change.status {
        Status::Added => format!("new, {}", n_blocks(&change.new)),
        Status::Removed => format!("removed, {}", n_blocks(&change.old)),
        Status::Changed => {
            let counts = Counts::of(change).words();
            let others = [
                (change.renamed_from.is_some(), "address"),
                (!change.properties.is_empty(), "properties"),
                (!change.diff.document.is_empty(), "settings"),
                (change.diff.start.is_some(), "start"),
            ];
            let others = others.iter().filter(|it| it.0).map(|it| it.1);
            let others: Vec<&str> = others.collect();
            match (counts.is_empty(), others.is_empty()) {
                (true, false) => format!("{} changed", others.join(", ")),
                (true, true) => "differs".to_owned(),
                _ => counts,
            }
        }
    }
}

/// The consequences of one weight, a list item each.
pub(crate) fn consequences(them: &[Consequence], weight: Weight) -> Vec<String> {
    let them = them.iter().filter(|it| it.weight == weight);
    them.map(|it| match weight {
        Weight::Attention => format!("- **Attention:** {}\n", sentence(&it.text)),
        Weight::Note => format!("- {}\n", sentence(&it.text)),
    })
    .collect()
}

/// Everything about a flow but its name.
pub(crate) fn body(change: &FlowChange, detail: &Detail) -> String {
    let mut body = String::new();
    for weight in [Weight::Attention, Weight::Note] {
        body.push_str(&consequences(&change.consequences, weight).concat());
    }
    paragraph(&mut body);
    body.push_str(&properties(change));
    paragraph(&mut body);
    body.push_str(&content(change, detail));
    paragraph(&mut body);
    if let Some(picture) = picture(change, detail.picture) {
        body.push_str(&fenced("mermaid", &picture));
    }
    body.truncate(body.trim_end().len());
    body.push('\n');
    body
}

/// An empty line, if there is none.
fn paragraph(text: &mut String) {
    if !text.is_empty() && !text.ends_with("\n\n") {
        text.push('\n');
    }
}

fn properties(change: &FlowChange) -> String {
    let mut lines = String::new();
    if let Some(old) = &change.renamed_from {
        lines.push_str(&format!("- was called {}\n", code(old)));
    }
    for property in &change.properties {
        let value = |it: &Option<String>| it.as_deref().map_or("nothing".to_owned(), code);
        let (old, new) = (value(&property.old), value(&property.new));
        lines.push_str(&format!("- {}: {old} → {new}\n", property.name));
    }
    if let (Some((old, new)), Status::Changed) = (&change.diff.start, change.status) {
        let (old, new) = (code(old.as_str()), code(new.as_str()));
        lines.push_str(&format!("- starts with {new} (was {old})\n"));
    }
    lines
}

fn content(change: &FlowChange, detail: &Detail) -> String {
    let mut lines = String::new();
    match change.status {
        Status::Changed => {
            let blocks = blocks(change).into_iter();
            let (renamed, others): (Vec<Block>, Vec<Block>) =
                blocks.partition(|it| it.mark == Mark::Renamed);
            for block in &others {
                self::block(block, detail, &mut lines);
            }
            lines.push_str(&self::renamed(&renamed));
        }
        Status::Added => in_short(&change.diff.added, detail, &mut lines),
        Status::Removed => in_short(&change.diff.removed, detail, &mut lines),
    }
    let document = change.diff.document.iter().flat_map(value::edits);
    let document: Vec<ValueEdit> = document.collect();
    if !document.is_empty() {
        lines.push_str("- the document\n");
        for edit in &document {
            value(edit, detail, &mut lines);
        }
    }
    lines
}

fn block(block: &Block, detail: &Detail, lines: &mut String) {
    let what = match block.mark {
        Mark::Added => "added",
        Mark::Removed => "removed",
        Mark::Changed => "changed",
        Mark::Rewired | Mark::Renamed => "rewired",
    };
    let was = match &block.old_id {
        Some(old) => format!(", was called {}", code(old)),
        None => String::new(),
    };
    let (id, title) = (code(&block.id), prose(&block.title));
    lines.push_str(&format!("- **{what}** {id} {title}{was}\n"));
    for edit in &block.edits {
        self::edit(edit, detail, lines);
    }
}

fn edit(edit: &Edit, detail: &Detail, lines: &mut String) {
    let line = match edit {
        Edit::Value(edit) => return value(edit, detail, lines),
        Edit::Kind { old, new } => format!("type: {} → {}", prose(old), prose(new)),
        Edit::Order { old, new } => {
            format!("tried in another order: {} (was {})", code(new), code(old))
        }
        Edit::Parameter { path, value } => {
            format!("{}: {}", code(path), code(&cut(value, detail.value)))
        }
        Edit::Leads { branches, to } => {
            format!("{} goes to {}", self::branches(branches), code(to))
        }
        Edit::Ways {
            branches,
            old,
            old_is_now,
            new,
        } => {
            let branches = self::branches(branches);
            let old = old.as_deref().map_or(String::new(), code);
            let was = match old_is_now {
                Some(now) => format!("{old}, now called {}", code(now)),
                None => old.clone(),
            };
            match new {
                Some(new) if old.is_empty() => format!("{branches} is new, goes to {}", code(new)),
                Some(new) => format!("{branches} now goes to {} (was {was})", code(new)),
                None => format!("{branches} is gone, went to {was}"),
            }
        }
    };
    lines.push_str(&format!("  - {line}\n"));
}

/// ``next, on `Equals handoff` ``.
fn branches(branches: &[String]) -> String {
    let words = |branch: &String| match branch.strip_prefix("on ") {
        Some(words) => format!("on {}", code(words)),
        None => branch.clone(),
    };
    let branches: Vec<String> = branches.iter().map(words).collect();
    branches.join(", ")
}

fn value(edit: &ValueEdit, detail: &Detail, lines: &mut String) {
    let path = code(&edit.path);
    let short = |text: &String| code(&cut(text, detail.value));
    let line = match &edit.change {
        Change::Added(new) => format!("{path} is new: {}", short(new)),
        Change::Removed(old) => format!("{path} is gone, was {}", short(old)),
        Change::Replaced { old, new, said } => {
            let said = match said {
                Some((old, new)) => format!(" ({old} → {new})"),
                None => String::new(),
            };
            format!("{path}: {} → {}{said}", short(old), short(new))
        }
        Change::Redacted(shown) => {
            format!("{path}: {}, differs in what is not shown", short(shown))
        }
        Change::Reworded(pieces) => match detail.context {
            None => format!("{path} is worded differently"),
            Some(context) => {
                let text = reworded(&shortened(pieces, context), detail.value);
                format!("{path}:\n{text}")
            }
        },
        Change::Rewritten { old, new } => match detail.context {
            None => format!("{path} is another text"),
            Some(_) => {
                let cut = |text: &str| cut(text, detail.value);
                let pieces = [Piece::Removed(cut(old)), Piece::Added(cut(new))];
                let (old, new) = pieces.split_at(1);
                let text = [reworded(old, usize::MAX), reworded(new, usize::MAX)];
                format!("{path}:\n{}{}", text[0], text[1].trim_end())
            }
        },
    };
    lines.push_str(&format!("  - {}\n", line.trim_end()));
}

/// The words of a text, those that are gone struck out and new ones underlined. In `<pre>` neither
/// Markdown nor mentions are read, so that the words stand there as they are.
fn reworded(pieces: &[Piece], longest: usize) -> String {
    let mut text = String::from("    <pre>");
    let mut column = 0;
    for piece in pieces {
        let (open, close, words) = match piece {
            Piece::Same(words) => ("", "", words.clone()),
            Piece::Removed(words) => ("<del>", "</del>", cut(words, longest)),
            Piece::Added(words) => ("<ins>", "</ins>", cut(words, longest)),
            Piece::Skipped(n) => ("<i>", "</i>", format!("… {n} words …")),
        };
        text.push_str(open);
        for part in words.split_inclusive([' ', '↵']) {
            let width = part.trim_end().chars().count();
            if column > 0 && column + width > LINE {
                text.push_str("\n    ");
                column = 0;
            }
            text.push_str(&html(part));
            column += part.chars().count();
            if part.ends_with('↵') {
                text.push_str("\n    ");
                column = 0;
            }
        }
        text.push_str(close);
    }
    text.push_str("</pre>\n");
    text
}

/// Blocks that only have another identifier.
fn renamed(blocks: &[Block]) -> String {
    let pair = |block: &Block| {
        let old = block.old_id.as_deref().unwrap_or_default();
        format!(
            "  - {} → {} {}\n",
            code(old),
            code(&block.id),
            prose(&block.title)
        )
    };
    match blocks {
        [] => String::new(),
        blocks => {
            let pairs: String = blocks.iter().map(pair).collect();
            format!("- **renamed**, the same otherwise\n{pairs}")
        }
    }
}

/// A flow that is new or gone, a line for each block.
fn in_short(actions: &[flow::model::Action], detail: &Detail, lines: &mut String) {
    for action in actions {
        let gist = cut(&block::gist(action), detail.value.min(80));
        let gist = if gist.is_empty() {
            String::new()
        } else {
            format!(": {}", code(&gist))
        };
        let (id, title) = (code(action.id.as_str()), prose(&block::title(action)));
        lines.push_str(&format!("- {id} {title}{gist}\n"));
    }
}

/// The picture as a Mermaid flowchart.
pub(crate) fn picture(change: &FlowChange, most: usize) -> Option<String> {
    let flow = &change.new.as_ref().or(change.old.as_ref())?.flow;
    let options = picture::Options {
        title: change.address.clone(),
        ..picture::Options::default()
    };
    let chart = picture::mermaid(flow, &options);
    (chart.len() <= most).then_some(chart)
}

/// A text in so many characters, and how many there are.
fn cut(text: &str, longest: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(longest) else {
        return text.to_owned();
    };
    let n = text.chars().count();
    format!("{}… ({n} characters)", &text[..end])
}
