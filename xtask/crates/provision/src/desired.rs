//! What should be in one environment: infrastructure, functions and flows with names resolved as
//! far as they can be before anything exists.

mod storage;

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flow::canonical;
use flow::diagnostic::Diagnostic;
use flow::model::{DocumentKind, FlowDefinition};
use flow::value::RefKind;
use indexmap::IndexMap;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

pub(crate) use self::storage::{
    Bucket, DeadLetters, EventSettings, Key, ManagedBucket, Place, Storage,
};
use crate::address::{ResourceAddr, ResourceKind};
use crate::environment::Environment;
use crate::infra::{
    Caller, EnvValue, HoursSpec, Infra, InstanceSpec, LambdaSpec, ModuleSpec, QueueSpec,
    QuickConnectSpec, RoutingProfileSpec, SecurityProfileSpec, TableSpec, ViewSpec,
};
use crate::ledger::{self, Pointed, State, Written};
use crate::policy;
use crate::scope::Scope;
use crate::tags::{self, Tags};

/// Everything that should be in one environment.
#[derive(Clone, Debug)]
pub struct Desired {
    pub(crate) scope: Scope,
    /// The environment's own tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// The part of the account's request rate that deploying may use.
    pub(crate) api_share: f64,
    /// Nothing is deleted unless somebody allows it.
    pub(crate) protect: bool,
    /// How much there may be, as far as the environment says.
    pub(crate) quotas: BTreeMap<String, usize>,
    pub(crate) instance: InstanceSpec,
    /// By the API's name of the kind of data.
    pub(crate) storage: BTreeMap<String, Storage>,
    pub(crate) hours: IndexMap<String, HoursSpec>,
    pub(crate) queues: IndexMap<String, QueueSpec>,
    pub(crate) routing_profiles: IndexMap<String, RoutingProfileSpec>,
    pub(crate) keys: IndexMap<String, Key>,
    pub(crate) buckets: IndexMap<String, ManagedBucket>,
    pub(crate) dead_letters: IndexMap<String, DeadLetters>,
    /// The names of the keys that encrypt topics, by the name of the topic.
    pub(crate) topic_keys: BTreeMap<String, String>,
    pub(crate) security_profiles: IndexMap<String, SecurityProfileSpec>,
    pub(crate) quick_connects: IndexMap<String, QuickConnectSpec>,
    pub(crate) prompts: IndexMap<String, Prompt>,
    pub(crate) views: IndexMap<String, ViewSpec>,
    /// The ARNs of the aliases of all Lex bots that the environment knows.
    pub(crate) lex_bots: BTreeMap<String, String>,
    /// The policies of the topics.
    pub(crate) topics: IndexMap<String, Json>,
    pub(crate) tables: IndexMap<String, TableSpec>,
    pub(crate) roles: IndexMap<String, Role>,
    pub(crate) log_groups: IndexMap<String, LogGroup>,
    pub(crate) functions: IndexMap<String, Function>,
    /// Modules that flows call by an alias.
    pub(crate) modules: IndexMap<String, ModuleSpec>,
    pub(crate) flows: IndexMap<ResourceAddr, FlowDefinition>,
    /// The digests of flows and modules that are the same in every environment.
    pub(crate) portable: BTreeMap<ResourceAddr, String>,
    /// What is to be said about going back, if this is an earlier state.
    pub(crate) rollback: Option<Rollback>,
}

/// About an earlier state.
#[derive(Clone, Debug)]
pub(crate) struct Rollback {
    /// The release after which it was so.
    pub(crate) release: u64,
    /// What came only later, and stays.
    pub(crate) later: Vec<ResourceAddr>,
    /// Where somebody else had published something after that release, which is not brought back.
    pub(crate) edits: Vec<ResourceAddr>,
    /// What the ledger says is otherwise by now. Reads of the instance may not see that yet.
    pub(crate) superseded: BTreeSet<ResourceAddr>,
}

/// A recording that flows play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prompt {
    pub(crate) description: Option<String>,
    /// Where the service fetches it when it is written.
    pub(crate) uri: String,
}

/// The role of a function.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Role {
    pub(crate) trust: Json,
    pub(crate) policy: Json,
}

/// A log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogGroup {
    pub(crate) remote_name: String,
    pub(crate) retention_days: Option<i32>,
}

