//! The calls that make and change functions, and that let flows and topics invoke them.

use std::time::Duration;

use aws_sdk_lambda::operation::create_function::builders::CreateFunctionInputBuilder;
use aws_sdk_lambda::operation::update_function_configuration::builders::UpdateFunctionConfigurationInputBuilder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    Architecture, DestinationConfig, Environment, FunctionCode, LastUpdateStatus, OnFailure,
    Runtime, State,
};
use indexmap::IndexMap;
use serde_json::json;

use super::{Applying, Failure, gone, wait_for};
use crate::address::ResourceAddr;
use crate::api_error::{ApiError, ApiErrorKind, done};
use crate::desired::{Desired, Function, FunctionSettings, Package};
use crate::infra::Caller;
use crate::live::{FunctionState, configuration, function_policy, state};
use crate::plan::{FunctionCall, filter_policy};
use crate::policy;
use crate::scope::LIVE;
use crate::tags::{self, Tags};
use crate::wait::Look;

/// What the SDK's own waiters give a function.
const FUNCTION_DEADLINE: Duration = Duration::from_secs(5 * 60);

/// Says whether anything was sent.
pub(super) async fn send(
    applying: &mut Applying<'_>,
    addr: &ResourceAddr,
    call: &FunctionCall,
) -> Result<bool, Failure> {
    let name = addr.name.as_str();
    match call {
        FunctionCall::CreateFunction => create(applying, addr).await,
        FunctionCall::UpdateFunctionCode => update_code(applying, name).await,
        FunctionCall::UpdateFunctionConfiguration => update_configuration(applying, name).await,
        FunctionCall::TagFunction => tag(applying, addr).await,
        FunctionCall::PublishVersion => publish(applying, name).await,
        FunctionCall::CreateAlias => create_alias(applying, name).await,
        FunctionCall::UpdateAlias => update_alias(applying, name).await,
        FunctionCall::PointAlias { version } => {
            applying.versions.insert(name.to_owned(), version.clone());
            update_alias(applying, name).await
        }
        FunctionCall::AssociateLambdaFunction => associate(applying, name).await,
        FunctionCall::AddPermissionForTopic => permit_topic(applying, name).await,
        FunctionCall::PutEventSettings => put_events(applying, name).await,
        FunctionCall::Subscribe => subscribe(applying, name).await,
        FunctionCall::SetSubscriptionFilter { subscription_arn } => {
            set_filter(applying, name, subscription_arn).await
        }
        FunctionCall::Unsubscribe { subscription_arn } => {
            unsubscribe(applying, subscription_arn).await
        }
        FunctionCall::DisassociateLambdaFunction => disassociate(applying, name).await,
        FunctionCall::DeleteFunction => delete(applying, name).await,
        FunctionCall::SetSubscriptionDeadLetters { subscription_arn } => {
            set_dead_letters(applying, name, subscription_arn).await
        }
        FunctionCall::AddPermissionForFlows => return permit_flows(applying, name).await,
    }?;
    Ok(true)
}

/// The code of a function.
fn package(function: &Function) -> &Package {
    let package = function.package.as_ref();
    package.expect("applying has looked whether what it uploads was built")
}

/// Our tags, and what was uploaded.
fn tags_of(desired: &Desired, addr: &ResourceAddr, code: Option<&String>) -> Tags {
    let mut tags = desired.tags(addr);
    if let Some(code) = code {
        tags.insert(tags::CODE.to_owned(), code.clone());
    }
    tags
}

fn create_request(desired: &Desired, addr: &ResourceAddr) -> CreateFunctionInputBuilder {
    let function = &desired.functions[&addr.name];
    let package = package(function);
    let settings = &function.settings;
    let tags = tags_of(desired, addr, Some(&package.sha256));
    let zip = FunctionCode::builder()
        .zip_file(Blob::new(package.zip.clone()))
        .build();
    CreateFunctionInputBuilder::default()
        .function_name(desired.scope.remote_name(&addr.name))
        .description(&settings.description)
        .runtime(Runtime::Providedal2023)
        .handler("bootstrap")
        .architectures(Architecture::from(package.architecture.as_str()))
        .role(&settings.role_arn)
        .timeout(settings.timeout_seconds)
        .memory_size(settings.memory_mb)
        .environment(environment(settings))
        .code(zip)
        .set_tags(Some(tags.into_iter().collect()))
}

