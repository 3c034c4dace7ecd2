//! What holds for the diff of any two flows.

use flow::canonical::text;
use flow::diff::{ActionDiff, FlowDiff, diff};
use flow::model::{Action, ActionId, Condition, ErrorBranch, Flow};
use flow::value::{Map, Value};
use proptest::collection::vec;
use proptest::prelude::*;

/// A diff whose lists are sorted: the mirror of a diff has them in the order of the other version.
fn sorted(mut diff: FlowDiff) -> FlowDiff {
    diff.renamed.sort_by(|a, b| a.old.cmp(&b.old));
    diff.changed.sort_by(|a, b| a.old_id.cmp(&b.old_id));
    for ActionDiff {
        parameters,
        extra,
        branches,
        ..
    } in &mut diff.changed
    {
        parameters.sort_by_key(|it| format!("{it:?}"));
        extra.sort_by_key(|it| format!("{it:?}"));
        branches.sort_by_key(|it| format!("{it:?}"));
    }
    diff.document.sort_by_key(|it| format!("{it:?}"));
    diff
}

/// What has to hold for two flows without repeated identifiers.
pub(crate) fn check(old: &Flow, new: &Flow) -> Result<(), TestCaseError> {
    check_any(old, new)?;
    let there = diff(old, new);
    let applied = there.apply(old);
    let applied = applied.map_err(|error| TestCaseError::fail(format!("{error}")))?;
    prop_assert_eq!(text(&applied), text(new));
    let back = there.mirrored().apply(new);
    let back = back.map_err(|error| TestCaseError::fail(format!("back: {error}")))?;
    prop_assert_eq!(text(&back), text(old));
    Ok(())
}

/// What has to hold for any two flows.
fn check_any(old: &Flow, new: &Flow) -> Result<(), TestCaseError> {
    prop_assert!(diff(old, old).is_empty());
    let there = diff(old, new);
    prop_assert_eq!(there.is_empty(), text(old) == text(new));
    prop_assert_eq!(sorted(there.mirrored()), sorted(diff(new, old)));
    prop_assert_eq!(there.mirrored().mirrored(), there);
    Ok(())
}

const KINDS: [&str; 8] = [
    "MessageParticipant",
    "Compare",
    "Wait",
    "InvokeLambdaFunction",
    "DisconnectParticipant",
    "GetParticipantInput",
    "Loop",
    "SomethingNew",
];

/// Few different texts, so that many actions hold the same.
fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        4 => "(hello there|good morning|please hold|[ab])".prop_map(Value::Text),
        1 => (0..3_i32).prop_map(|it| Value::Number(it.into())),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => Just(Value::Null),
    ];
    scalar.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::List),
            vec(("[a-c]", inner), 0..3).prop_map(|map| Value::Map(map.into_iter().collect())),
        ]
    })
}

fn parameters() -> impl Strategy<Value = Map> {
    let name = prop::sample::select(vec!["Text", "LoopCount", "StoreInput", "Deep"]);
    let usual = (name, value());
    // What counts differently from type to type.
    let special = prop::sample::select(vec![
        ("LoopCount", Value::from("1")),
        ("LoopCount", Value::Number(1.into())),
        ("StoreInput", Value::from("False")),
        ("InvocationType", Value::from("SYNCHRONOUS")),
        ("LambdaInvocationAttributes", Value::Map(Map::new())),
        (
            "LambdaInvocationAttributes",
            Value::Map(Map::from_iter([("a".to_owned(), "b".into())])),
        ),
        ("SkipWhenDTMFBufferEnabled", Value::from("false")),
    ]);
    let parameters = vec(prop_oneof![usual, special], 0..3);
    parameters.prop_map(|list| list.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
}

/// The number of an action, or one that no action has.
fn target() -> impl Strategy<Value = usize> {
    0..9_usize
}

fn operand() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => "[a-c]".prop_map(Value::Text),
        1 => Just(Value::from("$.Channel")),
        1 => (1..3_i32).prop_map(|it| Value::Number(it.into())),
        1 => Just(Value::from("1")),
    ]
}

fn id(n: usize) -> ActionId {
    ActionId::new(format!("action {n}"))
}

fn action() -> impl Strategy<Value = Action> {
    let operator = prop::sample::select(vec!["Equals", "Equals", "NumberLessThan"]);
    let condition = (operator, vec(operand(), 1..2), target());
    let error = (prop::sample::select(vec!["A", "A", "B"]), target());
    (
        prop::sample::select(KINDS.to_vec()),
        parameters(),
        prop::option::of(target()),
        vec(condition, 0..4),
        vec(error, 0..3),
        vec(("[xy]", value()), 0..2),
    )
        .prop_map(|(kind, parameters, next, conditions, errors, extra)| {
            let mut action = Action::new("", kind);
            action.parameters = parameters;
            action.transitions.next = next.map(id);
            let condition = |(operator, operands, next): (&str, _, _)| Condition {
                operator: operator.to_owned(),
                operands,
                next: id(next),
            };
            action.transitions.conditions = conditions.into_iter().map(condition).collect();
            let error = |(error, next): (&str, _)| ErrorBranch {
                error: error.to_owned(),
                next: id(next),
            };
            action.transitions.errors = errors.into_iter().map(error).collect();
            if let [(_, first), ..] = extra.as_slice() {
                action
                    .transitions
                    .extra
                    .insert("t".to_owned(), first.clone());
            }
            action.extra = extra.into_iter().collect();
            action
        })
}

