//! C018: speech markup in a text that is spoken or shown as it is.

use flow::diagnostic::Severity;
use flow::value::Value;

use super::Rule;
use crate::lint::texts::Texts;
use crate::lint::values;
use crate::lint::{Context, Place, Report};

pub(crate) static RULE: Rule = Rule {
    code: "C018",
    name: "markup-in-text",
    severity: Severity::Warning,
    finds: "speech markup such as `<break time=\"1s\"/>` in the `Text` of a prompt",
    why: "\
`Text` is spoken, or in a chat shown, as it stands, tags included. Markup belongs in `SSML`, inside \
`<speak>`, and only voice contacts have a use for it.",
    bad: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: <speak>Hello<break time=\"1s\"/>and welcome</speak>
    next: bye
  bye:
    disconnect: {}
",
    good: "\
flow: example
start: greet
actions:
  greet:
    play_prompt: { ssml: <speak>Hello<break time=\"1s\"/>and welcome</speak> }
    next: bye
  bye:
    disconnect: {}
",
};

/// The beginnings of the tags that Amazon Polly takes and HTML does not have.
const TAGS: [&str; 12] = [
    "<speak>",
    "<speak ",
    "<break/>",
    "<break ",
    "<prosody ",
    "<say-as ",
    "<phoneme ",
    "<emphasis ",
    "<amazon:",
    "<sub alias",
    "<lang xml",
    "<mark name",
];

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    for n in context.texts().with(Texts::MARKUP) {
        let action = &context.flow.actions[n];
        match action.parameters.get("Text") {
            Some(Value::Text(text)) => look_at(n, "Text", text, report),
            Some(_) => {}
            None if action.parameters.contains_key("Messages") => {
                values::each_text(&action.parameters, |path, text| {
                    if path.key == "Text" {
                        look_at(n, "Messages.Text", text, report);
                    }
                });
            }
            None => {}
        }
    }
}

fn look_at(n: usize, path: &str, text: &str, report: &mut Report<'_, '_>) {
    if !text.contains('<') {
        return;
    }
    if let Some(tag) = TAGS.iter().find(|tag| text.contains(**tag)) {
        let label = format!("`{}` is not understood here", tag.trim_end());
        report
            .at(
                Place::Parameter(n, path),
                "speech markup in a plain text",
                label,
            )
            .help = Some("for voice, make it `SSML`; for a chat, leave the tags out".to_owned());
    }
}
