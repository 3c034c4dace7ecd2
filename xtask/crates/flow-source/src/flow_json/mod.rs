//! Flow JSON as Connect exports it, read for checks, with the places of its parts found when a
//! finding asks for them.

mod locate;

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use flow::diagnostic::{Diagnostic, SourceFile, Span};
use flow::json::ParseError;
use flow::model::{DocumentKind, Flow, FlowType};
use flow::skim::skim;

use self::locate::{Found, Step, items, locate, locate_from};
use crate::lint::{Place, Places, Subject};
use crate::policy::Checked;
use crate::rule::{self, Rule};

/// A flow or module that was read from JSON.
#[derive(Debug)]
pub struct FlowDocument {
    pub flow: Flow,
    pub kind: Option<DocumentKind>,
    /// What Connect shows, or the name of the file.
    pub name: String,
    file: Arc<SourceFile>,
    /// Where each action begins; looked for when a finding first asks.
    actions: OnceLock<Vec<usize>>,
}

impl FlowDocument {
    /// As something that allowances may hold for.
    pub fn checked(&self) -> Checked<'_> {
        Checked {
            file: Arc::clone(&self.file),
            flow: Some(&self.name),
        }
    }

    pub fn subject(&self) -> Subject<'_> {
        Subject {
            name: &self.name,
            kind: self.kind,
            flow: &self.flow,
            places: self,
            is_sound: true,
        }
    }
}

/// Reads a flow document. What it says about its kind counts; `kind` is for those that say nothing.
pub fn document_from_json(
    file: &Arc<SourceFile>,
    kind: Option<DocumentKind>,
) -> Result<FlowDocument, Vec<Diagnostic>> {
    let skimmed = skim(&file.text).map_err(|error| vec![refusal(file, &error)])?;
    let said = skimmed.flow_type.as_deref().and_then(kind_of_canvas);
    // Only the content of modules has settings.
    let module = skimmed.flow.settings.as_ref().map(|_| DocumentKind::Module);
    Ok(FlowDocument {
        flow: skimmed.flow,
        kind: module.or(said).or(kind),
        name: skimmed.title.unwrap_or_else(|| stem(&file.path).to_owned()),
        file: Arc::clone(file),
        actions: OnceLock::new(),
    })
}

/// The designer writes `contactFlow` where the API says `CONTACT_FLOW`.
fn kind_of_canvas(word: &str) -> Option<DocumentKind> {
    let is_it = |it: &FlowType| it.as_str().replace('_', "").eq_ignore_ascii_case(word);
    FlowType::ALL
        .into_iter()
        .find(is_it)
        .map(DocumentKind::Flow)
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".json").unwrap_or(name)
}

/// Why a file is no flow document, at the place where it is wrong.
pub(crate) fn refusal(file: &Arc<SourceFile>, error: &ParseError) -> Diagnostic {
    let path = match error {
        ParseError::Json(error) => return invalid_json(file, error),
        ParseError::Legacy => return legacy(file),
        ParseError::Version { .. } => "Version",
        ParseError::Missing { path }
        | ParseError::Shape { path, .. }
        | ParseError::UnknownKey { path } => path,
    };
    let range = nearest(&file.text, path);
    let diag = refused(
        &rule::NO_FLOW_DOCUMENT,
        file,
        range,
        "no flow document",
        error,
    );
    diag.with_help("a flow document has `Version`, `StartAction` and `Actions`")
}

fn invalid_json(file: &Arc<SourceFile>, error: &serde_json::Error) -> Diagnostic {
    let lines = file.text.split_inclusive('\n');
    let before: usize = lines
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let mut at = (before + error.column().saturating_sub(1)).min(file.text.len());
    while !file.text.is_char_boundary(at) {
        at -= 1;
    }
    let width = file.text[at..].chars().next().map_or(0, char::len_utf8);
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or(&said);
    refused(
        &rule::INVALID_JSON,
        file,
        at..at + width,
        "invalid JSON",
        said,
    )
}

fn legacy(file: &Arc<SourceFile>) -> Diagnostic {
    let range = nearest(&file.text, "modules");
    let label = "exports of the first designer have `modules` and `start`";
    refused(
        &rule::LEGACY_EXPORT,
        file,
        range,
        "flow in the format that Connect used before the Flow language",
        label,
    )
    .with_help("import the file into Connect's designer, save the flow, and export it again")
}

fn refused(
    rule: &Rule,
    file: &Arc<SourceFile>,
    range: Range<usize>,
    headline: &str,
    label: impl ToString,
) -> Diagnostic {
    let file = Arc::clone(file);
    rule.error(headline, Span { file, range }, label.to_string())
}

