//! `for_each`: an action, a branch, an attribute or an item for each item of a list.
//!
//! The list is in the sources, so that a flow has the same structure in every environment.

use std::collections::HashMap;
use std::ops::Range;

use super::fill::Env;
use super::fragment::{each_scalar, is_identifier};
use super::names::{Scope, Target};
use super::{Expander, labelled, structural};
use crate::place::{self, SourceId, Used};
use crate::rule;
use crate::suggest;
use crate::template;
use crate::yaml::{Entry, Kind, Node, Scalar};

/// The name of the item where none is given.
const ITEM: &str = "item";
/// Leads to the same action for the following item.
const NEXT_ITEM: &str = "next_item";
/// Names that mean something in templates already.
const TAKEN: [&str; 12] = [
    "vars", "params", "true", "false", "none", "not", "and", "or", "in", "is", "if", "else",
];

impl Expander<'_, '_> {
    /// An action for each item: `<name> <item>`.
    pub(super) fn repeated(
        &mut self,
        entry: &Entry,
        each: &Entry,
        full: &str,
        env: &mut Env<'_>,
    ) -> Target {
        let Some((variable, items)) = self.list(each, env) else {
            return self.leave_out(&entry.key, full);
        };
        let Some(after) = self.after_last(entry, each, env) else {
            return self.leave_out(&entry.key, full);
        };
        if items.is_empty() && after.is_none() {
            let headline = "list without items";
            let label = format!("no action comes of `{}`", entry.key.text);
            self.error_at(&rule::INVALID_LIST, &each.value, headline, label);
            return self.leave_out(&entry.key, full);
        }
        let mut made: Vec<(SourceId, Target)> = Vec::new();
        for item in &items {
            let Some(word) = self.word(item) else {
                return self.leave_out(&entry.key, full);
            };
            let name = format!("{} {word}", entry.key.text);
            let full = format!("{full} {word}");
            let source = self.item_source(item, env);
            let target = env.with_item(&variable, item, source, |env| {
                self.single(entry, &full, env)
            });
            self.names.add(env.source, &name, target.clone());
            made.push((source, target));
        }
        self.follow(&made, after.as_ref(), env.source);
        let first = made.into_iter().next().map(|it| it.1);
        match (after, first) {
            (Some(_), Some(first)) => first,
            (Some(after), None) => Target::Written(Box::new(after)),
            (None, Some(Target::Action(name))) => Target::Repeated(Some(name)),
            (None, _) => Target::Repeated(None),
        }
    }

    /// Where `after_last` leads; an outer nothing if that is wrong, an inner one if it is not there.
    #[expect(clippy::option_option, reason = "wrong and absent are two things")]
    fn after_last(
        &mut self,
        entry: &Entry,
        each: &Entry,
        env: &mut Env<'_>,
    ) -> Option<Option<Scalar>> {
        let mut leads_on = false;
        each_scalar(&entry.key, &entry.value, &mut |it| {
            leads_on |= it.text == NEXT_ITEM && !it.is_json;
        });
        let Some(after) = structural(&entry.value, "after_last") else {
            if leads_on {
                let headline = "missing key `after_last`";
                let label = format!("nothing says where `{NEXT_ITEM}` leads after the last one");
                let (source, range) = (env.source, each.key.range.clone());
                self.error(&rule::MISSING_KEY, source, range, headline, label)
                    .help = Some("add `after_last: <action>` beside `for_each`".to_owned());
                return None;
            }
            return Some(None);
        };
        if !leads_on {
            let headline = format!("`after_last` without `{NEXT_ITEM}`");
            let label = "nothing leads from one item to the following one";
            let (source, range) = (env.source, after.key.range.clone());
            self.error(&rule::UNEXPECTED_SHAPE, source, range, headline, label)
                .help = Some(format!("lead there: `next: {NEXT_ITEM}`"));
            return None;
        }
        let target = self.target(after, env)?;
        self.names.promised.push(target.clone());
        Some(Some(target))
    }

