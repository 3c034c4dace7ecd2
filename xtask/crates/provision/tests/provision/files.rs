//! Environment and infrastructure files: strict, with places, and all problems at once.

use std::fmt::Write as _;

use flow::diagnostic::{Diagnostic, SourceFile};
use provision::environment::Environment;
use provision::infra::Infra;

use crate::centre::{environment, infra, infra_file};

/// Findings as text: place, rule, headline, what stands there, label and help.
fn shown(mut diags: Vec<Diagnostic>) -> String {
    flow::diagnostic::sort(&mut diags);
    let mut out = String::new();
    for diag in &diags {
        for (n, label) in diag.labels.iter().enumerate() {
            let (line, column) = label.span.file.line_column(label.span.range.start);
            let text = &label.span.file.text[label.span.range.clone()];
            let text = text.lines().next().unwrap_or_default();
            let place = format!("{}:{line}:{column}", label.span.file.path);
            let title = match n {
                0 => format!("{} {}: {}", diag.code, diag.rule, diag.headline),
                _ => "  and".to_owned(),
            };
            writeln!(out, "{place}: {title} [{text}] {}", label.text).expect("a string");
        }
        for note in &diag.notes {
            writeln!(out, "  note: {note}").expect("a string");
        }
        if let Some(help) = &diag.help {
            writeln!(out, "  help: {help}").expect("a string");
        }
    }
    out
}

fn environment_problems(text: &str) -> String {
    shown(Environment::parse(&SourceFile::new("env.yaml", text)).1)
}

fn infra_problems(text: &str) -> String {
    shown(Infra::parse(&[SourceFile::new("infra.yaml", text)]).1)
}

#[test]
fn the_repositorys_own_files_have_no_problems() {
    let infra = infra();
    for name in ["environments/local.yaml", "environments/prod.yaml"] {
        let environment = environment(&infra_file(name));
        assert_eq!(infra.check(&environment), []);
    }
    let names = infra.names();
    assert!(names.queues.contains("support") && names.hours.contains("support"));
    assert_eq!(names.lambdas.len(), 3);
}

#[test]
fn every_problem_of_an_environment_is_reported() {
    insta::assert_snapshot!(environment_problems(
        r"environment: prod
account: 111122223333
regoin: eu-west-2
instance: { alias: acme_prod, id: 5 }
api_budget: { share: 2 }
protect: yes please
vars: { brand: Acme, list: [1] }
"
    ));
}

#[test]
fn a_variable_that_is_no_scalar_leaves_no_environment_to_fill_in_texts_from() {
    let text = "environment: test\naccount: '123456789012'\nregion: eu-west-2\n\
                instance: { alias: acme }\nvars: { brand: Acme, list: [a], nothing: }\n";
    let (environment, diags) = Environment::parse(&SourceFile::new("env.yaml", text));
    assert_eq!(environment, None);
    assert_eq!(diags.len(), 2, "{diags:?}");
}

#[test]
fn only_variables_can_be_secret() {
    let head = "environment: test\naccount: '123456789012'\nregion: eu-west-2\n\
                instance: { alias: acme }\nvars: { brand: Acme, pin: 4711 }\n";
    let parse = |secret: &str| {
        let text = format!("{head}secret: {secret}\n");
        let (environment, diags) = Environment::parse(&SourceFile::new("env.yaml", text));
        (environment, shown(diags))
    };
    let (environment, problems) = parse("[pin]");
    assert_eq!(problems, "");
    let secrets: Vec<String> = environment.expect("it is sound").secrets().collect();
    assert_eq!(secrets, ["4711"]);
    let (environment, problems) = parse("[pim]");
    assert_eq!(environment, None);
    insta::assert_snapshot!(problems);
}

#[test]
fn what_could_not_be_read_can_be_referred_to_all_the_same() {
    let text = "lambdas: { bot-join: { timeout: 7, memory: 256 } }";
    let (infra, diags) = Infra::parse(&[SourceFile::new("infra.yaml", text)]);
    assert_eq!(diags.len(), 1, "{diags:?}");
    assert!(infra.lambdas.is_empty());
    assert!(infra.names().lambdas.contains("bot-join"));
}

#[test]
fn text_that_is_not_yaml_is_one_problem() {
    insta::assert_snapshot!(environment_problems("environment: [prod\naccount: }"));
}

#[test]
fn a_key_that_is_written_twice_is_shown_at_both_places() {
    insta::assert_snapshot!(environment_problems("account: a\naccount: b\n"));
}

#[test]
fn an_empty_file_lacks_everything() {
    insta::assert_snapshot!(environment_problems(""));
}

#[test]
fn a_list_is_not_an_environment() {
    insta::assert_snapshot!(environment_problems("- a\n"));
}

