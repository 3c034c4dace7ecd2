//! The calls that make and change the instance itself, and that tag what is on it.

use std::time::Duration;

use aws_sdk_connect::operation::associate_instance_storage_config::builders::AssociateInstanceStorageConfigInputBuilder;
use aws_sdk_connect::operation::create_instance::builders::CreateInstanceInputBuilder;
use aws_sdk_connect::types::{
    DirectoryType, EncryptionConfig, EncryptionType, InstanceAttributeType, InstanceStatus,
    InstanceStorageConfig, InstanceStorageResourceType, KinesisFirehoseConfig, KinesisStreamConfig,
    LexV2Bot, S3Config, StorageType,
};
use flow::canonical;
use flow::value::RefKind;

use super::{Applying, Failure, wait_for};
use crate::address::{ResourceAddr, ResourceKind};
use crate::api_error::{ApiError, ApiErrorKind, done};
use crate::desired::{Desired, Place, Storage};
use crate::live::InstanceRef;
use crate::plan::InstanceCall;
use crate::remote;
use crate::wait::Look;

/// Creating an instance takes minutes.
const INSTANCE_DEADLINE: Duration = Duration::from_secs(15 * 60);

pub(super) async fn send(
    applying: &mut Applying<'_>,
    addr: &ResourceAddr,
    call: &InstanceCall,
) -> Result<(), Failure> {
    match call {
        InstanceCall::CreateInstance => create(applying, addr).await,
        InstanceCall::UpdateInstanceAttribute => update_attribute(applying, &addr.name).await,
        InstanceCall::AssociateInstanceStorageConfig => {
            associate_storage(applying, &addr.name).await
        }
        InstanceCall::UpdateInstanceStorageConfig { association_id } => {
            update_storage(applying, &addr.name, association_id).await
        }
        InstanceCall::AssociateApprovedOrigin => associate_origin(applying, &addr.name).await,
        InstanceCall::AssociateBot => associate_bot(applying, &addr.name).await,
        InstanceCall::TagConnectResource => tag(applying, addr).await,
    }
}

fn create_request(desired: &Desired, addr: &ResourceAddr) -> CreateInstanceInputBuilder {
    let spec = &desired.instance;
    CreateInstanceInputBuilder::default()
        .identity_management_type(DirectoryType::from(spec.identity.as_str()))
        .instance_alias(&addr.name)
        .inbound_calls_enabled(spec.inbound_calls)
        .outbound_calls_enabled(spec.outbound_calls)
        .set_tags(Some(desired.tags(addr).into_iter().collect()))
}

/// One that was asked for in an earlier run is only waited for.
async fn create(applying: &mut Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let instance = match applying.instance.clone() {
        Some(instance) => instance,
        None => ask(applying, addr).await?,
    };
    wait_until_active(applying, &instance.id).await?;
    applying.instance = Some(instance);
    Ok(())
}

async fn ask(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<InstanceRef, Failure> {
    const OPERATION: &str = "connect:CreateInstance";
    let request = create_request(applying.desired, addr).client_token(token(applying));
    let answer = request.send_with(&applying.clients.connect).await;
    let answer = answer.map_err(|error| {
        let error = ApiError::new(OPERATION, error);
        let taken = error.message().unwrap_or_default().contains("already used");
        match taken {
            true => Failure::AliasTaken(error),
            false => Failure::Api(error),
        }
    })?;
    let (Some(id), Some(arn)) = (answer.id(), answer.arn()) else {
        return Err(ApiError::incomplete(OPERATION, "id").into());
    };
    Ok(InstanceRef {
        id: id.to_owned(),
        arn: arn.to_owned(),
    })
}

/// The same for the same instance, so that asking again after a lost answer makes no second one; and
/// another one after each creation that failed, whose token would bring that one back.
fn token(applying: &Applying<'_>) -> String {
    let scope = &applying.desired.scope;
    let mut failed = applying.failed_creations.clone();
    failed.sort_unstable();
    let text = format!(
        "{} {} {} {}",
        scope.account,
        scope.region,
        scope.alias,
        failed.join(" ")
    );
    canonical::hex_digest(&text)
}

async fn wait_until_active(applying: &Applying<'_>, id: &str) -> Result<(), Failure> {
    wait_for(applying.clients, INSTANCE_DEADLINE, async || {
        let request = applying.clients.connect.describe_instance().instance_id(id);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => {
                let error = ApiError::new("connect:DescribeInstance", error);
                // It was created a moment ago and need not be visible yet.
                return match error.kind {
                    ApiErrorKind::NotFound => Ok(Look::NotYet("not visible".to_owned())),
                    _ => Err(Failure::Api(error)),
                };
            }
        };
        let instance = answer.instance();
        match instance.and_then(|instance| instance.instance_status()) {
            Some(InstanceStatus::Active) => Ok(Look::Done(())),
            Some(InstanceStatus::CreationFailed) => {
                let reason = instance.and_then(|instance| instance.status_reason());
                let reason = reason.and_then(|reason| reason.message());
                let reason = reason.unwrap_or("no reason given").to_owned();
                Err(Failure::CreationFailed(reason))
            }
            status => {
                let state = status.map_or("no status", InstanceStatus::as_str);
                Ok(Look::NotYet(state.to_owned()))
            }
        }
    })
    .await
}

async fn update_attribute(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let specs = applying.desired.instance.attributes.iter();
    for spec in specs.filter(|spec| spec.name == name) {
        let request = applying.clients.connect.update_instance_attribute();
        let attribute = InstanceAttributeType::from(spec.api_name().as_str());
        let request = request
            .instance_id(applying.instance_id()?)
            .attribute_type(attribute);
        let answer = request.value(spec.value.to_string()).send().await;
        answer.map_err(|e| ApiError::new("connect:UpdateInstanceAttribute", e))?;
    }
    Ok(())
}

