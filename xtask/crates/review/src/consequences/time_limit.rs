//! Times that a flow gives people, bots and Lambdas, where they are others, and idle times that the
//! time of the bot does not let run out any more.

use flow::model::Action;
use flow::value::{Map, Value};
use flow_source::duration_text;

use super::pair::{Pair, Side};
use super::words::{is_bot_wait, named};
use super::{Found, attention, note};

const KIND: &str = "time_limit";

pub(super) fn look(pair: &Pair<'_>, found: &mut Found) {
    for (old, new) in pair.kept().filter(|(_, new)| pair.new.is_reached(*new)) {
        let (Some(old), Some(new)) = (pair.old.action(old), pair.new.action(new)) else {
            continue;
        };
        if old.parameters != new.parameters && old.kind == new.kind {
            let texts = changes(old, new).into_iter();
            texts.for_each(|text| found.push(note(KIND, text, vec![new.id.clone()])));
        }
    }
    idle_beyond_wait(pair, found);
}

/// What is said of each time that differs.
fn changes(old: &Action, new: &Action) -> Vec<String> {
    let (before, after) = (times(&old.parameters), times(&new.parameters));
    let mut changes = Vec::new();
    for time in &after {
        let what = what(new, &time.path);
        let at = named(new);
        let (path, to) = (&time.path, &time.text);
        match before.iter().find(|it| it.path == *path) {
            Some(earlier) if earlier.text != *to => {
                let (from, by) = (&earlier.text, by(earlier, time));
                changes.push(format!("{what} at {at} is {to} instead of {from}{by}"));
            }
            Some(_) => {}
            None => changes.push(format!("{what} at {at} is now limited to {to}")),
        }
    }
    let gone = before
        .iter()
        .filter(|it| !after.iter().any(|time| time.path == it.path));
    for time in gone {
        let (what, at, from) = (what(new, &time.path), named(new), &time.text);
        changes.push(format!("{what} at {at} is not set any more, it was {from}"));
    }
    changes
}

/// What a time is to a contact.
fn what(action: &Action, path: &str) -> String {
    let text = match (action.kind.as_str(), path) {
        ("Wait", "TimeLimitSeconds") if is_bot_wait(action) => "the time that the bot has",
        ("Wait", "TimeLimitSeconds") => "the wait",
        ("Wait", "MinimumWaitTimeSeconds") => "the shortest wait",
        ("InvokeLambdaFunction", "InvocationTimeLimitSeconds") => "the time that the Lambda has",
        ("ConnectParticipantWithLexBot", _) => "the customer's time to answer the Lex bot",
        ("GetParticipantInput", "InputTimeLimitSeconds") => "the customer's time to answer",
        ("GetParticipantInput", _) => "the customer's time between two digits",
        ("ShowView", _) => "the time to fill in the view",
        ("AuthenticateParticipant", _) => "the customer's time to sign in",
        ("TransferParticipantToThirdParty" | "CompleteOutboundCall", _) => "the time to answer",
        (_, WARN) => "the time until the customer counts as idle",
        (_, DISCONNECT) => "the time until an idle customer is disconnected",
        _ => return format!("`{path}`"),
    };
    text.to_owned()
}

fn by(old: &Time, new: &Time) -> String {
    match (old.seconds, new.seconds) {
        (Some(old), Some(new)) if new < old => format!(", {} less", duration_text(old - new)),
        (Some(old), Some(new)) if new > old => format!(", {} more", duration_text(new - old)),
        _ => String::new(),
    }
}

/// What `custom_bot` tells the Lambda that brings the bot.
const WARN: &str = "LambdaInvocationAttributes.customer_idle_minutes";
const DISCONNECT: &str = "LambdaInvocationAttributes.customer_disconnect_minutes";

