//! The clients, the table, the mind and the settings that an invocation works with, made once per process.

use crate::mind::{Mind, MindError};
use crate::seat::InChat;
use crate::sessions::{Session, Sessions};
use crate::settings::{SettingError, Settings, required};
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use std::time::Duration;

/// Everything a Lambda of ours needs.
#[derive(Debug)]
pub struct Bot {
    /// Connect's control plane.
    pub connect: aws_sdk_connect::Client,
    /// The Participant Service.
    pub participant: aws_sdk_connectparticipant::Client,
    /// The session table.
    pub sessions: Sessions,
    /// What the bot says.
    pub mind: Mind,
    /// What the environment says.
    pub settings: Settings,
}

/// Why a Lambda cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is missing or wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The intents are not usable.
    #[error(transparent)]
    Mind(#[from] MindError),
}

impl Bot {
    /// The bot of this process, as its environment describes it. Nothing is sent yet.
    pub async fn from_environment() -> Result<Self, StartError> {
        let settings = Settings::read(|name| std::env::var(name).ok())?;
        let region = required(|name| std::env::var(name).ok(), "AWS_REGION")?;
        let mind = Mind::embedded()?;
        Ok(Self::new(&sdk_config(region).await, settings, mind))
    }

    /// A bot that speaks through this SDK configuration.
    pub fn new(sdk: &SdkConfig, settings: Settings, mind: Mind) -> Self {
        let table = aws_sdk_dynamodb::Client::new(sdk);
        Self {
            connect: aws_sdk_connect::Client::new(sdk),
            participant: aws_sdk_connectparticipant::Client::new(sdk),
            sessions: Sessions::new(table, &settings.session_table),
            mind,
            settings,
        }
    }

    /// The bot's place in the chat of a session.
    pub fn in_chat(&self, session: &Session) -> InChat<'_> {
        InChat::new(&self.participant, &self.sessions, session)
    }
}

/// The retries and time limits of every call: an invocation of a flow has 8 s for all of them together.
fn call_limits() -> (RetryConfig, TimeoutConfig) {
    let retries = RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(100))
        .with_max_backoff(Duration::from_millis(800));
    let times = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_millis(2_500))
        .operation_timeout(Duration::from_secs(5))
        .build();
    (retries, times)
}

/// Lambda gives region and credentials as variables, so the chains that would ask files and metadata services for
/// them are not built. `AWS_ENDPOINT_URL` is honoured as everywhere.
async fn sdk_config(region: String) -> SdkConfig {
    let (retries, times) = call_limits();
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .retry_config(retries)
        .timeout_config(times)
        .load()
        .await
}
