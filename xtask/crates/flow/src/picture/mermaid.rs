//! A scene as a Mermaid flowchart, for Markdown on forges.
//!
//! Forges render with Mermaid's own limits, 50,000 characters and 500 edges, and a diagram cannot
//! raise them (<https://mermaid.js.org/config/schema-docs/config.html>, `maxTextSize`, `maxEdges`,
//! `secure`). A flow that is too large is drawn with less text, and at the end with fewer edges;
//! a comment says so.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::{self, Write as _};

use crate::catalogue::Family;

use super::mark::Mark;
use super::part::Part;
use super::scene::{Block, Row, RowKind, Scene, Target};
use super::text;

const MAX_CHARACTERS: usize = 50_000;
const MAX_EDGES: usize = 500;
/// A reader follows far fewer.
const MAX_EDGES_OF_DIFFERENCE: usize = 300;
/// So many differences beside the blocks are said.
const MAX_DOCUMENT: usize = 4;
/// Up to so many blocks are drawn as a whole.
const MAX_READABLE: usize = 24;

/// How much of a flow is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Everything,
    /// Without what the actions do.
    Names,
    /// Without what the designer calls the blocks, and without labels of branches.
    ShortNames,
}

/// How much detail is tried, the most first.
const DETAILS: [Detail; 3] = [Detail::Everything, Detail::Names, Detail::ShortNames];

/// The flowchart.
pub fn draw(scene: &Scene) -> String {
    let part = Part::whole(scene);
    let edges = edges(scene, &part);
    for detail in DETAILS {
        let n_edges = edges.len().min(MAX_EDGES);
        let chart = chart(scene, &part, &edges[..n_edges], edges.len(), detail);
        if chart.chars().count() <= MAX_CHARACTERS {
            return chart;
        }
    }
    largest_that_fits(scene, &edges)
}

/// The flowchart of two versions, in at most so many bytes. A flow too large to be read as a whole
/// is drawn around its differences.
pub fn draw_difference(scene: &Scene, most: usize) -> String {
    let most = most.min(MAX_CHARACTERS);
    let n_marked = scene.blocks.iter().filter(|it| it.mark.is_some()).count();
    let whole = (scene.blocks.len() <= MAX_READABLE).then(|| Part::whole(scene));
    let around = Part::around_marks(scene, usize::MAX, true);
    let around = (around.n_shown() <= n_marked.max(MAX_READABLE * 2)).then_some(around);
    let marked = Part::around_marks(scene, usize::MAX, false);
    for part in whole.into_iter().chain(around).chain([marked]) {
        for detail in DETAILS {
            let chart = difference_chart(scene, &part, detail);
            if chart.len() <= most {
                return chart;
            }
        }
    }
    let mut n_shown = n_marked;
    loop {
        n_shown = n_shown * 3 / 4;
        let part = Part::around_marks(scene, n_shown, false);
        let chart = difference_chart(scene, &part, Detail::ShortNames);
        if chart.len() <= most || n_shown == 0 {
            return chart;
        }
    }
}

fn difference_chart(scene: &Scene, part: &Part, detail: Detail) -> String {
    let edges = edges(scene, part);
    let n_edges = edges.len().min(MAX_EDGES_OF_DIFFERENCE);
    chart(scene, part, &edges[..n_edges], edges.len(), detail)
}

/// The chart with as many edges, and then blocks, as there is room for.
fn largest_that_fits(scene: &Scene, edges: &[Drawn]) -> String {
    let mut n_blocks = scene.blocks.len();
    loop {
        n_blocks = n_blocks * 3 / 4;
        let mut small = scene.clone();
        small.blocks.truncate(n_blocks);
        let is_inside = |node: Node| !matches!(node, Node::Block(n) if n >= n_blocks);
        let kept = edges
            .iter()
            .filter(|it| is_inside(it.from) && is_inside(it.to));
        let kept: Vec<Drawn> = kept.take(MAX_EDGES).cloned().collect();
        let part = Part::whole(&small);
        let mut chart = chart(&small, &part, &kept, edges.len(), Detail::ShortNames);
        let note = format!("%% {n_blocks} of {} blocks are drawn\n", scene.blocks.len());
        chart.push_str(&note);
        if chart.chars().count() <= MAX_CHARACTERS || n_blocks == 0 {
            return chart;
        }
    }
}

/// One end of an edge.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Node {
    Entry,
    Block(usize),
    /// Blocks that are not drawn.
    Stub(usize),
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Entry => f.write_str("entry"),
            Node::Block(n) => write!(f, "n{n}"),
            Node::Stub(n) => write!(f, "s{n}"),
        }
    }
}

