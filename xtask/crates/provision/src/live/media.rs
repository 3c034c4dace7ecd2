//! Reads prompts, views, and the Lex bots that flows may ask.

use std::collections::BTreeSet;

use aws_sdk_connect::types::{LexVersion, View};
use serde_json::Value as Json;

use super::connect::{Listed, managed, tags};
use super::flows::{list_prompts, list_views};
use super::read::each;
use super::{LivePrompt, LiveView, LiveViewContent};
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::desired::Desired;

/// The prompts that should be there and are.
pub(super) async fn prompts(
    clients: &Clients,
    desired: &Desired,
    id: &str,
) -> Result<Vec<(Listed, LivePrompt)>, ApiError> {
    if desired.prompts.is_empty() {
        return Ok(Vec::new());
    }
    let listed = list_prompts(clients, id).await?;
    let ours = managed(&listed, |name| desired.prompts.contains_key(name));
    each(ours, async |listed| {
        let live = describe_prompt(clients, id, &listed).await?;
        Ok((listed, live))
    })
    .await
}

pub(crate) async fn describe_prompt(
    clients: &Clients,
    id: &str,
    listed: &Listed,
) -> Result<LivePrompt, ApiError> {
    const OPERATION: &str = "connect:DescribePrompt";
    let request = clients.connect.describe_prompt().instance_id(id);
    let answer = request.prompt_id(&listed.id).send().await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e))?;
    let Some(prompt) = answer.prompt() else {
        return Err(ApiError::incomplete(OPERATION, "prompt"));
    };
    Ok(LivePrompt {
        description: prompt
            .description()
            .filter(|it| !it.is_empty())
            .map(str::to_owned),
        tags: tags(prompt.tags()),
    })
}

/// The views that should be there and are.
pub(super) async fn views(
    clients: &Clients,
    desired: &Desired,
    id: &str,
) -> Result<Vec<(Listed, LiveView)>, ApiError> {
    if desired.views.is_empty() {
        return Ok(Vec::new());
    }
    let listed = list_views(clients, id).await?;
    let ours = managed(&listed, |name| desired.views.contains_key(name));
    each(ours, async |listed| {
        let is_published = desired.views[&listed.name].is_published;
        let live = describe_view(clients, id, &listed, is_published).await?;
        Ok((listed, live))
    })
    .await
}

/// A view with what is published of it, or with its draft. Of one that was never published only the
/// draft can be asked for; it comes without its content if that is not what was asked.
pub(crate) async fn describe_view(
    clients: &Clients,
    id: &str,
    listed: &Listed,
    is_published: bool,
) -> Result<LiveView, ApiError> {
    let draft = format!("{}:$SAVED", listed.id);
    if is_published {
        match view(clients, id, &listed.id).await {
            Err(error) if error.is_not_found() => {
                let mut live = live_view(&view(clients, id, &draft).await?);
                live.content = None;
                Ok(live)
            }
            found => Ok(live_view(&found?)),
        }
    } else {
        Ok(live_view(&view(clients, id, &draft).await?))
    }
}

/// What is published of a view, and the digest by which a version of just that is asked for.
pub(crate) async fn published_view(
    clients: &Clients,
    id: &str,
    view_id: &str,
) -> Result<(LiveView, Option<String>), ApiError> {
    let view = view(clients, id, view_id).await?;
    let digest = view.view_content_sha256().map(str::to_owned);
    Ok((live_view(&view), digest))
}

async fn view(clients: &Clients, id: &str, view: &str) -> Result<View, ApiError> {
    const OPERATION: &str = "connect:DescribeView";
    let request = clients.connect.describe_view().instance_id(id);
    let answer = request.view_id(view).send().await;
    let answer = answer.map_err(|e| ApiError::new(OPERATION, e))?;
    answer
        .view
        .ok_or_else(|| ApiError::incomplete(OPERATION, "view"))
}

fn live_view(view: &View) -> LiveView {
    let content = view.content().map(|content| LiveViewContent {
        template: content.template().map_or(Json::Null, |text| {
            // A template that cannot be read differs from every one that can.
            serde_json::from_str(text).unwrap_or(Json::Null)
        }),
        actions: content.actions().iter().cloned().collect(),
    });
    LiveView {
        description: view
            .description()
            .filter(|it| !it.is_empty())
            .map(str::to_owned),
        content,
        tags: tags(view.tags()),
    }
}

/// The aliases of Lex bots that are associated with the instance.
pub(super) async fn lex_bots(
    clients: &Clients,
    desired: &Desired,
    id: &str,
) -> Result<BTreeSet<String>, ApiError> {
    if desired.lex_bots.is_empty() {
        return Ok(BTreeSet::new());
    }
    let request = clients.connect.list_bots().instance_id(id);
    let pages = request.lex_version(LexVersion::V2).into_paginator();
    let bots = pages.items().send().try_collect().await;
    let bots = bots.map_err(|e| ApiError::new("connect:ListBots", e))?;
    let aliases = bots
        .iter()
        .filter_map(|bot| bot.lex_v2_bot()?.alias_arn().map(str::to_owned));
    Ok(aliases.collect())
}