fn environment(settings: &FunctionSettings) -> Environment {
    let variables = settings.environment.clone().into_iter().collect();
    Environment::builder()
        .set_variables(Some(variables))
        .build()
}

async fn create(applying: &mut Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let request = create_request(applying.desired, addr);
    match request.send_with(&applying.clients.lambda).await {
        Ok(_) => {}
        Err(error) => {
            let error = ApiError::new("lambda:CreateFunction", error);
            if !error.is_already_exists() {
                return Err(error.into());
            }
            // An answer that got lost, or somebody else: the code tells.
            let remote = applying.desired.scope.remote_name(&addr.name);
            let live = configuration(applying.clients, &remote, None).await?;
            let package = package(&applying.desired.functions[&addr.name]);
            let sha256 = live.as_ref().and_then(|live| live.code_sha256());
            if sha256 != Some(&package.sha256) {
                return Err(Failure::Stale);
            }
        }
    }
    uploaded(applying, &addr.name);
    wait_until_ready(applying, &addr.name, Written::Everything).await
}

/// Remembers which code is there from here on.
fn uploaded(applying: &mut Applying<'_>, name: &str) {
    let sha256 = package(&applying.desired.functions[name]).sha256.clone();
    applying.code.insert(name.to_owned(), sha256);
}

/// What of a function has to be as it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Code,
    Everything,
}

/// Waits until a function is active, has what was sent, and takes the next change.
async fn wait_until_ready(
    applying: &mut Applying<'_>,
    name: &str,
    written: Written,
) -> Result<(), Failure> {
    let remote = applying.desired.scope.remote_name(name);
    let revision = wait_for(applying.clients, FUNCTION_DEADLINE, async || {
        let Some(live) = configuration(applying.clients, &remote, None).await? else {
            return Ok(Look::NotYet("not visible".to_owned()));
        };
        // A failed function never becomes ready by waiting.
        if live.state() == Some(&State::Failed) {
            let reason = live.state_reason().unwrap_or("no reason given").to_owned();
            return Err(Failure::NotReady(reason));
        }
        if live.last_update_status() == Some(&LastUpdateStatus::Failed) {
            let reason = live
                .last_update_status_reason()
                .unwrap_or("no reason given");
            return Err(Failure::NotReady(reason.to_owned()));
        }
        let is_active = live.state().is_none_or(|state| *state == State::Active);
        let update = live.last_update_status();
        let is_updated = update.is_none_or(|update| *update == LastUpdateStatus::Successful);
        if !is_active || !is_updated {
            let state = live.state().map_or("", State::as_str);
            let update = update.map_or("", LastUpdateStatus::as_str);
            return Ok(Look::NotYet(format!("{state} {update}")));
        }
        Ok(match is_as_sent(applying, name, written, &state(&live)) {
            true => Look::Done(live.revision_id),
            false => Look::NotYet("not what was sent".to_owned()),
        })
    });
    if let Some(revision) = revision.await? {
        applying.revisions.insert(name.to_owned(), revision);
    }
    Ok(())
}

fn is_as_sent(applying: &Applying<'_>, name: &str, written: Written, live: &FunctionState) -> bool {
    let code = applying.code.get(name);
    let has_code = code.is_none_or(|code| *code == live.sha256);
    let settings = &applying.desired.functions[name].settings;
    has_code && (written == Written::Code || live.settings == *settings)
}

/// What to make of a function that is not of the revision that was supposed: if it is as it was to
/// become, the answer of the request that brought that about got lost. Else somebody changed it.
async fn moved(applying: &mut Applying<'_>, name: &str, written: Written) -> Result<(), Failure> {
    let remote = applying.desired.scope.remote_name(name);
    let live = configuration(applying.clients, &remote, None).await?;
    let is_ours = live
        .as_ref()
        .is_some_and(|live| is_as_sent(applying, name, written, &state(live)));
    if !is_ours {
        let at = live.as_ref().and_then(|live| live.last_modified());
        return Err(Failure::Moved {
            what: "code or configuration",
            // `2026-03-04T05:06:07.000+0000`
            at: at.and_then(|at| at.replace("+0000", "Z").parse().ok()),
        });
    }
    if let Some(revision) = live.and_then(|live| live.revision_id) {
        applying.revisions.insert(name.to_owned(), revision);
    }
    Ok(())
}

