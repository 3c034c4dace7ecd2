//! The steps of a join, in the order in which Connect wants them, each noted in the session so that a retry goes on
//! where the last try stopped.
//!
//! Connect runs a Lambda block up to three times within its eight seconds. What another try may mend (throttling, a
//! fault of the service, the session table) is therefore an error; what it cannot mend is an answer with a reason, so
//! that the flow branches at once.

use crate::request::JoinRequest;
use aws_sdk_connect::error::ProvideErrorMetadata;
use aws_sdk_connect::types::{
    ChatParticipantRoleConfig, ChatStreamingConfiguration, ParticipantDetailsToAdd,
    ParticipantRole, ParticipantTimerConfiguration, ParticipantTimerType, ParticipantTimerValue,
    TimerEligibleParticipantRoles, UpdateParticipantRoleConfigChannelInfo,
};
use bot_core::bot::Bot;
use bot_core::call::{CallError, CallErrorKind};
use bot_core::client_token::client_token;
use bot_core::conversation::{self, LEASE_LIFE, write_outcome};
use bot_core::deadline::Deadline;
use bot_core::events::flow::ContactFlowEvent;
use bot_core::failure::Failure;
use bot_core::seat::{self, ChatError};
use bot_core::sessions::{Connection, Seat, Session, SessionState, StoreError};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;
use tracing::{info, warn};

/// The answer to the flow: a flat map of texts, which is what the block's STRING_MAP validation accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// `success` or `failure`.
    pub status: &'static str,
    /// Why not, in one machine word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
}

impl Answer {
    const SUCCESS: Self = Self {
        status: "success",
        reason: None,
    };

    fn refused(reason: &'static str) -> Self {
        Self {
            status: "failure",
            reason: Some(reason),
        }
    }
}

/// Joins the contact of the event, streaming its messages to `topic_arn`.
pub async fn handle(
    bot: &Bot,
    topic_arn: &str,
    event: &Value,
    deadline: Deadline,
) -> Result<Answer, Failure> {
    let event = ContactFlowEvent::read(event)?;
    let request = match JoinRequest::new(&event, &bot.settings) {
        Ok(request) => request,
        Err(reason) => {
            warn!(contact_id = %event.contact_id, reason, "the flow asks for what cannot be done");
            return Ok(Answer::refused(reason));
        }
    };
    let join = Join {
        bot,
        topic_arn,
        request: &request,
    };
    // Boxed, because the SDK's futures nest deeper than the compiler likes to look.
    match timeout(deadline.remaining(), Box::pin(join.run())).await {
        Ok(Ok(())) => Ok(Answer::SUCCESS),
        Ok(Err(Stop::Refused(reason))) => Ok(Answer::refused(reason)),
        Ok(Err(Stop::Failed(failure))) => Err(failure),
        Err(_) => Err(Failure::OutOfTime),
    }
}

/// Why a join goes no further.
#[derive(Debug)]
enum Stop {
    /// For good.
    Refused(&'static str),
    /// For now.
    Failed(Failure),
}

struct Join<'a> {
    bot: &'a Bot,
    topic_arn: &'a str,
    request: &'a JoinRequest,
}

