//! The control plane of Connect, through the SDK's own client.

mod associations;
mod consistency;
mod flows;
mod instances;
mod limits;
mod listings;
mod media;
mod modules;
mod people;
mod queues;

use std::fmt::Debug;

use aws_sdk_connect::Client;
use aws_sdk_connect::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_connect::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_connect::types::{ContactFlowType, DirectoryType};
use emulator::{Config, Emulator};

/// An emulator with a client.
struct Bench {
    emulator: Emulator,
    connect: Client,
}

impl Bench {
    async fn start() -> Self {
        Self::with(Config::new("123456789012", "eu-west-2")).await
    }

    async fn with(config: Config) -> Self {
        let emulator = Emulator::start(config).await.unwrap();
        let config = aws_sdk_connect::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(emulator.endpoint())
            .region(Region::new("eu-west-2"))
            .credentials_provider(Credentials::new("key", "secret", None, None, "tests"))
            .retry_config(RetryConfig::disabled())
            .build();
        Self {
            emulator,
            connect: Client::from_conf(config),
        }
    }

    /// A new instance; its id.
    async fn instance(&self, alias: &str) -> String {
        self.connect
            .create_instance()
            .identity_management_type(DirectoryType::ConnectManaged)
            .instance_alias(alias)
            .inbound_calls_enabled(true)
            .outbound_calls_enabled(false)
            .send()
            .await
            .unwrap()
            .id
            .unwrap()
    }

    /// A new published flow of the type CONTACT_FLOW; its id.
    async fn flow(&self, instance: &str, name: &str, content: &str) -> String {
        self.connect
            .create_contact_flow()
            .instance_id(instance)
            .name(name)
            .r#type(ContactFlowType::ContactFlow)
            .content(content)
            .send()
            .await
            .unwrap()
            .contact_flow_id
            .unwrap()
    }

    /// The id of a seeded queue.
    async fn basic_queue(&self, instance: &str) -> String {
        let queues = self.connect.list_queues().instance_id(instance);
        let queues = queues.send().await.unwrap().queue_summary_list.unwrap();
        queues[0].id.clone().unwrap()
    }
}

/// Says something and disconnects; spaced as no serialiser would.
const CONTENT: &str = r#"{ "Version":"2019-10-30","StartAction" : "hello",
  "Actions":[ {"Identifier":"hello", "Type":"MessageParticipant", "Parameters":{"Text":"Grüezi  \u00e9"},
    "Transitions":{"NextAction":"bye","Errors":[{"NextAction":"bye","ErrorType":"NoMatchingError"}],"Conditions":[]}},
   {"Identifier":"bye","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}} ]}"#;

/// As [`CONTENT`], and shorter.
const OTHER_CONTENT: &str = r#"{"Version":"2019-10-30","StartAction":"bye","Actions":[{"Identifier":"bye","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}"#;

/// A document that the service would not publish.
const INVALID_CONTENT: &str = r#"{"Version":"2019-10-30","StartAction":"bye","Actions":[{"Identifier":"bye","Type":"Dance","Parameters":{},"Transitions":{}}]}"#;

/// A module that ends at once.
const MODULE: &str = r#"{"Version":"2019-10-30","StartAction":"end","Actions":[{"Identifier":"end","Type":"EndFlowModuleExecution","Parameters":{},"Transitions":{}}],"Settings":{"InputParameters":[],"OutputParameters":[],"Transitions":[{"DisplayName":"Success","ReferenceName":"Success","Description":""},{"DisplayName":"Error","ReferenceName":"Error","Description":""}]}}"#;

/// The status and code of a refusal.
#[track_caller]
fn refusal<T: Debug, E: ProvideErrorMetadata + Debug>(
    result: Result<T, SdkError<E>>,
) -> (u16, String) {
    let error = result.expect_err("the service refuses this");
    let code = error.code().unwrap_or_default().to_owned();
    let response = error.raw_response().expect("the service answers");
    (response.status().as_u16(), code)
}

/// The message of a refusal.
#[track_caller]
fn refusal_message<T: Debug, E: ProvideErrorMetadata + Debug>(
    result: Result<T, SdkError<E>>,
) -> String {
    let error = result.expect_err("the service refuses this");
    error.message().unwrap_or_default().to_owned()
}

fn code(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
