//! Which service and operation a request is for, and how that service words its errors.
//!
//! One port serves all: the JSON protocols name their target in a header, the Query protocol its
//! action in a form, and the paths of the REST services do not collide.

use http::Method;
use http::header::HeaderName;
use serde_json::{Map, Value};

use super::query::{Form, element};
use super::{ERROR_TYPE, Request, Response, ServiceError};

/// Carries the older name of an error of SQS.
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");

/// The services of the emulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Connect,
    Participant,
    Lambda,
    Iam,
    Sts,
    Sns,
    DynamoDb,
    Logs,
    S3,
    Kms,
    Sqs,
    Quotas,
}

/// How a service is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    RestJson,
    /// With the XML namespace of the service.
    Query(&'static str),
    /// JSON 1.0 or 1.1.
    Json(&'static str),
    /// JSON 1.0 with the error codes of the Query protocol beside it, as SQS answers.
    QueryCompatible,
    /// REST with XML, as S3 answers.
    RestXml,
}

/// What a request is addressed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A REST service, whose operation its own routes tell.
    Rest(Service),
    /// A service whose requests carry the operation's name.
    Named(Service, String),
    /// A service that is not emulated, as far as it can be told.
    Unknown {
        service: String,
        operation: String,
        protocol: Protocol,
    },
}

impl Service {
    /// The name of the service in credential scopes; `participant` for the Participant Service,
    /// whose scope is `execute-api`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Participant => "participant",
            Self::Lambda => "lambda",
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::Sns => "sns",
            Self::DynamoDb => "dynamodb",
            Self::Logs => "logs",
            Self::S3 => "s3",
            Self::Kms => "kms",
            Self::Sqs => "sqs",
            Self::Quotas => "servicequotas",
        }
    }

    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::Connect | Self::Participant | Self::Lambda => Protocol::RestJson,
            Self::Iam => Protocol::Query("https://iam.amazonaws.com/doc/2010-05-08/"),
            Self::Sts => Protocol::Query("https://sts.amazonaws.com/doc/2011-06-15/"),
            Self::Sns => Protocol::Query("http://sns.amazonaws.com/doc/2010-03-31/"),
            Self::DynamoDb => Protocol::Json("application/x-amz-json-1.0"),
            Self::Logs | Self::Kms | Self::Quotas => Protocol::Json("application/x-amz-json-1.1"),
            Self::Sqs => Protocol::QueryCompatible,
            Self::S3 => Protocol::RestXml,
        }
    }
}

impl Target {
    /// Tells the service of a request.
    pub(crate) fn of(request: &Request) -> Self {
        let scope = request.credential().map(|credential| credential.service);
        if let Some(target) = request.header("x-amz-target") {
            return Self::of_json(target, scope);
        }
        // A bucket may be called anything, so only the signature tells.
        if scope == Some("s3") {
            return Self::Rest(Service::S3);
        }
        if request.path.is_empty() && matches!(request.method, Method::POST | Method::GET) {
            let form = Form::of(request);
            if let Some(action) = form.get("Action") {
                return Self::of_query(action, form.get("Version"), scope);
            }
        }
        match scope {
            None | Some("connect" | "execute-api" | "lambda") => Self::of_rest(request),
            Some(other) => Self::Unknown {
                service: other.to_owned(),
                operation: format!("{} /{}", request.method, request.path.join("/")),
                protocol: Protocol::Query(""),
            },
        }
    }

    fn of_json(target: &str, scope: Option<&str>) -> Self {
        let (prefix, operation) = target.split_once('.').unwrap_or(("", target));
        match prefix {
            "DynamoDB_20120810" => Self::Named(Service::DynamoDb, operation.to_owned()),
            "ServiceQuotasV20190624" => Self::Named(Service::Quotas, operation.to_owned()),
            "Logs_20140328" => Self::Named(Service::Logs, operation.to_owned()),
            "TrentService" => Self::Named(Service::Kms, operation.to_owned()),
            "AmazonSQS" => Self::Named(Service::Sqs, operation.to_owned()),
            _ => Self::Unknown {
                service: scope.unwrap_or(prefix).to_owned(),
                operation: operation.to_owned(),
                protocol: Protocol::Json("application/x-amz-json-1.1"),
            },
        }
    }