async fn update_code(applying: &mut Applying<'_>, name: &str) -> Result<(), Failure> {
    let desired = applying.desired;
    let package = package(&desired.functions[name]);
    let request = applying.clients.lambda.update_function_code();
    let answer = request
        .function_name(desired.scope.remote_name(name))
        .zip_file(Blob::new(package.zip.clone()))
        .architectures(Architecture::from(package.architecture.as_str()))
        .set_revision_id(applying.revisions.get(name).cloned())
        .send()
        .await;
    let before = applying.code.get(name).cloned();
    uploaded(applying, name);
    if let Err(error) = answer.map_err(|e| ApiError::new("lambda:UpdateFunctionCode", e)) {
        let outcome = match error.is_precondition() {
            true => moved(applying, name, Written::Code).await,
            false => Err(error.into()),
        };
        if outcome.is_err() {
            restore(applying, name, before);
        }
        outcome?;
    }
    wait_until_ready(applying, name, Written::Code).await
}

/// Forgets code that was not uploaded.
fn restore(applying: &mut Applying<'_>, name: &str, code: Option<String>) {
    match code {
        Some(code) => applying.code.insert(name.to_owned(), code),
        None => applying.code.remove(name),
    };
}

fn configuration_request(desired: &Desired, name: &str) -> UpdateFunctionConfigurationInputBuilder {
    let settings = &desired.functions[name].settings;
    UpdateFunctionConfigurationInputBuilder::default()
        .function_name(desired.scope.remote_name(name))
        .description(&settings.description)
        .role(&settings.role_arn)
        .timeout(settings.timeout_seconds)
        .memory_size(settings.memory_mb)
        .environment(environment(settings))
}

async fn update_configuration(applying: &mut Applying<'_>, name: &str) -> Result<(), Failure> {
    let request = configuration_request(applying.desired, name);
    let request = request.set_revision_id(applying.revisions.get(name).cloned());
    let answer = request.send_with(&applying.clients.lambda).await;
    match answer.map_err(|e| ApiError::new("lambda:UpdateFunctionConfiguration", e)) {
        Ok(_) => {}
        Err(error) if error.is_precondition() => {
            moved(applying, name, Written::Everything).await?;
        }
        Err(error) => return Err(error.into()),
    }
    wait_until_ready(applying, name, Written::Everything).await
}

async fn tag(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let desired = applying.desired;
    let request = applying.clients.lambda.tag_resource();
    let request = request.resource(desired.scope.function_arn(&addr.name));
    let tags = tags_of(desired, addr, applying.code.get(&addr.name));
    let answer = request
        .set_tags(Some(tags.into_iter().collect()))
        .send()
        .await;
    answer.map_err(|e| ApiError::new("lambda:TagResource", e))?;
    Ok(())
}

async fn publish(applying: &mut Applying<'_>, name: &str) -> Result<(), Failure> {
    let version = match publish_version(applying, name).await {
        Err(error) if error.is_precondition() => {
            moved(applying, name, Written::Everything).await?;
            publish_version(applying, name).await?
        }
        version => version?,
    };
    applying.made = Some(version.clone());
    applying.versions.insert(name.to_owned(), version);
    Ok(())
}

async fn publish_version(applying: &Applying<'_>, name: &str) -> Result<String, ApiError> {
    const OPERATION: &str = "lambda:PublishVersion";
    let request = applying.clients.lambda.publish_version();
    let answer = request
        .function_name(applying.desired.scope.remote_name(name))
        // Refused if the code is not what we uploaded.
        .set_code_sha256(applying.code.get(name).cloned())
        .set_revision_id(applying.revisions.get(name).cloned())
        .send()
        .await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e))?;
    let version = answer.version().map(str::to_owned);
    version.ok_or_else(|| ApiError::incomplete(OPERATION, "version"))
}

async fn create_alias(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let request = applying.clients.lambda.create_alias();
    let answer = request
        .function_name(applying.desired.scope.remote_name(name))
        .name(LIVE)
        .set_function_version(applying.versions.get(name).cloned())
        .send()
        .await;
    match answer.map_err(|e| ApiError::new("lambda:CreateAlias", e)) {
        Ok(_) => Ok(()),
        // An answer that got lost: the alias is there, and is made to point where it should.
        Err(error) if error.is_already_exists() => update_alias(applying, name).await,
        Err(error) => Err(error.into()),
    }
}