/// A function with what is known of its code.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) settings: FunctionSettings,
    /// Planning a release needs it.
    pub(crate) source: Option<Source>,
    /// Applying needs it where code is uploaded.
    pub(crate) package: Option<Package>,
    pub(crate) callers: Vec<Caller>,
    /// In an earlier state: where the alias pointed to. Nothing else of the function is looked at.
    pub(crate) pinned: Option<Pointed>,
    /// The ARN of the queue for messages that the topic cannot deliver.
    pub(crate) undelivered: Option<String>,
    pub(crate) events: Option<EventSettings>,
}

/// The configuration of a function, compared field by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FunctionSettings {
    pub(crate) description: String,
    pub(crate) role_arn: String,
    pub(crate) timeout_seconds: i32,
    pub(crate) memory_mb: i32,
    pub(crate) environment: BTreeMap<String, String>,
}

/// What a function is built from and for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) digest: String,
    pub(crate) architecture: Architecture,
}

/// The code of a function.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) zip: Vec<u8>,
    pub(crate) architecture: Architecture,
    /// As Lambda reports it: the SHA-256 of the zip in base64.
    pub(crate) sha256: String,
}

/// A built function: a zip with `bootstrap` at its root.
#[derive(Clone, Debug)]
pub struct LambdaPackage {
    /// The name in our sources: `bot-join`.
    pub name: String,
    pub zip: Vec<u8>,
    pub architecture: Architecture,
}

/// The sources of a function, which tell whether its code has to be another without building it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LambdaSource {
    /// The name in our sources: `bot-join`.
    pub name: String,
    /// The same as long as building gives the same; at most 256 letters and digits.
    pub digest: String,
    pub architecture: Architecture,
}

/// The processor a function was built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    X86_64,
    Arm64,
}

impl Architecture {
    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Architecture::X86_64 => "x86_64",
            Architecture::Arm64 => "arm64",
        }
    }
}

impl Desired {
    /// Puts together what should be; what the environment lacks is reported.
    ///
    /// Flows are rendered for the environment and not bound. Packages may be missing: planning needs
    /// what [`Desired::with_sources`] brings, and applying what [`Desired::with_packages`] does. The
    /// sources of a package that nobody told are the package itself.
    pub fn new(
        environment: &Environment,
        infra: &Infra,
        flows: Vec<FlowDefinition>,
        packages: Vec<LambdaPackage>,
    ) -> (Desired, Vec<Diagnostic>) {
        let scope = Scope::new(environment);
        let lambdas = infra.lambdas.iter();
        let functions =
            lambdas.map(|(name, spec)| (name.clone(), function(&scope, environment, name, spec)));
        let desired = Desired {
            tags: environment.tags.clone(),
            api_share: environment.api_share,
            protect: environment.protect,
            storage: storage::storage(environment, &infra.instance),
            keys: storage::keys(&scope, environment, infra),
            buckets: storage::buckets(&scope, environment, infra),
            dead_letters: storage::dead_letters(&scope, infra),
            topic_keys: storage::topic_keys(infra),
            quotas: environment.quotas.clone(),
            instance: infra.instance.clone(),
            hours: infra.hours.clone(),
            queues: infra.queues.clone(),
            routing_profiles: infra.routing_profiles.clone(),
            security_profiles: infra.security_profiles.clone(),
            quick_connects: infra.quick_connects.clone(),
            prompts: prompts(environment, infra),
            views: infra.views.clone(),
            lex_bots: environment.lex_bots.clone(),
            topics: topics(&scope, infra),
            tables: tables(infra),
            roles: roles(&scope, infra),
            log_groups: log_groups(&scope, infra),
            functions: functions.collect(),
            modules: infra.modules.clone(),
            flows: flows
                .into_iter()
                .map(|flow| (addr_of(&flow), flow))
                .collect(),
            scope,
            portable: BTreeMap::new(),
            rollback: None,
        };
        let desired = desired.with_packages(packages);
        (desired, infra.check(environment))
    }

