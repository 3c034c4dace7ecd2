//! The Lambda `bot-join`: wires the runtime to the handler.

use bot_core::bot::{Bot, StartError};
use bot_core::settings::required;
use bot_join::handler;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    bot_core::logging::start();
    bot_core::start::outcome(run().await)
}

async fn run() -> Result<(), lambda_runtime::Error> {
    let topic_arn = required(|name| std::env::var(name).ok(), "STREAMING_TOPIC_ARN")
        .map_err(StartError::from)?;
    let bot = Bot::from_environment().await?;
    let (bot, topic_arn) = (&bot, topic_arn.as_str());
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        handler::handle(bot, topic_arn, &event.payload, (&event.context).into()).await
    }))
    .await
}
