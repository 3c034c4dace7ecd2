//! What a comment consists of, from the top to the bottom, each part whole and in shorter forms.

use flow::diagnostic::{Diagnostic, Severity};

use super::budget::{Part, Step};
use super::{LIMIT, Options};
use crate::comparison::{FlowChange, Weight};
use crate::review::{EnvironmentReview, Review};
use crate::view::environment;
use crate::view::escape::{fenced, html, html_prose, prose, sentence};
use crate::view::markdown::{conclusion, follows};
use crate::view::section::{self, Detail, Section, cut, name};

/// Where a part stands, and what is counted if it is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Fixed,
    Row,
    /// Says how many rows are left out.
    AfterRows,
    /// Says what is cut.
    Note,
    Section,
    Environment,
    AfterEnvironments,
    Finding,
    AfterFindings,
}

/// The sizes of pictures in bytes, at most.
const PICTURE: usize = 16_000;
const SMALL_PICTURE: usize = 5_000;
/// The length of sentences and values in characters.
const SENTENCE: usize = 300;
/// More errors are counted and not listed; nobody reads them in a comment.
const MOST_FINDINGS: usize = 30;
const MOST_ENVIRONMENTS: usize = 8;
/// Consequences that are left of a flow when there is room for nothing else.
const FEW: usize = 3;

/// All parts in their order.
pub(super) fn of(review: &Review, options: &Options) -> Vec<(Kind, Part)> {
    let mut flows: Vec<&FlowChange> = review.sources.flows.iter().collect();
    flows.sort_by_key(|it| !needs_attention(it));
    let sections: Vec<Section<'_>> = flows.iter().map(|it| Section::of(it)).collect();
    let mut parts = vec![(Kind::Fixed, Part::fixed(head(review)))];
    parts.extend(table(review, &flows));
    parts.push((Kind::Note, Part::default()));
    let place = parts.len();
    parts.extend(environments(review));
    parts.extend(findings(&review.findings));
    parts.push((Kind::Fixed, Part::fixed(foot(review, options))));
    // A picture goes before anything else is shortened, so there is no need to draw any if
    // something else has to be.
    let without: Vec<_> = sections.iter().map(|it| self::section(it, false)).collect();
    let whole = |parts: &[(Kind, Part)]| -> usize {
        let forms = parts.iter().filter_map(|it| it.1.forms.first());
        forms.map(|it| it.text.len()).sum()
    };
    let has_room = whole(&parts) + whole(&without) < LIMIT;
    let sections = match has_room {
        true => sections.iter().map(|it| self::section(it, true)).collect(),
        false => without,
    };
    parts.splice(place..place, sections);
    parts
}

fn needs_attention(change: &FlowChange) -> bool {
    let mut consequences = change.consequences.iter();
    consequences.any(|it| it.weight == Weight::Attention)
}

fn head(review: &Review) -> String {
    let sources = &review.sources;
    let (old, new) = (name(&sources.old), name(&sources.new));
    let conclusion = conclusion(sources);
    let mut head = format!(
        "{}\n## Flow review\n\n**{conclusion}**: {old} → {new}\n",
        super::MARKER
    );
    let flows = sources
        .flows
        .iter()
        .filter(|it| needs_attention(it))
        .count();
    if flows > 0 {
        let s = if flows == 1 { "flow has" } else { "flows have" };
        head.push_str(&format!("\n**{flows} {s} consequences to look at.**\n"));
    }
    head
}

