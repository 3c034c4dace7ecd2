//! What a flow asks of bot-join, checked before anything is called.

use bot_core::events::EventError;
use bot_core::events::flow::ContactFlowEvent;
use bot_core::settings::Settings;

/// Connect's range for the participants' timers (UpdateParticipantRoleConfig).
const TIMER_MINUTES: std::ops::RangeInclusive<i32> = 2..=480;
/// CreateParticipant's limit for a display name.
const NAME_LIMIT: usize = 256;

/// A join as the flow wants it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct JoinRequest {
    pub(crate) contact_id: String,
    pub(crate) initial_contact_id: String,
    pub(crate) instance_id: String,
    pub(crate) customer_idle_minutes: Option<i32>,
    pub(crate) customer_disconnect_minutes: Option<i32>,
    pub(crate) greeting: Option<String>,
    pub(crate) bot_name: String,
    /// Whether the contact still carries what an earlier visit of the bot wrote.
    pub(crate) has_old_outcome: bool,
}

impl JoinRequest {
    /// The request, or the reason for which it can never succeed.
    pub(crate) fn new(event: &ContactFlowEvent, settings: &Settings) -> Result<Self, &'static str> {
        if event
            .channel
            .as_deref()
            .is_some_and(|channel| channel != "CHAT")
        {
            return Err("not_a_chat");
        }
        let bot_name = parameter(event, "bot_name", "invalid_bot_name")?;
        let bot_name = bot_name.unwrap_or_else(|| settings.bot_name.clone());
        if bot_name.chars().count() > NAME_LIMIT {
            return Err("invalid_bot_name");
        }
        Ok(Self {
            contact_id: event.contact_id.clone(),
            initial_contact_id: event.initial_contact_id.clone(),
            instance_id: event.instance_id.clone(),
            customer_idle_minutes: minutes(
                event,
                "customer_idle_minutes",
                "invalid_customer_idle_minutes",
            )?,
            customer_disconnect_minutes: minutes(
                event,
                "customer_disconnect_minutes",
                "invalid_customer_disconnect_minutes",
            )?,
            greeting: parameter(event, "greeting", "invalid_greeting")?,
            bot_name,
            has_old_outcome: event
                .attribute(bot_core::conversation::OUTCOME_ATTRIBUTE)
                .is_some(),
        })
    }
}

fn minutes(
    event: &ContactFlowEvent,
    name: &'static str,
    reason: &'static str,
) -> Result<Option<i32>, &'static str> {
    let Some(text) = parameter(event, name, reason)? else {
        return Ok(None);
    };
    let minutes = text
        .parse()
        .ok()
        .filter(|minutes| TIMER_MINUTES.contains(minutes));
    minutes.map(Some).ok_or(reason)
}

fn parameter(
    event: &ContactFlowEvent,
    name: &'static str,
    reason: &'static str,
) -> Result<Option<String>, &'static str> {
    event.parameter(name).map_err(|_: EventError| reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn request(parameters: Value, channel: Value) -> Result<JoinRequest, &'static str> {
        let contact = json!({ "ContactId": "c-2", "InitialContactId": "c-1", "InstanceARN": "arn:aws:connect:eu-west-2:1:instance/i-1", "Channel": channel, "CustomerEndpoint": null, "Queue": null });
        let event = json!({ "Name": "ContactFlowEvent", "Details": { "ContactData": contact, "Parameters": parameters } });
        let settings = Settings::read(|_| Some("900".into())).unwrap();
        JoinRequest::new(&ContactFlowEvent::read(&event).unwrap(), &settings)
    }

    #[test]
    fn parameters_are_optional_and_may_be_text_or_number() {
        let full = json!({ "customer_idle_minutes": " 2 ", "customer_disconnect_minutes": 480, "greeting": "Hi", "bot_name": "Ada", "nested": { "a": [1] } });
        let request_full = request(full, json!("CHAT")).unwrap();
        assert_eq!(
            (
                request_full.customer_idle_minutes,
                request_full.customer_disconnect_minutes
            ),
            (Some(2), Some(480))
        );
        assert_eq!(
            (
                request_full.greeting.as_deref(),
                request_full.bot_name.as_str()
            ),
            (Some("Hi"), "Ada")
        );
        let bare = request(
            json!({ "customer_idle_minutes": "", "greeting": null }),
            Value::Null,
        )
        .unwrap();
        assert_eq!(
            (
                bare.customer_idle_minutes,
                bare.greeting,
                bare.bot_name.as_str()
            ),
            (None, None, "900")
        );
        assert_eq!(
            (
                bare.contact_id.as_str(),
                bare.initial_contact_id.as_str(),
                bare.instance_id.as_str()
            ),
            ("c-2", "c-1", "i-1")
        );
    }

    #[test]
    fn what_can_never_succeed_has_a_reason_in_one_word() {
        for value in [
            json!("1"),
            json!("481"),
            json!(1),
            json!("two"),
            json!("2.5"),
            json!(-3),
            json!({}),
            json!(true),
        ] {
            for (name, reason) in [
                ("customer_idle_minutes", "invalid_customer_idle_minutes"),
                (
                    "customer_disconnect_minutes",
                    "invalid_customer_disconnect_minutes",
                ),
            ] {
                assert_eq!(
                    request(json!({ name: value }), json!("CHAT")),
                    Err(reason),
                    "{value}"
                );
            }
        }
        assert_eq!(request(json!({}), json!("VOICE")), Err("not_a_chat"));
        assert_eq!(
            request(json!({ "greeting": ["a"] }), json!("CHAT")),
            Err("invalid_greeting")
        );
        assert_eq!(
            request(json!({ "bot_name": "x".repeat(257) }), json!("CHAT")),
            Err("invalid_bot_name")
        );
    }
}
