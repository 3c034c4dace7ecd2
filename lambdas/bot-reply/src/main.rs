//! The Lambda `bot-reply`: wires the runtime to the handler.

use bot_core::bot::Bot;
use bot_reply::handler;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    bot_core::logging::start();
    bot_core::start::outcome(run().await)
}

async fn run() -> Result<(), lambda_runtime::Error> {
    let bot = Bot::from_environment().await?;
    let bot = &bot;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        handler::handle(bot, &event.payload, (&event.context).into()).await
    }))
    .await
}
