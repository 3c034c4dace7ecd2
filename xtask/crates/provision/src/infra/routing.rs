//! The sections `hours`, `queues` and `routing_profiles`: where contacts wait, and for whom.

use super::{Mentioned, Section};
use crate::rules;
use crate::yaml::Node;

/// When people are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoursSpec {
    pub description: Option<String>,
    /// A name of the IANA database.
    pub time_zone: String,
    /// In the order of the week.
    pub open: Vec<OpenTime>,
}

/// A stretch of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenTime {
    pub day: Day,
    /// Minutes after midnight.
    pub from: u16,
    pub to: u16,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    pub(crate) const WORDS: [(&str, Day); 7] = [
        ("monday", Day::Monday),
        ("tuesday", Day::Tuesday),
        ("wednesday", Day::Wednesday),
        ("thursday", Day::Thursday),
        ("friday", Day::Friday),
        ("saturday", Day::Saturday),
        ("sunday", Day::Sunday),
    ];

    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Day::Monday => "MONDAY",
            Day::Tuesday => "TUESDAY",
            Day::Wednesday => "WEDNESDAY",
            Day::Thursday => "THURSDAY",
            Day::Friday => "FRIDAY",
            Day::Saturday => "SATURDAY",
            Day::Sunday => "SUNDAY",
        }
    }

    /// Reads the API's spelling.
    pub fn parse(text: &str) -> Option<Day> {
        let word = text.to_ascii_lowercase();
        let found = Self::WORDS.iter().find(|(name, _)| *name == word);
        found.map(|(_, day)| *day)
    }
}

/// A queue as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSpec {
    pub description: Option<String>,
    /// The name of its hours.
    pub hours: String,
    /// How many contacts may wait; nothing for as many as the service allows.
    pub max_contacts: Option<i32>,
    /// The quick connects that it offers, by name; nothing if those are left as they are.
    pub quick_connects: Option<Vec<String>>,
}

/// A routing profile as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutingProfileSpec {
    pub description: String,
    /// How many chats a person answers at the same time.
    pub chats_at_once: i32,
    /// The name of the queue that calls out.
    pub default_outbound_queue: String,
    pub queues: Vec<RoutedQueue>,
}

/// A queue of a routing profile.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoutedQueue {
    pub queue: String,
    pub channel: Channel,
    pub priority: i32,
    pub delay_seconds: i32,
}

/// How a contact comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    Chat,
    Voice,
    Task,
}

impl Channel {
    pub(crate) const WORDS: [(&str, Channel); 3] = [
        ("chat", Channel::Chat),
        ("voice", Channel::Voice),
        ("task", Channel::Task),
    ];

    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Chat => "CHAT",
            Channel::Voice => "VOICE",
            Channel::Task => "TASK",
        }
    }

    /// Reads the API's spelling.
    pub fn parse(text: &str) -> Option<Channel> {
        let word = text.to_ascii_lowercase();
        let found = Self::WORDS.iter().find(|(name, _)| *name == word);
        found.map(|(_, channel)| *channel)
    }
}

pub(super) fn hours(section: &mut Section<'_>, node: &Node) -> Option<HoursSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "hours")?;
    let description = fields.optional("description").and_then(|n| reader.text(n));
    let time_zone = fields
        .required("time_zone")
        .and_then(|n| time_zone(section, n));
    let open = fields.required("open").and_then(|n| reader.list(n));
    fields.finish();
    let mut times: Vec<OpenTime> = open?
        .iter()
        .filter_map(|item| open_times(section, item))
        .flatten()
        .collect();
    times.sort_unstable();
    Some(HoursSpec {
        description,
        time_zone: time_zone?,
        open: times,
    })
}

fn time_zone(section: &Section<'_>, node: &Node) -> Option<String> {
    let name = section.reader.text(node)?;
    if jiff::tz::TimeZone::get(&name).is_err() {
        let headline = format!("unknown time zone `{name}`");
        let label = "expected a name such as `Europe/London`";
        let range = node.range.clone();
        section
            .reader
            .report(rules::INVALID_VALUE, headline, range, label);
        return None;
    }
    Some(name)
}

