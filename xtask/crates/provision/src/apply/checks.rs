//! Whether what a plan supposes still holds when its call comes, and whether what was written is
//! there afterwards.
//!
//! Connect takes an update of a flow whatever its content is by then, so the content is compared
//! just before; what remains is the time between the two calls. Afterwards it is read back, which
//! shows a lost update, and who was faster.

use flow::canonical;
use flow::json;
use jiff::Timestamp;

use super::flows::{document, id};
use super::{Applying, Failure, PATIENCE, stub};
use crate::address::ResourceAddr;
use crate::live::{Described, Which, describe_by_id};
use crate::plan::{Call, Content, FlowCall, Plan, Step};
use crate::wait::{Look, wait_until};

/// Refuses to write a flow or module that is not as the plan found it. Looks once: later calls of the
/// same run find what the run has written.
pub(super) async fn before(
    applying: &mut Applying<'_>,
    plan: &Plan,
    step: &Step,
) -> Result<(), Failure> {
    let addr = &step.addr;
    let is_checked = match &step.call {
        Call::Flow(call) => writes_what_is_there(call),
        _ => false,
    };
    if !is_checked || applying.created.contains(addr) || !applying.checked.insert(addr.clone()) {
        return Ok(());
    }
    let found = describe(applying, addr).await?;
    let (content, description) = match plan.known.published.get(addr) {
        Some(published) => (
            Some(json::to_text(&published.flow)),
            published.description.clone(),
        ),
        None => (None, found.description.clone()),
    };
    let live = found.content.as_deref().map(normal);
    let what = if live != content {
        "content"
    } else if found.description != description {
        "description"
    } else {
        return Ok(());
    };
    Err(Failure::Moved {
        what,
        at: found.modified,
    })
}

/// Whether a call changes a flow or module that may have been there before.
fn writes_what_is_there(call: &FlowCall) -> bool {
    match call {
        FlowCall::UpdateModuleContent
        | FlowCall::UpdateModuleMetadata
        | FlowCall::UpdateFlowContent
        | FlowCall::UpdateFlowMetadata => true,
        FlowCall::CreateModule(_)
        | FlowCall::CreateFlow(_)
        | FlowCall::CreateModuleVersion
        | FlowCall::CreateModuleAlias
        | FlowCall::UpdateModuleAlias { .. }
        | FlowCall::RenameFlow { .. }
        | FlowCall::DeleteFlow { .. }
        | FlowCall::DeleteModule { .. } => false,
    }
}

/// What a document is compared by: as we would write it. What is no document stands for itself.
fn normal(content: &str) -> String {
    json::parse(content).map_or_else(|_| content.to_owned(), |flow| json::to_text(&flow))
}

/// Reads back what a call has written of a flow or module, until it is there.
pub(super) async fn after(
    applying: &Applying<'_>,
    plan: &Plan,
    step: &Step,
) -> Result<(), Failure> {
    let Call::Flow(call) = &step.call else {
        return Ok(());
    };
    let addr = &step.addr;
    let content = match call {
        FlowCall::CreateModule(content) | FlowCall::CreateFlow(content) => *content,
        FlowCall::UpdateModuleContent | FlowCall::UpdateFlowContent => Content::Full,
        FlowCall::UpdateModuleMetadata
        | FlowCall::UpdateFlowMetadata
        | FlowCall::CreateModuleVersion
        | FlowCall::CreateModuleAlias
        | FlowCall::UpdateModuleAlias { .. }
        | FlowCall::RenameFlow { .. }
        | FlowCall::DeleteFlow { .. }
        | FlowCall::DeleteModule { .. } => return Ok(()),
    };
    // What replaces the stub is read back.
    if content == Content::Stub {
        return Ok(());
    }
    let sent = canonical::digest(&document(applying, addr, content)?);
    let earlier = match plan.known.published.get(addr) {
        _ if applying.created.contains(addr) => {
            let stub = stub::stub(&applying.desired.flows[addr]);
            Some(canonical::digest(&stub))
        }
        published => published.map(|it| canonical::digest(&it.flow)),
    };
    read_back(applying, addr, &sent, earlier.as_deref()).await
}

/// Waits until a flow has the content of a digest. As long as it has the earlier one, the read may
/// be behind; any other is somebody else's.
async fn read_back(
    applying: &Applying<'_>,
    addr: &ResourceAddr,
    sent: &str,
    earlier: Option<&str>,
) -> Result<(), Failure> {
    let mut modified = None;
    let found = wait_until(&applying.clients.pace, PATIENCE, async || {
        let found = match describe(applying, addr).await {
            Ok(found) => found,
            // It is not visible yet.
            Err(Failure::Api(error)) if error.is_not_found() => return Ok(Look::NotYet(())),
            Err(failure) => return Err(failure),
        };
        modified = found.modified;
        let live = found.content.as_deref().and_then(|it| json::parse(it).ok());
        let live = live.map(|flow| canonical::digest(&flow));
        match live {
            Some(live) if live == sent => Ok(Look::Done(())),
            Some(live) if Some(live.as_str()) != earlier => Err(overwritten(modified)),
            Some(_) | None => Ok(Look::NotYet(())),
        }
    });
    found.await?.map_err(|()| overwritten(modified))
}

fn overwritten(at: Option<Timestamp>) -> Failure {
    Failure::Moved {
        what: "content is not what was sent",
        at,
    }
}

async fn describe(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<Described, Failure> {
    let instance = applying.instance_id()?;
    let id = id(applying, addr)?;
    let kind = applying.desired.flows[addr].kind;
    let found = describe_by_id(applying.clients, &instance, &id, kind, Which::Published).await;
    Ok(found?)
}
