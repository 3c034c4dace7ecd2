//! The `custom_bot` pattern: a bot participant joins the chat, the flow waits for it, and the bot
//! is gone when the flow goes on.
//!
//! `bot` becomes `bot` (Invoke Lambda, join), `bot join result` (Compare on its answer), `bot wait`
//! (Wait for the bot to leave) and `bot leave` (Invoke Lambda, leave); with a greeting, `bot
//! greeting` (Play prompt) comes first. Time Expired always passes through the leave Lambda, since
//! the service does not disconnect the bot then.

use flow::model::ActionId;
use flow::value::{Format, Map, Value};

use super::build::{action, equals, lambda_parameters, parameters, transitions};
use super::exits::Exits;
use super::keys::Keys;
use super::value::Limits;
use super::{Lowering, Place};
use crate::compiled::BotTimes;
use crate::forms::Presence;
use crate::rule;
use crate::yaml::{Entry, Kind, Node};

const GREETING: &str = "greeting";
const JOIN_RESULT: &str = "join result";
const WAIT: &str = "wait";
const LEAVE: &str = "leave";

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

/// What `custom_bot` tells the join Lambda by itself, and how authors write it.
const OWN_PARAMETERS: [(&str, &str); 4] = [
    ("customer_idle_minutes", "customer_idle: { warn_after: 2m }"),
    (
        "customer_disconnect_minutes",
        "customer_idle: { disconnect_after: 5m }",
    ),
    ("bot_name", "bot: { name: .. }"),
    ("greeting", "bot: { greeting: .. }"),
];

