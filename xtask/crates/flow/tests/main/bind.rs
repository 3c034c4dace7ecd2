//! References in and out.

use std::collections::BTreeSet;

use flow::bind::{Bindings, bind, references, unbind};
use flow::layout::lay_out;
use flow::model::{Action, Flow};
use flow::value::{Map, Ref, RefKind, Value};
use proptest::prelude::*;

use crate::made;

const QUEUE: &str = "arn:aws:connect:eu-west-2:123456789012:instance/i-1/queue/q-1";
const JOIN: &str = "arn:aws:lambda:eu-west-2:123456789012:function:acme-bot-join:live";

fn bindings() -> Bindings {
    let mut bindings = Bindings::default();
    bindings.insert(
        Ref::new(RefKind::Queue, "support"),
        QUEUE,
        Some("Support".to_owned()),
    );
    bindings.insert(Ref::new(RefKind::Lambda, "bot-join"), JOIN, None);
    bindings
}

/// A flow with one action and one parameter.
fn flow(parameter: Value) -> Flow {
    let mut action = Action::new("a", "UpdateContactTargetQueue");
    action.parameters.insert("QueueId".to_owned(), parameter);
    let mut flow = Flow::new("a");
    flow.actions.push(action);
    flow
}

fn queue() -> Value {
    Value::Ref(Ref::new(RefKind::Queue, "support"))
}

fn parameter(flow: &Flow) -> &Value {
    &flow.actions[0].parameters["QueueId"]
}

#[test]
fn a_reference_becomes_its_arn_and_the_designer_gets_its_name() {
    let mut portable = flow(queue());
    portable.metadata = Some(lay_out(&portable));
    let bound = bind(&portable, &bindings()).expect("everything is bound");
    assert_eq!(parameter(&bound).as_text(), Some(QUEUE));
    let json = flow::json::document(&bound);
    let shown = &json["Metadata"]["ActionMetadata"]["a"]["parameters"]["QueueId"];
    assert_eq!(shown["displayName"], "Support");
}

#[test]
fn what_has_no_target_is_named() {
    let missing = Ref::new(RefKind::Queue, "sales");
    let refused = bind(&flow(Value::Ref(missing.clone())), &bindings());
    assert_eq!(refused, Err(vec![missing]));
}

#[test]
fn arns_ids_and_latest_forms_become_references_again() {
    for text in [
        QUEUE.to_owned(),
        "q-1".to_owned(),
        format!("{QUEUE}:$LATEST"),
        "q-1:$LATEST".to_owned(),
    ] {
        let unbound = unbind(&flow(Value::Text(text.clone())), &bindings());
        assert_eq!(parameter(&unbound), &queue(), "{text}");
    }
    // The last part of a Lambda's ARN is its alias, and no id.
    for text in ["live", "q-2", "queue/q-1"] {
        let unbound = unbind(&flow(Value::text(text)), &bindings());
        assert_eq!(parameter(&unbound).as_text(), Some(text));
    }
}

#[test]
fn references_are_found_at_any_depth() {
    let inner = Map::from([("CustomerQueue".to_owned(), Value::List(vec![queue()]))]);
    let found = references(&flow(Value::Map(inner)));
    assert_eq!(found, BTreeSet::from([Ref::new(RefKind::Queue, "support")]));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn binding_and_back_is_the_same_flow(flow in made::flow()) {
        let mut bindings = Bindings::default();
        for (n, reference) in references(&flow).into_iter().enumerate() {
            let arn = format!("arn:aws:connect:eu-west-2:123456789012:instance/i/thing/{n}-thing");
            bindings.insert(reference, arn, Some("shown".to_owned()));
        }
        let bound = bind(&flow, &bindings).expect("everything is bound");
        prop_assert!(references(&bound).is_empty());
        prop_assert_eq!(unbind(&bound, &bindings), flow);
    }
}
