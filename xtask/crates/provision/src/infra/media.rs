//! The sections `prompts` and `views`: what flows play and show.

use serde_json::Value as Json;

use super::names::{is_view_text, short_text};
use super::{Mentioned, Section};
use crate::rules;
use crate::yaml::Node;

/// A recording that flows play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptSpec {
    pub description: Option<String>,
    /// The name under which environments know the bucket.
    pub bucket: String,
    pub key: String,
}

/// A page that flows show to people.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewSpec {
    pub description: Option<String>,
    /// Whether flows show it; else it is a draft.
    pub is_published: bool,
    /// Whether what is published becomes a version each time.
    pub keeps_versions: bool,
    /// A JSON object.
    pub template: Json,
    pub actions: Vec<String>,
}

/// `PromptDescription` and `ViewDescription` of the service model.
pub(crate) const LONGEST_PROMPT_DESCRIPTION: usize = 250;
pub(crate) const LONGEST_VIEW_DESCRIPTION: usize = 4096;
pub(crate) const LONGEST_ACTION: usize = 255;
/// Documented for the content of a view; a kB is taken as 1000 bytes to be on the safe side.
const LARGEST_TEMPLATE: usize = 400 * 1000;

pub(super) fn prompt(section: &mut Section<'_>, node: &Node) -> Option<PromptSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "a prompt")?;
    let description = fields.optional("description");
    let bucket = fields.required("bucket");
    let key = fields.required("key").and_then(|n| reader.text(n));
    fields.finish();
    let description = description.and_then(|n| short_text(section, n, LONGEST_PROMPT_DESCRIPTION));
    let bucket = bucket.and_then(|n| section.mention(Mentioned::Bucket, n));
    Some(PromptSpec {
        description,
        bucket: bucket?,
        key: key?,
    })
}

pub(super) fn view(section: &mut Section<'_>, node: &Node) -> Option<ViewSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "a view")?;
    let description = fields.optional("description");
    let status = fields.optional("status");
    let versions = fields.optional("versions");
    let inline = fields.optional("template");
    let file = fields.optional("template_file");
    let actions = fields.optional("actions");
    fields.finish();
    let words = [("published", true), ("saved", false)];
    let is_published = status.map_or(Some(true), |n| reader.word(n, &words));
    let description = description.and_then(|n| short_text(section, n, LONGEST_VIEW_DESCRIPTION));
    let template = match (inline, file) {
        (Some(inline), None) => object(section, inline, reader.json(inline)),
        (None, Some(file)) => template_file(section, file),
        _ => {
            let headline = "a view that has not one template";
            let span = reader.span(node.range.clone());
            let diag = rules::INVALID_VALUE.at(headline, span, "");
            let help = "write the template under `template`, or name its file in `template_file`";
            reader.push(diag.with_help(help));
            None
        }
    };
    let actions = actions.map_or(Some(Vec::new()), |n| read_actions(section, n));
    Some(ViewSpec {
        description,
        is_published: is_published?,
        keeps_versions: versions.and_then(|n| reader.boolean(n)).unwrap_or(false),
        template: template?,
        actions: actions?,
    })
}

/// A template is a JSON object of at most 400 kB.
fn object(section: &Section<'_>, node: &Node, json: Option<Json>) -> Option<Json> {
    let json = json?;
    let reader = section.reader;
    let size = json.to_string().len();
    let headline = if !json.is_object() {
        "a template that is not an object".to_owned()
    } else if size > LARGEST_TEMPLATE {
        format!("a template of {size} bytes; the service takes {LARGEST_TEMPLATE}")
    } else {
        return Some(json);
    };
    reader.report(rules::INVALID_VALUE, headline, node.range.clone(), "");
    None
}

fn template_file(section: &Section<'_>, node: &Node) -> Option<Json> {
    let text = section.attachment(node)?;
    match serde_json::from_slice(&text) {
        Ok(json) => object(section, node, Some(json)),
        Err(error) => {
            let headline = "a template that is not JSON";
            let range = node.range.clone();
            let reader = section.reader;
            reader.report(rules::INVALID_VALUE, headline, range, error.to_string());
            None
        }
    }
}

fn read_actions(section: &Section<'_>, node: &Node) -> Option<Vec<String>> {
    let reader = section.reader;
    let actions = reader.list(node)?.iter().filter_map(|item| {
        let action = short_text(section, item, LONGEST_ACTION)?;
        if !is_view_text(&action, "") {
            let headline = format!("`{action}` cannot be an action of a view");
            let label = "letters, digits, inner spaces and `_ . : / = + - @ ( ) '`";
            let range = item.range.clone();
            reader.report(rules::INVALID_VALUE, headline, range, label);
            return None;
        }
        Some(action)
    });
    Some(actions.collect())
}
