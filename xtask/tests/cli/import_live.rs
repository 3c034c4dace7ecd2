//! `import --env`: what somebody wrote at the console becomes sources that change nothing.

use aws_sdk_connect::config::{Credentials, Region};
use aws_sdk_connect::types::ContactFlowType;
use serde_json::{Value, json};

use crate::support::{Local, Project};

/// Somebody at the console of an instance.
struct Console {
    runtime: tokio::runtime::Runtime,
    connect: aws_sdk_connect::Client,
    instance: String,
}

impl Console {
    fn new(local: &Local) -> Console {
        let config = aws_sdk_connect::Config::builder()
            .behavior_version_latest()
            .region(Region::new("eu-west-2"))
            .endpoint_url(local.endpoint())
            .credentials_provider(Credentials::new("a", "b", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        Console {
            runtime: tokio::runtime::Runtime::new().expect("a runtime"),
            connect: aws_sdk_connect::Client::from_conf(config),
            instance: local.ids().0.to_owned(),
        }
    }

    /// Makes a flow; gives its ARN.
    fn flow(&self, title: &str, document: &Value) -> String {
        let request = self.connect.create_contact_flow();
        let request = request.instance_id(&self.instance).name(title);
        let request = request.r#type(ContactFlowType::ContactFlow);
        let request = request.content(document.to_string()).send();
        let answer = self.runtime.block_on(request).expect("a valid flow");
        answer.contact_flow_arn.expect("it has one")
    }

    fn module(&self, title: &str, document: &Value) -> String {
        let request = self.connect.create_contact_flow_module();
        let request = request.instance_id(&self.instance).name(title);
        let request = request.content(document.to_string()).send();
        let answer = self.runtime.block_on(request).expect("a valid module");
        answer.arn.expect("it has one")
    }

    /// The id of a queue and that of a stock flow.
    fn ids(&self) -> (String, String) {
        let queues = self.connect.list_queues().instance_id(&self.instance);
        let queues = self.runtime.block_on(queues.send()).expect("a list");
        let queue = queues.queue_summary_list().iter();
        let mut queue = queue.filter(|it| it.name() == Some("support"));
        let flows = self
            .connect
            .list_contact_flows()
            .instance_id(&self.instance);
        let flows = self.runtime.block_on(flows.send()).expect("a list");
        let flow = flows.contact_flow_summary_list().iter();
        let mut flow = flow.filter(|it| it.name() == Some("Default customer queue"));
        let queue = queue.next().and_then(|it| it.id()).expect("it is there");
        let flow = flow.next().and_then(|it| it.id()).expect("it is there");
        (queue.to_owned(), flow.to_owned())
    }
}

fn action(id: &str, kind: &str, parameters: Value, next: &str, errors: &[&str]) -> Value {
    let errors: Vec<Value> = errors
        .iter()
        .map(|it| json!({ "ErrorType": it, "NextAction": "end" }))
        .collect();
    json!({
        "Identifier": id,
        "Type": kind,
        "Parameters": parameters,
        "Transitions": { "NextAction": next, "Errors": errors, "Conditions": [] },
    })
}

fn document(actions: &[Value], end: &str) -> Value {
    let mut all = actions.to_vec();
    all.push(json!({ "Identifier": "end", "Type": end, "Parameters": {}, "Transitions": {} }));
    json!({ "Version": "2019-10-30", "StartAction": all[0]["Identifier"], "Actions": all })
}

fn say(text: &str, next: &str) -> Value {
    let parameters = json!({ "Text": text });
    action(
        "say",
        "MessageParticipant",
        parameters,
        next,
        &["NoMatchingError"],
    )
}

#[test]
fn what_was_written_at_the_console_is_adopted_without_a_change_of_content() {
    let first = Project::small();
    let local = Local::start(&first, "");
    let console = Console::new(&local);
    let mut module = document(&[say("A module", "end")], "EndFlowModuleExecution");
    module["Settings"] = json!({
        "InputParameters": [],
        "OutputParameters": [],
        "Transitions": [
            { "DisplayName": "Success", "ReferenceName": "Success", "Description": "" },
            { "DisplayName": "Error", "ReferenceName": "Error", "Description": "" },
        ],
    });
    let module = console.module("Say something", &module);
    let (queue, stock) = console.ids();
    let hooks = json!({ "EventHooks": { "CustomerQueue": stock } });
    let error = ["NoMatchingError"];
    let target = console.flow(
        "Late / night",
        &document(&[say("Late", "end")], "DisconnectParticipant"),
    );
    let actions = [
        say("Hello & \"welcome\"", "hooks"),
        action("hooks", "UpdateContactEventHooks", hooks, "module", &error),
        action(
            "module",
            "InvokeFlowModule",
            json!({ "FlowModuleId": format!("{module}:$LATEST") }),
            "queue",
            &error,
        ),
        action(
            "queue",
            "UpdateContactTargetQueue",
            json!({ "QueueId": queue }),
            "other",
            &error,
        ),
        action(
            "other",
            "TransferToFlow",
            json!({ "ContactFlowId": target }),
            "end",
            &error,
        ),
    ];
    console.flow(
        "Welcome, customer",
        &document(&actions, "DisconnectParticipant"),
    );

    // Somebody else has nothing but the environment.
    let second = Project::small();
    second.write(
        "infra/instance.yaml",
        "instance: { identity: connect_managed }\n",
    );
    std::fs::remove_file(second.path().join("flows/hello.yaml")).expect("it is there");
    let at = |line: &str| format!("{line} --endpoint-url {}", local.endpoint());
    let shown = second.shown(&at("import --env local --all --out flows --infra"));
    assert!(shown.contains("exit code 0"), "{shown}");
    assert!(
        shown.contains("`Default customer queue` is imported as well"),
        "{shown}"
    );
    assert!(shown.contains("4 flows and 1 module imported"), "{shown}");
    assert!(second.read("infra/imported.yaml").contains("\"support\""));
    let plan = second.run(&at("plan --env local --format json"));
    let text = String::from_utf8_lossy(&plan.stderr);
    let plan: Value = serde_json::from_slice(&plan.stdout).unwrap_or_else(|_| panic!("{text}"));
    let changes = plan["changes"]
        .as_array()
        .unwrap_or_else(|| panic!("{plan:#}"));
    let adopted: Vec<&str> = changes
        .iter()
        .filter_map(|it| it["address"].as_str())
        .collect();
    assert_eq!(
        adopted,
        [
            "module.say-something",
            "flow.default-customer-queue",
            "flow.late-night",
            "flow.welcome-customer"
        ],
        "{plan:#}"
    );
    for change in changes {
        assert_eq!(change["kind"], "adopt", "{change:#}");
        assert_eq!(change["flow"], Value::Null, "{change:#}");
    }
    // What was deployed from sources comes back under its own address.
    assert!(
        second
            .read("flows/hello.yaml")
            .contains("set_working_queue: support")
    );
    let again = second.shown(&at("import --env local Hello --out flows"));
    assert!(again.contains("are there already"), "{again}");
    let unknown = second.shown(&at("import --env local Nobody --out elsewhere"));
    assert!(
        unknown.contains("exit code 2") && unknown.contains("`Hello`"),
        "{unknown}"
    );
}

#[test]
fn what_cannot_be_named_is_said_all_at_once_and_nothing_is_written() {
    let project = Project::small();
    let local = Local::start(&project, "");
    let console = Console::new(&local);
    let function = |name: &str| {
        let arn = format!("arn:aws:lambda:eu-west-2:123456789012:function:{name}");
        json!({ "LambdaFunctionARN": arn, "InvocationTimeLimitSeconds": "3" })
    };
    let error = ["NoMatchingError"];
    let actions = [
        say("Hello", "one"),
        action(
            "one",
            "InvokeLambdaFunction",
            function("theirs-one"),
            "two",
            &error,
        ),
        action(
            "two",
            "InvokeLambdaFunction",
            function("theirs-two"),
            "end",
            &error,
        ),
    ];
    console.flow("Theirs", &document(&actions, "DisconnectParticipant"));
    let line = format!(
        "import --env local --all --out imported --endpoint-url {}",
        local.endpoint()
    );
    let shown = project.shown(&line);
    assert!(shown.contains("exit code 1"), "{shown}");
    assert!(
        shown.contains("theirs-one") && shown.contains("theirs-two"),
        "{shown}"
    );
    assert!(!project.path().join("imported").exists());
}
