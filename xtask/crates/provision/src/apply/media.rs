//! The calls that make and change prompts and views.

use std::collections::HashMap;

use aws_sdk_connect::types::{ViewInputContent, ViewStatus};

use super::{Applying, Failure, adopt};
use crate::address::ResourceAddr;
use crate::api_error::{ApiError, done};
use crate::infra::ViewSpec;
use crate::live::{list_prompts, list_views, media};
use crate::plan::MediaCall;
use crate::tags;

pub(super) async fn send(
    applying: &mut Applying<'_>,
    addr: &ResourceAddr,
    call: &MediaCall,
) -> Result<(), Failure> {
    match call {
        MediaCall::CreatePrompt => create_prompt(applying, addr).await,
        MediaCall::UpdatePrompt => update_prompt(applying, addr).await,
        MediaCall::CreateView => create_view(applying, addr).await,
        MediaCall::UpdateViewContent => update_view_content(applying, addr).await,
        MediaCall::UpdateViewDescription => describe_view(applying, addr).await,
        MediaCall::CreateViewVersion => keep_version(applying, addr).await,
    }
}

async fn create_prompt(applying: &mut Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    const OPERATION: &str = "connect:CreatePrompt";
    let (clients, id) = (applying.clients, applying.instance_id()?);
    let prompt = &applying.desired.prompts[&addr.name];
    let request = clients.connect.create_prompt().instance_id(&id);
    let answer = request
        .name(&addr.name)
        .set_description(prompt.description.clone())
        .s3_uri(&prompt.uri)
        .set_tags(Some(applying.desired.tags(addr).into_iter().collect()))
        .send()
        .await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e));
    let answer = answer.and_then(|it| adopt::told(OPERATION, it.prompt_arn()));
    let list = || list_prompts(clients, &id);
    let tags = async |listed| {
        let found = media::describe_prompt(clients, &id, &listed).await?;
        Ok(found.tags)
    };
    let arn = adopt::created(applying, addr, &addr.name, answer, list, tags).await?;
    applying.arns.insert(addr.clone(), arn);
    Ok(())
}

async fn update_prompt(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let prompt = &applying.desired.prompts[&addr.name];
    let request = applying.clients.connect.update_prompt();
    let request = request
        .instance_id(applying.instance_id()?)
        .prompt_id(applying.known_id(addr)?)
        .set_description(prompt.description.clone())
        .s3_uri(&prompt.uri);
    Ok(done("connect:UpdatePrompt", request.send()).await?)
}

fn content(view: &ViewSpec) -> ViewInputContent {
    ViewInputContent::builder()
        .template(view.template.to_string())
        .set_actions(Some(view.actions.clone()))
        .build()
}

fn status(view: &ViewSpec) -> ViewStatus {
    match view.is_published {
        true => ViewStatus::Published,
        false => ViewStatus::Saved,
    }
}

/// Our tags; where a version is to follow, they say that there is none yet.
fn tags_of(applying: &Applying<'_>, addr: &ResourceAddr) -> HashMap<String, String> {
    let mut tags = applying.desired.tags(addr);
    let view = &applying.desired.views[&addr.name];
    if view.is_published && view.keeps_versions {
        tags.insert(tags::DIGEST.to_owned(), tags::STUB.to_owned());
    }
    tags.into_iter().collect()
}

async fn create_view(applying: &mut Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    const OPERATION: &str = "connect:CreateView";
    let (clients, id) = (applying.clients, applying.instance_id()?);
    let view = &applying.desired.views[&addr.name];
    let is_published = view.is_published;
    let request = clients.connect.create_view().instance_id(&id);
    let answer = request
        .name(&addr.name)
        .set_description(view.description.clone())
        .status(status(view))
        .content(content(view))
        .set_tags(Some(tags_of(applying, addr)))
        .send()
        .await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e));
    let answer = answer.and_then(|it| adopt::told(OPERATION, it.view().and_then(|it| it.arn())));
    let list = || list_views(clients, &id);
    let tags = async |listed| {
        let found = media::describe_view(clients, &id, &listed, is_published).await?;
        Ok(found.tags)
    };
    let arn = adopt::created(applying, addr, &addr.name, answer, list, tags).await?;
    applying.arns.insert(addr.clone(), arn);
    Ok(())
}

async fn update_view_content(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let view = &applying.desired.views[&addr.name];
    let request = applying.clients.connect.update_view_content();
    let request = request
        .instance_id(applying.instance_id()?)
        .view_id(applying.known_id(addr)?)
        .status(status(view))
        .content(content(view));
    Ok(done("connect:UpdateViewContent", request.send()).await?)
}

async fn describe_view(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let view = &applying.desired.views[&addr.name];
    let request = applying.clients.connect.update_view_metadata();
    let request = request.instance_id(applying.instance_id()?);
    let request = request.view_id(applying.known_id(addr)?);
    let request = request.set_description(view.description.clone());
    Ok(done("connect:UpdateViewMetadata", request.send()).await?)
}

/// A version keeps what our sources say, and nothing that somebody else publishes meanwhile: the
/// service refuses another digest than that of what was looked at.
async fn keep_version(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let (clients, id) = (applying.clients, applying.instance_id()?);
    let view_id = applying.known_id(addr)?;
    let (live, digest) = media::published_view(clients, &id, &view_id).await?;
    let view = &applying.desired.views[&addr.name];
    if live.content.is_none_or(|it| it.template != view.template) {
        return Err(Failure::Stale);
    }
    let request = clients.connect.create_view_version().instance_id(&id);
    let request = request.view_id(view_id).set_view_content_sha256(digest);
    Ok(done("connect:CreateViewVersion", request.send()).await?)
}
