//! The ways out of an action as the author wrote them, and where they lead.

use flow::catalogue;
use flow::model::{ActionId, ActionKind, Condition, ErrorBranch, Transitions};
use flow::value::Value;

use super::keys::Keys;
use super::value::is_template;
use super::{Lowering, Place};
use crate::expand::Found;
use crate::forms::{Branch, Next, OTHERWISE, Presence, Unsaid, ValueKind, Way};
use crate::rule;
use crate::suggest;
use crate::yaml::{Entry, Kind, Scalar};

/// The ways out as the author wrote them.
pub(super) struct Exits<'a> {
    pub(super) next: Option<&'a Entry>,
    pub(super) on: Keys<'a>,
    /// `on` is there and no map, so that nobody knows which branches it was to have.
    on_is_unreadable: bool,
    /// All keys of the action.
    pub(super) beside: Keys<'a>,
}

/// Where one branch leads.
enum Target {
    Action(ActionId),
    /// Reported, or left out by the author.
    None,
    Unsaid,
}

/// Where the branches of a form lead, in the order of the table.
pub(super) struct Targets {
    branches: &'static [Branch],
    targets: Vec<Target>,
}

impl Targets {
    /// The target of a branch, said or not.
    pub(super) fn get(&self, key: &str) -> Option<&ActionId> {
        let n = self.branches.iter().position(|it| it.key == key)?;
        match self.targets.get(n)? {
            Target::Action(id) => Some(id),
            Target::None | Target::Unsaid => None,
        }
    }
}

impl<'a> Lowering<'a> {
    /// The ways out among the keys of an action. Branches and keys that the form does not have are
    /// reported.
    pub(super) fn exits(&mut self, place: &Place<'_>, beside: Keys<'a>) -> Exits<'a> {
        let mut on = Keys::default();
        let mut on_is_unreadable = false;
        if let Some(entry) = beside.get("on") {
            match Keys::of(&entry.value) {
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
        self.only_known(place, beside, on);
        Exits {
            next: beside.get("next"),
            on,
            on_is_unreadable,
            beside,
        }
    }

    fn only_known(&mut self, place: &Place<'_>, beside: Keys<'a>, on: Keys<'a>) {
        let spec = place.spec;
        let is_last = spec.next == Next::Nothing;
        // These have messages of their own.
        let is_stray = |word: &str| match word {
            "next" | "on" => true,
            "conditions" | "errors" => is_last,
            _ => word == spec.key,
        };
        let words = || spec.words_beside();
        for entry in beside.iter() {
            let word = entry.key.text.as_str();
            if !is_stray(word) && !words().any(|it| it == word) {
                let what = || format!("an action with `{}`", place.called);
                self.only(beside.one(entry), &rule::UNKNOWN_KEY, "key", what, words);
            }
        }
        // Nor are those under `on` of an action that ends the flow, or of one in its own terms.
        // Which branches a wait has, hangs on what it waits for.
        if !is_last && !place.is_raw() && spec.key != "wait" {
            let known = || spec.branches.iter().map(|it| it.key);
            self.only_branches_of(place, on, || known().filter(|it| *it != OTHERWISE));
        }
    }

    /// Reports branches that this variant of a form does not have.
    pub(super) fn only_branches<I: Iterator<Item = &'static str>>(
        &mut self,
        place: &Place<'_>,
        exits: &Exits<'a>,
        known: impl Fn() -> I,
    ) {
        self.only_branches_of(place, exits.on, known);
    }

