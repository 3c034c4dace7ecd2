//! GetTranscript: which items, in which order, and where the next page begins.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::body::Body;
use super::contact::Contact;
use crate::wire::{Response, ServiceError};

/// What a request asks for.
pub(crate) struct Window {
    most: usize,
    direction: Direction,
    newest_first: bool,
    start: Start,
}

/// Which way to go from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Backward,
    Forward,
}

/// Where to start.
enum Start {
    /// At the end that the direction leads away from.
    Outermost,
    Id(String),
    Time(Timestamp),
    /// So many items before the end.
    MostRecent(usize),
    /// At a place in the order of time, as a `NextToken` says.
    Place(usize),
}

/// The default and the most items of a page [doc].
const DEFAULT_RESULTS: u64 = 10;
const MOST_RESULTS: u64 = 100;

impl Window {
    pub(crate) fn read(body: &Body) -> Result<Self, ServiceError> {
        let most = body
            .number("MaxResults", 0..=MOST_RESULTS)?
            .unwrap_or(DEFAULT_RESULTS);
        let mut start = start(body)?;
        let mut direction = match (body.text("ScanDirection")?, &start) {
            (Some("BACKWARD"), _) => Direction::Backward,
            (Some("FORWARD"), _) => Direction::Forward,
            (Some(_), _) => return Err(body.refuse("ScanDirection is not known")),
            // Towards the past from the end, and towards the present from a given place [doc].
            (None, Start::Outermost) => Direction::Backward,
            (None, _) => Direction::Forward,
        };
        if let Some(token) = body.text("NextToken")? {
            let unknown = || body.refuse("NextToken is not one of this operation");
            (direction, start) = read_token(token).ok_or_else(unknown)?;
        }
        let newest_first = match body.text("SortOrder")? {
            None | Some("DESCENDING") => true,
            Some("ASCENDING") => false,
            Some(_) => return Err(body.refuse("SortOrder is not known")),
        };
        Ok(Self {
            most: usize::try_from(most).unwrap_or(usize::MAX),
            direction,
            newest_first,
            start,
        })
    }

    /// The page of a contact's transcript.
    pub(crate) fn answer(&self, contact: &Contact, body: &Body) -> Result<Response, ServiceError> {
        let items = &contact.items;
        let (from, to, next) = match (self.first(contact, body)?, self.direction) {
            (None, _) => (0, 0, None),
            (Some(first), Direction::Forward) => {
                let end = items.len().min(first.saturating_add(self.most));
                (first, end, (end < items.len()).then_some(end))
            }
            (Some(first), Direction::Backward) => {
                let begin = (first + 1).saturating_sub(self.most);
                (begin, first + 1, begin.checked_sub(1))
            }
        };
        let contact_id = &contact.data.contact_id;
        let mut page: Vec<Value> = items[from..to]
            .iter()
            .map(|item| item.in_transcript(contact_id))
            .collect();
        if self.newest_first {
            page.reverse();
        }
        let mut answer = json!({
            "InitialContactId": contact.data.initial_contact_id,
            "Transcript": page,
        });
        if let Some(next) = next {
            answer["NextToken"] = token(self.direction, next).into();
        }
        Ok(Response::json(&answer))
    }

    /// The place of the first item that counts; nothing if there is none.
    fn first(&self, contact: &Contact, body: &Body) -> Result<Option<usize>, ServiceError> {
        let items = &contact.items;
        let last = items.len().checked_sub(1);
        Ok(match (&self.start, self.direction) {
            (Start::Outermost, Direction::Backward) => last,
            (Start::Outermost, Direction::Forward) => last.map(|_| 0),
            (Start::Id(id), _) => {
                let place = items.iter().position(|item| item.id == *id);
                let unknown = || body.refuse("StartPosition names no item of this chat");
                Some(place.ok_or_else(unknown)?)
            }
            (Start::Time(time), Direction::Forward) => {
                items.iter().position(|item| item.time >= *time)
            }
            (Start::Time(time), Direction::Backward) => {
                items.iter().rposition(|item| item.time <= *time)
            }
            (Start::MostRecent(n), _) => last.map(|last| last.saturating_sub(n.saturating_sub(1))),
            (Start::Place(place), _) => (*place < items.len()).then_some(*place),
        })
    }
}

/// `StartPosition` has one of three members; an empty one is normal [S].
fn start(body: &Body) -> Result<Start, ServiceError> {
    let Some(position) = body.part("StartPosition")? else {
        return Ok(Start::Outermost);
    };
    if position.names().filter(|name| position.has(name)).count() > 1 {
        return Err(body.refuse("StartPosition can have one member only"));
    }
    if let Some(id) = position.text("Id")? {
        return Ok(Start::Id(id.to_owned()));
    }
    if let Some(time) = position.text("AbsoluteTime")? {
        let wrong = |_| body.refuse("AbsoluteTime is not a time");
        return Ok(Start::Time(time.parse().map_err(wrong)?));
    }
    let recent = position.number("MostRecent", 0..=MOST_RESULTS)?;
    Ok(recent.map_or(Start::Outermost, |n| {
        Start::MostRecent(usize::try_from(n).unwrap_or(usize::MAX))
    }))
}

/// Items are only ever added at the end, so that a place stays what it is.
fn token(direction: Direction, place: usize) -> String {
    match direction {
        Direction::Backward => format!("b{place}"),
        Direction::Forward => format!("f{place}"),
    }
}

fn read_token(token: &str) -> Option<(Direction, Start)> {
    let (direction, place) = match token.strip_prefix('b') {
        Some(place) => (Direction::Backward, place),
        None => (Direction::Forward, token.strip_prefix('f')?),
    };
    Some((direction, Start::Place(place.parse().ok()?)))
}
