//! Uses of fragments: parameters get their values, exits the actions that follow.

use flow::diagnostic::Diagnostic;

use super::fill::{Bound, Env};
use super::fragment::{Fragment, Parameter};
use super::names::{Scope, Target};
use super::parameter::ParameterType;
use super::{Expander, MAX_USES, labelled};
use crate::fields::Fields;
use crate::place::{self, SourceId, Used, in_file};
use crate::rule;
use crate::suggest;
use crate::template;
use crate::yaml::{Entry, Kind, Node, Scalar};

/// Levels of a value that is handed over.
const MAX_DEPTH: usize = 64;

/// What an action says about the fragment it uses.
struct Use<'u> {
    /// The action's name.
    name: &'u Scalar,
    /// What stands after `fragment`.
    at: &'u Node,
    with: Option<&'u Entry>,
    next: Option<&'u Entry>,
    on: Option<&'u Entry>,
}

impl<'f, 't> Expander<'f, 't> {
    /// The actions of a fragment: the first with the name of the use, the others with their own
    /// name after it.
    pub(super) fn fragment(
        &mut self,
        entry: &Entry,
        used: &Entry,
        full: &str,
        env: &mut Env<'_>,
    ) -> Target {
        let Some(mut fields) = Fields::of(&entry.value) else {
            return self.leave_out(&entry.key, full);
        };
        for key in ["fragment", "for_each", "after_last"] {
            fields.take(key);
        }
        let using = Use {
            name: &entry.key,
            at: &used.value,
            with: fields.take("with"),
            next: fields.take("next"),
            on: fields.take("on"),
        };
        let n_diags = self.diags.len();
        let (sources, source) = (&*self.sources, env.source);
        let span = |it: &Entry| sources.span(source, it.key.range.clone());
        fields.refuse_rest("an action with `fragment`", span, self.diags);
        let uses = self.sources.used_at(source);
        for diag in &mut self.diags[n_diags..] {
            diag.labels.extend(uses.iter().cloned());
        }
        let fragment = self.used_fragment(&using, env);
        // Of a fragment that cannot be used nobody knows what a use would have to say.
        let Some(fragment) = fragment.filter(|it| it.is_sound) else {
            return self.leave_out(&entry.key, full);
        };
        let used = Used {
            by: env.source,
            at: (env.source, used.value.range.clone()),
            label: format!("fragment `{}` {}", fragment.name.text, place::IS_USED_HERE),
        };
        let inside = self.sources.add_use(fragment.source, used);
        let mut scope = Scope {
            fragment: Some(fragment.name.text.clone()),
            ..Scope::default()
        };
        let parameters = self.parameters(fragment, &using, inside, env);
        self.exits(fragment, &using, &mut scope, env);
        if n_diags != self.diags.len() || self.is_exhausted {
            return self.leave_out(&entry.key, full);
        }
        self.names.add_scope(inside, scope);
        self.stack.push(&fragment.name.text);
        let mut env = Env::of_fragment(inside, &parameters, &fragment.lists);
        let target = self.inside(fragment, full, inside, &mut env);
        self.stack.pop();
        target
    }

    fn inside(
        &mut self,
        fragment: &Fragment<'t>,
        full: &str,
        inside: SourceId,
        env: &mut Env<'_>,
    ) -> Target {
        let mut start = Target::Action(full.to_owned());
        for entry in fragment.actions {
            let name = &entry.key.text;
            let is_start = fragment.start.is_some_and(|it| it.text == *name);
            if is_start {
                start = self.action(entry, full, env);
                self.names.add(inside, name, start.clone());
            } else {
                let target = self.action(entry, &format!("{full} {name}"), env);
                self.names.add(inside, name, target);
            }
        }
        start
    }

