//! Where an instance stores transcripts, recordings and records.

use serde_json::{Value, json};

use super::input::{Answer, Handler, Input, done, new_id, reply};
use super::state::{Instance, State, StorageAssociation};
use super::{errors, paging};
use crate::wire::ServiceError;

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "AssociateInstanceStorageConfig" => associate,
        "DescribeInstanceStorageConfig" => describe,
        "ListInstanceStorageConfigs" => list,
        "UpdateInstanceStorageConfig" => update,
        "DisassociateInstanceStorageConfig" => disassociate,
        _ => return None,
    })
}

fn associate(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let resource_type = input.required("ResourceType")?;
    let id = new_id();
    let config = config(input, &id)?;
    let mut others = instance.storage.values();
    if others.any(|other| other.resource_type == resource_type) {
        return Err(errors::conflict(format!(
            "{resource_type} has a storage configuration already"
        )));
    }
    let association = StorageAssociation {
        resource_type: resource_type.to_owned(),
        config,
    };
    instance.storage.insert(id.clone(), association);
    reply(json!({ "AssociationId": id }))
}

/// The configuration of the request, which must have the part that its type names.
fn config(input: &Input<'_>, id: &str) -> Result<Value, ServiceError> {
    let mut config = input
        .value("StorageConfig")
        .cloned()
        .ok_or_else(|| input.refuse("StorageConfig is required"))?;
    let part = match config["StorageType"].as_str() {
        Some("S3") => "S3Config",
        Some("KINESIS_VIDEO_STREAM") => "KinesisVideoStreamConfig",
        Some("KINESIS_STREAM") => "KinesisStreamConfig",
        _ => "KinesisFirehoseConfig",
    };
    if config[part].is_null() {
        return Err(errors::invalid_request(format!(
            "StorageConfig.{part} is required for its storage type"
        )));
    }
    config["AssociationId"] = id.into();
    Ok(config)
}

/// The association that the path names, if it is of the type that the query names.
fn locate<'s>(
    input: &Input<'_>,
    instance: &'s mut Instance,
) -> Result<&'s mut StorageAssociation, ServiceError> {
    let resource_type = input.query("resourceType");
    instance
        .storage
        .get_mut(input.path("AssociationId")?)
        .filter(|association| Some(association.resource_type.as_str()) == resource_type)
        .ok_or_else(|| errors::not_found("storage configuration"))
}

fn describe(input: &Input<'_>, state: &mut State) -> Answer {
    let association = locate(input, input.instance(state)?)?;
    reply(json!({ "StorageConfig": association.config }))
}

fn list(input: &Input<'_>, state: &mut State) -> Answer {
    let resource_type = input.query("resourceType");
    let configs = input
        .instance(state)?
        .storage
        .values()
        .filter(|association| Some(association.resource_type.as_str()) == resource_type)
        .map(|association| association.config.clone())
        .collect();
    paging::list(input, "StorageConfigs", configs)
}

fn update(input: &Input<'_>, state: &mut State) -> Answer {
    let config = config(input, input.path("AssociationId")?)?;
    locate(input, input.instance(state)?)?.config = config;
    done()
}

fn disassociate(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    locate(input, instance)?;
    instance.storage.shift_remove(input.path("AssociationId")?);
    done()
}
