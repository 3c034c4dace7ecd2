//! The bot's side of the Participant Service: speaking, listening and leaving with tokens that may have run out.

use crate::call::{CallError, CallErrorKind};
use crate::events::chat::Said;
use crate::secret::Secret;
use crate::sessions::{Connection, Session, Sessions, StoreError};
use aws_sdk_connectparticipant::Client;
use aws_sdk_connectparticipant::types::{
    ChatItemType, ConnectionType, Item, ParticipantRole, ScanDirection, SortKey, StartPosition,
};
use jiff::{SignedDuration, Timestamp};

/// A connection that ends within this time is replaced before it is used.
const NEARLY_OVER: SignedDuration = SignedDuration::from_mins(10);
/// GetTranscript gives at most 100 items at a time; this many times is enough for the part nobody has answered.
const MAX_PAGES: usize = 10;

/// The bot in one chat.
#[derive(Debug)]
pub struct InChat<'a> {
    client: &'a Client,
    sessions: &'a Sessions,
    session: Session,
}

/// Why the bot could not do something in the chat.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// The participant or the chat is over.
    #[error("the bot is no longer in the chat")]
    Gone,
    /// The call failed for another reason.
    #[error(transparent)]
    Call(CallError),
    /// A fresh connection could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Something the customer said, by the transcript or by the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The item's id.
    pub id: String,
    /// When it was said.
    pub at: Timestamp,
    /// What was said.
    pub said: Said,
}

/// Obtains a connection. `joins` marks the participant as connected, which is what brings the bot into the chat.
pub async fn connect(
    client: &Client,
    participant_token: &Secret<String>,
    joins: bool,
) -> Result<Connection, CallError> {
    const OPERATION: &str = "CreateParticipantConnection";
    let request = client
        .create_participant_connection()
        .participant_token(participant_token.expose())
        .r#type(ConnectionType::ConnectionCredentials)
        .set_connect_participant(joins.then_some(true));
    let answer = request
        .send()
        .await
        .map_err(|error| CallError::new(OPERATION, &error))?;
    let credentials = answer.connection_credentials();
    let token = credentials.and_then(|credentials| credentials.connection_token());
    let token = token.ok_or_else(|| CallError {
        operation: OPERATION,
        kind: CallErrorKind::Unavailable,
        code: "no connection token".to_owned(),
        status: None,
    })?;
    let expiry = credentials.and_then(|credentials| credentials.expiry());
    Ok(Connection {
        token: token.into(),
        expires_at: expiry.and_then(|expiry| expiry.parse().ok()),
    })
}

impl<'a> InChat<'a> {
    /// The bot of this session.
    pub fn new(client: &'a Client, sessions: &'a Sessions, session: &Session) -> Self {
        Self {
            client,
            sessions,
            session: session.clone(),
        }
    }

    /// Sends one message. Sent again with the same client token it is not a second message.
    pub async fn say(&mut self, text: &str, client_token: &str) -> Result<(), ChatError> {
        let client = self.client;
        self.with_connection(async |token| {
            let request = client
                .send_message()
                .connection_token(token)
                .content_type("text/plain")
                .content(text)
                .client_token(client_token);
            request
                .send()
                .await
                .map(drop)
                .map_err(|error| CallError::new("SendMessage", &error))
        })
        .await
    }

    /// Leaves the chat, which wakes the flow.
    pub async fn leave(&mut self, client_token: &str) -> Result<(), ChatError> {
        let client = self.client;
        self.with_connection(async |token| {
            let request = client
                .disconnect_participant()
                .connection_token(token)
                .client_token(client_token);
            request
                .send()
                .await
                .map(drop)
                .map_err(|error| CallError::new("DisconnectParticipant", &error))
        })
        .await
    }

    /// What the customer said in this segment since the last answered message and since anybody else had the
    /// customer's ear, oldest first.
    pub async fn unheard(&mut self) -> Result<Vec<Heard>, ChatError> {
        let mut items = self.transcript().await?;
        items.sort_by(|one, other| (time_of(one), one.id()).cmp(&(time_of(other), other.id())));
        let seat = self.session.seat.as_ref();
        let own_id = seat.map(|seat| seat.participant_id.as_str());
        let served = items
            .iter()
            .rposition(|item| is_service(item) && item.participant_id() != own_id);
        let since = served.map_or(0, |index| index + 1);
        Ok(items[since..]
            .iter()
            .filter_map(|item| self.heard(item))
            .collect())
    }