/// Points the alias to the version that was published, if it points to where the plan found it.
async fn update_alias(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let (at, revision) = alias(applying, name).await?;
    let wanted = applying.versions.get(name).cloned();
    let planned = applying.aliases.get(name);
    if at == wanted {
        return Ok(());
    }
    if planned.is_some() && at.as_ref() != planned {
        return Err(ALIAS_MOVED);
    }
    let request = applying.clients.lambda.update_alias();
    let answer = request
        .function_name(applying.desired.scope.remote_name(name))
        .name(LIVE)
        .set_function_version(wanted.clone())
        .set_revision_id(revision)
        .send()
        .await;
    match answer.map_err(|e| ApiError::new("lambda:UpdateAlias", e)) {
        Ok(_) => Ok(()),
        // Either somebody was faster, or the answer of the update that succeeded got lost.
        Err(error) if error.is_precondition() => match alias(applying, name).await? {
            (at, _) if at == wanted => Ok(()),
            _ => Err(ALIAS_MOVED),
        },
        Err(error) => Err(error.into()),
    }
}

const ALIAS_MOVED: Failure = Failure::Moved {
    what: "alias `live`",
    at: None,
};

/// The version that the alias points to, and the revision of the alias.
async fn alias(
    applying: &Applying<'_>,
    name: &str,
) -> Result<(Option<String>, Option<String>), Failure> {
    let remote = applying.desired.scope.remote_name(name);
    let request = applying.clients.lambda.get_alias();
    let answer = request.function_name(remote).name(LIVE).send().await;
    let answer = answer.map_err(|e| ApiError::new("lambda:GetAlias", e))?;
    Ok((answer.function_version, answer.revision_id))
}

/// All at once: what is not said is left to Lambda.
async fn put_events(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let desired = applying.desired;
    let Some(events) = &desired.functions[name].events else {
        return Ok(());
    };
    let failure = OnFailure::builder().set_destination(events.queue_arn.clone());
    let destinations = DestinationConfig::builder().on_failure(failure.build());
    let request = applying.clients.lambda.put_function_event_invoke_config();
    let sending = request
        .function_name(desired.scope.remote_name(name))
        .qualifier(LIVE)
        .set_maximum_retry_attempts(events.retries)
        .set_maximum_event_age_in_seconds(events.max_age_seconds)
        .set_destination_config(events.queue_arn.is_some().then(|| destinations.build()))
        .send();
    Ok(done("lambda:PutFunctionEventInvokeConfig", sending).await?)
}

async fn associate(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let request = applying.clients.connect.associate_lambda_function();
    let request = request.instance_id(applying.instance_id()?);
    let alias = applying.desired.scope.live_alias_arn(name);
    match request.function_arn(alias).send().await {
        Ok(_) => Ok(()),
        Err(error) => {
            let error = ApiError::new("connect:AssociateLambdaFunction", error);
            // An answer that got lost: the function is associated.
            let is_there = matches!(
                error.kind,
                ApiErrorKind::AlreadyExists | ApiErrorKind::Conflict
            );
            if is_there { Ok(()) } else { Err(error.into()) }
        }
    }
}

/// Lets the instance invoke the alias, if associating the function has not; says whether it had to.
///
/// Associating writes a statement, but to which policy it does for the ARN of an alias is not
/// documented, and the policy of a function does not hold for its aliases.
async fn permit_flows(applying: &Applying<'_>, name: &str) -> Result<bool, Failure> {
    const PRINCIPAL: &str = "connect.amazonaws.com";
    let instance = applying.instance()?;
    let remote = applying.desired.scope.remote_name(name);
    let live = function_policy(applying.clients, &remote).await?;
    if live.is_some_and(|live| policy::admits(&live, PRINCIPAL, &instance.arn)) {
        return Ok(false);
    }
    let statement = format!("connect-{}", instance.id);
    permit(applying, name, &statement, PRINCIPAL, &instance.arn).await?;
    Ok(true)
}

/// The topic that delivers to a function, and which of its messages.
fn delivery<'a>(
    applying: &'a Applying<'_>,
    name: &str,
) -> Option<(&'a str, &'a IndexMap<String, Vec<String>>)> {
    let callers = applying.desired.functions[name].callers.iter();
    let mut topics = callers.filter_map(|caller| match caller {
        Caller::Topic { topic, filter } => Some((topic.as_str(), filter)),
        Caller::Flows => None,
    });
    topics.next()
}

