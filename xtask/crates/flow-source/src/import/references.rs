//! Names in the place of ARNs and ids, and what they stand for.
//!
//! A name comes from what the designer shows for the thing, else from the ARN, else it is a number.
//! Two ARNs never share a name, and one ARN has one name in all flows.

use std::collections::{BTreeMap, BTreeSet};

use flow::bind::{Bindings, map_value};
use flow::identifiers::is_uuid;
use flow::jsonpath;
use flow::model::{Action, DocumentKind, Flow};
use flow::value::{Map, Ref, RefKind, Value};

use super::input::{Input, text_at};
use super::words::{ascii_slug, words};

/// Parameters that hold the id of something, whatever action they belong to.
const PARAMETERS: [(&str, RefKind); 7] = [
    ("ContactFlowId", RefKind::Flow),
    ("ContactFlowArn", RefKind::Flow),
    ("FlowModuleId", RefKind::Module),
    ("HoursOfOperationId", RefKind::Hours),
    ("LambdaFunctionARN", RefKind::Lambda),
    ("PromptId", RefKind::Prompt),
    ("QueueId", RefKind::Queue),
];

/// The views of Amazon's own, which are the same on every instance.
const MANAGED_VIEWS: [&str; 5] = ["cards", "confirmation", "detail", "form", "list"];

/// What an ARN names, by a mark in it.
const MARKS: [(&str, RefKind); 9] = [
    (":function:", RefKind::Lambda),
    ("/queue/", RefKind::Queue),
    ("/flow-module/", RefKind::Module),
    ("/contact-flow/", RefKind::Flow),
    ("/operating-hours/", RefKind::Hours),
    ("/prompt/", RefKind::Prompt),
    (":view/", RefKind::View),
    ("/view/", RefKind::View),
    (":bot-alias/", RefKind::LexBot),
];

/// The references of an import, in the making.
pub(super) struct References {
    bindings: Bindings,
    taken: BTreeSet<Ref>,
    /// ARNs by themselves; other texts mean something only as one kind of thing.
    by_arn: BTreeMap<String, Ref>,
    by_text: BTreeMap<(RefKind, String), Ref>,
    /// The imported flows by what Connect shows for them and by their names.
    own: BTreeMap<(RefKind, String), String>,
}

