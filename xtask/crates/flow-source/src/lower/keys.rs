//! The keys of an action's body: asked for one by one, the rest reported.

use super::{Lowering, Place};
use crate::fields::Fields;
use crate::rule;
use crate::yaml::{Entry, Kind, Node};

impl<'a> Lowering<'a> {
    /// The keys of a form's body, which has to be a map.
    pub(super) fn body(&mut self, place: &Place<'_>, body: &'a Node) -> Option<Fields<'a>> {
        let what = format!("`{}`", place.form.text);
        if body.range.is_empty() {
            let headline = format!("{what} is not a map");
            let label = "a map is expected here, this is nothing";
            self.error_at(&rule::UNEXPECTED_SHAPE, place.form, headline, label);
            return None;
        }
        self.fields(body, &what)
    }

    /// The keys of a node that has to be a map.
    pub(super) fn fields(&mut self, node: &'a Node, what: &str) -> Option<Fields<'a>> {
        let fields = Fields::of(node);
        if fields.is_none() {
            let headline = format!("{what} is not a map");
            let label = format!("a map is expected here, this is {}", node.described());
            self.error(&rule::UNEXPECTED_SHAPE, node, headline, label);
        }
        fields
    }

    /// The entry of a key that has to be there.
    pub(super) fn needed_key(
        &mut self,
        place: &Place<'_>,
        fields: &mut Fields<'a>,
        key: &'static str,
    ) -> Option<&'a Entry> {
        let entry = fields.take(key);
        if entry.is_none() && !fields.has_slip_of(key) {
            let headline = format!("missing key `{key}`");
            let label = format!("`{}` needs `{key}`", place.form.text);
            self.error_at(&rule::MISSING_KEY, place.form, headline, label);
        }
        entry
    }

    pub(super) fn no_more_keys(&mut self, fields: Fields<'a>, what: &str) {
        let document = self.document;
        fields.refuse_rest(what, |entry| document.span(&entry.key), self.diags);
    }

    /// Reports a body where there is nothing to say.
    pub(super) fn no_body(&mut self, place: &Place<'_>, body: &'a Node) {
        let is_empty_map = matches!(&body.kind, Kind::Map(entries) if entries.is_empty());
        if !is_empty_map && !body.is_null() {
            let headline = format!("`{}` takes nothing", place.form.text);
            let help = format!("write `{}: {{}}`", place.form.text);
            let label = "nothing is expected here";
            self.error(&rule::UNEXPECTED_SHAPE, body, headline, label)
                .help = Some(help);
        }
    }
}
