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

use super::{Applying, Failure, FlowProblem, SentFlow, adopt, gone, stub};
use crate::address::ResourceAddr;
use crate::api_error::ApiError;
use crate::live::{self, Which};
use crate::plan::{Content, FlowCall};
use crate::remote;
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
        FlowCall::CreateModuleVersion => create_module_version(applying, addr).await,
        FlowCall::CreateModuleAlias => create_module_alias(applying, addr).await,
        FlowCall::UpdateModuleAlias { alias_id } => {
            update_module_alias(applying, addr, alias_id).await
        }
        FlowCall::RenameFlow { id, title } => rename_flow(applying, id, title).await,
        FlowCall::DeleteFlow { id } => delete_flow(applying, id).await,
        FlowCall::DeleteModule { id } => delete_module(applying, id).await,
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
        arn: target.map_or_else(String::new, |it| remote::bare(&it.arn).to_owned()),
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
    let answer = match request.send_with(&applying.clients.connect).await {
        Ok(answer) => adopt::told(OPERATION, answer.contact_flow_arn()),
        Err(error) => {
            let failure = refused(OPERATION, document, error, |error| match error {
                CreateContactFlowError::InvalidContactFlowException(e) => e.problems.as_deref(),
                _ => None,
            });
            Err(api_error(failure)?)
        }
    };
    created_document(applying, addr, answer).await
}

/// The ARN of a new flow or module, see [`adopt::created`].
async fn created_document(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    answer: Result<String, ApiError>,
) -> Result<String, Failure> {
    let (clients, id) = (applying.clients, applying.instance_id()?);
    let definition = &applying.desired.flows[addr];
    let kind = definition.kind;
    let list = async || {
        let listed = match kind {
            DocumentKind::Flow(_) => live::list_all_flows(clients, &id).await?,
            DocumentKind::Module => live::list_all_modules(clients, &id).await?,
        };
        Ok(listed.into_iter().map(|(listed, _)| listed).collect())
    };
    let tags = async |listed| {
        let found = live::describe(clients, &id, &listed, kind, Which::Published).await?;
        Ok(found.tags)
    };
    adopt::created(applying, addr, &definition.title, answer, list, tags).await
}

/// What is left to look at once it is known that the content was not refused.
fn api_error(failure: Failure) -> Result<ApiError, Failure> {
    match failure {
        Failure::Api(error) => Ok(error),
        failure => Err(failure),
    }
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
    let answer = match request.send_with(&applying.clients.connect).await {
        Ok(answer) => adopt::told(OPERATION, answer.arn()),
        Err(error) => {
            let failure = refused(OPERATION, document, error, |error| match error {
                CreateContactFlowModuleError::InvalidContactFlowModuleException(e) => {
                    e.problems.as_deref()
                }
                _ => None,
            });
            Err(api_error(failure)?)
        }
    };
    created_document(applying, addr, answer).await
}

/// The id of a flow or module that exists by now.
pub(super) fn id(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<String, Failure> {
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

/// A version of what is published. Its digest goes along, so that nothing else becomes the version.
async fn create_module_version(
    applying: &mut Applying<'_>,
    addr: &ResourceAddr,
) -> Result<(), Failure> {
    const OPERATION: &str = "connect:CreateContactFlowModuleVersion";
    let connect = &applying.clients.connect;
    let (instance, id) = (applying.instance_id()?, id(applying, addr)?);
    let request = connect
        .describe_contact_flow_module()
        .instance_id(&instance);
    let answer = request.contact_flow_module_id(&id).send().await;
    let answer = answer.map_err(|e| ApiError::new("connect:DescribeContactFlowModule", e))?;
    let module = answer.contact_flow_module();
    let digest = module.and_then(|it| it.flow_module_content_sha256());
    let request = connect.create_contact_flow_module_version();
    let answer = request
        .instance_id(instance)
        .contact_flow_module_id(id)
        .set_flow_module_content_sha256(digest.map(str::to_owned))
        .send()
        .await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e))?;
    let version = answer.version();
    let version = version.ok_or_else(|| ApiError::incomplete(OPERATION, "version"))?;
    applying.module_versions.insert(addr.name.clone(), version);
    Ok(())
}