    /// The fragment that is used, if it is there and is not one that is being used already.
    fn used_fragment(&mut self, using: &Use<'_>, env: &mut Env<'_>) -> Option<&'f Fragment<'t>> {
        let node = self.fill(using.at, env);
        let name = match &node.kind {
            Kind::Scalar(name) if !name.is_null() && !template::is_template(&name.text) => name,
            _ => {
                let headline = "`fragment` without a name";
                let label = "the name of a fragment is expected here";
                self.error_at(&rule::UNEXPECTED_SHAPE, &node, headline, label);
                return None;
            }
        };
        let name = name.text.clone();
        let fragments = self.fragments;
        let Some(fragment) = fragments.find(&name) else {
            let near = suggest::nearest(&name, fragments.names());
            let help = match near {
                Some(near) => format!("a fragment with a similar name exists: `{near}`"),
                None => format!("begin a file with `fragment: {name}`"),
            };
            let headline = format!("unknown fragment `{name}`");
            let label = format!("no fragment is called `{name}`");
            self.error_at(&rule::UNKNOWN_FRAGMENT, &node, headline, label)
                .help = Some(help);
            return None;
        };
        if self.stack.contains(&fragment.name.text.as_str()) {
            let headline = format!("fragment `{name}` uses itself");
            let label = "this would never end";
            self.error_at(&rule::RECURSIVE_FRAGMENT, &node, headline, label);
            return None;
        }
        if self.stack.len() == MAX_USES {
            let headline = "fragments nested too deep";
            let label = format!("more than {MAX_USES} fragments inside each other");
            self.error_at(&rule::EXPANSION_TOO_LARGE, &node, headline, label);
            return None;
        }
        Some(fragment)
    }

    /// Every parameter with the value that the use gives it, or its default.
    fn parameters(
        &mut self,
        fragment: &Fragment<'t>,
        using: &Use<'_>,
        inside: SourceId,
        env: &mut Env<'_>,
    ) -> Vec<Bound> {
        let given = match using.with.map(|it| &it.value.kind) {
            None => &[][..],
            Some(Kind::Map(entries)) => entries.as_slice(),
            Some(_) => {
                self.not_a_map(using.with, env);
                return Vec::new();
            }
        };
        for entry in given {
            if fragment.parameter(&entry.key.text).is_none() {
                self.unknown_parameter(fragment, &entry.key, env);
            }
        }
        let mut bound = Vec::new();
        for parameter in &fragment.parameters {
            let given = given.iter().find(|it| it.key.text == parameter.name.text);
            let value = match (given, parameter.default) {
                (Some(entry), _) => {
                    let value = self.fill(&entry.value, env);
                    self.checked(value, &entry.key, parameter, env)
                }
                (None, Some(default)) => {
                    let mut env = Env::of_file(inside, &fragment.lists);
                    Some(self.fill(default, &mut env))
                }
                (None, None) => {
                    self.missing_parameter(fragment, parameter, using, env);
                    None
                }
            };
            bound.extend(value.map(|value| Bound {
                name: parameter.name.text.clone(),
                kind: parameter.kind,
                value,
            }));
        }
        bound
    }

    /// A value that is of its parameter's type.
    fn checked(
        &mut self,
        value: Node,
        key: &Scalar,
        parameter: &Parameter<'_>,
        env: &mut Env<'_>,
    ) -> Option<Node> {
        let value = match parameter.kind {
            ParameterType::List => self.named_list(value, env),
            _ => value,
        };
        let declared = self.sources.scalar_span(parameter.name);
        let name = &parameter.name.text;
        if let Some((expected, example)) = parameter.kind.fault(&value) {
            let headline = format!("parameter `{name}` is not {expected}");
            let described = match &value.kind {
                Kind::Scalar(text) if !text.is_null() => format!("`{}`", text.text),
                _ => value.described().to_owned(),
            };
            let label = format!("{expected} is expected here, this is {described}");
            let at = if value.range.is_empty() {
                (env.source, key.range.clone())
            } else {
                (value.source, value.range.clone())
            };
            let diag = self.error(&rule::MISTYPED_PARAMETER, at.0, at.1, headline, label);
            diag.labels.insert(1, labelled(declared, "declared here"));
            diag.help = Some(format!("for example {example}"));
            return None;
        }
        if depth(&value) > MAX_DEPTH {
            let headline = "value nested too deep";
            let label = format!("more than {MAX_DEPTH} levels deep");
            self.error_at(&rule::EXPANSION_TOO_LARGE, &value, headline, label);
            return None;
        }
        self.is_readable(&value).then_some(value)
    }