async fn permit_topic(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let Some((topic, _)) = delivery(applying, name) else {
        return Ok(());
    };
    let arn = applying.desired.scope.topic_arn(topic);
    let statement = format!("sns-{topic}");
    permit(applying, name, &statement, "sns.amazonaws.com", &arn).await
}

/// Adds a statement to the policy of the alias.
async fn permit(
    applying: &Applying<'_>,
    name: &str,
    statement: &str,
    principal: &str,
    source_arn: &str,
) -> Result<(), Failure> {
    let scope = &applying.desired.scope;
    let request = applying.clients.lambda.add_permission();
    let answer = request
        .function_name(scope.remote_name(name))
        .qualifier(LIVE)
        .statement_id(statement)
        .action("lambda:InvokeFunction")
        .principal(principal)
        .source_account(&scope.account)
        .source_arn(source_arn)
        .send()
        .await;
    match answer.map_err(|e| ApiError::new("lambda:AddPermission", e)) {
        Ok(_) => Ok(()),
        // The statement's name says whom it admits, so the one that is there does.
        Err(error) if error.is_already_exists() => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn subscribe(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let Some((topic, filter)) = delivery(applying, name) else {
        return Ok(());
    };
    let scope = &applying.desired.scope;
    let mut request = applying
        .clients
        .sns
        .subscribe()
        .topic_arn(scope.topic_arn(topic))
        .protocol("lambda")
        .endpoint(scope.live_alias_arn(name))
        .return_subscription_arn(true);
    if let Some(filter) = filter_policy(filter) {
        request = request.attributes("FilterPolicy", filter.to_string());
    }
    if let Some(policy) = redrive(applying, name) {
        request = request.attributes("RedrivePolicy", policy);
    }
    request
        .send()
        .await
        .map_err(|e| ApiError::new("sns:Subscribe", e))?;
    Ok(())
}

/// Where messages go that the topic cannot deliver.
fn redrive(applying: &Applying<'_>, name: &str) -> Option<String> {
    let queue = applying.desired.functions[name].undelivered.as_ref()?;
    Some(json!({ "deadLetterTargetArn": queue }).to_string())
}

async fn set_dead_letters(applying: &Applying<'_>, name: &str, arn: &str) -> Result<(), Failure> {
    let request = applying.clients.sns.set_subscription_attributes();
    let request = request
        .subscription_arn(arn)
        .attribute_name("RedrivePolicy");
    let request = request.set_attribute_value(redrive(applying, name));
    Ok(done("sns:SetSubscriptionAttributes", request.send()).await?)
}

async fn set_filter(applying: &Applying<'_>, name: &str, arn: &str) -> Result<(), Failure> {
    let filter = delivery(applying, name).and_then(|(_, filter)| filter_policy(filter));
    // An empty filter takes away the one that is there.
    let filter = filter.map_or_else(|| "{}".to_owned(), |filter| filter.to_string());
    let request = applying.clients.sns.set_subscription_attributes();
    let request = request.subscription_arn(arn).attribute_name("FilterPolicy");
    let answer = request.attribute_value(filter).send().await;
    answer.map_err(|e| ApiError::new("sns:SetSubscriptionAttributes", e))?;
    Ok(())
}

/// That it is gone already is what is wanted, here and below.
async fn unsubscribe(applying: &Applying<'_>, arn: &str) -> Result<(), Failure> {
    let request = applying.clients.sns.unsubscribe().subscription_arn(arn);
    let answer = request.send().await;
    gone(answer.map_err(|e| ApiError::new("sns:Unsubscribe", e)))
}

async fn disassociate(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let request = applying.clients.connect.disassociate_lambda_function();
    let request = request.instance_id(applying.instance_id()?);
    let alias = applying.desired.scope.live_alias_arn(name);
    let answer = request.function_arn(alias).send().await;
    gone(answer.map_err(|e| ApiError::new("connect:DisassociateLambdaFunction", e)))
}

async fn delete(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let remote = applying.desired.scope.remote_name(name);
    let request = applying.clients.lambda.delete_function();
    let answer = request.function_name(remote).send().await;
    gone(answer.map_err(|e| ApiError::new("lambda:DeleteFunction", e)))
}
