//! A customer on the chat: starts a contact, writes, reads the transcript.
//!
//! Speaks through the AWS SDK as a customer's own application would, and knows nothing of the
//! emulator but its address.

use std::collections::HashMap;
use std::error::Error;

use anyhow::{Context, anyhow};
use aws_sdk_connect::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_connect::error::ProvideErrorMetadata;
use aws_sdk_connect::types::ParticipantDetails;
use aws_sdk_connectparticipant::types::{ConnectionType, Item, ScanDirection, SortKey};

/// Where chats are started, and with which flow.
#[derive(Clone)]
pub(crate) struct Entrance {
    connect: aws_sdk_connect::Client,
    participant: aws_sdk_connectparticipant::Client,
    instance_id: String,
    flow_id: String,
}

impl Entrance {
    /// An entrance at an emulator; the credentials and the profile of whoever runs this are not
    /// looked at.
    pub(crate) fn at(endpoint: &str, region: &str, instance_id: &str, flow_id: &str) -> Self {
        let region = Region::new(region.to_owned());
        let credentials = Credentials::new("local", "local", None, None, "flowyard");
        // Without what the surroundings say of proxies: the emulator is on this machine.
        let http = aws_smithy_http_client::Builder::new().build_http();
        let connect = aws_sdk_connect::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region.clone())
            .credentials_provider(credentials.clone())
            .http_client(http.clone())
            .endpoint_url(endpoint)
            .build();
        let participant = aws_sdk_connectparticipant::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region)
            // The SDK signs what needs no signature; only the token counts.
            .credentials_provider(credentials)
            .http_client(http)
            .endpoint_url(endpoint)
            .build();
        Self {
            connect: aws_sdk_connect::Client::from_conf(connect),
            participant: aws_sdk_connectparticipant::Client::from_conf(participant),
            instance_id: instance_id.to_owned(),
            flow_id: flow_id.to_owned(),
        }
    }

    /// Starts a chat and connects to it, upon which its flow begins to run.
    pub(crate) async fn join(&self, display_name: &str) -> anyhow::Result<Customer> {
        let details = ParticipantDetails::builder()
            .display_name(display_name)
            .build();
        let started = self
            .connect
            .start_chat_contact()
            .instance_id(&self.instance_id)
            .contact_flow_id(&self.flow_id)
            .participant_details(details.context("the customer has a name")?)
            .send()
            .await
            .map_err(told("StartChatContact"))?;
        let contact_id = started
            .contact_id
            .context("StartChatContact named no contact")?;
        let token = started
            .participant_token
            .context("StartChatContact gave no participant token")?;
        let connection = self
            .participant
            .create_participant_connection()
            .participant_token(token)
            .r#type(ConnectionType::ConnectionCredentials)
            .connect_participant(true)
            .send()
            .await
            .map_err(told("CreateParticipantConnection"))?;
        let connection_token = connection
            .connection_credentials
            .and_then(|credentials| credentials.connection_token)
            .context("CreateParticipantConnection gave no connection token")?;
        Ok(Customer {
            participant: self.participant.clone(),
            contact_id,
            connection_token,
        })
    }
}

impl Entrance {
    /// What contact attributes say: the side of whoever runs the contact centre.
    pub(crate) async fn attributes(
        &self,
        contact_id: &str,
    ) -> anyhow::Result<HashMap<String, String>> {
        let answer = self
            .connect
            .get_contact_attributes()
            .instance_id(&self.instance_id)
            .initial_contact_id(contact_id)
            .send()
            .await
            .map_err(told("GetContactAttributes"))?;
        Ok(answer.attributes.unwrap_or_default())
    }
}

/// A customer connected to a chat.
pub(crate) struct Customer {
    participant: aws_sdk_connectparticipant::Client,
    contact_id: String,
    connection_token: String,
}

impl Customer {
    pub(crate) fn contact_id(&self) -> &str {
        &self.contact_id
    }

    /// Writes a message.
    pub(crate) async fn say(&self, text: &str) -> anyhow::Result<()> {
        self.participant
            .send_message()
            .connection_token(&self.connection_token)
            .content_type("text/plain")
            .content(text)
            .send()
            .await
            .map_err(told("SendMessage"))?;
        Ok(())
    }

    /// The whole transcript, oldest first.
    pub(crate) async fn transcript(&self) -> anyhow::Result<Vec<Item>> {
        let mut items = Vec::new();
        let mut next_token = None;
        loop {
            let page = self
                .participant
                .get_transcript()
                .connection_token(&self.connection_token)
                .max_results(100)
                .scan_direction(ScanDirection::Forward)
                .sort_order(SortKey::Ascending)
                .set_next_token(next_token)
                .send()
                .await
                .map_err(told("GetTranscript"))?;
            items.extend(page.transcript.unwrap_or_default());
            next_token = page.next_token;
            if next_token.is_none() {
                return Ok(items);
            }
        }
    }
}

/// What the service said, without the request: that carries tokens and what the customer wrote.
fn told<E>(operation: &'static str) -> impl Fn(E) -> anyhow::Error
where
    E: Error + ProvideErrorMetadata,
{
    move |error| match (error.code(), error.message()) {
        (Some(code), message) => {
            anyhow!("{operation}: {code}: {}", message.unwrap_or("no message"))
        }
        (None, _) => anyhow!("{operation}: {}", chain(&error)),
    }
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    text
}
