//! Hours of operation: when queues are open.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::input::{Answer, Handler, Input, done, name_is_free, reply};
use super::search::{Fields, matches};
use super::state::{Head, Kind, State};
use super::{errors, paging};
use crate::wire::ServiceError;

/// When something is open, in its own time zone.
#[derive(Clone, Debug)]
pub(crate) struct Hours {
    pub(crate) head: Head,
    /// An IANA name, for example `Europe/London`.
    pub(crate) time_zone: TimeZone,
    pub(crate) slots: Vec<Slot>,
}

/// Open on one day of the week from `start` up to and not including `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) day: Weekday,
    /// Minutes after midnight.
    pub(crate) start: u16,
    /// Minutes after midnight. Not later than `start` means into the next day, so that
    /// 00:00 to 00:00 is the whole day.
    pub(crate) end: u16,
}

const MINUTES_A_DAY: u16 = 24 * 60;

impl Hours {
    /// Whether it is open at that time.
    pub(crate) fn open_at(&self, now: Timestamp) -> bool {
        let local = now.to_zoned(self.time_zone.clone());
        let minute =
            u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        let today = local.weekday();
        let yesterday = today.previous();
        self.slots.iter().any(|slot| {
            let overnight = slot.end <= slot.start;
            let end = if overnight { MINUTES_A_DAY } else { slot.end };
            (slot.day == today && slot.start <= minute && minute < end)
                || (overnight && slot.day == yesterday && minute < slot.end)
        })
    }
}

const DAYS: [(&str, Weekday); 7] = [
    ("MONDAY", Weekday::Monday),
    ("TUESDAY", Weekday::Tuesday),
    ("WEDNESDAY", Weekday::Wednesday),
    ("THURSDAY", Weekday::Thursday),
    ("FRIDAY", Weekday::Friday),
    ("SATURDAY", Weekday::Saturday),
    ("SUNDAY", Weekday::Sunday),
];

pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateHoursOfOperation" => create,
        "DescribeHoursOfOperation" => describe,
        "ListHoursOfOperations" => list,
        "SearchHoursOfOperations" => search,
        "UpdateHoursOfOperation" => update,
        "DeleteHoursOfOperation" => delete,
        _ => return None,
    })
}

fn create(input: &Input<'_>, state: &mut State) -> Answer {
    input.not_emulated(&["ParentHoursOfOperationConfigs"])?;
    let instance = input.instance(state)?;
    let head = input.new_head(instance, Kind::Hours)?;
    name_is_free(instance.hours.values(), &head.name, None)?;
    let hours = Hours {
        time_zone: time_zone(input, input.required("TimeZone")?)?,
        slots: slots(input)?,
        head,
    };
    let answer = json!({
        "HoursOfOperationId": hours.head.id,
        "HoursOfOperationArn": hours.head.arn,
    });
    instance.hours.insert(hours.head.id.clone(), hours);
    reply(answer)
}

fn time_zone(input: &Input<'_>, name: &str) -> Result<TimeZone, ServiceError> {
    TimeZone::get(name).map_err(|_| input.refuse("TimeZone is not the name of a time zone"))
}

fn slots(input: &Input<'_>) -> Result<Vec<Slot>, ServiceError> {
    let slots = input.list("Config").iter().map(|config| {
        let (_, day) = DAYS.iter().find(|(name, _)| config["Day"] == *name)?;
        Some(Slot {
            day: *day,
            start: minutes(&config["StartTime"])?,
            end: minutes(&config["EndTime"])?,
        })
    });
    slots
        .collect::<Option<_>>()
        .ok_or_else(|| input.refuse("Config has a day or time that does not exist"))
}

fn minutes(time: &Value) -> Option<u16> {
    let part = |name: &str| u16::try_from(time[name].as_u64()?).ok();
    Some(part("Hours")? * 60 + part("Minutes")?)
}

fn time(minutes: u16) -> Value {
    json!({ "Hours": minutes / 60, "Minutes": minutes % 60 })
}

fn describe(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let id = input.locate(&instance.hours, &instance.arn, "HoursOfOperationId")?;
    reply(json!({ "HoursOfOperation": members(input, &instance.hours[&id]) }))
}

