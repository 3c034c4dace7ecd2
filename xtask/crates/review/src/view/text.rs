//! A comparison for people at a terminal.

use super::block::{self, Block, Counts, Edit, Mark, blocks};
use super::page::{Ink, Page};
use super::value::{Change, ValueEdit, visible};
use super::words::{Piece, shortened};
use crate::comparison::{Comparison, Consequence, FlowChange, Status, Weight};
use crate::names::name;
use crate::review::{EnvironmentReview, LiveReview, PlanSummary, VariableChange};

/// How a comparison is written for a terminal.
#[derive(Clone, Copy, Debug)]
pub struct TextOptions {
    /// Without colours, words that are gone and new ones stand in brackets.
    pub colour: bool,
    /// In columns.
    pub width: usize,
}

/// Words around each change of a long text.
const CONTEXT: usize = 12;
/// Longer values are cut; whoever needs the whole has the JSON.
const LONGEST: usize = 400;
/// The length of what a line says of a block beside its name.
const GIST: usize = 120;

/// The flows that differ, block by block, and what is known of the environments.
pub fn text(
    comparison: &Comparison,
    environments: &[EnvironmentReview],
    options: &TextOptions,
) -> String {
    let mut page = Page::new(options.colour, options.width);
    let (old, new) = (visible(&comparison.old), visible(&comparison.new));
    page.line(0, 2, &[(Ink::Faint, format!("{old} -> {new}"))]);
    for change in &comparison.flows {
        page.blank();
        flow(change, &mut page);
    }
    for environment in environments {
        page.blank();
        self::environment(environment, &mut page);
    }
    page.blank();
    page.line(0, 2, &[(Ink::Bold, conclusion(comparison))]);
    page.finish()
}

/// `2 flows differ, 3 are the same`.
pub(crate) fn conclusion(comparison: &Comparison) -> String {
    let (n, rest) = (comparison.flows.len(), comparison.unchanged.len());
    let flows = |n: usize| {
        if n == 1 {
            "1 flow".to_owned()
        } else {
            format!("{n} flows")
        }
    };
    match (n, rest) {
        (0, 0) => "no flows to compare".to_owned(),
        (0, 1) => "no difference in 1 flow".to_owned(),
        (0, rest) => format!("no difference in {rest} flows"),
        (1, 0) => "1 flow differs".to_owned(),
        (n, 0) => format!("{n} flows differ"),
        (n, rest) => {
            let differ = if n == 1 { "differs" } else { "differ" };
            let are = if rest == 1 { "is" } else { "are" };
            format!("{} {differ}, {rest} {are} the same", flows(n))
        }
    }
}

fn flow(change: &FlowChange, page: &mut Page) {
    heading(change, page);
    // Of a flow that is new or gone the heading says it all.
    let properties = change.properties.iter();
    for property in properties.filter(|_| change.status == Status::Changed) {
        let value = |it: &Option<String>| it.as_deref().map_or("nothing".to_owned(), visible);
        let (old, new) = (value(&property.old), value(&property.new));
        page.line(2, 6, &plain(format!("{}  {old} -> {new}", property.name)));
    }
    for consequence in &change.consequences {
        self::consequence(consequence, page);
    }
    if let Some((old, new)) = &change.diff.start
        && change.status == Status::Changed
    {
        page.blank();
        let (old, new) = (name(old), name(new));
        page.line(2, 6, &plain(format!("starts with {new} (was {old})")));
    }
    if change.status != Status::Changed {
        page.blank();
        blocks(change).iter().for_each(|it| in_a_line(it, page));
    } else {
        let (renamed, others): (Vec<Block>, Vec<Block>) = blocks(change)
            .into_iter()
            .partition(|it| it.mark == Mark::Renamed);
        let (removed, others): (Vec<Block>, Vec<Block>) =
            others.into_iter().partition(|it| it.mark == Mark::Removed);
        others.iter().for_each(|it| self::block(it, page));
        page.blank();
        removed.iter().for_each(|it| in_a_line(it, page));
        self::renamed(&renamed, page);
    }
    document(change, page);
}

fn heading(change: &FlowChange, page: &mut Page) {
    let definition = change.new.as_ref().or(change.old.as_ref());
    let title = definition.map_or("", |it| it.title.as_str());
    let n_blocks = definition.map_or(0, |it| it.flow.actions.len());
    let mut line = vec![
        (Ink::Bold, visible(&change.address)),
        (Ink::Plain, format!("  {}", visible(title))),
    ];
    if let Some(old) = &change.renamed_from {
        line.push((Ink::Plain, format!("  (was {})", visible(old))));
    }
    match change.status {
        Status::Added => line.insert(0, (Ink::Added, "+ ".to_owned())),
        Status::Removed => line.insert(0, (Ink::Removed, "- ".to_owned())),
        Status::Changed => {}
    }
    page.line(0, 2, &line);
    let words = match change.status {
        Status::Added => format!("new, {}", block::counted(n_blocks)),
        Status::Removed => format!("removed, {}", block::counted(n_blocks)),
        Status::Changed => Counts::of(change).words(),
    };
    if !words.is_empty() {
        page.line(2, 4, &plain(words));
    }
}

