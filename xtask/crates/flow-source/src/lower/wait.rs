//! Waiting. `wait: 30s` goes on at `next` when the time is up; with `until` it also ends early and
//! the branches say it all.

use flow::model::Transitions;
use flow::value::{Map, Value};

use super::build::{action, equals, transitions};
use super::exits::Exits;
use super::{Lowering, Place};
use crate::forms::Branch;
use crate::yaml::Node;

const BOT: &str = "BotParticipantDisconnected";

impl<'a> Lowering<'a> {
    pub(super) fn wait(&mut self, place: &Place<'_>, body: &'a Node, exits: &Exits<'a>) {
        let keys = self.body(place, body);
        let parameters = self.parameters(place, body, keys, exits);
        let ways = match (event(&parameters), keys.has("until")) {
            (None, false) => self.plain_wait(place, exits),
            (Some(event), _) => self.wait_for(place, exits, event == BOT),
            // Nobody knows which branches it was to have.
            (None, true) => Transitions::default(),
        };
        self.add(place, action(place.id(""), "Wait", parameters, ways));
    }

    fn plain_wait(&mut self, place: &Place<'_>, exits: &Exits<'a>) -> Transitions {
        self.only_branches(place, exits, || ["error"].into_iter());
        let next = self.next(place, exits);
        let targets = self.targets(place, exits, None, |it| it.key == "error", |_| false);
        let error = targets.get("error").cloned().or(next.clone());
        let expired = equals("WaitCompleted", next).into_iter().collect();
        transitions(error.clone(), expired, [("NoMatchingError", error)])
    }

    fn wait_for(&mut self, place: &Place<'_>, exits: &Exits<'a>, is_bot: bool) -> Transitions {
        self.no_next(place, exits);
        let is_there = |branch: &Branch| match branch.key {
            "customer_returned" => !is_bot,
            "bot_disconnected" | "participant_not_found" => is_bot,
            _ => true,
        };
        let known = || place.spec.branches.iter().filter(|it| is_there(it));
        self.only_branches(place, exits, || known().map(|it| it.key));
        let targets = self.targets(place, exits, None, is_there, |_| false);
        // The console repeats the error branch in `NextAction`.
        let mut ways = Transitions {
            next: targets.get("error").cloned(),
            ..Transitions::default()
        };
        targets.put_into(&mut ways);
        ways
    }
}

/// The event that ends a wait early.
fn event(parameters: &Map) -> Option<&str> {
    let events = parameters.get("Events").and_then(Value::as_list)?;
    events.first().and_then(Value::as_text)
}
