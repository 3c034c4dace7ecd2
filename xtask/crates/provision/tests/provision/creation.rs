//! The creation of an instance: it takes minutes, fails in several ways, and is gone on with.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_connect::types::{
    HoursOfOperationConfig, HoursOfOperationDays, HoursOfOperationTimeSlice,
};
use emulator::faults::Fault;
use emulator::{Config, Emulator};
use provision::address::Layer;
use provision::apply::ApplyError;
use provision::pace::{self, Time};
use provision::plan::ChangeKind;

use crate::centre::{ACCOUNT, Centre, REGION};

/// A minute of waiting takes 600 milliseconds.
#[derive(Debug)]
struct Hurried(Arc<dyn Time>, std::sync::Mutex<Duration>);

impl Time for Hurried {
    fn elapsed(&self) -> Duration {
        *self.1.lock().expect("nobody panics with it")
    }

    fn sleep(&self, duration: Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        *self.1.lock().expect("nobody panics with it") += duration;
        self.0.sleep(duration / 100)
    }
}

/// An account in which instances take so long by a clock that waits for nobody.
async fn slow(creation: Duration) -> Centre {
    let config = Config {
        instance_creation: creation,
        ..Config::new(ACCOUNT, REGION)
    };
    let emulator = Emulator::start(config).await.expect("a free port");
    let mut centre = Centre::at(emulator).await;
    let time = Hurried(pace::real(), std::sync::Mutex::default());
    centre.clients = centre.clients.at_pace(Arc::new(time));
    centre
}

async fn instances(centre: &Centre) -> usize {
    let connect = centre.connect();
    let listed = connect.list_instances().send().await.expect("it is fine");
    listed.instance_summary_list().len()
}

#[tokio::test]
async fn an_instance_that_takes_long_is_waited_for() {
    let centre = slow(Duration::from_millis(50)).await;
    let desired = centre.desired(Vec::new());
    let applied = centre.deploy(&desired, Layer::Foundation).await;
    assert!(applied.expect("bootstrap").instance.is_some());
    assert!(centre.plan(&desired, Layer::Foundation).await.is_empty());
}

#[tokio::test]
async fn a_bootstrap_that_ended_while_it_waited_goes_on_with_the_same_instance() {
    let centre = slow(Duration::from_secs(1)).await;
    let desired = centre.desired(Vec::new());
    let waiting = centre.deploy(&desired, Layer::Foundation);
    let ended = tokio::time::timeout(Duration::from_millis(300), waiting).await;
    assert!(ended.is_err(), "the instance takes longer");
    let plan = centre.plan(&desired, Layer::Foundation).await;
    let instance = &plan.changes[0];
    assert_eq!(instance.reason.to_string(), "is being created");
    assert!(plan.can_apply());
    assert_eq!(plan.warnings, [], "no other one will be created");
    tokio::time::sleep(Duration::ZERO).await;
    let again = centre.deploy(&desired, Layer::Foundation).await;
    again.expect("bootstrap");
    assert_eq!(instances(&centre).await, 1);
    assert!(centre.plan(&desired, Layer::Foundation).await.is_empty());
}

#[tokio::test]
async fn a_failed_creation_says_why_and_the_next_run_asks_for_another() {
    let centre = Centre::empty().await;
    let fault = Fault::instance_creation("the directory could not be made").times(1);
    centre.emulator.faults().arm(fault);
    let desired = centre.desired(Vec::new());
    let failed = centre.deploy(&desired, Layer::Foundation).await;
    let error = failed.expect_err("the creation fails");
    assert_eq!(
        error.to_string(),
        "instance.acme-local could not be made: the directory could not be made"
    );
    assert!(error.help().is_some_and(|help| help.contains("24 hours")));
    let again = centre.deploy(&desired, Layer::Foundation).await;
    again.expect("bootstrap");
    assert_eq!(instances(&centre).await, 2, "the failed one is still shown");
    assert!(centre.plan(&desired, Layer::Foundation).await.is_empty());
}

