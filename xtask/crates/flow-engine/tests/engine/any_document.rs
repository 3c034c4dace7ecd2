//! What holds for every document: the engine neither panics nor goes on for ever.

use std::sync::Arc;
use std::time::Duration;

use flow::model::{Action, ActionId, Condition, ErrorBranch, Flow};
use flow::value::{Map, Value};
use flow_engine::contact::{Contact, Queue};
use flow_engine::document::Document;
use flow_engine::machine::{Execution, STEP_BUDGET};
use flow_engine::turn::{Event, LambdaOutcome, Need, TransferOutcome};
use proptest::prelude::*;

const KINDS: [&str; 24] = [
    "MessageParticipant",
    "InvokeLambdaFunction",
    "Compare",
    "Wait",
    "UpdateContactAttributes",
    "UpdateFlowAttributes",
    "UpdateContactData",
    "UpdateContactTargetQueue",
    "TransferContactToQueue",
    "TransferToFlow",
    "InvokeFlowModule",
    "EndFlowModuleExecution",
    "UpdateContactEventHooks",
    "UpdateFlowLoggingBehavior",
    "UpdateContactRecordingBehavior",
    "UpdateContactRecordingAndAnalyticsBehavior",
    "CheckHoursOfOperation",
    "Loop",
    "DistributeByPercentage",
    "EndFlowExecution",
    "DisconnectParticipant",
    "MessageParticipantIteratively",
    "UpdateContactTextToSpeechVoice",
    "SomethingElse",
];

const PARAMETERS: [&str; 20] = [
    "Text",
    "LambdaFunctionARN",
    "InvocationTimeLimitSeconds",
    "InvocationType",
    "LambdaInvocationAttributes",
    "ResponseValidation",
    "ComparisonValue",
    "TimeLimitSeconds",
    "Events",
    "Attributes",
    "FlowAttributes",
    "QueueId",
    "ContactFlowId",
    "FlowModuleId",
    "Input",
    "ResultData",
    "Result",
    "EventHooks",
    "FlowLoggingBehavior",
    "LoopCount",
];

const TEXTS: [&str; 22] = [
    "",
    "1",
    "8",
    "100",
    "-3",
    "1e400",
    "x",
    "Enabled",
    "ASYNCHRONOUS",
    "BotParticipantDisconnected",
    "CustomerReturned",
    "WaitCompleted",
    "ContinueLooping",
    "DoneLooping",
    "True",
    "$.Attributes.x",
    "$.External.k",
    "$.",
    "$.Attributes['",
    "Hello $.Attributes.x and $.External.k.",
    "$.Modules.Input.x",
    "\u{1F600} $.Attributes.\u{e9}",
];

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        8 => proptest::sample::select(&TEXTS[..]).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<i64>().prop_map(|n| Value::Number(n.into())),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::List),
            prop::collection::vec((proptest::sample::select(&TEXTS[..]), inner), 0..3).prop_map(
                |entries| {
                    let entries = entries.into_iter();
                    Value::Map(
                        entries
                            .map(|(key, value)| (key.to_owned(), value))
                            .collect(),
                    )
                }
            ),
            Just(Value::Map(
                [("Value".to_owned(), Value::from("v"))]
                    .into_iter()
                    .collect()
            )),
        ]
    })
}

/// Mostly identifiers that exist, so that flows go somewhere.
fn id() -> impl Strategy<Value = ActionId> {
    (0..9u8).prop_map(|n| ActionId::new(format!("a{n}")))
}

