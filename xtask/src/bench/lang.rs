//! `bench lang`: compiling and checking flows, on one core, and as a whole process beside
//! `connect-flow lint`.

use std::ffi::OsStr;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use flow::bind::Bindings;
use flow::diagnostic::SourceFile;
use flow::model::Flow;
use flow_source::import::{Document, import};
use flow_source::lint::lint;
use flow_source::{Names, compile_watched, document_from_json, names_of};
use serde_json::{Value, json};

use super::corpus::{self, Exported};
use super::measure::{
    PROCESS_ROUNDS, Process, Processes, ROUNDS, in_turn, median, milliseconds, profile, stages_json,
};
use super::peer;
use crate::args::BenchArgs;
use crate::exit::Outcome;
use crate::printer::Printer;

/// Goals of the design: actions a second on one core, and our time as a part of the peer's.
const GOAL_ACTIONS: f64 = 500_000.0;
const GOAL_RATIO: f64 = 1.0 / 20.0;

pub(crate) fn run(args: &BenchArgs, printer: &Printer) -> anyhow::Result<Outcome> {
    let flows = match corpus::folder(args.corpus.as_deref()) {
        Ok(folder) => Some(corpus::flows(&folder)?),
        Err(error) if args.corpus.is_some() => return Err(error),
        Err(_) => None,
    };
    let mut rows = vec![of_yaml(
        "written flows of 250 actions",
        &made(),
        &names_of_made(),
    )];
    let mut processes = None;
    if let Some(flows) = &flows {
        let (sources, names) = imported(flows)?;
        rows.push(of_yaml("corpus as YAML", &sources, &names));
        rows.push(of_json("corpus as JSON", flows)?);
        match beside_the_peer(args, flows, printer) {
            Ok(found) => processes = Some(found),
            Err(error) => {
                printer.warning(&format!("not measured beside connect-flow: {error:#}"));
            }
        }
    } else {
        printer.note("no corpus of exported flows here: name one with --corpus DIR");
    }
    printer.view(
        || table(&rows, processes.as_ref()),
        || document(&rows, processes.as_ref()),
    );
    Ok(Outcome::Done)
}

