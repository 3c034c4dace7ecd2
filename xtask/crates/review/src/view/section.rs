//! What Markdown says of one flow, with as much detail as there is room for.

use flow::model::FlowDefinition;
use flow::picture;

use super::block::{self, Block, Counts, Edit, Mark, blocks};
use super::escape::{code, fenced, html, prose, sentence};
use super::value::{self, Change, ValueEdit};
use super::words::{Piece, shortened};
use crate::comparison::{Consequence, FlowChange, Status, Weight};

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Detail {
    /// Words around each change of a long text; nothing if changed texts are only named.
    pub(crate) context: Option<usize>,
    /// The length of other values in characters.
    pub(crate) value: usize,
}

impl Detail {
    /// As much as a reader wants.
    pub(crate) const FULL: Detail = Detail {
        context: Some(20),
        value: 300,
    };
    /// Only what is next to a change.
    pub(crate) const SHORT: Detail = Detail {
        context: Some(4),
        value: 100,
    };
    /// That a text differs, but not how.
    pub(crate) const SHORTEST: Detail = Detail {
        context: None,
        value: 40,
    };
}

/// In the order in which blocks are named where there is room for names alone.
const MARKS: [Mark; 5] = [
    Mark::Changed,
    Mark::Added,
    Mark::Removed,
    Mark::Rewired,
    Mark::Renamed,
];

/// A line of a changed text is wrapped at this many characters: forges do not wrap it.
const LINE: usize = 96;

/// `` `flow.support-chat` Support chat ``.
pub(crate) fn heading(change: &FlowChange) -> String {
    let title = title(change);
    let address = name(&change.address);
    if title.is_empty() {
        return address;
    }
    format!("{address} {}", prose(&cut(title, LONGEST_NAME)))
}

/// What Connect shows as the flow's name.
pub(crate) fn title(change: &FlowChange) -> &str {
    let definition = change.new.as_ref().or(change.old.as_ref());
    definition.map_or("", |it| it.title.trim())
}

