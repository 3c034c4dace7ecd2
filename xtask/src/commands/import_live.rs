//! `import --env`: what is live on an instance into YAML sources, by the way that files go.

use std::fmt::Write as _;

use anyhow::Context;
use flow::bind::Bindings;
use flow::diagnostic::SourceFile;
use flow::model::DocumentKind;
use flow_source::import::{Document, ImportedFlow, import};
use provision::infra::{HoursSpec, Infra, QueueSpec};
use provision::live::{self, Inventory, LiveDocument, Wanted};
use provision::scope::Scope;
use serde_json::{Value, json};

use super::generate::write_whole;
use super::import::{finish, known_bindings};
use crate::args::ImportArgs;
use crate::deployment;
use crate::exit::{Helped, Outcome};
use crate::printer::Printer;
use crate::project::Project;
use crate::sources::{self, has_errors};

/// Where hours and queues go.
const INFRA_FILE: &str = "infra/imported.yaml";

pub(super) async fn run(
    args: &ImportArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let name = args.env.as_deref().unwrap_or_default();
    let Some(environment) = sources::environment(project, name, printer)? else {
        return Ok(Outcome::No);
    };
    let variable = || std::env::var("AWS_ENDPOINT_URL").ok();
    let endpoint = args.endpoint_url.clone().or_else(variable);
    let endpoint = endpoint.filter(|it| !it.is_empty());
    let clients = deployment::connect(&environment.for_reading(), endpoint.as_deref()).await?;
    let step = printer.step("read what is there");
    let inventory = live::inventory(&clients, &Scope::new(&environment), &wanted(args))
        .await
        .with_context(|| format!("cannot tell what there is in environment `{name}`"))?;
    let Some(inventory) = inventory else {
        let alias = &environment.instance_alias;
        let help = "check `instance` in the environment's file";
        return Err(Helped::new(format!("there is no instance `{alias}`"), help).into());
    };
    step.done("");
    refuse_missing(&inventory, name)?;
    let (known, findings) = known_bindings(&args.out)?;
    if has_errors(&findings) {
        printer.diagnostics(&findings, false);
        return Ok(Outcome::No);
    }
    let folder = known.clone();
    let known = with_names(known, &inventory.bindings);
    let documents: Vec<Document> = inventory.documents.iter().map(document).collect();
    let mut imported = import(&documents, &known, None);
    let unnamed = unnamed(&imported.bindings, &known, &inventory);
    if !unnamed.is_empty() {
        report(&unnamed, name, printer);
        return Ok(Outcome::No);
    }
    imported.bindings = used(folder, &imported.bindings, &imported.flows);
    say_beside(&inventory, printer);
    let diagnostics = std::mem::take(&mut imported.diagnostics);
    let outcome = finish(&imported, diagnostics, args, printer)?;
    if args.infra {
        let waiting = live::waiting(&clients, &inventory.instance).await?;
        write_infra(&waiting, project, args.force, printer)?;
    }
    Ok(outcome)
}

fn wanted(args: &ImportArgs) -> Wanted {
    if args.all {
        return Wanted::All { seeded: args.stock };
    }
    let names = args.files.iter();
    Wanted::Named(names.map(|it| it.display().to_string()).collect())
}

fn refuse_missing(inventory: &Inventory, environment: &str) -> anyhow::Result<()> {
    if inventory.missing.is_empty() {
        return Ok(());
    }
    let missing: Vec<String> = inventory
        .missing
        .iter()
        .map(|it| format!("`{it}`"))
        .collect();
    let titles: Vec<&str> = inventory.titles.iter().map(String::as_str).collect();
    let message = format!("{environment} has no flow or module {}", missing.join(", "));
    let help = format!("it has {}", flow_source::suggest::listed(titles));
    Err(Helped::new(message, help).into())
}

/// What names stand for on the instance, over what the folder says of them.
fn with_names(mut known: Bindings, live: &Bindings) -> Bindings {
    for (reference, target) in live.iter() {
        known.insert(reference.clone(), &target.arn, None);
    }
    known
}

/// A flow as the API describes it, which is what files hold.
fn document(document: &LiveDocument) -> Document {
    let mut described = json!({
        "Arn": document.arn,
        "Id": document.id,
        "Name": document.title,
        "Content": flow::json::to_text(&document.flow),
    });
    if let Some(description) = &document.description {
        described["Description"] = json!(description);
    }
    let envelope = match document.kind {
        DocumentKind::Module => "ContactFlowModule",
        DocumentKind::Flow(flow_type) => {
            described["Type"] = json!(flow_type.as_str());
            "ContactFlow"
        }
    };
    // The title is that of a file later on.
    let stem: String = document
        .title
        .chars()
        .map(|it| match it {
            '/' | '\\' | ':' => '-',
            it if it.is_control() => '-',
            it => it,
        })
        .collect();
    let text = json!({ envelope: described }).to_string();
    Document {
        file: SourceFile::new(document.title.clone(), text),
        stem,
    }
}

