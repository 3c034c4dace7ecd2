//! How identifiers of actions are shown.

use flow::model::ActionId;

use crate::view::visible;

/// The characters of an identifier of the console that tell it from others.
const TELLING: usize = 8;

/// An identifier as people can read it: of one that the console has made up, the beginning.
pub(crate) fn name(id: &ActionId) -> String {
    let text = id.as_str();
    match text.get(..TELLING) {
        Some(beginning) if is_made_up(id) => format!("{beginning}…"),
        _ => visible(text),
    }
}

/// Whether an identifier is one that the console makes: letters a to f, digits, 36 characters.
pub(crate) fn is_made_up(id: &ActionId) -> bool {
    let id = id.as_str();
    let is_part = |it: char| it.is_ascii_hexdigit() || it == '-';
    id.len() == 36 && id.chars().all(is_part)
}
