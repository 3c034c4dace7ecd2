//! A customer in a test, through the AWS SDK.

use std::time::{Duration, Instant};

use aws_sdk_connect::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_connect::types::ParticipantDetails;
use aws_sdk_connectparticipant::types::ConnectionType;
use tokio::runtime::Runtime;

use crate::support::Local;

/// A chat that was started and that the customer has joined.
pub(crate) struct Chat {
    runtime: Runtime,
    participant: aws_sdk_connectparticipant::Client,
    connection_token: String,
}

impl Chat {
    pub(crate) fn start(local: &Local) -> Self {
        let runtime = Runtime::new().expect("a runtime can be made");
        let region = Region::new("eu-west-2");
        let credentials = Credentials::new("test", "test", None, None, "test");
        let connect = aws_sdk_connect::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region.clone())
            .credentials_provider(credentials.clone())
            .endpoint_url(local.endpoint())
            .build();
        let participant = aws_sdk_connectparticipant::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region)
            .credentials_provider(credentials)
            .endpoint_url(local.endpoint())
            .build();
        let connect = aws_sdk_connect::Client::from_conf(connect);
        let participant = aws_sdk_connectparticipant::Client::from_conf(participant);
        let (instance, flow) = local.ids();
        let connection_token = runtime.block_on(async {
            let details = ParticipantDetails::builder().display_name("Ada").build();
            let started = connect
                .start_chat_contact()
                .instance_id(instance)
                .contact_flow_id(flow)
                .participant_details(details.expect("the name is given"))
                .send()
                .await
                .expect("the chat starts");
            let connection = participant
                .create_participant_connection()
                .set_participant_token(started.participant_token)
                .r#type(ConnectionType::ConnectionCredentials)
                .connect_participant(true)
                .send()
                .await
                .expect("the customer connects");
            let credentials = connection
                .connection_credentials
                .expect("they were asked for");
            credentials
                .connection_token
                .expect("a connection has a token")
        });
        Self {
            runtime,
            participant,
            connection_token,
        }
    }

    /// Waits until the transcript holds a message of this text.
    pub(crate) fn wait_for(&self, text: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let messages = self.messages();
            if messages.iter().any(|message| message == text) {
                return;
            }
            assert!(Instant::now() < deadline, "no `{text}` in {messages:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn messages(&self) -> Vec<String> {
        let page = self.runtime.block_on(async {
            let request = self.participant.get_transcript();
            let request = request
                .connection_token(&self.connection_token)
                .max_results(100);
            request.send().await.expect("the customer may read")
        });
        let items = page.transcript.unwrap_or_default();
        items.into_iter().filter_map(|item| item.content).collect()
    }
}
