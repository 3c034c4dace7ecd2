//! `doctor`: what would keep a deployment from working.

use provision::clients::Clients;
use provision::desired::Desired;
use provision::doctor::{self, Area, Finding, Verdict};
use serde_json::{Value, json};

use crate::args::DoctorArgs;
use crate::deployment;
use crate::exit::{Helped, Outcome};
use crate::package::{self, Recipe};
use crate::printer::{ADDED, CHANGED, FAINT, HELP, Printer, REMOVED};
use crate::project::Project;
use crate::sources::{self, Foundation};

/// Enough to get past a hiccup; who waits for a diagnosis does not wait out a minute of throttling.
const ATTEMPTS: u32 = 3;

pub(super) async fn run(
    args: &DoctorArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let Some(foundation) = sources::foundation(project, &args.target.env, printer)? else {
        return Ok(Outcome::No);
    };
    let step = printer.step("ask what could stand in the way");
    let mut findings = remote(args, &foundation).await;
    findings.push(toolchain(args, &foundation, project).await);
    step.done("");
    printer.view(|| human(&findings), || json(&args.target.env, &findings));
    if !doctor::could_ask(&findings) {
        return Err(Helped::new(
            format!(
                "nobody could be asked about environment `{}`",
                args.target.env
            ),
            "see what is said of credentials",
        )
        .into());
    }
    match findings.iter().any(|it| it.verdict == Verdict::Problem) {
        true => Ok(Outcome::No),
        false => Ok(Outcome::Done),
    }
}

async fn remote(args: &DoctorArgs, foundation: &Foundation) -> Vec<Finding> {
    let Foundation { environment, infra } = foundation;
    let endpoint = args.target.endpoint();
    if let Some(endpoint) = endpoint.as_deref().or(environment.endpoint.as_deref())
        && let Err(error) = deployment::check_listens(endpoint).await
    {
        return vec![of_error(Area::Credentials, Verdict::Unknown, &error)];
    }
    let clients = Clients::trying(environment, endpoint.as_deref(), ATTEMPTS).await;
    let (desired, _) = Desired::new(environment, infra, Vec::new(), Vec::new());
    doctor::examine(&clients, environment, &desired).await
}

async fn toolchain(args: &DoctorArgs, foundation: &Foundation, project: &Project) -> Finding {
    let Foundation { environment, infra } = foundation;
    if infra.lambda_names().is_empty() {
        return Finding::new(
            Area::Toolchain,
            Verdict::Ok,
            "there are no Lambdas to build",
        );
    }
    let recipe = package::recipe(args.target.is_local(environment), Recipe::default());
    match package::check_toolchain(project.root(), &recipe).await {
        Ok(text) => Finding::new(Area::Toolchain, Verdict::Ok, text),
        Err(error) => of_error(Area::Toolchain, Verdict::Problem, &error),
    }
}

fn of_error(area: Area, verdict: Verdict, error: &anyhow::Error) -> Finding {
    let finding = Finding::new(area, verdict, format!("{error:#}"));
    match error.downcast_ref::<Helped>() {
        Some(helped) => finding.help(helped.help()),
        None => finding,
    }
}

fn human(findings: &[Finding]) -> String {
    let lines = findings.iter().map(|finding| {
        let (mark, style) = match finding.verdict {
            Verdict::Ok => ("ok", ADDED),
            Verdict::Warning => ("warning", CHANGED),
            Verdict::Problem => ("problem", REMOVED),
            Verdict::Unknown => ("unknown", FAINT),
        };
        let line = format!("{style}{mark:<7}{style:#}  {finding}");
        match &finding.help {
            Some(help) => format!("{line}\n         {HELP}help{HELP:#}: {help}"),
            None => line,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn json(environment: &str, findings: &[Finding]) -> Value {
    let findings = findings.iter().map(|finding| {
        json!({
            "area": finding.area.as_str(),
            "verdict": finding.verdict.as_str(),
            "text": finding.text,
            "help": finding.help,
        })
    });
    json!({ "environment": environment, "findings": findings.collect::<Vec<_>>() })
}
