//! The outline of a source file: which flow or module it defines, and its actions, not yet looked
//! into.

use std::sync::Arc;

use flow::diagnostic::{Diagnostic, SourceFile, Span};
use flow::model::{DocumentKind, FlowType};

use crate::expand::ActionNames;
use crate::fields::Fields;
use crate::place::Sources;
use crate::rule;
use crate::suggest;
use crate::template;
use crate::yaml::{Entry, Kind, Node, Scalar};

/// A flow or module as a file has it.
pub(crate) struct Document<'a> {
    /// Where everything in the tree is written.
    pub(crate) sources: &'a Sources,
    /// What the names of its actions stand for.
    pub(crate) names: &'a ActionNames,
    pub(crate) name: &'a Scalar,
    pub(crate) kind: DocumentKind,
    pub(crate) title: String,
    /// Where the title is written, or the name that stands in for it.
    pub(crate) title_at: &'a Scalar,
    pub(crate) description: Option<String>,
    pub(crate) start: Option<&'a Scalar>,
    pub(crate) actions: &'a [Entry],
}

impl Document<'_> {
    pub(crate) fn span(&self, scalar: &Scalar) -> Span {
        self.sources.scalar_span(scalar)
    }

    /// The word for it in messages: `flow` or `module`.
    pub(crate) fn noun(&self) -> &'static str {
        match self.kind {
            DocumentKind::Flow(_) => "flow",
            DocumentKind::Module => "module",
        }
    }
}

/// Reads the outline; nothing if the file does not say which flow or module it is.
pub(crate) fn read<'a>(
    tree: &'a Node,
    sources: &'a Sources,
    names: &'a ActionNames,
    diags: &mut Vec<Diagnostic>,
) -> Option<Document<'a>> {
    let file = sources.file(tree.source);
    let mut outline = Outline { file, diags };
    let Some(mut fields) = Fields::of(tree) else {
        let label = format!("a flow or a module is a map, this is {}", tree.described());
        outline.report(
            &rule::UNEXPECTED_SHAPE,
            "source that is not a map",
            tree,
            label,
        );
        return None;
    };
    let (name, kind) = outline.name_and_kind(&mut fields, tree)?;
    let title = outline.text(fields.take("name"), "name");
    let title = title.unwrap_or(name);
    let description = outline.text(fields.take("description"), "description");
    let (start, actions) = (fields.take("start"), fields.take("actions"));
    let start = outline.start(start, &fields, tree);
    let actions = outline.actions(actions, &fields, tree);
    // What is repeated was expanded already.
    fields.take("lists");
    fields.refuse_rest("a source file", |entry| span(file, entry), diags);
    Some(Document {
        sources,
        names,
        name,
        kind,
        title: title.text.clone(),
        title_at: title,
        description: description.map(|it| it.text.clone()),
        start,
        actions,
    })
}

struct Outline<'a, 'd> {
    file: &'a Arc<SourceFile>,
    diags: &'d mut Vec<Diagnostic>,
}