/// The version that this run has made of a module.
fn module_version(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<i64, Failure> {
    let version = applying.module_versions.get(&addr.name).copied();
    let missing = || ApiError::incomplete("connect:CreateContactFlowModuleVersion", "version");
    version.ok_or_else(|| missing().into())
}

async fn create_module_alias(
    applying: &mut Applying<'_>,
    addr: &ResourceAddr,
) -> Result<(), Failure> {
    const OPERATION: &str = "connect:CreateContactFlowModuleAlias";
    let name = applying.desired.modules[&addr.name].alias.clone();
    let (instance, module) = (applying.instance_id()?, id(applying, addr)?);
    let request = applying.clients.connect.create_contact_flow_module_alias();
    let answer = request
        .instance_id(&instance)
        .contact_flow_module_id(&module)
        .contact_flow_module_version(module_version(applying, addr)?)
        .alias_name(&name)
        .send()
        .await;
    let alias = match answer.map_err(|e| ApiError::new(OPERATION, e)) {
        Ok(answer) => {
            let alias = answer.id().map(str::to_owned);
            alias.ok_or_else(|| ApiError::incomplete(OPERATION, "id"))?
        }
        // An answer that got lost: the alias is there, and is made to point where it should.
        Err(error) if error.is_already_exists() => {
            let listed = live::list_aliases(applying.clients, &instance, &module).await?;
            let found = listed.into_iter().find(|(found, _)| *found == name);
            let (_, alias) = found.ok_or(Failure::Stale)?;
            update_module_alias(applying, addr, &alias.id).await?;
            alias.id
        }
        Err(error) => return Err(error.into()),
    };
    let reference = flow::value::Ref::new(RefKind::Module, &addr.name);
    let target = applying.bindings.get(&reference);
    let arn = target.map_or("", |it| remote::bare(&it.arn));
    let arn = format!("{arn}:{alias}");
    let title = applying.desired.flows[addr].title.clone();
    applying.bind(RefKind::Module, &addr.name, &arn, &title);
    Ok(())
}

async fn update_module_alias(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    alias_id: &str,
) -> Result<(), Failure> {
    let request = applying.clients.connect.update_contact_flow_module_alias();
    let answer = request
        .instance_id(applying.instance_id()?)
        .contact_flow_module_id(id(applying, addr)?)
        .alias_id(alias_id)
        .contact_flow_module_version(module_version(applying, addr)?)
        .send()
        .await;
    answer.map_err(|e| ApiError::new("connect:UpdateContactFlowModuleAlias", e))?;
    Ok(())
}

async fn rename_flow(applying: &Applying<'_>, id: &str, title: &str) -> Result<(), Failure> {
    let request = applying.clients.connect.update_contact_flow_name();
    let request = request.instance_id(applying.instance_id()?);
    let answer = request.contact_flow_id(id).name(title).send().await;
    answer.map_err(|e| ApiError::new("connect:UpdateContactFlowName", e))?;
    Ok(())
}

/// That it is gone already is what is wanted.
async fn delete_flow(applying: &Applying<'_>, id: &str) -> Result<(), Failure> {
    let request = applying.clients.connect.delete_contact_flow();
    let request = request.instance_id(applying.instance_id()?);
    let answer = request.contact_flow_id(id).send().await;
    gone(answer.map_err(|e| ApiError::new("connect:DeleteContactFlow", e)))
}

async fn delete_module(applying: &Applying<'_>, id: &str) -> Result<(), Failure> {
    let request = applying.clients.connect.delete_contact_flow_module();
    let request = request.instance_id(applying.instance_id()?);
    let answer = request.contact_flow_module_id(id).send().await;
    gone(answer.map_err(|e| ApiError::new("connect:DeleteContactFlowModule", e)))
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
