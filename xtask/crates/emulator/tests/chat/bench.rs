//! An emulator with an instance, a queue and a flow for a bot, and clients of it.

use std::time::Duration;

use aws_sdk_connect::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_connect::error::SdkError;
use aws_sdk_connect::operation::create_participant::CreateParticipantError;
use aws_sdk_connect::types::{
    ChatParticipantRoleConfig, ContactFlowType, DirectoryType, HoursOfOperationConfig,
    HoursOfOperationDays, HoursOfOperationTimeSlice, ParticipantDetails, ParticipantDetailsToAdd,
    ParticipantRole, ParticipantTimerConfiguration, ParticipantTimerType, ParticipantTimerValue,
    TimerEligibleParticipantRoles, UpdateParticipantRoleConfigChannelInfo,
};
use aws_sdk_connectparticipant::operation::create_participant_connection::CreateParticipantConnectionError;
use aws_sdk_connectparticipant::operation::disconnect_participant::DisconnectParticipantError;
use aws_sdk_connectparticipant::operation::send_message::SendMessageError;
use aws_sdk_connectparticipant::types::{ConnectionType, SortKey};
use emulator::clock::ClockMode;
use emulator::{Config, Emulator};

pub(super) struct Bench {
    pub(super) emulator: Emulator,
    pub(super) connect: aws_sdk_connect::Client,
    pub(super) participants: aws_sdk_connectparticipant::Client,
    pub(super) instance: String,
    pub(super) instance_arn: String,
    pub(super) flow: String,
}

/// A chat that was started.
pub(super) struct Chat {
    pub(super) id: String,
    pub(super) token: String,
}

/// Somebody who is connected.
#[derive(Debug)]
pub(super) struct Person {
    client: aws_sdk_connectparticipant::Client,
    token: String,
}

/// Greets, gives a bot time to join, waits for it, then queues the contact.
const BOT_FLOW: &str = include_str!("../../src/chat/tests/flows/bot.json");
const HOLD_FLOW: &str = include_str!("../../src/chat/tests/flows/hold.json");

pub(super) fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

impl Bench {
    pub(super) async fn start() -> Self {
        let mut config = Config::new("123456789012", "eu-west-2");
        config.clock = ClockMode::Virtual;
        let emulator = Emulator::start(config).await.unwrap();
        let connect = aws_sdk_connect::Client::from_conf(
            aws_sdk_connect::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .endpoint_url(emulator.endpoint())
                .region(Region::new("eu-west-2"))
                .credentials_provider(Credentials::new("key", "secret", None, None, "tests"))
                .retry_config(RetryConfig::disabled())
                .build(),
        );
        let participants = aws_sdk_connectparticipant::Client::from_conf(
            aws_sdk_connectparticipant::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .endpoint_url(emulator.endpoint())
                .region(Region::new("eu-west-2"))
                .credentials_provider(Credentials::new("key", "secret", None, None, "tests"))
                .retry_config(RetryConfig::disabled())
                .build(),
        );
        let created = connect
            .create_instance()
            .identity_management_type(DirectoryType::ConnectManaged)
            .instance_alias("acme-test")
            .inbound_calls_enabled(true)
            .outbound_calls_enabled(false)
            .send()
            .await
            .unwrap();
        let mut bench = Self {
            emulator,
            connect,
            participants,
            instance: created.id.unwrap(),
            instance_arn: created.arn.unwrap(),
            flow: String::new(),
        };
        let queue = bench.queue().await;
        let (_, hold) = bench
            .create_flow("hold", ContactFlowType::CustomerQueue, HOLD_FLOW)
            .await;
        let content = BOT_FLOW
            .replace("QUEUE", &queue)
            .replace("HOLD", &hold)
            .replace("Hello $.Attributes.name", "Hello");
        let kind = ContactFlowType::ContactFlow;
        (bench.flow, _) = bench.create_flow("bot", kind, &content).await;
        bench
    }

    /// A new published flow: its id and ARN.
    pub(super) async fn create_flow(
        &self,
        name: &str,
        kind: ContactFlowType,
        content: &str,
    ) -> (String, String) {
        let created = self
            .connect
            .create_contact_flow()
            .instance_id(&self.instance)
            .name(name)
            .r#type(kind)
            .content(content)
            .send()
            .await
            .unwrap();
        (
            created.contact_flow_id.unwrap(),
            created.contact_flow_arn.unwrap(),
        )
    }

    /// The ARN of a queue that is always open.
    async fn queue(&self) -> String {
        let midnight = || {
            HoursOfOperationTimeSlice::builder()
                .hours(0)
                .minutes(0)
                .build()
                .unwrap()
        };
        let hours = self
            .connect
            .create_hours_of_operation()
            .instance_id(&self.instance)
            .name("Mondays")
            .time_zone("Europe/London")
            .config(
                HoursOfOperationConfig::builder()
                    .day(HoursOfOperationDays::Monday)
                    .start_time(midnight())
                    .end_time(midnight())
                    .build()
                    .unwrap(),
            )
            .send()
            .await
            .unwrap();
        self.connect
            .create_queue()
            .instance_id(&self.instance)
            .name("Support")
            .hours_of_operation_id(hours.hours_of_operation_id.unwrap())
            .send()
            .await
            .unwrap()
            .queue_arn
            .unwrap()
    }

