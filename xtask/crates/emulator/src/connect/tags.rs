//! Tags on everything of an instance that can have them, by ARN.

use serde_json::json;

use super::errors;
use super::input::{Answer, Handler, Input, done, reply};
use super::state::{Instance, Kind, Record, Shelf, State, Tags};
use crate::wire::ServiceError;

/// Tags that a resource can have.
const MOST_TAGS: usize = 50;

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "TagResource" => tag,
        "UntagResource" => untag,
        "ListTagsForResource" => list,
        _ => return None,
    })
}

/// The tags of the resource that the path names.
fn tags<'s>(input: &Input<'_>, state: &'s mut State) -> Result<&'s mut Tags, ServiceError> {
    let arn = input.path("resourceArn")?;
    if !arn.starts_with("arn:") {
        return Err(input.refuse("resourceArn is not an ARN"));
    }
    state
        .instance_mut(arn)
        .and_then(|instance| of_resource(instance, arn))
        .ok_or_else(|| errors::not_found("resource"))
}

/// The tags of a resource, by its ARN; none if there is no such resource.
pub(crate) fn tags_of(state: &mut State, arn: &str) -> Tags {
    let instance = state.instance_mut(arn);
    let tags = instance.and_then(|instance| of_resource(instance, arn));
    tags.cloned().unwrap_or_default()
}

fn of_resource<'s>(instance: &'s mut Instance, arn: &str) -> Option<&'s mut Tags> {
    let local = arn.strip_prefix(instance.arn.as_str())?;
    if local.is_empty() {
        return Some(&mut instance.tags);
    }
    let (segment, id) = local.strip_prefix('/')?.split_once('/')?;
    let is = |kind: Kind| kind.arn_segment() == segment;
    if is(Kind::Flow) {
        of_record(&mut instance.flows, id)
    } else if is(Kind::Module) {
        of_record(&mut instance.modules, id)
    } else if is(Kind::Queue) {
        of_record(&mut instance.queues, id)
    } else if is(Kind::Hours) {
        of_record(&mut instance.hours, id)
    } else if is(Kind::RoutingProfile) {
        of_record(&mut instance.routing_profiles, id)
    } else if is(Kind::SecurityProfile) {
        of_record(&mut instance.security_profiles, id)
    } else if is(Kind::QuickConnect) {
        of_record(&mut instance.quick_connects, id)
    } else if is(Kind::Prompt) {
        of_record(&mut instance.prompts, id)
    } else if is(Kind::View) {
        of_record(&mut instance.views, id)
    } else {
        let shelves = [
            (Kind::User, &mut instance.users),
            (Kind::AgentStatus, &mut instance.agent_statuses),
            (Kind::Integration, &mut instance.integrations),
        ];
        let (_, shelf) = shelves.into_iter().find(|(kind, _)| is(*kind))?;
        Some(&mut shelf.get_mut(id)?.head.tags)
    }
}

fn of_record<'s, T: Record>(shelf: &'s mut Shelf<T>, id: &str) -> Option<&'s mut Tags> {
    Some(&mut shelf.get_mut(id)?.head_mut().tags)
}

fn tag(input: &Input<'_>, state: &mut State) -> Answer {
    let tags = tags(input, state)?;
    let mut all = tags.clone();
    all.extend(input.tags());
    if all.len() > MOST_TAGS {
        return Err(input.refuse(format!("a resource has at most {MOST_TAGS} tags")));
    }
    *tags = all;
    done()
}

fn untag(input: &Input<'_>, state: &mut State) -> Answer {
    let tags = tags(input, state)?;
    for key in input.query_all("tagKeys") {
        tags.remove(key);
    }
    done()
}

fn list(input: &Input<'_>, state: &mut State) -> Answer {
    let tags = tags(input, state)?;
    reply(json!({ "tags": tags }))
}
