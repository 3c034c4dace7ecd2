//! The calls that change something, as values: what a plan consists of and what applying makes.
//!
//! A call names the resource by its address; what it sends is the desired state of that resource.
//! Each area has an enum of its own, so that whoever makes its calls matches all of them.

mod flows;
mod functions;
mod instance;
mod logs;
mod media;
mod people;
mod roles;
mod routing;
mod storage;
mod streaming;

pub use flows::{Content, FlowCall};
pub use functions::FunctionCall;
pub use instance::InstanceCall;
pub use logs::LogCall;
pub use media::MediaCall;
pub use people::PeopleCall;
pub use roles::RoleCall;
pub use routing::RoutingCall;
pub use storage::StorageCall;
pub use streaming::StreamingCall;

/// One call of an AWS operation that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    Instance(InstanceCall),
    Routing(RoutingCall),
    Storage(StorageCall),
    People(PeopleCall),
    Media(MediaCall),
    Streaming(StreamingCall),
    Role(RoleCall),
    Log(LogCall),
    Function(FunctionCall),
    Flow(FlowCall),
}

impl Call {
    /// The operation as IAM spells it: `connect:CreateQueue`.
    pub fn operation(&self) -> &'static str {
        match self {
            Call::Instance(call) => call.operation(),
            Call::Routing(call) => call.operation(),
            Call::Storage(call) => call.operation(),
            Call::People(call) => call.operation(),
            Call::Media(call) => call.operation(),
            Call::Streaming(call) => call.operation(),
            Call::Role(call) => call.operation(),
            Call::Log(call) => call.operation(),
            Call::Function(call) => call.operation(),
            Call::Flow(call) => call.operation(),
        }
    }

    /// Whether the code of a function is sent.
    pub(crate) fn uploads_code(&self) -> bool {
        matches!(
            self,
            Call::Function(FunctionCall::CreateFunction | FunctionCall::UpdateFunctionCode)
        )
    }

    /// Whether the call makes something that was not there.
    pub(crate) fn creates(&self) -> bool {
        self.operation().contains(":Create")
    }
}

impl From<InstanceCall> for Call {
    fn from(call: InstanceCall) -> Self {
        Call::Instance(call)
    }
}

impl From<RoutingCall> for Call {
    fn from(call: RoutingCall) -> Self {
        Call::Routing(call)
    }
}

impl From<StorageCall> for Call {
    fn from(call: StorageCall) -> Self {
        Call::Storage(call)
    }
}

impl From<PeopleCall> for Call {
    fn from(call: PeopleCall) -> Self {
        Call::People(call)
    }
}

impl From<MediaCall> for Call {
    fn from(call: MediaCall) -> Self {
        Call::Media(call)
    }
}

impl From<StreamingCall> for Call {
    fn from(call: StreamingCall) -> Self {
        Call::Streaming(call)
    }
}

impl From<RoleCall> for Call {
    fn from(call: RoleCall) -> Self {
        Call::Role(call)
    }
}

impl From<LogCall> for Call {
    fn from(call: LogCall) -> Self {
        Call::Log(call)
    }
}

impl From<FunctionCall> for Call {
    fn from(call: FunctionCall) -> Self {
        Call::Function(call)
    }
}

impl From<FlowCall> for Call {
    fn from(call: FlowCall) -> Self {
        Call::Flow(call)
    }
}
