//! `schema`: JSON Schemas of everything people write.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use crate::args::SchemaArgs;
use crate::exit::{Helped, Outcome};
use crate::printer::Printer;

/// The schema of a format.
pub(super) struct Schema {
    pub(super) name: &'static str,
    /// Which files are of this format.
    files: &'static str,
    json: Value,
}

/// Other words for formats: the sections of infrastructure files may be spread over any of them.
const ALIASES: [(&str, &str); 6] = [
    ("infra", "instance"),
    ("streaming", "instance"),
    ("lambdas", "instance"),
    ("module", "flow"),
    ("fragment", "flow"),
    ("config", "configuration"),
];

impl Schema {
    /// As it is written to a file.
    pub(super) fn text(&self) -> String {
        let text = serde_json::to_string_pretty(&self.json);
        text.expect("a JSON value can be written") + "\n"
    }

    pub(super) fn file_name(&self) -> String {
        format!("{}.json", self.name)
    }
}

/// The schemas of all formats.
pub(super) fn schemas() -> Vec<Schema> {
    let of_sources = flow_source::schema::SCHEMAS.iter().map(|it| Schema {
        name: it.name,
        files: it.files,
        json: it.json(),
    });
    let of_infrastructure = [
        Schema {
            name: "environment",
            files: "accounts, instances and variables: infra/environments/*.yaml",
            json: provision::schema::environment(),
        },
        Schema {
            name: "instance",
            files: "instance, hours, queues, streaming, Lambdas: infra/*.yaml",
            json: provision::schema::infrastructure(),
        },
    ];
    let mut schemas: Vec<Schema> = of_sources.chain(of_infrastructure).collect();
    schemas.sort_by_key(|it| it.name);
    schemas
}

pub(super) fn run(args: &SchemaArgs, printer: &Printer) -> anyhow::Result<Outcome> {
    let schemas = schemas();
    match (&args.name, &args.out) {
        (Some(name), _) => printer.data(&named(&schemas, name)?.text()),
        (None, Some(folder)) => write(&schemas, folder, printer)?,
        (None, None) => {
            let lines = schemas
                .iter()
                .map(|it| format!("{:14} {}\n", it.name, it.files));
            printer.data(&lines.collect::<String>());
        }
    }
    Ok(Outcome::Done)
}

fn named<'s>(schemas: &'s [Schema], name: &str) -> anyhow::Result<&'s Schema> {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    let wanted = alias.map_or(name, |(_, of)| of);
    schemas.iter().find(|it| it.name == wanted).ok_or_else(|| {
        let known: Vec<&str> = schemas.iter().map(|it| it.name).collect();
        let help = format!("these exist: {}", known.join(", "));
        Helped::new(format!("there is no schema `{name}`"), help).into()
    })
}

fn write(schemas: &[Schema], folder: &Path, printer: &Printer) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for schema in schemas {
        let path = folder.join(schema.file_name());
        fs::write(&path, schema.text())
            .with_context(|| format!("cannot write {}", path.display()))?;
        printer.data(&path.display().to_string());
    }
    Ok(())
}
