//! Where the library's IAM differs from AWS: it accepts malformed policy documents, returns documents
//! as they are where AWS returns them URL-encoded, does not show a role's description and tags, lists
//! roles in no order and in one page, and does not know the policies of AWS.

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};
use winterbaume_core::{DEFAULT_ACCOUNT_ID, StatefulService};
use winterbaume_iam::views::{IamStateView, RoleView};

use super::Library;
use crate::wire::query::{self, Form, element};
use crate::wire::{Request, Response, Service, ServiceError};

/// What RFC 3986 leaves as it is, which IAM's documentation names as the encoding of documents.
pub(super) const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
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

/// The policies of AWS itself that are here. Others are named when they are asked for.
const MANAGED_POLICIES: [(&str, &str, &str); 4] = [
    (
        "/",
        "AdministratorAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    ),
    (
        "/service-role/",
        "AWSLambdaBasicExecutionRole",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#,
    ),
    (
        "/",
        "AWSXRayDaemonWriteAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["xray:PutTraceSegments","xray:PutTelemetryRecords","xray:GetSamplingRules","xray:GetSamplingTargets","xray:GetSamplingStatisticSummaries"],"Resource":["*"]}]}"#,
    ),
    (
        "/",
        "AmazonConnectReadOnlyAccess",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["connect:Get*","connect:Describe*","connect:List*","ds:DescribeDirectories"],"Resource":"*"}]}"#,
    ),
];

impl Library {
    pub(super) async fn iam(
        &self,
        operation: &str,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let form = Form::of(request);
        check_form(operation, &form)?;
        self.managed_policies
            .get_or_init(|| self.make_managed_policies())
            .await;
        if operation == "ListRoles" {
            return Ok(self.list_roles(&form).await);
        }
        let mut response = self.pass(Service::Iam, request).await?;
        if matches!(operation, "CreateRole" | "GetRole") {
            let name = form.get("RoleName").unwrap_or_default();
            let state = self.iam.snapshot(DEFAULT_ACCOUNT_ID, GLOBAL).await;
            if let Some(role) = state.roles.get(name) {
                let role = format!("<Role>{}{}</Role>", role_xml(role), role_details_xml(role));
                return Ok(self.iam_answer(operation, &role));
            }
        }
        let text = String::from_utf8_lossy(&response.body);
        response.body = ["PolicyDocument", "Document"]
            .iter()
            .fold(text.into_owned(), |text, element| encode(&text, element))
            .into();
        Ok(response)
    }

    /// The roles in the order of their names; the marker is the name before the next one.
    async fn list_roles(&self, form: &Form) -> Response {
        let state = self.iam.snapshot(DEFAULT_ACCOUNT_ID, GLOBAL).await;
        let prefix = form.get("PathPrefix").unwrap_or("/");
        let after = form.get("Marker").unwrap_or_default();
        let limit = form.get("MaxItems").and_then(|limit| limit.parse().ok());
        let mut roles: Vec<&RoleView> = state
            .roles
            .values()
            .filter(|role| role.path.starts_with(prefix) && role.name.as_str() > after)
            .collect();
        roles.sort_by(|left, right| left.name.cmp(&right.name));
        let more = roles.len() > limit.unwrap_or(100);
        roles.truncate(limit.unwrap_or(100));
        let members: String = roles
            .iter()
            .map(|role| format!("<member>{}</member>", role_xml(role)))
            .collect();
        let mut result = format!(
            "<Roles>{members}</Roles>{}",
            element("IsTruncated", &more.to_string())
        );
        if let Some(last) = roles.last().filter(|_| more) {
            result.push_str(&element("Marker", &last.name));
        }
        self.iam_answer("ListRoles", &result)
    }

    fn iam_answer(&self, operation: &str, result: &str) -> Response {
        let namespace = "https://iam.amazonaws.com/doc/2010-05-08/";
        let mut response = query::answer(namespace, operation, Some(result));
        response.body = self.accounts.swap(&response.body);
        response
    }

