//! The `custom_bot` pattern: a bot participant joins the chat, the flow waits for it, and the bot
//! is gone when the flow goes on.
//!
//! `bot` becomes `bot` (Invoke Lambda, join), `bot join result` (Compare on its answer), `bot wait`
//! (Wait for the bot to leave) and `bot leave` (Invoke Lambda, leave); with a greeting, `bot
//! greeting` (Play prompt) comes first. Time Expired always passes through the leave Lambda, since
//! the service does not disconnect the bot then.

use flow::model::ActionId;
use flow::value::{Format, Map, RefKind, Value};

use super::actions::lambda_parameters;
use super::value::Limits;
use super::{Exits, Lowering, Place, action, equals, parameters, transitions};
use crate::compiled::BotTimes;
use crate::fields::Fields;
use crate::rule;
use crate::yaml::{Entry, Node};

const GREETING: &str = "greeting";
const JOIN_RESULT: &str = "join result";
const WAIT: &str = "wait";
const LEAVE: &str = "leave";

/// Wait blocks take 1 second to 7 days.
pub(super) const WAIT_TIME: Limits = Limits {
    what: "the time to wait",
    least: 1,
    greatest: 604_800,
};

const BOT_TIMEOUT: Limits = Limits {
    what: "the timeout",
    ..WAIT_TIME
};

/// The role timers of a chat take 2 to 480 minutes.
const WARN_AFTER: Limits = Limits {
    what: "the idle time",
    least: 2 * 60,
    greatest: 480 * 60,
};

const DISCONNECT_AFTER: Limits = Limits {
    what: "the time to disconnect",
    ..WARN_AFTER
};

/// The lowered action that a source action's name leads to.
pub(super) fn entry_of(entry: &Entry) -> ActionId {
    let name = &entry.key.text;
    let bot = Fields::of(&entry.value).and_then(|mut fields| fields.take("custom_bot"));
    let has_greeting = bot
        .and_then(|bot| Fields::of(&bot.value))
        .is_some_and(|fields| fields.has("greeting"));
    ActionId::new(if has_greeting {
        format!("{name} {GREETING}")
    } else {
        name.clone()
    })
}

/// What the author wrote under `custom_bot`.
#[derive(Default)]
struct Bot {
    join: Option<Value>,
    leave: Option<Value>,
    timeout: Option<Value>,
    greeting: Option<Value>,
    warn_after: Option<Value>,
    disconnect_after: Option<Value>,
    /// What the join Lambda gets beside the times.
    attributes: Map,
}

