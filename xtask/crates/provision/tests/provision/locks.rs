//! One deployment at a time, and what the next one knows of the one before.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use emulator::faults::Fault;
use jiff::{SignedDuration, Timestamp};
use provision::address::Layer;
use provision::apply::{Along, Applied, ApplyError, Stop, apply_along};
use provision::clients::Clients;
use provision::desired::Desired;
use provision::ledger::{
    About, Ended, Lock, LockError, LockEvent, Owner, Session, Unfinished, break_lock, fence, holder,
};
use provision::pace::Time;
use provision::plan::Plan;

use crate::centre::{Centre, writes};
use crate::documents::{greeting, to_support};

/// A clock that runs fifty times as fast or in real time, and that a test sets forward.
#[derive(Debug)]
pub(crate) struct Fast {
    factor: u32,
    start: Instant,
    at_start: Timestamp,
    ahead: Mutex<Duration>,
}

const FACTOR: u32 = 50;

impl Fast {
    pub(crate) fn new() -> Arc<Fast> {
        Self::times(FACTOR)
    }

    pub(crate) fn in_real_time() -> Arc<Fast> {
        Self::times(1)
    }

    fn times(factor: u32) -> Arc<Fast> {
        Arc::new(Fast {
            factor,
            start: Instant::now(),
            at_start: Timestamp::now(),
            ahead: Mutex::default(),
        })
    }

    pub(crate) fn forward(&self, by: Duration) {
        *self.ahead.lock().expect("nobody panics with it") += by;
    }
}

impl Time for Fast {
    fn elapsed(&self) -> Duration {
        let ahead = *self.ahead.lock().expect("nobody panics with it");
        self.start.elapsed() * self.factor + ahead
    }

    fn now(&self) -> Timestamp {
        self.at_start + SignedDuration::try_from(self.elapsed()).expect("a test is short")
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(duration / self.factor))
    }
}

pub(crate) async fn owner(clients: &Clients, host: &str) -> Owner {
    let owner = Owner::new(clients, host, "deploy").await;
    owner.expect("the emulator knows everybody")
}

async fn take(centre: &Centre, desired: &Desired, host: &str) -> Result<Lock, LockError> {
    let owner = owner(&centre.clients, host).await;
    Lock::take(
        &centre.clients,
        desired.scope(),
        owner,
        Duration::ZERO,
        |_| {},
    )
    .await
}

pub(crate) fn about() -> About {
    About {
        environment: "local".to_owned(),
        commit: None,
        at: Timestamp::UNIX_EPOCH,
    }
}

/// Carries a plan out with lock and journal, and says what the one before left behind.
pub(crate) async fn deploy_locked(
    clients: &Clients,
    desired: &Desired,
    plan: &Plan,
    stop: Stop,
) -> Result<(Result<Applied, ApplyError>, Option<Unfinished>), LockError> {
    let owner = owner(clients, "a-laptop").await;
    let wait = Duration::ZERO;
    let mut session = Session::open(clients, desired.scope(), owner, about(), wait, |_| {}).await?;
    let unfinished = session.unfinished().await?;
    let along = Along {
        session: Some(&mut session),
        stop,
        ..Along::default()
    };
    let applied = apply_along(clients, desired, plan, along, |_| {}).await;
    let ended = match &applied {
        Ok(_) => Ended::Done,
        Err(ApplyError::Stopped { .. }) => Ended::Stopped,
        Err(_) => Ended::Failed,
    };
    session.close(ended).await?;
    Ok((applied, unfinished))
}

#[tokio::test]
async fn who_comes_second_is_told_who_holds_the_lock() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(Vec::new());
    let first = take(&centre, &desired, "a-laptop")
        .await
        .expect("it is free");
    let second = take(&centre, &desired, "a-runner").await;
    let Err(LockError::Held(held)) = second else {
        panic!("it is held: {second:?}");
    };
    assert_eq!(&held.owner, first.owner());
    assert_eq!(held.owner.host, "a-laptop");
    assert_eq!(held.owner.process, std::process::id());
    assert!(held.owner.by.starts_with("arn:"), "{}", held.owner.by);
    let lease = held.until.duration_since(held.since).as_secs();
    assert_eq!(lease, 60);
    first.release().await.expect("it is ours");
    let held = holder(&centre.clients, desired.scope()).await;
    assert_eq!(held.expect("the table is there"), None);
    let third = take(&centre, &desired, "a-runner")
        .await
        .expect("it is free");
    assert_eq!(third.fence(), 2);
    let counted = fence(&centre.clients, desired.scope()).await;
    assert_eq!(counted.expect("the table is there"), Some(2));
}

#[tokio::test]
async fn of_many_at_once_one_gets_the_lock() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(Vec::new());
    let all = (0..12).map(|_| take(&centre, &desired, "a-runner"));
    let taken = futures_util::future::join_all(all).await;
    let held = taken.iter().filter(|it| it.is_ok()).count();
    assert_eq!(held, 1, "{taken:?}");
}