#[tokio::test]
async fn an_alias_that_is_taken_is_told_from_other_refusals() {
    let centre = Centre::empty().await;
    let refused = Fault::operation("connect", "CreateInstance", 400, "InvalidRequestException");
    let refused = refused.message("Instance alias is already used").times(1);
    centre.emulator.faults().arm(refused);
    let desired = centre.desired(Vec::new());
    let failed = centre.deploy(&desired, Layer::Foundation).await;
    let error = failed.expect_err("somebody else has it");
    assert!(matches!(error, ApplyError::AliasTaken { .. }), "{error}");
    assert!(
        error
            .help()
            .is_some_and(|help| help.contains("choose another"))
    );
}

#[tokio::test]
async fn a_creation_whose_answer_got_lost_makes_no_second_instance() {
    let centre = Centre::empty().await;
    let lost = Fault::operation("connect", "CreateInstance", 500, "InternalServiceException");
    centre.emulator.faults().arm(lost.after_effect().times(1));
    let desired = centre.desired(Vec::new());
    centre
        .deploy(&desired, Layer::Foundation)
        .await
        .expect("bootstrap");
    assert_eq!(instances(&centre).await, 1);
}

#[tokio::test]
async fn what_people_made_at_the_console_is_adopted_and_every_change_to_it_is_said_first() {
    let centre = Centre::empty().await;
    let connect = centre.connect();
    let made = connect
        .create_instance()
        .instance_alias("acme-local")
        .identity_management_type("CONNECT_MANAGED".into())
        .inbound_calls_enabled(true)
        .outbound_calls_enabled(true)
        .send()
        .await;
    let id = made.expect("the alias is free").id.expect("it has one");
    let slice = |hours| {
        let slice = HoursOfOperationTimeSlice::builder().hours(hours).minutes(0);
        slice.build()
    };
    let open = HoursOfOperationConfig::builder()
        .day(HoursOfOperationDays::Monday)
        .start_time(slice(9).expect("it is whole"))
        .end_time(slice(17).expect("it is whole"))
        .build()
        .expect("it is whole");
    let hours = connect.create_hours_of_operation().instance_id(&id);
    let hours = hours
        .name("support")
        .time_zone("Europe/Berlin")
        .config(open);
    let hours = hours.send().await.expect("the name is free");
    let queue = connect.create_queue().instance_id(&id).name("support");
    let queue = queue
        .set_hours_of_operation_id(hours.hours_of_operation_id)
        .max_contacts(7);
    let queue = queue.send().await.expect("the name is free");
    let sns = aws_sdk_sns::Client::new(&centre.sdk_config());
    let topic = sns.create_topic().name("acme-local-chat-messages");
    topic.send().await.expect("the name is free");

    let desired = centre.desired(Vec::new());
    let plan = centre.plan(&desired, Layer::Foundation).await;
    assert_eq!(plan.warnings, [], "nothing is created that counts");
    let adopted = plan
        .changes
        .iter()
        .filter(|it| it.kind == ChangeKind::Adopt);
    let adopted = adopted.map(|change| {
        let fields: Vec<&str> = change.fields.iter().map(|it| it.name.as_str()).collect();
        format!("{}: {}", change.addr, fields.join(", "))
    });
    insta::assert_snapshot!(adopted.collect::<Vec<_>>().join("\n"));
    centre
        .deploy(&desired, Layer::Foundation)
        .await
        .expect("bootstrap");
    let queue_id = queue.queue_id.expect("it has one");
    let kept = connect.describe_queue().instance_id(&id).queue_id(queue_id);
    let kept = kept.send().await.expect("it is the same").queue;
    let kept = kept.expect("it is there");
    assert_eq!(kept.max_contacts, Some(7), "nobody said how many");
    assert!(centre.plan(&desired, Layer::Foundation).await.is_empty());
}
