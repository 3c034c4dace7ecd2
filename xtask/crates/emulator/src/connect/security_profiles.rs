//! Security profiles: what people who sign in may do. The names of permissions are texts here; the
//! service knows which there are.

use serde_json::{Map, Value, json};

use super::input::{Answer, Handler, Input, done, name_is_free, reply};
use super::search::{Fields, matches};
use super::state::{Kind, SecurityProfile, State};
use super::{errors, paging};

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateSecurityProfile" => create,
        "DescribeSecurityProfile" => describe,
        "ListSecurityProfiles" => list,
        "SearchSecurityProfiles" => search,
        "ListSecurityProfilePermissions" => list_permissions,
        "UpdateSecurityProfile" => update,
        "DeleteSecurityProfile" => delete,
        _ => return None,
    })
}

/// The members that are kept as they were given and that a description shows.
const DETAILS: [&str; 5] = [
    "AllowedAccessControlTags",
    "TagRestrictedResources",
    "HierarchyRestrictedResources",
    "AllowedAccessControlHierarchyGroupId",
    "GranularAccessControlConfiguration",
];

/// Members whose lists no operation here would show.
const NOT_EMULATED: [&str; 2] = ["Applications", "AllowedFlowModules"];

fn details(input: &Input<'_>) -> Map<String, Value> {
    let given = DETAILS.iter().filter_map(|name| {
        let value = input.value(name)?.clone();
        Some(((*name).to_owned(), value))
    });
    given.collect()
}

fn permissions(input: &Input<'_>) -> impl Iterator<Item = String> {
    let permissions = input.list("Permissions").iter();
    permissions.filter_map(Value::as_str).map(str::to_owned)
}

fn create(input: &Input<'_>, state: &mut State) -> Answer {
    input.not_emulated(&NOT_EMULATED)?;
    let instance = input.instance(state)?;
    let name = input.required("SecurityProfileName")?;
    name_is_free(instance.security_profiles.values(), name, None)?;
    let profile = SecurityProfile {
        head: input.head_of(instance, Kind::SecurityProfile, name),
        permissions: permissions(input).collect(),
        details: details(input),
    };
    let answer = json!({
        "SecurityProfileId": profile.head.id,
        "SecurityProfileArn": profile.head.arn,
    });
    let id = profile.head.id.clone();
    instance.security_profiles.insert(id, profile);
    reply(answer)
}

fn describe(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let shelf = &instance.security_profiles;
    let id = input.locate(shelf, &instance.arn, "SecurityProfileId")?;
    reply(json!({ "SecurityProfile": members(input, &shelf[&id], &instance.id) }))
}

fn members(input: &Input<'_>, profile: &SecurityProfile, instance_id: &str) -> Value {
    let [time, region] = input.modified(&profile.head);
    let mut members = json!({
        "Id": profile.head.id,
        "OrganizationResourceId": instance_id,
        "Arn": profile.head.arn,
        "SecurityProfileName": profile.head.name,
        "Description": profile.head.description,
        "Tags": profile.head.tags,
        "LastModifiedTime": time,
        "LastModifiedRegion": region,
    });
    for (name, value) in &profile.details {
        members[name] = value.clone();
    }
    members
}

fn list(input: &Input<'_>, state: &mut State) -> Answer {
    let profiles = input.instance(state)?.security_profiles.values();
    let summaries = profiles.map(|it| input.summary(&it.head)).collect();
    paging::list(input, "SecurityProfileSummaryList", summaries)
}

fn search(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let mut found = Vec::new();
    for profile in instance.security_profiles.values() {
        let fields = Fields {
            head: &profile.head,
            conditions: &[],
        };
        if matches(input, &fields)? {
            found.push(members(input, profile, &instance.id));
        }
    }
    paging::search(input, "SecurityProfiles", found)
}

fn list_permissions(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let shelf = &instance.security_profiles;
    let id = input.locate(shelf, &instance.arn, "SecurityProfileId")?;
    let [time, region] = input.modified(&shelf[&id].head);
    let mut further = Map::new();
    further.insert("LastModifiedTime".to_owned(), time);
    further.insert("LastModifiedRegion".to_owned(), region);
    let permissions = shelf[&id].permissions.iter();
    let permissions = permissions.map(|it| it.as_str().into()).collect();
    paging::list_with(input, "Permissions", permissions, further)
}

/// What the request does not name stays as it is.
fn update(input: &Input<'_>, state: &mut State) -> Answer {
    input.not_emulated(&NOT_EMULATED)?;
    let instance = input.instance(state)?;
    let shelf = &mut instance.security_profiles;
    let profile = input.change(shelf, &instance.arn, "SecurityProfileId")?;
    if let Some(description) = input.text("Description") {
        profile.head.description = Some(description.to_owned());
    }
    if input.value("Permissions").is_some() {
        profile.permissions = permissions(input).collect();
    }
    profile.details.extend(details(input));
    done()
}

/// A profile that somebody has stays.
fn delete(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let shelf = &mut instance.security_profiles;
    let id = input.locate(shelf, &instance.arn, "SecurityProfileId")?;
    let user = instance.users.values().find(|user| {
        let ids = user.details["SecurityProfileIds"].as_array();
        ids.into_iter().flatten().any(|it| *it == *id)
    });
    if let Some(user) = user {
        return Err(errors::in_use("USER", &user.head.id));
    }
    shelf.shift_remove(&id);
    done()
}