/// All ways from one block to another with the same mark, drawn as one edge.
#[derive(Clone)]
struct Drawn {
    from: Node,
    to: Node,
    labels: Vec<String>,
    is_error: bool,
    mark: Option<Mark>,
    is_former: bool,
}

/// The edges: ways that lead from one block to the same other one are one edge, those of errors
/// apart. Errors come last, and what differs first, since the last are left out first.
fn edges(scene: &Scene, part: &Part) -> Vec<Drawn> {
    let node = |n: usize| match part.stub_of.get(n).copied().flatten() {
        Some(stub) => Node::Stub(stub),
        None => Node::Block(n),
    };
    let mut drawn: Vec<Drawn> = Vec::new();
    let mut known = HashMap::new();
    for edge in &scene.edges {
        let (from, to) = (
            edge.from.map_or(Node::Entry, |it| node(it.0)),
            node(edge.to),
        );
        let is_stub = matches!(from, Node::Stub(_)) || matches!(to, Node::Stub(_));
        if is_stub && (from == to || !part.shows_stub_edge(edge)) {
            continue;
        }
        let row = scene.row(edge);
        // What happens on the way to a stub does not matter to anybody who does not see it.
        let is_error = !is_stub && row.is_some_and(|it| it.kind == RowKind::Error);
        let mark = scene.edge_mark(edge);
        let key = (from, to, is_error, mark, edge.is_former);
        let n = *known.entry(key).or_insert(drawn.len());
        if n == drawn.len() {
            drawn.push(Drawn {
                from,
                to,
                labels: Vec::new(),
                is_error,
                mark,
                is_former: edge.is_former,
            });
        }
        if !is_stub || mark.is_some() {
            drawn[n].labels.extend(row.map(|it| it.label.clone()));
        }
    }
    drawn.sort_by_key(|it| (it.mark.is_none(), it.is_error));
    drawn
}

/// Text line by line; links are counted, since styles go by their numbers.
struct Chart {
    text: String,
    n_links: usize,
    /// The numbers of the marked links.
    marked: BTreeMap<&'static str, Vec<usize>>,
}