/// What happened in a few words: `2 changed, 1 added`, `new, 12 blocks`.
pub(crate) fn happened(change: &FlowChange) -> String {
    let n_blocks = |it: &Option<FlowDefinition>| {
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

/// The consequences of one weight, a list item each. Another bullet than that of the changes makes
/// two lists of them.
fn consequences(them: &[Consequence], weight: Weight) -> Vec<String> {
    let them = them.iter().filter(|it| it.weight == weight);
    them.map(|it| match weight {
        Weight::Attention => format!(
            "* **Attention:** {}\n",
            sentence(&cut(&it.text, LONGEST_SENTENCE))
        ),
        Weight::Note => format!("* {}\n", sentence(&cut(&it.text, LONGEST_SENTENCE))),
    })
    .collect()
}

/// A flow that differs, ready to be written in any detail.
pub(crate) struct Section<'a> {
    pub(crate) change: &'a FlowChange,
    /// A list item for each consequence that needs attention.
    pub(crate) attention: Vec<String>,
    /// A list item for each other consequence.
    notes: Vec<String>,
    blocks: Vec<Block>,
    document: Vec<ValueEdit>,
}

impl<'a> Section<'a> {
    pub(crate) fn of(change: &'a FlowChange) -> Self {
        let document = change.diff.document.iter().flat_map(value::edits);
        Self {
            change,
            attention: consequences(&change.consequences, Weight::Attention),
            notes: consequences(&change.consequences, Weight::Note),
            blocks: blocks(change),
            document: document.collect(),
        }
    }

    /// Everything about the flow but its name and its picture.
    pub(crate) fn body(&self, detail: &Detail) -> String {
        let mut body = self.attention.concat();
        body.push_str(&self.notes.concat());
        paragraph(&mut body);
        body.push_str(&properties(self.change, detail));
        body.push_str(&self.content(detail));
        body.truncate(body.trim_end().len());
        body.push('\n');
        body
    }

    /// The blocks by their names alone: `changed: greet, bot`.
    pub(crate) fn names(&self) -> String {
        let mut names = self.attention.concat();
        names.push_str(&self.notes.concat());
        paragraph(&mut names);
        for mark in MARKS {
            let them = self.blocks.iter().filter(|it| it.mark == mark);
            let mut them: Vec<String> = them.map(|it| name(&it.id)).collect();
            let n_more = them.len().saturating_sub(MOST_NAMES);
            them.truncate(MOST_NAMES);
            if n_more > 0 {
                them.push(format!("{n_more} more"));
            }
            if !them.is_empty() {
                names.push_str(&format!("- **{}** {}\n", mark.as_str(), them.join(", ")));
            }
        }
        names
    }

    /// The picture as a fenced Mermaid flowchart of at most so many bytes.
    pub(crate) fn picture(&self, most: usize) -> Option<String> {
        let chart = chart(self.change, most)?;
        Some(fenced("mermaid", &chart))
    }

    fn content(&self, detail: &Detail) -> String {
        let mut lines = String::new();
        if self.change.status != Status::Changed {
            in_short(&self.blocks, detail, &mut lines);
            return lines;
        }
        let renamed = |it: &&Block| it.mark == Mark::Renamed;
        for block in self.blocks.iter().filter(|it| !renamed(it)) {
            self::block(block, detail, &mut lines);
        }
        let renamed: Vec<&Block> = self.blocks.iter().filter(renamed).collect();
        lines.push_str(&self::renamed(&renamed));
        if !self.document.is_empty() {
            lines.push_str("- the document\n");
            for edit in &self.document {
                value(edit, detail, &mut lines);
            }
        }
        lines
    }
}

/// How many blocks are named where there is no room to say more.
const MOST_NAMES: usize = 30;

/// An empty line, if there is none.
fn paragraph(text: &mut String) {
    if !text.is_empty() && !text.ends_with("\n\n") {
        text.push('\n');
    }
}

fn properties(change: &FlowChange, detail: &Detail) -> String {
    let mut lines = String::new();
    if let Some(old) = &change.renamed_from {
        lines.push_str(&format!("- was called {}\n", name(old)));
    }
    let properties = change.properties.iter();
    for property in properties.filter(|_| change.status == Status::Changed) {
        let value = |it: &Option<String>| match it {
            Some(text) => code(&cut(text, detail.value)),
            None => "nothing".to_owned(),
        };
        let (old, new) = (value(&property.old), value(&property.new));
        lines.push_str(&format!("- {}: {old} → {new}\n", property.name));
    }
    if let (Some((old, new)), Status::Changed) = (&change.diff.start, change.status) {
        let (old, new) = (name(old.as_str()), name(new.as_str()));
        lines.push_str(&format!("- starts with {new} (was {old})\n"));
    }
    lines
}

fn block(block: &Block, detail: &Detail, lines: &mut String) {
    if block.mark == Mark::Removed {
        lines.push_str(&format!("- **removed** {}\n", in_a_line(block, detail)));
        return;
    }
    let what = block.mark.as_str();
    let was = match &block.old_id {
        Some(old) => format!(", was called {}", name(old)),
        None => String::new(),
    };
    let (id, title) = (name(&block.id), prose(&cut(&block.title, LONGEST_NAME)));
    lines.push_str(&format!("- **{what}** {id} {title}{was}\n"));
    for edit in &block.edits {
        self::edit(edit, detail, lines);
    }
}

fn edit(edit: &Edit, detail: &Detail, lines: &mut String) {
    let line = match edit {
        Edit::Value(edit) => return value(edit, detail, lines),
        Edit::Kind { old, new } => format!(
            "type: {} → {}",
            prose(&cut(old, LONGEST_NAME)),
            prose(&cut(new, LONGEST_NAME))
        ),
        Edit::Order { old, new } => {
            format!("tried in another order: {} (was {})", name(new), name(old))
        }
        Edit::Parameter { path, value } => {
            format!("{}: {}", name(path), code(&cut(value, detail.value)))
        }
        Edit::Leads { branches, to } => {
            format!("{} goes to {}", self::branches(branches), name(to))
        }
        Edit::Ways {
            branches,
            old,
            old_is_now,
            new,
        } => {
            let branches = self::branches(branches);
            let old = old.as_deref().map_or(String::new(), name);
            let was = match old_is_now {
                Some(now) => format!("{old}, now called {}", name(now)),
                None => old.clone(),
            };
            match new {
                Some(new) if old.is_empty() => format!("{branches} is new, goes to {}", name(new)),
                Some(new) => format!("{branches} now goes to {} (was {was})", name(new)),
                None => format!("{branches} is gone, went to {was}"),
            }
        }
    };
    lines.push_str(&format!("  - {line}\n"));
}

/// ``next, on `Equals handoff` ``.
fn branches(branches: &[String]) -> String {
    let words = |branch: &String| match branch.strip_prefix("on ") {
        Some(words) => format!("on {}", name(words)),
        None => branch.clone(),
    };
    let branches: Vec<String> = branches.iter().map(words).collect();
    branches.join(", ")
}

fn value(edit: &ValueEdit, detail: &Detail, lines: &mut String) {
    let path = name(&edit.path);
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
    for (n, piece) in pieces.iter().enumerate() {
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
                text.truncate(text.trim_end_matches(' ').len());
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
        // Without it, the last word that is gone and the first new one read as one.
        if matches!(piece, Piece::Removed(_)) && matches!(pieces.get(n + 1), Some(Piece::Added(_)))
        {
            text.push(' ');
            column += 1;
        }
    }
    text.push_str("</pre>\n");
    text
}

/// Blocks that only have another identifier.
fn renamed(blocks: &[&Block]) -> String {
    let pair = |block: &&Block| {
        let old = block.old_id.as_deref().unwrap_or_default();
        format!(
            "  - {} → {} {}\n",
            name(old),
            name(&block.id),
            prose(&cut(&block.title, LONGEST_NAME))
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
fn in_short(blocks: &[Block], detail: &Detail, lines: &mut String) {
    for block in blocks {
        lines.push_str(&format!("- {}\n", in_a_line(block, detail)));
    }
}

/// `` `greet` Play prompt: `Hello` ``.
fn in_a_line(block: &Block, detail: &Detail) -> String {
    let gist = match block.gist() {
        "" => String::new(),
        gist => format!(": {}", code(&cut(gist, detail.value.min(GIST)))),
    };
    format!(
        "{} {}{gist}",
        name(&block.id),
        prose(&cut(&block.title, LONGEST_NAME))
    )
}

/// The length in characters of what a line says of a block beside its name.
const GIST: usize = 120;

fn chart(change: &FlowChange, most: usize) -> Option<String> {
    let nothing = |it: &FlowDefinition| {
        let mut nothing = it.flow.clone();
        nothing.actions.clear();
        nothing
    };
    let flow = |it: &Option<FlowDefinition>, other: &Option<FlowDefinition>| match it {
        Some(it) => Some(it.flow.clone()),
        None => other.as_ref().map(nothing),
    };
    let old = flow(&change.old, &change.new)?;
    let new = flow(&change.new, &change.old)?;
    let options = picture::Options {
        title: change.address.clone(),
        ..picture::Options::default()
    };
    Some(picture::diff_mermaid(
        &old,
        &new,
        &change.diff,
        &options,
        most,
    ))
}

/// A name out of the flow as code, cut if it is longer than any that the service takes.
pub(crate) fn name(text: &str) -> String {
    code(&cut(text, LONGEST_NAME))
}

const LONGEST_NAME: usize = 128;
const LONGEST_SENTENCE: usize = 600;

/// A text in so many characters, and how many there are.
pub(crate) fn cut(text: &str, longest: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(longest) else {
        return text.to_owned();
    };
    let n = text.chars().count();
    format!("{}… ({n} characters)", &text[..end])
}