/// A row for each flow, those first that need attention, and then those that differ only in
/// environments.
fn table(review: &Review, flows: &[&FlowChange]) -> Vec<(Kind, Part)> {
    let only_there = only_in_environments(review);
    if flows.is_empty() && only_there.is_empty() {
        return Vec::new();
    }
    let has_environments = !review.environments.is_empty();
    let (more, line) = if has_environments {
        (" environments |", "---|")
    } else {
        ("", "")
    };
    let heading = format!("\n| flow | what differs | consequences |{more}\n|---|---|---|{line}\n");
    let mut parts = vec![(Kind::Fixed, Part::fixed(heading))];
    let mut row = |cells: &[String], needs_attention| {
        let step = if needs_attention {
            Step::AttentionRow
        } else {
            Step::Row
        };
        let mut part =
            Part::fixed(format!("| {} |\n", cells.join(" | "))).then(step, String::new());
        part.needs_attention = needs_attention;
        parts.push((Kind::Row, part));
    };
    for change in flows {
        let mut cells = vec![
            section::heading(change),
            section::happened(change),
            follows(change),
        ];
        if has_environments {
            cells.push(where_it_differs(review, &change.address));
        }
        row(&cells, needs_attention(change));
    }
    for change in only_there {
        let there = where_it_differs(review, &change.address);
        let cells = [
            section::heading(change),
            "values of environments".to_owned(),
            follows(change),
            there,
        ];
        row(&cells, needs_attention(change));
    }
    parts.push((Kind::AfterRows, Part::default()));
    parts
}

/// Flows that do not differ in the sources, and do as an environment renders them.
fn only_in_environments(review: &Review) -> Vec<&FlowChange> {
    let is_in_sources = |address: &str| review.sources.flows.iter().any(|it| it.address == address);
    let mut flows: Vec<&FlowChange> = Vec::new();
    for change in review.environments.iter().flat_map(|it| &it.rendered.flows) {
        let is_known = flows.iter().any(|it| it.address == change.address);
        if !is_known && !is_in_sources(&change.address) {
            flows.push(change);
        }
    }
    flows
}

fn where_it_differs(review: &Review, address: &str) -> String {
    let differs =
        |it: &&EnvironmentReview| it.rendered.flows.iter().any(|it| it.address == address);
    let names: Vec<&str> = review
        .environments
        .iter()
        .filter(differs)
        .map(|it| it.name.as_str())
        .collect();
    match names.len() {
        0 => "none".to_owned(),
        n if n == review.environments.len() && n > 1 => "all".to_owned(),
        n if n > MOST_ENVIRONMENTS => format!("{n} of {}", review.environments.len()),
        _ => prose(&cut(&names.join(", "), SENTENCE)),
    }
}

/// A flow, from everything that is known to its place in the table.
fn section(section: &Section<'_>, with_pictures: bool) -> (Kind, Part) {
    let change = section.change;
    let needs_attention = needs_attention(change);
    let full = section.body(&Detail::FULL);
    let mut part = Part {
        needs_attention,
        ..Part::default()
    };
    if with_pictures {
        for (step, most) in [
            (Step::Whole, PICTURE),
            (Step::PictureSmaller, SMALL_PICTURE),
        ] {
            if let Some(picture) = section.picture(most) {
                part = part.then(step, folded(change, &format!("{full}\n{picture}")));
            }
        }
    }
    let (names, line) = if needs_attention {
        (Step::NamesWithAttention, in_a_line(section, usize::MAX))
    } else {
        (Step::Names, String::new())
    };
    part = part
        .then(Step::Picture, folded(change, &full))
        .then(Step::Context, folded(change, &section.body(&Detail::SHORT)))
        .then(
            Step::Words,
            folded(change, &section.body(&Detail::SHORTEST)),
        )
        .then(names, folded(change, &section.names()))
        .then(Step::Line, line);
    if needs_attention {
        part = part
            .then(Step::FewConsequences, in_a_line(section, FEW))
            .then(Step::AttentionItem, String::new());
    }
    (Kind::Section, part)
}

/// The flow below a line that can be opened; open if it needs attention.
fn folded(change: &FlowChange, body: &str) -> String {
    let open = if needs_attention(change) { " open" } else { "" };
    let address = html(&cut(&change.address, 128));
    let title = match section::title(change) {
        "" => String::new(),
        title => format!(" <b>{}</b>", html_prose(&cut(title, 128))),
    };
    let happened = section::happened(change);
    format!(
        "\n<details{open}>\n<summary><code>{address}</code>{title}: {happened}</summary>\n\n{}\n\n</details>\n",
        body.trim_end()
    )
}