/// The lowered action that a source action's name leads to.
pub(super) fn entry_of(entry: &Entry) -> ActionId {
    let name = &entry.key.text;
    let bot = Keys::of(&entry.value).and_then(|keys| keys.get("custom_bot"));
    let has_greeting = bot
        .and_then(|bot| Keys::of(&bot.value))
        .is_some_and(|keys| keys.has("greeting"));
    if has_greeting {
        ActionId::new(format!("{name} {GREETING}"))
    } else {
        ActionId::new(name.as_str())
    }
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

/// Where the branches of the pattern lead.
struct Ways {
    disconnected: Option<ActionId>,
    expired: Option<ActionId>,
    join_failed: Option<ActionId>,
    not_found: Option<ActionId>,
    error: Option<ActionId>,
    leave_failed: Option<ActionId>,
}

impl<'a> Lowering<'a> {
    pub(super) fn custom_bot(&mut self, place: &Place<'_>, body: &'a Node, exits: &Exits<'a>) {
        let bot = self.bot(place, body);
        let ways = self.bot_ways(place, exits);
        self.bots.push(BotTimes {
            span: self.span(place.form),
            wait: bot.timeout.clone(),
            idle: [bot.warn_after.clone(), bot.disconnect_after.clone()],
        });
        if let Some(greeting) = bot.greeting.clone() {
            let next = Some(place.id(""));
            let ways = transitions(next.clone(), Vec::new(), [("NoMatchingError", next)]);
            let content = parameters([("Text", greeting)]);
            let id = place.id(GREETING);
            self.add(place, action(id, "MessageParticipant", content, ways));
        }
        self.add_join(place, &bot, &ways);
        self.add_wait(place, &bot, &ways);
        let leave = lambda_parameters(bot.leave, Value::text("8"), Map::new());
        let errors = [("NoMatchingError", ways.leave_failed)];
        let ways = transitions(ways.expired, Vec::new(), errors);
        self.add(
            place,
            action(place.id(LEAVE), "InvokeLambdaFunction", leave, ways),
        );
    }

    fn bot_ways(&mut self, place: &Place<'_>, exits: &Exits<'a>) -> Ways {
        self.no_next(place, exits);
        let targets = self.targets(place, exits, None, |_| true, |_| false);
        let target = |key| targets.get(key).cloned();
        Ways {
            disconnected: target("bot_disconnected"),
            expired: target("time_expired"),
            join_failed: target("join_failed"),
            // The join Lambda answers success only once the bot is connected. A bot that is not
            // there after that has come and gone already, as after a first message that asks for a
            // person; what it has recorded then tells where to go.
            not_found: target("participant_not_found"),
            // After an error the bot may still be there, so that it has to leave as well.
            error: target("error").or(Some(place.id(LEAVE))),
            leave_failed: target("leave_failed"),
        }
    }

    /// The join Lambda and the look at its answer.
    fn add_join(&mut self, place: &Place<'_>, bot: &Bot, ways: &Ways) {
        let mut attributes = Map::new();
        for (key, value) in [
            ("customer_idle_minutes", &bot.warn_after),
            ("customer_disconnect_minutes", &bot.disconnect_after),
        ] {
            attributes.extend(value.clone().map(|value| (key.to_owned(), value)));
        }
        attributes.extend(bot.attributes.clone());
        let join = lambda_parameters(bot.join.clone(), Value::text("8"), attributes);
        let errors = [("NoMatchingError", ways.join_failed.clone())];
        let after = transitions(Some(place.id(JOIN_RESULT)), Vec::new(), errors);
        self.add(
            place,
            action(place.id(""), "InvokeLambdaFunction", join, after),
        );

        let conditions = equals("success", Some(place.id(WAIT)))
            .into_iter()
            .collect();
        let errors = [("NoMatchingCondition", ways.join_failed.clone())];
        let after = transitions(ways.join_failed.clone(), conditions, errors);
        let content = parameters([("ComparisonValue", Value::text("$.External.status"))]);
        self.add(
            place,
            action(place.id(JOIN_RESULT), "Compare", content, after),
        );
    }

    /// Only one event stands in a Wait; this one makes it the bot's form, in which the service
    /// demands both conditions and both errors.
    fn add_wait(&mut self, place: &Place<'_>, bot: &Bot, ways: &Ways) {
        let timeout = bot.timeout.clone().unwrap_or_else(|| Value::text("1"));
        let events = Value::List(vec![Value::text("BotParticipantDisconnected")]);
        let content = parameters([("TimeLimitSeconds", timeout), ("Events", events)]);
        let conditions = [
            equals("BotParticipantDisconnected", ways.disconnected.clone()),
            equals("WaitCompleted", Some(place.id(LEAVE))),
        ];
        let errors = [
            ("ParticipantNotFound", ways.not_found.clone()),
            ("NoMatchingError", ways.error.clone()),
        ];
        let conditions = conditions.into_iter().flatten().collect();
        let after = transitions(ways.error.clone(), conditions, errors);
        self.add(place, action(place.id(WAIT), "Wait", content, after));
    }

    fn bot(&mut self, place: &Place<'_>, body: &'a Node) -> Bot {
        let mut bot = Bot::default();
        let keys = self.body(place, body);
        if !matches!(body.kind, Kind::Map(_)) {
            return bot;
        }
        for key in place.spec.keys() {
            let slot = match key.key {
                "join" => &mut bot.join,
                "leave" => &mut bot.leave,
                "timeout" => &mut bot.timeout,
                "greeting" => &mut bot.greeting,
                _ => continue,
            };
            match keys.get(key.key) {
                Some(entry) => *slot = self.value(&entry.value, key),
                None if key.presence == Presence::Needed => self.missing(place, keys, key),
                None => {}
            }
        }
        self.idle_times(&mut bot, keys);
        self.bot_parameters(&mut bot, keys);
        bot
    }

    fn idle_times(&mut self, bot: &mut Bot, keys: Keys<'a>) {
        let Some(idle) = keys.get("customer_idle") else {
            return;
        };
        let Some(mut idle) = self.fields(&idle.value, "`customer_idle`") else {
            return;
        };
        let warn = idle.take("warn_after");
        bot.warn_after = warn.and_then(|it| self.duration(&it.value, Format::Minutes, WARN_AFTER));
        let disconnect = idle.take("disconnect_after");
        bot.disconnect_after =
            disconnect.and_then(|it| self.duration(&it.value, Format::Minutes, DISCONNECT_AFTER));
        self.no_more_keys(idle, "`customer_idle`");
    }

    /// What the join Lambda gets from `bot` and `parameters`.
    fn bot_parameters(&mut self, bot: &mut Bot, keys: Keys<'a>) {
        if let Some(own) = keys.get("bot")
            && let Some(mut own) = self.fields(&own.value, "`bot`")
        {
            for (key, name) in [("name", "bot_name"), ("greeting", "greeting")] {
                let entry = own.take(key);
                let value = entry.and_then(|it| self.text(&it.value, "the text"));
                bot.attributes
                    .extend(value.map(|value| (name.to_owned(), value)));
            }
            self.no_more_keys(own, "`bot`");
        }
        let Some(more) = keys.get("parameters") else {
            return;
        };
        let texts = self
            .texts(&more.value, "`parameters`", false)
            .unwrap_or_default();
        for (key, value) in texts {
            let own = OWN_PARAMETERS.iter().find(|(name, _)| *name == key);
            if let Some((_, written)) = own {
                let headline = format!("parameter `{key}` belongs to `custom_bot`");
                let span = Keys::of(&more.value).and_then(|it| it.get(&key));
                let label = "`custom_bot` sets this one by itself";
                self.error_at(
                    &rule::DUPLICATE_KEY,
                    span.map_or(&more.key, |it| &it.key),
                    headline,
                    label,
                )
                .help = Some(format!("write it as `{written}`"));
                continue;
            }
            bot.attributes.insert(key, value);
        }
    }
}