fn consequence(consequence: &Consequence, page: &mut Page) {
    let text = visible(&consequence.text);
    match consequence.weight {
        Weight::Attention => {
            page.line(
                2,
                4,
                &[(Ink::Attention, "! ".to_owned()), (Ink::Bold, text)],
            );
        }
        Weight::Note => page.line(2, 4, &[(Ink::Faint, "* ".to_owned()), (Ink::Plain, text)]),
    }
}

fn block(block: &Block, page: &mut Page) {
    let (sign, ink) = sign(block.mark);
    page.blank();
    let mut line = vec![
        (ink, format!("{sign} {}", block.id)),
        (Ink::Faint, format!("  {}", block.title)),
    ];
    if let Some(old) = &block.old_id {
        line.push((Ink::Plain, format!("  (was {old})")));
    }
    page.line(2, 6, &line);
    for edit in &block.edits {
        self::edit(edit, ink, page);
    }
}

fn edit(edit: &Edit, ink: Ink, page: &mut Page) {
    let line = match edit {
        Edit::Kind { old, new } => plain(format!("type  {old} -> {new}")),
        Edit::Value(edit) => return value(edit, page),
        Edit::Ways {
            branches,
            old,
            old_is_now,
            new,
        } => {
            let was = match (old, old_is_now) {
                (Some(old), Some(now)) => format!("{old}, now called {now}"),
                (old, _) => old.clone().unwrap_or_default(),
            };
            let (ink, words) = match (old, new) {
                (Some(_), Some(new)) => (Ink::Rewired, format!("now goes to {new} (was {was})")),
                (None, Some(new)) => (Ink::Added, format!("is new, goes to {new}")),
                _ => (Ink::Removed, format!("is gone, went to {was}")),
            };
            vec![
                (ink, branches.join(", ")),
                (Ink::Plain, format!("  {words}")),
            ]
        }
        Edit::Order { old, new } => plain(format!("tried in another order  {new}  (was {old})")),
        Edit::Parameter { path, value } => {
            vec![
                (Ink::Faint, format!("{path}  ")),
                (ink, cut(value, LONGEST)),
            ]
        }
        Edit::Leads { branches, to } => vec![
            (Ink::Faint, format!("{}  ", branches.join(", "))),
            (Ink::Plain, format!("goes to {to}")),
        ],
    };
    page.line(6, 8, &line);
}

fn value(edit: &ValueEdit, page: &mut Page) {
    let path = (Ink::Plain, format!("{}  ", edit.path));
    let mut line = vec![path];
    match &edit.change {
        Change::Added(new) => line.push((Ink::Added, format!("is new: {}", cut(new, LONGEST)))),
        Change::Removed(old) => {
            line.push((Ink::Removed, format!("is gone, was {}", cut(old, LONGEST))))
        }
        Change::Replaced { old, new, said } => {
            line.push((Ink::Removed, cut(old, LONGEST)));
            line.push((Ink::Plain, " -> ".to_owned()));
            line.push((Ink::Added, cut(new, LONGEST)));
            if let Some((old, new)) = said {
                line.push((Ink::Faint, format!("  ({old} -> {new})")));
            }
        }
        Change::Reworded(pieces) => {
            for it in shortened(pieces, CONTEXT) {
                let is_added = matches!(it, Piece::Added(_));
                if page.has_colour()
                    && is_added
                    && line.last().is_some_and(|it| it.0 == Ink::Struck)
                {
                    line.push((Ink::Plain, " ".to_owned()));
                }
                line.push(piece(&it, page.has_colour()));
            }
        }
        Change::Rewritten { old, new } => {
            page.line(6, 8, &line);
            page.line(8, 10, &[(Ink::Removed, format!("- {}", cut(old, LONGEST)))]);
            page.line(8, 10, &[(Ink::Added, format!("+ {}", cut(new, LONGEST)))]);
            return;
        }
        Change::Redacted(shown) => {
            line.push((
                Ink::Plain,
                format!("{}, differs in what is not shown", cut(shown, LONGEST)),
            ));
        }
    }
    page.line(6, 8, &line);
}

fn piece(piece: &Piece, colour: bool) -> (Ink, String) {
    match piece {
        Piece::Same(text) => (Ink::Plain, text.clone()),
        Piece::Removed(text) if colour => (Ink::Struck, cut(text, LONGEST)),
        Piece::Added(text) if colour => (Ink::Inserted, cut(text, LONGEST)),
        Piece::Removed(text) => (Ink::Struck, format!("[-{}-]", cut(text, LONGEST))),
        Piece::Added(text) => (Ink::Inserted, format!("{{+{}+}}", cut(text, LONGEST))),
        Piece::Skipped(n) => (Ink::Faint, format!("... {n} words ...")),
    }
}