    fn only_branches_of<I: Iterator<Item = &'static str>>(
        &mut self,
        place: &Place<'_>,
        on: Keys<'a>,
        known: impl Fn() -> I,
    ) {
        let what = || format!("`{}`", place.called);
        self.only(on, &rule::UNKNOWN_BRANCH, "branch", what, known);
    }

    /// The transitions of a form, by its table.
    pub(super) fn ways(
        &mut self,
        place: &Place<'_>,
        exits: &Exits<'a>,
        body: Keys<'a>,
    ) -> Transitions {
        let mut ways = Transitions::default();
        match place.spec.next {
            Next::Needed => ways.next = self.next(place, exits),
            Next::Repeats(_) => self.no_next(place, exits),
            Next::Nothing => {
                self.ways_out_of_last(place, exits);
                return ways;
            }
        }
        for key in place.spec.beside {
            let ValueKind::Conditions(terms) = key.kind else {
                continue;
            };
            match exits.beside.get(key.key) {
                Some(entry) => ways.conditions = self.conditions(&entry.value, terms),
                None if key.presence == Presence::Needed => {
                    self.missing_beside(place, exits, key.key);
                }
                None => {}
            }
        }
        let has_key = |key: &str| body.has(key);
        let targets = self.targets(place, exits, ways.next.as_ref(), |_| true, has_key);
        if let Next::Repeats(branch) = place.spec.next {
            ways.next = targets.get(branch).cloned();
        }
        targets.put_into(&mut ways);
        ways
    }

    /// Where the branches of a form lead, those that it has in this variant.
    pub(super) fn targets(
        &mut self,
        place: &Place<'_>,
        exits: &Exits<'a>,
        next: Option<&ActionId>,
        is_there: impl Fn(&Branch) -> bool,
        has_key: impl Fn(&str) -> bool,
    ) -> Targets {
        let branches = place.spec.branches;
        let mut targets = Vec::with_capacity(branches.len());
        for branch in branches {
            targets.push(if is_there(branch) {
                self.said(place, exits, branch)
            } else {
                Target::None
            });
        }
        for n in 0..targets.len() {
            if let Target::Unsaid = targets[n] {
                targets[n] = unsaid(branches, &targets, n, next, &has_key);
            }
        }
        Targets { branches, targets }
    }

    /// Where a branch leads, if the author says.
    fn said(&mut self, place: &Place<'_>, exits: &Exits<'a>, branch: &'static Branch) -> Target {
        let is_beside = branch.key == OTHERWISE;
        let keys = if is_beside { exits.beside } else { exits.on };
        match keys.get(branch.key) {
            Some(entry) if entry.value.is_null() && may_be_left_out(place, branch) => Target::None,
            Some(entry) => self.target(entry).map_or(Target::None, Target::Action),
            None if branch.unsaid != Unsaid::Needed => Target::Unsaid,
            None => {
                if is_beside {
                    self.missing_beside(place, exits, branch.key);
                } else {
                    self.missing_branch(place, exits, branch.key);
                }
                Target::None
            }
        }
    }

    fn missing_beside(&mut self, place: &Place<'_>, exits: &Exits<'a>, key: &str) {
        let is_known = |word: &str| {
            matches!(word, "next" | "on")
                || word == place.spec.key
                || place.spec.words_beside().any(|it| it == word)
        };
        if !exits.beside.has_slip_of(key, is_known) {
            self.missing_key(place, key);
        }
    }

    fn missing_branch(&mut self, place: &Place<'_>, exits: &Exits<'a>, name: &str) {
        let is_known = |word: &str| place.spec.branch(word).is_some();
        if exits.on_is_unreadable || exits.on.has_slip_of(name, is_known) {
            return;
        }
        let headline = format!("action `{}` has no branch `{name}`", place.name.text);
        let label = format!("nothing says what comes after `{name}`");
        self.error_at(&rule::MISSING_WAY_OUT, place.name, headline, label)
            .help = Some(format!("add `on: {{ {name}: <action> }}`"));
    }

    /// The action that a name leads to. Unknown names are reported and kept.
    pub(super) fn known_action(&mut self, name: &Scalar, headline: &str) -> ActionId {
        let document = self.document;
        let (name, found) = document.names.find(name);
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
        let (near, place) = match found {
            Found::Action(id) => match self.entries.get(id) {
                Some(id) => return id.clone(),
                None => {
                    let near = suggest::nearest(&name.text, self.entries.keys().copied());
                    let place = format!("{} `{}`", document.noun(), document.name.text);
                    (near, place)
                }
            },
            Found::NotIn(fragment, known) => {
                let near = suggest::nearest(&name.text, known);
                (near, format!("fragment `{fragment}`"))
            }
            Found::Repeated(first) => return self.repeated_action(name, first),
        };
        let help = near.map(|near| format!("an action with a similar name exists: `{near}`"));
        let label = format!("no action `{}` in {place}", name.text);
        self.error_at(&rule::UNKNOWN_NEXT_ACTION, name, headline, label)
            .help = help;
        ActionId::new(name.text.as_str())
    }

    /// Reports the name of an action that there is for each item of a list.
    fn repeated_action(&mut self, name: &Scalar, first: Option<&str>) -> ActionId {
        let headline = format!("action `{}` is there for each item", name.text);
        let label = "this leads to one of several actions";
        self.error_at(&rule::AMBIGUOUS_ACTION, name, headline, label)
            .help = first.map(|first| format!("name the one that is meant, for example `{first}`"));
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
    pub(super) fn next(&mut self, place: &Place<'_>, exits: &Exits<'a>) -> Option<ActionId> {
        if let Some(next) = exits.next {
            return self.target(next);
        }
        let headline = format!("action `{}` leads nowhere", place.name.text);
        let label = "nothing says what comes after it";
        self.error_at(&rule::MISSING_WAY_OUT, place.name, headline, label)
            .help = Some("add `next: <action>`".to_owned());
        None
    }

    /// Reports a `next` where the branches say it all.
    pub(super) fn no_next(&mut self, place: &Place<'_>, exits: &Exits<'a>) {
        let Some(next) = exits.next else {
            return;
        };
        let has_when = place.spec.beside.iter().any(|it| it.key == "when");
        let instead = match place.spec.branches {
            [only] if only.key == OTHERWISE && has_when => "`when` and `otherwise` say",
            [only] if only.key == OTHERWISE => "the shares and `otherwise` say",
            [_] => "the other flow and the branches say",
            _ => "the branches say",
        };
        let headline = format!("`{}` has no `next`", place.called);
        let label = format!("{instead} what comes after it");
        self.error_at(&rule::UNKNOWN_KEY, &next.key, headline, label);
    }

    /// Reports any way out of an action that ends the flow.
    pub(super) fn ways_out_of_last(&mut self, place: &Place<'_>, exits: &Exits<'a>) {
        let is_way = |it: &&Entry| matches!(it.key.text.as_str(), "conditions" | "errors");
        let ways = exits.next.into_iter().chain(exits.on.iter());
        for entry in ways.chain(exits.beside.iter().filter(is_way)) {
            let headline = format!("transition out of `{}`", place.called);
            let label = "nothing comes after the action that ends the flow";
            self.error_at(&rule::WAY_OUT_OF_LAST_ACTION, &entry.key, headline, label);
        }
    }
}

