//! The words in a picture: what the designer calls a block, what an action does, and what its
//! branches are called.

use crate::catalogue;
use crate::duration;
use crate::model::{Action, Condition};
use crate::value::{Map, Value};

use super::text;

/// What the designer calls the block of an action; a type that nobody here knows, in words.
pub(super) fn title(action: &Action) -> String {
    match catalogue::entry(&action.kind) {
        Some(_) => catalogue::block(action).to_owned(),
        None => text::one_line(&text::words(action.kind.as_str())),
    }
}

fn metric(action: &Action) -> Option<&str> {
    action.parameters.get("MetricType")?.as_text()
}

/// What an action does, the most telling first. `shown` is what the designer keeps about its block:
/// the names of things that the action itself has only ids for.
pub(super) fn says(action: &Action, shown: Option<&Map>) -> Vec<String> {
    let facts = Facts { action, shown };
    match action.kind.as_str() {
        "MessageParticipant" => facts.prompt(&action.parameters).into_iter().collect(),
        "MessageParticipantIteratively" => facts.messages(),
        "GetParticipantInput" => facts.some([
            facts.prompt(&action.parameters),
            facts.seconds("Time limit", "InputTimeLimitSeconds"),
        ]),
        "ConnectParticipantWithLexBot" => {
            facts.some([facts.prompt(&action.parameters), facts.lex_bot()])
        }
        "InvokeLambdaFunction" => facts.some([
            facts.named("Lambda", "LambdaFunctionARN"),
            facts.seconds("Time limit", "InvocationTimeLimitSeconds"),
            facts.keys("Sends", "LambdaInvocationAttributes"),
        ]),
        "InvokeFlowModule" => facts.some([
            facts.named("Module", "FlowModuleId"),
            facts.keys("Sends", "Input"),
        ]),
        "TransferToFlow" => facts.some([facts.named("Flow", "ContactFlowId")]),
        "CreateTask" => facts.some([
            facts.plain("Name", "Name"),
            facts.named("Flow", "ContactFlowId"),
        ]),
        "UpdateContactTargetQueue"
        | "DequeueContactAndTransferToQueue"
        | "GetMetricData"
        | "CreateCallbackContact" => facts.some([
            facts.named("Queue", "QueueId"),
            facts.named("Agent", "AgentId"),
        ]),
        "CheckMetricData" => facts.some([
            metric(action).map(text::words),
            facts.named("Queue", "QueueId"),
        ]),
        "CheckHoursOfOperation" => facts.some([Some(
            facts
                .named("Hours", "HoursOfOperationId")
                .unwrap_or_else(|| "Hours of the queue".to_owned()),
        )]),
        "Compare" => facts.some([facts.bare("ComparisonValue")]),
        "Wait" => facts.wait(),
        "Loop" => facts.some([facts.bare("LoopCount").map(|it| format!("Times: {it}"))]),
        "ShowView" => facts.some([
            facts.named("View", "ViewResource.Id"),
            facts.seconds("Time limit", "InvocationTimeLimitSeconds"),
        ]),
        "UpdateContactEventHooks" => inner(action, "EventHooks")
            .map(|(hook, flow)| format!("{}: {}", text::words(hook), resource(flow)))
            .collect(),
        "UpdateContactAttributes" => pairs(inner(action, "Attributes")),
        "UpdateFlowAttributes" => pairs(inner(action, "FlowAttributes")),
        "TagContact" => pairs(inner(action, "Tags")),
        "UpdateFlowLoggingBehavior" => facts.some([facts.bare("FlowLoggingBehavior")]),
        _ => facts.anything(),
    }
}

/// An action and what the designer shows of it.
struct Facts<'a> {
    action: &'a Action,
    shown: Option<&'a Map>,
}