    /// Whether the templates of a text can be read, so that they can be put into others.
    fn is_readable(&mut self, value: &Node) -> bool {
        let Kind::Scalar(scalar) = &value.kind else {
            return true;
        };
        if scalar.is_json || !template::is_template(&scalar.text) {
            return true;
        }
        let faults = template::analyse(&scalar.text).faults;
        let is_readable = faults.is_empty();
        for fault in faults {
            let file = &self.sources.file(scalar.source).text;
            let range = in_file(file, scalar, fault.range);
            let (headline, label) = (fault.headline, fault.label);
            self.error(&fault.rule, scalar.source, range, headline, label)
                .help = fault.help;
        }
        is_readable
    }

    fn not_a_map(&mut self, entry: Option<&Entry>, env: &Env<'_>) {
        let Some(entry) = entry else {
            return;
        };
        let headline = format!("`{}` is not a map", entry.key.text);
        let label = format!(
            "a map is expected here, this is {}",
            entry.value.described()
        );
        let at = match entry.value.range.is_empty() {
            true => entry.key.range.clone(),
            false => entry.value.range.clone(),
        };
        self.error(&rule::UNEXPECTED_SHAPE, env.source, at, headline, label);
    }

    fn unknown_parameter(&mut self, fragment: &Fragment<'t>, key: &Scalar, env: &Env<'_>) {
        let known = || fragment.parameters.iter().map(|it| it.name.text.as_str());
        let name = &fragment.name.text;
        let help = match suggest::nearest(&key.text, known()) {
            Some(near) => format!("a parameter with a similar name exists: `{near}`"),
            None if fragment.parameters.is_empty() => format!("`{name}` has no parameters"),
            None => format!("the parameters are {}", suggest::listed(known())),
        };
        let defined = self.sources.scalar_span(fragment.name);
        let headline = format!("unknown parameter `{}`", key.text);
        let label = format!("fragment `{name}` has no such parameter");
        let range = key.range.clone();
        let rule = &rule::UNKNOWN_FRAGMENT_PARAMETER;
        let diag = self.error(rule, env.source, range, headline, label);
        diag.labels.insert(1, labelled(defined, "defined here"));
        diag.help = Some(help);
    }

    fn missing_parameter(
        &mut self,
        fragment: &Fragment<'t>,
        parameter: &Parameter<'_>,
        using: &Use<'_>,
        env: &Env<'_>,
    ) {
        // Whoever has misspelt it was told so.
        let given = Fields::default();
        let given = using
            .with
            .and_then(|it| Fields::of(&it.value))
            .unwrap_or(given);
        let name = &parameter.name.text;
        let is_slip = given.rest().iter().any(|it| {
            let word = it.key.text.as_str();
            fragment.parameter(word).is_none() && suggest::nearest(word, [name.as_str()]).is_some()
        });
        if is_slip {
            return;
        }
        let declared = self.sources.scalar_span(parameter.name);
        let headline = format!("missing parameter `{name}`");
        let label = format!("fragment `{}` needs `{name}`", fragment.name.text);
        let range = using.at.range.clone();
        let diag = self.error(&rule::MISSING_PARAMETER, env.source, range, headline, label);
        diag.labels.insert(1, labelled(declared, "declared here"));
        diag.help = Some(format!("add `with: {{ {name}: .. }}`"));
    }

