//! Deletes, step by step. What is gone already is as it should be.

use std::time::Duration;

use aws_sdk_connect::types::InstanceStorageResourceType;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use flow::canonical;

use super::{DeleteCall, Deletion, Destruction};
use crate::address::ResourceAddr;
use crate::api_error::{ApiError, ApiErrorKind, done};
use crate::clients::Clients;
use crate::desired::Desired;
use crate::live::{ROLE_POLICY, queue_url};
use crate::wait::{Look, wait_until};

/// How long a key waits before it is gone: the longest time there is to think better of it.
const KEY_WINDOW_DAYS: i32 = 30;

/// What still refers to something may take a while to be gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// How deleting gets on; `n` counts from 1.
#[derive(Clone, Copy, Debug)]
pub struct DestroyEvent<'a> {
    pub n: usize,
    pub of: usize,
    pub deletion: &'a Deletion,
}

/// A deletion that did not succeed. What was deleted before is gone; running again goes on from there.
#[derive(Debug, thiserror::Error)]
#[error("failed to delete {addr}")]
pub struct DestroyError {
    pub addr: ResourceAddr,
    #[source]
    pub source: ApiError,
}

/// Deletes everything that a destruction names, in its order.
///
/// # Errors
///
/// Stops at the first deletion that fails.
pub async fn destroy(
    clients: &Clients,
    desired: &Desired,
    destruction: &Destruction,
    mut on_event: impl FnMut(DestroyEvent<'_>),
) -> Result<(), DestroyError> {
    let of = destruction.deletions.len();
    let instance = destruction.instance.as_ref();
    let instance = instance.map(|instance| instance.id.as_str());
    let deleting = Deleting {
        clients,
        desired,
        instance: instance.unwrap_or_default(),
    };
    for (n, deletion) in (1..).zip(&destruction.deletions) {
        on_event(DestroyEvent { n, of, deletion });
        let deleted = wait_until(&clients.pace, PATIENCE, async || {
            match deleting.delete(deletion).await {
                Ok(()) => Ok(Look::Done(())),
                Err(error) if error.is_not_found() => Ok(Look::Done(())),
                Err(error) if error.kind == ApiErrorKind::Conflict => Ok(Look::NotYet(error)),
                Err(error) => Err(error),
            }
        });
        let deleted = deleted.await.and_then(|deleted| deleted);
        deleted.map_err(|source| DestroyError {
            addr: deletion.addr.clone(),
            source,
        })?;
    }
    Ok(())
}

struct Deleting<'a> {
    clients: &'a Clients,
    desired: &'a Desired,
    instance: &'a str,
}