    fn of_query(action: &str, version: Option<&str>, scope: Option<&str>) -> Self {
        // Unsigned requests are told apart by the version of the interface.
        let service = match (scope, version) {
            (Some("iam"), _) | (None, Some("2010-05-08")) => Service::Iam,
            (Some("sts"), _) | (None, Some("2011-06-15")) => Service::Sts,
            (Some("sns"), _) | (None, Some("2010-03-31")) => Service::Sns,
            _ => {
                return Self::Unknown {
                    service: scope.unwrap_or("query").to_owned(),
                    operation: action.to_owned(),
                    protocol: Protocol::Query(""),
                };
            }
        };
        Self::Named(service, action.to_owned())
    }

    fn of_rest(request: &Request) -> Self {
        let first = request.path.first().map(String::as_str).unwrap_or_default();
        // Lambda's paths begin with a version of its interface, such as `2015-03-31`.
        let dated = first.len() == 10 && first.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        Self::Rest(match first {
            "participant" => Service::Participant,
            _ if dated => Service::Lambda,
            _ => Service::Connect,
        })
    }

    /// The protocol its client speaks.
    pub(crate) fn protocol(&self) -> Protocol {
        match self {
            Self::Rest(service) | Self::Named(service, _) => service.protocol(),
            Self::Unknown { protocol, .. } => *protocol,
        }
    }

    /// How its service says that what was asked for does not exist, if it has such an error.
    pub(crate) fn not_found(&self) -> Option<ServiceError> {
        let (Self::Rest(service) | Self::Named(service, _)) = self else {
            return None;
        };
        let (status, code) = match service {
            Service::Connect | Service::Lambda => (404, "ResourceNotFoundException"),
            Service::Iam => (404, "NoSuchEntity"),
            Service::Sns => (404, "NotFound"),
            Service::S3 => (404, "NoSuchBucket"),
            Service::DynamoDb | Service::Logs => (400, "ResourceNotFoundException"),
            Service::Kms => (400, "NotFoundException"),
            Service::Quotas => (400, "NoSuchResourceException"),
            Service::Sqs => (400, "QueueDoesNotExist"),
            Service::Participant | Service::Sts => return None,
        };
        Some(ServiceError::new(status, code, "not found"))
    }

    /// The service's name.
    pub(crate) fn service_name(&self) -> &str {
        match self {
            Self::Rest(service) | Self::Named(service, _) => service.name(),
            Self::Unknown { service, .. } => service,
        }
    }
}

impl Protocol {
    /// An error as clients of this protocol read it.
    pub(crate) fn error(self, error: &ServiceError, request_id: &str) -> Response {
        match self {
            Self::RestJson => rest_json_error(error),
            Self::Json(content_type) => json_error(error, content_type),
            Self::Query(namespace) => query_error(error, namespace, request_id),
            Self::QueryCompatible => query_compatible_error(error),
            Self::RestXml => rest_xml_error(error, request_id),
        }
    }
}

fn rest_json_error(error: &ServiceError) -> Response {
    let mut body = Map::new();
    if let Some(message) = &error.message {
        body.insert("message".to_owned(), Value::from(message.as_str()));
    }
    body.extend(*error.members.clone());
    Response::json(&Value::Object(body))
        .with_status(error.status)
        .with_header(ERROR_TYPE, &error.code)
}

fn json_error(error: &ServiceError, content_type: &'static str) -> Response {
    let mut body = Map::new();
    body.insert("__type".to_owned(), Value::from(error.code.as_str()));
    if let Some(message) = &error.message {
        body.insert("message".to_owned(), Value::from(message.as_str()));
    }
    body.extend(*error.members.clone());
    Response::new(error.status, content_type, Value::Object(body).to_string())
}