#[tokio::test]
async fn a_lock_that_is_waited_for_is_had_when_it_is_free() {
    let mut centre = Centre::bootstrapped().await;
    centre.clients = centre.clients.clone().at_pace(Fast::new());
    let desired = centre.desired(Vec::new());
    let first = take(&centre, &desired, "a-laptop")
        .await
        .expect("it is free");
    let mut waited = 0;
    let second = owner(&centre.clients, "a-runner").await;
    let wait = Duration::from_secs(5 * 60);
    let waiting = Lock::take(&centre.clients, desired.scope(), second, wait, |event| {
        waited += usize::from(matches!(event, LockEvent::Waiting(_)));
    });
    let releasing = async {
        // Longer than the lease: the owner is there and renews it.
        tokio::time::sleep(Duration::from_secs(100) / FACTOR).await;
        first.hold().await.expect("it was renewed");
        first.release().await.expect("it is ours");
    };
    let (second, ()) = tokio::join!(waiting, releasing);
    second.expect("it was given back");
    assert_eq!(waited, 1);
}

#[tokio::test]
async fn a_lock_that_was_left_behind_is_taken_over() {
    for (minutes, is_watched) in [(2, true), (10, false)] {
        let mut centre = Centre::bootstrapped().await;
        let clock = Fast::new();
        centre.clients = centre.clients.clone().at_pace(clock.clone());
        let desired = centre.desired(Vec::new());
        let first = take(&centre, &desired, "a-laptop")
            .await
            .expect("it is free");
        let gone = first.owner().clone();
        drop(first);
        clock.forward(Duration::from_secs(minutes * 60));
        let second = owner(&centre.clients, "a-runner").await;
        let mut events = Vec::new();
        let taken = Lock::take(
            &centre.clients,
            desired.scope(),
            second,
            Duration::ZERO,
            |event| {
                events.push(match event {
                    LockEvent::Waiting(_) => ("waiting", String::new()),
                    LockEvent::Watching(held) => ("watching", held.owner.run.clone()),
                    LockEvent::TakenOver(held) => ("taken over", held.owner.run.clone()),
                });
            },
        );
        taken.await.expect("nobody is there");
        let mut expected = vec![("taken over", gone.run.clone())];
        if is_watched {
            expected.insert(0, ("watching", gone.run));
        }
        assert_eq!(events, expected);
    }
}

#[tokio::test]
async fn who_has_lost_the_lock_writes_nothing_further() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![to_support("support"), greeting("main", "Hello")]);
    let plan = centre.plan(&desired, Layer::Release).await;
    let owner = owner(&centre.clients, "a-laptop").await;
    let (clients, scope) = (&centre.clients, desired.scope());
    let session = Session::open(clients, scope, owner, about(), Duration::ZERO, |_| {}).await;
    let mut session = session.expect("it is free");
    let held = holder(clients, scope).await.expect("the table is there");
    let broken = break_lock(clients, scope, &held.expect("it is held")).await;
    assert!(broken.expect("the table is there"));
    let before = centre.now();
    let along = Along {
        session: Some(&mut session),
        ..Along::default()
    };
    let applied = apply_along(clients, &desired, &plan, along, |_| {}).await;
    assert!(
        matches!(applied, Err(ApplyError::Lock(LockError::Lost(_)))),
        "{applied:?}"
    );
    let made = centre.operations_since(before);
    assert_eq!(writes(&made), ["UpdateItem"], "only the lock was tried");
}

#[tokio::test]
async fn the_next_deployment_knows_where_the_one_before_stopped() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![to_support("support"), greeting("main", "Hello")]);
    let fault = Fault::operation("connect", "CreateContactFlow", 403, "AccessDeniedException");
    let fault = centre.emulator.faults().arm(fault);
    let plan = centre.plan(&desired, Layer::Release).await;
    let of = plan.steps.len() as u64;
    let deployed = deploy_locked(&centre.clients, &desired, &plan, Stop::default()).await;
    let (failed, before) = deployed.expect("it is free");
    failed.expect_err("it was denied");
    assert_eq!(before, None);
    centre.emulator.faults().disarm(fault);

    let plan = centre.plan(&desired, Layer::Release).await;
    let stop = Stop::default();
    stop.ask();
    let deployed = deploy_locked(&centre.clients, &desired, &plan, stop).await;
    let (stopped, before) = deployed.expect("it was given back");
    assert!(matches!(stopped, Err(ApplyError::Stopped { done: 0, .. })));
    let before = before.expect("it failed");
    assert_eq!(before.ended, Some(Ended::Failed));
    assert_eq!(before.of, of);
    let what = before.what.expect("it came to a step");
    assert!(
        what.starts_with("connect:CreateContactFlow flow."),
        "{what}"
    );
    assert!(!before.is_answered);

    let deployed = deploy_locked(&centre.clients, &desired, &plan, Stop::default()).await;
    let (done, _) = deployed.expect("it was given back");
    done.expect("deploy");
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
    let after = provision::ledger::unfinished(&centre.clients, desired.scope()).await;
    assert_eq!(after.expect("the table is there"), None);
}

#[tokio::test]
async fn the_first_bootstrap_takes_the_lock_as_soon_as_there_is_a_table() {
    let centre = Centre::empty().await;
    let desired = centre.desired(Vec::new());
    let plan = centre.plan(&desired, Layer::Foundation).await;
    let deployed = deploy_locked(&centre.clients, &desired, &plan, Stop::default()).await;
    let (done, before) = deployed.expect("it is free");
    done.expect("bootstrap");
    assert_eq!(before, None);
    let counted = fence(&centre.clients, desired.scope()).await;
    assert_eq!(counted.expect("the table is there"), Some(1));
    let held = holder(&centre.clients, desired.scope()).await;
    assert_eq!(held.expect("the table is there"), None);
}
