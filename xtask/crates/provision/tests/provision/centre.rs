//! An emulated account, and what an xtask command would do in it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_sdk_connect::config::SharedCredentialsProvider;
use emulator::{Config, Emulator};
use flow::diagnostic::SourceFile;
use flow::model::FlowDefinition;
use provision::address::Layer;
use provision::apply::{Applied, ApplyError, apply};
use provision::clients::Clients;
use provision::desired::{Architecture, Desired, LambdaPackage};
use provision::environment::Environment;
use provision::infra::{Files, Infra};
use provision::live::{read_live, read_live_for};
use provision::plan::{Choices, Plan, plan, plan_with};

pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const REGION: &str = "eu-west-2";
const INFRA_FILES: [&str; 3] = ["instance.yaml", "streaming.yaml", "lambdas.yaml"];

/// An emulated account and the clients of the environment `local`.
pub(crate) struct Centre {
    pub(crate) emulator: Emulator,
    pub(crate) clients: Clients,
    pub(crate) environment: Environment,
    pub(crate) infra: Infra,
}

impl Centre {
    /// An empty account.
    pub(crate) async fn empty() -> Centre {
        let emulator = Emulator::start(Config::new(ACCOUNT, REGION)).await;
        Centre::at(emulator.expect("a free port on loopback")).await
    }

    /// An account of this emulator.
    pub(crate) async fn at(emulator: Emulator) -> Centre {
        let environment = environment(&infra_file("environments/local.yaml"));
        let clients = Clients::connect(&environment, Some(&emulator.endpoint())).await;
        Centre {
            clients,
            environment,
            infra: infra(),
            emulator,
        }
    }

    /// What an administrator of the account connects with.
    pub(crate) fn sdk_config(&self) -> aws_config::SdkConfig {
        let credentials = aws_sdk_connect::config::Credentials::new("a", "b", None, None, "test");
        aws_config::SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new(REGION))
            .endpoint_url(self.emulator.endpoint())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build()
    }

    pub(crate) fn connect(&self) -> aws_sdk_connect::Client {
        aws_sdk_connect::Client::new(&self.sdk_config())
    }

    /// An account with a bootstrapped instance.
    pub(crate) async fn bootstrapped() -> Centre {
        let centre = Centre::empty().await;
        let desired = centre.desired(Vec::new());
        centre
            .deploy(&desired, Layer::Foundation)
            .await
            .expect("bootstrap");
        centre
    }

    /// Declares more than the repository's own files do.
    pub(crate) fn declare(&mut self, text: &str) {
        self.declare_with(text, &|_| Err(std::io::ErrorKind::NotFound.into()));
    }

    /// The same with files that the text names.
    pub(crate) fn declare_with(&mut self, text: &str, attachments: &Files<'_>) {
        let mut files: Vec<_> = INFRA_FILES.map(infra_file).into();
        files.push(SourceFile::new("infra/more.yaml", text));
        let (infra, diags) = Infra::parse_with(&files, attachments);
        assert_eq!(diags, []);
        self.infra = infra;
    }

    /// The id of the instance, and a client of its own, as the console has one.
    pub(crate) async fn console(&self) -> (String, aws_sdk_connect::Client) {
        let credentials = aws_sdk_connect::config::Credentials::new("a", "b", None, None, "test");
        let config = aws_sdk_connect::Config::builder()
            .behavior_version_latest()
            .region(aws_sdk_connect::config::Region::new(REGION))
            .endpoint_url(self.emulator.endpoint())
            .credentials_provider(credentials)
            .build();
        let connect = aws_sdk_connect::Client::from_conf(config);
        let instances = connect.list_instances().send().await;
        let instances = instances.expect("the emulator answers");
        let instance = instances.instance_summary_list().first();
        let id = instance.and_then(|it| it.id()).expect("there is one");
        (id.to_owned(), connect)
    }

    /// What the repository's own files and these flows amount to.
    pub(crate) fn desired(&self, flows: Vec<FlowDefinition>) -> Desired {
        let packages = ["bot-join", "bot-reply", "bot-leave"].map(|name| package(name, "v1"));
        self.desired_with(flows, packages.into())
    }

    pub(crate) fn desired_with(
        &self,
        flows: Vec<FlowDefinition>,
        packages: Vec<LambdaPackage>,
    ) -> Desired {
        let (desired, diags) = Desired::new(&self.environment, &self.infra, flows, packages);
        assert_eq!(diags, [], "the environment has what the files need");
        desired
    }

    pub(crate) async fn plan(&self, desired: &Desired, layer: Layer) -> Plan {
        let live = read_live(&self.clients, desired, layer).await;
        plan(desired, &live.expect("the emulator answers"), layer)
    }

    /// Plans a release as somebody chose.
    pub(crate) async fn plan_with(&self, desired: &Desired, choices: &Choices) -> Plan {
        let live = read_live_for(&self.clients, desired, Layer::Release, choices).await;
        let live = live.expect("the emulator answers");
        plan_with(desired, &live, Layer::Release, choices)
    }

    pub(crate) async fn deploy(
        &self,
        desired: &Desired,
        layer: Layer,
    ) -> Result<Applied, ApplyError> {
        let plan = self.plan(desired, layer).await;
        apply(&self.clients, desired, &plan, |_| {}).await
    }

    /// The operations that were called since this entry of the timeline.
    pub(crate) fn operations_since(&self, sequence: u64) -> Vec<String> {
        let entries = self.emulator.timeline().since(sequence).into_iter();
        let requests = entries.filter(|entry| entry.area == "request");
        requests
            .map(|entry| {
                entry.details["operation"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect()
    }

    /// The number of the latest entry of the timeline.
    pub(crate) fn now(&self) -> u64 {
        self.emulator
            .timeline()
            .since(0)
            .last()
            .map_or(0, |entry| entry.sequence)
    }
}

/// Operations that change something.
pub(crate) fn writes(operations: &[String]) -> Vec<&str> {
    let reads = ["List", "Describe", "Get", "Head", "Search", "Query"];
    let writes = operations.iter().map(String::as_str);
    writes
        .filter(|name| !reads.iter().any(|read| name.starts_with(read)))
        .collect()
}

/// A zip that stands for the code of a function; nothing here runs it.
pub(crate) fn package(name: &str, content: &str) -> LambdaPackage {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file("bootstrap", options)
        .expect("memory takes it");
    std::io::Write::write_all(&mut zip, content.as_bytes()).expect("memory takes it");
    LambdaPackage {
        name: name.to_owned(),
        zip: zip.finish().expect("memory takes it").into_inner(),
        architecture: Architecture::X86_64,
    }
}

pub(crate) fn environment(file: &Arc<SourceFile>) -> Environment {
    let (environment, diags) = Environment::parse(file);
    assert_eq!(diags, []);
    environment.expect("a complete environment")
}

pub(crate) fn infra() -> Infra {
    let files = INFRA_FILES.map(infra_file);
    let (infra, diags) = Infra::parse(&files);
    assert_eq!(diags, []);
    infra
}

/// One of the repository's own files.
pub(crate) fn infra_file(name: &str) -> Arc<SourceFile> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../infra");
    let text = std::fs::read_to_string(folder.join(name)).expect("a file of this repository");
    SourceFile::new(format!("infra/{name}"), text)
}