fn in_a_line(section: &Section<'_>, most: usize) -> String {
    let (change, items) = (section.change, &section.attention);
    let n_more = items.len().saturating_sub(most);
    let items = items.iter().take(most);
    let items: String = items.map(|it| format!("  {it}")).collect();
    let more = match n_more {
        0 => String::new(),
        n => format!("  - and {n} more\n"),
    };
    let (heading, happened) = (section::heading(change), section::happened(change));
    format!("\n- {heading}: {happened}\n{items}{more}")
}

fn environments(review: &Review) -> Vec<(Kind, Part)> {
    if review.environments.is_empty() {
        return Vec::new();
    }
    let heading = "\n### Environments\n\n".to_owned();
    let mut parts = vec![(Kind::Fixed, Part::fixed(heading))];
    for it in &review.environments {
        let whole = environment::environment(it, &review.groups);
        let headline = format!("- {}\n", environment::headline(it));
        let part = Part::fixed(whole)
            .then(Step::EnvironmentDetail, headline)
            .then(Step::Environment, String::new());
        parts.push((Kind::Environment, part));
    }
    parts.push((Kind::AfterEnvironments, Part::default()));
    parts
}

/// What `check` finds: errors in a line each, the rest in numbers.
fn findings(findings: &[Diagnostic]) -> Vec<(Kind, Part)> {
    let count = |severity| findings.iter().filter(|it| it.severity == severity).count();
    let counts = [
        (count(Severity::Error), "error"),
        (count(Severity::Warning), "warning"),
        (count(Severity::Info), "hint"),
    ];
    let counts = counts.iter().filter(|(n, _)| *n > 0);
    let counts: Vec<String> = counts.map(|(n, word)| counted(*n, word)).collect();
    let summary = match counts.as_slice() {
        [] => "nothing".to_owned(),
        counts => counts.join(", "),
    };
    let heading = format!("\n### Check\n\n`cargo xtask check` finds {summary}.\n");
    let mut parts = vec![(Kind::Fixed, Part::fixed(heading))];
    let errors = findings.iter().filter(|it| it.severity == Severity::Error);
    for (n, error) in errors.enumerate() {
        let line = if n < MOST_FINDINGS {
            finding(error, n == 0)
        } else {
            String::new()
        };
        let part = Part::fixed(line).then(Step::Finding, String::new());
        parts.push((Kind::Finding, part));
    }
    parts.push((Kind::AfterFindings, Part::default()));
    parts
}

fn finding(finding: &Diagnostic, is_first: bool) -> String {
    let place = finding.span().map_or(String::new(), |span| {
        let (line, _) = span.file.line_column(span.range.start);
        format!("{} ", name(&format!("{}:{line}", span.file.path)))
    });
    let headline = sentence(&cut(&finding.headline, SENTENCE));
    let space = if is_first { "\n" } else { "" };
    format!("{space}- {place}**{}** {headline}\n", finding.code)
}

pub(super) fn counted(n: usize, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{n} {what}{s}")
}

/// How to see it on one's own machine, and where the rest is.
fn foot(review: &Review, options: &Options) -> String {
    let base = quoted(&options.base);
    let mut commands = format!("cargo xtask diff --base {base}...\n");
    let environments = review.environments.iter().take(MOST_ENVIRONMENTS);
    let environments: String = environments
        .map(|it| format!(" --env {}", quoted(&it.name)))
        .collect();
    commands.push_str(&format!(
        "cargo xtask review --base {base}{environments} --out review\n"
    ));
    let commands = fenced("sh", &commands);
    let artifacts = match review.sources.flows.first() {
        Some(change) => {
            let address = cut(&change.address, 128);
            let (page, picture) = (
                name(&format!("{address}.html")),
                name(&format!("{address}.svg")),
            );
            format!(
                "Among the artifacts of this run are for each flow a page with both versions side by side ({page}) and a picture ({picture}), and everything as data (`review.json`).\n"
            )
        }
        None => String::new(),
    };
    format!(
        "\n<details>\n<summary>See it on your machine</summary>\n\n{commands}\n{artifacts}\n</details>\n"
    )
}

/// A word of a shell command.
fn quoted(text: &str) -> String {
    let text = crate::view::visible(&cut(text, 128));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._/@~^-+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