/// SQS names an error twice: as its model does, and as its older protocol did.
fn query_compatible_error(error: &ServiceError) -> Response {
    let older = match error.code.as_str() {
        "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue",
        "QueueNameExists" => "QueueAlreadyExists",
        "QueueDeletedRecently" => "AWS.SimpleQueueService.QueueDeletedRecently",
        code => code,
    };
    let fault = match error.status {
        ..500 => "Sender",
        _ => "Receiver",
    };
    let code = format!("com.amazonaws.sqs#{}", error.code);
    let error = ServiceError {
        code,
        ..error.clone()
    };
    json_error(&error, "application/x-amz-json-1.0")
        .with_header(QUERY_ERROR, &format!("{older};{fault}"))
}

fn rest_xml_error(error: &ServiceError, request_id: &str) -> Response {
    let message = error.message.as_deref().unwrap_or_default();
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>{}{}{}</Error>",
        element("Code", &error.code),
        element("Message", message),
        element("RequestId", request_id),
    );
    Response::new(error.status, "application/xml", body)
}

fn query_error(error: &ServiceError, namespace: &str, request_id: &str) -> Response {
    let kind = if error.status < 500 {
        "Sender"
    } else {
        "Receiver"
    };
    let message = error.message.as_deref().unwrap_or_default();
    let body = format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error>{}{}{}</Error>{}</ErrorResponse>",
        element("Type", kind),
        element("Code", &error.code),
        element("Message", message),
        element("RequestId", request_id),
    );
    Response::new(error.status, "text/xml", body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(method: &str, uri: &str, headers: &[(&str, &str)], body: &'static str) -> Target {
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request
            .body(())
            .expect("the request is well formed")
            .into_parts();
        Target::of(&Request::read(parts, body.into()).expect("the path is UTF-8"))
    }

    fn signed(service: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-2/{service}/aws4_request, \
             SignedHeaders=host, Signature=0"
        )
    }

    #[test]
    fn one_port_tells_the_services_apart() {
        let named = |service, operation: &str| Target::Named(service, operation.to_owned());
        let json = [("x-amz-target", "DynamoDB_20120810.PutItem")];
        assert_eq!(
            target("POST", "/", &json, "{}"),
            named(Service::DynamoDb, "PutItem")
        );
        let scope = signed("sns");
        let query = [("authorization", scope.as_str())];
        assert_eq!(
            target("POST", "/", &query, "Action=Publish&Version=x"),
            named(Service::Sns, "Publish")
        );
        assert_eq!(
            target("POST", "/", &[], "Action=GetRole&Version=2010-05-08"),
            named(Service::Iam, "GetRole")
        );
        let queue = [("x-amz-target", "AmazonSQS.SendMessage")];
        assert_eq!(
            target("POST", "/", &queue, "{}"),
            named(Service::Sqs, "SendMessage")
        );
        let scope = signed("s3");
        let bucket = [("authorization", scope.as_str())];
        assert_eq!(
            target("PUT", "/participant", &bucket, ""),
            Target::Rest(Service::S3),
            "a bucket may have the name of another service's path"
        );
        for (uri, service) in [
            ("/2015-03-31/functions/", Service::Lambda),
            ("/participant/message", Service::Participant),
            ("/instance/i", Service::Connect),
        ] {
            assert_eq!(target("GET", uri, &[], ""), Target::Rest(service), "{uri}");
        }
    }

    #[test]
    fn a_service_that_is_not_here_is_named() {
        let scope = signed("ssm");
        let target = target(
            "POST",
            "/",
            &[
                ("authorization", &scope),
                ("x-amz-target", "AmazonSSM.GetParameter"),
            ],
            "{}",
        );
        assert_eq!(target.service_name(), "ssm");
        assert!(matches!(target, Target::Unknown { operation, .. } if operation == "GetParameter"));
    }

    #[test]
    fn an_empty_access_key_is_no_hindrance() {
        let chatjs =
            "AWS4-HMAC-SHA256 Credential=/20260101/eu-west-2/execute-api/aws4_request, S=0";
        assert_eq!(
            target(
                "POST",
                "/participant/connection",
                &[("authorization", chatjs)],
                "{}"
            ),
            Target::Rest(Service::Participant)
        );
    }
}