/// Where a path such as `Actions[3].Transitions.Errors` leads, or as far as it does.
fn nearest(text: &str, path: &str) -> Range<usize> {
    let words = path.split(['.', '[']);
    let steps: Vec<Step<'_>> = words
        .map(|word| match word.trim_end_matches(']').parse() {
            Ok(number) => Step::Item(number),
            Err(_) => Step::Key(word),
        })
        .collect();
    mark_nearest(text, &steps)
}

fn mark_nearest(text: &str, steps: &[Step<'_>]) -> Range<usize> {
    let paths = (0..=steps.len()).rev().map(|n| &steps[..n]);
    let found = paths.filter_map(|path| locate(text, path)).next();
    found.map_or(0..0, |found| found.mark(text))
}

impl Places for FlowDocument {
    fn span(&self, flow: &Flow, place: &Place<'_>) -> Span {
        Span {
            file: Arc::clone(&self.file),
            range: self.range(flow, place),
        }
    }
}

impl FlowDocument {
    fn range(&self, flow: &Flow, place: &Place<'_>) -> Range<usize> {
        use Step::{Item, Key};
        let action = |n: usize| [Key("Actions"), Item(n)];
        match *place {
            Place::Flow => self.first(&[&[Key("Metadata"), Key("name")], &[]]),
            Place::Start => self.first(&[&[Key("StartAction")]]),
            Place::Action(n) => self.first(&[&[&action(n)[..], &[Key("Identifier")]].concat()]),
            Place::Type(n) => self.type_of(n),
            Place::Parameter(n, path) => self.parameter(n, path),
            Place::Next(n) => self.transition(n, &[Key("NextAction")]),
            Place::Condition(n, number) => self.condition(flow, n, number),
            Place::Error(n, name) => self.error(flow, n, name),
        }
    }

    /// The same as `locate` in the whole text, which a long flow with many findings is too long for.
    fn locate(&self, path: &[Step<'_>]) -> Option<Found> {
        let text = &self.file.text;
        let [Step::Key("Actions"), Step::Item(n), rest @ ..] = path else {
            return locate(text, path);
        };
        let actions = || items(text, &path[..1]);
        let start = *self.actions.get_or_init(actions).get(*n)?;
        locate_from(text, start, rest)
    }

    /// The first of the paths that leads somewhere.
    fn first(&self, paths: &[&[Step<'_>]]) -> Range<usize> {
        let mut found = paths.iter().filter_map(|path| self.locate(path));
        found
            .next()
            .map_or(0..0, |found| found.mark(&self.file.text))
    }

    fn type_of(&self, n: usize) -> Range<usize> {
        self.first(&[&[Step::Key("Actions"), Step::Item(n), Step::Key("Type")]])
    }

    /// A parameter; of one that is not there what it would lie in, at last the type.
    fn parameter(&self, n: usize, path: &str) -> Range<usize> {
        let mut steps = vec![Step::Key("Actions"), Step::Item(n), Step::Key("Parameters")];
        let words = path.split('.').map(|word| match word.parse() {
            Ok(number) => Step::Item(number),
            Err(_) => Step::Key(word),
        });
        steps.extend(words);
        while steps.len() > 3 {
            if let Some(found) = self.locate(&steps) {
                return found.mark(&self.file.text);
            }
            steps.pop();
        }
        self.type_of(n)
    }

    fn transition(&self, n: usize, rest: &[Step<'_>]) -> Range<usize> {
        let outer = [
            Step::Key("Actions"),
            Step::Item(n),
            Step::Key("Transitions"),
        ];
        let path = [&outer[..], rest].concat();
        match self.locate(&path) {
            Some(found) => found.mark(&self.file.text),
            None => self.type_of(n),
        }
    }

    /// Where a condition leads if that is what is wrong with it, else what it compares with.
    fn condition(&self, flow: &Flow, n: usize, number: usize) -> Range<usize> {
        use Step::{Item, Key};
        let condition = flow
            .actions
            .get(n)
            .and_then(|it| it.transitions.conditions.get(number));
        let leads_nowhere = condition.is_some_and(|it| flow.action(&it.next).is_none());
        let steps: &[Step<'_>] = if leads_nowhere {
            &[Key("NextAction")]
        } else {
            &[Key("Condition"), Key("Operands"), Item(0)]
        };
        self.transition(n, &[&[Key("Conditions"), Item(number)], steps].concat())
    }

    fn error(&self, flow: &Flow, n: usize, name: &str) -> Range<usize> {
        use Step::{Item, Key};
        let errors = flow
            .actions
            .get(n)
            .map(|it| it.transitions.errors.as_slice());
        let errors = errors.unwrap_or_default();
        let Some(number) = errors.iter().position(|it| it.error == name) else {
            return self.type_of(n);
        };
        let leads_nowhere = flow.action(&errors[number].next).is_none();
        let key = if leads_nowhere {
            "NextAction"
        } else {
            "ErrorType"
        };
        self.transition(n, &[Key("Errors"), Item(number), Key(key)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
  "Version": "2019-10-30",
  "StartAction": "one",
  "Metadata": { "type": "customerQueue" },
  "Actions": [
    {
      "Parameters": { "LoopPrompts": [{ "PromptId": "x" }], "ChatProcessor": { "ProcessingEnabled": "True" } },
      "Identifier": "one",
      "Type": "MessageParticipantIteratively",
      "Transitions": {
        "Conditions": [
          { "NextAction": "gone", "Condition": { "Operator": "Equals", "Operands": ["a"] } },
          { "NextAction": "one", "Condition": { "Operator": "Equals", "Operands": ["b"] } }
        ],
        "Errors": [{ "NextAction": "one", "ErrorType": "NoMatchingError" }]
      }
    }
  ]
}"#;

    fn document() -> FlowDocument {
        let file = SourceFile::new("exported/hold.json", TEXT);
        document_from_json(&file, None).expect("a flow document")
    }

    #[test]
    fn every_place_is_found_as_narrow_as_it_is_written() {
        let document = document();
        for (place, written) in [
            (Place::Flow, "{"),
            (Place::Start, "\"one\""),
            (Place::Action(0), "\"one\""),
            (Place::Type(0), "\"MessageParticipantIteratively\""),
            (Place::Parameter(0, "LoopPrompts.0.PromptId"), "\"x\""),
            (
                Place::Parameter(0, "ChatProcessor.ProcessingEnabled"),
                "\"True\"",
            ),
            (
                Place::Parameter(0, "ChatProcessor.Other"),
                "\"ChatProcessor\"",
            ),
            (
                Place::Parameter(0, "Text"),
                "\"MessageParticipantIteratively\"",
            ),
            (Place::Next(0), "\"MessageParticipantIteratively\""),
            (Place::Condition(0, 0), "\"gone\""),
            (Place::Condition(0, 1), "\"b\""),
            (Place::Error(0, "NoMatchingError"), "\"NoMatchingError\""),
            (
                Place::Error(0, "Other"),
                "\"MessageParticipantIteratively\"",
            ),
        ] {
            let span = document.span(&document.flow, &place);
            assert_eq!(&TEXT[span.range], written, "{place:?}");
        }
    }

    #[test]
    fn what_the_document_says_of_its_kind_counts_before_what_was_asked_for() {
        let queue = Some(DocumentKind::Flow(FlowType::CustomerQueue));
        assert_eq!(document().kind, queue);
        assert_eq!(document().name, "hold");
        let read = |text: String, kind| {
            document_from_json(&SourceFile::new("a.json", text), kind)
                .expect("a flow document")
                .kind
        };
        let silent = TEXT.replace("\"type\"", "\"other\"");
        assert_eq!(read(silent.clone(), None), None);
        assert_eq!(read(silent.clone(), queue), queue);
        let module = silent.replace("\"Actions\"", "\"Settings\": {}, \"Actions\"");
        assert_eq!(read(module, queue), Some(DocumentKind::Module));
    }

    #[test]
    fn what_is_no_document_is_said_where_it_is_wrong() {
        let refused = |text: &str| {
            let file = SourceFile::new("a.json", text);
            let diags = document_from_json(&file, None).expect_err("no document");
            crate::render::concise(&diags)
        };
        for (text, said) in [
            ("", "a.json:1:1: error[S041]: invalid JSON\n"),
            ("{\n  \"a\": ü }", "a.json:2:8: error[S041]: invalid JSON\n"),
            ("[]", "a.json:1:1: error[S042]: no flow document\n"),
            (
                "{\"start\": 1,\n\"modules\": []}",
                "a.json:2:1: error[S040]: flow in the format that Connect used before the Flow language\n",
            ),
            (
                &TEXT.replace("2019", "2018"),
                "a.json:2:14: error[S042]: no flow document\n",
            ),
            (
                &TEXT.replace("\"Errors\": [{", "\"Errors\": [{ \"X\": 1, "),
                "a.json:15:27: error[S042]: no flow document\n",
            ),
        ] {
            assert_eq!(refused(text), said, "{text}");
        }
    }
}