    /// What there was after a release: flows and modules as they were, and aliases of functions that
    /// point to the versions they pointed to. With `edits`, what somebody else had published after
    /// that release takes the place of what it wrote.
    pub fn earlier(environment: &Environment, release: u64, state: State, edits: bool) -> Desired {
        let State {
            flows,
            functions,
            edits: edited,
            later,
            superseded,
        } = state;
        let skipped = edited.keys().filter(|_| !edits).cloned().collect();
        let mut flows = flows;
        if edits {
            flows.extend(edited);
        }
        let portable = flows.iter().filter_map(|(addr, flow)| {
            let digest = flow.record.portable.clone()?;
            Some((addr.clone(), digest))
        });
        let mut portable: BTreeMap<_, _> = portable.collect();
        portable.extend(
            functions
                .iter()
                .filter_map(|(addr, it)| Some((addr.clone(), it.portable.clone()?))),
        );
        let aliases = flows.values().filter_map(|flow| match &flow.record.what {
            Written::Document { alias, .. } => {
                let alias = alias.as_ref()?.name.clone();
                Some((flow.definition.name.clone(), ModuleSpec { alias }))
            }
            Written::Function { .. } => None,
        });
        let aliases: IndexMap<String, ModuleSpec> = aliases.collect();
        let definitions = flows.into_values().map(|it| it.definition).collect();
        let (mut desired, _) =
            Desired::new(environment, &Infra::default(), definitions, Vec::new());
        let named = desired.flows.values();
        let named = named.flat_map(|it| flow::bind::references(&it.flow));
        let named = named.filter(|it| it.kind == RefKind::Lambda);
        for name in named.map(|it| it.name).collect::<Vec<_>>() {
            desired.functions.insert(name, Function::pinned(None));
        }
        for (addr, pointed) in functions {
            let function = Function::pinned(Some(pointed));
            desired.functions.insert(addr.name, function);
        }
        desired.modules = aliases;
        desired.rollback = Some(Rollback {
            release,
            later,
            edits: skipped,
            superseded,
        });
        desired.with_portable(portable)
    }

    /// With the digests of flows and modules whose templates and references are unresolved.
    #[must_use]
    pub fn with_portable(
        mut self,
        digests: impl IntoIterator<Item = (ResourceAddr, String)>,
    ) -> Self {
        self.portable.extend(digests);
        self
    }

    /// The digest of a flow, module or function that is the same in every environment, if it is
    /// known.
    pub fn portable(&self, addr: &ResourceAddr) -> Option<&str> {
        let source = || {
            let function = (addr.kind == ResourceKind::Lambda).then_some(&addr.name)?;
            let source = self.functions.get(function)?.source.as_ref()?;
            Some(source.digest.as_str())
        };
        let told = self.portable.get(addr).map(String::as_str);
        told.or_else(source)
    }

    /// With the sources of functions, which planning compares.
    #[must_use]
    pub fn with_sources(mut self, sources: Vec<LambdaSource>) -> Self {
        for LambdaSource {
            name,
            digest,
            architecture,
        } in sources
        {
            if let Some(function) = self.functions.get_mut(&name) {
                function.source = Some(Source {
                    digest,
                    architecture,
                });
            }
        }
        self
    }

    /// With functions that were built.
    #[must_use]
    pub fn with_packages(mut self, packages: Vec<LambdaPackage>) -> Self {
        for package in packages {
            if let Some(function) = self.functions.get_mut(&package.name) {
                let package = Package::new(package);
                function.source.get_or_insert_with(|| Source {
                    digest: canonical::hex_digest(&package.sha256),
                    architecture: package.architecture,
                });
                function.package = Some(package);
            }
        }
        self
    }

    /// Flows and modules.
    pub fn definitions(&self) -> impl Iterator<Item = &FlowDefinition> {
        self.flows.values()
    }

    /// The addresses of what a release consists of: modules, flows and functions.
    pub(crate) fn released(&self) -> impl Iterator<Item = ResourceAddr> {
        let functions = self.functions.keys();
        let functions = functions.map(|name| ResourceAddr::new(ResourceKind::Lambda, name));
        self.flows.keys().cloned().chain(functions)
    }

    /// The names of the functions.
    pub fn function_names(&self) -> impl Iterator<Item = &str> {
        self.functions.keys().map(String::as_str)
    }

    /// Account, region and instance.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The tags of a resource: the environment's, whose it is, for flows, prompts and views what
    /// they contain, and for functions what they are built from.
    pub(crate) fn tags(&self, addr: &ResourceAddr) -> Tags {
        let mut tags = self.tags.clone();
        tags.insert(tags::MANAGED_BY.to_owned(), tags::FLOWYARD.to_owned());
        tags.insert(tags::ADDRESS.to_owned(), addr.to_string());
        if let Some(digest) = self.digest(addr) {
            tags.insert(tags::DIGEST.to_owned(), digest);
        }
        if addr.kind == ResourceKind::Lambda
            && let Some(function) = self.functions.get(&addr.name)
            && let Some(source) = &function.source
        {
            tags.insert(tags::SOURCE.to_owned(), source.digest.clone());
        }
        tags
    }