    /// The name of an action under a key, as it is written at the end.
    pub(super) fn target(&mut self, entry: &Entry, env: &mut Env<'_>) -> Option<Scalar> {
        let node = self.fill(&entry.value, env);
        match node.kind {
            Kind::Scalar(name) if !name.is_null() => Some(name),
            _ => {
                let headline = format!("`{}` leads to no action", entry.key.text);
                let described = node.described();
                let label = format!("the name of an action is expected here, this is {described}");
                let at = if node.range.is_empty() {
                    (env.source, entry.key.range.clone())
                } else {
                    (node.source, node.range.clone())
                };
                self.error(&rule::UNEXPECTED_SHAPE, at.0, at.1, headline, label);
                None
            }
        }
    }

    /// Lets each item's `next_item` lead to the following one.
    fn follow(&mut self, made: &[(SourceId, Target)], after: Option<&Scalar>, around: SourceId) {
        for (n, (source, _)) in made.iter().enumerate() {
            let mut scope = Scope::inside(around);
            let following = made.get(n + 1).map(|it| it.1.clone());
            let last = after.map(|it| Target::Written(Box::new(it.clone())));
            let next = following.filter(|_| after.is_some()).or(last);
            scope
                .names
                .extend(next.map(|it| (NEXT_ITEM.to_owned(), it)));
            self.names.add_scope(*source, scope);
        }
    }

    fn item_source(&mut self, item: &Node, env: &Env<'_>) -> SourceId {
        let used = Used {
            by: env.source,
            at: (item.source, item.range.clone()),
            label: place::FOR_THIS_ITEM.to_owned(),
        };
        self.sources.add_use(env.source, used)
    }

    /// The word of an item in the names of actions.
    fn word(&mut self, item: &Node) -> Option<String> {
        let named = match &item.kind {
            Kind::Map(_) => super::child(item, "name").map(|it| &it.value),
            _ => Some(item),
        };
        match named.map(|it| &it.kind) {
            Some(Kind::Scalar(word)) if template::is_template(&word.text) => {
                let headline = "name that differs between environments";
                let label = "the actions of a flow are the same in every environment";
                self.error_at(&rule::TEMPLATE_IN_STRUCTURE, item, headline, label);
                None
            }
            Some(Kind::Scalar(word)) if !word.is_null() && !word.text.is_empty() => {
                Some(word.text.clone())
            }
            _ => {
                let headline = "item without a name";
                let label = "an action is to be named after this item";
                self.error_at(&rule::INVALID_LIST, item, headline, label)
                    .help = Some("give it one: `{ name: .., .. }`".to_owned());
                None
            }
        }
    }

    /// The name under which items are filled in, and the items.
    fn list(&mut self, each: &Entry, env: &mut Env<'_>) -> Option<(String, Vec<Node>)> {
        let (variable, list) = match &each.value.kind {
            Kind::Map(entries) => match entries.as_slice() {
                [entry] => (entry.key.text.as_str(), &entry.value),
                _ => {
                    let headline = "`for_each` without one list";
                    let label = "one name with its list is expected here";
                    let (source, range) = (env.source, each.key.range.clone());
                    self.error(&rule::INVALID_LIST, source, range, headline, label)
                        .help = Some("write `for_each: { item: [one, two] }`".to_owned());
                    return None;
                }
            },
            _ => (ITEM, &each.value),
        };
        if !is_identifier(variable) || TAKEN.contains(&variable) {
            let headline = format!("item with the name `{variable}`");
            let label = "a name has letters, digits and `_`, and is none that templates know";
            let (source, range) = (env.source, each.value.range.clone());
            self.error(&rule::INVALID_VALUE, source, range, headline, label);
            return None;
        }
        let variable = variable.to_owned();
        let node = self.fill(list, env);
        let node = self.named_list(node, env);
        match node.kind {
            Kind::List(items) if !self.is_exhausted => Some((variable, items)),
            _ if self.is_exhausted => None,
            _ => {
                self.no_list(&node, env);
                None
            }
        }
    }