fn open_times(section: &Section<'_>, node: &Node) -> Option<Vec<OpenTime>> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "open hours")?;
    let days = fields.required("days").and_then(|n| reader.list(n));
    let from = fields.required("from").and_then(|n| minutes(section, n));
    let to = fields.required("to").and_then(|n| minutes(section, n));
    fields.finish();
    let days = days?
        .iter()
        .filter_map(|item| reader.word(item, &Day::WORDS));
    let days: Vec<Day> = days.collect();
    let (from, to) = (from?, to?);
    // Midnight ends a day as well as it begins one: so are the hours every instance is born with.
    if to <= from && to != 0 {
        let headline = "closes before it opens";
        reader.report(rules::INVALID_VALUE, headline, node.range.clone(), "");
        return None;
    }
    Some(
        days.into_iter()
            .map(|day| OpenTime { day, from, to })
            .collect(),
    )
}

/// A time of day such as `08:30`, in minutes after midnight.
fn minutes(section: &Section<'_>, node: &Node) -> Option<u16> {
    let text = section.reader.text(node)?;
    let minutes = parse_time(&text);
    if minutes.is_none() {
        let headline = format!("`{text}` is not a time of day");
        let label = "expected hours and minutes, for example `08:30`";
        let range = node.range.clone();
        section
            .reader
            .report(rules::INVALID_VALUE, headline, range, label);
    }
    minutes
}

fn parse_time(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let is_time = hours.len() == 2 && minutes.len() == 2;
    let hours: u16 = hours.parse().ok().filter(|hours| *hours < 24)?;
    let minutes: u16 = minutes.parse().ok().filter(|minutes| *minutes < 60)?;
    is_time.then_some(hours * 60 + minutes)
}

pub(super) fn queue(section: &mut Section<'_>, node: &Node) -> Option<QueueSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "a queue")?;
    let description = fields.optional("description").and_then(|n| reader.text(n));
    let hours = fields.required("hours");
    let max_contacts = fields.optional("max_contacts");
    let quick_connects = fields.optional("quick_connects");
    fields.finish();
    let max_contacts = max_contacts.and_then(|n| reader.integer(n, 0..=i64::from(i32::MAX)));
    let hours = hours.and_then(|node| section.mention(Mentioned::Hours, node));
    Some(QueueSpec {
        description,
        hours: hours?,
        max_contacts: max_contacts.map(|count| count as i32),
        quick_connects: quick_connects.and_then(|node| offered(section, node)),
    })
}

fn offered(section: &mut Section<'_>, node: &Node) -> Option<Vec<String>> {
    let items = section.reader.list(node)?.iter();
    let names = items.filter_map(|item| section.mention(Mentioned::QuickConnect, item));
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names.dedup();
    Some(names)
}

pub(super) fn profile(section: &mut Section<'_>, node: &Node) -> Option<RoutingProfileSpec> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "a routing profile")?;
    let description = fields.required("description").and_then(|n| reader.text(n));
    // The service takes 1 to 10 chats at once.
    let chats = fields
        .required("chats_at_once")
        .and_then(|n| reader.integer(n, 1..=10));
    let outbound = fields.required("default_outbound_queue");
    let queues = fields.required("queues").and_then(|n| reader.list(n));
    fields.finish();
    let outbound = outbound.and_then(|node| section.mention(Mentioned::Queue, node));
    let queues = queues.unwrap_or_default().iter();
    let mut queues: Vec<_> = queues.filter_map(|item| routed(section, item)).collect();
    queues.sort_unstable();
    Some(RoutingProfileSpec {
        description: description?,
        chats_at_once: chats? as i32,
        default_outbound_queue: outbound?,
        queues,
    })
}

fn routed(section: &mut Section<'_>, node: &Node) -> Option<RoutedQueue> {
    let reader = section.reader;
    let mut fields = reader.fields(node, "a routed queue")?;
    let queue = fields.required("queue");
    let channel = fields.required("channel");
    let channel = channel.and_then(|node| reader.word(node, &Channel::WORDS));
    let priority = fields
        .optional("priority")
        .map(|n| reader.integer(n, 1..=99));
    let delay = fields.optional("delay").map(|n| reader.seconds(n));
    fields.finish();
    let queue = queue.and_then(|node| section.mention(Mentioned::Queue, node));
    Some(RoutedQueue {
        queue: queue?,
        channel: channel?,
        priority: priority.unwrap_or(Some(1))? as i32,
        delay_seconds: i32::try_from(delay.unwrap_or(Some(0))?).ok()?,
    })
}