impl Facts<'_> {
    fn some<const N: usize>(&self, facts: [Option<String>; N]) -> Vec<String> {
        facts.into_iter().flatten().collect()
    }

    fn parameter(&self, name: &str) -> Option<&Value> {
        catalogue::parameter(&self.action.parameters, name)
    }

    fn bare(&self, name: &str) -> Option<String> {
        self.parameter(name).map(value)
    }

    fn plain(&self, label: &str, name: &str) -> Option<String> {
        Some(format!("{label}: {}", self.bare(name)?))
    }

    /// A resource by the name it has in the designer, or in its ARN.
    fn named(&self, label: &str, name: &str) -> Option<String> {
        let value = self.parameter(name)?;
        let known = match value {
            Value::Text(text) if !text.starts_with("$.") => self.display_name(name),
            _ => None,
        };
        Some(format!(
            "{label}: {}",
            known.unwrap_or_else(|| resource(value))
        ))
    }

    /// The name of a picked resource, which exports keep beside the block's position.
    fn display_name(&self, name: &str) -> Option<String> {
        let shown = self.shown?;
        let parameters = shown.get("parameters").and_then(Value::as_map);
        let picked =
            parameters.and_then(|it| catalogue::parameter(it, name)?.as_map()?.get("displayName"));
        let older = || match name {
            "ContactFlowId" => catalogue::parameter(shown, "ContactFlow.text"),
            "QueueId" => catalogue::parameter(shown, "queue.text"),
            "HoursOfOperationId" => catalogue::parameter(shown, "Hours.text"),
            "PromptId" => shown.get("promptName"),
            "FlowModuleId" => shown.get("contactFlowModuleName"),
            _ => None,
        };
        let text = picked.or_else(older)?.as_text()?;
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn seconds(&self, label: &str, name: &str) -> Option<String> {
        Some(format!("{label}: {}", duration(self.parameter(name)?)))
    }

    fn keys(&self, label: &str, name: &str) -> Option<String> {
        let keys: Vec<&str> = inner(self.action, name).map(|it| it.0.as_str()).collect();
        (!keys.is_empty()).then(|| format!("{label}: {}", keys.join(", ")))
    }

    /// What is said or played, from the parameters of the action or of one of its messages.
    fn prompt(&self, parameters: &Map) -> Option<String> {
        if let Some(text) = parameters.get("Text") {
            return Some(value(text));
        }
        if let Some(ssml) = parameters.get("SSML") {
            return Some(without_tags(&value(ssml)));
        }
        if let Some(prompt) = parameters.get("PromptId") {
            let name = self.display_name("PromptId");
            return Some(format!(
                "Prompt: {}",
                name.unwrap_or_else(|| resource(prompt))
            ));
        }
        let media = parameters.get("Media")?.as_map()?;
        Some(format!("Media: {}", value(media.get("Uri")?)))
    }

    fn messages(&self) -> Vec<String> {
        let messages = self.parameter("Messages").and_then(Value::as_list);
        messages
            .unwrap_or_default()
            .iter()
            .filter_map(|message| self.prompt(message.as_map()?))
            .chain(self.seconds("Interrupted every", "InterruptFrequencySeconds"))
            .collect()
    }

    fn lex_bot(&self) -> Option<String> {
        let name = self.shown.and_then(|it| it.get("lexV2BotName")?.as_text());
        match name {
            Some(name) if !name.is_empty() => Some(format!("Bot: {name}")),
            _ => self
                .named("Bot", "LexV2Bot.AliasArn")
                .or_else(|| self.plain("Bot", "LexBot.Name")),
        }
    }

    fn wait(&self) -> Vec<String> {
        let events = self.parameter("Events").and_then(Value::as_list);
        let event = events.and_then(|it| it.first()?.as_text());
        let until = event.map(|event| match event {
            "BotParticipantDisconnected" => "or until the bot leaves".to_owned(),
            "CustomerReturned" => "or until the customer returns".to_owned(),
            other => format!("or until {}", text::words(other)),
        });
        self.some([self.parameter("TimeLimitSeconds").map(duration), until])
    }

    /// The parameters as they stand, for actions that need no words of their own.
    fn anything(&self) -> Vec<String> {
        let mut facts = Vec::new();
        // One block of the designer for several actions: the type says which.
        if let "Cases" | "Customer profiles" | "Data table" = catalogue::block(self.action) {
            facts.push(text::words(self.action.kind.as_str()));
        }
        for (key, parameter) in &self.action.parameters {
            match parameter {
                Value::Map(map) => facts.extend(pairs(map.iter())),
                Value::Text(text) if text.starts_with("arn:") => {
                    facts.push(format!("{}: {}", text::words(key), resource(parameter)));
                }
                _ if key.ends_with("Seconds") => {
                    let label = text::words(key.trim_end_matches("Seconds"));
                    facts.push(format!("{label}: {}", duration(parameter)));
                }
                _ => facts.push(format!("{}: {}", text::words(key), value(parameter))),
            }
        }
        facts
    }
}

