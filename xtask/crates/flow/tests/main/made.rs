//! Flows made up by proptest: any shape, references and templates included.

use flow::model::{Action, ActionId, Condition, ErrorBranch, Flow};
use flow::value::{Format, Map, Ref, RefKind, Template, Value};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

const KINDS: [&str; 9] = [
    "MessageParticipant",
    "Compare",
    "Wait",
    "InvokeLambdaFunction",
    "TransferContactToQueue",
    "DisconnectParticipant",
    "GetParticipantInput",
    "Loop",
    "SomethingNew",
];

/// A JSON value: what any parameter may hold once everything is resolved.
pub(crate) fn plain_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(|it| Value::Number(it.into())),
        "[a-z$.{}üé\"\\\\ ]{0,8}".prop_map(Value::Text),
    ];
    scalar.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::List),
            btree_map("[a-zA-Z ]{1,6}", inner, 0..3)
                .prop_map(|map| Value::Map(map.into_iter().collect())),
        ]
    })
}

/// A value as it may stand in a portable flow.
fn value() -> impl Strategy<Value = Value> {
    let reference = (0..RefKind::ALL.len(), "[a-z]{1,4}")
        .prop_map(|(kind, name)| Value::Ref(Ref::new(RefKind::ALL[kind], name)));
    let template = "[a-z]{1,4}".prop_map(|source| {
        let format = Format::Seconds;
        Value::Template(Template { source, format })
    });
    prop_oneof![6 => plain_value(), 1 => reference, 1 => template]
}

/// A flow of up to six actions with different identifiers, wired at random.
pub(crate) fn flow() -> impl Strategy<Value = Flow> {
    flow_of(value().boxed())
}

/// The same with nothing left to resolve.
pub(crate) fn plain_flow() -> impl Strategy<Value = Flow> {
    flow_of(plain_value().boxed())
}

fn flow_of(value: BoxedStrategy<Value>) -> impl Strategy<Value = Flow> {
    btree_set("[a-f]{1,2}", 1..6).prop_flat_map(move |ids| {
        let ids: Vec<String> = ids.into_iter().collect();
        let actions: Vec<_> = ids
            .iter()
            .map(|id| action(id.clone(), ids.clone(), value.clone()))
            .collect();
        (prop::sample::select(ids), actions).prop_map(|(start, actions)| {
            let mut flow = Flow::new(start);
            flow.actions = actions;
            flow
        })
    })
}

fn action(
    id: String,
    ids: Vec<String>,
    value: BoxedStrategy<Value>,
) -> impl Strategy<Value = Action> {
    let target = prop::sample::select(ids).prop_map(ActionId::new);
    let condition = (
        prop::sample::select(vec!["Equals", "NumberLessThan"]),
        "[a-c]{1}",
        target.clone(),
    );
    let condition = condition.prop_map(|(operator, operand, next)| Condition {
        operator: operator.to_owned(),
        operands: vec![Value::Text(operand)],
        next,
    });
    (
        prop::sample::select(KINDS.to_vec()),
        btree_map("[A-Z][a-z]{1,4}", value, 0..3),
        prop::option::of(target.clone()),
        vec(condition, 0..3),
        btree_map("[A-C]Error", target, 0..3),
    )
        .prop_map(move |(kind, parameters, next, conditions, errors)| {
            let mut action = Action::new(id.as_str(), kind);
            action.parameters = parameters.into_iter().collect::<Map>();
            action.transitions.next = next;
            action.transitions.conditions = conditions;
            action.transitions.errors = errors
                .into_iter()
                .map(|(error, next)| ErrorBranch { error, next })
                .collect();
            action
        })
}
