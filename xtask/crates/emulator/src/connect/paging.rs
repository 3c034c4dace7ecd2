//! Lists in pages: `MaxResults` in, `NextToken` out and in again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::input::{Answer, Input, reply};
use super::inputs;
use crate::wire::ServiceError;

/// The size of a page when the client does not say, where the operation allows that many.
/// Documented for ListContactFlows and the lists of versions; assumed for the others.
const DEFAULT_PAGE: usize = 100;

/// Answers with the page of `items` that the request asks for, under the name `member`.
pub(super) fn list(input: &Input<'_>, member: &str, items: Vec<Value>) -> Answer {
    list_with(input, member, items, Map::new())
}

/// As [`list`], with the number of all matches.
pub(super) fn search(input: &Input<'_>, member: &str, items: Vec<Value>) -> Answer {
    let mut further = Map::new();
    further.insert("ApproximateTotalCount".into(), items.len().into());
    list_with(input, member, items, further)
}

/// As [`list`], with further members beside the page.
pub(super) fn list_with(
    input: &Input<'_>,
    member: &str,
    mut items: Vec<Value>,
    mut further: Map<String, Value>,
) -> Answer {
    let start = start(input)?;
    let size = page_size(input);
    let end = start.saturating_add(size).min(items.len());
    if end < items.len() {
        further.insert("NextToken".into(), token(input, end).into());
    }
    items.truncate(end);
    items.drain(..start.min(end));
    further.insert(member.into(), items.into());
    reply(further.into())
}

fn page_size(input: &Input<'_>) -> usize {
    let largest = inputs::largest_page(input.route.operation).unwrap_or(DEFAULT_PAGE);
    let asked = input
        .query("maxResults")
        .and_then(|text| text.parse().ok())
        .or_else(|| input.value("MaxResults").and_then(Value::as_u64))
        .and_then(|size| usize::try_from(size).ok());
    asked.unwrap_or(DEFAULT_PAGE).min(largest)
}

/// Tokens are opaque to clients: the operation and where its next page starts.
fn token(input: &Input<'_>, start: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{start}", input.route.operation))
}

fn start(input: &Input<'_>) -> Result<usize, ServiceError> {
    let Some(token) = input
        .query("nextToken")
        .or_else(|| input.text("NextToken"))
        .filter(|token| !token.is_empty())
    else {
        return Ok(0);
    };
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| {
            let (operation, start) = text.split_once(':')?;
            (operation == input.route.operation).then_some(start.parse().ok()?)
        })
        .ok_or_else(|| input.refuse("NextToken is not one that this operation returned"))
}