impl Chart {
    fn line(&mut self, text: &str) {
        self.text.push_str("  ");
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn link(&mut self, text: &str, mark: Option<Mark>, is_former: bool) {
        self.line(text);
        if let Some(mark) = mark {
            let marked = self.marked.entry(link_style(mark, is_former)).or_default();
            marked.push(self.n_links);
        }
        self.n_links += 1;
    }
}

fn chart(scene: &Scene, part: &Part, edges: &[Drawn], n_all: usize, detail: Detail) -> String {
    let mut chart = Chart {
        text: String::from("flowchart LR\n"),
        n_links: 0,
        marked: BTreeMap::new(),
    };
    match detail {
        Detail::Everything => {}
        Detail::Names => chart.line("%% abbreviated: what the actions do is left out"),
        Detail::ShortNames => chart.line("%% abbreviated: only the names of the actions are shown"),
    }
    if edges.len() < n_all {
        chart.line(&format!(
            "%% {} of {n_all} edges are drawn: forges render at most {MAX_EDGES}",
            edges.len()
        ));
    }
    chart.line("entry([\"Entry\"])");
    let shown = scene.blocks.iter().enumerate();
    for (n, block) in shown.filter(|(n, _)| part.is_shown.get(*n) == Some(&true)) {
        let class = class(scene, block);
        chart.line(&format!(
            "n{n}[\"{}\"]:::{class}",
            label(scene, block, detail)
        ));
        for (row, it) in block.rows.iter().enumerate() {
            push_missing(&mut chart, n, row, it);
        }
    }
    push_stubs(&mut chart, part, edges);
    push_document(&mut chart, scene);
    for edge in edges {
        let label = edge_label(edge, detail);
        let arrow = match (edge.mark, edge.is_error) {
            (Some(Mark::Removed), _) => "-.->",
            (Some(Mark::Rewired), _) if edge.is_former => "-.->",
            (Some(_), _) => "==>",
            (None, true) => "-.->",
            (None, false) => "-->",
        };
        let line = format!("{} {arrow}{label} {}", edge.from, edge.to);
        chart.link(&line, edge.mark, edge.is_former);
    }
    push_styles(&mut chart, scene);
    chart.text
}

fn push_missing(chart: &mut Chart, block: usize, row: usize, it: &Row) {
    let targets = [(Some(&it.to), 'm'), (it.was.as_ref(), 'w')];
    for (target, letter) in targets {
        let Some(Target::Missing(name)) = target else {
            continue;
        };
        let name = quoted(&text::cut(&text::one_line(name), 240, 12));
        let node = format!("n{block}{letter}{row}");
        chart.line(&format!("{node}[\"{name} is missing\"]:::is_missing"));
        let label = signed(it.mark, &it.label);
        let line = format!("n{block} -.->|\"{}\"| {node}", quoted(&label));
        chart.link(&line, it.mark, letter == 'w');
    }
}

/// What differs beside the blocks, as a node of its own.
fn push_document(chart: &mut Chart, scene: &Scene) {
    let document = scene.difference.as_ref().map_or(&[][..], |it| &it.document);
    if document.is_empty() {
        return;
    }
    let lines = document.iter().take(MAX_DOCUMENT).map(|it| {
        let value =
            |it: &Option<String>| it.as_deref().map_or("nothing".to_owned(), text::one_line);
        let path = text::one_line(&it.path);
        let line = format!("{path}: {} → {}", value(&it.old), value(&it.new));
        quoted(&text::cut(&line, 300, 12))
    });
    let mut label = quoted(&signed(Some(Mark::Changed), "beside the blocks"));
    for line in lines {
        label.push_str("<br/>");
        label.push_str(&line);
    }
    if document.len() > MAX_DOCUMENT {
        label.push_str(&format!("<br/>and {} more", document.len() - MAX_DOCUMENT));
    }
    chart.line(&format!("beside[\"{label}\"]:::changed"));
}

/// Stubs at which an edge ends, and one for all the others.
fn push_stubs(chart: &mut Chart, part: &Part, edges: &[Drawn]) {
    let what = part.what_is_hidden();
    let ends: HashSet<Node> = edges.iter().flat_map(|it| [it.from, it.to]).collect();
    let mut n_elsewhere = 0;
    for (n, n_blocks) in part.n_in_stub.iter().enumerate() {
        if ends.contains(&Node::Stub(n)) {
            chart.line(&format!("s{n}[\"… {n_blocks} {what}\"]:::stub"));
        } else {
            n_elsewhere += n_blocks;
        }
    }
    if n_elsewhere > 0 {
        chart.line(&format!(
            "elsewhere[\"… {n_elsewhere} {what} elsewhere\"]:::stub"
        ));
    }
    if part.n_left_out > 0 {
        let n = part.n_left_out;
        chart.line(&format!(
            "rest[\"{n} more that differ are not drawn\"]:::stub"
        ));
    }
}

fn edge_label(edge: &Drawn, detail: Detail) -> String {
    let labels = text::cut(&edge.labels.join(", "), 240, 12);
    let is_left_out = detail == Detail::ShortNames && edge.mark.is_none();
    let label = match edge.mark {
        _ if is_left_out => return String::new(),
        Some(Mark::Rewired) if edge.is_former => format!("was {labels}"),
        mark => signed(mark, &labels),
    };
    match label.trim() {
        "" => String::new(),
        label => format!("|\"{}\"|", quoted(label)),
    }
}

fn signed(mark: Option<Mark>, label: &str) -> String {
    match mark {
        Some(mark) => format!("{} {label}", mark.sign()),
        None => label.to_owned(),
    }
}

/// Blocks of one version are coloured by what they are for, those of two by what differs.
fn class(scene: &Scene, block: &Block) -> String {
    match (&scene.difference, block.mark) {
        (Some(_), Some(mark)) => mark.as_str().to_owned(),
        (Some(_), None) => "same".to_owned(),
        (None, _) => format!("is_{}", block.family()),
    }
}

fn push_styles(chart: &mut Chart, scene: &Scene) {
    for (style, links) in std::mem::take(&mut chart.marked) {
        let links: Vec<String> = links.iter().map(ToString::to_string).collect();
        chart.line(&format!("linkStyle {} {style}", links.join(",")));
    }
    if scene.difference.is_some() {
        // Each costs room that a comment may not have.
        let same = ("same", "fill:#f6f8fa,stroke:#8c959f,color:#424a53");
        let stub = (
            "stub",
            "fill:#ffffff,stroke:#8c959f,color:#57606a,stroke-dasharray:2 3",
        );
        let marks = Mark::ALL.map(|it| (it.as_str(), mark_colours(it)));
        for (class, colours) in marks.into_iter().chain([same, stub]) {
            if chart.text.contains(&format!(":::{class}\n")) {
                chart.line(&format!("classDef {class} {colours}"));
            }
        }
    } else {
        for family in Family::ALL {
            let colours = colours(Some(family));
            // `end` alone would end a subgraph.
            chart.line(&format!("classDef is_{} {colours}", family.as_str()));
        }
        chart.line(&format!("classDef is_other {}", colours(None)));
    }
    if scene.difference.is_some() && !chart.text.contains(":::is_missing\n") {
        return;
    }
    chart
        .line("classDef is_missing fill:#ffffff,stroke:#c0272d,color:#c0272d,stroke-dasharray:4 3");
}

fn label(scene: &Scene, block: &Block, detail: Detail) -> String {
    let name = match scene.difference {
        Some(_) => text::short_id(&block.name),
        None => text::one_line(&block.name),
    };
    let name = quoted(&text::cut(&name, 300, 12));
    let marks: Vec<String> = block
        .marks()
        .map(|it| signed(Some(it), it.as_str()))
        .collect();
    let mut label = match marks.join(", ").as_str() {
        "" => String::new(),
        marks => format!("{}<br/>", quoted(marks)),
    };
    if detail == Detail::ShortNames {
        return label + &name;
    }
    write!(label, "{}<br/>{name}", quoted(&block.title)).expect("a string takes everything");
    if detail == Detail::Everything {
        for line in lines(scene, block) {
            label.push_str("<br/>");
            label.push_str(&quoted(&line));
        }
    }
    label
}

/// What a block says. Of one that stays as it is among others that do not, a hint is enough.
fn lines(scene: &Scene, block: &Block) -> Vec<String> {
    if scene.difference.is_some() && block.mark.is_none() {
        let hint = block.says.iter().take(1);
        return hint.map(|it| text::cut(it, 240, 12)).collect();
    }
    let notes = block.notes.iter().map(|it| it.text.clone());
    block.lines.iter().cloned().chain(notes).collect()
}

/// Light fills with dark text read on light and on dark pages.
fn colours(family: Option<Family>) -> &'static str {
    match family {
        Some(Family::Interact) => "fill:#dcebfb,stroke:#2f7cd0,color:#16191f",
        Some(Family::Set) => "fill:#e8e2f8,stroke:#7a5bc7,color:#16191f",
        Some(Family::Check) => "fill:#fdecd2,stroke:#d9822b,color:#16191f",
        Some(Family::Integrate) => "fill:#d8f1ea,stroke:#14907a,color:#16191f",
        Some(Family::End) => "fill:#fbdfe0,stroke:#cf3f49,color:#16191f",
        None => "fill:#e9ebed,stroke:#687078,color:#16191f",
    }
}

