//! A checked request as the operations read it, and what most of their answers have in common.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::routes::Route;
use super::state::{Head, Instance, Kind, Record, Shelf, State, Tags, TokenUse, find};
use super::{errors, inputs};
use crate::wire::{Request, Response, ServiceError};
use crate::world::World;

/// What an operation answers.
pub(super) type Answer = Result<Response, ServiceError>;

/// Carries out an operation.
pub(super) type Handler = fn(&Input<'_>, &mut State) -> Answer;

/// A request whose members have the right types and sizes.
pub(super) struct Input<'a> {
    pub(super) world: &'a Arc<World>,
    pub(super) route: &'static Route,
    pub(super) now: Timestamp,
    request: &'a Request,
    body: Map<String, Value>,
}

impl<'a> Input<'a> {
    /// Reads and checks a request.
    pub(super) fn new(
        world: &'a Arc<World>,
        route: &'static Route,
        request: &'a Request,
    ) -> Result<Self, ServiceError> {
        let body = request.json()?;
        inputs::check(route, request, &body)?;
        Ok(Self {
            world,
            route,
            now: world.clock.now(),
            request,
            body,
        })
    }

    /// A parameter of the path.
    pub(super) fn path(&self, name: &str) -> Result<&str, ServiceError> {
        self.route
            .parameter(&self.request.path, name)
            .ok_or_else(|| self.refuse(format!("{name} is required")))
    }