/// The labels of the conditions, in their order.
pub(super) fn conditions(action: &Action) -> Vec<String> {
    let conditions = &action.transitions.conditions;
    let mut spent = 1;
    let label = |condition: &Condition| {
        if action.kind.as_str() == "DistributeByPercentage"
            && let Some(label) = share(condition, &mut spent)
        {
            return label;
        }
        self::condition(action, condition)
    };
    conditions.iter().map(label).collect()
}

/// A condition of a distribution holds for numbers from 1 to 100 below its own and not below those
/// before it; people think of the share.
fn share(condition: &Condition, spent: &mut i64) -> Option<String> {
    let limit: i64 = value(condition.operands.first()?).parse().ok()?;
    let share = limit.checked_sub(*spent)?;
    *spent = limit;
    Some(format!("{share} %"))
}

fn condition(action: &Action, condition: &Condition) -> String {
    let operands: Vec<String> = condition.operands.iter().map(value).collect();
    let operand = text::one_line(&operands.join(", "));
    let is_closed = condition.operator == "Equals";
    match (action.kind.as_str(), operand.as_str()) {
        ("Wait", "WaitCompleted") => "Time Expired".to_owned(),
        ("CheckHoursOfOperation", "True") => "In hours".to_owned(),
        ("CheckHoursOfOperation", "False") => "Out of hours".to_owned(),
        ("Loop", "ContinueLooping") => "Looping".to_owned(),
        ("Loop", "DoneLooping") => "Complete".to_owned(),
        ("MessageParticipantIteratively", "MessagesInterrupted") => "Timeout".to_owned(),
        ("GetParticipantInput", digit) => format!("Pressed {digit}"),
        ("Wait" | "CheckOutboundCallStatus" | "CheckVoiceId" | "AuthenticateParticipant", it) => {
            text::words(it)
        }
        ("ConnectParticipantWithLexBot" | "InvokeFlowModule" | "ShowView", it) if is_closed => {
            it.to_owned()
        }
        (_, it) => format!("{} {it}", operator(&condition.operator))
            .trim_end()
            .to_owned(),
    }
}

fn operator(name: &str) -> String {
    let sign = match name {
        "Equals" => "=",
        "NumberGreaterThan" => ">",
        "NumberGreaterOrEqualTo" => "≥",
        "NumberLessThan" => "<",
        "NumberLessOrEqualTo" => "≤",
        "TextStartsWith" => "starts with",
        "TextEndsWith" => "ends with",
        "TextContains" => "contains",
        "KeyExists" => "has the key",
        other => return text::words(other).to_lowercase(),
    };
    sign.to_owned()
}

/// The label of an error branch.
pub(super) fn error(action: &Action, name: &str) -> String {
    let label = match (action.kind.as_str(), name) {
        (_, "NoMatchingError") => "Error",
        ("GetParticipantInput" | "ConnectParticipantWithLexBot", "NoMatchingCondition") => {
            "Default"
        }
        ("DistributeByPercentage", "NoMatchingCondition") => "The rest",
        (_, "NoMatchingCondition") => "No match",
        (_, "QueueAtCapacity") => "At capacity",
        (_, "InputTimeLimitExceeded" | "TimeLimitExceeded" | "ConnectionTimeLimitExceeded") => {
            "Timeout"
        }
        (_, "MultipleFoundError") => "Multiple found",
        (_, "NoneFoundError") => "None found",
        (_, other) => return text::one_line(&text::words(other)),
    };
    label.to_owned()
}

