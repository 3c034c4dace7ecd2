//! The event that the Invoke Lambda block sends to a function.

use flow_engine::contact::Contact;
use serde_json::{Map, Value, json};

/// `ContactFlowEvent` as a chat sends it: endpoints are null, the queue is null until one is set,
/// and parameters may be nested.
pub(crate) fn contact_flow_event(contact: &Contact, parameters: &Map<String, Value>) -> Value {
    let queue = contact
        .queue
        .as_ref()
        .map(|queue| json!({ "ARN": queue.arn, "Name": queue.name, "OutboundCallerId": null }));
    let segment_attributes: Map<String, Value> = contact
        .segment_attributes
        .iter()
        .map(|(key, value)| (key.clone(), json!({ "ValueString": value })))
        .collect();
    // In a first segment samples show the previous contact as the contact itself [P].
    let previous = contact
        .previous_contact_id
        .as_ref()
        .unwrap_or(&contact.contact_id);
    json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Attributes": contact.attributes,
                "AwsRegion": contact.region,
                "Channel": contact.channel,
                "ContactId": contact.contact_id,
                "CustomerEndpoint": null,
                "CustomerId": contact.customer_id,
                "Description": contact.description,
                "InitialContactId": contact.initial_contact_id,
                "InitiationMethod": contact.initiation_method,
                "InstanceARN": contact.instance_arn,
                "LanguageCode": contact.language_code.as_deref().unwrap_or("en-US"),
                "MediaStreams": { "Customer": { "Audio": null } },
                "Name": contact.name,
                "PreviousContactId": previous,
                "Queue": queue,
                "References": {},
                "RelatedContactId": null,
                "SegmentAttributes": segment_attributes,
                "SystemEndpoint": null,
                "Tags": {},
            },
            "Parameters": parameters,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flow_engine::contact::Queue;

    fn contact() -> Contact {
        Contact {
            contact_id: "c-1".into(),
            initial_contact_id: "c-1".into(),
            instance_arn: "arn:aws:connect:eu-west-2:123456789012:instance/i-1".into(),
            region: "eu-west-2".into(),
            channel: "CHAT".into(),
            initiation_method: "API".into(),
            attributes: [("tier".to_owned(), "gold".to_owned())].into(),
            segment_attributes: [("connect:Subtype".to_owned(), "connect:Chat".to_owned())].into(),
            ..Contact::default()
        }
    }

    #[test]
    fn a_chat_has_null_endpoints_and_no_queue_at_first() {
        let parameters = json!({ "bot_name": "Ada", "nested": { "n": 1 } });
        let event = contact_flow_event(&contact(), parameters.as_object().unwrap());
        insta::assert_snapshot!(serde_json::to_string_pretty(&event).unwrap());
    }

    #[test]
    fn the_working_queue_is_named_once_it_is_set() {
        let mut contact = contact();
        contact.queue = Some(Queue {
            id: "q-1".into(),
            arn: "arn:q-1".into(),
            name: "Support".into(),
        });
        let event = contact_flow_event(&contact, &Map::new());
        assert_eq!(event["Details"]["ContactData"]["Queue"]["Name"], "Support");
        assert_eq!(event["Details"]["ContactData"]["Queue"]["ARN"], "arn:q-1");
    }
}