/// What flows refer to by an ARN or id that nothing on the instance has a name for.
fn unnamed(imported: &Bindings, known: &Bindings, inventory: &Inventory) -> Vec<(String, String)> {
    let is_document = |arn: &str| inventory.documents.iter().any(|it| it.arn == arn);
    let unnamed = imported
        .iter()
        .filter(|(reference, target)| known.get(reference).is_none() && !is_document(&target.arn));
    unnamed
        .map(|(reference, target)| (reference.kind.as_str().to_owned(), target.arn.clone()))
        .collect()
}

fn report(unnamed: &[(String, String)], environment: &str, printer: &Printer) {
    printer.important(&format!(
        "nothing was imported: {environment} has no name that `plan` could resolve for"
    ));
    for (kind, arn) in unnamed {
        printer.important(&format!("  {kind} {arn}"));
    }
    printer.important(
        "deploy such functions under names of ours, take pins off modules, or import the files of \
         an export, which keeps what they stand for",
    );
    if printer.is_json() {
        let unnamed: Vec<Value> = unnamed
            .iter()
            .map(|(kind, arn)| json!({ "kind": kind, "arn": arn }))
            .collect();
        printer.document(&json!({ "flows": [], "unnamed": unnamed }));
    }
}

/// What the folder had, and what the imported flows refer to.
fn used(folder: Bindings, bindings: &Bindings, flows: &[ImportedFlow]) -> Bindings {
    let mut used = folder;
    let references = flows
        .iter()
        .flat_map(|it| flow::bind::references(&it.definition.flow));
    for reference in references {
        if let Some(target) = bindings.get(&reference) {
            used.insert(reference, &target.arn, None);
        }
    }
    used
}

fn say_beside(inventory: &Inventory, printer: &Printer) {
    for title in &inventory.unpublished {
        printer.warning(&format!("`{title}` was never published and is left out"));
    }
    let referred = inventory.documents.iter().filter(|it| it.is_referred_to);
    for document in referred {
        printer.note(&format!(
            "`{}` is imported as well: others refer to it",
            document.title
        ));
    }
}

/// Writes the hours and queues that the files of the project do not have.
fn write_infra(
    waiting: &live::Waiting,
    project: &Project,
    force: bool,
    printer: &Printer,
) -> anyhow::Result<()> {
    let path = project.root().join(INFRA_FILE);
    if path.exists() && !force {
        let help = "move what is in it to another file, or replace it with --force";
        return Err(Helped::new(format!("{INFRA_FILE} is there already"), help).into());
    }
    let mut files = project.infra_files()?;
    files.sources.retain(|it| it.path != INFRA_FILE);
    let (infra, _) = Infra::parse(&files.sources);
    let hours: Vec<_> = waiting
        .hours
        .iter()
        .filter(|(name, _)| !infra.hours.contains_key(*name))
        .collect();
    let queues: Vec<_> = waiting
        .queues
        .iter()
        .filter(|(name, _)| !infra.queues.contains_key(*name))
        .collect();
    let mut text = String::from("# Imported from an instance.\n");
    if !hours.is_empty() {
        text.push_str("hours:\n");
        hours
            .iter()
            .for_each(|(name, spec)| hours_text(&mut text, name, spec));
    }
    if !queues.is_empty() {
        text.push_str("queues:\n");
        queues
            .iter()
            .for_each(|(name, spec)| queue_text(&mut text, name, spec));
    }
    write_whole(&path, &text)?;
    printer.note(&format!(
        "{} hours and {} queues -> {INFRA_FILE}",
        hours.len(),
        queues.len()
    ));
    Ok(())
}

/// A text as YAML takes it, whatever is in it.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn hours_text(out: &mut String, name: &str, spec: &HoursSpec) {
    let line = |out: &mut String, text: String| writeln!(out, "{text}").expect("memory takes it");
    line(out, format!("  {}:", quoted(name)));
    if let Some(description) = &spec.description {
        line(out, format!("    description: {}", quoted(description)));
    }
    line(out, format!("    time_zone: {}", quoted(&spec.time_zone)));
    if spec.open.is_empty() {
        line(out, "    open: []".to_owned());
        return;
    }
    line(out, "    open:".to_owned());
    let clock = |minutes: u16| format!("\"{:02}:{:02}\"", minutes / 60, minutes % 60);
    for open in &spec.open {
        let day = open.day.as_str().to_lowercase();
        let (from, to) = (clock(open.from), clock(open.to));
        line(
            out,
            format!("      - {{ days: [{day}], from: {from}, to: {to} }}"),
        );
    }
}

fn queue_text(out: &mut String, name: &str, spec: &QueueSpec) {
    let line = |out: &mut String, text: String| writeln!(out, "{text}").expect("memory takes it");
    line(out, format!("  {}:", quoted(name)));
    if let Some(description) = &spec.description {
        line(out, format!("    description: {}", quoted(description)));
    }
    line(out, format!("    hours: {}", quoted(&spec.hours)));
    if let Some(most) = spec.max_contacts {
        line(out, format!("    max_contacts: {most}"));
    }
}