/// A customer who never answers is disconnected after the idle times; if the time of the bot is
/// over before, the timers are for nothing.
fn idle_beyond_wait(pair: &Pair<'_>, found: &mut Found) {
    let (before, after) = (idle_and_wait(&pair.old), idle_and_wait(&pair.new));
    let was_beyond = before.is_some_and(|it| it.idle > it.wait);
    let Some(now) = after.filter(|it| it.idle > it.wait && !was_beyond) else {
        return;
    };
    if before.is_none() && pair.old.exists {
        return;
    }
    let (idle, wait) = (duration_text(now.idle), duration_text(now.wait));
    let at = pair.new.action(now.wait_at).map(named).unwrap_or_default();
    let text = format!(
        "a silent customer would be disconnected after {idle}, but the bot's time at {at} is over after {wait}"
    );
    let actions = pair.new.ids([now.join_at, now.wait_at]);
    found.push(attention(KIND, text, actions));
}

/// The idle times of the customer and the time of the bot, in seconds.
#[derive(Clone, Copy)]
struct IdleAndWait {
    idle: u64,
    wait: u64,
    join_at: usize,
    wait_at: usize,
}

/// Known where one Lambda is told idle times and one Wait for the bot is there, and both as numbers.
fn idle_and_wait(side: &Side<'_>) -> Option<IdleAndWait> {
    let idle = |action: &Action| {
        let times = times(&action.parameters);
        let of = |path: &str| times.iter().find(|it| it.path == path)?.seconds;
        of(WARN)?.checked_add(of(DISCONNECT)?)
    };
    let wait = |action: &Action| {
        let times = times(&action.parameters);
        let is_it = |it: &&Time| it.path == "TimeLimitSeconds";
        times
            .iter()
            .find(is_it)
            .filter(|_| is_bot_wait(action))?
            .seconds
    };
    let (join_at, idle) = only(side, idle)?;
    let (wait_at, wait) = only(side, wait)?;
    Some(IdleAndWait {
        idle,
        wait,
        join_at,
        wait_at,
    })
}

/// The one reached action of which something is known.
fn only(side: &Side<'_>, known: impl Fn(&Action) -> Option<u64>) -> Option<(usize, u64)> {
    let mut all = side
        .reached()
        .filter_map(|(n, action)| Some((n, known(action)?)));
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

/// A parameter that is a time.
struct Time {
    /// With dots: `LexTimeoutSeconds.Text`.
    path: String,
    /// As a person would write it, or the template or reference that gives it.
    text: String,
    /// If it is known.
    seconds: Option<u64>,
}

fn times(parameters: &Map) -> Vec<Time> {
    let mut times = Vec::new();
    for (key, value) in parameters {
        collect(key, unit(key), value, &mut times);
    }
    times
}

fn collect(path: &str, unit: Option<u64>, value: &Value, times: &mut Vec<Time>) {
    match (value, unit) {
        (Value::Map(map), _) => {
            for (key, value) in map {
                let unit = self::unit(key).or(unit);
                collect(&format!("{path}.{key}"), unit, value, times);
            }
        }
        (Value::List(items), _) => {
            for (n, item) in items.iter().enumerate() {
                collect(&format!("{path}[{n}]"), unit, item, times);
            }
        }
        (value, Some(unit)) => times.extend(time(path, unit, value)),
        _ => {}
    }
}

/// How many seconds a number under this key stands for, if it is a time.
fn unit(key: &str) -> Option<u64> {
    let key = key.to_ascii_lowercase();
    if key.ends_with("seconds") {
        Some(1)
    } else if key.ends_with("minutes") {
        Some(60)
    } else {
        None
    }
}

fn time(path: &str, unit: u64, value: &Value) -> Option<Time> {
    let number = match value {
        Value::Text(text) => text.trim().parse::<u64>().ok(),
        Value::Number(number) => number.as_u64(),
        _ => None,
    };
    let seconds = number.and_then(|it| it.checked_mul(unit));
    let text = match (seconds, value) {
        (Some(seconds), _) => duration_text(seconds),
        (None, Value::Text(text)) => format!("`{text}`"),
        (None, Value::Template(template)) => format!("`{}`", template.source),
        _ => return None,
    };
    Some(Time {
        path: path.to_owned(),
        text,
        seconds,
    })
}
