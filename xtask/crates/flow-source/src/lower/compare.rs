//! Comparisons and the conditions of transitions.

use flow::model::Condition;
use flow::value::Value;

use super::build::{action, equals, parameters, transitions};
use super::exits::Exits;
use super::{Lowering, Place};
use crate::rule;
use crate::suggest;
use crate::yaml::{Entry, Kind, Node};

/// The comparisons of `when` lists, in our words and Connect's.
const OPERATORS: [(&str, &str); 9] = [
    ("equals", "Equals"),
    ("starts_with", "TextStartsWith"),
    ("ends_with", "TextEndsWith"),
    ("contains", "TextContains"),
    ("greater_than", "NumberGreaterThan"),
    ("greater_or_equal", "NumberGreaterOrEqualTo"),
    ("less_than", "NumberLessThan"),
    ("less_or_equal", "NumberLessOrEqualTo"),
    ("has_key", "KeyExists"),
];

impl<'a> Lowering<'a> {
    pub(super) fn compare(&mut self, place: &Place<'_>, body: &'a Node, mut exits: Exits<'a>) {
        let value = self.path(body, "the value to compare");
        self.no_next(place, &exits, "`when` and `otherwise`");
        let when = self.needed_key(place, &mut exits.rest, "when");
        let conditions = when
            .map(|it| self.conditions(&it.value))
            .unwrap_or_default();
        let otherwise = self.needed_key(place, &mut exits.rest, "otherwise");
        let otherwise = otherwise.and_then(|it| self.target(it));
        self.no_more(place, exits);
        let value = value.unwrap_or_else(|| Value::text("$.Channel"));
        let ways = transitions(
            otherwise.clone(),
            conditions,
            [("NoMatchingCondition", otherwise)],
        );
        let content = parameters([("ComparisonValue", value)]);
        self.add(place, action(place.id(""), "Compare", content, ways));
    }

    /// Conditions as a map from values to actions, or as a list with operators.
    pub(super) fn conditions(&mut self, node: &'a Node) -> Vec<Condition> {
        match &node.kind {
            Kind::Map(entries) => entries
                .iter()
                .filter_map(|it| self.value_branch(it))
                .collect(),
            Kind::List(items) => items.iter().filter_map(|it| self.condition(it)).collect(),
            Kind::Scalar(_) => {
                let headline = "conditions that are neither a map nor a list";
                let label = format!(
                    "a map from values to actions is expected here, this is {}",
                    node.described()
                );
                self.error(&rule::UNEXPECTED_SHAPE, node, headline, label);
                Vec::new()
            }
        }
    }

    fn value_branch(&mut self, entry: &'a Entry) -> Option<Condition> {
        self.literal_key(&entry.key);
        let next = self.target(entry);
        if entry.key.text.is_empty() {
            let label = "Connect compares with no empty text";
            self.error_at(&rule::EMPTY_TEXT, &entry.key, "value is empty", label);
            return None;
        }
        equals(&entry.key.text, next)
    }

    fn condition(&mut self, node: &'a Node) -> Option<Condition> {
        let mut fields = self.fields(node, "a condition")?;
        let mut comparison = None;
        for (key, operator) in OPERATORS {
            if let Some(entry) = fields.take(key) {
                if comparison.is_some() {
                    let label = "a condition compares once";
                    let headline = "two comparisons in a condition";
                    self.error_at(&rule::UNEXPECTED_SHAPE, &entry.key, headline, label);
                }
                comparison = Some((operator, self.text(&entry.value, "the value")));
            }
        }
        let next = fields.take("next");
        let next = match next {
            Some(next) => self.target(next),
            None => {
                let headline = "condition that leads nowhere";
                let label = "nothing says what comes after it";
                self.error(&rule::MISSING_WAY_OUT, node, headline, label)
                    .help = Some("add `next: <action>`".to_owned());
                None
            }
        };
        self.no_more_keys(fields, "a condition");
        let Some((operator, operand)) = comparison else {
            let words = OPERATORS.map(|(word, _)| word);
            let help = format!("the comparisons are {}", suggest::listed(words));
            let label = "nothing is compared here";
            self.error(
                &rule::MISSING_KEY,
                node,
                "condition without a comparison",
                label,
            )
            .help = Some(help);
            return None;
        };
        Some(Condition {
            operator: operator.to_owned(),
            operands: vec![operand?],
            next: next?,
        })
    }
}
