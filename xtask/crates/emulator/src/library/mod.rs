//! The services that rest on winterbaume: IAM, STS, DynamoDB, CloudWatch Logs, S3, KMS and SQS.
//! Nothing else in this crate knows that library.
//!
//! It is pre-1.0 and offers far more than was checked, so only operations tried against the AWS SDK
//! pass ([`OPERATIONS`]); where it answers differently from AWS, the answer is mended here.

mod account;
mod dynamodb;
mod iam;
mod kms;
mod principals;
mod s3;
mod sqs;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderMap, HeaderValue};
use indexmap::IndexMap;
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;
use winterbaume_cloudwatchlogs::CloudWatchLogsService;
use winterbaume_core::{MockRequest, MockResponse, MockService};
use winterbaume_dynamodb::DynamoDbService;
use winterbaume_iam::IamService;
use winterbaume_kms::KmsService;
use winterbaume_s3::S3Service;
use winterbaume_sqs::SqsService;
use winterbaume_sts::StsService;

use self::account::Accounts;
pub(crate) use self::principals::Principal;
pub(crate) use self::s3::operation as bucket_operation;
pub(crate) use self::sqs::NotQueued;
use crate::wire::query::{self, Form, element};
use crate::wire::{Request, Response, Service, ServiceError};

/// The services of one account and region.
pub(crate) struct Library {
    account: String,
    region: String,
    accounts: Accounts,
    iam: IamService,
    sts: StsService,
    dynamodb: DynamoDbService,
    logs: CloudWatchLogsService,
    s3: S3Service,
    kms: KmsService,
    sqs: SqsService,
    /// Buckets that belong to somebody else.
    foreign_buckets: Mutex<HashSet<String>>,
    /// Who may use which key, to be looked up without waiting.
    keys: Mutex<kms::KeyBook>,
    /// How tables are encrypted, which the library does not keep, by the table's name.
    table_keys: Mutex<HashMap<String, String>>,
    /// What the library does not keep of queues, by the queue's name.
    queue_settings: Mutex<HashMap<String, sqs::Settings>>,
    /// Who temporary access keys were given to.
    callers: Mutex<HashMap<String, Caller>>,
    /// What functions wrote and nobody has read yet.
    unread: Mutex<VecDeque<Lines>>,
    managed_policies: OnceCell<()>,
}

/// Lines for a log stream.
struct Lines {
    group: String,
    stream: String,
    /// Milliseconds of the epoch and text.
    lines: Vec<(i64, String)>,
}

/// How many writes to logs are kept while nobody reads them; the oldest are forgotten first.
const UNREAD: usize = 20_000;

/// Who an access key belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) arn: String,
    pub(crate) user_id: String,
    /// Policies that were given with the session.
    pub(crate) policies: Vec<Value>,
}

