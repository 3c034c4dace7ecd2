//! Scalars of the sources as values of a flow: text, durations, references, JSONPaths.

use std::ops::RangeInclusive;

use flow::diagnostic::Fix;
use flow::jsonpath;
use flow::model::FlowType;
use flow::value::{Format, Map, Ref, RefKind, Template, Value};

use super::Lowering;
use crate::compiled::Site;
use crate::duration;
use crate::rule;
use crate::suggest;
use crate::template;
use crate::yaml::{Entry, Kind, Node, Scalar};

/// The least and the greatest value of a duration, in seconds, and what has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) what: &'static str,
    pub(crate) least: u64,
    pub(crate) greatest: u64,
}

/// What a scalar may stand for beside its text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Allowed {
    Text,
    TextOrReference,
}

impl<'a> Lowering<'a> {
    /// A scalar, or a report that something else stands there.
    pub(super) fn scalar(&mut self, node: &'a Node, what: &str) -> Option<&'a Scalar> {
        match &node.kind {
            Kind::Scalar(scalar) if !scalar.is_null() => Some(scalar),
            _ => {
                let headline = format!("{what} is not text");
                let label = format!("text is expected here, this is {}", node.described());
                self.error(&rule::UNEXPECTED_SHAPE, node, headline, label);
                None
            }
        }
    }

    /// A scalar that is the same in every environment.
    pub(super) fn word(&mut self, node: &'a Node, what: &str) -> Option<&'a Scalar> {
        let scalar = self.scalar(node, what)?;
        if is_template(scalar) {
            let headline = format!("template in {what}");
            let label = format!("{what} is the same in every environment");
            self.error_at(&rule::TEMPLATE_IN_STRUCTURE, scalar, headline, label);
            return None;
        }
        Some(scalar)
    }

    /// One of a few words.
    pub(super) fn choice(
        &mut self,
        node: &'a Node,
        what: &str,
        choices: &[(&'static str, &'static str)],
    ) -> Option<&'static str> {
        let scalar = self.word(node, what)?;
        let found = choices.iter().find(|(written, _)| *written == scalar.text);
        if let Some((_, meant)) = found {
            return Some(meant);
        }
        let headline = format!("unknown {what} `{}`", scalar.text);
        let label = format!("no {what} is called `{}`", scalar.text);
        let words = choices.iter().map(|(written, _)| *written);
        let help = format!("write one of {}", suggest::listed(words));
        self.error_at(&rule::INVALID_VALUE, scalar, headline, label)
            .help = Some(help);
        None
    }

    /// A text, perhaps with templates in it.
    pub(super) fn text(&mut self, node: &'a Node, what: &str) -> Option<Value> {
        let scalar = self.scalar(node, what)?;
        self.scalar_value(scalar, what, Allowed::Text)
    }

    /// A map from names to texts, where `nested` also to maps and lists of them.
    pub(super) fn texts(&mut self, node: &'a Node, what: &str, nested: bool) -> Option<Map> {
        let Kind::Map(entries) = &node.kind else {
            let headline = format!("{what} is not a map");
            let label = format!("a map is expected here, this is {}", node.described());
            self.error(&rule::UNEXPECTED_SHAPE, node, headline, label);
            return None;
        };
        let mut texts = Map::with_capacity(entries.len());
        for entry in entries {
            self.literal_key(&entry.key);
            if entry.key.text.is_empty() {
                let label = "a name is expected here";
                self.error_at(&rule::EMPTY_TEXT, &entry.key, "name is empty", label);
                continue;
            }
            let value = match &entry.value.kind {
                Kind::List(_) | Kind::Map(_) if nested => self.raw_value(&entry.value, &[], false),
                _ => self.named_text(entry),
            };
            texts.extend(value.map(|value| (entry.key.text.clone(), value)));
        }
        Some(texts)
    }

    /// The text under a name; a reference may stand for it.
    fn named_text(&mut self, entry: &'a Entry) -> Option<Value> {
        if let Kind::Scalar(scalar) = &entry.value.kind
            && is_plain_text(scalar)
        {
            return Some(Value::text(scalar.text.as_str()));
        }
        let what = format!("`{}`", entry.key.text);
        let scalar = self.scalar(&entry.value, &what)?;
        self.scalar_value(scalar, &what, Allowed::TextOrReference)
    }

    /// A list of texts.
    pub(super) fn text_list(&mut self, node: &'a Node, what: &str) -> Option<Value> {
        let Kind::List(items) = &node.kind else {
            let headline = format!("{what} is not a list");
            let label = format!("a list is expected here, this is {}", node.described());
            self.error(&rule::UNEXPECTED_SHAPE, node, headline, label);
            return None;
        };
        let items = items.iter().filter_map(|item| self.text(item, "the text"));
        Some(Value::List(items.collect()))
    }

    /// A whole number, or the JSONPath of an attribute that holds it.
    pub(super) fn number(
        &mut self,
        node: &'a Node,
        what: &str,
        limits: RangeInclusive<i64>,
    ) -> Option<Value> {
        let scalar = self.scalar(node, what)?;
        if scalar.is_json {
            return self.json_value(scalar);
        }
        if jsonpath::is_reference(&scalar.text) {
            return self.path_value(scalar);
        }
        if template::is_template(&scalar.text) {
            return self.template(scalar, what, Allowed::Text, Format::Text, None);
        }
        let number: Option<i64> = scalar.text.parse().ok();
        if number.is_some_and(|it| limits.contains(&it)) {
            return Some(Value::text(scalar.text.as_str()));
        }
        let (least, greatest) = (limits.start(), limits.end());
        let headline = format!("{what} is not a number for this place");
        let label = if *greatest == i64::MAX {
            format!("a whole number from {least} is expected here")
        } else {
            format!("a whole number from {least} to {greatest} is expected here")
        };
        self.error_at(&rule::INVALID_VALUE, scalar, headline, label);
        None
    }

    fn scalar_value(&mut self, scalar: &Scalar, what: &str, allowed: Allowed) -> Option<Value> {
        if scalar.is_json {
            return self.json_value(scalar);
        }
        if scalar.text.is_empty() {
            let label = "Connect takes no empty text; a single space is taken";
            self.error_at(&rule::EMPTY_TEXT, scalar, format!("{what} is empty"), label);
            return None;
        }
        if scalar.text.starts_with("arn:") {
            self.literal_arn(scalar);
            return None;
        }
        if template::is_template(&scalar.text) {
            return self.template(scalar, what, allowed, Format::Text, None);
        }
        Some(Value::text(scalar.text.as_str()))
    }

    /// A scalar tagged `!json`: in quotes the text as it is, else what JSON reads.
    fn json_value(&mut self, scalar: &Scalar) -> Option<Value> {
        if !scalar.is_plain() {
            if scalar.text.starts_with("arn:") {
                self.literal_arn(scalar);
            }
            return Some(Value::text(scalar.text.as_str()));
        }
        let value = json_scalar(scalar);
        if value.is_none() {
            let headline = "`!json` before what is not JSON";
            let label = "a number, `true`, `false`, `null` or a text in quotes is expected here";
            self.error_at(&rule::INVALID_VALUE, scalar, headline, label);
        }
        value
    }

    /// A scalar with a template in it: a reference, or text that an environment completes.
    fn template(
        &mut self,
        scalar: &Scalar,
        what: &str,
        allowed: Allowed,
        format: Format,
        limits: Option<Limits>,
    ) -> Option<Value> {
        let analysis = template::analyse(&scalar.text);
        let is_sound = analysis.faults.is_empty();
        for fault in analysis.faults {
            let place = self.part(scalar, fault.range);
            self.error_at(&fault.rule, &place, fault.headline, fault.label)
                .help = fault.help;
        }
        if let Some((reference, range)) = analysis.reference {
            let place = self.part(scalar, range);
            if allowed == Allowed::Text {
                let headline = format!("reference where {what} is expected");
                let label = format!("this stands for a {}", noun(reference.kind));
                self.error_at(&rule::REFERENCE_INSIDE_TEXT, &place, headline, label);
                return None;
            }
            return self.resolved(reference, &place);
        }
        if !is_sound {
            return None;
        }
        let source = scalar.text.clone();
        let template = Template { source, format };
        self.sites.push(Site {
            template: template.clone(),
            span: self.span(scalar),
            used_at: self.document.sources.used_at(scalar.source),
            scalar: scalar.clone(),
            what: what.to_owned(),
            variables: analysis.variables,
            limits,
        });
        Some(Value::Template(template))
    }

    /// A reference whose name is known; others are reported with the name that may be meant.
    fn resolved(&mut self, reference: Ref, place: &Scalar) -> Option<Value> {
        let (kind, name) = (reference.kind, reference.name.as_str());
        if self.scope.has(kind, name) {
            if kind == RefKind::Lambda && !self.scope.is_for_flows(name) {
                self.not_for_flows(name, place);
            }
            return Some(Value::Ref(reference));
        }
        let noun = noun(kind);
        let known = self.scope.names(kind);
        let elsewhere = RefKind::ALL
            .into_iter()
            .find(|kind| self.scope.has(*kind, name));
        let near = suggest::nearest(name, known.iter().copied());
        let help = match (near, elsewhere) {
            (Some(near), _) => Some(format!("a {noun} with a similar name exists: `{near}`")),
            (None, Some(other)) => Some(format!("`{name}` is a {}", self::noun(other))),
            (None, None) if known.is_empty() => Some(format!("no {noun} is defined anywhere")),
            (None, None) if known.len() <= 8 => {
                Some(format!("the names there are: {}", suggest::listed(known)))
            }
            (None, None) => None,
        };
        let headline = format!("unknown {noun} `{name}`");
        let label = format!("no {noun} is called `{name}`");
        self.error_at(&rule::UNKNOWN_REFERENCE, place, headline, label)
            .help = help;
        Some(Value::Ref(reference))
    }

    fn not_for_flows(&mut self, lambda: &str, place: &Scalar) {
        let headline = format!("Lambda `{lambda}` is not for flows");
        let label = "Connect will have no permission to call it";
        self.error_at(&rule::LAMBDA_NOT_FOR_FLOWS, place, headline, label)
            .help = Some("add `flows: true` to its `invoked_by`".to_owned());
    }

    /// The name of something on the instance, written plainly, as a reference, or as the JSONPath
    /// of an attribute that holds its id.
    pub(super) fn reference(&mut self, node: &'a Node, kind: RefKind) -> Option<Value> {
        let what = format!("the name of a {}", noun(kind));
        let scalar = self.scalar(node, &what)?;
        let text = scalar.text.as_str();
        if scalar.is_json {
            return self.json_value(scalar);
        }
        if jsonpath::is_reference(text) {
            return self.path_value(scalar);
        }
        if text.starts_with("arn:") {
            self.literal_arn(scalar);
            return None;
        }
        if !template::is_template(text) {
            return self.resolved(Ref::new(kind, text), scalar);
        }
        match self.template(scalar, &what, Allowed::TextOrReference, Format::Text, None)? {
            Value::Ref(found) if found.kind == kind => Some(Value::Ref(found)),
            Value::Ref(found) => {
                let headline = format!("{} where a {} is expected", noun(found.kind), noun(kind));
                let label = format!("this is a {}", noun(found.kind));
                self.error_at(&rule::UNKNOWN_REFERENCE, scalar, headline, label);
                None
            }
            _ => {
                self.sites.pop();
                let headline = format!("template in {what}");
                let label = "what a flow refers to is the same in every environment";
                self.error_at(&rule::TEMPLATE_IN_STRUCTURE, scalar, headline, label);
                None
            }
        }
    }

    /// A reference to a flow of one of some types.
    pub(super) fn flow_reference(&mut self, node: &'a Node, types: &[FlowType]) -> Option<Value> {
        let value = self.reference(node, RefKind::Flow)?;
        if let Value::Ref(reference) = &value
            && let Some(found) = self.scope.flow_type(&reference.name)
            && !types.contains(&found)
        {
            let name = |it: &FlowType| it.as_str().to_lowercase();
            let names: Vec<String> = types.iter().map(name).collect();
            let headline = format!("flow `{}` is of another type", reference.name);
            let label = format!("this is a {} flow", name(&found));
            let listed = suggest::listed(names.iter().map(String::as_str));
            let help = format!("a flow of type {listed} is expected here");
            self.error(&rule::UNKNOWN_REFERENCE, node, headline, label)
                .help = Some(help);
        }
        Some(value)
    }

    /// One JSONPath to a value.
    pub(super) fn path(&mut self, node: &'a Node, what: &str) -> Option<Value> {
        let scalar = self.word(node, what)?;
        if scalar.is_json {
            return self.json_value(scalar);
        }
        if jsonpath::is_reference(&scalar.text) {
            return self.path_value(scalar);
        }
        let headline = format!("{what} is not a JSONPath");
        let label = "the path of a value is expected here";
        self.error_at(&rule::INVALID_VALUE, scalar, headline, label)
            .help = Some("for example `$.Attributes.bot_outcome`".to_owned());
        None
    }

    fn path_value(&mut self, scalar: &Scalar) -> Option<Value> {
        if jsonpath::leads_to_a_value(&scalar.text) {
            return Some(Value::text(scalar.text.as_str()));
        }
        let headline = "JSONPath that leads to no value";
        let label = "Connect knows no value there";
        self.error_at(&rule::INVALID_VALUE, scalar, headline, label)
            .help =
            Some("name a value under a root, for example `$.Attributes.bot_outcome`".to_owned());
        None
    }

    /// A duration, or the JSONPath of an attribute that holds its number.
    pub(super) fn duration(
        &mut self,
        node: &'a Node,
        format: Format,
        limits: Limits,
    ) -> Option<Value> {
        let scalar = self.scalar(node, limits.what)?;
        if scalar.is_json {
            return self.json_value(scalar);
        }
        if jsonpath::is_reference(&scalar.text) {
            return self.path_value(scalar);
        }
        if template::is_template(&scalar.text) {
            return self.template(scalar, limits.what, Allowed::Text, format, Some(limits));
        }
        match checked_duration(&scalar.text, format, limits) {
            Ok(number) => Some(Value::Text(number)),
            Err(fault) => {
                let span = self.span(scalar);
                let diag = self.error_at(fault.rule, scalar, fault.headline, fault.label);
                diag.help = Some(fault.help);
                if let Some(text) = duration::respelt(&scalar.text) {
                    diag.help = Some(format!("write `{text}`"));
                    diag.fix = Some(Fix::safe(format!("write `{text}`"), span, text));
                }
                None
            }
        }
    }

    /// A value of the raw form: as written, scalars as the console writes them.
    ///
    /// Under `json` scalars keep their JSON types, as the console keeps them in the inputs of
    /// views and modules and nowhere else. Elsewhere a bare `true` takes the case of the known
    /// values of its parameter.
    pub(super) fn raw_value(
        &mut self,
        node: &'a Node,
        known: &[String],
        json: bool,
    ) -> Option<Value> {
        match &node.kind {
            Kind::Scalar(scalar) => self.raw_scalar(node, scalar, known, json),
            Kind::List(items) => {
                let items = items
                    .iter()
                    .filter_map(|item| self.raw_value(item, known, json));
                Some(Value::List(items.collect()))
            }
            Kind::Map(entries) => {
                let mut map = Map::new();
                for entry in entries {
                    self.literal_key(&entry.key);
                    let json = json || entry.key.text == "UseDefaultValue";
                    if let Some(value) = self.raw_value(&entry.value, known, json) {
                        map.insert(entry.key.text.clone(), value);
                    }
                }
                Some(Value::Map(map))
            }
        }
    }

    fn raw_scalar(
        &mut self,
        node: &Node,
        scalar: &Scalar,
        known: &[String],
        json: bool,
    ) -> Option<Value> {
        if scalar.is_json {
            return self.json_value(scalar);
        }
        if json
            && scalar.is_plain()
            && let Some(value) = json_scalar(scalar)
        {
            return Some(value);
        }
        if scalar.is_null() {
            let headline = "value that is missing";
            let label = "Connect takes no null; leave the key out";
            self.error(&rule::EMPTY_TEXT, node, headline, label);
            return None;
        }
        if json && scalar.text.is_empty() {
            return Some(Value::text(""));
        }
        if scalar.is_plain() && is_flag(&scalar.text) {
            let same = |it: &&String| it.eq_ignore_ascii_case(&scalar.text);
            let flag = known.iter().find(same).unwrap_or(&scalar.text);
            return Some(Value::text(flag.as_str()));
        }
        // What was reported stays in the flow, so that no document loses anything.
        self.scalar_value(scalar, "the value", Allowed::TextOrReference)
            .or_else(|| Some(Value::text(scalar.text.as_str())))
    }

    /// Reports a template in the key of a map.
    pub(super) fn literal_key(&mut self, key: &Scalar) {
        if is_template(key) {
            let label = "the keys of a map are the same in every environment";
            self.error_at(
                &rule::TEMPLATE_IN_STRUCTURE,
                key,
                "template in a key",
                label,
            );
        }
    }

    fn literal_arn(&mut self, scalar: &Scalar) {
        let kind = kind_of_arn(&scalar.text);
        let known = kind.map(|kind| self.scope.names(kind)).unwrap_or_default();
        let named = known.iter().find(|name| scalar.text.contains(*name));
        let help = match (kind, named) {
            (Some(kind), Some(name)) => format!("write `{{{{ {kind}('{name}') }}}}`"),
            (Some(kind), None) if !known.is_empty() && known.len() <= 8 => format!(
                "write its name as `{{{{ {kind}('<name>') }}}}`: {}",
                suggest::listed(known)
            ),
            (Some(kind), _) => format!(
                "define the {} in `infra` and write `{{{{ {kind}('<name>') }}}}`",
                noun(kind)
            ),
            (None, _) => "write the name by which the sources know it".to_owned(),
        };
        let label = "an ARN holds in one account and region only";
        self.error_at(&rule::LITERAL_ARN, scalar, "ARN in a source", label)
            .help = Some(help);
    }
}

/// Why a text is no duration for its place.
pub(crate) struct DurationFault {
    pub(crate) rule: &'static rule::Rule,
    pub(crate) headline: String,
    pub(crate) label: String,
    pub(crate) help: String,
}

/// A duration within its limits, as the decimal number that the flow carries.
pub(crate) fn checked_duration(
    text: &str,
    format: Format,
    limits: Limits,
) -> Result<String, DurationFault> {
    let what = limits.what;
    let Some(seconds) = duration::seconds(text) else {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        return Err(DurationFault {
            rule: &rule::INVALID_DURATION,
            headline: format!("{what} is not a duration"),
            label: format!("`{text}` is not a duration"),
            help: if is_number {
                format!("say of what: `{text}s`, `{text}m` or `{text}h`")
            } else {
                "write a number with a unit: `30s`, `15m`, `1h30m`, `7d`".to_owned()
            },
        });
    };
    let (least, greatest) = (limits.least, limits.greatest);
    if !(least..=greatest).contains(&seconds) {
        let from = duration::text(least);
        let (range, advice) = if greatest < u64::MAX {
            let to = duration::text(greatest);
            (format!("{from} to {to}"), format!("from {from} to {to}"))
        } else {
            (format!("{from} and more"), format!("of {from} at least"))
        };
        return Err(DurationFault {
            rule: &rule::DURATION_OUT_OF_RANGE,
            headline: format!("{what} is out of range"),
            label: format!("Connect takes {range} here"),
            help: format!("choose a duration {advice}"),
        });
    }
    if format == Format::Minutes && seconds % 60 != 0 {
        return Err(DurationFault {
            rule: &rule::INVALID_DURATION,
            headline: format!("{what} is not in whole minutes"),
            label: "Connect counts this in minutes".to_owned(),
            help: format!(
                "round it, for example to `{}`",
                duration::text(seconds / 60 * 60)
            ),
        });
    }
    let unit = if format == Format::Minutes { 60 } else { 1 };
    Ok((seconds / unit).to_string())
}

/// The word for a kind of reference in messages.
pub(super) fn noun(kind: RefKind) -> &'static str {
    match kind {
        RefKind::Flow => "flow",
        RefKind::Module => "module",
        RefKind::Queue => "queue",
        RefKind::Hours => "set of hours",
        RefKind::Lambda => "Lambda",
        RefKind::Prompt => "prompt",
        RefKind::View => "view",
        RefKind::LexBot => "Lex bot",
        RefKind::Resource => "resource",
    }
}