    fn heard(&self, item: &Item) -> Option<Heard> {
        let here = item
            .contact_id()
            .is_none_or(|contact_id| contact_id == self.session.contact_id);
        let at = time_of(item)?;
        let new = self.session.answered_until.is_none_or(|until| at >= until);
        if !here || !new || item.participant_role() != Some(&ParticipantRole::Customer) {
            return None;
        }
        let item_type = item.r#type().map_or("", ChatItemType::as_str);
        let said = Said::of(
            item_type,
            item.content_type().unwrap_or_default(),
            item.content(),
        )?;
        Some(Heard {
            id: item.id()?.to_owned(),
            at,
            said,
        })
    }

    async fn transcript(&mut self) -> Result<Vec<Item>, ChatError> {
        // From the last answered message on, or else the latest items and then those before them.
        let (direction, position) = match self.session.answered_until {
            Some(at) => {
                let at = at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
                (
                    ScanDirection::Forward,
                    Some(StartPosition::builder().absolute_time(at).build()),
                )
            }
            None => (ScanDirection::Backward, None),
        };
        let mut items = Vec::new();
        let mut next = None;
        for _ in 0..MAX_PAGES {
            let client = self.client;
            let page = self
                .with_connection(async |token| {
                    let request = client
                        .get_transcript()
                        .connection_token(token)
                        .scan_direction(direction.clone())
                        .sort_order(SortKey::Ascending)
                        .max_results(100)
                        .set_start_position(position.clone())
                        .set_next_token(next.clone());
                    request
                        .send()
                        .await
                        .map_err(|error| CallError::new("GetTranscript", &error))
                })
                .await?;
            items.extend(page.transcript.unwrap_or_default());
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                break;
            }
        }
        Ok(items)
    }

    /// Makes a call with a connection that is good for a while, and once more with a fresh one if it is refused.
    /// The Participant Service answers 403 both for a token that has run out and for a chat that is over: what is
    /// refused twice is over.
    async fn with_connection<T>(
        &mut self,
        call: impl AsyncFn(&str) -> Result<T, CallError>,
    ) -> Result<T, ChatError> {
        let mut is_fresh = false;
        let mut token = match self.usable_connection() {
            Some(token) => token,
            None => {
                is_fresh = true;
                self.reconnect().await?
            }
        };
        loop {
            match call(token.expose()).await {
                Err(error) if error.kind == CallErrorKind::Denied && !is_fresh => {
                    is_fresh = true;
                    token = self.reconnect().await?;
                }
                Err(error) if error.kind == CallErrorKind::Denied => return Err(ChatError::Gone),
                other => return other.map_err(ChatError::Call),
            }
        }
    }

    fn usable_connection(&self) -> Option<Secret<String>> {
        let connection = self.session.seat.as_ref()?.connection.as_ref()?;
        let ends_soon = connection
            .expires_at
            .is_some_and(|at| at < Timestamp::now() + NEARLY_OVER);
        (!ends_soon).then(|| connection.token.clone())
    }

    async fn reconnect(&mut self) -> Result<Secret<String>, ChatError> {
        let Some(seat) = self.session.seat.as_mut() else {
            return Err(ChatError::Gone);
        };
        let connection = match connect(self.client, &seat.participant_token, false).await {
            Ok(connection) => connection,
            Err(error) if matches!(error.kind, CallErrorKind::Denied | CallErrorKind::NotFound) => {
                return Err(ChatError::Gone);
            }
            Err(error) => return Err(ChatError::Call(error)),
        };
        let token = connection.token.clone();
        seat.connection = Some(connection.clone());
        match self.sessions.connected(&self.session, &connection).await {
            Ok(()) => Ok(token),
            // Whoever ended the session has taken the bot out, or is about to.
            Err(StoreError::Superseded) => Err(ChatError::Gone),
            Err(error) => Err(error.into()),
        }
    }
}

fn time_of(item: &Item) -> Option<Timestamp> {
    item.absolute_time()?.parse().ok()
}

/// Whether an item is something an agent or a bot said. Texts of the flow (SYSTEM) answer nobody.
fn is_service(item: &Item) -> bool {
    let by_service = matches!(
        item.participant_role(),
        Some(ParticipantRole::Agent | ParticipantRole::Supervisor | ParticipantRole::CustomBot)
    );
    by_service && item.r#type() == Some(&ChatItemType::Message)
}
