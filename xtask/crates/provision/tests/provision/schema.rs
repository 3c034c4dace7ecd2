//! The schemas of environment and infrastructure files say what their readers say.

use flow::diagnostic::SourceFile;
use provision::environment::Environment;
use provision::infra::Infra;
use provision::schema;
use serde_json::{Value as Json, json};

use crate::centre::infra_file;
use crate::json_schema::faults;

fn to_json(text: &str) -> Json {
    serde_yaml::from_str(text).expect("YAML")
}

/// What the reader of environments finds wrong, but for names: a schema does not compare.
fn environment_codes(text: &str) -> Vec<&'static str> {
    let (_, diags) = Environment::parse(&SourceFile::new("env.yaml", text));
    let codes = diags.iter().filter(|it| it.rule != "unknown-name");
    codes.map(|it| it.code).collect()
}

/// What the reader of infrastructure finds wrong, but for names: those are in other files.
fn infra_codes(text: &str) -> Vec<&'static str> {
    let (_, diags) = Infra::parse(&[SourceFile::new("infra.yaml", text)]);
    let codes = diags.iter().filter(|it| it.rule != "unknown-name");
    codes.map(|it| it.code).collect()
}

/// A value with one small change, once for each change, and the keys that lead to it.
fn variations(value: &Json) -> Vec<(Json, Vec<String>)> {
    let others = [
        Json::Null,
        json!("word"),
        json!("arn:aws:sns:x"),
        json!("5s"),
        json!(""),
        json!(7),
        json!(0.5),
        json!(100_000),
        json!(true),
        json!(["word"]),
        json!({ "word": "word" }),
        json!({}),
    ];
    let mut found: Vec<_> = others.into_iter().map(|it| (it, Vec::new())).collect();
    match value {
        Json::Object(map) => {
            let mut more = map.clone();
            more.insert("unheard_of".to_owned(), json!("word"));
            found.push((more.into(), Vec::new()));
            for key in map.keys() {
                let mut less = map.clone();
                less.shift_remove(key);
                found.push((less.into(), Vec::new()));
                for (changed, mut path) in variations(&map[key]) {
                    let mut other = map.clone();
                    other[key] = changed;
                    path.insert(0, key.clone());
                    found.push((other.into(), path));
                }
            }
        }
        Json::Array(items) => {
            for n in 0..items.len() {
                for (changed, path) in variations(&items[n]) {
                    let mut other = items.clone();
                    other[n] = changed;
                    found.push((other.into(), path));
                }
            }
        }
        _ => {}
    }
    found
}

/// What a schema cannot say: that a time zone exists, that one value fits another, that a retention
/// is one of a list however it is spelt.
fn is_beyond_a_schema(path: &[String]) -> bool {
    const KEYS: [&str; 8] = [
        "time_zone",
        "from",
        "to",
        "timeout",
        "log_retention",
        "flow_log_retention",
        "flows",
        // A file that is named must be there.
        "template_file",
    ];
    path.last().is_some_and(|it| KEYS.contains(&it.as_str()))
}

fn compare(schema: &Json, sound: &str, codes: fn(&str) -> Vec<&'static str>) {
    let sound = to_json(sound);
    assert_eq!(faults(schema, &sound), [""; 0]);
    assert_eq!(codes(&sound.to_string()), [""; 0]);
    let mut differences = Vec::new();
    for (changed, path) in variations(&sound) {
        let text = changed.to_string();
        let (codes, faults) = (codes(&text), faults(schema, &changed));
        let is_laxer = !codes.is_empty() && faults.is_empty();
        if codes.is_empty() != faults.is_empty() && !(is_laxer && is_beyond_a_schema(&path)) {
            differences.push(format!("{text}\n  reader: {codes:?}, schema: {faults:?}"));
        }
    }
    let n = differences.len();
    differences.truncate(10);
    assert!(n == 0, "{n} differences:\n{}", differences.join("\n"));
}

#[test]
fn environments_are_judged_alike() {
    let all = "environment: prod
account: '111122223333'
region: eu-west-2
instance: { alias: acme-prod }
profile: work
assume_role: arn:aws:iam::111122223333:role/deploy
plan_role: arn:aws:iam::111122223333:role/plan
endpoint: http://127.0.0.1:8080
protect: true
require_released_in: [staging]
api_budget: { share: 0.5 }
vars: { brand: Acme, count: 3 }
secret: [brand]
tags: { team: chat }
buckets: { transcripts: acme-transcripts }
lex_bots: { faq: 'arn:aws:lex:eu-west-2:111122223333:bot-alias/BOT/ALIAS' }
";
    compare(&schema::environment(), all, environment_codes);
    for name in ["environments/local.yaml", "environments/prod.yaml"] {
        let text = infra_file(name).text.clone();
        assert_eq!(
            faults(&schema::environment(), &to_json(&text)),
            [""; 0],
            "{name}"
        );
    }
}

#[test]
fn infrastructure_is_judged_alike() {
    for text in [
        "instance:
  identity: saml
  inbound_calls: false
  outbound_calls: true
  attributes: { contactflow_logs: true }
  storage: { chat_transcripts: { bucket: transcripts, prefix: chat } }
  approved_origins: ['https://www.example.com']
",
        "hours:
  office:
    description: When people are there
    time_zone: Europe/London
    open: [{ days: [monday], from: '08:00', to: '17:00' }]
",
        "queues: { support: { description: Chats, hours: office, max_contacts: 5 } }
routing_profiles:
  support:
    description: People
    chats_at_once: 3
    default_outbound_queue: support
    queues: [{ queue: support, channel: chat, priority: 1, delay: 0s }]
",
        "instance: { lex_bots: [faq] }
queues: { support: { hours: office, quick_connects: [hotline] } }
security_profiles:
  agents:
    description: Answer chats
    permissions: [BasicAgentAccess]
    only_tagged: { team: chat }
    only_tagged_kinds: [User]
",
        "quick_connects:
  hotline: { description: Somebody is there, phone: '+442071234567' }
  back: { queue: support, flow: to-support }
  alice: { user: alice, flow: { title: Default agent transfer } }
  survey: { flow: survey }
",
        "prompts: { hello: { description: Says hello, bucket: prompts, key: hello.wav } }
views:
  form:
    description: Takes an order
    status: saved
    versions: true
    template: { Head: { Title: Order } }
    actions: [Submit]
",
        "topics: { messages: {} }
tables: { sessions: { partition_key: pk, time_to_live: expires_at } }
",
        "instance: { flow_log_retention: 30d }
lambdas:
  reply:
    description: Answers
    timeout: 5s
    memory: 256
    log_retention: 30d
    environment: { A: text, B: { table: sessions }, C: { topic: messages }, D: { var: brand } }
    may: [{ actions: ['dynamodb:GetItem'], on: [contacts, { table: sessions }] }]
    invoked_by: { flows: true, topic: messages, where: { Type: [MESSAGE] } }
",
    ] {
        compare(&schema::infrastructure(), text, infra_codes);
    }
    for name in ["instance.yaml", "lambdas.yaml", "streaming.yaml"] {
        let text = infra_file(name).text.clone();
        assert_eq!(
            faults(&schema::infrastructure(), &to_json(&text)),
            [""; 0],
            "{name}"
        );
    }
}
