//! An UpdateItem request, put together from attributes to set and to remove.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

/// What an update changes, and the condition under which it may.
///
/// `#state` stands for the attribute `state` in conditions, because that word is reserved in expressions.
pub(super) struct Update {
    condition: &'static str,
    values: Vec<(&'static str, AttributeValue)>,
    set: Vec<(&'static str, AttributeValue)>,
    remove: Vec<&'static str>,
}

impl Update {
    pub(super) fn new(condition: &'static str) -> Self {
        Self {
            condition,
            values: Vec::new(),
            set: Vec::new(),
            remove: Vec::new(),
        }
    }

    /// A value the condition names.
    pub(super) fn value(mut self, name: &'static str, value: AttributeValue) -> Self {
        self.values.push((name, value));
        self
    }

    pub(super) fn set(mut self, attribute: &'static str, value: AttributeValue) -> Self {
        self.set.push((attribute, value));
        self
    }

    pub(super) fn remove(mut self, attribute: &'static str) -> Self {
        self.remove.push(attribute);
        self
    }

    /// The request, which answers with the whole item as it is afterwards.
    pub(super) fn fill(self, mut request: UpdateItemFluentBuilder) -> UpdateItemFluentBuilder {
        let mut expression = String::new();
        let sets: Vec<_> = self
            .set
            .iter()
            .map(|(name, _)| format!("#{name} = :new_{name}"))
            .collect();
        if !sets.is_empty() {
            expression = format!("SET {}", sets.join(", "));
        }
        if !self.remove.is_empty() {
            let removes: Vec<_> = self.remove.iter().map(|name| format!("#{name}")).collect();
            expression = format!("{expression} REMOVE {}", removes.join(", "));
        }
        let mut names: Vec<_> = self
            .set
            .iter()
            .map(|(name, _)| *name)
            .chain(self.remove)
            .collect();
        if self.condition.contains("#state") && !names.contains(&"state") {
            names.push("state");
        }
        for name in names {
            request = request.expression_attribute_names(format!("#{name}"), name);
        }
        for (name, value) in self.set {
            request = request.expression_attribute_values(format!(":new_{name}"), value);
        }
        for (name, value) in self.values {
            request = request.expression_attribute_values(name, value);
        }
        request
            .condition_expression(self.condition)
            .update_expression(expression.trim())
            .return_values(ReturnValue::AllNew)
    }
}
