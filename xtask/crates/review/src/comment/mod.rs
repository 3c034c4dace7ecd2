//! The comment on a pull request: all of a review that a reader of the pull request needs, in the
//! room that forges give.

mod budget;
mod note;
mod parts;

use budget::{Part, fit};
use note::Cut;

use crate::review::Review;

/// The first line of a comment. By it the next one finds the comment to replace.
pub const MARKER: &str = "<!-- flowyard review -->";

/// GitHub refuses more than 65,536 characters. Whoever counts may count UTF-16 units or bytes, and
/// bytes are never fewer; a little is left for what a forge or an action adds.
pub const LIMIT: usize = 65_000;

/// What the comment says beside the review.
#[derive(Clone, Debug)]
pub struct Options {
    /// The revision that the change is based on, as the commands take it: `origin/main`.
    pub base: String,
}

/// All that is said about what was left out fits into this.
const NOTES: usize = 1_500;

/// The comment in Markdown, at most [`LIMIT`] bytes. The review has to be redacted already.
pub fn comment(review: &Review, options: &Options) -> String {
    let (kinds, parts): (Vec<_>, Vec<Part>) = parts::of(review, options).into_iter().unzip();
    let chosen = fit(&parts, LIMIT - NOTES);
    let mut cut = Cut::default();
    for ((kind, part), form) in kinds.iter().zip(&parts).zip(&chosen) {
        cut.count(*kind, part, *form);
    }
    let mut text = String::new();
    for ((kind, part), form) in kinds.iter().zip(&parts).zip(&chosen) {
        text.push_str(&cut.note(*kind));
        text.push_str(part.forms.get(*form).map_or("", |it| it.text.as_str()));
    }
    text
}
