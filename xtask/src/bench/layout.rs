//! `bench layout`: how flows are laid out, beside the people who drew them and `connect-flow
//! prettify`.
//!
//! Each drawing of the same flow is measured in the same way: blocks of our sizes at the positions
//! that its Metadata gives, edges straight from the line of a branch to the block it leads to.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use flow::layout::measure::{Drawing, drawing, given};
use flow::layout::placed;
use serde_json::{Value, json};

use super::corpus::{self, Exported};
use super::peer;
use crate::args::BenchArgs;
use crate::exit::Outcome;
use crate::printer::Printer;

/// Flows of fewer actions hardly need a layout.
const SIZES: [usize; 3] = [1, 8, 20];

pub(crate) fn run(args: &BenchArgs, printer: &Printer) -> anyhow::Result<Outcome> {
    let folder = corpus::folder(args.corpus.as_deref())?;
    let flows = corpus::flows(&folder)?;
    let pretty = match prettified(args, &flows, printer) {
        Ok(pretty) => pretty,
        Err(error) => {
            printer.warning(&format!("not measured beside connect-flow: {error:#}"));
            BTreeMap::new()
        }
    };
    let rows = flows.iter().enumerate();
    let rows = rows.filter_map(|(n, it)| Row::new(it, pretty.get(&n)));
    let rows: Vec<Row> = rows.collect();
    printer.view(|| table(&rows), || document(&rows));
    Ok(Outcome::Done)
}

/// The drawings of one flow.
struct Row {
    n_actions: usize,
    ours: Drawing,
    exported: Drawing,
    pretty: Option<Drawing>,
}

impl Row {
    /// None for a flow whose export does not place every block.
    fn new(exported: &Exported, pretty: Option<&Drawing>) -> Option<Self> {
        let flow = &exported.flow;
        Some(Self {
            n_actions: flow.actions.len(),
            ours: drawing(flow, &placed(flow)),
            exported: drawing(flow, &given(flow)?),
            pretty: pretty.copied(),
        })
    }
}

/// What `connect-flow prettify` makes of the flows, by their number. It fails on some.
fn prettified(
    args: &BenchArgs,
    flows: &[Exported],
    printer: &Printer,
) -> anyhow::Result<BTreeMap<usize, Drawing>> {
    let peers = Path::new("target/flowyard/peers");
    let program = peer::connect_flow(args.peer.as_deref(), peers, printer)?;
    let step = printer.step("connect-flow prettify");
    let scratch = tempfile::tempdir()?;
    let (before, after) = (scratch.path().join("in"), scratch.path().join("out"));
    fs::create_dir(&before)?;
    fs::create_dir(&after)?;
    let mut names = Vec::new();
    for (n, it) in flows.iter().enumerate() {
        let name = format!("{n:04}.json");
        fs::copy(&it.path, before.join(&name))?;
        names.push(name);
    }
    prettify(&program, &before, &after, &names)?;
    // One that it fails on ends the run, so the rest is done one by one.
    for name in names.iter().filter(|name| !after.join(name).exists()) {
        prettify(&program, &before, &after, std::slice::from_ref(name))?;
    }
    let mut drawings = BTreeMap::new();
    for (n, name) in names.iter().enumerate() {
        let text = fs::read_to_string(after.join(name)).unwrap_or_default();
        let flow = flow::json::parse(&text).ok();
        let found = flow.and_then(|flow| Some(drawing(&flow, &given(&flow)?)));
        drawings.extend(found.map(|found| (n, found)));
    }
    step.done(&format!("{} of {} flows", drawings.len(), flows.len()));
    if drawings.is_empty() {
        anyhow::bail!("it laid out no flow; it needs Graphviz and its extra `graphviz`");
    }
    Ok(drawings)
}

fn prettify(program: &Path, before: &Path, after: &Path, names: &[String]) -> anyhow::Result<()> {
    let files: Vec<PathBuf> = names.iter().map(|name| before.join(name)).collect();
    // Its exit code says no more than which files are there afterwards.
    Command::new(program)
        .args(["prettify", "--quiet", "--output-dir"])
        .arg(after)
        .args(files)
        .output()?;
    Ok(())
}

/// One measure of the drawings of some flows.
struct Measure {
    what: &'static str,
    /// The median over the flows, and the sum.
    ours: [f64; 2],
    exported: [f64; 2],
    pretty: Option<[f64; 2]>,
}

fn measures(rows: &[&Row]) -> Vec<Measure> {
    let measure = |what, read: fn(&Drawing) -> f64| {
        let pretty = rows.iter().map(|row| row.pretty.as_ref().map(read));
        let pretty: Option<Vec<f64>> = pretty.collect();
        Measure {
            what,
            ours: summary(rows.iter().map(|row| read(&row.ours)).collect()),
            exported: summary(rows.iter().map(|row| read(&row.exported)).collect()),
            pretty: pretty.map(summary),
        }
    };
    vec![
        measure("edges that cross", |it| it.crossings as f64),
        measure("length of all edges", |it| it.length),
        measure("blocks on each other", |it| it.overlaps as f64),
    ]
}

fn summary(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    let median = values.get(values.len() / 2).copied().unwrap_or(f64::NAN);
    [median, values.iter().sum()]
}

/// The flows with at least so many actions that all have drawn.
fn of_size(rows: &[Row], least: usize) -> Vec<&Row> {
    let has_peer = rows.iter().any(|row| row.pretty.is_some());
    let rows = rows.iter();
    rows.filter(|row| row.n_actions >= least && row.pretty.is_some() == has_peer)
        .collect()
}

fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    for least in SIZES {
        let rows = of_size(rows, least);
        text += &format!("{} flows of {least} actions or more\n", rows.len());
        text += &format!(
            "  {:<22}{:>20}{:>20}{:>20}\n",
            "median (sum)", "ours", "as exported", "connect-flow"
        );
        for it in measures(&rows) {
            let cell = |it: [f64; 2]| format!("{:.0} ({:.0})", it[0], it[1]);
            text += &format!(
                "  {:<22}{:>20}{:>20}{:>20}\n",
                it.what,
                cell(it.ours),
                cell(it.exported),
                it.pretty.map_or("not measured".to_owned(), cell)
            );
        }
        text += &ratios(&rows);
    }
    text
}

/// The length against each of the others, flow by flow.
fn ratios(rows: &[&Row]) -> String {
    let median = |other: fn(&Row) -> Option<f64>| {
        let ratios = rows.iter();
        let ratios = ratios.filter_map(|row| Some(row.ours.length / other(row)?.max(1.0)));
        summary(ratios.collect())[0]
    };
    let exported = median(|row| Some(row.exported.length));
    let pretty = median(|row| row.pretty.map(|it| it.length));
    let mut text = format!("  length, ours to theirs {:>38.2}", exported);
    if pretty.is_finite() {
        text += &format!("{pretty:>20.2}");
    }
    text + "\n"
}

fn document(rows: &[Row]) -> Value {
    let sizes = SIZES.map(|least| {
        let rows = of_size(rows, least);
        let measures = measures(&rows).into_iter().map(|it| {
            let pair = |it: [f64; 2]| json!({ "median": it[0], "sum": it[1] });
            json!({
                "measure": it.what,
                "ours": pair(it.ours),
                "exported": pair(it.exported),
                "connect_flow": it.pretty.map(pair),
            })
        });
        json!({
            "least_actions": least,
            "flows": rows.len(),
            "measures": measures.collect::<Vec<_>>(),
        })
    });
    json!({ "sizes": sizes })
}