    /// Leads every exit where the use says.
    fn exits(
        &mut self,
        fragment: &Fragment<'t>,
        using: &Use<'_>,
        scope: &mut Scope,
        env: &mut Env<'_>,
    ) {
        let on = match using.on.map(|it| &it.value.kind) {
            None => &[][..],
            Some(Kind::Map(entries)) => entries.as_slice(),
            Some(_) => return self.not_a_map(using.on, env),
        };
        let is_exit = |it: &&Entry| fragment.exits.iter().any(|exit| exit.text == it.key.text);
        for entry in on.iter().filter(|it| !is_exit(it)) {
            self.unknown_exit(fragment, entry, env);
        }
        let only = fragment.exits.len() == 1 && on.is_empty();
        if let Some(next) = using.next.filter(|_| !only) {
            let headline = format!("fragment `{}` has no `next`", fragment.name.text);
            let label = match fragment.exits.as_slice() {
                [] => "this fragment has no exits",
                _ => "the branches say what comes after it",
            };
            let range = next.key.range.clone();
            self.error(&rule::UNKNOWN_KEY, env.source, range, headline, label);
        }
        for exit in &fragment.exits {
            let branch = on.iter().find(|it| it.key.text == exit.text);
            let Some(entry) = branch.or(using.next.filter(|_| only)) else {
                self.missing_exit(fragment, exit, using, on, env);
                continue;
            };
            if let Some(target) = self.target(entry, env) {
                self.names.promised.push(target.clone());
                let target = Target::Written(Box::new(target));
                scope.names.insert(exit.text.clone(), target);
            }
        }
    }

    fn unknown_exit(&mut self, fragment: &Fragment<'t>, entry: &Entry, env: &Env<'_>) {
        let name = &entry.key.text;
        let known = || fragment.exits.iter().map(|it| it.text.as_str());
        let help = match suggest::nearest(name, known()) {
            Some(near) => format!("an exit with a similar name exists: `{near}`"),
            None if fragment.exits.is_empty() => "the fragment has no exits".to_owned(),
            None => format!("the exits are {}", suggest::listed(known())),
        };
        let defined = self.sources.scalar_span(fragment.name);
        let headline = format!("unknown branch `{name}`");
        let label = format!("fragment `{}` has no exit `{name}`", fragment.name.text);
        let range = entry.key.range.clone();
        let diag = self.error(&rule::UNKNOWN_BRANCH, env.source, range, headline, label);
        diag.labels.insert(1, labelled(defined, "defined here"));
        diag.help = Some(help);
    }

    fn missing_exit(
        &mut self,
        fragment: &Fragment<'t>,
        exit: &Scalar,
        using: &Use<'_>,
        on: &[Entry],
        env: &Env<'_>,
    ) {
        let is_slip = |it: &Entry| suggest::nearest(&it.key.text, [exit.text.as_str()]).is_some();
        let known = |it: &Entry| fragment.exits.iter().any(|exit| exit.text == it.key.text);
        if on.iter().any(|it| !known(it) && is_slip(it)) {
            return;
        }
        let declared = self.sources.scalar_span(exit);
        let name = &using.name.text;
        let (headline, help) = match fragment.exits.as_slice() {
            [_] => (
                format!("action `{name}` leads nowhere"),
                "add `next: <action>`".to_owned(),
            ),
            _ => (
                format!("action `{name}` has no branch `{}`", exit.text),
                format!("add `on: {{ {}: <action> }}`", exit.text),
            ),
        };
        let label = format!("nothing says what comes after `{}`", exit.text);
        let range = using.name.range.clone();
        let diag: &mut Diagnostic =
            self.error(&rule::MISSING_WAY_OUT, env.source, range, headline, label);
        diag.labels.insert(1, labelled(declared, "the exit"));
        diag.help = Some(help);
    }
}

/// Levels of a value.
fn depth(node: &Node) -> usize {
    let deepest = match &node.kind {
        Kind::Scalar(_) => 0,
        Kind::List(items) => items.iter().map(depth).max().unwrap_or(0),
        Kind::Map(entries) => entries.iter().map(|it| depth(&it.value)).max().unwrap_or(0),
    };
    deepest + 1
}
