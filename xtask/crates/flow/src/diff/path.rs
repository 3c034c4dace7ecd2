//! Where a value stands: keys and numbers, from the outside in.

use std::fmt;

/// A path to a value in an action or a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ValuePath(pub Vec<PathStep>);

/// One step inwards.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PathStep {
    Key(String),
    Index(usize),
}

impl ValuePath {
    /// The path of a top-level key.
    pub fn key(key: &str) -> Self {
        Self(vec![PathStep::Key(key.to_owned())])
    }

    /// The path of something inside.
    #[must_use]
    pub fn with(&self, step: PathStep) -> Self {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend(self.0.iter().cloned());
        steps.push(step);
        Self(steps)
    }

    /// The outermost key.
    pub fn first_key(&self) -> Option<&str> {
        match self.0.first()? {
            PathStep::Key(key) => Some(key),
            PathStep::Index(_) => None,
        }
    }
}

impl fmt::Display for ValuePath {
    /// `Text`, `LambdaInvocationAttributes.greeting`, `Events[0]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, step) in self.0.iter().enumerate() {
            match step {
                PathStep::Key(key) if n == 0 => f.write_str(key)?,
                PathStep::Key(key) => write!(f, ".{key}")?,
                PathStep::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
