//! Which actions on which resources an operation asks for: what IAM looks at before a service does.
//!
//! Read from the Service Authorization Reference and the services' own pages on tags and on other
//! services that they use in the caller's name.

mod connect;
mod lambda;
mod named;
mod storage;

use serde_json::{Map, Value};

use super::condition::Context;
use super::policy::Ask;
use crate::wire::{Request, Service, Target};
use crate::world::World;

/// A request whose permissions are wanted.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) world: &'a World,
    pub(super) service: Service,
    pub(super) operation: &'a str,
    pub(super) request: &'a Request,
}

/// What an operation asks for; `None` if it is not known here, which is refused.
pub(super) async fn of(
    world: &World,
    target: &Target,
    operation: &str,
    request: &Request,
) -> Option<Vec<Ask>> {
    let service = match target {
        Target::Rest(service) | Target::Named(service, _) => *service,
        Target::Unknown { .. } => return None,
    };
    let call = Call {
        world,
        service,
        operation,
        request,
    };
    match service {
        Service::Connect => connect::asks(&call),
        // A bearer token says who calls; IAM is not asked (service model: no signature).
        Service::Participant => Some(Vec::new()),
        Service::Lambda => lambda::asks(&call).await,
        Service::Iam | Service::Sts => named::identity(&call).await,
        Service::Sns => named::sns(&call),
        Service::DynamoDb => named::dynamodb(&call),
        Service::Logs => named::logs(&call),
        Service::S3 => storage::s3(&call),
        Service::Kms => storage::kms(&call).await,
        Service::Sqs => storage::sqs(&call),
        Service::Quotas => named::quotas(&call),
    }
}

impl Call<'_> {
    /// The action of the operation's own name.
    fn own(&self) -> String {
        format!("{}:{}", self.service.name(), self.operation)
    }

    /// The body as an object; one that cannot be read is refused by the service itself.
    fn body(&self) -> Map<String, Value> {
        self.request.json().unwrap_or_default()
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        let (region, account) = (&self.world.region, &self.world.account);
        format!("arn:aws:{service}:{region}:{account}:{resource}")
    }

    fn role_arn(&self, path_and_name: &str) -> String {
        format!("arn:aws:iam::{}:role/{path_and_name}", self.world.account)
    }
}

fn ask(action: &str, resource: impl Into<String>, context: &Context) -> Ask {
    Ask {
        action: action.to_owned(),
        resource: resource.into(),
        context: context.clone(),
    }
}

fn set(context: &mut Context, key: &str, value: impl Into<String>) {
    context.insert(key.to_ascii_lowercase(), vec![value.into()]);
}

/// The tags that a request puts on.
fn request_tags(context: &mut Context, tags: impl IntoIterator<Item = (String, String)>) {
    let mut keys = Vec::new();
    for (key, value) in tags {
        set(context, &format!("aws:RequestTag/{key}"), value);
        keys.push(key);
    }
    if !keys.is_empty() {
        context.insert("aws:tagkeys".to_owned(), keys);
    }
}

/// The tags that a resource has.
fn resource_tags(context: &mut Context, tags: impl IntoIterator<Item = (String, String)>) {
    for (key, value) in tags {
        set(context, &format!("aws:ResourceTag/{key}"), value);
    }
}

/// Tags written as an object.
fn tag_map(value: Option<&Value>) -> Vec<(String, String)> {
    let members = value.and_then(Value::as_object).into_iter().flatten();
    let texts = members.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    texts.collect()
}

/// Tags written as a list of pairs with members of these names.
fn tag_list(value: Option<&Value>, key: &str, text: &str) -> Vec<(String, String)> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    let pairs = items.filter_map(|item| {
        let member = |name: &str| item[name].as_str().map(str::to_owned);
        Some((member(key)?, member(text).unwrap_or_default()))
    });
    pairs.collect()
}

/// Keys of tags that a request takes off.
fn tag_keys(context: &mut Context, keys: Vec<String>) {
    if !keys.is_empty() {
        context.insert("aws:tagkeys".to_owned(), keys);
    }
}