impl References {
    /// Beside what is known already, the ARNs of the imported flows themselves.
    pub(super) fn new<'a>(
        known: &Bindings,
        flows: impl Iterator<Item = (&'a Input, &'a String)>,
    ) -> Self {
        let mut references = Self {
            bindings: Bindings::default(),
            taken: BTreeSet::new(),
            by_arn: BTreeMap::new(),
            by_text: BTreeMap::new(),
            own: BTreeMap::new(),
        };
        for (reference, target) in known.iter() {
            references.insert(reference.clone(), &target.arn);
        }
        for (input, name) in flows {
            let kind = match input.kind {
                DocumentKind::Flow(_) => RefKind::Flow,
                DocumentKind::Module => RefKind::Module,
            };
            let own = &mut references.own;
            own.entry((kind, name.clone())).or_insert(name.clone());
            for shown in input.title.iter().chain([&input.stem]) {
                own.entry((kind, shown.clone())).or_insert(name.clone());
            }
            let reference = Ref::new(kind, name);
            if let Some(arn) = input.own.iter().find(|it| it.starts_with("arn:"))
                && !references.taken.contains(&reference)
                && !references.by_arn.contains_key(arn)
            {
                references.insert(reference.clone(), arn);
            }
        }
        references
    }

    pub(super) fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    pub(super) fn into_bindings(self) -> Bindings {
        self.bindings
    }

    fn insert(&mut self, reference: Ref, text: &str) {
        if text.starts_with("arn:") {
            self.by_arn.insert(text.to_owned(), reference.clone());
        } else {
            let key = (reference.kind, text.to_owned());
            self.by_text.insert(key, reference.clone());
        }
        self.taken.insert(reference.clone());
        self.bindings.insert(reference, text, None);
    }

    /// The flow with names in the place of ARNs and ids, wherever its actions have some.
    pub(super) fn replace(&mut self, flow: &Flow) -> Flow {
        let mut flow = flow.clone();
        let metadata = flow.metadata.clone();
        for action in &mut flow.actions {
            let id = action.id.as_str().to_owned();
            let entry = metadata.as_ref().and_then(|it| it.get("ActionMetadata"));
            let entry = entry
                .and_then(Value::as_map)
                .and_then(|it| it.get(id.as_str()));
            let mut walk = Walk {
                references: self,
                entry,
                path: Vec::new(),
            };
            walk.action(action);
        }
        flow
    }

    /// Names in the place of the ARNs that have one.
    pub(super) fn replace_known(&self, metadata: &mut Map) {
        for value in metadata.values_mut() {
            map_value(value, &mut |value| {
                if let Value::Text(text) = value
                    && let Some(reference) = self.by_arn.get(text)
                {
                    *value = Value::Ref(reference.clone());
                }
            });
        }
    }

    /// The reference to what a text names, with a name that is made if there is none.
    fn named(&mut self, kind: RefKind, text: &str, shown: Option<&str>) -> Ref {
        let known = match text.starts_with("arn:") {
            true => self.by_arn.get(text),
            false => self.by_text.get(&(kind, text.to_owned())),
        };
        if let Some(reference) = known {
            return reference.clone();
        }
        let reference = self.new_name(kind, text, shown);
        self.insert(reference.clone(), text);
        reference
    }

    fn new_name(&self, kind: RefKind, text: &str, shown: Option<&str>) -> Ref {
        let in_text = name_in(text);
        let hints = [shown, in_text.as_deref()];
        for hint in hints.into_iter().flatten() {
            let parts = hint.split(['.', '/', ' ']);
            for part in [hint].into_iter().chain(parts) {
                let own = self.own.get(&(kind, part.to_owned()));
                let reference = own.map(|name| Ref::new(kind, name));
                if let Some(reference) = reference.filter(|it| !self.taken.contains(it)) {
                    return reference;
                }
            }
        }
        let slug = hints.into_iter().flatten().map(ascii_slug);
        let slug = slug.into_iter().find(|it| !it.is_empty());
        let word = kind.as_str().replace('_', "-");
        let candidates = (1..).map(|n: usize| match (&slug, n) {
            (Some(slug), 1) => slug.clone(),
            (Some(slug), n) => format!("{slug}-{n}"),
            (None, n) => format!("{word}-{n}"),
        });
        // An imported flow is not to be taken for another one.
        let is_flow = matches!(kind, RefKind::Flow | RefKind::Module);
        let is_another = |name: &str| is_flow && self.own.values().any(|own| own == name);
        candidates
            .map(|name| Ref::new(kind, name))
            .find(|it| !self.taken.contains(it) && !is_another(&it.name))
            .expect("there is no end of numbers")
    }
}

/// The walk through the values of one action.
struct Walk<'a, 'm> {
    references: &'a mut References,
    /// What the designer keeps about the action.
    entry: Option<&'m Value>,
    path: Vec<String>,
}

impl Walk<'_, '_> {
    fn action(&mut self, action: &mut Action) {
        for (key, value) in &mut action.parameters {
            self.inside(key, value);
        }
        // Operands and unknown keys have no place of their own; only ARNs are known in them.
        let ways = &mut action.transitions;
        let operands = ways.conditions.iter_mut().flat_map(|it| &mut it.operands);
        let unknown = action.extra.values_mut().chain(ways.extra.values_mut());
        for value in operands.chain(unknown) {
            self.value(value);
        }
    }

