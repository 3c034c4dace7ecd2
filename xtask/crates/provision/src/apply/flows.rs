//! The calls that make and change modules and flows.

use std::collections::HashMap;

use aws_sdk_connect::operation::create_contact_flow::CreateContactFlowError;
use aws_sdk_connect::operation::create_contact_flow::builders::CreateContactFlowInputBuilder;
use aws_sdk_connect::operation::create_contact_flow_module::CreateContactFlowModuleError;
use aws_sdk_connect::operation::create_contact_flow_module::builders::CreateContactFlowModuleInputBuilder;
use aws_sdk_connect::operation::update_contact_flow_content::UpdateContactFlowContentError;
use aws_sdk_connect::operation::update_contact_flow_module_content::UpdateContactFlowModuleContentError;
use aws_sdk_connect::types::{
    ContactFlowModuleState, ContactFlowState, ContactFlowType, ProblemDetail,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use flow::bind;
use flow::json;
use flow::model::{ActionId, DocumentKind, Flow, FlowDefinition};
use flow::value::RefKind;

use super::{Applying, Failure, FlowProblem, SentFlow, instance, stub};
use crate::address::ResourceAddr;
use crate::api_error::ApiError;
use crate::plan::{Content, FlowCall};
use crate::tags;

pub(super) async fn send(
    applying: &mut Applying<'_>,
    addr: &ResourceAddr,
    call: &FlowCall,
) -> Result<(), Failure> {
    match call {
        FlowCall::CreateModule(content) => {
            let document = document(applying, addr, *content)?;
            let arn = create_module(applying, addr, *content, &document).await?;
            created(applying, addr, *content, &arn, &document);
            Ok(())
        }
        FlowCall::CreateFlow(content) => {
            let document = document(applying, addr, *content)?;
            let arn = create_flow(applying, addr, *content, &document).await?;
            created(applying, addr, *content, &arn, &document);
            Ok(())
        }
        FlowCall::UpdateModuleContent => update_module_content(applying, addr).await,
        FlowCall::UpdateFlowContent => update_flow_content(applying, addr).await,
        FlowCall::UpdateModuleMetadata => update_module_metadata(applying, addr).await,
        FlowCall::UpdateFlowMetadata => update_flow_metadata(applying, addr).await,
    }
}

/// What is sent: references bound, or the stub.
pub(super) fn document(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    content: Content,
) -> Result<Flow, Failure> {
    let definition = &applying.desired.flows[addr];
    match content {
        Content::Stub => Ok(stub::stub(definition)),
        Content::Full => bind::bind(&definition.flow, &applying.bindings).map_err(Failure::Unbound),
    }
}

/// Our tags; those of a stub say that there is nothing but it.
fn tags_of(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    content: Content,
) -> HashMap<String, String> {
    let mut tags = applying.desired.tags(addr);
    if content == Content::Stub {
        tags.insert(tags::DIGEST.to_owned(), tags::STUB.to_owned());
    }
    tags.into_iter().collect()
}

pub(super) fn ref_kind(definition: &FlowDefinition) -> RefKind {
    match definition.kind {
        DocumentKind::Flow(_) => RefKind::Flow,
        DocumentKind::Module => RefKind::Module,
    }
}

/// Remembers what a new flow is called on AWS.
fn created(
    applying: &mut Applying<'_>,
    addr: &ResourceAddr,
    content: Content,
    arn: &str,
    document: &Flow,
) {
    let definition = &applying.desired.flows[addr];
    applying.bind(ref_kind(definition), &addr.name, arn, &definition.title);
    if content == Content::Full {
        sent(applying, addr, document);
    }
}

/// Remembers what was sent.
fn sent(applying: &mut Applying<'_>, addr: &ResourceAddr, document: &Flow) {
    let definition = &applying.desired.flows[addr];
    let reference = flow::value::Ref::new(ref_kind(definition), &addr.name);
    let target = applying.bindings.get(&reference);
    let flow = SentFlow {
        addr: addr.clone(),
        title: definition.title.clone(),
        kind: definition.kind,
        arn: target.map(|target| target.arn.clone()).unwrap_or_default(),
        content: json::to_text(document),
    };
    applying.sent.insert(addr.clone(), flow);
}

fn flow_request(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    content: Content,
    document: &Flow,
) -> Result<CreateContactFlowInputBuilder, Failure> {
    let definition = &applying.desired.flows[addr];
    let DocumentKind::Flow(flow_type) = definition.kind else {
        unreachable!("a module is not created as a flow")
    };
    Ok(CreateContactFlowInputBuilder::default()
        .instance_id(applying.instance_id()?)
        .name(&definition.title)
        .r#type(ContactFlowType::from(flow_type.as_str()))
        .set_description(definition.description.clone())
        .content(json::to_text(document))
        .set_tags(Some(tags_of(applying, addr, content))))
}

async fn create_flow(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    content: Content,
    document: &Flow,
) -> Result<String, Failure> {
    const OPERATION: &str = "connect:CreateContactFlow";
    let request = flow_request(applying, addr, content, document)?;
    match request.send_with(&applying.clients.connect).await {
        Ok(answer) => {
            let arn = answer.contact_flow_arn().map(str::to_owned);
            arn.ok_or_else(|| ApiError::incomplete(OPERATION, "ARN").into())
        }
        Err(error) => {
            let failure = refused(OPERATION, document, error, |error| match error {
                CreateContactFlowError::InvalidContactFlowException(e) => e.problems.as_deref(),
                _ => None,
            });
            match failure {
                Failure::Api(error) if error.is_already_exists() => {
                    adopt_flow(applying, addr).await
                }
                failure => Err(failure),
            }
        }
    }
}

/// Creating a flow takes no token, so a creation whose answer got lost comes back as a duplicate
/// when it is sent again. If the flow of that name carries our tags, it is that one.
async fn adopt_flow(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<String, Failure> {
    let connect = &applying.clients.connect;
    let instance = applying.instance_id()?;
    let title = Some(applying.desired.flows[addr].title.as_str());
    let pages = connect
        .list_contact_flows()
        .instance_id(&instance)
        .into_paginator();
    let listed = pages.page_size(1000).items().send().try_collect().await;
    let listed = listed.map_err(|e| ApiError::new("connect:ListContactFlows", e))?;
    let mut named = listed.iter().filter(|flow| flow.name() == title);
    let id = named
        .next()
        .and_then(|flow| flow.id())
        .ok_or(Failure::Stale)?;
    let request = connect
        .describe_contact_flow()
        .instance_id(instance)
        .contact_flow_id(id);
    let answer = request.send().await;
    let answer = answer.map_err(|e| ApiError::new("connect:DescribeContactFlow", e))?;
    let flow = answer.contact_flow().ok_or(Failure::Stale)?;
    instance::is_ours(applying, addr, flow.tags())?;
    flow.arn().map(str::to_owned).ok_or(Failure::Stale)
}

fn module_request(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    content: Content,
    document: &Flow,
) -> Result<CreateContactFlowModuleInputBuilder, Failure> {
    let definition = &applying.desired.flows[addr];
    Ok(CreateContactFlowModuleInputBuilder::default()
        .instance_id(applying.instance_id()?)
        .name(&definition.title)
        .set_description(definition.description.clone())
        .content(json::to_text(document))
        .set_tags(Some(tags_of(applying, addr, content))))
}

async fn create_module(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    content: Content,
    document: &Flow,
) -> Result<String, Failure> {
    const OPERATION: &str = "connect:CreateContactFlowModule";
    let request = module_request(applying, addr, content, document)?;
    match request.send_with(&applying.clients.connect).await {
        Ok(answer) => {
            let arn = answer.arn().map(str::to_owned);
            arn.ok_or_else(|| ApiError::incomplete(OPERATION, "ARN").into())
        }
        Err(error) => {
            let failure = refused(OPERATION, document, error, |error| match error {
                CreateContactFlowModuleError::InvalidContactFlowModuleException(e) => {
                    e.problems.as_deref()
                }
                _ => None,
            });
            match failure {
                Failure::Api(error) if error.is_already_exists() => {
                    adopt_module(applying, addr).await
                }
                failure => Err(failure),
            }
        }
    }
}

async fn adopt_module(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<String, Failure> {
    let connect = &applying.clients.connect;
    let instance = applying.instance_id()?;
    let title = Some(applying.desired.flows[addr].title.as_str());
    let pages = connect
        .list_contact_flow_modules()
        .instance_id(&instance)
        .into_paginator();
    let listed = pages.page_size(1000).items().send().try_collect().await;
    let listed = listed.map_err(|e| ApiError::new("connect:ListContactFlowModules", e))?;
    let mut named = listed.iter().filter(|module| module.name() == title);
    let id = named
        .next()
        .and_then(|module| module.id())
        .ok_or(Failure::Stale)?;
    let request = connect.describe_contact_flow_module().instance_id(instance);
    let answer = request.contact_flow_module_id(id).send().await;
    let answer = answer.map_err(|e| ApiError::new("connect:DescribeContactFlowModule", e))?;
    let module = answer.contact_flow_module().ok_or(Failure::Stale)?;
    instance::is_ours(applying, addr, module.tags())?;
    module.arn().map(str::to_owned).ok_or(Failure::Stale)
}

/// The id of a flow or module that exists by now.
fn id(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<String, Failure> {
    applying.id(ref_kind(&applying.desired.flows[addr]), &addr.name)
}

async fn update_flow_content(
    applying: &mut Applying<'_>,
    addr: &ResourceAddr,
) -> Result<(), Failure> {
    let document = document(applying, addr, Content::Full)?;
    let request = applying.clients.connect.update_contact_flow_content();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.contact_flow_id(id(applying, addr)?);
    match request.content(json::to_text(&document)).send().await {
        Ok(_) => {
            sent(applying, addr, &document);
            Ok(())
        }
        Err(error) => {
            let operation = "connect:UpdateContactFlowContent";
            Err(refused(operation, &document, error, |error| match error {
                UpdateContactFlowContentError::InvalidContactFlowException(e) => {
                    e.problems.as_deref()
                }
                _ => None,
            }))
        }
    }
}

async fn update_module_content(
    applying: &mut Applying<'_>,
    addr: &ResourceAddr,
) -> Result<(), Failure> {
    let document = document(applying, addr, Content::Full)?;
    let request = applying
        .clients
        .connect
        .update_contact_flow_module_content();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.contact_flow_module_id(id(applying, addr)?);
    match request.content(json::to_text(&document)).send().await {
        Ok(_) => {
            sent(applying, addr, &document);
            Ok(())
        }
        Err(error) => {
            let operation = "connect:UpdateContactFlowModuleContent";
            Err(refused(operation, &document, error, |error| match error {
                UpdateContactFlowModuleContentError::InvalidContactFlowModuleException(e) => {
                    e.problems.as_deref()
                }
                _ => None,
            }))
        }
    }
}

async fn update_flow_metadata(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let definition = &applying.desired.flows[addr];
    let request = applying.clients.connect.update_contact_flow_metadata();
    let answer = request
        .instance_id(applying.instance_id()?)
        .contact_flow_id(id(applying, addr)?)
        .set_description(definition.description.clone())
        .contact_flow_state(ContactFlowState::Active)
        .send()
        .await;
    answer.map_err(|e| ApiError::new("connect:UpdateContactFlowMetadata", e))?;
    Ok(())
}

async fn update_module_metadata(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
) -> Result<(), Failure> {
    let definition = &applying.desired.flows[addr];
    let request = applying
        .clients
        .connect
        .update_contact_flow_module_metadata();
    let answer = request
        .instance_id(applying.instance_id()?)
        .contact_flow_module_id(id(applying, addr)?)
        .set_description(definition.description.clone())
        .state(ContactFlowModuleState::Active)
        .send()
        .await;
    answer.map_err(|e| ApiError::new("connect:UpdateContactFlowModuleMetadata", e))?;
    Ok(())
}

/// Keeps what Connect says about a document, which comes without a message otherwise.
fn refused<E>(
    operation: &'static str,
    document: &Flow,
    error: SdkError<E, HttpResponse>,
    problems: impl Fn(&E) -> Option<&[ProblemDetail]>,
) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let found = error
        .as_service_error()
        .and_then(&problems)
        .unwrap_or_default();
    let messages: Vec<String> = found
        .iter()
        .filter_map(|problem| problem.message().map(str::to_owned))
        .collect();
    let error = ApiError::new(operation, error);
    if messages.is_empty() {
        return Failure::Api(error);
    }
    let attributed = messages.iter().map(|message| FlowProblem {
        message: message.clone(),
        action: action_of(message, document),
    });
    let attributed = attributed.collect();
    Failure::InvalidFlow(error.with_problems(messages), attributed)
}

/// The action that a message names by its place: `Path: Actions[3].Transitions.NextAction`.
fn action_of(message: &str, document: &Flow) -> Option<ActionId> {
    let (_, rest) = message.split_once("Actions[")?;
    let (index, _) = rest.split_once(']')?;
    let action = document.actions.get(index.parse::<usize>().ok()?)?;
    Some(action.id.clone())
}
