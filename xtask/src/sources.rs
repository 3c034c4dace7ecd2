//! From the files of a project to rendered flows: reads, compiles, checks, and collects every
//! finding.

use std::collections::BTreeMap;
use std::sync::Arc;

use flow::diagnostic::{Diagnostic, Severity, SourceFile};
use flow::model::FlowDefinition;
use flow_source::lint::lint;
use flow_source::policy::{self, Checked, Config};
use flow_source::{CompiledFlow, Names};
use provision::environment::Environment;
use provision::infra::{Caller, Infra};

use crate::printer::Printer;
use crate::project::Project;

type Variables = BTreeMap<String, serde_json::Value>;

/// What the files of a project hold, as far as it could be read.
pub(crate) struct Sources {
    pub(crate) infra: Infra,
    pub(crate) flows: Vec<CompiledFlow>,
    /// The files of flows and modules.
    pub(crate) files: Vec<Arc<SourceFile>>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// The sources for one environment.
pub(crate) struct Rendered {
    /// None if its file could not be understood.
    pub(crate) environment: Option<Environment>,
    pub(crate) definitions: Vec<FlowDefinition>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Everything a deployment is made from, free of errors.
pub(crate) struct Prepared {
    pub(crate) environment: Environment,
    pub(crate) infra: Infra,
    pub(crate) flows: Vec<CompiledFlow>,
    pub(crate) definitions: Vec<FlowDefinition>,
}

impl Sources {
    pub(crate) fn load(project: &Project) -> anyhow::Result<Self> {
        let mut diagnostics = Vec::new();
        let flow_files = project.flow_files()?;
        diagnostics.extend(flow_files.diagnostics);
        let mut sources = Self::compile(project, flow_files.sources, diagnostics)?;
        let flows = sources.flows.iter();
        let names: Vec<&str> = flows.map(|it| it.definition.name.as_str()).collect();
        let unknown = sources.infra.check_flows(&names);
        sources.diagnostics.extend(unknown);
        Ok(sources)
    }

    /// Compiles files of flows with the names that a project's infrastructure has.
    pub(crate) fn compile(
        project: &Project,
        files: Vec<Arc<SourceFile>>,
        mut diagnostics: Vec<Diagnostic>,
    ) -> anyhow::Result<Self> {
        let infra_files = project.infra_files()?;
        let (infra, infra_findings) =
            Infra::parse_with(&infra_files.sources, &|path| project.attachment(path));
        let (flows, flow_findings) = flow_source::compile(&files, &names(&infra));
        diagnostics.extend(infra_files.diagnostics);
        diagnostics.extend(infra_findings);
        diagnostics.extend(flow_findings);
        Ok(Self {
            infra,
            flows,
            files,
            diagnostics,
        })
    }

    /// Fills in the variables of an environment and lays the flows out. The findings are those of
    /// the environment's file and of the filling in, not those of [`Sources::load`].
    pub(crate) fn render(&self, project: &Project, name: &str) -> anyhow::Result<Rendered> {
        let mut rendered = self.render_with(project, name, CompiledFlow::render)?;
        rendered.definitions = self.restored(rendered.definitions);
        Ok(rendered)
    }

    /// The same with our names for the actions and without a layout, as versions are compared.
    pub(crate) fn fill_in(&self, project: &Project, name: &str) -> anyhow::Result<Rendered> {
        self.render_with(project, name, CompiledFlow::fill_in)
    }

    /// The same without a layout, and with what the checks find.
    pub(crate) fn check(&self, project: &Project, name: &str) -> anyhow::Result<Vec<Diagnostic>> {
        let rendered = self.render_with(project, name, CompiledFlow::fill_in)?;
        let mut diagnostics = rendered.diagnostics;
        if rendered.environment.is_some() {
            diagnostics.extend(self.lint(&rendered.definitions));
        }
        Ok(diagnostics)
    }

    fn render_with(
        &self,
        project: &Project,
        name: &str,
        render: impl Fn(&CompiledFlow, &Variables) -> (FlowDefinition, Vec<Diagnostic>),
    ) -> anyhow::Result<Rendered> {
        let files = project.environment_file(name)?;
        let mut diagnostics = files.diagnostics;
        let mut environment = None;
        for file in &files.sources {
            let (parsed, findings) = Environment::parse(file);
            environment = parsed;
            diagnostics.extend(findings);
        }
        let mut definitions = Vec::new();
        if let Some(environment) = &environment {
            diagnostics.extend(self.infra.check(environment));
            for flow in &self.flows {
                let (definition, findings) = render(flow, &environment.vars);
                definitions.push(definition);
                diagnostics.extend(findings);
            }
        }
        Ok(Rendered {
            environment,
            definitions,
            diagnostics,
        })
    }

    /// The flows as they go to Connect. Findings speak of them as they were before.
    fn restored(&self, definitions: Vec<FlowDefinition>) -> Vec<FlowDefinition> {
        let pairs = self.flows.iter().zip(definitions);
        pairs
            .map(|(flow, definition)| flow.restore(definition))
            .collect()
    }