    fn inside(&mut self, key: &str, value: &mut Value) {
        self.path.push(key.to_owned());
        self.value(value);
        self.path.pop();
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Text(text) => {
                if let Some(kind) = self.kind(text) {
                    let shown = self.shown(kind).map(str::to_owned);
                    let shown = shown.or_else(|| self.parameter(kind));
                    let reference = self.references.named(kind, text, shown.as_deref());
                    *value = Value::Ref(reference);
                }
            }
            Value::List(items) => {
                for (n, item) in items.iter_mut().enumerate() {
                    self.inside(&n.to_string(), item);
                }
            }
            Value::Map(map) => {
                for (key, value) in map {
                    self.inside(key, value);
                }
            }
            _ => {}
        }
    }

    /// What kind of thing a text names, if it names one.
    fn kind(&self, text: &str) -> Option<RefKind> {
        if text.starts_with("arn:") {
            let marked = MARKS.iter().find(|(mark, _)| text.contains(mark));
            let kind = marked.map(|(_, kind)| *kind);
            return kind.or_else(|| self.expected()).or(Some(RefKind::Resource));
        }
        if text.contains("arn:aws") {
            return Some(RefKind::Resource);
        }
        if text.is_empty() || jsonpath::is_reference(text) {
            return None;
        }
        if self.expected() == Some(RefKind::View) && MANAGED_VIEWS.contains(&text) {
            return None;
        }
        self.expected().or_else(|| {
            let key = self.path.last()?;
            let is_id = ["Id", "Arn", "ARN"].iter().any(|it| key.ends_with(it));
            (is_id && is_uuid(text)).then_some(RefKind::Resource)
        })
    }

    /// What kind of thing is named at this place.
    fn expected(&self) -> Option<RefKind> {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["EventHooks", _] => Some(RefKind::Flow),
            ["ViewResource", "Id"] => Some(RefKind::View),
            ["LexV2Bot", "AliasArn"] => Some(RefKind::LexBot),
            [name] | ["Messages", _, name] => {
                let found = PARAMETERS.iter().find(|(key, _)| key == name);
                found.map(|(_, kind)| *kind)
            }
            _ => None,
        }
    }

    /// What a thing of no kind of its own is, by the parameter that names it.
    fn parameter(&self, kind: RefKind) -> Option<String> {
        let key = self.path.last().filter(|_| kind == RefKind::Resource)?;
        let mut words = words(key);
        if words.len() > 1 && matches!(words.last()?.as_str(), "id" | "arn") {
            words.pop();
        }
        let is_telling = words.iter().any(|it| it.parse::<usize>().is_err());
        is_telling.then(|| words.join(" "))
    }

    /// What the designer shows for a thing.
    fn shown(&self, kind: RefKind) -> Option<&str> {
        let entry = self.entry?;
        let mut path = vec!["parameters"];
        path.extend(self.path.iter().map(String::as_str));
        path.push("displayName");
        let at_parameter = text_at(entry, &path);
        let elsewhere: &[&[&str]] = match kind {
            RefKind::Flow => &[
                &["ContactFlow", "text"],
                &["contactFlow", "text"],
                &["contactFlow"],
            ],
            RefKind::Module => &[&["contactFlowModuleName"]],
            RefKind::Queue => &[&["queue", "text"]],
            RefKind::Hours => &[&["Hours", "text"]],
            RefKind::Prompt => &[&["promptName"], &["audio", "0", "text"]],
            RefKind::LexBot => &[&["lexV2BotName"]],
            RefKind::Lambda | RefKind::View | RefKind::Resource => &[],
        };
        let mut elsewhere = elsewhere.iter().filter_map(|path| text_at(entry, path));
        let bot = (kind == RefKind::LexBot)
            .then(|| elsewhere.next())
            .flatten();
        bot.or(at_parameter)
            .or_else(|| elsewhere.next())
            .filter(|it| !it.is_empty() && !it.starts_with("arn:"))
    }
}

/// The name inside an ARN, or what a placeholder says.
fn name_in(text: &str) -> Option<String> {
    let after = |mark: &str| {
        let rest = text.split_once(mark)?.1;
        rest.split([':', '/']).next().map(str::to_owned)
    };
    if text.starts_with("arn:") {
        let named = after(":function:")
            .or_else(|| after(":view/"))
            .or_else(|| after("/view/"));
        return named.filter(|it| !is_uuid(it));
    }
    if is_uuid(text) {
        return None;
    }
    let dotted: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-'))
        .filter(|it| !it.is_empty())
        .collect();
    // The last word of a placeholder mostly says that it is an ARN or an id.
    let is_telling = |it: &&str| {
        let all = words(it);
        !matches!(all.as_slice(), [one] if matches!(one.as_str(), "arn" | "id"))
    };
    let dotted: Vec<&str> = dotted.into_iter().filter(is_telling).collect();
    (!dotted.is_empty()).then(|| dotted.join("."))
}
