//! What all services of one emulated account share.

use std::sync::{Mutex, MutexGuard, OnceLock};

use crate::{
    chat, clock::Clock, connect, consistency::Consistency, faults::Faults, iam, lambda,
    library::Library, quotas::Enforcement, sns, stops::Stops, timeline::Timeline,
};

/// One emulated account in one region.
///
/// Lock order: `connect` before `past` and `chat`; neither is held across an await.
pub(crate) struct World {
    /// Twelve digits.
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) stops: Stops,
    pub(crate) iam: iam::State,
    pub(crate) timeline: Timeline,
    pub(crate) consistency: Consistency,
    pub(crate) quotas: Enforcement,
    pub(crate) connect: Mutex<connect::State>,
    past: Mutex<connect::Past>,
    pub(crate) chat: Mutex<chat::State>,
    pub(crate) sns: sns::Service,
    pub(crate) lambda: lambda::Service,
    pub(crate) library: Library,
    /// Known once the server listens.
    address: OnceLock<std::net::SocketAddr>,
}

impl World {
    /// An empty account.
    pub(crate) fn new(account: &str, region: &str, clock: Clock) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            clock,
            faults: Faults::default(),
            stops: Stops::default(),
            iam: iam::State::default(),
            timeline: Timeline::default(),
            consistency: Consistency::default(),
            quotas: Enforcement::default(),
            connect: Mutex::default(),
            past: Mutex::default(),
            chat: Mutex::default(),
            sns: sns::Service::default(),
            lambda: lambda::Service::default(),
            library: Library::new(account, region),
            address: OnceLock::new(),
        }
    }

    /// The control plane's state.
    pub(crate) fn connect(&self) -> MutexGuard<'_, connect::State> {
        self.connect
            .lock()
            .expect("no code panics while it holds the state of connect")
    }

    /// Earlier states of the control plane.
    pub(crate) fn past(&self) -> MutexGuard<'_, connect::Past> {
        self.past
            .lock()
            .expect("no code panics while it holds the past of connect")
    }

    /// The contacts' state.
    pub(crate) fn chat(&self) -> MutexGuard<'_, chat::State> {
        self.chat
            .lock()
            .expect("no code panics while it holds the state of chat")
    }

    /// Adds to the timeline, at the emulated time. Details name things; they never carry message
    /// text, tokens or attribute values.
    pub(crate) fn record(&self, area: &'static str, event: &'static str, details: &[(&str, &str)]) {
        self.timeline.record(self.clock.now(), area, event, details);
    }

    /// `127.0.0.1:PORT`, for the addresses the services hand out. Without a server (in unit tests)
    /// the port is 0.
    pub(crate) fn authority(&self) -> String {
        match self.address.get() {
            Some(address) => address.to_string(),
            None => "127.0.0.1:0".to_owned(),
        }
    }

    /// The base URL for AWS clients.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.authority())
    }

    /// Told once by the server.
    pub(crate) fn listens_on(&self, address: std::net::SocketAddr) {
        let first = self.address.set(address).is_ok();
        debug_assert!(first, "a world has one server");
    }
}