impl<'a> Lowering<'a> {
    pub(super) fn custom_bot(&mut self, place: &Place<'_>, body: &'a Node, mut exits: Exits<'a>) {
        let bot = self.bot(place, body);
        self.no_next(place, &exits, "the branches");
        let disconnected = self.needed_branch(place, &mut exits, "bot_disconnected");
        let expired = self.needed_branch(place, &mut exits, "time_expired");
        let join_failed = self.needed_branch(place, &mut exits, "join_failed");
        let not_found = self
            .branch(&mut exits, "participant_not_found")
            .or(join_failed.clone());
        // After an error the bot may still be there, so that it has to leave as well.
        let error = self.branch(&mut exits, "error").or(Some(place.id(LEAVE)));
        let leave_failed = self.branch(&mut exits, "leave_failed").or(expired.clone());
        self.no_more(place, exits);

        if let Some(greeting) = bot.greeting {
            let next = Some(place.id(""));
            self.add(
                place,
                action(
                    place.id(GREETING),
                    "MessageParticipant",
                    parameters([("Text", greeting)]),
                    transitions(next.clone(), Vec::new(), [("NoMatchingError", next)]),
                ),
            );
        }
        self.bots.push(BotTimes {
            join: place.id(""),
            span: self.span(place.form),
            wait: bot.timeout.clone(),
            idle: [bot.warn_after.clone(), bot.disconnect_after.clone()],
        });
        let mut attributes = Map::new();
        let times = [
            ("customer_idle_minutes", bot.warn_after),
            ("customer_disconnect_minutes", bot.disconnect_after),
        ];
        for (key, value) in times {
            attributes.extend(value.map(|value| (key.to_owned(), value)));
        }
        attributes.extend(bot.attributes);
        self.add(
            place,
            action(
                place.id(""),
                "InvokeLambdaFunction",
                lambda_parameters(bot.join, Value::text("8"), attributes),
                transitions(
                    Some(place.id(JOIN_RESULT)),
                    Vec::new(),
                    [("NoMatchingError", join_failed.clone())],
                ),
            ),
        );
        self.add(
            place,
            action(
                place.id(JOIN_RESULT),
                "Compare",
                parameters([("ComparisonValue", Value::text("$.External.status"))]),
                transitions(
                    join_failed.clone(),
                    equals("success", Some(place.id(WAIT)))
                        .into_iter()
                        .collect(),
                    [("NoMatchingCondition", join_failed)],
                ),
            ),
        );
        // Only one event stands in a Wait; this one makes it the bot's form, in which the service
        // demands both conditions and both errors.
        let events = Value::List(vec![Value::text("BotParticipantDisconnected")]);
        let timeout = bot.timeout.unwrap_or_else(|| Value::text("1"));
        let conditions = [
            equals("BotParticipantDisconnected", disconnected),
            equals("WaitCompleted", Some(place.id(LEAVE))),
        ];
        self.add(
            place,
            action(
                place.id(WAIT),
                "Wait",
                parameters([("TimeLimitSeconds", timeout), ("Events", events)]),
                transitions(
                    error.clone(),
                    conditions.into_iter().flatten().collect(),
                    [
                        ("ParticipantNotFound", not_found),
                        ("NoMatchingError", error),
                    ],
                ),
            ),
        );
        self.add(
            place,
            action(
                place.id(LEAVE),
                "InvokeLambdaFunction",
                lambda_parameters(bot.leave, Value::text("8"), Map::new()),
                transitions(expired, Vec::new(), [("NoMatchingError", leave_failed)]),
            ),
        );
    }

    fn bot(&mut self, place: &Place<'_>, body: &'a Node) -> Bot {
        let mut bot = Bot::default();
        let Some(mut fields) = self.body(place, body) else {
            return bot;
        };
        let join = self.needed_key(place, &mut fields, "join");
        bot.join = join.and_then(|it| self.reference(&it.value, RefKind::Lambda));
        let leave = self.needed_key(place, &mut fields, "leave");
        bot.leave = leave.and_then(|it| self.reference(&it.value, RefKind::Lambda));
        let timeout = self.needed_key(place, &mut fields, "timeout");
        bot.timeout = timeout.and_then(|it| self.duration(&it.value, Format::Seconds, BOT_TIMEOUT));
        if let Some(greeting) = fields.take("greeting") {
            bot.greeting = self.text(&greeting.value, "the greeting");
        }
        if let Some(idle) = fields.take("customer_idle")
            && let Some(mut idle) = self.fields(&idle.value, "`customer_idle`")
        {
            let warn = idle.take("warn_after");
            bot.warn_after =
                warn.and_then(|it| self.duration(&it.value, Format::Minutes, WARN_AFTER));
            let disconnect = idle.take("disconnect_after");
            bot.disconnect_after = disconnect
                .and_then(|it| self.duration(&it.value, Format::Minutes, DISCONNECT_AFTER));
            self.no_more_keys(idle, "`customer_idle`");
        }
        if let Some(own) = fields.take("bot")
            && let Some(mut own) = self.fields(&own.value, "`bot`")
        {
            for (key, name) in [("name", "bot_name"), ("greeting", "greeting")] {
                let value = own
                    .take(key)
                    .and_then(|it| self.text(&it.value, "the text"));
                bot.attributes
                    .extend(value.map(|value| (name.to_owned(), value)));
            }
            self.no_more_keys(own, "`bot`");
        }
        if let Some(more) = fields.take("parameters") {
            let texts = self.texts(&more.value, "`parameters`").unwrap_or_default();
            for (key, value) in texts {
                if bot.attributes.contains_key(&key) || key.starts_with("customer_") {
                    let headline = format!("parameter `{key}` is set twice");
                    let label = "`custom_bot` sets one of them by itself";
                    self.error_at(&rule::DUPLICATE_KEY, &more.key, headline, label);
                }
                bot.attributes.insert(key, value);
            }
        }
        self.no_more_keys(fields, "`custom_bot`");
        bot
    }
}
