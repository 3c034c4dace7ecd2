//! The attributes of an instance: features that are on or off.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::input::{Answer, Handler, Input, done, reply};
use super::paging;
use super::state::State;
use crate::wire::ServiceError;

const ATTRIBUTE_TYPES: [&str; 13] = [
    "INBOUND_CALLS",
    "OUTBOUND_CALLS",
    "CONTACTFLOW_LOGS",
    "CONTACT_LENS",
    "AUTO_RESOLVE_BEST_VOICES",
    "USE_CUSTOM_TTS_VOICES",
    "EARLY_MEDIA",
    "MULTI_PARTY_CONFERENCE",
    "HIGH_VOLUME_OUTBOUND",
    "ENHANCED_CONTACT_MONITORING",
    "ENHANCED_CHAT_MONITORING",
    "MULTI_PARTY_CHAT_CONFERENCE",
    "MESSAGE_STREAMING",
];

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "UpdateInstanceAttribute" => update,
        "DescribeInstanceAttribute" => describe,
        "ListInstanceAttributes" => list,
        _ => return None,
    })
}

/// A new instance has no features beside the calls it was created with.
pub(super) fn of_new_instance(inbound: bool, outbound: bool) -> IndexMap<&'static str, bool> {
    let mut attributes: IndexMap<_, _> =
        ATTRIBUTE_TYPES.into_iter().map(|it| (it, false)).collect();
    attributes.insert("INBOUND_CALLS", inbound);
    attributes.insert("OUTBOUND_CALLS", outbound);
    attributes
}

fn attribute_type(input: &Input<'_>) -> Result<&'static str, ServiceError> {
    let named = input.path("AttributeType")?;
    ATTRIBUTE_TYPES
        .into_iter()
        .find(|it| *it == named)
        .ok_or_else(|| input.refuse("AttributeType is not one of the attribute types"))
}

fn update(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let attribute_type = attribute_type(input)?;
    let value = match input.required("Value")? {
        value if value.eq_ignore_ascii_case("true") => true,
        value if value.eq_ignore_ascii_case("false") => false,
        _ => return Err(input.refuse("Value must be true or false")),
    };
    instance.attributes.insert(attribute_type, value);
    done()
}

fn describe(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let attribute_type = attribute_type(input)?;
    let attribute = attribute(attribute_type, instance.attribute(attribute_type));
    reply(json!({ "Attribute": attribute }))
}

fn list(input: &Input<'_>, state: &mut State) -> Answer {
    let attributes = input
        .instance(state)?
        .attributes
        .iter()
        .map(|(attribute_type, value)| attribute(attribute_type, *value))
        .collect();
    paging::list(input, "Attributes", attributes)
}

fn attribute(attribute_type: &str, value: bool) -> Value {
    json!({ "AttributeType": attribute_type, "Value": value.to_string() })
}