    /// The first value of a query parameter.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.request.query(name)
    }

    /// All values of a query parameter.
    pub(super) fn query_all(&self, name: &'a str) -> Vec<&str> {
        self.request.query_all(name).collect()
    }

    /// A member of the body.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    /// The id of what an earlier request with the same client token created. That the requests
    /// must be the same in all else is what the errors of such operations say.
    pub(super) fn created_before(&self, state: &State) -> Result<Option<String>, ServiceError> {
        let used = self
            .text("ClientToken")
            .and_then(|token| state.tokens.get(&(self.route.operation, token.to_owned())));
        match used {
            Some(used) if used.request == self.fingerprint() => Ok(Some(used.id.clone())),
            Some(_) => Err(errors::token_reused(self.route)),
            None => Ok(None),
        }
    }

    /// Keeps what was created under the request's client token.
    pub(super) fn remember(&self, state: &mut State, id: &str) {
        if let Some(token) = self.text("ClientToken") {
            let used = TokenUse {
                request: self.fingerprint(),
                id: id.to_owned(),
            };
            let key = (self.route.operation, token.to_owned());
            state.tokens.insert(key, used);
        }
    }

    /// What makes two requests the same.
    fn fingerprint(&self) -> Value {
        json!({ "path": self.request.path, "body": self.body })
    }

    /// A text member of the body.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_str)
    }

    /// A text member that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, ServiceError> {
        self.text(name)
            .ok_or_else(|| self.refuse(format!("{name} is required")))
    }

    /// A member that is a list; absent is empty.
    pub(super) fn list(&self, name: &str) -> &[Value] {
        self.value(name)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// `Tags`, or `tags`.
    pub(super) fn tags(&self) -> Tags {
        self.value("Tags")
            .or_else(|| self.value("tags"))
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect()
    }

    /// The error for a value that is not acceptable.
    pub(super) fn refuse(&self, message: impl Into<String>) -> ServiceError {
        errors::invalid(self.route, message)
    }

    /// Refuses members whose effect is not emulated, so that nothing succeeds silently.
    pub(super) fn not_emulated(&self, members: &[&str]) -> Result<(), ServiceError> {
        match members.iter().find(|name| self.value(name).is_some()) {
            Some(member) => Err(errors::not_implemented(self.route.operation, member)),
            None => Ok(()),
        }
    }

    /// The instance the request names, in the path or in the body, whether it is active or not.
    pub(super) fn any_instance<'s>(
        &self,
        state: &'s mut State,
    ) -> Result<&'s mut Instance, ServiceError> {
        let named = self
            .route
            .parameter(&self.request.path, "InstanceId")
            .or_else(|| self.text("InstanceId"))
            .ok_or_else(|| self.refuse("InstanceId is required"))?;
        state
            .instance_mut(named)
            .ok_or_else(|| errors::not_found("instance"))
    }

    /// The instance the request names. What AWS answers while an instance is being created is not
    /// documented; refusing shows a client that does not wait.
    pub(super) fn instance<'s>(
        &self,
        state: &'s mut State,
    ) -> Result<&'s mut Instance, ServiceError> {
        let now = self.now;
        let instance = self.any_instance(state)?;
        if instance.is_active(now) {
            Ok(instance)
        } else {
            Err(errors::invalid_request("the instance is not active yet"))
        }
    }

    /// The head of a new resource with `Name`, `Description` and `Tags` of the request.
    pub(super) fn new_head(&self, instance: &Instance, kind: Kind) -> Result<Head, ServiceError> {
        let name = self.required("Name")?;
        Ok(self.head_of(instance, kind, name))
    }

    /// The same for a resource whose name is not in `Name`.
    pub(super) fn head_of(&self, instance: &Instance, kind: Kind, name: &str) -> Head {
        let id = new_id();
        Head {
            arn: instance.arn_of(kind, &id),
            id,
            name: name.to_owned(),
            description: self.text("Description").map(str::to_owned),
            tags: self.tags(),
            modified: self.now,
        }
    }

    /// The members every change of a resource brings with it.
    pub(super) fn modified(&self, head: &Head) -> [Value; 2] {
        [timestamp(head.modified), self.world.region.clone().into()]
    }

    /// A summary as most lists have them.
    pub(super) fn summary(&self, head: &Head) -> Value {
        let [time, region] = self.modified(head);
        json!({
            "Id": head.id,
            "Arn": head.arn,
            "Name": head.name,
            "LastModifiedTime": time,
            "LastModifiedRegion": region,
        })
    }

    /// The record that a path parameter names, to change it; it counts as modified now.
    pub(super) fn change<'s, T: Record>(
        &self,
        shelf: &'s mut Shelf<T>,
        instance_arn: &str,
        parameter: &str,
    ) -> Result<&'s mut T, ServiceError> {
        let id = self.locate(shelf, instance_arn, parameter)?;
        let record = shelf.get_mut(&id).expect("it was just located");
        record.head_mut().modified = self.now;
        Ok(record)
    }

    /// The id of the record that a path parameter names.
    pub(super) fn locate<T: Record>(
        &self,
        shelf: &Shelf<T>,
        instance_arn: &str,
        parameter: &str,
    ) -> Result<String, ServiceError> {
        find(shelf, self.path(parameter)?, instance_arn)
            .map(|record| record.head().id.clone())
            .ok_or_else(|| errors::not_found(T::KIND.noun()))
    }

    /// Changes name and description as the request gives them, if the name is free.
    pub(super) fn rename<T: Record>(
        &self,
        shelf: &mut Shelf<T>,
        instance_arn: &str,
        parameter: &str,
    ) -> Result<(), ServiceError> {
        let id = self.locate(shelf, instance_arn, parameter)?;
        if let Some(name) = self.text("Name") {
            name_is_free(shelf.values(), name, Some(&id))?;
        }
        let head = shelf.get_mut(&id).expect("it was just located").head_mut();
        if let Some(name) = self.text("Name") {
            name.clone_into(&mut head.name);
        }
        if let Some(description) = self.text("Description") {
            head.description = Some(description.to_owned());
        }
        head.modified = self.now;
        Ok(())
    }
}

/// Refuses a name that another record has.
pub(super) fn name_is_free<'s, T: Record + 's>(
    records: impl IntoIterator<Item = &'s T>,
    name: &str,
    except: Option<&str>,
) -> Result<(), ServiceError> {
    let taken = records
        .into_iter()
        .map(Record::head)
        .any(|head| head.name == name && Some(head.id.as_str()) != except);
    if taken {
        Err(errors::duplicate(&format!("a {}", T::KIND.noun())))
    } else {
        Ok(())
    }
}

/// An id as the service makes them.
pub(super) fn new_id() -> String {
    Uuid::new_v4().to_string()
}

/// Epoch seconds, as the control plane writes times.
pub(super) fn timestamp(time: Timestamp) -> Value {
    let milliseconds = time.as_millisecond();
    if milliseconds % 1000 == 0 {
        json!(milliseconds / 1000)
    } else {
        json!(milliseconds as f64 / 1000.0)
    }
}

/// Answers with these members; those that are null are left out, as the service does.
pub(super) fn reply(mut members: Value) -> Answer {
    drop_nulls(&mut members);
    Ok(Response::json(&members))
}

/// Answers with nothing.
pub(super) fn done() -> Answer {
    Ok(Response::empty())
}

pub(super) fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