    /// The digest of what is written of a flow, module, prompt or view.
    fn digest(&self, addr: &ResourceAddr) -> Option<String> {
        match addr.kind {
            ResourceKind::Prompt => {
                let prompt = self.prompts.get(&addr.name)?;
                Some(canonical::hex_digest(&prompt.uri))
            }
            ResourceKind::View => {
                let view = self.views.get(&addr.name)?;
                let content = json!([view.template, view.actions]);
                Some(canonical::hex_digest(&content.to_string()))
            }
            _ => {
                let definition = self.flows.get(addr)?;
                Some(canonical::digest(&definition.flow))
            }
        }
    }
}

impl Function {
    /// One of which only the alias counts.
    fn pinned(pinned: Option<Pointed>) -> Self {
        Self {
            settings: FunctionSettings::default(),
            source: None,
            package: None,
            callers: Vec::new(),
            pinned,
            undelivered: None,
            events: None,
        }
    }
}

impl Package {
    fn new(package: LambdaPackage) -> Self {
        Self {
            sha256: BASE64_STANDARD.encode(Sha256::digest(&package.zip)),
            zip: package.zip,
            architecture: package.architecture,
        }
    }
}

/// The address of a flow or module.
pub fn addr_of(definition: &FlowDefinition) -> ResourceAddr {
    let kind = match definition.kind {
        DocumentKind::Flow(_) => ResourceKind::Flow,
        DocumentKind::Module => ResourceKind::Module,
    };
    ResourceAddr::new(kind, definition.name.clone())
}

fn prompts(environment: &Environment, infra: &Infra) -> IndexMap<String, Prompt> {
    let prompts = infra.prompts.iter().filter_map(|(name, spec)| {
        let bucket = environment.buckets.get(&spec.bucket)?;
        let prompt = Prompt {
            description: spec.description.clone(),
            uri: format!("s3://{bucket}/{}", spec.key),
        };
        Some((name.clone(), prompt))
    });
    prompts.collect()
}

fn topics(scope: &Scope, infra: &Infra) -> IndexMap<String, Json> {
    let names = infra.topics.keys();
    names
        .map(|name| (name.clone(), policy::topic(scope, name)))
        .collect()
}

/// Those of the files and the deployment table.
fn tables(infra: &Infra) -> IndexMap<String, TableSpec> {
    let mut tables = infra.tables.clone();
    tables.insert(ledger::TABLE.to_owned(), ledger::table());
    tables
}

fn roles(scope: &Scope, infra: &Infra) -> IndexMap<String, Role> {
    let lambdas = infra.lambdas.iter();
    let roles = lambdas.map(|(name, spec)| {
        let role = Role {
            trust: policy::trust(scope, name),
            policy: policy::role(scope, name, spec, &storage::keys_of_lambda(infra, spec)),
        };
        (name.clone(), role)
    });
    roles.collect()
}

/// The groups exist before the functions first write, so that no function needs the permission to
/// create one and none keeps its log for ever.
fn log_groups(scope: &Scope, infra: &Infra) -> IndexMap<String, LogGroup> {
    let lambdas = infra.lambdas.iter();
    let mut groups: IndexMap<String, LogGroup> = lambdas
        .map(|(name, spec)| {
            let group = LogGroup {
                remote_name: scope.function_log_group(name),
                retention_days: spec.log_retention_days,
            };
            (name.clone(), group)
        })
        .collect();
    if infra.instance.flow_log_retention_days.is_some() {
        let group = LogGroup {
            remote_name: scope.flow_log_group(),
            retention_days: infra.instance.flow_log_retention_days,
        };
        groups.insert("flow-logs".to_owned(), group);
    }
    groups
}

fn function(scope: &Scope, environment: &Environment, name: &str, spec: &LambdaSpec) -> Function {
    let variables = spec.environment.iter();
    let variables = variables.map(|(key, value)| {
        let value = match value {
            EnvValue::Text(text) => text.clone(),
            EnvValue::Variable(name) => {
                environment.vars.get(name).map_or_else(String::new, text_of)
            }
            EnvValue::Table(table) => scope.remote_name(table),
            EnvValue::Topic(topic) => scope.topic_arn(topic),
        };
        (key.clone(), value)
    });
    Function {
        settings: FunctionSettings {
            description: spec.description.clone().unwrap_or_default(),
            role_arn: scope.role_arn(name),
            timeout_seconds: spec.timeout_seconds,
            memory_mb: spec.memory_mb,
            environment: variables.collect(),
        },
        source: None,
        package: None,
        callers: spec.invoked_by.clone(),
        pinned: None,
        undelivered: spec.undelivered.as_ref().map(|name| scope.queue_arn(name)),
        events: spec
            .on_failure
            .as_ref()
            .map(|it| storage::events(scope, it)),
    }
}

fn text_of(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
