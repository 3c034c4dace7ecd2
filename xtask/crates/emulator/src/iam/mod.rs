//! Whether the caller of an operation may call it, as IAM would decide; an option.
//!
//! Who calls is told by the access key: of a user, of a session that STS or a function was given. Keys
//! that nobody was given here are those of the account's owner, who may do everything that policies of
//! resources do not forbid. Signatures are not verified.
//!
//! Service-control policies, access from other accounts, groups and policy variables are not here.

mod asks;
mod condition;
mod decision;
mod policy;
mod simulate;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use serde_json::{Value, json};

pub use self::condition::Context;
pub use self::decision::{Decision, PolicyKind, decide_by};
pub use self::policy::Ask;

use self::decision::{OfResource, Policies};
use self::policy::Identity;
pub(crate) use self::simulate::simulate;
use crate::library::Principal;
use crate::wire::{Request, Service, ServiceError, Target};
use crate::world::World;

/// What was asked for while permissions are enforced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The ARN of the caller.
    pub caller: String,
    /// `connect:CreateQueue`, as the request's own operation is called.
    pub operation: String,
    pub ask: Ask,
    pub decision: Decision,
}

/// Whether permissions are enforced, and what was asked for since.
#[derive(Debug, Default)]
pub(crate) struct State {
    enforced: bool,
    asked: Mutex<VecDeque<Asked>>,
}

/// How many asks are kept; old ones fall off.
const CAPACITY: usize = 50_000;

impl State {
    pub(crate) fn new(enforced: bool) -> Self {
        Self {
            enforced,
            asked: Mutex::default(),
        }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.lock().iter().cloned().collect()
    }

    fn keep(&self, asked: Asked) {
        let mut kept = self.lock();
        if kept.len() == CAPACITY {
            kept.pop_front();
        }
        kept.push_back(asked);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Asked>> {
        self.asked
            .lock()
            .expect("no code panics while it holds what was asked")
    }
}

/// Refuses a request that its caller may not make.
pub(crate) async fn check(
    world: &World,
    target: &Target,
    operation: &str,
    request: &Request,
) -> Result<(), ServiceError> {
    if !world.iam.enforced {
        return Ok(());
    }
    let caller = caller(world, request).await;
    let service = target.service_name();
    let name = format!("{service}:{operation}");
    let Some(asks) = asks::of(world, target, operation, request).await else {
        let message = format!("the emulator does not know what {name} asks for");
        return Err(refusal(world, target, &caller, &name, "*", message));
    };
    for mut ask in asks {
        about_caller(world, &caller, &mut ask.context);
        let decision = decide(world, &caller, &ask).await;
        let reason = decision.reason(&ask.action);
        let (action, resource) = (ask.action.clone(), ask.resource.clone());
        world.iam.keep(Asked {
            caller: caller.name().to_owned(),
            operation: name.clone(),
            ask,
            decision,
        });
        if let Some(reason) = reason {
            return Err(refusal(world, target, &caller, &action, &resource, reason));
        }
    }
    Ok(())
}

/// Somebody who calls.
enum Caller {
    /// With keys that nobody was given here.
    Owner(String),
    Known(Box<Principal>),
}

impl Caller {
    /// As messages name them.
    fn name(&self) -> &str {
        match self {
            Caller::Owner(arn) => arn,
            Caller::Known(principal) => principal.session.as_ref().unwrap_or(&principal.arn),
        }
    }
}

async fn caller(world: &World, request: &Request) -> Caller {
    let key = request.credential().map(|credential| credential.access_key);
    match world.library.principal(key.unwrap_or_default()).await {
        Some(principal) => Caller::Known(Box::new(principal)),
        None => Caller::Owner(world.library.owner()),
    }
}

/// What every request says about its caller and its circumstances.
fn about_caller(world: &World, caller: &Caller, context: &mut Context) {
    let now = world.clock.now();
    let (arn, user_id) = match caller {
        Caller::Owner(arn) => (arn.as_str(), "owner"),
        Caller::Known(principal) => (principal.arn.as_str(), principal.user_id.as_str()),
    };
    let user = arn.split_once(":user/").map(|(_, name)| name);
    for (key, value) in [
        ("aws:principalarn", Some(arn.to_owned())),
        ("aws:principalaccount", Some(world.account.clone())),
        ("aws:resourceaccount", Some(world.account.clone())),
        ("aws:userid", Some(user_id.to_owned())),
        ("aws:username", user.map(str::to_owned)),
        ("aws:requestedregion", Some(world.region.clone())),
        ("aws:currenttime", Some(now.to_string())),
        ("aws:epochtime", Some(now.as_second().to_string())),
        // Clients of AWS use TLS; here they cannot.
        ("aws:securetransport", Some("true".to_owned())),
        ("aws:sourceip", Some("127.0.0.1".to_owned())),
    ] {
        if let Some(value) = value {
            context.insert(key.to_owned(), vec![value]);
        }
    }
}

async fn decide(world: &World, caller: &Caller, ask: &Ask) -> Decision {
    let resource = of_resource(world, ask).await;
    match caller {
        Caller::Owner(arn) => {
            let policies = Policies {
                identity: vec![everything()],
                ..Policies::default()
            };
            decision::decide(ask, &identity(world, arn, None), &policies, &resource)
        }
        Caller::Known(principal) => {
            let who = identity(world, &principal.arn, principal.session.as_deref());
            decision::decide(ask, &who, &policies(principal), &resource)
        }
    }
}

/// What the owner of the account may do.
fn everything() -> Value {
    json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } })
}

