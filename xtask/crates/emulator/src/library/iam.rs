//! Where the library's IAM differs from AWS: it accepts malformed policy documents, and returns
//! documents as they are where AWS returns them URL-encoded.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::Library;
use crate::wire::query::Form;
use crate::wire::{Request, Response, Service, ServiceError};

/// What RFC 3986 leaves as it is, which IAM's documentation names as the encoding of documents.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What a document says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DocumentKind {
    /// Who may assume a role.
    Trust,
    /// What its bearer may do.
    Permissions,
}

impl Library {
    pub(super) async fn iam(
        &self,
        operation: &str,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let form = Form::of(request);
        let (parameter, kind) = match operation {
            "CreateRole" => ("AssumeRolePolicyDocument", DocumentKind::Trust),
            "UpdateAssumeRolePolicy" => ("PolicyDocument", DocumentKind::Trust),
            _ => ("PolicyDocument", DocumentKind::Permissions),
        };
        if let Some(document) = form.get(parameter) {
            check_document(document, kind)?;
        }
        let mut response = self.pass(Service::Iam, request).await?;
        let text = String::from_utf8_lossy(&response.body);
        response.body = ["AssumeRolePolicyDocument", "PolicyDocument", "Document"]
            .iter()
            .fold(text.into_owned(), |text, element| encode(&text, element))
            .into();
        Ok(response)
    }
}

/// Refuses what AWS refuses in a policy document.
fn check_document(text: &str, kind: DocumentKind) -> Result<(), ServiceError> {
    let malformed = |message: &str| ServiceError::new(400, "MalformedPolicyDocument", message);
    let document: Value =
        serde_json::from_str(text).map_err(|_| malformed("Syntax errors in policy."))?;
    if !document.is_object() {
        return Err(malformed("Syntax errors in policy."));
    }
    match document.get("Version").map(Value::as_str) {
        None | Some(Some("2012-10-17" | "2008-10-17")) => {}
        Some(_) => return Err(malformed("The policy must contain a valid version string.")),
    }
    let statements = match document.get("Statement") {
        Some(Value::Array(many)) if !many.is_empty() => many.as_slice(),
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => return Err(malformed("Syntax errors in policy.")),
    };
    statements
        .iter()
        .try_for_each(|statement| check_statement(statement, kind).map_err(malformed))
}

fn check_statement(statement: &Value, kind: DocumentKind) -> Result<(), &'static str> {
    let has = |element: &str| statement.get(element).is_some();
    if !matches!(statement["Effect"].as_str(), Some("Allow" | "Deny")) {
        return Err("Syntax errors in policy.");
    }
    if !has("Action") && !has("NotAction") {
        return Err("Policy statement must contain actions.");
    }
    match kind {
        DocumentKind::Permissions if has("Principal") || has("NotPrincipal") => {
            Err("Policy document should not specify a principal.")
        }
        DocumentKind::Permissions if !has("Resource") && !has("NotResource") => {
            Err("Policy statement must contain resources.")
        }
        DocumentKind::Trust if has("Resource") || has("NotResource") => {
            Err("Has prohibited field Resource.")
        }
        DocumentKind::Trust if !has("Principal") && !has("NotPrincipal") => {
            Err("Missing required field Principal.")
        }
        _ => Ok(()),
    }
}

/// The text inside the first element of a name, with XML's escapes undone.
pub(super) fn content(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (inside, _) = rest.split_once(&format!("</{name}>"))?;
    Some(unescape(inside.trim()))
}

/// A document as it was given, whether or not it is encoded.
pub(super) fn plain_document(text: &str) -> String {
    match text.trim_start().starts_with('{') {
        true => text.to_owned(),
        false => percent_decode_str(text).decode_utf8_lossy().into_owned(),
    }
}

/// Encodes the documents in all elements of a name.
fn encode(xml: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut parts = xml.split(&open);
    let mut encoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (document, rest) = part.split_once(&close).unwrap_or((part, ""));
        let plain = plain_document(&unescape(document));
        encoded.push_str(&open);
        encoded.extend(utf8_percent_encode(&plain, UNRESERVED));
        encoded.push_str(&close);
        encoded.push_str(rest);
    }
    encoded
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_in_answers_are_url_encoded_once() {
        let xml = "<R><Document>{&quot;a&quot;: &quot;&amp;&quot;}</Document></R>";
        let encoded = encode(xml, "Document");
        assert_eq!(
            encoded,
            "<R><Document>%7B%22a%22%3A%20%22%26%22%7D</Document></R>"
        );
        assert_eq!(encode(&encoded, "Document"), encoded);
    }

    #[test]
    fn malformed_documents_are_refused() {
        for (document, kind) in [
            ("not json", DocumentKind::Permissions),
            ("[]", DocumentKind::Permissions),
            (
                r#"{"Version":"2020-01-01","Statement":[]}"#,
                DocumentKind::Permissions,
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Action":"*"}]}"#,
                DocumentKind::Permissions,
            ),
            (
                r#"{"Statement":[{"Effect":"May","Action":"*","Resource":"*"}]}"#,
                DocumentKind::Permissions,
            ),
            (
                r#"{"Statement":{"Effect":"Allow","Resource":"*"}}"#,
                DocumentKind::Permissions,
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}"#,
                DocumentKind::Trust,
            ),
        ] {
            assert!(check_document(document, kind).is_err(), "{document}");
        }
        let good = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"a:B","Resource":"*"}}"#;
        assert!(check_document(good, DocumentKind::Permissions).is_ok());
    }
}