fn mark_colours(mark: Mark) -> &'static str {
    match mark {
        Mark::Added => "fill:#d3f5dc,stroke:#1a8a3c,stroke-width:3px,color:#16191f",
        Mark::Removed => {
            "fill:#fde3e1,stroke:#c0272d,stroke-width:3px,stroke-dasharray:7 4,color:#16191f"
        }
        Mark::Changed => "fill:#fdf0c8,stroke:#b7791f,stroke-width:3px,color:#16191f",
        Mark::Rewired => "fill:#dbe8ff,stroke:#2563eb,stroke-width:3px,color:#16191f",
        Mark::Renamed => "fill:#ebe3fa,stroke:#7a5bc7,stroke-width:3px,color:#16191f",
    }
}

/// Colours that are seen on light and on dark pages.
fn link_style(mark: Mark, is_former: bool) -> &'static str {
    match mark {
        Mark::Added => "stroke:#2da44e,stroke-width:3px",
        Mark::Removed => "stroke:#e5534b,stroke-width:2px,stroke-dasharray:2 4",
        Mark::Rewired if is_former => "stroke:#4c8dff,stroke-width:1px,stroke-dasharray:2 4",
        Mark::Rewired => "stroke:#4c8dff,stroke-width:3px",
        Mark::Changed | Mark::Renamed => "stroke:#b7791f,stroke-width:3px",
    }
}

/// Text inside the quotes of a label. What means something to Mermaid, to its Markdown or to HTML
/// is written as an entity: `#` and the character's number.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for c in text::one_line(text).chars() {
        let is_list = matches!(c, '.' | ')' | '-' | '+') && is_list_so_far(&quoted);
        match c {
            '"' | '#' | '&' | '<' | '>' | '`' | '*' | '_' | '~' | '[' | ']' | '{' | '}' | '('
            | ')' | '|' | '\\' | '^' | '$' | '%' | '@' | ';' => push_entity(&mut quoted, c),
            c if is_list => push_entity(&mut quoted, c),
            c => quoted.push(c),
        }
    }
    // `fa:fa-...` would become an icon.
    quoted.replace(":fa-", "#58;fa-")
}

/// Whether the text would become a list in Markdown with what follows.
fn is_list_so_far(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit())
}

fn push_entity(text: &mut String, c: char) {
    write!(text, "#{};", u32::from(c)).expect("a string takes everything");
}
