//! Requests and responses as every service sees them, and the protocols that carry them.

use std::fmt;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

pub(crate) mod query;
mod service;

pub(crate) use self::service::{Protocol, Service, Target};

/// Named in answers so that browsers may read them and clients quote them.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
/// Names the error in REST-JSON.
pub(crate) const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// A request of an AWS client, split but not interpreted.
#[derive(Clone)]
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
    /// Splits a request; `None` if its path or query is not UTF-8 once decoded.
    pub(crate) fn read(parts: http::request::Parts, body: Bytes) -> Option<Self> {
        let mut path = parts
            .uri
            .path()
            .split('/')
            .skip(1)
            .map(|segment| percent_decode_str(segment).decode_utf8().ok())
            .map(|segment| segment.map(|text| text.into_owned()))
            .collect::<Option<Vec<_>>>()?;
        // `/functions/` and `/functions` are one path; older service models write the former.
        while path.last().is_some_and(String::is_empty) {
            path.pop();
        }
        Some(Self {
            method: parts.method,
            path,
            query: query::decode(parts.uri.query().unwrap_or_default())?,
            headers: parts.headers,
            body,
        })
    }

    /// A header's value, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The access key id and the service of the credential scope, if the request is signed.
    pub(crate) fn credential(&self) -> Option<Credential<'_>> {
        let (_, rest) = self.header("authorization")?.split_once("Credential=")?;
        let scope = rest.split(',').next()?.trim();
        let mut parts = scope.rsplit('/');
        let (_terminator, service, _region, _date) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let access_key = parts.next()?;
        Some(Credential {
            access_key,
            service,
        })
    }

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
        self.header("x-amz-bearer")
    }
}

/// Without headers and body: they carry tokens and what people say.
impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// What a signature says about its maker; signatures are not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Credential<'a> {
    pub(crate) access_key: &'a str,
    pub(crate) service: &'a str,
}

/// What a service answers.
#[derive(Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Without headers and body: they carry tokens and what people say.
impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Response {
    /// An answer of a content type.
    pub(crate) fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self {
            status,
            headers,
            body: body.into(),
        }
    }

    /// A REST-JSON answer with status 200.
    pub(crate) fn json(value: &Value) -> Self {
        Self::new(200, "application/json", value.to_string())
    }

    /// The same answer with another status.
    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// The same answer with a header more; a value that no header may carry is left out.
    pub(crate) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
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
    /// Further members of the body, for example `problems`; boxed, since most errors have none.
    pub(crate) members: Box<Map<String, Value>>,
}

impl ServiceError {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: Some(message.into()),
            members: Box::default(),
        }
    }

    /// The same error with a further member of the body.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_bodies_are_not_seen_in_debug_output() {
        let (parts, ()) = http::Request::builder()
            .uri("/participant/views/secret?token=secret")
            .header("x-amz-bearer", "secret")
            .body(())
            .expect("the request is well formed")
            .into_parts();
        let request = Request::read(parts, "secret".into()).expect("the path is UTF-8");
        let response = Response::new(200, "text/plain", "secret");
        assert!(!format!("{request:?} {response:?}").contains("secret"));
    }
}
