//! Requests and responses as every service sees them, and the protocols that carry them.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Map, Value};

/// A request of an AWS client, split but not interpreted.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Path segments: split on the raw `/` first and percent-decoded after, since ids may be ARNs.
    pub(crate) path: Vec<String>,
    /// Decoded, in order; lists repeat their key.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// The first value of a query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values of a query parameter that may repeat.
    pub(crate) fn query_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as a JSON object; an empty body is an empty object.
    pub(crate) fn json(&self) -> Result<Map<String, Value>, ServiceError> {
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| ServiceError::new(400, "SerializationException", error.to_string()))
    }

    /// The bearer token of the Participant Service.
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.headers
            .get("x-amz-bearer")
            .and_then(|value| value.to_str().ok())
    }
}

/// What a service answers.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Response {
    /// A REST-JSON answer with status 200.
    pub(crate) fn json(value: &Value) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(
            http::header::CONTENT_TYPE,
            http::HeaderValue::from_static("application/json"),
        );
        Self {
            status: 200,
            headers,
            body: value.to_string().into(),
        }
    }

    /// A REST-JSON answer that carries nothing.
    pub(crate) fn empty() -> Self {
        Self::json(&Value::Object(Map::new()))
    }
}

/// An error as a service reports it; the protocol in use decides how it looks on the wire.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ServiceError {
    pub(crate) status: u16,
    /// For example `ResourceNotFoundException`.
    pub(crate) code: String,
    pub(crate) message: Option<String>,
    /// Further members of the body, for example `problems`.
    pub(crate) members: Map<String, Value>,
}

impl ServiceError {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: Some(message.into()),
            members: Map::new(),
        }
    }
}