/// Blocks that only have another identifier, in one paragraph: there may be one for every block.
fn renamed(blocks: &[Block], page: &mut Page) {
    if blocks.is_empty() {
        return;
    }
    page.blank();
    page.line(
        2,
        6,
        &[(Ink::Rewired, "> renamed, the same otherwise".to_owned())],
    );
    for block in blocks {
        let old = block.old_id.as_deref().unwrap_or_default();
        page.line(
            6,
            8,
            &[
                (Ink::Plain, format!("{old} -> {}", block.id)),
                (Ink::Faint, format!("  {}", block.title)),
            ],
        );
    }
}

/// `- greet  Play prompt  Hello`.
fn in_a_line(block: &Block, page: &mut Page) {
    let (sign, ink) = sign(block.mark);
    let line = [
        (ink, format!("{sign} {}", block.id)),
        (Ink::Plain, format!("  {}", block.title)),
        (Ink::Faint, format!("  {}", cut(block.gist(), GIST))),
    ];
    page.line(2, 6, &line);
}

fn sign(mark: Mark) -> (char, Ink) {
    match mark {
        Mark::Added => ('+', Ink::Added),
        Mark::Removed => ('-', Ink::Removed),
        Mark::Changed => ('~', Ink::Changed),
        Mark::Rewired | Mark::Renamed => ('>', Ink::Rewired),
    }
}

fn document(change: &FlowChange, page: &mut Page) {
    let edits: Vec<ValueEdit> = change
        .diff
        .document
        .iter()
        .flat_map(super::value::edits)
        .collect();
    if edits.is_empty() {
        return;
    }
    page.blank();
    page.line(2, 6, &[(Ink::Changed, "~ the document".to_owned())]);
    for edit in &edits {
        value(edit, page);
    }
}

fn environment(environment: &EnvironmentReview, page: &mut Page) {
    let name = visible(&environment.name);
    page.line(
        0,
        2,
        &[(Ink::Plain, "environment ".to_owned()), (Ink::Bold, name)],
    );
    for variable in &environment.variables {
        page.line(2, 4, &plain(self::variable(variable)));
    }
    let rendered = &environment.rendered.flows;
    if !rendered.is_empty() {
        let addresses: Vec<String> = rendered.iter().map(|it| visible(&it.address)).collect();
        page.line(
            2,
            4,
            &plain(format!("differs here: {}", addresses.join(", "))),
        );
    }
    match &environment.live {
        LiveReview::NotChecked { why } => {
            let line = [
                (Ink::Attention, "live not checked: ".to_owned()),
                (Ink::Plain, visible(why)),
            ];
            page.line(2, 4, &line);
        }
        LiveReview::Checked { comparison, plan } => {
            if comparison.flows.is_empty() {
                page.line(2, 4, &plain("live has the same flows".to_owned()));
            }
            for change in &comparison.flows {
                let counts = Counts::of(change).words();
                let address = visible(&change.address);
                page.line(2, 4, &plain(format!("live {address}  {counts}")));
            }
            if let Some(plan) = plan {
                page.line(2, 4, &plain(format!("a deployment: {}", plan_words(plan))));
            }
            for problem in plan.iter().flat_map(|it| &it.problems) {
                let line = [
                    (Ink::Attention, "! ".to_owned()),
                    (Ink::Plain, visible(problem)),
                ];
                page.line(2, 4, &line);
            }
        }
    }
}

/// `vars.bot_timeout  15m -> 10m`.
fn variable(change: &VariableChange) -> String {
    let name = visible(&change.name);
    if change.is_secret {
        return format!("vars.{name}  differs, secret");
    }
    let value = |it: &Option<String>| it.as_deref().map_or("nothing".to_owned(), visible);
    format!(
        "vars.{name}  {} -> {}",
        value(&change.old),
        value(&change.new)
    )
}

/// `2 to create, 1 to update; 14 calls`.
pub(crate) fn plan_words(plan: &PlanSummary) -> String {
    let counts = [
        (plan.create, "to create"),
        (plan.update, "to update"),
        (plan.delete, "to delete"),
    ];
    let counts = counts.iter().filter(|(n, _)| *n > 0);
    let counts: Vec<String> = counts.map(|(n, word)| format!("{n} {word}")).collect();
    let not_built = match plan.not_built {
        0 => String::new(),
        1 => " (1 Lambda without sources not compared)".to_owned(),
        n => format!(" ({n} Lambdas without sources not compared)"),
    };
    if counts.is_empty() {
        return format!("nothing to do{not_built}");
    }
    let calls = if plan.calls == 1 { "call" } else { "calls" };
    format!("{}; {} {calls}{not_built}", counts.join(", "), plan.calls)
}

fn plain(text: String) -> Vec<(Ink, String)> {
    vec![(Ink::Plain, text)]
}

/// A value in so many characters, and how many there are.
fn cut(text: &str, longest: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(longest) else {
        return text.to_owned();
    };
    let n = text.chars().count();
    format!("{}... ({n} characters)", &text[..end])
}