impl Targets {
    /// Adds the branches to the transitions.
    pub(super) fn put_into(self, ways: &mut Transitions) {
        let is_error = |branch: &&Branch| matches!(branch.becomes, Way::Error(_));
        let n_errors = self.branches.iter().filter(is_error).count();
        ways.errors.reserve_exact(n_errors);
        let n_conditions = self.branches.len() - n_errors;
        ways.conditions.reserve_exact(n_conditions);
        for (branch, target) in self.branches.iter().zip(self.targets) {
            let Target::Action(next) = target else {
                continue;
            };
            let condition = |operator: &str, operand: &str, next| Condition {
                operator: operator.to_owned(),
                operands: vec![Value::text(operand)],
                next,
            };
            match branch.becomes {
                Way::Error(error) => {
                    let error = error.to_owned();
                    ways.errors.push(ErrorBranch { error, next });
                }
                Way::Equals(operand) => ways.conditions.push(condition("Equals", operand, next)),
                Way::Over(operand) => {
                    let condition = condition("NumberGreaterThan", operand, next);
                    ways.conditions.push(condition);
                }
                Way::Pattern => {}
            }
        }
    }
}

/// Where a branch leads that the author does not write.
fn unsaid(
    branches: &'static [Branch],
    targets: &[Target],
    n: usize,
    next: Option<&ActionId>,
    has_key: &impl Fn(&str) -> bool,
) -> Target {
    let mut n = n;
    // A branch may follow one that follows another; the tables have no circles.
    for _ in branches {
        let other = match branches[n].unsaid {
            Unsaid::LikeNext => return next.cloned().map_or(Target::None, Target::Action),
            Unsaid::Like(other) => other,
            Unsaid::LikeIf { branch, key } if has_key(key) => branch,
            Unsaid::LikeIf { .. } | Unsaid::Absent | Unsaid::Needed => return Target::None,
        };
        let Some(at) = branches.iter().position(|it| it.key == other) else {
            return Target::None;
        };
        match &targets[at] {
            Target::Action(id) => return Target::Action(id.clone()),
            Target::None => return Target::None,
            Target::Unsaid => n = at,
        }
    }
    Target::None
}

/// Whether the service takes the action without this branch.
fn may_be_left_out(place: &Place<'_>, branch: &Branch) -> bool {
    let Way::Error(error) = branch.becomes else {
        return false;
    };
    let facts = catalogue::entry(&ActionKind::new(place.spec.action_type));
    let fact = facts.and_then(|it| it.errors.iter().find(|it| it.name == error));
    fact.is_some_and(|it| !it.mandatory && it.mandatory_when.is_none())
}
