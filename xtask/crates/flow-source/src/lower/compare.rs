//! Comparisons: the conditions of transitions as authors write them.

use flow::model::Condition;
use flow::value::Value;

use super::Lowering;
use super::build::equals;
use crate::fields::Fields;
use crate::forms::Terms;
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
    /// Conditions as a map from values to actions, or as a list with operators.
    pub(super) fn conditions(&mut self, node: &'a Node, terms: Terms) -> Vec<Condition> {
        match &node.kind {
            Kind::Map(entries) => entries
                .iter()
                .filter_map(|it| self.value_branch(it))
                .collect(),
            Kind::List(items) => items
                .iter()
                .filter_map(|it| self.condition(it, terms))
                .collect(),
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
        }
        equals(&entry.key.text, next)
    }

    fn condition(&mut self, node: &'a Node, terms: Terms) -> Option<Condition> {
        let mut fields = self.fields(node, "a condition")?;
        let comparison = self.comparison(&mut fields, terms);
        let next = match fields.take("next") {
            Some(next) => self.target(next),
            None => {
                let headline = "condition that leads nowhere";
                let label = "nothing says what comes after it";
                self.error(&rule::MISSING_WAY_OUT, node, headline, label)
                    .help = Some("add `next: <action>`".to_owned());
                None
            }
        };
        // A comparison that this form does not have is reported as an unknown key.
        let is_bare = fields.rest().is_empty();
        self.no_more_keys(fields, "a condition");
        let Some((operator, operands)) = comparison else {
            if !is_bare {
                return None;
            }
            let words = operators(terms).map(|(word, _)| word);
            let help = format!("the comparisons are {}", suggest::listed(words));
            let headline = "condition without a comparison";
            let label = "nothing is compared here";
            self.error(&rule::MISSING_KEY, node, headline, label).help = Some(help);
            return None;
        };
        Some(Condition {
            operator,
            operands: operands?,
            next: next?,
        })
    }

    /// The operator of a condition and its operands, if they can be read.
    fn comparison(
        &mut self,
        fields: &mut Fields<'a>,
        terms: Terms,
    ) -> Option<(String, Option<Vec<Value>>)> {
        let mut comparison = None;
        for (key, operator) in operators(terms) {
            if let Some(entry) = fields.take(key) {
                if comparison.is_some() {
                    let label = "a condition compares once";
                    let headline = "two comparisons in a condition";
                    self.error_at(&rule::UNEXPECTED_SHAPE, &entry.key, headline, label);
                }
                let operand = self.operand(&entry.value);
                comparison = Some((operator.to_owned(), operand.map(|it| vec![it])));
            }
        }
        if comparison.is_none() && terms == Terms::Raw {
            let operator = fields.take("operator")?;
            let operator = self.word(&operator.value, "the operator")?.text.clone();
            let operands = fields.take("operands");
            let operands = operands.and_then(|it| self.raw_value(&it.value, &[], false));
            let operands = match operands {
                Some(Value::List(operands)) => operands,
                operand => operand.into_iter().collect(),
            };
            return Some((operator, Some(operands)));
        }
        comparison
    }

    /// What a value is compared with.
    fn operand(&mut self, node: &'a Node) -> Option<Value> {
        self.scalar(node, "the value")?;
        self.raw_value(node, &[], false)
    }
}

/// The comparisons of a sort.
pub(crate) fn operators(terms: Terms) -> impl Iterator<Item = (&'static str, &'static str)> {
    OPERATORS
        .into_iter()
        .filter(move |(_, operator)| has(terms, operator))
}

fn has(terms: Terms, operator: &str) -> bool {
    match terms {
        Terms::Any | Terms::Raw => true,
        Terms::Numbers => operator == "Equals" || operator.starts_with("Number"),
        Terms::Outcomes => operator == "Equals",
    }
}