/// The values in a map by their paths, as text.
pub(super) fn flatten(path: &str, map: &Map, parameters: &mut Vec<(String, String)>) {
    for (key, inner) in map {
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        match inner {
            Value::Map(map) if !map.is_empty() => flatten(&path, map, parameters),
            inner => parameters.push((path, value(inner))),
        }
    }
}

fn pairs<'a>(map: impl Iterator<Item = (&'a String, &'a Value)>) -> Vec<String> {
    let pair = |(key, inner): (&String, &Value)| {
        // Flow attributes wrap each value in an object.
        let inner = match inner {
            Value::Map(map) if map.len() == 1 => map.get("Value").unwrap_or(inner),
            inner => inner,
        };
        format!("{key} = {}", value(inner))
    };
    map.map(pair).collect()
}

/// The entries of a parameter that is a map.
fn inner<'a>(action: &'a Action, name: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let parameter = action.parameters.get(name).and_then(Value::as_map);
    parameter.into_iter().flatten()
}

/// A value as text.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Template(template) => template.source.clone(),
        Value::Ref(reference) => reference.name.clone(),
        value => crate::diff::shown(value),
    }
}

/// The name of a resource: of a symbolic reference its name, of an ARN what it ends with.
fn resource(value: &Value) -> String {
    let text = self::value(value);
    if let Some((_, name)) = text
        .strip_prefix("${")
        .and_then(|it| it.strip_suffix('}')?.split_once(':'))
        && !name.starts_with(':')
    {
        return name.to_owned();
    }
    if !text.starts_with("arn:") {
        return text;
    }
    // A function may be named with its alias; the name tells more.
    match text.split_once(":function:") {
        Some((_, function)) => function.to_owned(),
        None => text.rsplit(['/', ':']).next().unwrap_or(&text).to_owned(),
    }
}

/// Seconds as people say them; what is no number stays as it is.
fn duration(seconds: &Value) -> String {
    let text = value(seconds);
    let Ok(seconds) = text.parse::<u64>() else {
        return text;
    };
    duration::in_words(seconds)
}

/// What a voice would say of SSML.
fn without_tags(ssml: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for c in ssml.chars() {
        match c {
            '<' => is_tag = true,
            '>' if is_tag => {
                is_tag = false;
                text.push(' ');
            }
            c if !is_tag => text.push(c),
            _ => {}
        }
    }
    // Text that only looks like SSML is better than none.
    if text.trim().is_empty() {
        return ssml.to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_said_as_people_say_them() {
        let said = |text: &str| duration(&Value::text(text));
        assert_eq!(said("900"), "15 minutes");
        assert_eq!(said("604800"), "7 days");
        assert_eq!(said("3661"), "1 hour 1 minute 1 second");
        assert_eq!(said("0"), "0 seconds");
        assert_eq!(said("$.Attributes.wait"), "$.Attributes.wait");
    }

    #[test]
    fn resources_are_called_by_what_names_them() {
        let name = |text: &str| resource(&Value::text(text));
        assert_eq!(
            name("arn:aws:lambda:eu-west-2:1:function:join:live"),
            "join:live"
        );
        assert_eq!(name("arn:aws:connect:eu-west-2:1:instance/a/queue/b"), "b");
        assert_eq!(name("${queue:support}"), "support");
        assert_eq!(name("${AWS::Stack}"), "${AWS::Stack}");
        assert_eq!(name("$.External.queue"), "$.External.queue");
    }

    #[test]
    fn ssml_is_shown_without_its_tags() {
        assert_eq!(
            text::one_line(&without_tags(
                "<speak>Hello <break time=\"1s\"/>you</speak>"
            )),
            "Hello you"
        );
        assert_eq!(without_tags("<audio src=\"x\"/>"), "<audio src=\"x\"/>");
        assert_eq!(without_tags("1 < 2"), "1 ");
    }
}
