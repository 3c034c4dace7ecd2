//! The bearer tokens of the Participant Service, and the addresses of WebSockets.
//!
//! A participant token opens connections and nothing else; a connection token does everything else.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::wire::ServiceError;

/// A text that must not be seen in logs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Secret(String);

impl Secret {
    /// For the answer of the operation that hands it out.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// How long a connection token works [doc].
pub(crate) const CONNECTION_TOKEN_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a WebSocket's address can be opened [doc].
pub(crate) const SOCKET_ADDRESS_LIFE: Duration = Duration::from_secs(100);

/// What a secret is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// CreateParticipantConnection.
    Participant,
    /// All other operations of the Participant Service.
    Connection,
    /// Opening a WebSocket.
    Socket,
}

/// Whose secret it is.
#[derive(Clone, Debug)]
pub(crate) struct Bearer {
    pub(crate) contact_id: String,
    pub(crate) participant_id: String,
    used_for: Use,
    expires: Option<Timestamp>,
    /// The custom participant did not connect in time: its token answers "not found" from then on.
    missed: bool,
}

/// All secrets that are good for something.
#[derive(Default)]
pub(crate) struct Tokens {
    bearers: HashMap<Secret, Bearer>,
}

impl Tokens {
    pub(crate) fn issue(
        &mut self,
        used_for: Use,
        contact_id: &str,
        participant_id: &str,
        expires: Option<Timestamp>,
    ) -> Secret {
        // Two random ids: longer than any id, shorter than the service's limits.
        let secret = Secret(format!(
            "{}{}",
            Uuid::new_v4().simple(),
            Uuid::new_v4().simple()
        ));
        let bearer = Bearer {
            contact_id: contact_id.to_owned(),
            participant_id: participant_id.to_owned(),
            used_for,
            expires,
            missed: false,
        };
        self.bearers.insert(secret.clone(), bearer);
        secret
    }

    /// Whose token this is, if it is good for that now.
    pub(crate) fn check(
        &self,
        token: Option<&str>,
        used_for: Use,
        now: Timestamp,
    ) -> Result<Bearer, ServiceError> {
        let denied = || ServiceError::new(403, "AccessDeniedException", "Access denied");
        let token = Secret(token.ok_or_else(denied)?.to_owned());
        let bearer = self.bearers.get(&token).ok_or_else(denied)?;
        if bearer.used_for != used_for || bearer.expires.is_some_and(|expires| now >= expires) {
            return Err(denied());
        }
        if bearer.missed {
            // Documented for a custom participant that connects later than 15 seconds [doc].
            return Err(ServiceError::new(
                404,
                "ResourceNotFoundException",
                "the participant did not connect within 15 seconds",
            ));
        }
        Ok(bearer.clone())
    }

    /// A secret that is known here, from its text.
    pub(crate) fn secret(&self, text: &str) -> Option<Secret> {
        let (secret, _) = self.bearers.get_key_value(&Secret(text.to_owned()))?;
        Some(secret.clone())
    }

    /// The contact of a token, whether it is still good for anything or not.
    pub(crate) fn contact_of(&self, token: &str) -> Option<&str> {
        let bearer = self.bearers.get(&Secret(token.to_owned()))?;
        Some(&bearer.contact_id)
    }

    /// From now on this token is one of a participant that connects too late.
    pub(crate) fn mark_missed(&mut self, token: &Secret) {
        if let Some(bearer) = self.bearers.get_mut(token) {
            bearer.missed = true;
        }
    }

    pub(crate) fn retire(&mut self, tokens: impl IntoIterator<Item = Secret>) {
        for token in tokens {
            self.bearers.remove(&token);
        }
    }
}

/// A time after another.
pub(crate) fn after(time: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| time.checked_add(by).ok())
        .unwrap_or(Timestamp::MAX)
}

/// As the Participant Service and the streams write times.
pub(crate) fn iso(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
