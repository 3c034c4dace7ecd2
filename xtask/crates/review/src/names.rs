//! How identifiers of actions are shown.

use flow::identifiers::is_uuid;
use flow::model::ActionId;

use crate::view::visible;

/// The characters of an identifier of the console that tell it from others.
const TELLING: usize = 8;

/// An identifier as people can read it: of one that the console has made up, the beginning.
pub(crate) fn name(id: &ActionId) -> String {
    let text = id.as_str();
    match text.get(..TELLING) {
        Some(beginning) if is_uuid(text) => format!("{beginning}…"),
        _ => visible(text),
    }
}