impl Deleting<'_> {
    async fn delete(&self, deletion: &Deletion) -> Result<(), ApiError> {
        let (clients, remote) = (self.clients, deletion.remote.as_str());
        match &deletion.call {
            DeleteCall::Unsubscribe => {
                let request = clients.sns.unsubscribe().subscription_arn(remote);
                done("sns:Unsubscribe", request.send()).await
            }
            DeleteCall::Function => {
                let request = clients.lambda.delete_function().function_name(remote);
                done("lambda:DeleteFunction", request.send()).await
            }
            DeleteCall::Topic => {
                let request = clients.sns.delete_topic().topic_arn(remote);
                done("sns:DeleteTopic", request.send()).await
            }
            DeleteCall::Queue => self.delete_queue(&deletion.addr.name).await,
            DeleteCall::Table => {
                let request = clients.dynamodb.delete_table().table_name(remote);
                done("dynamodb:DeleteTable", request.send()).await
            }
            DeleteCall::Role => self.delete_role(remote).await,
            DeleteCall::LogGroup => {
                let request = clients.logs.delete_log_group().log_group_name(remote);
                done("logs:DeleteLogGroup", request.send()).await
            }
            DeleteCall::Bucket { with_objects } => self.delete_bucket(remote, *with_objects).await,
            DeleteCall::Key { alias, is_going } => self.delete_key(remote, alias, *is_going).await,
            DeleteCall::Flow
            | DeleteCall::Module
            | DeleteCall::Disassociate
            | DeleteCall::StorageConfig { .. }
            | DeleteCall::RoutingProfile
            | DeleteCall::ContactQueue
            | DeleteCall::Hours
            | DeleteCall::Instance => self.delete_on_instance(&deletion.call, remote).await,
        }
    }

    async fn delete_on_instance(&self, call: &DeleteCall, remote: &str) -> Result<(), ApiError> {
        let (connect, instance) = (&self.clients.connect, self.instance);
        match call {
            DeleteCall::Flow => {
                let request = connect.delete_contact_flow().instance_id(instance);
                let sending = request.contact_flow_id(remote).send();
                done("connect:DeleteContactFlow", sending).await
            }
            DeleteCall::Module => {
                let request = connect.delete_contact_flow_module().instance_id(instance);
                let sending = request.contact_flow_module_id(remote).send();
                done("connect:DeleteContactFlowModule", sending).await
            }
            DeleteCall::Disassociate => {
                let request = connect.disassociate_lambda_function();
                let sending = request.instance_id(instance).function_arn(remote).send();
                done("connect:DisassociateLambdaFunction", sending).await
            }
            DeleteCall::StorageConfig { resource_type } => {
                let kind = InstanceStorageResourceType::from(resource_type.as_str());
                let request = connect.disassociate_instance_storage_config();
                let request = request.instance_id(instance).association_id(remote);
                let sending = request.resource_type(kind).send();
                done("connect:DisassociateInstanceStorageConfig", sending).await
            }
            DeleteCall::RoutingProfile => {
                let request = connect.delete_routing_profile().instance_id(instance);
                let sending = request.routing_profile_id(remote).send();
                done("connect:DeleteRoutingProfile", sending).await
            }
            DeleteCall::ContactQueue => {
                let request = connect.delete_queue().instance_id(instance);
                done("connect:DeleteQueue", request.queue_id(remote).send()).await
            }
            DeleteCall::Hours => {
                let request = connect.delete_hours_of_operation().instance_id(instance);
                let sending = request.hours_of_operation_id(remote).send();
                done("connect:DeleteHoursOfOperation", sending).await
            }
            DeleteCall::Instance => {
                // The same in every run, so that asking twice counts once.
                let token = canonical::hex_digest(&format!("delete {remote}"));
                let request = connect.delete_instance().instance_id(remote);
                let sending = request.client_token(token).send();
                done("connect:DeleteInstance", sending).await
            }
            DeleteCall::Unsubscribe
            | DeleteCall::Function
            | DeleteCall::Topic
            | DeleteCall::Queue
            | DeleteCall::Table
            | DeleteCall::Role
            | DeleteCall::LogGroup
            | DeleteCall::Bucket { .. }
            | DeleteCall::Key { .. } => Ok(()),
        }
    }

    async fn delete_queue(&self, name: &str) -> Result<(), ApiError> {
        let Some(url) = queue_url(self.clients, self.desired, name).await? else {
            return Ok(());
        };
        let request = self.clients.sqs.delete_queue().queue_url(url);
        done("sqs:DeleteQueue", request.send()).await
    }

    /// A role goes only without policies.
    async fn delete_role(&self, remote: &str) -> Result<(), ApiError> {
        let iam = &self.clients.iam;
        let request = iam.delete_role_policy().role_name(remote);
        let sending = request.policy_name(ROLE_POLICY).send();
        match done("iam:DeleteRolePolicy", sending).await {
            Err(error) if !error.is_not_found() => return Err(error),
            _ => {}
        }
        let request = iam.delete_role().role_name(remote);
        done("iam:DeleteRole", request.send()).await
    }

    async fn delete_bucket(&self, bucket: &str, with_objects: bool) -> Result<(), ApiError> {
        if with_objects {
            self.empty(bucket).await?;
        }
        let request = self.clients.s3.delete_bucket().bucket(bucket);
        let request = request.expected_bucket_owner(&self.desired.scope.account);
        done("s3:DeleteBucket", request.send()).await
    }

    async fn empty(&self, bucket: &str) -> Result<(), ApiError> {
        let (s3, owner) = (&self.clients.s3, &self.desired.scope.account);
        loop {
            let request = s3.list_objects_v2().bucket(bucket);
            let answer = request.expected_bucket_owner(owner).send().await;
            let answer = answer.map_err(|e| ApiError::new("s3:ListObjectsV2", e))?;
            let objects: Vec<ObjectIdentifier> = answer
                .contents()
                .iter()
                .filter_map(|object| ObjectIdentifier::builder().key(object.key()?).build().ok())
                .collect();
            if objects.is_empty() {
                return Ok(());
            }
            let delete = Delete::builder().set_objects(Some(objects)).quiet(true);
            let delete = delete.build().expect("it names objects");
            let request = s3.delete_objects().bucket(bucket).delete(delete);
            let answer = request.expected_bucket_owner(owner).send().await;
            let answer = answer.map_err(|e| ApiError::new("s3:DeleteObjects", e))?;
            if let Some(error) = answer.errors().first() {
                let code = error.code().unwrap_or("no code");
                return Err(ApiError::incomplete("s3:DeleteObjects", code));
            }
        }
    }

    /// The deletion comes first: a key whose alias is gone would not be found again.
    async fn delete_key(&self, arn: &str, alias: &str, is_going: bool) -> Result<(), ApiError> {
        let kms = &self.clients.kms;
        if !is_going {
            let request = kms.schedule_key_deletion().key_id(arn);
            let sending = request.pending_window_in_days(KEY_WINDOW_DAYS).send();
            done("kms:ScheduleKeyDeletion", sending).await?;
        }
        let request = kms.delete_alias().alias_name(alias);
        done("kms:DeleteAlias", request.send()).await
    }
}
