//! The ways out of an action as the author wrote them, and where they lead.

use flow::model::ActionId;

use super::value::is_template;
use super::{Lowering, Place};
use crate::fields::Fields;
use crate::rule;
use crate::suggest;
use crate::yaml::{Entry, Kind, Scalar};

/// The ways out as the author wrote them.
pub(super) struct Exits<'a> {
    pub(super) next: Option<&'a Entry>,
    pub(super) on: Fields<'a>,
    /// `on` is there and no map, so that nobody knows which branches it was to have.
    on_is_unreadable: bool,
    /// `when`, `otherwise`, `parameters` and whatever else a form has beside its body.
    pub(super) rest: Fields<'a>,
}

impl<'a> Lowering<'a> {
    /// The ways out among the keys of an action.
    pub(super) fn exits(&mut self, mut fields: Fields<'a>) -> Exits<'a> {
        let next = fields.take("next");
        let mut on = Fields::default();
        let mut on_is_unreadable = false;
        if let Some(entry) = fields.take("on") {
            match Fields::of(&entry.value) {
                Some(branches) => on = branches,
                None => {
                    on_is_unreadable = true;
                    let described = entry.value.described();
                    let label = format!("a map is expected here, this is {described}");
                    let headline = "`on` is not a map";
                    self.error(&rule::UNEXPECTED_SHAPE, &entry.value, headline, label);
                }
            }
        }
        let rest = fields;
        Exits {
            next,
            on,
            on_is_unreadable,
            rest,
        }
    }

    /// The action that a name leads to. Unknown names are reported and kept.
    pub(super) fn known_action(&mut self, name: &Scalar, headline: &str) -> ActionId {
        if is_template(name) {
            let label = "a flow leads to the same actions in every environment";
            self.error_at(
                &rule::TEMPLATE_IN_STRUCTURE,
                name,
                "template in a transition",
                label,
            );
            return ActionId::new(name.text.as_str());
        }
        if let Some(id) = self.entries.get(name.text.as_str()) {
            return id.clone();
        }
        let document = self.document;
        let noun = document.noun();
        let near = suggest::nearest(&name.text, self.entries.keys().copied());
        let help = near.map(|near| format!("an action with a similar name exists: `{near}`"));
        let label = format!(
            "no action `{}` in {noun} `{}`",
            name.text, document.name.text
        );
        self.error_at(&rule::UNKNOWN_NEXT_ACTION, name, headline, label)
            .help = help;
        ActionId::new(name.text.as_str())
    }

    /// The action under a key of transitions.
    pub(super) fn target(&mut self, entry: &Entry) -> Option<ActionId> {
        match &entry.value.kind {
            Kind::Scalar(scalar) if !scalar.is_null() => {
                Some(self.known_action(scalar, "transition to an action that does not exist"))
            }
            _ => {
                let described = entry.value.described();
                let headline = format!("`{}` leads to no action", entry.key.text);
                let label = format!("the name of an action is expected here, this is {described}");
                let empty = entry.value.range.is_empty();
                let at = if empty {
                    self.span(&entry.key)
                } else {
                    self.node_span(&entry.value)
                };
                self.report(rule::UNEXPECTED_SHAPE.error(headline, at, label));
                None
            }
        }
    }

    /// Where `next` leads; every action that goes on needs one.
    pub(super) fn next(&mut self, place: &Place<'_>, exits: &Exits<'_>) -> Option<ActionId> {
        if let Some(next) = exits.next {
            return self.target(next);
        }
        let headline = format!("action `{}` leads nowhere", place.name.text);
        let label = "nothing says what comes after it";
        self.error_at(&rule::MISSING_WAY_OUT, place.name, headline, label)
            .help = Some("add `next: <action>`".to_owned());
        None
    }

    /// Where a branch under `on` leads, if the author says.
    pub(super) fn branch(&mut self, exits: &mut Exits<'a>, name: &'static str) -> Option<ActionId> {
        let entry = exits.on.take(name)?;
        self.target(entry)
    }

    /// Where a branch under `on` leads that the author has to decide.
    pub(super) fn needed_branch(
        &mut self,
        place: &Place<'_>,
        exits: &mut Exits<'a>,
        name: &'static str,
    ) -> Option<ActionId> {
        if exits.on.has(name) {
            return self.branch(exits, name);
        }
        // Asked for all the same, so that it is among the suggestions.
        let _ = exits.on.take(name);
        if exits.on_is_unreadable || exits.on.has_slip_of(name) {
            return None;
        }
        let headline = format!("action `{}` has no branch `{name}`", place.name.text);
        let label = format!("nothing says what comes after `{name}`");
        self.error_at(&rule::MISSING_WAY_OUT, place.name, headline, label)
            .help = Some(format!("add `on: {{ {name}: <action> }}`"));
        None
    }

    /// Reports branches and keys that the form does not have.
    pub(super) fn no_more(&mut self, place: &Place<'_>, exits: Exits<'a>) {
        let document = self.document;
        let span = |entry: &Entry| document.span(&entry.key);
        let what = format!("`{}`", place.called);
        exits
            .on
            .refuse_rest_as(&rule::UNKNOWN_BRANCH, "branch", &what, span, self.diags);
        let what = format!("an action with `{}`", place.called);
        exits.rest.refuse_rest(&what, span, self.diags);
    }

    /// Reports a `next` where the branches say it all.
    pub(super) fn no_next(&mut self, place: &Place<'_>, exits: &Exits<'_>, instead: &str) {
        if let Some(next) = exits.next {
            let headline = format!("`{}` has no `next`", place.called);
            let label = format!("{instead} say what comes after it");
            self.error_at(&rule::UNKNOWN_KEY, &next.key, headline, label);
        }
    }

    /// Reports any way out of an action that ends the flow, and forgets it.
    pub(super) fn no_way_out(&mut self, place: &Place<'_>, exits: &mut Exits<'a>) {
        self.ways_out_of_last(place, exits);
        exits.on = Fields::default();
        for key in ["conditions", "errors"] {
            exits.rest.take_stray(key);
        }
    }

    /// Reports any way out of an action that ends the flow.
    pub(super) fn ways_out_of_last(&mut self, place: &Place<'_>, exits: &Exits<'a>) {
        let is_way = |it: &&&Entry| matches!(it.key.text.as_str(), "conditions" | "errors");
        let ways = exits.next.iter().chain(exits.on.rest());
        for entry in ways.chain(exits.rest.rest().iter().filter(is_way)) {
            let headline = format!("transition out of `{}`", place.called);
            let label = "nothing comes after the action that ends the flow";
            self.error_at(&rule::WAY_OUT_OF_LAST_ACTION, &entry.key, headline, label);
        }
    }
}
