//! `graph`: a picture of a flow.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context;
use flow::diagnostic::Diagnostic;
use flow::json::ParseError;
use flow::model::{Flow, FlowDefinition};
use flow::picture::{self, Options};
use flow_source::Names;
use review::address;

use crate::args::{GraphArgs, GraphFormat};
use crate::exit::{Helped, Outcome};
use crate::printer::Printer;
use crate::project::Project;
use crate::sources::{self, Sources};

pub(super) fn run(
    args: &GraphArgs,
    project: anyhow::Result<Project>,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let path = Path::new(&args.flow);
    let drawn = if is_file_name(&args.flow) || (project.is_err() && path.is_file()) {
        of_file(path, args.env.as_deref(), project)?
    } else {
        of_project(&args.flow, args.env.as_deref(), &project?)?
    };
    let failed = sources::has_errors(&drawn.diagnostics);
    if failed {
        printer.diagnostics(&drawn.diagnostics, false);
    }
    let Some((title, flow)) = drawn.flow else {
        return Ok(Outcome::No);
    };
    let options = Options {
        title,
        ..Options::default()
    };
    let picture = draw(&flow, &options, args.format);
    match &args.out {
        Some(out) => write(out, &picture)?,
        None => printer.data(&picture),
    }
    // A flow with errors is drawn as far as it could be read.
    Ok(if failed { Outcome::No } else { Outcome::Done })
}

/// What there is to draw, and what is wrong in its sources.
struct Found {
    /// The title and the flow; nothing if no flow could be read.
    flow: Option<(String, Flow)>,
    diagnostics: Vec<Diagnostic>,
}

fn draw(flow: &Flow, options: &Options, format: GraphFormat) -> String {
    match format {
        GraphFormat::Svg => picture::svg(flow, options),
        GraphFormat::Mermaid => picture::mermaid(flow, options),
        GraphFormat::Html => picture::html(flow, options),
        GraphFormat::Dot => picture::dot(flow, options),
    }
}

/// Whether the argument can only be meant as a file: names of flows have neither of these.
fn is_file_name(text: &str) -> bool {
    let extension = Path::new(text).extension().and_then(|it| it.to_str());
    text.contains(['/', '\\']) || matches!(extension, Some("yaml" | "yml" | "json"))
}

/// A flow or module of the project, by its name or its address.
fn of_project(name: &str, env: Option<&str>, project: &Project) -> anyhow::Result<Found> {
    let sources = Sources::load(project)?;
    let is_it = |it: &FlowDefinition| it.name == name || address(it) == name;
    let Some(n) = sources.flows.iter().position(|it| is_it(&it.definition)) else {
        return Err(unknown(name, &sources).into());
    };
    of_sources(&sources, n, env, project)
}

fn of_sources(
    sources: &Sources,
    n: usize,
    env: Option<&str>,
    project: &Project,
) -> anyhow::Result<Found> {
    let flow = &sources.flows[n];
    let file = flow.name_span().file.path.clone();
    let mut diagnostics = sources.diagnostics.clone();
    let mut definition = &flow.definition;
    let rendered;
    if let Some(env) = env {
        rendered = sources.render(project, env)?;
        diagnostics.extend(rendered.diagnostics);
        definition = rendered.definitions.get(n).unwrap_or(definition);
    }
    // What is wrong in other flows is not what was asked for.
    diagnostics.retain(|it| it.span().is_some_and(|span| span.file.path == file));
    flow::diagnostic::sort(&mut diagnostics);
    Ok(Found {
        flow: Some((definition.title.clone(), definition.flow.clone())),
        diagnostics,
    })
}

fn unknown(name: &str, sources: &Sources) -> Helped {
    let names = || sources.flows.iter().map(|it| it.definition.name.as_str());
    let help = match flow_source::suggest::nearest(name, names()) {
        Some(near) => format!("a flow or module with a similar name exists: `{near}`"),
        None if sources.flows.is_empty() => "the project has no flows".to_owned(),
        None => format!("these exist: {}", names().collect::<Vec<_>>().join(", ")),
    };
    Helped::new(format!("there is no flow or module `{name}`"), help)
}

/// A file: flow JSON, or a YAML source, which is read with its project if it belongs to one.
fn of_file(
    path: &Path,
    env: Option<&str>,
    project: anyhow::Result<Project>,
) -> anyhow::Result<Found> {
    let shown = path.display().to_string();
    let bytes = fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let source = match flow_source::source_from_bytes(&shown, &bytes) {
        Ok(source) => source,
        Err(diagnostic) => {
            return Ok(Found {
                flow: None,
                diagnostics: vec![*diagnostic],
            });
        }
    };
    if is_json(path, &source.text) {
        if env.is_some() {
            return Err(Helped::new(
                format!("{shown} is flow JSON, which has no variables to fill in"),
                "leave --env out, or name a flow of the project",
            )
            .into());
        }
        return of_json(path, &source.text);
    }
    let belongs = project.ok().and_then(|project| {
        let whole = fs::canonicalize(path).ok()?;
        let inside = project.shown(&whole);
        (inside != whole.to_string_lossy()).then_some((project, inside))
    });
    if let Some((project, inside)) = belongs {
        let sources = Sources::load(&project)?;
        let is_it = |it: &flow_source::CompiledFlow| it.name_span().file.path == inside;
        if let Some(n) = sources.flows.iter().position(is_it) {
            return of_sources(&sources, n, env, &project);
        }
    }
    if let Some(env) = env {
        return Err(Helped::new(
            format!("{shown} belongs to no project, so there is no environment `{env}`"),
            "leave --env out, or name the project with --project DIR",
        )
        .into());
    }
    let (flows, mut diagnostics) = flow_source::compile(&[source], &Names::default());
    // Alone, a file cannot know what its names stand for.
    diagnostics.retain(|it| it.rule != "unknown-reference");
    let flow = flows.into_iter().next();
    Ok(Found {
        flow: flow.map(|it| (it.definition.title, it.definition.flow)),
        diagnostics,
    })
}

fn is_json(path: &Path, text: &str) -> bool {
    path.extension().is_some_and(|it| it == "json") || text.trim_start().starts_with('{')
}

/// A document of the Flow language; its name, if it has one, is in its metadata.
fn of_json(path: &Path, text: &str) -> anyhow::Result<Found> {
    let flow = flow::json::parse(text).map_err(|error| {
        let help = match error {
            ParseError::Legacy => "save the flow in the console once, then export it again",
            _ => "the file has to hold what the console exports or the API calls `Content`",
        };
        let message = format!(
            "cannot read {} as a flow: {}",
            path.display(),
            chain(&error)
        );
        Helped::new(message, help)
    })?;
    let name = flow
        .metadata
        .as_ref()
        .and_then(|it| it.get("name")?.as_text());
    let stem = || path.file_stem().map(|it| it.to_string_lossy().into_owned());
    let title = match name {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => stem().unwrap_or_default(),
    };
    Ok(Found {
        flow: Some((title, flow)),
        diagnostics: Vec::new(),
    })
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// Writes a file whole or not at all: whoever reads it meanwhile sees the old one.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(".graph-")
            .tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        allow_reading(file.as_file())?;
        file.persist(path).map_err(|it| it.error)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Temporary files are for their owner only; what was asked for is a file like others.
fn allow_reading(file: &fs::File) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    let _ = file;
    Ok(())
}
