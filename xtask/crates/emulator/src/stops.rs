//! Requests that are held at a chosen point and never answered, so that whoever sent them can be
//! ended exactly there.

use std::sync::{Arc, Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// On which side of its effect a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// It is not carried out, then or later.
    BeforeEffect,
    /// It has been carried out, and only its answer is missing.
    AfterEffect,
}

/// A request that is going to be held, or is. It is never answered: when this is dropped its
/// connection is closed.
#[derive(Debug)]
#[must_use = "the request is let go when this is dropped"]
pub struct Stop {
    id: u64,
    stops: Stops,
    phase: watch::Receiver<Phase>,
}

/// The request that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// Its number among all requests to the services, from 1.
    pub number: u64,
    /// The service as credential scopes name it; `participant` for the Participant Service.
    pub service: String,
    /// For example `CreateQueue`.
    pub operation: String,
}

/// What a control shows of a stop.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Overview {
    id: u64,
    /// The number of the request among all requests to the services, from 1.
    number: u64,
    moment: Moment,
    reached: Option<Reached>,
}

/// The stops that are set and the count they go by; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stops {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// How many requests the services got so far.
    requests: u64,
    set: Vec<Set>,
    next: u64,
}

#[derive(Debug)]
struct Set {
    id: u64,
    number: u64,
    moment: Moment,
    phase: watch::Sender<Phase>,
}

#[derive(Clone, Debug)]
enum Phase {
    Waiting,
    Reached(Reached),
    Over,
}

/// The stop that a request meets.
#[derive(Debug)]
pub(crate) struct Hold {
    pub(crate) moment: Moment,
    phase: watch::Sender<Phase>,
    request: Reached,
}

impl Stop {
    /// Waits until the request is held; without such a request, for ever.
    pub async fn reached(&self) -> Reached {
        let mut phase = self.phase.clone();
        let reached = phase
            .wait_for(|phase| matches!(phase, Phase::Reached(_)))
            .await
            .map(|phase| phase.clone());
        match reached {
            Ok(Phase::Reached(reached)) => reached,
            // The stop was let go by a control before any request met it.
            Ok(Phase::Waiting | Phase::Over) | Err(_) => std::future::pending().await,
        }
    }

    /// The request that is held, if one is.
    pub fn held(&self) -> Option<Reached> {
        held(&self.phase.borrow())
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.stops.let_go(self.id);
    }
}

impl Stops {
    /// Holds the n-th request from now (1 is the next one).
    pub(crate) fn set(&self, n: u64, moment: Moment) -> Stop {
        let (id, phase) = self.keep(n, moment);
        Stop {
            id,
            stops: self.clone(),
            phase,
        }
    }

    /// The same without a handle: only [`Stops::let_go`] and [`Stops::clear`] end it.
    pub(crate) fn set_for_good(&self, n: u64, moment: Moment) -> u64 {
        self.keep(n, moment).0
    }

    fn keep(&self, n: u64, moment: Moment) -> (u64, watch::Receiver<Phase>) {
        let (phase, receiver) = watch::channel(Phase::Waiting);
        let mut state = self.lock();
        state.next += 1;
        let id = state.next;
        let number = state.requests.saturating_add(n.max(1));
        state.set.push(Set {
            id,
            number,
            moment,
            phase,
        });
        (id, receiver)
    }

    /// Counts a request and tells which stop it meets, if any.
    pub(crate) fn count(&self, service: &str, operation: &str) -> Option<Hold> {
        let mut state = self.lock();
        state.requests += 1;
        let number = state.requests;
        let set = state.set.iter().find(|set| set.number == number)?;
        Some(Hold {
            moment: set.moment,
            phase: set.phase.clone(),
            request: Reached {
                number,
                service: service.to_owned(),
                operation: operation.to_owned(),
            },
        })
    }

    /// How many requests the services got so far.
    pub(crate) fn requests(&self) -> u64 {
        self.lock().requests
    }

    /// What is set and what of it was reached, oldest first.
    pub(crate) fn overview(&self) -> Vec<Overview> {
        let overview = |set: &Set| Overview {
            id: set.id,
            number: set.number,
            moment: set.moment,
            reached: held(&set.phase.borrow()),
        };
        self.lock().set.iter().map(overview).collect()
    }

    /// Lets one stop go.
    fn let_go(&self, id: u64) {
        self.end(|set| set.id == id);
    }

    /// Lets all stops go.
    pub(crate) fn clear(&self) {
        self.end(|_| true);
    }

    fn end(&self, which: impl Fn(&Set) -> bool) {
        self.lock().set.retain(|set| {
            if which(set) {
                set.phase.send_replace(Phase::Over);
                return false;
            }
            true
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no code panics while it holds the stops")
    }
}

impl Hold {
    /// Tells that the request is held and waits until it is let go.
    pub(crate) async fn hold(&self) {
        let mut phase = self.phase.subscribe();
        self.phase.send_if_modified(|phase| match phase {
            Phase::Waiting => {
                *phase = Phase::Reached(self.request.clone());
                true
            }
            Phase::Reached(_) | Phase::Over => false,
        });
        // The sender is held here, so the only end is that the stop is over.
        let _ = phase.wait_for(|phase| matches!(phase, Phase::Over)).await;
    }
}

fn held(phase: &Phase) -> Option<Reached> {
    match phase {
        Phase::Reached(reached) => Some(reached.clone()),
        Phase::Waiting | Phase::Over => None,
    }
}
