//! Prompts: recordings that flows play. Only where a recording came from is kept, not its sound.

use serde_json::{Value, json};

use super::input::{Answer, Handler, Input, done, name_is_free, reply};
use super::paging;
use super::search::{Fields, matches};
use super::state::{Kind, Prompt, State};

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreatePrompt" => create,
        "DescribePrompt" => describe,
        "ListPrompts" => list,
        "SearchPrompts" => search,
        "UpdatePrompt" => update,
        "DeletePrompt" => delete,
        _ => return None,
    })
}

fn create(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let head = input.new_head(instance, Kind::Prompt)?;
    name_is_free(instance.prompts.values(), &head.name, None)?;
    let s3_uri = Some(input.required("S3Uri")?.to_owned());
    let answer = json!({ "PromptARN": head.arn, "PromptId": head.id });
    let prompt = Prompt { head, s3_uri };
    instance.prompts.insert(prompt.head.id.clone(), prompt);
    reply(answer)
}

fn describe(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let id = input.locate(&instance.prompts, &instance.arn, "PromptId")?;
    reply(json!({ "Prompt": members(input, &instance.prompts[&id]) }))
}

/// Where the recording came from is not told.
fn members(input: &Input<'_>, prompt: &Prompt) -> Value {
    let [time, region] = input.modified(&prompt.head);
    json!({
        "PromptARN": prompt.head.arn,
        "PromptId": prompt.head.id,
        "Name": prompt.head.name,
        "Description": prompt.head.description,
        "Tags": prompt.head.tags,
        "LastModifiedTime": time,
        "LastModifiedRegion": region,
    })
}

fn list(input: &Input<'_>, state: &mut State) -> Answer {
    let prompts = input.instance(state)?.prompts.values();
    let summaries = prompts.map(|it| input.summary(&it.head)).collect();
    paging::list(input, "PromptSummaryList", summaries)
}

fn search(input: &Input<'_>, state: &mut State) -> Answer {
    let mut found = Vec::new();
    for prompt in input.instance(state)?.prompts.values() {
        let fields = Fields {
            head: &prompt.head,
            conditions: &[],
        };
        if matches(input, &fields)? {
            found.push(members(input, prompt));
        }
    }
    paging::search(input, "Prompts", found)
}

fn update(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let shelf = &mut instance.prompts;
    let id = input.locate(shelf, &instance.arn, "PromptId")?;
    // Of a name that is taken this operation models no error of its own.
    if let Some(name) = input.text("Name") {
        name_is_free(shelf.values(), name, Some(&id))
            .map_err(|_| input.refuse("Name is that of another prompt"))?;
    }
    input.rename(shelf, &instance.arn, "PromptId")?;
    let prompt = &mut shelf[&id];
    if let Some(uri) = input.text("S3Uri") {
        prompt.s3_uri = Some(uri.to_owned());
    }
    reply(json!({ "PromptARN": prompt.head.arn, "PromptId": prompt.head.id }))
}

fn delete(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let id = input.locate(&instance.prompts, &instance.arn, "PromptId")?;
    instance.prompts.shift_remove(&id);
    done()
}