/// The operations that were tried and behave as AWS documents, by service.
const OPERATIONS: [(Service, &[&str]); 7] = [
    (
        Service::Iam,
        &[
            "AttachRolePolicy",
            "AttachUserPolicy",
            "CreateAccessKey",
            "CreatePolicy",
            "CreatePolicyVersion",
            "CreateRole",
            "CreateServiceLinkedRole",
            "CreateUser",
            "DeletePolicy",
            "DeletePolicyVersion",
            "DeleteRole",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "GetPolicy",
            "GetPolicyVersion",
            "GetRole",
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListInstanceProfilesForRole",
            "ListPolicies",
            "ListPolicyVersions",
            "ListRolePolicies",
            "ListRoleTags",
            "ListRoles",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "PutUserPolicy",
            "TagRole",
            "UntagRole",
            "UpdateAssumeRolePolicy",
            "UpdateRole",
        ],
    ),
    (
        Service::Sts,
        &["AssumeRole", "GetCallerIdentity", "GetSessionToken"],
    ),
    (
        Service::DynamoDb,
        &[
            "BatchGetItem",
            "BatchWriteItem",
            "CreateTable",
            "DeleteItem",
            "DeleteTable",
            "DescribeContinuousBackups",
            "DescribeTable",
            "DescribeTimeToLive",
            "GetItem",
            "ListTables",
            "ListTagsOfResource",
            "PutItem",
            "Query",
            "Scan",
            "TagResource",
            "TransactGetItems",
            "TransactWriteItems",
            "UntagResource",
            "UpdateContinuousBackups",
            "UpdateItem",
            "UpdateTable",
            "UpdateTimeToLive",
        ],
    ),
    (
        Service::Logs,
        &[
            "CreateLogGroup",
            "CreateLogStream",
            "DeleteLogGroup",
            "DeleteRetentionPolicy",
            "DescribeLogGroups",
            "DescribeLogStreams",
            "FilterLogEvents",
            "GetLogEvents",
            "ListTagsForResource",
            "PutLogEvents",
            "PutRetentionPolicy",
            "TagResource",
            "UntagResource",
        ],
    ),
    (
        Service::S3,
        &[
            "CreateBucket",
            "DeleteBucket",
            "DeleteObjects",
            "GetBucketCors",
            "GetBucketEncryption",
            "GetBucketLifecycleConfiguration",
            "GetBucketLocation",
            "GetBucketPolicy",
            "GetBucketTagging",
            "GetObject",
            "GetPublicAccessBlock",
            "HeadBucket",
            "ListObjectsV2",
            "PutBucketCors",
            "PutBucketEncryption",
            "PutBucketLifecycleConfiguration",
            "PutBucketPolicy",
            "PutBucketTagging",
            "PutObject",
            "PutPublicAccessBlock",
        ],
    ),
    (
        Service::Kms,
        &[
            "CreateAlias",
            "CreateKey",
            "DeleteAlias",
            "DescribeKey",
            "EnableKeyRotation",
            "GetKeyPolicy",
            "GetKeyRotationStatus",
            "ListAliases",
            "ListKeys",
            "ListResourceTags",
            "PutKeyPolicy",
            "ScheduleKeyDeletion",
            "TagResource",
            "UntagResource",
        ],
    ),
    (
        Service::Sqs,
        &[
            "CreateQueue",
            "DeleteMessage",
            "DeleteQueue",
            "GetQueueAttributes",
            "GetQueueUrl",
            "ListQueueTags",
            "ReceiveMessage",
            "SendMessage",
            "SetQueueAttributes",
            "TagQueue",
            "UntagQueue",
        ],
    ),
];