#[test]
fn every_problem_of_infrastructure_is_reported() {
    insta::assert_snapshot!(infra_problems(
        r"instance:
  identity: connect
  attributes: { contact_flow_logs: true, contact_lens: 1 }
  storage:
    chat_transcripts: { prefix: chat }
  approved_origins: [www.acme.example, https://acme.example/path]
  flow_log_retention: 31d
hours:
  support:
    time_zone: Europe/Londn
    open:
      - { days: [monday, munday], from: '8:00', to: '18:00' }
      - { days: [friday], from: '18:00', to: '08:00' }
queues:
  support: { hours: suport }
  sales: { hours: 'arn:aws:connect:eu-west-2:1:instance/i/operating-hours/h' }
routing_profiles:
  support:
    description: People
    chats_at_once: 11
    default_outbound_queue: support
    queues: [{ queue: nobody, channel: mail }]
lambdas:
  bot-join:
    timeout: 8s
    memory: 64
    environment: { TABLE: { table: sessions }, COUNT: 5 }
    may:
      - { actions: ['dynamodb:*', PutItem], on: [{ table: sessions }, everything] }
    invoked_by: { flows: true }
"
    ));
}

#[test]
fn every_problem_of_people_and_media_is_reported() {
    let long = "x".repeat(251);
    let text = format!(
        r"instance: {{ lex_bots: ['arn:aws:lex:eu-west-2:1:bot-alias/a/b'] }}
queues:
  support: {{ hours: office, quick_connects: [nobody] }}
security_profiles:
  support/chat: {{ permissions: BasicAgentAccess }}
  agents: {{ description: {long}, permissions: [''], only_tagged: {{ a: b, c: d, e: f, g: h, i: j }} }}
quick_connects:
  nowhere: {{ description: Leads nowhere }}
  twice: {{ queue: support, phone: '+442071234567' }}
  without: {{ queue: support }}
  number: {{ phone: 020 7123 4567 }}
  arn: {{ queue: support, flow: 'arn:aws:connect:eu-west-2:1:instance/i/contact-flow/f' }}
  odd: {{ queue: suport, flow: {{ name: main }} }}
prompts:
  hello: {{ bucket: prompts }}
views:
  ' form': {{ template: {{}} }}
  neither: {{ actions: [Submit] }}
  both: {{ template: {{}}, template_file: infra/a.json }}
  list: {{ template: [1] }}
  gone: {{ template_file: infra/gone.json }}
  outside: {{ template_file: ../secret.json }}
  draft: {{ status: drafted, template: {{}}, actions: ['a;b'] }}
"
    );
    insta::assert_snapshot!(infra_problems(&text));
}

#[test]
fn a_flow_that_a_quick_connect_names_must_be_among_the_sources() {
    let text = "queues: { support: { hours: office } }\nhours: { office: { time_zone: UTC, open: [] } }\n\
                quick_connects: { back: { queue: support, flow: to-suport } }\n";
    let (infra, diags) = Infra::parse(&[SourceFile::new("infra.yaml", text)]);
    assert_eq!(diags, []);
    assert_eq!(infra.check_flows(&["to-suport"]), []);
    let found = shown(infra.check_flows(&["main", "to-support"]));
    assert!(
        found.contains("infra.yaml:3:49: P006") && found.contains("to-support"),
        "{found}"
    );
}

#[test]
fn a_template_is_read_from_the_file_that_is_named() {
    let text = "views: { form: { template_file: infra/views/form.json } }\n";
    let files = [SourceFile::new("infra.yaml", text)];
    let (infra, diags) = Infra::parse_with(&files, &|path| {
        assert_eq!(path, "infra/views/form.json");
        Ok(br#"{"Head":{}}"#.to_vec())
    });
    assert_eq!(diags, []);
    assert_eq!(infra.views["form"].template.to_string(), r#"{"Head":{}}"#);
    let (_, diags) = Infra::parse_with(&files, &|_| Ok(b"{".to_vec()));
    assert!(shown(diags).contains("a template that is not JSON"));
}

#[test]
fn a_name_is_declared_once_in_all_files() {
    let one = SourceFile::new("one.yaml", "topics: { chat: {} }\n");
    let two = SourceFile::new("two.yaml", "topics: { chat: {} }\ntables: {}\n");
    let (infra, diags) = Infra::parse(&[one, two]);
    assert_eq!(infra.topics.len(), 1);
    insta::assert_snapshot!(shown(diags));
}

#[test]
fn the_table_of_deployments_is_not_to_be_declared() {
    let text = "tables: { deployments: { partition_key: pk } }\n";
    let found = infra_problems(text);
    assert!(
        found.contains("P007") && found.contains("[deployments]"),
        "{found}"
    );
}

#[test]
fn what_an_environment_lacks_is_reported_where_it_is_needed() {
    let mut environment = environment(&infra_file("environments/local.yaml"));
    environment.buckets.clear();
    insta::assert_snapshot!(shown(infra().check(&environment)));
}

#[test]
fn no_text_makes_the_readers_panic() {
    let whole = infra_file("lambdas.yaml").text.clone() + &infra_file("instance.yaml").text;
    for (at, _) in whole.char_indices().step_by(7) {
        let file = SourceFile::new("cut.yaml", &whole[..at]);
        let _ = Infra::parse(std::slice::from_ref(&file));
        let _ = Environment::parse(&file);
    }
}
