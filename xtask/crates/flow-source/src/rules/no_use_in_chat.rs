//! C019: an action that has no effect on a chat, in a flow that is for chats.

use flow::catalogue::{self, Support};
use flow::diagnostic::Severity;
use flow::model::Action;

use super::Rule;
use crate::lint::pace;
use crate::lint::{Context, Place, Report};
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    code: "C019",
    name: "no-use-in-chat",
    severity: Severity::Warning,
    finds: "an action for the phone in a flow that is evidently for chats only",
    why: "\
On a chat the action takes its error branch or does nothing: there are no keys to press, no voice to \
set and no prompt to play. A flow counts as one for chats if a custom bot joins in it, or if an action \
stands in it that only chats have; one that compares `$.Channel` serves other channels as well and is \
left alone.

Remove the action; say what is to be said with a `Text`.",
    bad: "\
flow: example
start: greet
actions:
  greet: { play_prompt: { prompt: welcome }, next: bot }
  bot:
    custom_bot: { join: bot-join, leave: bot-leave, timeout: 15m }
    on: { bot_disconnected: bye, time_expired: bye, join_failed: bye }
  bye: { disconnect: {} }
",
    good: "\
flow: example
start: greet
actions:
  greet: { play_prompt: Welcome, next: bot }
  bot:
    custom_bot: { join: bot-join, leave: bot-leave, timeout: 15m }
    on: { bot_disconnected: bye, time_expired: bye, join_failed: bye }
  bye: { disconnect: {} }
",
};

/// What a *Play prompt* can say on the phone only.
const VOICE_PROMPTS: [&str; 3] = ["PromptId", "SSML", "Media"];

pub(crate) fn check(context: &Context<'_>, report: &mut Report<'_, '_>) {
    if !pace::is_chat_only(context) {
        return;
    }
    for (n, action) in context.flow.actions.iter().enumerate() {
        let entry = catalogue::entry(&action.kind);
        if entry.is_some_and(|it| it.channels.chat == Support::No) {
            let label = format!("`{}` does nothing for a chat", action.kind);
            report
                .at(Place::Type(n), "action that has no use in a chat", label)
                .help = Some(help(action));
        } else if let Some(name) = voice_prompt(action) {
            let label = "a chat shows nothing of it";
            report
                .at(
                    Place::Parameter(n, name),
                    "prompt that a chat cannot show",
                    label,
                )
                .help = Some("say it with `Text`".to_owned());
        }
    }
}

fn voice_prompt(action: &Action) -> Option<&'static str> {
    let is_prompt = action.kind.as_str() == "MessageParticipant";
    let mut names = VOICE_PROMPTS.into_iter().filter(|_| is_prompt);
    names.find(|it| action.parameters.contains_key(it))
}

/// Where the action sends a chat matters to who removes it.
fn help(action: &Action) -> String {
    let errors = &action.transitions.errors;
    match errors.first() {
        Some(_) => {
            let names = errors.iter().map(|it| it.error.as_str());
            format!(
                "remove it; a chat leaves it through {}",
                suggest::listed(names.take(1))
            )
        }
        None => "remove it".to_owned(),
    }
}