    /// A list of the file, if its name stands there.
    pub(super) fn named_list(&mut self, node: Node, env: &mut Env<'_>) -> Node {
        let Kind::Scalar(name) = &node.kind else {
            return node;
        };
        match env.lists.get(name.text.as_str()) {
            Some(list) => self.fill(list, env),
            None => node,
        }
    }

    fn no_list(&mut self, node: &Node, env: &Env<'_>) {
        match &node.kind {
            Kind::Scalar(text) if template::is_template(&text.text) => {
                let headline = "list that differs between environments";
                let label = "how often something stands in a flow is the same in every environment";
                self.error_at(&rule::TEMPLATE_IN_STRUCTURE, node, headline, label)
                    .help = Some("write the list itself, or define it under `lists`".to_owned());
            }
            Kind::Scalar(name) if !name.is_null() => {
                let known = || env.lists.keys().copied();
                let help = suggest::nearest(&name.text, known()).map_or_else(
                    || format!("define it: `lists: {{ {}: [one, two] }}`", name.text),
                    |near| format!("a list with a similar name exists: `{near}`"),
                );
                let headline = format!("unknown list `{}`", name.text);
                let label = format!("this file has no list `{}`", name.text);
                self.error_at(&rule::INVALID_LIST, node, headline, label)
                    .help = Some(help);
            }
            _ => {
                let headline = "`for_each` without a list";
                let label = format!("a list is expected here, this is {}", node.described());
                self.error_at(&rule::INVALID_LIST, node, headline, label);
            }
        }
    }

    /// An item of a list for each item of another one.
    pub(super) fn repeated_item(
        &mut self,
        item: &Node,
        each: &Entry,
        env: &mut Env<'_>,
        filled: &mut Vec<Node>,
    ) {
        let Some((variable, items)) = self.list(each, env) else {
            return;
        };
        for one in &items {
            let source = self.inner_source(one, env);
            filled.push(env.with_item(&variable, one, source, |env| self.action_body(item, env)));
        }
    }

    /// The entries of a map: those whose key has the item in it for each item, the others once.
    pub(super) fn repeated_entries(
        &mut self,
        entries: &[Entry],
        each: &Entry,
        env: &mut Env<'_>,
    ) -> Vec<Entry> {
        let Some((variable, items)) = self.list(each, env) else {
            return Vec::new();
        };
        let is_repeated = |it: &Entry| template::mentions(&it.key.text, &variable);
        let mut filled = Vec::new();
        for entry in entries {
            if !std::ptr::eq(entry, each) {
                if !is_repeated(entry) {
                    filled.push(self.entry(entry, env));
                }
                continue;
            }
            for item in &items {
                let source = self.inner_source(item, env);
                for entry in entries.iter().filter(|it| is_repeated(it)) {
                    let entry =
                        env.with_item(&variable, item, source, |env| self.entry(entry, env));
                    filled.push(entry);
                }
            }
        }
        if !entries.iter().any(is_repeated) {
            let headline = "`for_each` that repeats nothing";
            let label = format!("no key beside it has `{{{{ {variable} }}}}` in it");
            let (source, range) = (env.source, each.key.range.clone());
            self.error(&rule::INVALID_LIST, source, range, headline, label);
        }
        self.without_duplicates(filled)
    }

    fn inner_source(&mut self, item: &Node, env: &Env<'_>) -> SourceId {
        let source = self.item_source(item, env);
        self.names.add_scope(source, Scope::inside(env.source));
        source
    }

    fn without_duplicates(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let mut seen: HashMap<String, (SourceId, Range<usize>)> = HashMap::new();
        let mut kept = Vec::with_capacity(entries.len());
        for entry in entries {
            let key = &entry.key;
            let place = (key.source, key.range.clone());
            let Some((source, range)) = seen.get(&key.text) else {
                seen.insert(key.text.clone(), place);
                kept.push(entry);
                continue;
            };
            let first = self.sources.span(*source, range.clone());
            let headline = format!("key `{}` stands twice", key.text);
            let (source, range) = place;
            let label = "the same key again";
            let diag = self.error(&rule::DUPLICATE_KEY, source, range, headline, label);
            diag.labels.insert(1, labelled(first, "first here"));
        }
        kept
    }
}