/// Whether a scalar is text and nothing but text.
fn is_plain_text(scalar: &Scalar) -> bool {
    let text = scalar.text.as_str();
    let is_special = scalar.is_json || scalar.is_null() || text.starts_with("arn:");
    !is_special && !text.is_empty() && !template::is_template(text)
}

/// Whether a scalar is a template; one tagged `!json` has none.
pub(super) fn is_template(scalar: &Scalar) -> bool {
    !scalar.is_json && template::is_template(&scalar.text)
}

/// What a plain scalar is in JSON; nothing for text.
fn json_scalar(scalar: &Scalar) -> Option<Value> {
    if scalar.is_null() {
        return Some(Value::Null);
    }
    match scalar.text.as_str() {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        text => flow::exact::number(text).map(Value::Number),
    }
}

fn is_flag(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// What an ARN names, by its resource part.
fn kind_of_arn(arn: &str) -> Option<RefKind> {
    [
        (":function:", RefKind::Lambda),
        ("/queue/", RefKind::Queue),
        ("/flow-module/", RefKind::Module),
        ("/contact-flow/", RefKind::Flow),
        ("/operating-hours/", RefKind::Hours),
        ("/prompt/", RefKind::Prompt),
        (":view/", RefKind::View),
        ("/view/", RefKind::View),
        (":bot-alias/", RefKind::LexBot),
    ]
    .into_iter()
    .find(|(mark, _)| arn.contains(mark))
    .map(|(_, kind)| kind)
}
