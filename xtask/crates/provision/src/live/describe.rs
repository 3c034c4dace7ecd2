//! One flow or module as the service describes it: published, or as it was saved last.

use aws_sdk_connect::types::{ContactFlowModuleState, ContactFlowState};
use flow::model::{DocumentKind, FlowType};
use jiff::Timestamp;

use super::connect::{Listed, tags};
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::tags::Tags;

/// Which content of a flow is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// What contacts run through.
    Published,
    /// What was saved last, published or not: the `$SAVED` content.
    Saved,
}

impl Which {
    /// The id by which this content is asked for.
    fn of(self, id: &str) -> String {
        match self {
            Which::Published => id.to_owned(),
            Which::Saved => format!("{id}:$SAVED"),
        }
    }
}

/// A flow or module with its content.
#[derive(Clone, Debug)]
pub(crate) struct Described {
    pub(crate) description: Option<String>,
    pub(crate) archived: bool,
    pub(crate) tags: Tags,
    /// Modules do not say.
    pub(crate) modified: Option<Timestamp>,
    /// The text of the document. Nothing if the published one is asked for and there is none.
    pub(crate) content: Option<String>,
}

pub(crate) async fn describe(
    clients: &Clients,
    instance: &str,
    listed: &Listed,
    kind: DocumentKind,
    which: Which,
) -> Result<Described, ApiError> {
    describe_by_id(clients, instance, &listed.id, kind, which).await
}

pub(crate) async fn describe_by_id(
    clients: &Clients,
    instance: &str,
    id: &str,
    kind: DocumentKind,
    which: Which,
) -> Result<Described, ApiError> {
    match kind {
        DocumentKind::Module => describe_module(clients, instance, id, which).await,
        DocumentKind::Flow(_) => describe_flow(clients, instance, id, which).await,
    }
}

async fn describe_flow(
    clients: &Clients,
    instance: &str,
    id: &str,
    which: Which,
) -> Result<Described, ApiError> {
    const OPERATION: &str = "connect:DescribeContactFlow";
    let ask = async |which: Which| {
        let request = clients.connect.describe_contact_flow();
        let request = request.instance_id(instance).contact_flow_id(which.of(id));
        let answer = request.send().await;
        answer.map_err(|error| ApiError::new(OPERATION, error))
    };
    let (answer, has_content) = match ask(which).await {
        Ok(answer) => (answer, true),
        // Only the draft of a flow that was never published can be read.
        Err(error) if error.code() == Some("ContactFlowNotPublishedException") => {
            (ask(Which::Saved).await?, false)
        }
        Err(error) => return Err(error),
    };
    let Some(flow) = answer.contact_flow() else {
        return Err(ApiError::incomplete(OPERATION, "flow"));
    };
    Ok(Described {
        description: said(flow.description()),
        archived: flow.state() == Some(&ContactFlowState::Archived),
        tags: tags(flow.tags()),
        modified: flow
            .last_modified_time()
            .and_then(|it| Timestamp::from_second(it.secs()).ok()),
        content: flow.content().filter(|_| has_content).map(str::to_owned),
    })
}

async fn describe_module(
    clients: &Clients,
    instance: &str,
    id: &str,
    which: Which,
) -> Result<Described, ApiError> {
    const OPERATION: &str = "connect:DescribeContactFlowModule";
    let request = clients.connect.describe_contact_flow_module();
    let request = request.instance_id(instance);
    let answer = request.contact_flow_module_id(which.of(id)).send().await;
    let answer = answer.map_err(|error| ApiError::new(OPERATION, error))?;
    let Some(module) = answer.contact_flow_module() else {
        return Err(ApiError::incomplete(OPERATION, "module"));
    };
    // The API answers `published` here and `PUBLISHED` for flows.
    let status = module.status();
    let status = status.map(|status| status.as_str().to_ascii_uppercase());
    let has_content = which == Which::Saved || status.as_deref() != Some("SAVED");
    Ok(Described {
        description: said(module.description()),
        archived: module.state() == Some(&ContactFlowModuleState::Archived),
        tags: tags(module.tags()),
        modified: None,
        content: module.content().filter(|_| has_content).map(str::to_owned),
    })
}

/// Nothing and an empty text are the same description.
fn said(description: Option<&str>) -> Option<String> {
    let description = description.filter(|text| !text.is_empty());
    description.map(str::to_owned)
}

/// The type of a listed flow, if it is one that we know.
pub(super) fn flow_kind(flow_type: Option<&str>) -> Option<DocumentKind> {
    FlowType::parse(flow_type?).map(DocumentKind::Flow)
}
