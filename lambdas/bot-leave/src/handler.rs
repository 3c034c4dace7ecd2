//! One leave: disconnect the bot if there is one, and end its session.
//!
//! The Wait block's Time Expired branch leaves the bot in the chat; this Lambda takes it out. That there is no bot,
//! or no chat, or that it has just left, is the wished end and therefore a success.

use bot_core::bot::Bot;
use bot_core::conversation::{leave, write_outcome};
use bot_core::deadline::Deadline;
use bot_core::events::flow::ContactFlowEvent;
use bot_core::failure::Failure;
use bot_core::sessions::{Session, SessionState};
use serde_json::{Value, json};
use tokio::time::timeout;
use tracing::{info, warn};

const OUTCOME: &str = "timeout";

/// Ends the bot's part in the contact of the event.
pub async fn handle(bot: &Bot, event: &Value, deadline: Deadline) -> Result<Value, Failure> {
    let event = ContactFlowEvent::read(event)?;
    match timeout(deadline.remaining(), end(bot, &event.contact_id)).await {
        Ok(ended) => ended.map(|()| json!({ "status": "success" })),
        Err(_) => Err(Failure::OutOfTime),
    }
}

async fn end(bot: &Bot, contact_id: &str) -> Result<(), Failure> {
    let session = match bot.sessions.load(contact_id).await? {
        Some(session) if session.state != SessionState::Ended => session,
        Some(_) => {
            info!(contact_id, "the bot has left already");
            return Ok(());
        }
        None => {
            info!(contact_id, "no bot has joined");
            return Ok(());
        }
    };
    note_outcome(bot, &session).await;
    // A join that stopped half-way may have left a participant: it is taken out like one that spoke.
    leave(
        bot,
        &mut bot.in_chat(&session),
        &session,
        OUTCOME,
        Some(OUTCOME),
    )
    .await?;
    info!(contact_id, "the bot has left");
    Ok(())
}

/// Only for reports and for later flows: the branch the flow is on says the same. A fault is therefore no failure.
/// A session that has not ended has written no outcome, so nothing is overwritten.
async fn note_outcome(bot: &Bot, session: &Session) {
    if let Err(error) = write_outcome(bot, session, OUTCOME, None).await {
        warn!(contact_id = %session.contact_id, %error, "the outcome was not written");
    }
}
