//! Contents of flows and modules: kept byte for byte, checked when they are published.

use flow::model::{Action, DocumentKind, Flow};
use flow::validate::{self, Problem};
use flow::value::Value as Parameter;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::state::{Content, Instance, Kind, Reference};

/// Keeps a text with its digest. How AWS canonicalises content before it hashes is not documented,
/// so clients can only compare digests for equality.
pub(super) fn content(text: &str) -> Content {
    Content {
        text: text.to_owned(),
        digest: format!("{:x}", Sha256::digest(text)),
    }
}

/// Reads a document that is to be published; what the service would refuse is the error.
pub(super) fn read(
    instance: &Instance,
    text: &str,
    kind: DocumentKind,
) -> Result<Flow, Vec<Problem>> {
    let flow = flow::json::parse(text).map_err(|error| {
        vec![Problem {
            message: chain(&error),
            action: None,
        }]
    })?;
    let mut problems = validate::problems(&flow, kind);
    for (n, action) in flow.actions.iter().enumerate() {
        let messages = references(instance, n, action);
        problems.extend(messages.into_iter().map(|message| Problem {
            message,
            action: Some(n),
        }));
    }
    if problems.is_empty() {
        Ok(flow)
    } else {
        Err(problems)
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

/// What an action names that is not on the instance, and how it calls a module against the
/// module's contract.
///
/// AWS is known to check the format and the instance of references and a module's contract; whether
/// everything named must exist is not established. Here it must, so that a deployer which gets the
/// order wrong is told.
fn references(instance: &Instance, n: usize, action: &Action) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |path: String, value: &Parameter, exists: fn(&Instance, &str) -> bool| {
        if let Some(text) = literal(value)
            && !exists(instance, text)
        {
            found.push(format!(
                "Invalid Action property value. Path: Actions[{n}].Parameters.{path}"
            ));
        }
    };
    for (name, value) in &action.parameters {
        match (name.as_str(), value) {
            ("QueueId", value) => check(name.clone(), value, has_queue),
            ("ContactFlowId", value) => check(name.clone(), value, has_flow),
            ("FlowModuleId", value) => check(name.clone(), value, has_module),
            ("HoursOfOperationId", value) => check(name.clone(), value, has_hours),
            ("EventHooks", Parameter::Map(hooks)) => {
                for (hook, value) in hooks {
                    check(format!("{name}.{hook}"), value, has_flow);
                }
            }
            _ => {}
        }
    }
    if action.kind.as_str() == "InvokeFlowModule" {
        found.extend(module_call(instance, n, action));
    }
    found
}

/// A text that is not a reference into the contact's data.
fn literal(value: &Parameter) -> Option<&str> {
    match value {
        Parameter::Text(text) if !text.starts_with("$.") => Some(text),
        _ => None,
    }
}

fn has_queue(instance: &Instance, id_or_arn: &str) -> bool {
    instance.queue(id_or_arn).is_some() || names_agent_queue(instance, id_or_arn)
}

/// Agents have queues of their own, which are not listed as records.
fn names_agent_queue(instance: &Instance, id_or_arn: &str) -> bool {
    let local = id_or_arn.rsplit_once("/queue/").map(|(_, local)| local);
    local
        .and_then(|local| local.strip_prefix("agent/"))
        .is_some_and(|agent| instance.users.contains_key(agent))
}

fn has_flow(instance: &Instance, id_or_arn: &str) -> bool {
    Reference::parse(id_or_arn, Kind::Flow, &instance.arn)
        .is_some_and(|reference| instance.flows.contains_key(reference.id))
}

/// Only the module is looked for: an alias name after its id is stored and finds nothing later.
fn has_module(instance: &Instance, id_or_arn: &str) -> bool {
    Reference::parse(id_or_arn, Kind::Module, &instance.arn)
        .is_some_and(|reference| instance.modules.contains_key(reference.id))
}

fn has_hours(instance: &Instance, id_or_arn: &str) -> bool {
    instance.hours(id_or_arn).is_some()
}

/// Inputs and branches that the module's settings do not declare.
fn module_call(instance: &Instance, n: usize, action: &Action) -> Vec<String> {
    let module = action
        .parameters
        .get("FlowModuleId")
        .and_then(literal)
        .and_then(|id| instance.published_module(id));
    let Some(module) = module else {
        return Vec::new();
    };
    let settings: Value = module
        .content
        .settings
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let mut found = Vec::new();
    if let Some(Parameter::Map(inputs)) = action.parameters.get("Input") {
        let undeclared = inputs
            .keys()
            .filter(|name| settings["input"]["properties"][name.as_str()].is_null());
        found.extend(undeclared.map(|name| {
            format!("Invalid Action property name. Path: Actions[{n}].Parameters.Input.{name}")
        }));
    }
    let branches: Vec<&str> = settings["transitions"]["results"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|branch| branch["name"].as_str())
        .collect();
    let undeclared = action
        .transitions
        .conditions
        .iter()
        .flat_map(|condition| &condition.operands)
        .filter_map(literal)
        .filter(|operand| !branches.contains(operand));
    found.extend(undeclared.map(|_| format!("Invalid branch. Path: {n}.Evaluate")));
    found
}

/// The versions of a flow or module as lists show them, the latest first.
pub(super) fn version_summaries<'a>(
    arn: &str,
    versions: impl DoubleEndedIterator<Item = (u64, Option<&'a str>)>,
) -> Vec<Value> {
    versions
        .rev()
        .map(|(number, description)| {
            json!({
                "Arn": format!("{arn}:{number}"),
                "Version": number,
                "VersionDescription": description,
            })
        })
        .collect()
}
