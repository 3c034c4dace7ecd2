//! The event of an Invoke Lambda block.

use super::{EventError, text};
use crate::secret::Secret;
use serde_json::{Map, Value};

/// The contact a flow invokes a Lambda for, and the parameters its block gives.
#[derive(Debug)]
pub struct ContactFlowEvent {
    /// The contact's current segment.
    pub contact_id: String,
    /// The first segment of the chain; equal to `contact_id` in the first one.
    pub initial_contact_id: String,
    /// The instance, taken from the end of its ARN.
    pub instance_id: String,
    /// `CHAT` for chats; some older events leave it out.
    pub channel: Option<String>,
    attributes: Secret<Map<String, Value>>,
    parameters: Secret<Map<String, Value>>,
}

impl ContactFlowEvent {
    /// Reads what the Lambdas need and leaves everything else alone.
    pub fn read(event: &Value) -> Result<Self, EventError> {
        let contact_id = text(event, "/Details/ContactData/ContactId")
            .ok_or(EventError::Missing("Details.ContactData.ContactId"))?;
        let instance_id = text(event, "/Details/ContactData/InstanceARN")
            .and_then(|arn| arn.rsplit('/').next())
            .filter(|id| !id.is_empty())
            .ok_or(EventError::Missing("Details.ContactData.InstanceARN"))?;
        Ok(Self {
            contact_id: contact_id.to_owned(),
            initial_contact_id: text(event, "/Details/ContactData/InitialContactId")
                .unwrap_or(contact_id)
                .to_owned(),
            instance_id: instance_id.to_owned(),
            channel: text(event, "/Details/ContactData/Channel").map(str::to_owned),
            attributes: object(event, "/Details/ContactData/Attributes"),
            parameters: object(event, "/Details/Parameters"),
        })
    }

    /// A contact attribute, if it is set to something.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .expose()
            .get(name)
            .and_then(Value::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A parameter of the block as text. Absent, null and blank are the same: a flow cannot leave a parameter out
    /// conditionally, so an attribute that is not set arrives as an empty text.
    pub fn parameter(&self, name: &'static str) -> Result<Option<String>, EventError> {
        let given = match self.parameters.expose().get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => return Err(EventError::NotText(name)),
        };
        Ok(Some(given).filter(|text| !text.is_empty()))
    }
}

fn object(event: &Value, pointer: &str) -> Secret<Map<String, Value>> {
    let found = event.pointer(pointer).and_then(Value::as_object);
    Secret::new(found.cloned().unwrap_or_default())
}
