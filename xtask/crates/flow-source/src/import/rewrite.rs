//! Names for actions: those that people gave them, else made from what the action does.
//!
//! A name depends on the action alone, so that it stays when others change. Where two actions would
//! have the same, the later ones get the beginning of their identifier as well, by which they can
//! be found in the export.

use std::collections::{BTreeSet, HashMap};

use flow::canonical;
use flow::catalogue;
use flow::identifiers::is_uuid;
use flow::model::{Action, ActionId, Flow};
use flow::validate;
use flow::value::{Ref, Value};

use super::bot::Group;
use super::words::{gist, joined, last_part, words};

/// Our name for each action, by number.
pub(super) fn names(flow: &Flow, groups: &[Group]) -> Vec<String> {
    let mut names: Vec<Option<String>> = vec![None; flow.actions.len()];
    let mut taken = reserved(flow);
    let mut of_group = HashMap::new();
    for group in groups {
        for (n, _) in group.members() {
            of_group.insert(n, group);
        }
    }
    for (n, action) in flow.actions.iter().enumerate() {
        let id = action.id.as_str();
        if !of_group.contains_key(&n) && is_name(id) && taken.insert(id.to_owned()) {
            names[n] = Some(id.to_owned());
        }
    }
    for group in groups {
        let id = flow.actions[group.join].id.as_str();
        let wanted = if is_name(id) { id } else { "bot" };
        let members = group.members();
        let of = |name: &str, word: &str| format!("{name} {word}").trim_end().to_owned();
        let is_free = |name: &str| {
            members
                .iter()
                .all(|(_, word)| !taken.contains(&of(name, word)))
        };
        let name = candidates(wanted, id).find(|it| is_free(it));
        let name = name.expect("there is no end of numbers");
        for (n, word) in members {
            taken.insert(of(&name, word));
            names[n] = Some(of(&name, word));
        }
    }
    for (n, action) in flow.actions.iter().enumerate() {
        if names[n].is_none() {
            let wanted = described(action);
            let mut candidates = candidates(&wanted, action.id.as_str());
            let name = candidates.find(|it| !taken.contains(it));
            let name = name.expect("there is no end of numbers");
            taken.insert(name.clone());
            names[n] = Some(name);
        }
    }
    names.into_iter().flatten().collect()
}

/// The flow with our names for its actions. What leads to no action leads nowhere still.
pub(super) fn renamed(flow: &Flow, names: &[String]) -> Flow {
    let mut by_id: HashMap<&ActionId, &String> = HashMap::new();
    for (action, name) in flow.actions.iter().zip(names) {
        by_id.entry(&action.id).or_insert(name);
    }
    let rename = |id: &mut ActionId| {
        if let Some(name) = by_id.get(id) {
            *id = ActionId::new(name.as_str());
        }
    };
    let mut renamed = flow.clone();
    rename(&mut renamed.start);
    for (action, name) in renamed.actions.iter_mut().zip(names) {
        action.id = ActionId::new(name.as_str());
        let ways = &mut action.transitions;
        ways.next.iter_mut().for_each(rename);
        ways.conditions
            .iter_mut()
            .for_each(|it| rename(&mut it.next));
        ways.errors.iter_mut().for_each(|it| rename(&mut it.next));
    }
    renamed
}

/// Makes everything that leads to one action lead to another.
pub(super) fn redirect(flow: &mut Flow, from: &ActionId, to: &ActionId) {
    let redirect = |id: &mut ActionId| {
        if id == from {
            id.clone_from(to);
        }
    };
    redirect(&mut flow.start);
    for action in &mut flow.actions {
        let ways = &mut action.transitions;
        ways.next.iter_mut().for_each(redirect);
        ways.conditions
            .iter_mut()
            .for_each(|it| redirect(&mut it.next));
        ways.errors.iter_mut().for_each(|it| redirect(&mut it.next));
    }
}

/// Names that no action may get: of actions that do not exist and of blocks without an action.
fn reserved(flow: &Flow) -> BTreeSet<String> {
    let ids: BTreeSet<&str> = flow.actions.iter().map(|it| it.id.as_str()).collect();
    let targets = flow.actions.iter().flat_map(|it| it.transitions.targets());
    let targets = targets.chain([&flow.start]).map(ActionId::as_str);
    let blocks = flow
        .metadata
        .as_ref()
        .and_then(|it| it.get("ActionMetadata"));
    let blocks = blocks.and_then(Value::as_map).into_iter().flatten();
    let blocks = blocks.map(|(id, _)| id.as_str());
    targets
        .chain(blocks)
        .filter(|id| !ids.contains(id))
        .map(str::to_owned)
        .collect()
}

/// Whether an identifier is a name that somebody chose and that can stand in a source.
fn is_name(id: &str) -> bool {
    let is_tidy = id.trim() == id && !id.chars().any(char::is_control);
    is_tidy && !is_uuid(id) && validate::identifier_is_legal(id)
}

