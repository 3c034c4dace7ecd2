//! Plans prompts, views, and the Lex bots that flows may ask.

use std::collections::BTreeSet;

use flow::canonical;
use serde_json::json;

use super::super::compare::Compare;
use super::super::{Call, InstanceCall, MediaCall, Planned, create};
use crate::address::{ResourceAddr, ResourceKind};
use crate::desired::{Desired, Prompt};
use crate::infra::ViewSpec;
use crate::live::Live;
use crate::tags;

/// Nobody tells where a recording came from, so the tag on the prompt says what was written last.
pub(super) fn prompt(desired: &Desired, live: &Live, name: &str, spec: &Prompt) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::Prompt, name);
    let Some(found) = live.prompts.get(name) else {
        return create(addr, vec![MediaCall::CreatePrompt]);
    };
    let wanted = desired.tags(&addr);
    let mut compare = Compare::new(addr);
    if let Some(description) = &spec.description {
        let live = found.description.clone();
        let call = MediaCall::UpdatePrompt;
        compare.field("description", live, description.clone(), call);
    }
    if found.tags.get(tags::DIGEST) != wanted.get(tags::DIGEST) {
        let new = Some(spec.uri.clone());
        compare.change("recording", None, new, MediaCall::UpdatePrompt);
    }
    compare.tags(&found.tags, &wanted, InstanceCall::TagConnectResource);
    compare.finish()
}

pub(super) fn view(desired: &Desired, live: &Live, name: &str, spec: &ViewSpec) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::View, name);
    let Some(found) = live.views.get(name) else {
        let mut calls = vec![Call::from(MediaCall::CreateView)];
        if keeps_version(spec) {
            calls.push(MediaCall::CreateViewVersion.into());
            // Until there is a version, the tag says that one is missing.
            calls.push(InstanceCall::TagConnectResource.into());
        }
        return create(addr, calls);
    };
    let wanted = desired.tags(&addr);
    let mut compare = Compare::new(addr);
    if let Some(description) = &spec.description {
        let live = found.description.clone();
        let call = MediaCall::UpdateViewDescription;
        compare.field("description", live, description.clone(), call);
    }
    let content = found.content.as_ref();
    let call = || MediaCall::UpdateViewContent;
    if content.map(|it| &it.template) != Some(&spec.template) {
        let digest = |json: &serde_json::Value| canonical::hex_digest(&json.to_string());
        let old = content.map(|it| digest(&it.template));
        compare.change("template", old, Some(digest(&spec.template)), call());
    }
    let wanted_actions: BTreeSet<String> = spec.actions.iter().cloned().collect();
    if content.is_none_or(|it| it.actions != wanted_actions) {
        let show = |actions: &BTreeSet<String>| json!(actions).to_string();
        let old = content.map(|it| show(&it.actions));
        compare.change("actions", old, Some(show(&wanted_actions)), call());
    }
    let is_noted = found.tags.get(tags::DIGEST) == wanted.get(tags::DIGEST);
    if keeps_version(spec) && (compare.has(&call().into()) || !is_noted) {
        let call = MediaCall::CreateViewVersion;
        compare.change("version", None, Some("one more".to_owned()), call);
    }
    compare.tags(&found.tags, &wanted, InstanceCall::TagConnectResource);
    compare.finish()
}

fn keeps_version(spec: &ViewSpec) -> bool {
    spec.is_published && spec.keeps_versions
}

pub(super) fn lex_bot(live: &Live, name: &str, alias_arn: &str) -> Planned {
    let addr = ResourceAddr::new(ResourceKind::LexBot, name);
    if live.lex_bots.contains(alias_arn) {
        Planned::Unchanged(addr)
    } else {
        create(addr, vec![InstanceCall::AssociateBot])
    }
}
