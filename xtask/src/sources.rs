//! From the files of a project to rendered flows: reads, compiles, and collects every finding.

use flow::diagnostic::{Diagnostic, Severity};
use flow::model::FlowDefinition;
use flow_source::{CompiledFlow, Names};
use provision::environment::Environment;
use provision::infra::{Caller, Infra};

use crate::printer::Printer;
use crate::project::Project;

/// What the files of a project hold, as far as it could be read.
pub(crate) struct Sources {
    pub(crate) infra: Infra,
    pub(crate) flows: Vec<CompiledFlow>,
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
        let infra_files = project.infra_files()?;
        let flow_files = project.flow_files()?;
        let (infra, infra_findings) = Infra::parse(&infra_files.sources);
        let (flows, flow_findings) = flow_source::compile(&flow_files.sources, &names(&infra));
        let mut diagnostics = infra_files.diagnostics;
        diagnostics.extend(flow_files.diagnostics);
        diagnostics.extend(infra_findings);
        diagnostics.extend(flow_findings);
        Ok(Self {
            infra,
            flows,
            diagnostics,
        })
    }

    /// Fills in the variables of an environment. The findings are those of the environment's file
    /// and of the filling in, not those of [`Sources::load`].
    pub(crate) fn render(&self, project: &Project, name: &str) -> anyhow::Result<Rendered> {
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
                let (definition, findings) = flow.render(&environment.vars);
                definitions.push(flow.restore(definition));
                let of_environment = format!("the environment is `{name}`");
                diagnostics.extend(findings.into_iter().map(|it| it.with_note(&of_environment)));
            }
        }
        Ok(Rendered {
            environment,
            definitions,
            diagnostics,
        })
    }
}

/// Loads and renders; prints what is wrong, and gives nothing if that includes an error.
pub(crate) fn prepare(
    project: &Project,
    environment: &str,
    printer: &Printer,
) -> anyhow::Result<Option<Prepared>> {
    let sources = Sources::load(project)?;
    let rendered = sources.render(project, environment)?;
    let mut diagnostics = sources.diagnostics;
    diagnostics.extend(rendered.diagnostics);
    flow::diagnostic::sort(&mut diagnostics);
    let failed = has_errors(&diagnostics);
    if failed || (!diagnostics.is_empty() && !printer.is_json()) {
        printer.diagnostics(&diagnostics, false);
    }
    Ok(rendered
        .environment
        .filter(|_| !failed)
        .map(|environment| Prepared {
            environment,
            infra: sources.infra,
            flows: sources.flows,
            definitions: rendered.definitions,
        }))
}

pub(crate) fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// What the infrastructure files declare and flows may name.
fn names(infra: &Infra) -> Names {
    let declared = infra.names();
    Names {
        queues: declared.queues,
        hours: declared.hours,
        lambdas: declared.lambdas,
        lambdas_not_for_flows: infra
            .lambdas
            .iter()
            .filter(|(_, lambda)| !lambda.invoked_by.contains(&Caller::Flows))
            .map(|(name, _)| name.clone())
            .collect(),
        ..Names::default()
    }
}