    async fn make_managed_policies(&self) {
        let mut state = IamStateView::default();
        for (path, name, document) in MANAGED_POLICIES {
            let arn = format!("arn:aws:iam::aws:policy{path}{name}");
            let policy = json!({
                "policy_name": name,
                "policy_id": format!("ANPA{}", name.to_uppercase()),
                "arn": arn,
                "path": path,
                "default_version_id": "v1",
                "description": "",
                "create_date": "2015-02-06T18:39:46Z",
                "update_date": "2015-02-06T18:39:46Z",
                "is_attachable": true,
                "document": document,
                "versions": [{
                    "version_id": "v1",
                    "document": document,
                    "is_default_version": true,
                    "create_date": "2015-02-06T18:39:46Z",
                }],
                "attachment_count": 0,
            });
            let policy = serde_json::from_value(policy).expect("it has every member of the view");
            state.policies.insert(arn, policy);
        }
        if let Err(error) = self.iam.merge(DEFAULT_ACCOUNT_ID, GLOBAL, state).await {
            tracing::warn!(%error, "the policies of AWS could not be made");
        }
    }
}

/// Where the library keeps what has no region.
pub(super) const GLOBAL: &str = "us-east-1";

/// Refuses what AWS refuses and the library does not, and what neither of them is here for.
fn check_form(operation: &str, form: &Form) -> Result<(), ServiceError> {
    let (parameter, kind) = match operation {
        "CreateRole" => ("AssumeRolePolicyDocument", DocumentKind::Trust),
        "UpdateAssumeRolePolicy" => ("PolicyDocument", DocumentKind::Trust),
        _ => ("PolicyDocument", DocumentKind::Permissions),
    };
    if let Some(document) = form.get(parameter) {
        check_document(document, kind)?;
    }
    let missing = |what: &str| {
        let message = format!("the emulator's IAM does not have {what}");
        Err(ServiceError::new(501, "NotImplementedException", message))
    };
    // Given with a role or user it would be lost; put on afterwards it is kept.
    let puts_boundary = operation == "PutRolePermissionsBoundary";
    if form.get("PermissionsBoundary").is_some() && !puts_boundary {
        return missing("permissions boundaries of what is about to be made");
    }
    let arn = form.get("PolicyArn").unwrap_or_default();
    match arn.strip_prefix("arn:aws:iam::aws:policy") {
        Some(named)
            if !MANAGED_POLICIES
                .iter()
                .any(|(path, name, _)| named == format!("{path}{name}")) =>
        {
            missing(&format!("the policy {arn} of AWS"))
        }
        _ => Ok(()),
    }
}

/// What every operation shows of a role.
fn role_xml(role: &RoleView) -> String {
    let mut fields = vec![
        element("Path", &role.path),
        element("RoleName", &role.name),
        element("RoleId", &role.role_id),
        element("Arn", &role.arn),
        element("CreateDate", &created(role).to_string()),
        element(
            "AssumeRolePolicyDocument",
            &encoded(&role.assume_role_policy_document),
        ),
        element("MaxSessionDuration", &role.max_session_duration.to_string()),
    ];
    if !role.description.is_empty() {
        fields.push(element("Description", &role.description));
    }
    fields.concat()
}

/// When a role was made, in whole seconds as IAM shows it.
fn created(role: &RoleView) -> Timestamp {
    let at = role
        .create_date
        .as_deref()
        .and_then(|at| at.parse::<Timestamp>().ok());
    let at = at.unwrap_or(Timestamp::UNIX_EPOCH);
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// What lists of roles leave out.
fn role_details_xml(role: &RoleView) -> String {
    let mut tags: Vec<_> = role.tags.iter().collect();
    tags.sort();
    let members: String = tags
        .iter()
        .map(|(key, value)| {
            format!(
                "<member>{}{}</member>",
                element("Key", key),
                element("Value", value)
            )
        })
        .collect();
    match members.is_empty() {
        true => String::new(),
        false => format!("<Tags>{members}</Tags>"),
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
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (document, rest) = part.split_once(&close).unwrap_or((part, ""));
        result.push_str(&open);
        result.push_str(&encoded(&plain_document(&unescape(document))));
        result.push_str(&close);
        result.push_str(rest);
    }
    result
}

fn encoded(document: &str) -> String {
    utf8_percent_encode(document, UNRESERVED).to_string()
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