impl Library {
    pub(crate) fn new(account: &str, region: &str) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            accounts: Accounts::new(account),
            iam: IamService::new(),
            sts: StsService::new(),
            dynamodb: DynamoDbService::new(),
            logs: CloudWatchLogsService::new(),
            s3: S3Service::new(),
            kms: KmsService::new(),
            sqs: SqsService::new(),
            foreign_buckets: Mutex::default(),
            keys: Mutex::default(),
            table_keys: Mutex::default(),
            queue_settings: Mutex::default(),
            callers: Mutex::default(),
            unread: Mutex::default(),
            managed_policies: OnceCell::new(),
        }
    }

    /// Carries out an operation; `None` if it is not among those that were tried.
    pub(crate) async fn handle(
        &self,
        service: Service,
        operation: &str,
        request: &Request,
    ) -> Option<Result<Response, ServiceError>> {
        let (_, operations) = OPERATIONS.iter().find(|(known, _)| *known == service)?;
        operations.contains(&operation).then_some(())?;
        Some(match (service, operation) {
            (Service::Iam, _) => self.iam(operation, request).await,
            (Service::Sts, "GetCallerIdentity") => Ok(self.caller_identity(request).await),
            (Service::Sts, "AssumeRole") => self.assume_role(request).await,
            (Service::DynamoDb, _) => self.dynamodb(operation, request).await,
            (Service::S3, _) => self.s3(operation, request).await,
            (Service::Kms, _) => self.kms(operation, request).await,
            (Service::Sqs, _) => self.sqs(operation, request).await,
            (Service::Logs, _) => {
                self.write_unread().await;
                self.pass(service, request).await
            }
            _ => self.pass(service, request).await,
        })
    }

    /// Remembers whose an access key is, for `GetCallerIdentity`.
    pub(crate) fn remember_caller(&self, access_key: &str, caller: Caller) {
        self.callers().insert(access_key.to_owned(), caller);
    }

    /// The trust policy of a role of this account.
    pub(crate) async fn trust_policy(&self, role_arn: &str) -> Option<Value> {
        let name = role_arn.rsplit('/').next()?;
        let form = format!("Action=GetRole&Version=2010-05-08&RoleName={name}");
        let answer = self.call(Service::Iam, None, &form).await.ok()?;
        let text = std::str::from_utf8(&answer.body).ok()?;
        if iam::content(text, "Arn")? != role_arn {
            return None;
        }
        let document = iam::content(text, "AssumeRolePolicyDocument")?;
        serde_json::from_str(&iam::plain_document(&document)).ok()
    }

    /// Writes lines to a log stream, which is made if it does not exist, as its group is.
    ///
    /// They wait here until somebody looks at the logs: the library copies all it holds at every
    /// write, and most of what functions write is never read.
    pub(crate) fn write_log(&self, group: &str, stream: &str, lines: Vec<(i64, String)>) {
        let mut unread = self.unread();
        if unread.len() == UNREAD {
            unread.pop_front();
        }
        unread.push_back(Lines {
            group: group.to_owned(),
            stream: stream.to_owned(),
            lines,
        });
    }

    async fn write_unread(&self) {
        let unread = std::mem::take(&mut *self.unread());
        // Writes to one stream are put together, in their order.
        let mut streams: IndexMap<(String, String), Vec<Value>> = IndexMap::new();
        for lines in unread {
            let events = lines
                .lines
                .into_iter()
                .map(|(at, line)| json!({ "timestamp": at, "message": line }));
            let stream = streams.entry((lines.group, lines.stream)).or_default();
            stream.extend(events);
        }
        for ((group, stream), events) in streams {
            let stream_of = json!({ "logGroupName": group, "logStreamName": stream });
            let put =
                json!({ "logGroupName": group, "logStreamName": stream, "logEvents": events });
            for (operation, body) in [
                ("CreateLogGroup", json!({ "logGroupName": group })),
                ("CreateLogStream", stream_of),
                ("PutLogEvents", put),
            ] {
                let target = format!("Logs_20140328.{operation}");
                let result = self
                    .call(Service::Logs, Some(&target), &body.to_string())
                    .await;
                // That the group or the stream exists already is the usual case.
                if let Err(error) = result
                    && error.code != "ResourceAlreadyExistsException"
                {
                    tracing::warn!(
                        code = error.code,
                        operation,
                        "a function's log was not written"
                    );
                }
            }
        }
    }

    /// A call of the emulator's own.
    async fn call(
        &self,
        service: Service,
        target: Option<&str>,
        body: &str,
    ) -> Result<Response, ServiceError> {
        let mut headers = HeaderMap::new();
        if let Some(target) = target.and_then(|target| HeaderValue::from_str(target).ok()) {
            headers.insert(HeaderName::from_static("x-amz-target"), target);
        }
        let request = Request {
            method: http::Method::POST,
            path: Vec::new(),
            query: Vec::new(),
            headers,
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        self.pass(service, &request).await
    }

    /// Passes a request to the library under the host name by which it knows the service's region.
    async fn pass(&self, service: Service, request: &Request) -> Result<Response, ServiceError> {
        let host = match service {
            Service::Iam | Service::Sts => format!("{}.amazonaws.com", service.name()),
            _ => format!("{}.{}.amazonaws.com", service.name(), self.region),
        };
        let mut request = MockRequest {
            method: request.method.to_string(),
            uri: format!("https://{host}{}", path(request)),
            headers: request.headers.clone(),
            body: self.accounts.swap(&request.body),
        };
        // The library takes the region of some services from the signature.
        request.headers.remove(http::header::AUTHORIZATION);
        request.headers.remove(http::header::HOST);
        let answer = match service {
            Service::Iam => self.iam.handle(request).await,
            Service::Sts => self.sts.handle(request).await,
            Service::DynamoDb => self.dynamodb.handle(request).await,
            Service::S3 => self.s3.handle(request).await,
            Service::Kms => self.kms.handle(request).await,
            Service::Sqs => self.sqs.handle(request).await,
            _ => self.logs.handle(request).await,
        };
        self.read(answer)
    }

    fn read(&self, answer: MockResponse) -> Result<Response, ServiceError> {
        let body = self.accounts.swap(&answer.body);
        if answer.status < 400 {
            return Ok(Response {
                status: answer.status,
                headers: answer.headers,
                body,
            });
        }
        Err(read_error(answer.status, &body))
    }

    async fn caller_identity(&self, request: &Request) -> Response {
        let access_key = request
            .credential()
            .map(|credential| credential.access_key)
            .unwrap_or_default();
        let caller = match self.principal(access_key).await {
            Some(principal) => Caller {
                arn: principal.session.unwrap_or(principal.arn),
                user_id: principal.user_id,
                policies: Vec::new(),
            },
            None => Caller {
                arn: self.owner(),
                user_id: "AIDAFLOWYARDEXAMPLE".to_owned(),
                policies: Vec::new(),
            },
        };
        let result = [
            element("Arn", &caller.arn),
            element("UserId", &caller.user_id),
            element("Account", &self.account),
        ]
        .concat();
        query::answer(
            "https://sts.amazonaws.com/doc/2011-06-15/",
            "GetCallerIdentity",
            Some(&result),
        )
    }

    /// Whoever comes with keys that nobody was given here: it is their own machine.
    pub(crate) fn owner(&self) -> String {
        format!("arn:aws:iam::{}:user/flowyard", self.account)
    }

    /// The policies that narrow a session.
    async fn session_policies(&self, form: &Form) -> Vec<Value> {
        let arns = (1..).map_while(|n| form.get(&format!("PolicyArns.member.{n}.arn")));
        let arns: Vec<String> = arns.map(str::to_owned).collect();
        let mut policies = self.managed_policies(&arns).await;
        let inline = form.get("Policy").map(serde_json::from_str);
        policies.extend(inline.map(Result::unwrap_or_default));
        policies
    }

    async fn assume_role(&self, request: &Request) -> Result<Response, ServiceError> {
        let form = Form::of(request);
        let role = form.get("RoleArn").unwrap_or_default();
        // AWS does not tell a role that does not exist from one that may not be assumed.
        if self.trust_policy(role).await.is_none() {
            let message = format!("User is not authorized to perform: sts:AssumeRole on {role}");
            return Err(ServiceError::new(403, "AccessDenied", message));
        }
        let response = self.pass(Service::Sts, request).await?;
        let text = String::from_utf8_lossy(&response.body);
        let field = |name| iam::content(&text, name);
        if let (Some(key), Some(arn), Some(user_id)) = (
            field("AccessKeyId"),
            iam::content(&text, "AssumedRoleUser").and_then(|user| iam::content(&user, "Arn")),
            field("AssumedRoleId"),
        ) {
            let policies = self.session_policies(&form).await;
            let caller = Caller {
                arn,
                user_id,
                policies,
            };
            self.remember_caller(&key, caller);
        }
        Ok(response)
    }

    fn unread(&self) -> MutexGuard<'_, VecDeque<Lines>> {
        self.unread
            .lock()
            .expect("no code panics while it holds the unread lines")
    }

    fn callers(&self) -> MutexGuard<'_, HashMap<String, Caller>> {
        self.callers
            .lock()
            .expect("no code panics while it holds the callers")
    }
}