fn identity<'a>(world: &'a World, arn: &'a str, session: Option<&'a str>) -> Identity<'a> {
    Identity {
        account: &world.account,
        arn,
        session,
    }
}

fn policies(principal: &Principal) -> Policies {
    Policies {
        identity: principal.policies.clone(),
        boundary: principal.boundary.clone(),
        session: principal.session_policies.clone(),
    }
}

/// The policy of what an action is about, and how much it counts.
async fn of_resource(world: &World, ask: &Ask) -> OfResource {
    let adds = |policy: Option<Value>| policy.map_or(OfResource::None, OfResource::Adds);
    let arn = ask.resource.as_str();
    if ask.action == "sts:AssumeRole" {
        let trust = world.library.trust_policy(arn).await.unwrap_or_default();
        return OfResource::Decides(PolicyKind::Trust, without_resource(trust));
    }
    match arn.split(':').nth(2) {
        Some("kms") if arn.contains(":key/") && !arn.ends_with('*') => {
            match world.library.resource_policy(arn).await {
                Some(policy) => OfResource::Decides(PolicyKind::Resource, policy),
                // The service says itself that there is no such key.
                None => OfResource::None,
            }
        }
        Some("sns") => adds(world.sns.policy_of(arn)),
        Some("lambda") => adds(world.lambda.policy_of(arn)),
        Some("sqs" | "s3") => adds(world.library.resource_policy(arn).await),
        _ => OfResource::None,
    }
}

/// Trust policies have no resource: it is the role.
fn without_resource(mut policy: Value) -> Value {
    for statement in policy["Statement"].as_array_mut().into_iter().flatten() {
        if let Some(members) = statement.as_object_mut() {
            members.remove("Resource");
        }
    }
    policy
}

/// The refusal in AWS's words, with the error of the service; the timeline keeps why.
fn refusal(
    world: &World,
    target: &Target,
    caller: &Caller,
    action: &str,
    resource: &str,
    reason: String,
) -> ServiceError {
    let caller = caller.name();
    let details = [
        ("caller", caller),
        ("action", action),
        ("resource", resource),
        ("reason", reason.as_str()),
    ];
    world.record("iam", "denied", &details);
    let message = format!(
        "User: {caller} is not authorized to perform: {action} on resource: {resource} {reason}"
    );
    let (status, code) = match target {
        Target::Rest(service) | Target::Named(service, _) => error_of(*service),
        Target::Unknown { .. } => (403, "AccessDenied"),
    };
    ServiceError::new(status, code, message)
}

/// How a service says that somebody may not do something.
fn error_of(service: Service) -> (u16, &'static str) {
    match service {
        Service::Connect | Service::Participant | Service::Lambda => (403, "AccessDeniedException"),
        Service::Iam | Service::Sts | Service::S3 => (403, "AccessDenied"),
        Service::Sns => (403, "AuthorizationError"),
        Service::DynamoDb | Service::Logs | Service::Kms | Service::Sqs | Service::Quotas => {
            (400, "AccessDeniedException")
        }
    }
}