fn members(input: &Input<'_>, hours: &Hours) -> Value {
    let [modified, region] = input.modified(&hours.head);
    let config: Vec<Value> = hours.slots.iter().map(Slot::config).collect();
    json!({
        "HoursOfOperationId": hours.head.id,
        "HoursOfOperationArn": hours.head.arn,
        "Name": hours.head.name,
        "Description": hours.head.description,
        "TimeZone": hours.time_zone.iana_name(),
        "Config": config,
        "Tags": hours.head.tags,
        "LastModifiedTime": modified,
        "LastModifiedRegion": region,
    })
}

impl Slot {
    fn config(&self) -> Value {
        let day = DAYS.iter().find(|(_, day)| *day == self.day);
        json!({
            "Day": day.map(|(name, _)| name),
            "StartTime": time(self.start),
            "EndTime": time(self.end),
        })
    }
}

fn list(input: &Input<'_>, state: &mut State) -> Answer {
    let summaries = input
        .instance(state)?
        .hours
        .values()
        .map(|hours| input.summary(&hours.head))
        .collect();
    paging::list(input, "HoursOfOperationSummaryList", summaries)
}

fn search(input: &Input<'_>, state: &mut State) -> Answer {
    let mut found = Vec::new();
    for hours in input.instance(state)?.hours.values() {
        let fields = Fields {
            head: &hours.head,
            conditions: &[],
        };
        if matches(input, &fields)? {
            found.push(members(input, hours));
        }
    }
    paging::search(input, "HoursOfOperations", found)
}

fn update(input: &Input<'_>, state: &mut State) -> Answer {
    let time_zone = match input.text("TimeZone") {
        Some(name) => Some(time_zone(input, name)?),
        None => None,
    };
    let slots = match input.value("Config") {
        Some(_) => Some(slots(input)?),
        None => None,
    };
    let instance = input.instance(state)?;
    input.rename(&mut instance.hours, &instance.arn, "HoursOfOperationId")?;
    let hours = input.change(&mut instance.hours, &instance.arn, "HoursOfOperationId")?;
    if let Some(time_zone) = time_zone {
        hours.time_zone = time_zone;
    }
    if let Some(slots) = slots {
        hours.slots = slots;
    }
    done()
}

/// The operation models no ResourceInUse, so hours that a queue has are an invalid request.
fn delete(input: &Input<'_>, state: &mut State) -> Answer {
    let instance = input.instance(state)?;
    let id = input.locate(&instance.hours, &instance.arn, "HoursOfOperationId")?;
    if instance.queues.values().any(|queue| queue.hours_id == id) {
        return Err(errors::invalid_request("the hours are used by a queue"));
    }
    instance.hours.shift_remove(&id);
    done()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(slots: &[(Weekday, u16, u16)]) -> Hours {
        let slots = slots.iter().map(|(day, start, end)| Slot {
            day: *day,
            start: *start,
            end: *end,
        });
        Hours {
            head: Head {
                id: "h-1".into(),
                arn: "arn".into(),
                name: "Hours".into(),
                description: None,
                tags: Default::default(),
                modified: Timestamp::UNIX_EPOCH,
            },
            time_zone: TimeZone::get("Europe/London").unwrap(),
            slots: slots.collect(),
        }
    }

    #[test]
    fn hours_open_and_close_in_their_own_time_zone() {
        let office = hours(&[(Weekday::Monday, 9 * 60, 17 * 60 + 30)]);
        let night = hours(&[(Weekday::Sunday, 22 * 60, 2 * 60)]);
        let always = hours(&[(Weekday::Monday, 0, 0)]);
        // The 6th of July 2026 is a Monday in summer time, an hour ahead of UTC.
        for (hours, time, open) in [
            (&office, "2026-07-06T07:59:00Z", false),
            (&office, "2026-07-06T08:00:00Z", true),
            (&office, "2026-07-06T16:29:59Z", true),
            (&office, "2026-07-06T16:30:00Z", false),
            (&office, "2026-07-07T10:00:00Z", false),
            (&night, "2026-07-05T20:59:00Z", false),
            (&night, "2026-07-05T21:00:00Z", true),
            (&night, "2026-07-06T00:59:00Z", true),
            (&night, "2026-07-06T01:00:00Z", false),
            (&always, "2026-07-05T23:00:00Z", true),
            (&always, "2026-07-06T22:59:00Z", true),
            (&always, "2026-07-06T23:00:00Z", false),
        ] {
            assert_eq!(hours.open_at(time.parse().unwrap()), open, "{time}");
        }
    }
}
