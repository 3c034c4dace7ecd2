//! `local`: a contact centre on this machine with everything deployed.

use std::time::Duration;

use anyhow::Context;
use emulator::clock::ClockMode;
use emulator::quotas::Quotas;
use emulator::{Config, Emulator};
use flow::model::DocumentKind;
use flow::value::{Ref, RefKind};
use provision::address::Layer;
use provision::apply::Applied;
use serde_json::{Value, json};

use super::build;
use crate::args::{ClockChoice, LocalArgs};
use crate::centre::{self, Watch};
use crate::deployment::{self, Deployment};
use crate::exit::Outcome;
use crate::package::Recipe;
use crate::printer::{FAINT, HEADING, Printer};
use crate::project::Project;
use crate::signals;
use crate::sources::{self, Prepared};

/// The environment that is deployed: the one for the emulator.
const ENVIRONMENT: &str = "local";

pub(super) async fn run(
    args: &LocalArgs,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let Some(prepared) = sources::prepare(project, ENVIRONMENT, printer)? else {
        return Ok(Outcome::No);
    };
    let clock = match args.clock {
        ClockChoice::Real => ClockMode::Real,
        ClockChoice::Virtual => ClockMode::Virtual,
        ClockChoice::Factor(factor) => ClockMode::Scaled(factor),
    };
    // The port is taken first: that it is in use should be known before minutes of compiling.
    let emulator = centre::start(Config {
        port: args.port,
        iam: args.iam,
        quotas: args.quotas.then(Quotas::defaults),
        consistency: args.consistency.map_or(Duration::ZERO, |span| span.0),
        instance_creation: args.instance_creation.map_or(Duration::ZERO, |span| span.0),
        ..centre::config(&prepared.environment, clock)
    })
    .await?;
    let lag = args.consistency.map_or(Duration::ZERO, |span| span.0);
    let result = serve(&emulator, lag, &prepared, project, printer).await;
    emulator.shutdown().await;
    result
}

async fn serve(
    emulator: &Emulator,
    lag: Duration,
    prepared: &Prepared,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let ready = signals::or_interrupted(deploy(emulator, lag, prepared, project, printer)).await?;
    printer.view(|| ready.human(), || ready.json());
    let mut watch = Watch::new(emulator, printer);
    let signal = tokio::select! {
        signal = signals::received() => signal?,
        () = watch.go_on() => unreachable!("the watch has no end"),
    };
    watch.report();
    printer.note(&format!("{signal}: the contact centre is closed"));
    Ok(Outcome::Done)
}

/// Deploys everything; reads see it after the lag.
async fn deploy(
    emulator: &Emulator,
    lag: Duration,
    prepared: &Prepared,
    project: &Project,
    printer: &Printer,
) -> anyhow::Result<Ready> {
    let names = prepared.infra.lambda_names();
    let packages = build::packages(project, &names, &Recipe::default(), printer).await?;
    let endpoint = emulator.endpoint();
    let clients = deployment::connect(&prepared.environment, Some(&endpoint)).await?;
    let deployment = Deployment::new(prepared, packages, clients);
    centre::carry_out(emulator, &deployment, Layer::Foundation, printer).await?;
    // What a deployment needs must be seen by then; on AWS somebody deploys that much later.
    emulator.advance(lag).await;
    let applied = centre::carry_out(emulator, &deployment, Layer::Release, printer).await?;
    emulator.advance(lag).await;
    deployment.write_deployed(project, &applied.bindings)?;
    Ready::new(endpoint, prepared, &applied)
}

/// What somebody needs to know to use it.
struct Ready {
    endpoint: String,
    region: String,
    instance_id: String,
    flows: Vec<DeployedFlow>,
}

struct DeployedFlow {
    name: String,
    flow_type: &'static str,
    id: String,
}

impl Ready {
    fn new(endpoint: String, prepared: &Prepared, applied: &Applied) -> anyhow::Result<Self> {
        let instance = applied.instance.as_ref().context("there is no instance")?;
        let flows = prepared.definitions.iter().filter_map(|definition| {
            let DocumentKind::Flow(flow_type) = definition.kind else {
                return None;
            };
            let reference = Ref::new(RefKind::Flow, &definition.name);
            let arn = &applied.bindings.get(&reference)?.arn;
            Some(DeployedFlow {
                name: definition.name.clone(),
                flow_type: flow_type.as_str(),
                id: arn.rsplit('/').next().unwrap_or(arn).to_owned(),
            })
        });
        Ok(Self {
            endpoint,
            region: prepared.environment.region.clone(),
            instance_id: instance.id.clone(),
            flows: flows.collect(),
        })
    }

    fn json(&self) -> Value {
        let flows = self
            .flows
            .iter()
            .map(|flow| json!({ "name": flow.name, "type": flow.flow_type, "id": flow.id }));
        json!({
            "ready": self.endpoint,
            "region": self.region,
            "instance_id": self.instance_id,
            "flows": flows.collect::<Vec<_>>(),
        })
    }

    fn human(&self) -> String {
        let mut text = format!("ready {}\n", self.endpoint);
        let inbound = self
            .flows
            .iter()
            .find(|flow| flow.flow_type == "CONTACT_FLOW");
        if let Some(flow) = inbound {
            text.push_str(&self.instructions(flow));
        }
        text.push_str(&format!("\n{HEADING}Flows{HEADING:#}\n"));
        for flow in &self.flows {
            text.push_str(&format!(
                "  {}  {FAINT}{}{FAINT:#}  {}\n",
                flow.id, flow.flow_type, flow.name
            ));
        }
        text
    }

    /// A chat by hand, to be pasted into another terminal.
    fn instructions(&self, flow: &DeployedFlow) -> String {
        let Ready {
            endpoint,
            region,
            instance_id,
            ..
        } = self;
        let DeployedFlow { name, id, .. } = flow;
        format!(
            r#"
{HEADING}In another terminal{HEADING:#}
  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
  aws="aws --endpoint-url {endpoint} --region {region} --output text"

  $aws connect list-instances

{HEADING}A chat with {name}{HEADING:#}
  token=$($aws connect start-chat-contact --instance-id {instance_id} \
    --contact-flow-id {id} \
    --participant-details DisplayName=Ada --query ParticipantToken)
  connection=$($aws connectparticipant create-participant-connection \
    --participant-token "$token" --connect-participant --type CONNECTION_CREDENTIALS \
    --query ConnectionCredentials.ConnectionToken)
  $aws connectparticipant send-message --connection-token "$connection" \
    --content-type text/plain --content "What are your opening hours?"
  $aws connectparticipant get-transcript --connection-token "$connection" \
    --max-results 100 --sort-order ASCENDING --query "Transcript[].[ParticipantRole,Content]"
  $aws connectparticipant disconnect-participant --connection-token "$connection"

{HEADING}Deploy a change{HEADING:#}
  cargo xtask deploy --endpoint-url {endpoint}
"#
        )
    }
}