/// The wanted name, then longer ones that tell it from others.
fn candidates(wanted: &str, id: &str) -> impl Iterator<Item = String> {
    let mark = if is_uuid(id) {
        id.replace('-', "").to_lowercase()
    } else {
        canonical::hex_digest(id)
    };
    let wanted = wanted.to_owned();
    let plain = wanted.clone();
    let marked = [4, 8, 12].map(|length| format!("{wanted}_{}", &mark[..length]));
    let numbered = (2..).map(move |n: usize| format!("{wanted}_{n}"));
    [plain].into_iter().chain(marked).chain(numbered)
}

/// What an action does, in a few words.
fn described(action: &Action) -> String {
    let kind = action.kind.as_str();
    let text = |name: &str| action.parameters.get(name).and_then(Value::as_text);
    let named = |name: &str| match action.parameters.get(name) {
        Some(Value::Ref(reference)) => words(&reference.name),
        Some(Value::Text(path)) if path.starts_with("$.") => words(last_part(path)),
        _ => Vec::new(),
    };
    let with = |verb: &str, more: Vec<String>| joined(words(verb).into_iter().chain(more));
    let said = |verb: &str| {
        let said = ["Text", "SSML"].into_iter().find_map(text);
        match said {
            Some(path) if path.starts_with("$.") => with(verb, words(last_part(path))),
            Some(said) => with(verb, gist(said)),
            None => with(if verb == "say" { "play" } else { verb }, named("PromptId")),
        }
    };
    let name = match kind {
        "MessageParticipant" => said("say"),
        "GetParticipantInput" => said("ask"),
        "ConnectParticipantWithLexBot" => with("lex", inner_reference(action)),
        "InvokeLambdaFunction" => with("invoke", named("LambdaFunctionARN")),
        "InvokeFlowModule" => with("module", named("FlowModuleId")),
        "Compare" => match text("ComparisonValue") {
            Some(path) => with("compare", words(last_part(path))),
            None => with("compare", Vec::new()),
        },
        "UpdateContactAttributes" => with("set", keys(action, "Attributes")),
        "UpdateFlowAttributes" => with("set flow", keys(action, "FlowAttributes")),
        "UpdateContactTargetQueue" => {
            let is_agent = action.parameters.contains_key("AgentId");
            with(
                if is_agent { "set agent" } else { "set queue" },
                named("QueueId"),
            )
        }
        "UpdateContactEventHooks" => with("set", keys(action, "EventHooks")),
        "CheckHoursOfOperation" => with("check hours", named("HoursOfOperationId")),
        "TransferToFlow" => with("to flow", named("ContactFlowId")),
        "TransferContactToQueue" => with("transfer to queue", Vec::new()),
        "UpdateFlowLoggingBehavior" => with("set logging", Vec::new()),
        "ShowView" => {
            let view = catalogue::parameter(&action.parameters, "ViewResource.Id");
            let managed = view.and_then(Value::as_text).map(words);
            with("show", managed.unwrap_or_else(|| inner_reference(action)))
        }
        "Wait" => with("wait", Vec::new()),
        "DisconnectParticipant" => with("disconnect", Vec::new()),
        "EndFlowExecution" => with("end flow", Vec::new()),
        "EndFlowModuleExecution" => with("end module", Vec::new()),
        "UpdateContactTextToSpeechVoice" => {
            let voice = text("TextToSpeechVoice").map(words);
            with("set voice", voice.unwrap_or_default())
        }
        "UpdateContactRecordingBehavior" | "UpdateContactRecordingAndAnalyticsBehavior" => {
            with("set recording", Vec::new())
        }
        "UpdateContactMediaStreamingBehavior" => with("set media streaming", Vec::new()),
        "UpdateContactData" => with("set", keys_of(action)),
        "DistributeByPercentage" => with("distribute", Vec::new()),
        kind => joined(words(kind)),
    };
    let is_legal = validate::identifier_is_legal(&name);
    if is_legal { name } else { "action".to_owned() }
}

/// The first keys of a map among the parameters.
fn keys(action: &Action, parameter: &str) -> Vec<String> {
    let map = action.parameters.get(parameter).and_then(Value::as_map);
    let keys = map.into_iter().flat_map(|map| map.keys().take(2));
    let keys: Vec<String> = keys.flat_map(|key| words(key)).collect();
    if keys.is_empty() {
        words(parameter)
    } else {
        keys
    }
}

fn keys_of(action: &Action) -> Vec<String> {
    let keys = action.parameters.keys().take(1);
    keys.flat_map(|key| words(key)).collect()
}

/// The words of the first reference inside a parameter.
fn inner_reference(action: &Action) -> Vec<String> {
    fn find(value: &Value) -> Option<&Ref> {
        match value {
            Value::Ref(reference) => Some(reference),
            Value::Map(map) => map.values().find_map(find),
            Value::List(items) => items.iter().find_map(find),
            _ => None,
        }
    }
    let found = action.parameters.values().find_map(find);
    found.map(|it| words(&it.name)).unwrap_or_default()
}