/// The stages of the work on some flows, each with the median of its times.
struct Row {
    what: &'static str,
    n_actions: usize,
    stages: Vec<(&'static str, Duration)>,
    whole: Duration,
}

impl Row {
    fn actions_per_second(&self) -> f64 {
        self.n_actions as f64 / self.whole.as_secs_f64()
    }
}

/// Does something a number of times; it gives the times of its stages.
fn medians(mut work: impl FnMut() -> Vec<Duration>) -> (Vec<Duration>, Duration) {
    // The first time fills caches and whatever is made lazily.
    let n_stages = work().len();
    let rounds: Vec<Vec<Duration>> = (0..ROUNDS).map(|_| work()).collect();
    let stage = |n: usize| median(rounds.iter().filter_map(|it| it.get(n).copied()).collect());
    let whole = median(rounds.iter().map(|it| it.iter().sum()).collect());
    ((0..n_stages).map(stage).collect(), whole)
}

fn of_yaml(what: &'static str, sources: &[Arc<SourceFile>], names: &Names) -> Row {
    let mut n_actions = 0;
    let (times, whole) = medians(|| {
        let mut times = Vec::new();
        let mut started = Instant::now();
        let mut lap = || {
            let now = Instant::now();
            times.push(now - started);
            started = now;
        };
        let (flows, _) = compile_watched(sources, names, |_| lap());
        let subjects = flows.iter().map(|it| it.subject(&it.definition.flow));
        black_box(lint(&subjects.collect::<Vec<_>>()));
        lap();
        n_actions = flows
            .iter()
            .map(|it| it.definition.flow.actions.len())
            .sum();
        times
    });
    let names = ["parse", "expand", "lower", "lint"];
    Row {
        what,
        n_actions,
        stages: names.into_iter().zip(times).collect(),
        whole,
    }
}

fn of_json(what: &'static str, flows: &[Exported]) -> anyhow::Result<Row> {
    let files = files(flows)?;
    let (times, whole) = medians(|| {
        let started = Instant::now();
        let read = files
            .iter()
            .filter_map(|it| document_from_json(it, None).ok());
        let documents: Vec<_> = read.collect();
        let parsed = started.elapsed();
        let subjects: Vec<_> = documents.iter().map(|it| it.subject()).collect();
        black_box(lint(&subjects));
        vec![parsed, started.elapsed() - parsed]
    });
    Ok(Row {
        what,
        n_actions: flows.iter().map(|it| it.flow.actions.len()).sum(),
        stages: ["parse", "lint"].into_iter().zip(times).collect(),
        whole,
    })
}

fn files(flows: &[Exported]) -> anyhow::Result<Vec<Arc<SourceFile>>> {
    let file = |it: &Exported| {
        let text = std::fs::read_to_string(&it.path)
            .with_context(|| format!("cannot read {}", it.path.display()))?;
        Ok(SourceFile::new(it.path.to_string_lossy(), text))
    };
    flows.iter().map(file).collect()
}

/// The flows as `import` writes them, without their layouts: as sources that people write.
fn imported(flows: &[Exported]) -> anyhow::Result<(Vec<Arc<SourceFile>>, Names)> {
    let documents = files(flows)?
        .into_iter()
        .zip(flows)
        .map(|(file, it)| Document {
            file,
            stem: it
                .path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        });
    let imported = import(&documents.collect::<Vec<_>>(), &Bindings::default(), None);
    let names = names_of(&imported.bindings);
    let sources = imported.flows.into_iter().map(|flow| {
        let path = format!("{}.yaml", flow.definition.name);
        SourceFile::new(path, flow.yaml)
    });
    Ok((sources.collect(), names))
}

/// Flows as large as Connect takes them, of the forms that chat flows use daily.
pub(super) fn made_flows() -> Vec<Flow> {
    let (flows, _) = flow_source::compile(&made(), &names_of_made());
    flows.into_iter().map(|it| it.definition.flow).collect()
}

/// Their sources.
fn made() -> Vec<Arc<SourceFile>> {
    let flow = |n: usize| {
        let mut text = format!("flow: made-{n}\nstart: greet 0\nactions:\n");
        for round in 0..ROUNDS_OF_MADE {
            let next = match round + 1 {
                ROUNDS_OF_MADE => "bye".to_owned(),
                next => format!("greet {next}"),
            };
            let part = PART
                .replace("{n}", &round.to_string())
                .replace("{next}", &next);
            text.push_str(&part);
        }
        text.push_str("  bye:\n    disconnect: {}\n");
        SourceFile::new(format!("flows/made-{n}.yaml"), text)
    };
    (0..20).map(flow).collect()
}

const ROUNDS_OF_MADE: usize = 31;

/// Eight actions.
const PART: &str = r#"  greet {n}:
    play_prompt: "Hello from {{ vars.brand }}, this is part {n}."
    next: note {n}
  note {n}:
    set_attributes: { part: "{n}", topic: $.Attributes.topic }
    next: look {n}
    on: { error: bye }
  look {n}:
    invoke_lambda: { function: lookup, timeout: 8s, parameters: { part: "{n}" } }
    next: which {n}
    on: { error: sorry {n} }
  which {n}:
    compare: $.External.result
    when: { found: hours {n}, lost: sorry {n} }
    otherwise: pause {n}
  hours {n}:
    check_hours: office
    on: { open: pause {n}, closed: sorry {n} }
  pause {n}:
    wait: 30s
    next: queue {n}
  queue {n}:
    set_working_queue: support
    next: {next}
    on: { error: sorry {n} }
  sorry {n}:
    play_prompt: "Sorry, that did not work."
    next: {next}
"#;

fn names_of_made() -> Names {
    Names {
        queues: ["support".to_owned()].into(),
        hours: ["office".to_owned()].into(),
        lambdas: ["lookup".to_owned()].into(),
        ..Names::default()
    }
}

/// How many files there were, and what they took.
fn beside_the_peer(
    args: &BenchArgs,
    flows: &[Exported],
    printer: &Printer,
) -> anyhow::Result<(usize, Processes)> {
    let peers = Path::new("target/flowyard/peers");
    let theirs = peer::connect_flow(args.peer.as_deref(), peers, printer)?;
    let ours = std::env::current_exe().context("cannot tell our own binary")?;
    let paths = flows.iter().map(|it| it.path.as_os_str());
    let process = |program, command, codes| Process {
        program,
        arguments: [OsStr::new(command)]
            .into_iter()
            .chain(paths.clone())
            .collect(),
        codes,
    };
    let step = printer.step("check and connect-flow lint, in turn");
    // The peer ends with 2 if it refuses a file, one without canvas metadata for example, and lints
    // the others all the same.
    let found = in_turn(
        &process(&ours, "check", 0..=1),
        &process(&theirs, "lint", 0..=2),
    )?;
    step.done("");
    Ok((flows.len(), found))
}

fn table(rows: &[Row], processes: Option<&(usize, Processes)>) -> String {
    let mut out = format!(
        "one core, {} profile, medians of {ROUNDS} rounds; the goal is {GOAL_ACTIONS} actions a second\n",
        profile()
    );
    for row in rows {
        let stages = row.stages.iter().map(|(name, time)| {
            let each = time.as_nanos() as f64 / row.n_actions.max(1) as f64;
            format!("{name} {each:.0}")
        });
        let stages: Vec<String> = stages.collect();
        out.push_str(&format!(
            "  {:30} {:6} actions {:9.0} a second   ns each: {}\n",
            row.what,
            row.n_actions,
            row.actions_per_second(),
            stages.join(", "),
        ));
    }
    if let Some((n_files, it)) = processes {
        out.push_str(&format!(
            "whole processes over {} files, in turn, medians of {PROCESS_ROUNDS}; the goal is 1/{:.0}\n  \
             check {:.1} ms, connect-flow lint {:.1} ms: 1/{:.1}\n",
            n_files,
            1.0 / GOAL_RATIO,
            milliseconds(it.ours),
            milliseconds(it.theirs),
            1.0 / it.ratio(),
        ));
    }
    out
}

fn document(rows: &[Row], processes: Option<&(usize, Processes)>) -> Value {
    let rows = rows.iter().map(|row| {
        json!({
            "what": row.what,
            "actions": row.n_actions,
            "actions_per_second": row.actions_per_second(),
            "milliseconds": stages_json(&row.stages),
        })
    });
    let processes = processes.map(|(n_files, it)| {
        json!({
            "files": n_files,
            "check_milliseconds": milliseconds(it.ours),
            "connect_flow_lint_milliseconds": milliseconds(it.theirs),
            "ratio": it.ratio(),
        })
    });
    json!({
        "profile": profile(),
        "rounds": ROUNDS,
        "goals": { "actions_per_second": GOAL_ACTIONS, "ratio": GOAL_RATIO },
        "one_core": rows.collect::<Vec<_>>(),
        "processes": processes,
    })
}
