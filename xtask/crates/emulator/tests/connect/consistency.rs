//! Reads that lag behind writes, as an option and as a fault, and instances that are never made.

use std::time::Duration;

use aws_sdk_connect::types::{DirectoryType, InstanceStatus};
use emulator::Config;
use emulator::clock::ClockMode;
use emulator::faults::{Fault, Stale};

use super::{Bench, code, refusal};

async fn lagging(consistency: Duration) -> Bench {
    Bench::with(Config {
        clock: ClockMode::Virtual,
        consistency,
        ..Config::new("123456789012", "eu-west-2")
    })
    .await
}

impl Bench {
    /// The id of the hours that every instance has.
    async fn basic_hours(&self, instance: &str) -> String {
        let hours = self.connect.list_hours_of_operations();
        let hours = hours.instance_id(instance).send().await.unwrap();
        let first = &hours.hours_of_operation_summary_list.unwrap()[0];
        first.id.clone().unwrap()
    }

    async fn queue(&self, instance: &str, hours: &str, name: &str) -> String {
        let queue = self.connect.create_queue().instance_id(instance);
        let queue = queue.name(name).hours_of_operation_id(hours);
        queue.send().await.unwrap().queue_id.unwrap()
    }

    /// The name of a queue, if it is seen.
    async fn queue_name(&self, instance: &str, queue: &str) -> Result<String, (u16, String)> {
        let seen = self.connect.describe_queue().instance_id(instance);
        let seen = seen.queue_id(queue).send().await;
        match seen {
            Ok(seen) => Ok(seen.queue.unwrap().name.unwrap()),
            error => Err(refusal(error)),
        }
    }

    async fn queue_count(&self, instance: &str) -> usize {
        let queues = self.connect.list_queues().instance_id(instance);
        queues
            .send()
            .await
            .unwrap()
            .queue_summary_list
            .unwrap()
            .len()
    }
}

#[tokio::test]
async fn what_was_written_is_seen_after_a_while() {
    let bench = lagging(Duration::from_secs(5)).await;
    let instance = bench.instance("lagging").await;
    let unseen = bench.connect.describe_instance().instance_id(&instance);
    let not_found = code(404, "ResourceNotFoundException");
    assert_eq!(refusal(unseen.send().await), not_found);
    bench.emulator.advance(Duration::from_secs(5)).await;

    let hours = bench.basic_hours(&instance).await;
    let before = bench.queue_count(&instance).await;
    let queue = bench.queue(&instance, &hours, "orders").await;
    bench.emulator.advance(Duration::from_secs(4)).await;
    assert_eq!(bench.queue_name(&instance, &queue).await, Err(not_found));
    assert_eq!(bench.queue_count(&instance).await, before);
    bench.emulator.advance(Duration::from_secs(1)).await;
    assert_eq!(
        bench.queue_name(&instance, &queue).await,
        Ok("orders".to_owned())
    );
    assert_eq!(bench.queue_count(&instance).await, before + 1);

    let renamed = bench.connect.update_queue_name().instance_id(&instance);
    let renamed = renamed.queue_id(&queue).name("returns").send().await;
    renamed.expect("writes know what reads do not see yet");
    for (seconds, name) in [(0, "orders"), (4, "orders"), (1, "returns")] {
        bench.emulator.advance(Duration::from_secs(seconds)).await;
        let seen = bench.queue_name(&instance, &queue).await;
        assert_eq!(seen, Ok(name.to_owned()));
    }
}

#[tokio::test]
async fn a_stale_read_sees_what_was_before_the_last_write_or_before_some_seconds() {
    let bench = lagging(Duration::ZERO).await;
    let instance = bench.instance("stale").await;
    let hours = bench.basic_hours(&instance).await;
    let faults = bench.emulator.faults();
    let arm = |stale| {
        faults.arm(
            Fault::stale("connect", "ListQueues", stale)
                .skip(1)
                .times(1),
        )
    };

    arm(Stale::Writes(2));
    arm(Stale::Seconds(5));
    let before = bench.queue_count(&instance).await;
    for name in ["one", "two", "three"] {
        bench.queue(&instance, &hours, name).await;
        bench.emulator.advance(Duration::from_secs(4)).await;
    }
    for (asked, more) in [
        ("two writes ago", 1),
        ("five seconds ago", 2),
        ("used up", 3),
    ] {
        let count = bench.queue_count(&instance).await;
        assert_eq!(count, before + more, "{asked}");
    }
}

#[tokio::test]
async fn a_refused_write_is_no_write_and_single_reads_find_nothing_when_told_so() {
    let bench = lagging(Duration::ZERO).await;
    let instance = bench.instance("stale").await;
    let hours = bench.basic_hours(&instance).await;
    let faults = bench.emulator.faults();
    let stale = Fault::stale("connect", "ListQueues", Stale::Writes(1));
    faults.arm(stale.skip(1).times(1));
    let before = bench.queue_count(&instance).await;
    let queue = bench.queue(&instance, &hours, "one").await;
    let again = bench.connect.create_queue().instance_id(&instance);
    let again = again.name("one").hours_of_operation_id(&hours).send().await;
    assert_eq!(refusal(again), code(409, "DuplicateResourceException"));
    assert_eq!(bench.queue_count(&instance).await, before);
    assert_eq!(bench.queue_count(&instance).await, before + 1);

    faults.arm(Fault::stale("connect", "DescribeQueue", Stale::NotFound).times(1));
    let not_found = Err(code(404, "ResourceNotFoundException"));
    assert_eq!(bench.queue_name(&instance, &queue).await, not_found);
    assert!(bench.queue_name(&instance, &queue).await.is_ok());
}

#[tokio::test]
async fn an_instance_that_cannot_be_made_says_why_and_is_gone_after_a_day() {
    let bench = Bench::with(Config {
        clock: ClockMode::Virtual,
        instance_creation: Duration::from_secs(60),
        ..Config::new("123456789012", "eu-west-2")
    })
    .await;
    let reason = "the directory cannot be made";
    bench
        .emulator
        .faults()
        .arm(Fault::instance_creation(reason).times(1));
    let id = bench.instance("doomed").await;
    let status = async || {
        let described = bench.connect.describe_instance().instance_id(&id);
        let instance = described.send().await.unwrap().instance.unwrap();
        let reason = instance.status_reason.and_then(|reason| reason.message);
        (instance.instance_status.unwrap(), reason)
    };
    assert_eq!(status().await, (InstanceStatus::CreationInProgress, None));
    bench.emulator.advance(Duration::from_secs(60)).await;
    let failed = (InstanceStatus::CreationFailed, Some(reason.to_owned()));
    assert_eq!(status().await, failed);
    let queues = bench.connect.list_queues().instance_id(&id).send().await;
    assert_eq!(refusal(queues), code(400, "InvalidRequestException"));

    let again = bench.connect.create_instance();
    let again = again.identity_management_type(DirectoryType::ConnectManaged);
    let again = again.instance_alias("doomed");
    let again = again
        .inbound_calls_enabled(true)
        .outbound_calls_enabled(false);
    again.send().await.expect("what failed holds no alias");
    bench
        .emulator
        .advance(Duration::from_secs(24 * 60 * 60))
        .await;
    let gone = bench
        .connect
        .describe_instance()
        .instance_id(&id)
        .send()
        .await;
    assert_eq!(refusal(gone), code(404, "ResourceNotFoundException"));
}