fn storage_config(
    applying: &Applying<'_>,
    storage: &Storage,
) -> Result<InstanceStorageConfig, Failure> {
    let complete = "every required member is set";
    let config = InstanceStorageConfig::builder();
    let config = match &storage.place {
        Place::Bucket(bucket) => {
            let s3 = S3Config::builder()
                .bucket_name(&bucket.name)
                .bucket_prefix(&bucket.prefix)
                .set_encryption_config(encryption(applying, storage)?)
                .build()
                .expect(complete);
            config.storage_type(StorageType::S3).s3_config(s3)
        }
        Place::Stream(arn) if arn.contains(":firehose:") => {
            let stream = KinesisFirehoseConfig::builder().firehose_arn(arn).build();
            config
                .storage_type(StorageType::KinesisFirehose)
                .kinesis_firehose_config(stream.expect(complete))
        }
        Place::Stream(arn) => {
            let stream = KinesisStreamConfig::builder().stream_arn(arn).build();
            config
                .storage_type(StorageType::KinesisStream)
                .kinesis_stream_config(stream.expect(complete))
        }
    };
    Ok(config.build().expect(complete))
}

fn encryption(
    applying: &Applying<'_>,
    storage: &Storage,
) -> Result<Option<EncryptionConfig>, Failure> {
    let Some(key) = &storage.key else {
        return Ok(None);
    };
    let config = EncryptionConfig::builder()
        .encryption_type(EncryptionType::Kms)
        .key_id(applying.key_arn(key)?)
        .build();
    Ok(Some(config.expect("every required member is set")))
}

fn storage<'a>(applying: &'a Applying<'_>, name: &str) -> (String, &'a Storage) {
    let kind = name.to_ascii_uppercase();
    let storage = &applying.desired.storage[&kind];
    (kind, storage)
}

async fn associate_storage(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let (kind, storage) = storage(applying, name);
    let request = AssociateInstanceStorageConfigInputBuilder::default()
        .instance_id(applying.instance_id()?)
        .resource_type(InstanceStorageResourceType::from(kind.as_str()))
        .storage_config(storage_config(applying, storage)?);
    let answer = request.send_with(&applying.clients.connect).await;
    answer.map_err(|e| ApiError::new("connect:AssociateInstanceStorageConfig", e))?;
    Ok(())
}

async fn update_storage(
    applying: &Applying<'_>,
    name: &str,
    association_id: &str,
) -> Result<(), Failure> {
    let (kind, storage) = storage(applying, name);
    let request = applying.clients.connect.update_instance_storage_config();
    let answer = request
        .instance_id(applying.instance_id()?)
        .association_id(association_id)
        .resource_type(InstanceStorageResourceType::from(kind.as_str()))
        .storage_config(storage_config(applying, storage)?)
        .send()
        .await;
    answer.map_err(|e| ApiError::new("connect:UpdateInstanceStorageConfig", e))?;
    Ok(())
}

async fn associate_origin(applying: &Applying<'_>, origin: &str) -> Result<(), Failure> {
    let request = applying.clients.connect.associate_approved_origin();
    let request = request.instance_id(applying.instance_id()?).origin(origin);
    match request.send().await {
        Ok(_) => Ok(()),
        Err(error) => {
            let error = ApiError::new("connect:AssociateApprovedOrigin", error);
            // An answer that got lost: the origin is there.
            let is_there = matches!(
                error.kind,
                ApiErrorKind::AlreadyExists | ApiErrorKind::Conflict
            );
            if is_there { Ok(()) } else { Err(error.into()) }
        }
    }
}

async fn associate_bot(applying: &Applying<'_>, name: &str) -> Result<(), Failure> {
    let alias = applying.desired.lex_bots.get(name).cloned();
    let bot = LexV2Bot::builder().set_alias_arn(alias).build();
    let request = applying.clients.connect.associate_bot();
    let request = request.instance_id(applying.instance_id()?).lex_v2_bot(bot);
    match done("connect:AssociateBot", request.send()).await {
        // An answer that got lost: the bot is associated.
        Err(error) if error.kind == ApiErrorKind::Conflict => Ok(()),
        answer => Ok(answer?),
    }
}

async fn tag(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<(), Failure> {
    let request = applying.clients.connect.tag_resource();
    let tags = applying.desired.tags(addr).into_iter().collect();
    let answer = request
        .resource_arn(arn(applying, addr)?)
        .set_tags(Some(tags))
        .send()
        .await;
    answer.map_err(|e| ApiError::new("connect:TagResource", e))?;
    Ok(())
}

/// The ARN of something on the instance.
fn arn(applying: &Applying<'_>, addr: &ResourceAddr) -> Result<String, Failure> {
    let kind = match addr.kind {
        ResourceKind::Instance => return Ok(applying.instance()?.arn.clone()),
        ResourceKind::Hours => RefKind::Hours,
        ResourceKind::Queue => RefKind::Queue,
        ResourceKind::Module => RefKind::Module,
        ResourceKind::Flow => RefKind::Flow,
        _ => {
            let known = applying.arns.get(addr).cloned();
            let missing = || Failure::NotReady(format!("nobody told the ARN of {addr}"));
            return known.ok_or_else(missing);
        }
    };
    let target = applying
        .bindings
        .get(&flow::value::Ref::new(kind, &addr.name));
    let arn = target.map(|target| remote::bare(&target.arn).to_owned());
    arn.ok_or_else(|| Failure::Unbound(vec![flow::value::Ref::new(kind, &addr.name)]))
}