/// A flow of up to seven actions: repeated contents, cycles, ways to nowhere, unknown types.
fn flow() -> impl Strategy<Value = Flow> {
    let settings = prop::option::weighted(0.2, vec(("[ab]", value()), 0..3));
    (
        target(),
        vec(action(), 0..8),
        settings,
        vec(("[cd]", value()), 0..2),
    )
        .prop_map(|(start, actions, settings, extra)| {
            let mut flow = Flow::new(id(start));
            flow.actions = actions;
            for (n, action) in flow.actions.iter_mut().enumerate() {
                action.id = id(n);
            }
            flow.settings = settings.map(|it| it.into_iter().collect());
            flow.extra = extra.into_iter().collect();
            flow
        })
}

/// An edit of a flow; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Edit {
    Rename(usize, usize),
    Retarget(usize, usize),
    Replace(usize, Action),
    Parameters(usize, Map),
    Remove(usize),
    Insert(usize, Action),
    Turn(usize),
    Start(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = 0..8_usize;
    prop_oneof![
        3 => (at.clone(), 0..12_usize).prop_map(|(at, to)| Edit::Rename(at, to)),
        2 => (at.clone(), target()).prop_map(|(at, to)| Edit::Retarget(at, to)),
        1 => (at.clone(), action()).prop_map(|(at, it)| Edit::Replace(at, it)),
        1 => (at.clone(), parameters()).prop_map(|(at, it)| Edit::Parameters(at, it)),
        1 => at.clone().prop_map(Edit::Remove),
        1 => (at.clone(), action()).prop_map(|(at, it)| Edit::Insert(at, it)),
        1 => at.prop_map(Edit::Turn),
        1 => target().prop_map(Edit::Start),
    ]
}

fn targets(flow: &mut Flow) -> impl Iterator<Item = &mut ActionId> {
    let each = flow.actions.iter_mut().flat_map(|it| {
        let transitions = &mut it.transitions;
        let conditions = transitions.conditions.iter_mut().map(|it| &mut it.next);
        let errors = transitions.errors.iter_mut().map(|it| &mut it.next);
        transitions.next.iter_mut().chain(conditions).chain(errors)
    });
    each.chain([&mut flow.start])
}

fn rename(flow: &mut Flow, old: &ActionId, new: &ActionId) {
    if flow.action(new).is_some() || flow.action(old).is_none() {
        return;
    }
    for action in flow.actions.iter_mut().filter(|it| it.id == *old) {
        action.id = new.clone();
    }
    targets(flow)
        .filter(|it| **it == *old)
        .for_each(|it| *it = new.clone());
}

fn make(flow: &mut Flow, edit: Edit) {
    let n = flow.actions.len().max(1);
    match edit {
        Edit::Rename(at, to) => {
            let old = flow.actions.get(at % n).map(|it| it.id.clone());
            old.into_iter().for_each(|old| rename(flow, &old, &id(to)));
        }
        Edit::Retarget(at, to) => {
            let count = targets(flow).count();
            targets(flow)
                .skip(at % count)
                .take(1)
                .for_each(|it| *it = id(to));
        }
        Edit::Replace(at, mut action) => {
            for old in flow.actions.iter_mut().skip(at % n).take(1) {
                action.id = old.id.clone();
                *old = action.clone();
            }
        }
        Edit::Parameters(at, parameters) => {
            let actions = flow.actions.iter_mut().skip(at % n).take(1);
            actions.for_each(|it| it.parameters = parameters.clone());
        }
        Edit::Remove(at) => {
            let mut at = (0..).map(|it| it != at % n);
            flow.actions.retain(|_| at.next() != Some(false));
        }
        Edit::Insert(at, mut action) => {
            let mut free = (0..)
                .map(|it| id(it + at))
                .filter(|it| flow.action(it).is_none());
            action.id = free.next().expect("numbers do not end");
            flow.actions.insert(at.min(flow.actions.len()), action);
        }
        Edit::Turn(at) => {
            let turn = at.min(flow.actions.len());
            flow.actions.rotate_left(turn);
            flow.actions.iter_mut().for_each(|it| {
                it.transitions.conditions.reverse();
            });
        }
        Edit::Start(to) => flow.start = id(to),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_diff_makes_the_new_flow_out_of_any_other(old in flow(), new in flow()) {
        check(&old, &new)?;
    }

    #[test]
    fn a_diff_makes_an_edited_flow_out_of_the_old_one(old in flow(), edits in vec(edit(), 1..6)) {
        let mut new = old.clone();
        edits.into_iter().for_each(|edit| make(&mut new, edit));
        check(&old, &new)?;
    }

    #[test]
    fn a_flow_with_other_identifiers_in_another_order_is_only_renamed(
        old in flow(), turn in 0..8_usize,
    ) {
        let mut new = old.clone();
        for n in 0..9 {
            rename(&mut new, &id(n), &ActionId::new(format!("other {}", 9 - n)));
        }
        let turn = turn % new.actions.len().max(1);
        new.actions.rotate_left(turn);
        let diff = diff(&old, &new);
        prop_assert!(diff.added.is_empty() && diff.removed.is_empty(), "{diff:?}");
        prop_assert_eq!(diff.renamed.len(), old.actions.len());
        prop_assert_eq!(diff.changed, []);
    }

    #[test]
    fn repeated_identifiers_are_no_trouble(old in flow(), new in flow(), repeated in 1..4_usize) {
        let repeat = |mut flow: Flow| {
            flow.actions.iter_mut().enumerate().for_each(|(n, it)| it.id = id(n % repeated));
            flow
        };
        check_any(&repeat(old.clone()), &repeat(new.clone()))?;
        check_any(&repeat(old), &new)?;
    }
}