impl Join<'_> {
    async fn run(&self) -> Result<(), Stop> {
        let mut session = self.open().await?;
        match self.join(&mut session).await {
            Err(Stop::Refused(reason)) => {
                warn!(contact_id = %session.contact_id, attempt = session.attempt, reason, "the bot cannot join");
                // Ended, so that a flow that comes back here begins a new attempt instead of resuming this one.
                self.bot.sessions.end(&session, reason, None).await?;
                Err(Stop::Refused(reason))
            }
            other => other,
        }
    }

    /// The session of this contact: a new one, the one a retry resumes, or a new attempt after a visit that is over.
    async fn open(&self) -> Result<Session, Stop> {
        let now = Timestamp::now();
        let request = self.request;
        let new = Session::new(
            &request.contact_id,
            &request.initial_contact_id,
            &request.instance_id,
            now,
        );
        let session = self.bot.sessions.open(new).await?;
        match session.state {
            SessionState::Ended => Ok(self.bot.sessions.reopen(&session, now).await?),
            SessionState::Starting | SessionState::Connected => Ok(session),
        }
    }

    async fn join(&self, session: &mut Session) -> Result<(), Stop> {
        if session.state != SessionState::Connected {
            self.start_streaming(session).await?;
            self.forget_old_outcome(session).await?;
            // Connect latches the timers when the bot connects, so they are set before.
            self.set_timers(session).await?;
            self.take_seat(session).await?;
        }
        self.greet(session).await?;
        info!(contact_id = %session.contact_id, attempt = session.attempt, "the bot has joined");
        self.catch_up(session).await;
        Ok(())
    }

    async fn start_streaming(&self, session: &mut Session) -> Result<(), Stop> {
        if session.streaming_id.is_some() {
            return Ok(());
        }
        let streaming = ChatStreamingConfiguration::builder()
            .streaming_endpoint_arn(self.topic_arn)
            .build()
            .expect("the endpoint is set");
        let request = self
            .bot
            .connect
            .start_contact_streaming()
            .instance_id(&session.instance_id)
            // Documented as the id of the first interaction of the chain.
            .contact_id(&session.initial_contact_id)
            .chat_streaming_configuration(streaming)
            .client_token(client_token(&["stream", &session.contact_id]));
        let answer = request
            .send()
            .await
            .map_err(|error| refusal("StartContactStreaming", &error))?;
        self.bot
            .sessions
            .streaming_started(session, answer.streaming_id())
            .await?;
        session.streaming_id = Some(answer.streaming_id().to_owned());
        Ok(())
    }

    /// An outcome of an earlier visit must not decide where the flow goes after this one.
    async fn forget_old_outcome(&self, session: &Session) -> Result<(), Stop> {
        if session.attempt == 1 && !self.request.has_old_outcome {
            return Ok(());
        }
        let written = write_outcome(self.bot, session, "open", None).await;
        written.map_err(Stop::from)
    }

    async fn set_timers(&self, session: &mut Session) -> Result<(), Stop> {
        let timers = [
            (
                ParticipantTimerType::Idle,
                self.request.customer_idle_minutes,
            ),
            (
                ParticipantTimerType::DisconnectNoncustomer,
                self.request.customer_disconnect_minutes,
            ),
        ];
        session.auto_disconnect = self.request.customer_disconnect_minutes.is_some();
        let timers: Vec<_> = timers
            .into_iter()
            .filter_map(|(kind, minutes)| Some(timer(kind, minutes?)))
            .collect();
        if timers.is_empty() {
            return Ok(());
        }
        let chat =
            ChatParticipantRoleConfig::builder().set_participant_timer_config_list(Some(timers));
        let chat = chat.build().expect("the list is set");
        let request = self
            .bot
            .connect
            .update_participant_role_config()
            .instance_id(&session.instance_id)
            .contact_id(&session.contact_id)
            .channel_configuration(UpdateParticipantRoleConfigChannelInfo::Chat(chat));
        let sent = request.send().await;
        sent.map(drop)
            .map_err(|error| refusal("UpdateParticipantRoleConfig", &error))
    }

    /// Creates the participant and connects it. One that an earlier try created is connected, unless its fifteen
    /// seconds are over; then it is given up for a new one.
    async fn take_seat(&self, session: &mut Session) -> Result<(), Stop> {
        if let Some(seat) = session.seat.clone() {
            match seat::connect(&self.bot.participant, &seat.participant_token, true).await {
                Ok(connection) => return self.seated(session, seat, connection).await,
                Err(error)
                    if matches!(error.kind, CallErrorKind::NotFound | CallErrorKind::Denied) =>
                {
                    let next = self.bot.sessions.reopen(session, Timestamp::now()).await?;
                    let auto_disconnect = session.auto_disconnect;
                    *session = Session {
                        auto_disconnect,
                        ..next
                    };
                }
                Err(error) => return Err(error.into()),
            }
        }
        let seat = self.create_participant(session).await?;
        let connection = seat::connect(&self.bot.participant, &seat.participant_token, true).await;
        let connection = connection.map_err(|error| match error.kind {
            CallErrorKind::NotFound => Stop::Refused("too_late"),
            CallErrorKind::Denied => Stop::Refused("contact_gone"),
            _ => error.into(),
        })?;
        self.seated(session, seat, connection).await
    }

    async fn create_participant(&self, session: &mut Session) -> Result<Seat, Stop> {
        let details = ParticipantDetailsToAdd::builder()
            .participant_role(ParticipantRole::CustomBot)
            .display_name(&self.request.bot_name)
            .build();
        let attempt = session.attempt.to_string();
        let request = self
            .bot
            .connect
            .create_participant()
            .instance_id(&session.instance_id)
            .contact_id(&session.contact_id)
            .participant_details(details)
            .client_token(client_token(&["bot", &session.contact_id, &attempt]));
        let answer = request
            .send()
            .await
            .map_err(|error| refusal("CreateParticipant", &error))?;
        let token = answer
            .participant_credentials()
            .and_then(|credentials| credentials.participant_token());
        let (Some(participant_id), Some(token)) = (answer.participant_id(), token) else {
            return Err(Stop::Failed(Failure::Call(CallError {
                operation: "CreateParticipant",
                kind: CallErrorKind::Unavailable,
                code: "no participant token".to_owned(),
                status: None,
            })));
        };
        let seat = Seat {
            participant_id: participant_id.to_owned(),
            participant_token: token.into(),
            connection: None,
        };
        self.bot
            .sessions
            .participant_created(session, &seat)
            .await?;
        Ok(seat)
    }

    async fn seated(
        &self,
        session: &mut Session,
        seat: Seat,
        connection: Connection,
    ) -> Result<(), Stop> {
        session.seat = Some(Seat {
            connection: Some(connection.clone()),
            ..seat
        });
        session.state = SessionState::Connected;
        match self.bot.sessions.connected(session, &connection).await {
            // The session was ended meanwhile: nobody would ever take this bot out of the chat again.
            Err(StoreError::Superseded) => {
                let left = self
                    .bot
                    .in_chat(session)
                    .leave(&client_token(&["leave", &session.contact_id, "superseded"]))
                    .await;
                if let Err(error) = left {
                    warn!(contact_id = %session.contact_id, %error, "the bot could not be taken out again");
                }
                Err(Stop::Refused("superseded"))
            }
            other => Ok(other?),
        }
    }

    async fn greet(&self, session: &mut Session) -> Result<(), Stop> {
        if session.greeted {
            return Ok(());
        }
        let attempt = session.attempt.to_string();
        let own = self.request.greeting.clone().map(|greeting| vec![greeting]);
        let texts = own.as_deref().unwrap_or(self.bot.mind.greeting());
        let mut chat = self.bot.in_chat(session);
        let said = conversation::say_all(
            self.bot,
            &mut chat,
            texts,
            &["greeting", &session.contact_id, &attempt],
        )
        .await;
        match said {
            Ok(()) => {}
            Err(ChatError::Gone) => return Err(Stop::Refused("contact_gone")),
            Err(error) => return Err(Stop::Failed(error.into())),
        }
        self.bot.sessions.greeted(session).await?;
        session.greeted = true;
        Ok(())
    }

    /// Answers what the customer said before the bot was there: StartChatContact's InitialMessage, or messages sent
    /// before streaming began. The join has succeeded by now, so a fault here only leaves them for the next message,
    /// whose answer looks at the same transcript; and who holds the lease instead is answering already.
    async fn catch_up(&self, session: &Session) {
        let lease = self
            .bot
            .sessions
            .lease(&session.contact_id, Timestamp::now(), LEASE_LIFE)
            .await;
        let answered = match lease {
            Ok(Some(lease)) => conversation::answer(self.bot, lease, None).await.map(drop),
            Ok(None) => return,
            Err(error) => Err(error.into()),
        };
        if let Err(failure) = answered {
            warn!(contact_id = %session.contact_id, failure = failure.in_full(), "earlier messages are left unanswered for now");
        }
    }
}