impl<'a> Outline<'a, '_> {
    fn report(
        &mut self,
        rule: &rule::Rule,
        headline: impl Into<String>,
        node: &Node,
        label: impl Into<String>,
    ) {
        let span = Span {
            file: Arc::clone(self.file),
            range: node.range.clone(),
        };
        self.diags.push(rule.error(headline, span, label));
    }

    /// At the start of the file, for what the whole of it lacks.
    fn missing(&mut self, key: &str, tree: &Node, help: &str) {
        let start = tree.range.start;
        let first_line = self.file.text[start..]
            .lines()
            .next()
            .unwrap_or("")
            .trim_end();
        let span = Span {
            file: Arc::clone(self.file),
            range: start..start + first_line.len(),
        };
        let label = format!("the file that starts here has no `{key}`");
        self.diags.push(
            rule::MISSING_KEY
                .error(format!("missing key `{key}`"), span, label)
                .with_help(help),
        );
    }

    fn name_and_kind(
        &mut self,
        fields: &mut Fields<'a>,
        tree: &Node,
    ) -> Option<(&'a Scalar, DocumentKind)> {
        let (flow, module) = (fields.take("flow"), fields.take("module"));
        let flow_type = fields.take("type");
        let (entry, kind) = match (flow, module) {
            (Some(entry), None) => (entry, DocumentKind::Flow(self.flow_type(flow_type))),
            (None, Some(entry)) => {
                if let Some(flow_type) = flow_type {
                    let label = "only flows have types";
                    let span = span(self.file, flow_type);
                    let diag = rule::UNKNOWN_KEY.error("unknown key `type`", span, label);
                    self.diags.push(diag.with_help("remove it"));
                }
                (entry, DocumentKind::Module)
            }
            (Some(_), Some(module)) => {
                let label = "a file is either a flow or a module";
                self.report(
                    &rule::UNEXPECTED_SHAPE,
                    "flow and module at once",
                    &module.value,
                    label,
                );
                return None;
            }
            (None, None) => {
                self.missing(
                    "flow",
                    tree,
                    "begin the file with `flow: <name>` or `module: <name>`",
                );
                return None;
            }
        };
        let name = self.scalar(entry)?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/');
        // The name is a path too: of the file that the flow is written to.
        let is_legal = |part: &str| !part.is_empty() && part.chars().all(is_name);
        if !name.text.split('/').all(is_legal) {
            let label = "a name has letters, digits, `-` and `_`, in parts with `/` between them";
            self.report(&rule::INVALID_VALUE, "illegal name", &entry.value, label);
            return None;
        }
        Some((name, kind))
    }

    fn flow_type(&mut self, entry: Option<&'a Entry>) -> FlowType {
        let Some(entry) = entry else {
            return FlowType::ContactFlow;
        };
        let Some(scalar) = self.scalar(entry) else {
            return FlowType::ContactFlow;
        };
        FlowType::parse(&scalar.text).unwrap_or_else(|| {
            let names: Vec<String> = FlowType::ALL
                .iter()
                .map(|it| it.as_str().to_lowercase())
                .collect();
            let names = || names.iter().map(String::as_str);
            let help = suggest::nearest(&scalar.text, names()).map_or_else(
                || format!("the types are {}", suggest::listed(names())),
                |near| format!("a type with a similar name exists: `{near}`"),
            );
            let headline = format!("unknown flow type `{}`", scalar.text);
            let label = format!("Connect has no flow type `{}`", scalar.text);
            self.report(&rule::INVALID_VALUE, headline, &entry.value, label);
            self.help(help);
            FlowType::ContactFlow
        })
    }

    fn help(&mut self, help: String) {
        if let Some(last) = self.diags.last_mut() {
            last.help = Some(help);
        }
    }

    /// A literal text under a key. What names or describes a flow is the same in every
    /// environment, so it is no template.
    fn text(&mut self, entry: Option<&'a Entry>, key: &str) -> Option<&'a Scalar> {
        let entry = entry?;
        let scalar = self.scalar(entry)?;
        if scalar.text.is_empty() {
            let label = format!("`{key}` has no text");
            self.report(&rule::EMPTY_TEXT, "empty text", &entry.value, label);
            return None;
        }
        Some(scalar)
    }

    fn scalar(&mut self, entry: &'a Entry) -> Option<&'a Scalar> {
        let key = &entry.key.text;
        match &entry.value.kind {
            Kind::Scalar(scalar) if !scalar.is_json && template::is_template(&scalar.text) => {
                let label = format!("`{key}` is the same in every environment");
                let headline = format!("template in `{key}`");
                self.report(&rule::TEMPLATE_IN_STRUCTURE, headline, &entry.value, label);
                None
            }
            Kind::Scalar(scalar) if !scalar.is_null() => Some(scalar),
            _ => {
                let label = format!("text is expected here, this is {}", entry.value.described());
                let headline = format!("`{key}` is not text");
                self.report(&rule::UNEXPECTED_SHAPE, headline, &entry.value, label);
                None
            }
        }
    }

    fn start(
        &mut self,
        entry: Option<&'a Entry>,
        fields: &Fields<'_>,
        tree: &Node,
    ) -> Option<&'a Scalar> {
        match entry {
            Some(entry) => self.scalar(entry),
            None if fields.has_slip_of("start") => None,
            None => {
                self.missing("start", tree, "name the first action: `start: <action>`");
                None
            }
        }
    }

    fn actions(
        &mut self,
        entry: Option<&'a Entry>,
        fields: &Fields<'_>,
        tree: &Node,
    ) -> &'a [Entry] {
        let Some(entry) = entry else {
            if !fields.has_slip_of("actions") {
                self.missing("actions", tree, "list the actions under `actions:`");
            }
            return &[];
        };
        match &entry.value.kind {
            Kind::Map(entries) if !entries.is_empty() => entries,
            _ => {
                let label = format!(
                    "a map from names to actions is expected here, this is {}",
                    entry.value.described()
                );
                let headline = "`actions` has no actions";
                self.report(&rule::UNEXPECTED_SHAPE, headline, &entry.value, label);
                &[]
            }
        }
    }
}

fn span(file: &Arc<SourceFile>, entry: &Entry) -> Span {
    Span {
        file: Arc::clone(file),
        range: entry.key.range.clone(),
    }
}
