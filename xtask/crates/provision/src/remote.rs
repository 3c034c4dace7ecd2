//! Small helpers around ids and ARNs of live things.

use flow::bind::Bindings;
use flow::value::{Ref, RefKind};

use crate::desired::Place;

/// The id at the end of an ARN of something on an instance.
///
/// Operations take ids; some would also take an ARN, others read it as a strange id.
pub(crate) fn id_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The id of what a name stands for, if it exists.
pub(crate) fn bound_id(bindings: &Bindings, kind: RefKind, name: &str) -> Option<String> {
    let target = bindings.get(&Ref::new(kind, name))?;
    Some(id_of(&target.arn).to_owned())
}

pub(crate) fn show_place(place: &Place) -> String {
    match place {
        Place::Bucket(bucket) => format!("{}/{}", bucket.name, bucket.prefix),
        Place::Stream(arn) => arn.clone(),
    }
}