    pub(super) async fn start_chat(&self) -> Chat {
        self.start_chat_with(&self.flow).await
    }

    pub(super) async fn start_chat_with(&self, flow: &str) -> Chat {
        let started = self
            .connect
            .start_chat_contact()
            .instance_id(&self.instance)
            .contact_flow_id(flow)
            .participant_details(
                ParticipantDetails::builder()
                    .display_name("Ann")
                    .build()
                    .unwrap(),
            )
            .send()
            .await
            .unwrap();
        Chat {
            id: started.contact_id.unwrap(),
            token: started.participant_token.unwrap(),
        }
    }

    pub(super) fn state(&self, contact: &str) -> &'static str {
        self.emulator.contact(contact).unwrap().state
    }

    /// Connects somebody who has a participant token.
    pub(super) async fn connect(
        &self,
        token: &str,
    ) -> Result<Person, SdkError<CreateParticipantConnectionError>> {
        let answer = self
            .participants
            .create_participant_connection()
            .r#type(ConnectionType::ConnectionCredentials)
            .connect_participant(true)
            .participant_token(token)
            .send()
            .await?;
        Ok(Person {
            client: self.participants.clone(),
            token: answer
                .connection_credentials
                .unwrap()
                .connection_token
                .unwrap(),
        })
    }

    /// Creates a custom participant; its participant token.
    pub(super) async fn create_bot(
        &self,
        contact: &str,
    ) -> Result<String, SdkError<CreateParticipantError>> {
        let details = ParticipantDetailsToAdd::builder()
            .participant_role(ParticipantRole::CustomBot)
            .display_name("Bot")
            .build();
        let created = self
            .connect
            .create_participant()
            .instance_id(&self.instance)
            .contact_id(contact)
            .participant_details(details)
            .send()
            .await?;
        Ok(created
            .participant_credentials
            .unwrap()
            .participant_token
            .unwrap())
    }

    /// Lets a bot join before the flow comes to wait for it.
    pub(super) async fn join_bot(&self, contact: &str) -> Person {
        let token = self.create_bot(contact).await.unwrap();
        let bot = self.connect(&token).await.unwrap();
        self.emulator.advance(Duration::from_secs(10)).await;
        bot
    }

    pub(super) async fn set_attribute(&self, contact: &str, key: &str, value: &str) {
        self.connect
            .update_contact_attributes()
            .instance_id(&self.instance)
            .initial_contact_id(contact)
            .attributes(key, value)
            .send()
            .await
            .unwrap();
    }

    /// Sets the customer's timers, in minutes.
    pub(super) async fn set_idle_timers(&self, contact: &str, idle: i32, disconnect: i32) {
        let timer = |kind, minutes| {
            let value = ParticipantTimerValue::ParticipantTimerDurationInMinutes(minutes);
            ParticipantTimerConfiguration::builder()
                .participant_role(TimerEligibleParticipantRoles::Customer)
                .timer_type(kind)
                .timer_value(value)
                .build()
                .unwrap()
        };
        let chat = ChatParticipantRoleConfig::builder()
            .participant_timer_config_list(timer(ParticipantTimerType::Idle, idle))
            .participant_timer_config_list(timer(
                ParticipantTimerType::DisconnectNoncustomer,
                disconnect,
            ))
            .build()
            .unwrap();
        self.connect
            .update_participant_role_config()
            .instance_id(&self.instance)
            .contact_id(contact)
            .channel_configuration(UpdateParticipantRoleConfigChannelInfo::Chat(chat))
            .send()
            .await
            .unwrap();
    }
}

impl Person {
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    pub(super) async fn say(&self, text: &str) -> Result<(), SdkError<SendMessageError>> {
        self.client
            .send_message()
            .content_type("text/plain")
            .content(text)
            .connection_token(&self.token)
            .send()
            .await
            .map(drop)
    }

    pub(super) async fn leave(&self) -> Result<(), SdkError<DisconnectParticipantError>> {
        self.client
            .disconnect_participant()
            .connection_token(&self.token)
            .send()
            .await
            .map(drop)
    }

    /// Everything so far: who, and what was said or happened.
    pub(super) async fn transcript(&self) -> Vec<String> {
        let answer = self
            .client
            .get_transcript()
            .max_results(100)
            .sort_order(SortKey::Ascending)
            .connection_token(&self.token)
            .send()
            .await
            .unwrap();
        let items = answer.transcript.unwrap_or_default();
        items
            .into_iter()
            .map(|item| {
                let kind = item.content_type.unwrap_or_default();
                let what = match kind.split_once("connect.event.") {
                    Some((_, event)) => event.to_owned(),
                    None => item.content.unwrap_or_default(),
                };
                let role = item.participant_role.map(|role| role.as_str().to_owned());
                format!("{} {what}", role.unwrap_or_default())
            })
            .collect()
    }
}