    /// What the checks find in the flows of an environment.
    pub(crate) fn lint(&self, definitions: &[FlowDefinition]) -> Vec<Diagnostic> {
        let subjects = self.flows.iter().zip(definitions);
        let subjects: Vec<_> = subjects
            .map(|(flow, definition)| flow.subject(&definition.flow))
            .collect();
        lint(&subjects)
    }

    /// What the checks find in the flows as they are in every environment.
    pub(crate) fn lint_portable(&self) -> Vec<Diagnostic> {
        let subjects = self.flows.iter().map(|it| it.subject(&it.definition.flow));
        lint(&subjects.collect::<Vec<_>>())
    }

    /// The files, each with the flow that it has.
    pub(crate) fn checked(&self) -> Vec<Checked<'_>> {
        let flow_of = |file: &Arc<SourceFile>| {
            let mut flows = self.flows.iter();
            let flow = flows.find(|flow| flow.name_span().file == *file);
            flow.map(|flow| flow.definition.name.as_str())
        };
        let checked = self.files.iter().map(|file| Checked {
            file: Arc::clone(file),
            flow: flow_of(file),
        });
        checked.collect()
    }
}

/// Loads, renders and checks; prints what is wrong, and gives nothing if that includes an error.
pub(crate) fn prepare(
    project: &Project,
    environment: &str,
    printer: &Printer,
) -> anyhow::Result<Option<Prepared>> {
    let sources = Sources::load(project)?;
    let rendered = sources.render_with(project, environment, CompiledFlow::render)?;
    let (config, mut diagnostics) = config(project)?;
    diagnostics.extend(sources.lint(&rendered.definitions));
    diagnostics.extend(sources.diagnostics.iter().cloned());
    diagnostics.extend(rendered.diagnostics);
    let mut diagnostics = policy::apply(&config, diagnostics, &sources.checked());
    flow::diagnostic::sort(&mut diagnostics);
    let failed = has_errors(&diagnostics);
    if failed || (!diagnostics.is_empty() && !printer.is_json()) {
        printer.diagnostics(&diagnostics, false);
    }
    let definitions = sources.restored(rendered.definitions);
    Ok(rendered
        .environment
        .filter(|_| !failed)
        .map(|environment| Prepared {
            environment,
            infra: sources.infra,
            flows: sources.flows,
            definitions,
        }))
}

/// An environment with the infrastructure files, without the flows.
pub(crate) struct Foundation {
    pub(crate) environment: Environment,
    pub(crate) infra: Infra,
}

/// What stands around the flows; prints what is wrong with it, and gives nothing if that includes an
/// error.
pub(crate) fn foundation(
    project: &Project,
    name: &str,
    printer: &Printer,
) -> anyhow::Result<Option<Foundation>> {
    let Some(environment) = environment(project, name, printer)? else {
        return Ok(None);
    };
    let files = project.infra_files()?;
    let (infra, findings) = Infra::parse(&files.sources);
    let mut diagnostics = files.diagnostics;
    diagnostics.extend(findings);
    diagnostics.extend(infra.check(&environment));
    if has_errors(&diagnostics) {
        printer.diagnostics(&diagnostics, false);
        return Ok(None);
    }
    Ok(Some(Foundation { environment, infra }))
}

/// The environment of a name alone; prints what is wrong with its file, and gives nothing if that
/// includes an error.
pub(crate) fn environment(
    project: &Project,
    name: &str,
    printer: &Printer,
) -> anyhow::Result<Option<Environment>> {
    let files = project.environment_file(name)?;
    let mut diagnostics = files.diagnostics;
    let mut environment = None;
    for file in &files.sources {
        let (parsed, findings) = Environment::parse(file);
        environment = parsed;
        diagnostics.extend(findings);
    }
    if has_errors(&diagnostics) {
        printer.diagnostics(&diagnostics, false);
        return Ok(None);
    }
    Ok(environment)
}

/// The configuration of a project, if it has one.
pub(crate) fn config(project: &Project) -> anyhow::Result<(Config, Vec<Diagnostic>)> {
    let files = project.config_file()?;
    let mut diagnostics = files.diagnostics;
    let mut config = Config::default();
    for file in &files.sources {
        let (parsed, findings) = Config::parse(file);
        config = parsed;
        diagnostics.extend(findings);
    }
    Ok((config, diagnostics))
}

pub(crate) fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// What the infrastructure files declare and flows may name.
pub(crate) fn names(infra: &Infra) -> Names {
    let declared = infra.names();
    Names {
        queues: declared.queues,
        hours: declared.hours,
        lambdas: declared.lambdas,
        prompts: declared.prompts,
        views: declared.views,
        lex_bots: declared.lex_bots,
        lambdas_not_for_flows: infra
            .lambdas
            .iter()
            .filter(|(_, lambda)| !lambda.invoked_by.contains(&Caller::Flows))
            .map(|(name, _)| name.clone())
            .collect(),
        ..Names::default()
    }
}
