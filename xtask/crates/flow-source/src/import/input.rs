//! The documents in a file: a bare one as the console exports it, one inside an answer of the API,
//! or several of these.

use std::sync::Arc;

use flow::diagnostic::{Diagnostic, SourceFile};
use flow::exact;
use flow::json::{self, ParseError};
use flow::model::{DocumentKind, Flow, FlowType};
use flow::value::Value;
use serde_json::{Map as JsonMap, Value as Json};

use super::{Document, refused};
use crate::flow_json::refusal;
use crate::rule;

/// The keys under which the API has descriptions of flows and modules, one or several.
const ENVELOPES: [(&str, bool); 6] = [
    ("ContactFlow", false),
    ("ContactFlowModule", true),
    ("ContactFlows", false),
    ("ContactFlowModules", true),
    ("ContactFlowSummaryList", false),
    ("ContactFlowModulesSummaryList", true),
];

/// One flow to be imported.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) file: Arc<SourceFile>,
    pub(super) stem: String,
    /// What people see in Connect, if anything says so.
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) kind: DocumentKind,
    /// Its own ARN and id.
    pub(super) own: Vec<String>,
    pub(super) flow: Flow,
    /// What has to come out again.
    pub(super) json: Json,
}

/// Reads every document of a file.
pub(super) fn read(
    document: &Document,
    kind: Option<DocumentKind>,
) -> (Vec<Input>, Vec<Diagnostic>) {
    let mut reader = Reader {
        document,
        kind,
        inputs: Vec::new(),
        diags: Vec::new(),
    };
    // The AWS CLI, called in a loop, writes one document after the other.
    let text = &document.file.text;
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Json>();
    let mut start = 0;
    while let Some(value) = values.next() {
        let end = values.byte_offset();
        match value.and_then(|_| exact::from_str(&text[start..end])) {
            Ok(value) => reader.value(value),
            Err(error) => {
                reader.refuse(&ParseError::Json(error));
                break;
            }
        }
        start = end;
    }
    if reader.inputs.is_empty() && reader.diags.is_empty() {
        reader.no_flow("the file has no flow in it");
    }
    (reader.inputs, reader.diags)
}

struct Reader<'a> {
    document: &'a Document,
    kind: Option<DocumentKind>,
    inputs: Vec<Input>,
    diags: Vec<Diagnostic>,
}

/// What the API says about a flow beside its content.
#[derive(Default)]
struct Description {
    title: Option<String>,
    description: Option<String>,
    kind: Option<DocumentKind>,
    own: Vec<String>,
}

impl Reader<'_> {
    fn value(&mut self, value: Json) {
        match value {
            Json::Array(items) => items.into_iter().for_each(|item| self.value(item)),
            Json::Object(object) => self.object(object),
            _ => self.no_flow("a map with `Version`, `StartAction` and `Actions` is expected"),
        }
    }

    fn object(&mut self, mut object: JsonMap<String, Json>) {
        if object.contains_key("modules") && object.contains_key("start") {
            return self.legacy();
        }
        if !object.contains_key("Actions") {
            for (key, is_module) in ENVELOPES {
                match object.remove(key) {
                    Some(Json::Array(items)) => {
                        return items
                            .into_iter()
                            .for_each(|item| self.described(item, is_module));
                    }
                    Some(item) => return self.described(item, is_module),
                    None => {}
                }
            }
            if object.contains_key("Content") {
                return self.described(Json::Object(object), false);
            }
        }
        self.content(Json::Object(object), Description::default());
    }

    /// A flow as `DescribeContactFlow` and `DescribeContactFlowModule` answer.
    fn described(&mut self, item: Json, is_module: bool) {
        let text = |key: &str| item.get(key).and_then(Json::as_str).map(str::to_owned);
        let content = match item.get("Content") {
            Some(Json::String(content)) => match exact::from_str(content) {
                Ok(content) => content,
                Err(error) => {
                    let label = format!("the text under `Content` is not JSON: {error}");
                    return self.no_flow(&label);
                }
            },
            Some(content @ Json::Object(_)) => content.clone(),
            _ => {
                let label = "the description has no `Content`; take it from `aws connect \
                             describe-contact-flow`, lists do not have it";
                return self.no_flow(label);
            }
        };
        let flow_type = text("Type").and_then(|it| FlowType::parse(&it));
        let has_type = flow_type.is_some();
        let own = [text("Arn"), text("Id")].into_iter().flatten();
        let described = Description {
            title: text("Name").filter(|it| !it.is_empty()),
            description: text("Description").filter(|it| !it.is_empty()),
            kind: if is_module && !has_type {
                Some(DocumentKind::Module)
            } else {
                flow_type.map(DocumentKind::Flow)
            },
            own: own.filter(|it| !it.is_empty()).collect(),
        };
        self.content(content, described);
    }

    /// A document of the Flow language.
    fn content(&mut self, content: Json, described: Description) {
        let is_legacy = |it: &Json| it.get("modules").is_some() && it.get("start").is_some();
        if is_legacy(&content) {
            return self.legacy();
        }
        let flow = match json::parse_value(content.clone()) {
            Ok(flow) => flow,
            Err(error) => return self.refuse(&error),
        };
        let shown = |key: &str| {
            let value = flow.metadata.as_ref()?.get(key)?.as_text()?;
            (!value.is_empty()).then(|| value.to_owned())
        };
        let kind = described
            .kind
            .or_else(|| flow.settings.as_ref().map(|_| DocumentKind::Module))
            .or_else(|| shown("type").and_then(|it| kind_of_console(&it)))
            .or(self.kind)
            .unwrap_or(DocumentKind::Flow(FlowType::ContactFlow));
        self.inputs.push(Input {
            file: Arc::clone(&self.document.file),
            stem: self.document.stem.clone(),
            title: described.title.or_else(|| shown("name")),
            description: described.description.or_else(|| shown("description")),
            kind,
            own: described.own,
            json: content,
            flow,
        });
    }

    fn legacy(&mut self) {
        self.refuse(&ParseError::Legacy);
    }

    fn refuse(&mut self, error: &ParseError) {
        self.diags.push(refusal(&self.document.file, error));
    }

    fn no_flow(&mut self, label: &str) {
        let headline = "no flow document";
        let diag = refused(
            &self.document.file,
            &rule::NO_FLOW_DOCUMENT,
            headline,
            label.to_owned(),
        );
        let help = "a flow document has `Version`, `StartAction` and `Actions`";
        self.diags.push(diag.with_help(help));
    }
}

/// The console's spelling of a type in `Metadata.type`: `customerQueue`.
fn kind_of_console(text: &str) -> Option<DocumentKind> {
    let mut upper = String::new();
    for c in text.chars() {
        if c.is_ascii_uppercase() && !upper.is_empty() && !upper.ends_with('_') {
            upper.push('_');
        }
        upper.push(c.to_ascii_uppercase());
    }
    // Some tools write the API's spelling there.
    let found = FlowType::parse(&upper).or_else(|| FlowType::parse(text));
    found.map(DocumentKind::Flow).or_else(|| {
        let is_module = matches!(upper.as_str(), "MODULE" | "CONTACT_FLOW_MODULE");
        is_module.then_some(DocumentKind::Module)
    })
}

/// The text of a value at a path of keys.
pub(super) fn text_at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    let mut value = value;
    for key in path {
        value = match value {
            Value::Map(map) => map.get(key)?,
            Value::List(items) => items.get(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    value.as_text()
}
