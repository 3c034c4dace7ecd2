//! A contact centre in a process: Amazon Connect, its Participant Service, Lambda and what they
//! need, over the services' own protocols on loopback, with real Lambda binaries and honest time.
//!
//! An operation that is not here answers 501 with its name; nothing succeeds silently.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub mod clock;
pub mod faults;
pub mod iam;
pub mod quotas;
pub mod stops;
pub mod timeline;
mod world;

mod chat;
mod connect;
mod consistency;
mod lambda;
mod library;
mod resource_policy;
mod server;
mod sns;
mod wire;

pub use crate::chat::agent::{AgentJoined, AgentRefused};
pub use crate::chat::report::{ContactReport, ParticipantReport};
use crate::clock::{Clock, ClockMode};
use crate::consistency::Consistency;
use crate::faults::Faults;
use crate::quotas::{Enforcement, Quota, Quotas};
use crate::server::Server;
use crate::server::access::Access;
use crate::stops::{Moment, Stop};
use crate::timeline::Timeline;
use crate::world::World;
pub use flow_engine::contact::Step;

/// What to emulate and where.
#[derive(Clone, Debug)]
pub struct Config {
    /// Twelve digits.
    pub account: String,
    /// For example `eu-west-2`.
    pub region: String,
    /// The port on loopback; 0 takes any that is free.
    pub port: u16,
    /// How time passes.
    pub clock: ClockMode,
    /// What the clock shows at first; the real time without it.
    pub start: Option<Timestamp>,
    /// Origins of pages that may call besides those of loopback.
    pub allowed_origins: Vec<String>,
    /// How long a new instance stays in `CREATION_IN_PROGRESS`, by the emulated clock.
    pub instance_creation: Duration,
    /// How long reads of Connect do not see what was written, and Lambda does not see a role, by the
    /// emulated clock; zero is off. AWS promises no more than eventual consistency for both.
    pub consistency: Duration,
    /// How much there may be and how often operations may be called; without it nothing is refused.
    pub quotas: Option<Quotas>,
    /// Whether callers are held to the policies of the account, as IAM would.
    pub iam: bool,
}

/// Why the emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else listens there.
    #[error("port {port} of 127.0.0.1 is in use by another program")]
    PortInUse {
        /// The port asked for.
        port: u16,
        /// What the system says.
        source: std::io::Error,
    },
    /// The port cannot be had for another reason.
    #[error("port {port} of 127.0.0.1 cannot be listened on")]
    Bind {
        /// The port asked for.
        port: u16,
        /// What the system says.
        source: std::io::Error,
    },
    /// The account or the region is not one.
    #[error("{what} is not {expected}: `{given}`")]
    Config {
        /// The setting.
        what: &'static str,
        /// What it has to look like.
        expected: &'static str,
        /// What it is.
        given: String,
    },
}

impl Default for Config {
    /// An account and a region as good as any others.
    fn default() -> Self {
        Self::new("123456789012", "eu-west-2")
    }
}

impl Config {
    /// An account in a region, on any free port, in real time.
    pub fn new(account: &str, region: &str) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            port: 0,
            clock: ClockMode::Real,
            start: None,
            allowed_origins: Vec::new(),
            instance_creation: Duration::ZERO,
            consistency: Duration::ZERO,
            quotas: None,
            iam: false,
        }
    }

    fn check(&self) -> Result<(), StartError> {
        if let ClockMode::Scaled(factor) = self.clock
            && !(factor.is_finite() && factor > 0.0)
        {
            return Err(StartError::Config {
                what: "the clock's factor",
                expected: "a number greater than zero",
                given: factor.to_string(),
            });
        }
        let digits = self.account.bytes().all(|byte| byte.is_ascii_digit());
        if self.account.len() != 12 || !digits {
            return Err(StartError::Config {
                what: "the account",
                expected: "a number of twelve digits",
                given: self.account.clone(),
            });
        }
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !self.region.contains('-') || !self.region.bytes().all(plain) {
            return Err(StartError::Config {
                what: "the region",
                expected: "the name of an AWS region",
                given: self.region.clone(),
            });
        }
        Ok(())
    }
}

