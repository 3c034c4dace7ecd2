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

/// The id of what a name stands for, if it exists, without the alias by which flows call it.
pub(crate) fn bound_id(bindings: &Bindings, kind: RefKind, name: &str) -> Option<String> {
    let target = bindings.get(&Ref::new(kind, name))?;
    Some(id_of(bare(&target.arn)).to_owned())
}

/// The ARN of something on an instance without a version or alias behind it.
pub(crate) fn bare(arn: &str) -> &str {
    let Some((_, id)) = arn.rsplit_once('/') else {
        return arn;
    };
    match id.find(':') {
        Some(at) => &arn[..arn.len() - id.len() + at],
        None => arn,
    }
}

pub(crate) fn show_place(place: &Place) -> String {
    match place {
        Place::Bucket(bucket) => format!("{}/{}", bucket.name, bucket.prefix),
        Place::Stream(arn) => arn.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn an_alias_is_taken_off_and_a_function_keeps_its_own() {
        let module = "arn:aws:connect:r:1:instance/i/flow-module/m";
        assert_eq!(bare(&format!("{module}:alias")), module);
        assert_eq!(bare(module), module);
        let function = "arn:aws:lambda:r:1:function:f:live";
        assert_eq!(bare(function), function);
    }
}
