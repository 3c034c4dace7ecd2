//! Who may speak to the emulator: programs of this machine and pages of allowed origins.
//!
//! The port is reachable by every page open in a browser of this machine. A page of another site
//! may have made its own host name point to loopback (DNS rebinding), so the `Host` must be a
//! loopback name; and a page that says where it is from must be from loopback or allowed by name.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HOST, HeaderMap, HeaderValue, ORIGIN, VARY,
};
use http::{Method, StatusCode, Uri};

use super::plain;

/// The rules of access.
#[derive(Clone, Debug, Default)]
pub(crate) struct Access {
    /// Origins allowed besides those of loopback, such as `https://chat.example.com`.
    pub(crate) origins: Vec<String>,
}

impl Access {
    fn allows_origin(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        let allowed = self.origins.iter();
        allowed.into_iter().any(|allowed| allowed == origin)
            || origin
                .parse::<Uri>()
                .is_ok_and(|uri| uri.scheme().is_some() && uri.host().is_some_and(is_loopback))
    }
}

/// Turns away what may not speak to the emulator and answers what browsers ask before they speak.
pub(crate) async fn check(
    State(access): State<Arc<Access>>,
    request: Request,
    next: Next,
) -> Response {
    if !host_is_loopback(&request) {
        return plain(
            StatusCode::FORBIDDEN,
            "the emulator answers only requests whose Host is a loopback name",
        );
    }
    let Some(origin) = request.headers().get(ORIGIN).cloned() else {
        if is_cross_site(request.headers()) {
            return plain(
                StatusCode::FORBIDDEN,
                "the emulator answers no requests that pages of other sites cause",
            );
        }
        return next.run(request).await;
    };
    if !access.allows_origin(&origin) {
        return plain(
            StatusCode::FORBIDDEN,
            "the emulator answers only pages from loopback or from an allowed origin",
        );
    }
    let mut response = match preflight(&request) {
        Some(response) => response,
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("x-amzn-errortype, x-amzn-requestid"),
    );
    headers.append(VARY, HeaderValue::from_static("Origin"));
    response
}

/// Whether a browser says that another site caused a request. Images and links carry no `Origin`,
/// and the Query protocol takes actions from a URL.
fn is_cross_site(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "cross-site")
}

/// The answer to a browser that asks whether it may send a request.
fn preflight(request: &Request) -> Option<Response> {
    let headers = request.headers();
    if request.method() != Method::OPTIONS || !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    let answer = response.headers_mut();
    answer.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST, PUT, DELETE"),
    );
    if let Some(asked) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    Some(response)
}

fn host_is_loopback(request: &Request) -> bool {
    host(request.headers(), request.uri())
        .and_then(|host| host.parse::<http::uri::Authority>().ok())
        .is_some_and(|authority| is_loopback(authority.host()))
}

/// The host a request was sent to: from the header, or from the request line in absolute form.
fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    match headers.get(HOST) {
        Some(host) => host.to_str().ok(),
        None => uri.authority().map(http::uri::Authority::as_str),
    }
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_and_named_origins_are_allowed() {
        let access = Access {
            origins: vec!["https://chat.example.com".to_owned()],
        };
        for (origin, allowed) in [
            ("http://localhost:3000", true),
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080", true),
            ("https://chat.example.com", true),
            ("https://chat.example.com.evil.example", false),
            ("http://127.0.0.1.evil.example", false),
            ("https://evil.example", false),
            ("null", false),
        ] {
            let header = HeaderValue::from_static(origin);
            assert_eq!(access.allows_origin(&header), allowed, "{origin}");
        }
    }

    #[test]
    fn a_host_that_is_not_loopback_is_turned_away() {
        for (host, allowed) in [
            ("127.0.0.1:4510", true),
            ("localhost", true),
            ("[::1]:4510", true),
            ("rebound.example:4510", false),
            ("127.0.0.1.rebound.example", false),
            ("", false),
        ] {
            let request = Request::builder()
                .header(HOST, host)
                .body(axum::body::Body::empty())
                .expect("the request is well formed");
            assert_eq!(host_is_loopback(&request), allowed, "{host}");
        }
    }
}