fn action(n: usize) -> impl Strategy<Value = Action> {
    let operators = ["Equals", "Equals", "TextContains", "NumberLessThan", "And"];
    let errors = [
        "NoMatchingError",
        "NoMatchingCondition",
        "ParticipantNotFound",
    ];
    let parameter = (proptest::sample::select(&PARAMETERS[..]), value());
    let condition = (proptest::sample::select(operators.to_vec()), value(), id());
    let error = (proptest::sample::select(errors.to_vec()), id());
    (
        proptest::sample::select(&KINDS[..]),
        prop::collection::vec(parameter, 0..6),
        prop::option::weighted(0.9, id()),
        prop::collection::vec(condition, 0..3),
        prop::collection::vec(error, 0..3),
    )
        .prop_map(move |(kind, parameters, next, conditions, errors)| {
            let mut action = Action::new(format!("a{n}").as_str(), kind);
            let parameters = parameters.into_iter();
            action.parameters = parameters
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<Map>();
            action.transitions.next = next;
            action.transitions.conditions = conditions
                .into_iter()
                .map(|(operator, operand, next)| Condition {
                    operator: operator.to_owned(),
                    operands: vec![operand],
                    next,
                })
                .collect();
            action.transitions.errors = errors
                .into_iter()
                .map(|(error, next)| ErrorBranch {
                    error: error.to_owned(),
                    next,
                })
                .collect();
            action
        })
}

fn document() -> impl Strategy<Value = Arc<Document>> {
    let actions = (0..8usize).map(action).collect::<Vec<_>>();
    actions.prop_map(|actions| {
        let mut flow = Flow::new("a0");
        flow.actions = actions;
        Arc::new(Document {
            id: "any".into(),
            name: "any".into(),
            flow,
        })
    })
}

/// An answer for whatever the machine needs, chosen by a number.
fn answer(need: &Need, choice: u8, document: &Arc<Document>) -> Option<Event> {
    let yes = choice.is_multiple_of(2);
    Some(match need {
        Need::Flow(_) => Event::Flow(yes.then(|| Arc::clone(document))),
        Need::Module(_) => Event::Module(yes.then(|| Arc::clone(document))),
        Need::Queue(_) => Event::Queue(yes.then(|| Queue {
            id: "q".into(),
            arn: "arn:q".into(),
            name: "Q".into(),
        })),
        Need::Hours(_) => Event::Hours(yes.then_some(choice.is_multiple_of(4))),
        Need::Random => Event::Random(choice % 100 + 1),
        Need::Lambda(call) if call.asynchronous => {
            Event::LambdaAccepted(yes.then(|| "r".to_owned()))
        }
        Need::Lambda(_) => Event::Lambda {
            outcome: match choice % 5 {
                0 => LambdaOutcome::Answered(br#"{"k":"v"}"#.to_vec()),
                1 => LambdaOutcome::Answered(vec![0xff, choice]),
                2 => LambdaOutcome::FunctionError,
                3 => LambdaOutcome::Retryable,
                _ => LambdaOutcome::TimedOut,
            },
            elapsed: Duration::from_millis(u64::from(choice) * 40),
        },
        Need::Transfer(_) => Event::Transfer(match choice % 3 {
            0 => TransferOutcome::Queued,
            1 => TransferOutcome::AtCapacity,
            _ => TransferOutcome::Failed,
        }),
        Need::Wait(_) => match choice % 3 {
            0 => Event::TimeLimit,
            1 => Event::CustomerReturned,
            _ => Event::BotParticipantDisconnected,
        },
        Need::Nothing(_) => return None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_document_makes_the_engine_panic_or_go_on_for_ever(
        document in document(),
        choices in prop::collection::vec(any::<u8>(), 64),
        custom_participant in any::<bool>(),
    ) {
        let mut contact = Contact { custom_participant, ..Contact::default() };
        let mut execution = Execution::new(Arc::clone(&document));
        let mut need = execution
            .advance(&mut contact, Event::Start)
            .expect("a machine can be started")
            .need;
        // Answers alone never keep it going: each costs a step of the budget or a retry of a call.
        let mut answers_without_wait = 0;
        for choice in choices.iter().cycle().take(20_000) {
            let waits = matches!(need, Need::Wait(_));
            answers_without_wait = if waits { 0 } else { answers_without_wait + 1 };
            prop_assert!(answers_without_wait <= 4 * STEP_BUDGET + 4);
            let Some(event) = answer(&need, *choice, &document) else { return Ok(()) };
            match execution.advance(&mut contact, event) {
                Some(turn) => need = turn.need,
                // Only a Wait has events that it does not listen to.
                None => prop_assert!(waits),
            }
            if contact.path.len() > 10 * STEP_BUDGET {
                // It waits again and again, which a flow may do as long as it likes.
                return Ok(());
            }
        }
    }
}