fn timer(kind: ParticipantTimerType, minutes: i32) -> ParticipantTimerConfiguration {
    ParticipantTimerConfiguration::builder()
        .participant_role(TimerEligibleParticipantRoles::Customer)
        .timer_type(kind)
        .timer_value(ParticipantTimerValue::ParticipantTimerDurationInMinutes(
            minutes,
        ))
        .build()
        .expect("role, type and value are set")
}

fn refusal<E: ProvideErrorMetadata>(
    operation: &'static str,
    error: &aws_sdk_connect::error::SdkError<E, aws_sdk_connect::config::http::HttpResponse>,
) -> Stop {
    CallError::new(operation, error).into()
}

impl From<CallError> for Stop {
    fn from(error: CallError) -> Self {
        let reason = match error.kind {
            CallErrorKind::Denied => "access_denied",
            CallErrorKind::NotFound => "contact_gone",
            // An agent, a Lex bot or another custom participant is in the chat already.
            CallErrorKind::Conflict => "conflict",
            CallErrorKind::Quota => "quota",
            CallErrorKind::Invalid => "refused",
            CallErrorKind::ConditionFailed
            | CallErrorKind::Throttled
            | CallErrorKind::Unavailable => {
                return Self::Failed(Failure::Call(error));
            }
        };
        warn!(%error, reason, "Connect refuses");
        Self::Refused(reason)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(Failure::Store(error))
    }
}