/// A running emulator. When it is dropped the server ends and every Lambda process is killed.
pub struct Emulator {
    world: Arc<World>,
    server: Server,
    address: SocketAddr,
}

impl Emulator {
    /// Starts an empty account and serves it.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        config.check()?;
        let listener = server::bind(config.port).await?;
        let address = listener.local_addr().map_err(|source| StartError::Bind {
            port: config.port,
            source,
        })?;
        let origin = config.start.unwrap_or_else(Timestamp::now);
        let clock = Clock::start(config.clock, origin);
        let mut world = World::new(&config.account, &config.region, clock);
        world.consistency = Consistency::after(config.consistency);
        world.quotas = Enforcement::new(config.quotas);
        world.iam = iam::State::new(config.iam);
        let world = Arc::new(world);
        world.listens_on(address);
        world.connect().creation_delay = config.instance_creation;
        let access = Access {
            origins: config.allowed_origins,
        };
        let server = Server::start(Arc::clone(&world), listener, access);
        Ok(Self {
            world,
            server,
            address,
        })
    }

    /// The URL for AWS clients (`AWS_ENDPOINT_URL`).
    pub fn endpoint(&self) -> String {
        self.world.endpoint()
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The emulated time.
    pub fn clock(&self) -> &Clock {
        &self.world.clock
    }

    /// Moves virtual time on; see [`Clock::advance`].
    pub async fn advance(&self, by: Duration) {
        self.world.clock.advance(by).await;
    }

    /// Waits until nothing is in flight.
    pub async fn settle(&self) {
        self.world.clock.settle().await;
    }

    /// The faults that are armed.
    pub fn faults(&self) -> &Faults {
        &self.world.faults
    }

    /// Holds the n-th request to the services from now (1 is the next one), before or after it is
    /// carried out, and never answers it. A client that is dropped meanwhile has crashed at exactly
    /// that call. The emulator's own controls do not count.
    pub fn stop_at(&self, n: u64, moment: Moment) -> Stop {
        self.world.stops.set(n, moment)
    }

    /// How many requests the services got so far.
    pub fn requests(&self) -> u64 {
        self.world.stops.requests()
    }

    /// Gives a quota another value, as AWS does on request; it is enforced if quotas are.
    pub fn set_quota(&self, quota: Quota, value: u32) {
        self.world.quotas.set(quota, value);
    }

    /// What callers asked for and what was decided, as long as permissions are enforced.
    pub fn asked(&self) -> Vec<iam::Asked> {
        self.world.iam.asked()
    }

    /// What happened so far.
    pub fn timeline(&self) -> &Timeline {
        &self.world.timeline
    }

    /// Where a contact is and how it got there.
    pub fn contact(&self, contact_id: &str) -> Option<ContactReport> {
        chat::report::report(&self.world, contact_id)
    }

    /// An agent accepts a contact that waits in a queue.
    pub fn agent_joins(
        &self,
        contact_id: &str,
        display_name: &str,
    ) -> Result<AgentJoined, AgentRefused> {
        chat::agent::agent_joins(&self.world, contact_id, display_name)
    }

    /// From now on a bucket of that name belongs to another account.
    pub fn take_bucket(&self, name: &str) {
        self.world.library.take_bucket(name);
    }

    /// Ends the server and every Lambda process.
    pub async fn shutdown(mut self) {
        self.world.stops.clear();
        self.world.lambda.stop();
        self.server.shutdown().await;
        self.world.lambda.stopped().await;
        self.world.clock.end();
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.world.stops.clear();
        self.world.lambda.stop();
        self.world.clock.end();
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Emulator")
            .field("endpoint", &self.endpoint())
            .field("account", &self.world.account)
            .field("region", &self.world.region)
            .finish_non_exhaustive()
    }
}
