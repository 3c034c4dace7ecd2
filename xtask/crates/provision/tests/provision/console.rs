//! A person at the admin website, who changes what was deployed.

use aws_sdk_connect::types::{ContactFlowState, ContactFlowStatus, ContactFlowType};
use flow::value::{Ref, RefKind};
use provision::apply::Applied;

use crate::centre::{Centre, REGION};

/// Somebody with rights on the instance and no idea of our sources.
pub(crate) struct Console {
    connect: aws_sdk_connect::Client,
    instance: String,
    applied: Applied,
}

impl Console {
    pub(crate) fn new(centre: &Centre, applied: &Applied) -> Console {
        let credentials = aws_sdk_connect::config::Credentials::new("a", "b", None, None, "test");
        let config = aws_sdk_connect::Config::builder()
            .behavior_version_latest()
            .region(aws_sdk_connect::config::Region::new(REGION))
            .endpoint_url(centre.emulator.endpoint())
            .credentials_provider(credentials)
            .build();
        let instance = applied.instance.as_ref().expect("there is an instance");
        Console {
            connect: aws_sdk_connect::Client::from_conf(config),
            instance: instance.id.clone(),
            applied: applied.clone(),
        }
    }

    /// The content of a flow as it was deployed.
    pub(crate) fn content(&self, name: &str) -> String {
        let mut sent = self.applied.flows.iter();
        let sent = sent.find(|sent| sent.addr.name == name);
        sent.expect("it was deployed").content.clone()
    }

    pub(crate) fn id(&self, kind: RefKind, name: &str) -> String {
        let target = self.applied.bindings.get(&Ref::new(kind, name));
        let arn = &target.expect("it was deployed").arn;
        arn.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// Edits a text of a flow and publishes it.
    pub(crate) async fn edits(&self, name: &str, old: &str, new: &str) {
        self.update(&self.id(RefKind::Flow, name), name, old, new)
            .await;
    }

    /// Edits a text of a flow and saves it.
    pub(crate) async fn saves(&self, name: &str, old: &str, new: &str) {
        let saved = format!("{}:$SAVED", self.id(RefKind::Flow, name));
        self.update(&saved, name, old, new).await;
    }

    async fn update(&self, id: &str, name: &str, old: &str, new: &str) {
        let content = self.content(name);
        assert!(content.contains(old), "{content}");
        let request = self.connect.update_contact_flow_content();
        let request = request.instance_id(&self.instance).contact_flow_id(id);
        let request = request.content(content.replace(old, new));
        request.send().await.expect("a valid flow");
    }

    /// Edits a text of a module: publishes it, or only saves it.
    pub(crate) async fn edits_module(&self, name: &str, old: &str, new: &str, publishes: bool) {
        let id = self.id(RefKind::Module, name);
        let id = if publishes {
            id
        } else {
            format!("{id}:$SAVED")
        };
        let content = self.content(name);
        assert!(content.contains(old), "{content}");
        let request = self.connect.update_contact_flow_module_content();
        let request = request.instance_id(&self.instance);
        let request = request.contact_flow_module_id(id);
        let request = request.content(content.replace(old, new));
        request.send().await.expect("a valid module");
    }

    pub(crate) async fn deletes(&self, name: &str) {
        let request = self.connect.delete_contact_flow();
        let request = request.instance_id(&self.instance);
        let request = request.contact_flow_id(self.id(RefKind::Flow, name));
        request.send().await.expect("the flow is there");
    }

    /// Makes a flow that is published or only saved; gives its id.
    pub(crate) async fn creates(&self, title: &str, content: &str, is_published: bool) -> String {
        let status = if is_published {
            ContactFlowStatus::Published
        } else {
            ContactFlowStatus::Saved
        };
        let request = self.connect.create_contact_flow();
        let answer = request
            .instance_id(&self.instance)
            .name(title)
            .r#type(ContactFlowType::ContactFlow)
            .content(content)
            .status(status)
            .send()
            .await;
        let answer = answer.expect("a valid flow");
        answer.contact_flow_id().unwrap_or_default().to_owned()
    }

    pub(crate) async fn describes(&self, name: &str, description: &str) {
        let request = self.connect.update_contact_flow_metadata();
        let request = request.instance_id(&self.instance);
        let request = request.contact_flow_id(self.id(RefKind::Flow, name));
        let answer = request.description(description).send().await;
        answer.expect("the flow is there");
    }

    pub(crate) async fn renames(&self, name: &str, title: &str) {
        let request = self.connect.update_contact_flow_name();
        let request = request.instance_id(&self.instance);
        let request = request.contact_flow_id(self.id(RefKind::Flow, name));
        request.name(title).send().await.expect("a free name");
    }

    pub(crate) async fn archives(&self, name: &str) {
        let request = self.connect.update_contact_flow_metadata();
        let request = request.instance_id(&self.instance);
        let request = request.contact_flow_id(self.id(RefKind::Flow, name));
        let request = request.contact_flow_state(ContactFlowState::Archived);
        request.send().await.expect("the flow is there");
    }
}