/// The path and the query, which only S3 has.
fn path(request: &Request) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, iam::UNRESERVED).to_string();
    let segments: Vec<String> = request.path.iter().map(|part| encoded(part)).collect();
    let query: Vec<String> = request
        .query
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    match query.is_empty() {
        true => format!("/{}", segments.join("/")),
        false => format!("/{}?{}", segments.join("/"), query.join("&")),
    }
}

/// An answer of the library that reports an error, in XML or JSON.
fn read_error(status: u16, body: &[u8]) -> ServiceError {
    if let Ok(Value::Object(mut members)) = serde_json::from_slice::<Value>(body) {
        let code = text(&mut members, &["__type"]).unwrap_or_default();
        let message = text(&mut members, &["message", "Message"]);
        return ServiceError {
            status,
            code: code.rsplit('#').next().unwrap_or_default().to_owned(),
            message,
            members: Box::new(members),
        };
    }
    let body = String::from_utf8_lossy(body);
    let code = iam::content(&body, "Code").unwrap_or_else(|| "InternalFailure".to_owned());
    ServiceError::new(
        status,
        &code,
        iam::content(&body, "Message").unwrap_or_default(),
    )
}

fn text(members: &mut Map<String, Value>, names: &[&str]) -> Option<String> {
    names
        .iter()
        .find_map(|name| members.remove(*name))
        .and_then(|value| value.as_str().map(str::to_owned))
}
