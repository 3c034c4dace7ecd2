//! Versions of modules, which never change, and aliases, which point at them.

use serde_json::{Value, json};

use super::input::{Answer, Handler, Input, done, new_id, reply, timestamp};
use super::modules::locate;
use super::state::{ModuleAlias, ModuleRecord, ModuleVersion, State};
use super::{documents, errors, paging};
use crate::wire::ServiceError;

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateContactFlowModuleVersion" => create_version,
        "ListContactFlowModuleVersions" => list_versions,
        "DeleteContactFlowModuleVersion" => delete_version,
        "CreateContactFlowModuleAlias" => create_alias,
        "DescribeContactFlowModuleAlias" => describe_alias,
        "ListContactFlowModuleAliases" => list_aliases,
        "UpdateContactFlowModuleAlias" => update_alias,
        "DeleteContactFlowModuleAlias" => delete_alias,
        _ => return None,
    })
}

/// The module that the path names.
fn module<'s>(
    input: &Input<'_>,
    state: &'s mut State,
) -> Result<&'s mut ModuleRecord, ServiceError> {
    let instance = input.instance(state)?;
    let (id, _) = locate(input, instance)?;
    Ok(&mut instance.modules[&id])
}

fn create_version(input: &Input<'_>, state: &mut State) -> Answer {
    let record = module(input, state)?;
    let published = record.published.clone().ok_or_else(|| {
        errors::invalid_request("a module must be published before it can have versions")
    })?;
    let expected = input.text("FlowModuleContentSha256");
    if expected.is_some_and(|digest| digest != published.content.content.digest) {
        return Err(input.refuse("FlowModuleContentSha256 is not that of the published content"));
    }
    let number = record.last_version + 1;
    record.last_version = number;
    let description = input.text("Description").map(str::to_owned);
    record.versions.insert(
        number,
        ModuleVersion {
            description,
            published,
        },
    );
    let arn = format!("{}:{number}", record.head.arn);
    reply(json!({ "ContactFlowModuleArn": arn, "Version": number }))
}

fn list_versions(input: &Input<'_>, state: &mut State) -> Answer {
    let record = module(input, state)?;
    let versions = record.versions.iter();
    let described = versions.map(|(number, version)| (*number, version.description.as_deref()));
    let summaries = documents::version_summaries(&record.head.arn, described);
    paging::list(input, "ContactFlowModuleVersionSummaryList", summaries)
}

fn delete_version(input: &Input<'_>, state: &mut State) -> Answer {
    let record = module(input, state)?;
    let number = input.path("ContactFlowModuleVersion")?.parse().unwrap_or(0);
    let tied = record.aliases.values().any(|alias| alias.version == number);
    if tied {
        return Err(errors::invalid_request(format!(
            "Cannot delete version '{number}' tied to one alias"
        )));
    }
    match record.versions.remove(&number) {
        Some(_) => done(),
        None => Err(errors::not_found("module version")),
    }
}

/// The version that the request names, which must exist.
fn version(input: &Input<'_>, record: &ModuleRecord) -> Result<Option<u64>, ServiceError> {
    let Some(number) = input
        .value("ContactFlowModuleVersion")
        .and_then(Value::as_u64)
    else {
        return Ok(None);
    };
    if record.versions.contains_key(&number) {
        Ok(Some(number))
    } else {
        Err(errors::not_found("module version"))
    }
}

fn alias_name_is_free(
    record: &ModuleRecord,
    name: &str,
    except: Option<&str>,
) -> Result<(), ServiceError> {
    let taken = record
        .aliases
        .values()
        .any(|alias| alias.name == name && Some(alias.id.as_str()) != except);
    if taken {
        Err(errors::duplicate("an alias"))
    } else {
        Ok(())
    }
}

fn create_alias(input: &Input<'_>, state: &mut State) -> Answer {
    let record = module(input, state)?;
    let name = input.required("AliasName")?;
    alias_name_is_free(record, name, None)?;
    let version = version(input, record)?
        .ok_or_else(|| input.refuse("ContactFlowModuleVersion is required"))?;
    let alias = ModuleAlias {
        id: new_id(),
        name: name.to_owned(),
        version,
        description: input.text("Description").map(str::to_owned),
        modified: input.now,
    };
    let answer = json!({ "ContactFlowModuleArn": record.head.arn, "Id": alias.id });
    record.aliases.insert(alias.id.clone(), alias);
    reply(answer)
}

/// The alias that the path names by its id.
fn alias<'s>(
    input: &Input<'_>,
    record: &'s mut ModuleRecord,
) -> Result<&'s mut ModuleAlias, ServiceError> {
    record
        .aliases
        .get_mut(input.path("AliasId")?)
        .ok_or_else(|| errors::not_found("module alias"))
}

fn describe_alias(input: &Input<'_>, state: &mut State) -> Answer {
    let record = module(input, state)?;
    let (id, arn) = (record.head.id.clone(), record.head.arn.clone());
    let alias = alias(input, record)?;
    reply(json!({
        "ContactFlowModuleAlias": {
            "ContactFlowModuleId": id,
            "ContactFlowModuleArn": arn,
            "AliasId": alias.id,
            "Version": alias.version,
            "Name": alias.name,
            "Description": alias.description,
            "LastModifiedRegion": input.world.region,
            "LastModifiedTime": timestamp(alias.modified),
        }
    }))
}

fn list_aliases(input: &Input<'_>, state: &mut State) -> Answer {
    let record = module(input, state)?;
    let summaries = record
        .aliases
        .values()
        .map(|alias| {
            json!({
                // An alias has no ARN of its own: what runs it is the module's with its id.
                "Arn": format!("{}:{}", record.head.arn, alias.id),
                "AliasId": alias.id,
                "Version": alias.version,
                "AliasName": alias.name,
                "AliasDescription": alias.description,
                "LastModifiedTime": timestamp(alias.modified),
            })
        })
        .collect();
    paging::list(input, "ContactFlowModuleAliasSummaryList", summaries)
}

fn update_alias(input: &Input<'_>, state: &mut State) -> Answer {
    let record = module(input, state)?;
    let id = alias(input, record)?.id.clone();
    if let Some(name) = input.text("Name") {
        alias_name_is_free(record, name, Some(&id))?;
    }
    let version = version(input, record)?;
    let alias = alias(input, record)?;
    if let Some(name) = input.text("Name") {
        name.clone_into(&mut alias.name);
    }
    if let Some(description) = input.text("Description") {
        alias.description = Some(description.to_owned());
    }
    alias.version = version.unwrap_or(alias.version);
    alias.modified = input.now;
    done()
}

fn delete_alias(input: &Input<'_>, state: &mut State) -> Answer {
    let record = module(input, state)?;
    let id = alias(input, record)?.id.clone();
    record.aliases.shift_remove(&id);
    done()
}
