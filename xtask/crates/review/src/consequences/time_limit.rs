//! Times that a flow gives people, bots and Lambdas, where they are others.

use flow::model::Action;
use flow::value::{Format, Map, Value};
use flow_source::duration_text;

use super::pair::Pair;
use super::words::named;
use super::{Found, note};

const KIND: &str = "time_limit";

pub(super) fn look(pair: &Pair<'_>, found: &mut Found) {
    for (old, new) in pair.kept().filter(|(_, new)| pair.new.is_reached(*new)) {
        let (Some(old), Some(new)) = (pair.old.action(old), pair.new.action(new)) else {
            continue;
        };
        if old.parameters != new.parameters && old.kind == new.kind {
            changes(old, new).into_iter().for_each(|text| {
                found.push(note(KIND, text, vec![new.id.clone()]));
            });
        }
    }
}

fn changes(old: &Action, new: &Action) -> Vec<String> {
    let (before, after) = (times(&old.parameters), times(&new.parameters));
    let mut changes = Vec::new();
    for time in &after {
        let earlier = before.iter().find(|it| it.path == time.path);
        if let Some(earlier) = earlier.filter(|it| it.text != time.text) {
            let what = what(new, &time.path);
            let (from, to) = (&earlier.text, &time.text);
            let by = by(earlier, time);
            changes.push(format!(
                "{what} of {} is {to} instead of {from}{by}",
                named(new)
            ));
        }
    }
    changes
}

/// What a time is to a contact.
fn what(action: &Action, path: &str) -> &'static str {
    match (action.kind.as_str(), path) {
        ("Wait", "TimeLimitSeconds") if is_for_bot(action) => "the bot's time at the end",
        _ => "the time",
    }
}

fn is_for_bot(action: &Action) -> bool {
    let events = action.parameters.get("Events").and_then(Value::as_list);
    let mut events = events.unwrap_or_default().iter();
    events.any(|it| it.as_text() == Some("BotParticipantDisconnected"))
}

fn by(old: &Time, new: &Time) -> String {
    match (old.seconds, new.seconds) {
        (Some(old), Some(new)) if new < old => format!(", {} less", duration_text(old - new)),
        (Some(old), Some(new)) if new > old => format!(", {} more", duration_text(new - old)),
        _ => String::new(),
    }
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
                let inner = self::unit(key).or(unit);
                collect(&format!("{path}.{key}"), inner, value, times);
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
        (None, Value::Template(template)) => match template.format {
            Format::Text | Format::Seconds | Format::Minutes => format!("`{}`", template.source),
        },
        _ => return None,
    };
    let path = path.to_owned();
    Some(Time {
        path,
        text,
        seconds,
    })
}
