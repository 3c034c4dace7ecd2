//! Reading the members of a request, and the errors for those that will not do.

use serde_json::{Map, Value};

use crate::wire::{Request, ServiceError};

/// A request's body, and how its service calls a bad request.
pub(crate) struct Body {
    members: Map<String, Value>,
    refusal: &'static str,
}

impl Body {
    /// A request to Connect.
    pub(crate) fn connect(request: &Request) -> Result<Self, ServiceError> {
        Self::read(request, "InvalidRequestException")
    }

    /// A request to the Participant Service.
    pub(crate) fn participant(request: &Request) -> Result<Self, ServiceError> {
        Self::read(request, "ValidationException")
    }

    fn read(request: &Request, refusal: &'static str) -> Result<Self, ServiceError> {
        Ok(Self {
            members: request.json()?,
            refusal,
        })
    }

    /// A part of this body.
    pub(crate) fn part(&self, name: &str) -> Result<Option<Body>, ServiceError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(Body {
                members: members.clone(),
                refusal: self.refusal,
            })),
            Some(_) => Err(self.refuse(format!("{name} has the wrong type"))),
        }
    }

    /// A part of this body that must be there.
    pub(crate) fn required_part(&self, name: &str) -> Result<Body, ServiceError> {
        self.part(name)?
            .ok_or_else(|| self.refuse(format!("{name} is required")))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, ServiceError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.refuse(format!("{name} has the wrong type"))),
        }
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, ServiceError> {
        self.text(name)?
            .ok_or_else(|| self.refuse(format!("{name} is required")))
    }

    /// A text that must be there, with so many characters.
    pub(crate) fn sized(&self, name: &str, most: usize) -> Result<&str, ServiceError> {
        let text = self.required(name)?;
        if (1..=most).contains(&text.chars().count()) {
            Ok(text)
        } else {
            Err(self.refuse(format!("{name} must have 1 to {most} characters")))
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, ServiceError> {
        match self.value(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.refuse(format!("{name} has the wrong type"))),
        }
    }

    /// A whole number within bounds.
    pub(crate) fn number(
        &self,
        name: &str,
        bounds: std::ops::RangeInclusive<u64>,
    ) -> Result<Option<u64>, ServiceError> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        match value.as_u64() {
            Some(number) if bounds.contains(&number) => Ok(Some(number)),
            _ => Err(self.refuse(format!(
                "{name} must be between {} and {}",
                bounds.start(),
                bounds.end()
            ))),
        }
    }

    /// A list of texts; absent is empty.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, ServiceError> {
        self.list(name)?
            .iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| self.refuse(format!("{name} has the wrong type")))
    }

    /// A list of objects; absent is empty.
    pub(crate) fn parts(&self, name: &str) -> Result<Vec<Body>, ServiceError> {
        self.list(name)?
            .iter()
            .map(|value| {
                let members = value.as_object()?.clone();
                Some(Body {
                    members,
                    refusal: self.refusal,
                })
            })
            .collect::<Option<_>>()
            .ok_or_else(|| self.refuse(format!("{name} has the wrong type")))
    }

    fn list(&self, name: &str) -> Result<&[Value], ServiceError> {
        match self.value(name) {
            None => Ok(&[]),
            Some(Value::Array(values)) => Ok(values),
            Some(_) => Err(self.refuse(format!("{name} has the wrong type"))),
        }
    }

    /// The names of all members.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    /// The error for a request that will not do.
    pub(crate) fn refuse(&self, message: impl Into<String>) -> ServiceError {
        ServiceError::new(400, self.refusal, message)
    }

    /// Refuses members whose effect is not emulated, so that nothing succeeds silently.
    pub(crate) fn not_emulated(
        &self,
        operation: &str,
        members: &[&str],
    ) -> Result<(), ServiceError> {
        match members.iter().find(|name| self.has(name)) {
            Some(member) => Err(ServiceError::new(
                501,
                "NotImplementedException",
                format!("the emulator does not implement `{member}` of {operation}"),
            )),
            None => Ok(()),
        }
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }
}
