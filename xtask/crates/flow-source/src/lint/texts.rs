//! What stands in the texts of each action, so that rules about texts only look at those of which
//! they may have something to say.

use flow::model::{Action, Flow};
use flow::value::Value;

/// For each action which of the marks below stand in its parameters and conditions.
pub(crate) struct Texts {
    marks: Vec<u8>,
}

impl Texts {
    /// A `$`, with which every reference to the contact's data begins.
    pub(crate) const REFERENCE: u8 = 1;
    /// A `<`, with which markup begins.
    pub(crate) const MARKUP: u8 = 2;
    /// A text that begins with `arn:`.
    pub(crate) const ARN: u8 = 4;

    pub(crate) fn new(flow: &Flow) -> Self {
        let marks = flow.actions.iter().map(of_action).collect();
        Self { marks }
    }

    pub(crate) fn has(&self, n: usize, mark: u8) -> bool {
        self.marks[n] & mark != 0
    }

    /// The actions with a mark, in the order of the document.
    pub(crate) fn with(&self, mark: u8) -> impl Iterator<Item = usize> {
        (0..self.marks.len()).filter(move |n| self.has(*n, mark))
    }
}

fn of_action(action: &Action) -> u8 {
    let parameters = action.parameters.values();
    let conditions = action.transitions.conditions.iter();
    let operands = conditions.flat_map(|it| &it.operands);
    parameters
        .chain(operands)
        .fold(0, |marks, it| marks | of_value(it))
}

fn of_value(value: &Value) -> u8 {
    match value {
        Value::Text(text) => of_text(text),
        Value::List(items) => items.iter().fold(0, |marks, it| marks | of_value(it)),
        Value::Map(map) => map
            .iter()
            .fold(0, |marks, (key, it)| marks | of_text(key) | of_value(it)),
        _ => 0,
    }
}

fn of_text(text: &str) -> u8 {
    let arn = u8::from(text.starts_with("arn:")) * Texts::ARN;
    // Without a way out in the middle, so that it looks at many bytes at once.
    text.bytes().fold(arn, |marks, byte| {
        let reference = u8::from(byte == b'$') * Texts::REFERENCE;
        marks | reference | (u8::from(byte == b'<') * Texts::MARKUP)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_seen_at_any_depth_and_in_keys() {
        let marks = |value: Value| {
            let mut flow = Flow::new("a");
            let mut action = Action::new("a", "Wait");
            action.parameters.insert("A".to_owned(), value);
            flow.actions.push(action);
            Texts::new(&flow).marks[0]
        };
        let map = |key: &str, value: &str| {
            let entry = (key.to_owned(), Value::text(value));
            Value::Map([entry].into_iter().collect())
        };
        let deep = Value::List(vec![Value::Null, map("$.Channel", "a <b>")]);
        assert_eq!(marks(deep), Texts::REFERENCE | Texts::MARKUP);
        assert_eq!(marks(map("a", "arn:aws:lex")), Texts::ARN);
        assert_eq!(marks(map("a", "an arn: inside")), 0);
    }
}
