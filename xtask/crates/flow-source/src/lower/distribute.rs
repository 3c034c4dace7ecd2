//! Distribution by chance: shares as authors write them, thresholds as the service takes them.
//!
//! The service draws a whole number from 1 to 100 and takes the first branch whose operand is
//! greater, so that shares of 20 and 40 percent become `21` and `61`.

use flow::model::{Condition, Transitions};
use flow::value::{Map, Value};

use super::build::action;
use super::exits::Exits;
use super::{Lowering, Place};
use crate::forms::OTHERWISE;
use crate::rule;
use crate::yaml::{Kind, Node};

impl<'a> Lowering<'a> {
    pub(super) fn distribute(&mut self, place: &Place<'_>, body: &'a Node, exits: &Exits<'a>) {
        self.no_next(place, exits);
        let mut ways = Transitions {
            conditions: self.shares(body),
            ..Transitions::default()
        };
        let targets = self.targets(place, exits, None, |_| true, |_| false);
        ways.next = targets.get(OTHERWISE).cloned();
        targets.put_into(&mut ways);
        let kind = place.spec.action_type;
        self.add(place, action(place.id(""), kind, Map::new(), ways));
    }

    fn shares(&mut self, body: &'a Node) -> Vec<Condition> {
        let Kind::List(items) = &body.kind else {
            let headline = "shares that are not a list";
            let label = format!("a list is expected here, this is {}", body.described());
            self.error(&rule::UNEXPECTED_SHAPE, body, headline, label)
                .help = Some("write `- { percent: 20, next: <action> }`".to_owned());
            return Vec::new();
        };
        let mut total = 0;
        let mut shares = Vec::new();
        for item in items {
            shares.extend(self.share(item, &mut total));
        }
        shares
    }

    /// One share, after those that make up the total.
    fn share(&mut self, item: &'a Node, total: &mut u64) -> Option<Condition> {
        let mut fields = self.fields(item, "a share")?;
        let (percent, next) = (fields.take("percent"), fields.take("next"));
        self.no_more_keys(fields, "a share");
        let (Some(percent), Some(next)) = (percent, next) else {
            let headline = "share that is incomplete";
            let label = "`percent` and `next` are expected here";
            self.error(&rule::MISSING_KEY, item, headline, label);
            return None;
        };
        let next = self.target(next);
        let number = self.number(&percent.value, "the percentage", 1..=100)?;
        let number: u64 = number.as_text()?.parse().ok()?;
        *total += number;
        if *total > 100 {
            let headline = "shares of more than 100 percent";
            let label = format!("with this share it is {total} percent");
            self.error(&rule::INVALID_VALUE, &percent.value, headline, label);
        }
        Some(Condition {
            operator: "NumberLessThan".to_owned(),
            operands: vec![Value::Text((*total + 1).to_string())],
            next: next?,
        })
    }
}
