//! Nothing that can stand in a file makes the compiler panic, hang or take the memory.

use std::time::{Duration, Instant};

use flow::diagnostic::{Diagnostic, SourceFile};
use flow_source::{compile, render, source_from_bytes};
use proptest::prelude::*;

use crate::cases::{compile_and_check, infrastructure, usual_vars};

const SOURCE: &str = r#"
flow: main
name: "Main"
start: greet
actions:
  greet: { play_prompt: "Hello from {{ vars.brand }}", next: bot }
  bot:
    custom_bot: { join: bot-join, leave: bot-leave, timeout: '{{ vars.bot_timeout }}' }
    on: { bot_disconnected: which, time_expired: end, join_failed: end }
  which:
    compare: $.Attributes.bot_outcome
    when: [{ equals: &x done, next: end }, { starts_with: *x, next: raw }]
    otherwise: raw
  raw:
    type: UpdateContactEventHooks
    parameters:
      EventHooks: { CustomerRemaining: "{{ flow('main') }}" }
    next: end
    errors: { NoMatchingError: end }
  end: { disconnect: {} }
"#;

/// Everything that is done with a source, views of its diagnostics included.
fn run(text: &str) -> Vec<Diagnostic> {
    let (flows, mut diags) =
        compile_and_check(&[SourceFile::new("flow.yaml", text)], &infrastructure());
    for flow in &flows {
        let (definition, found) = flow.render(&usual_vars());
        diags.extend(found);
        let _ = flow::json::to_text(&definition.flow);
    }
    let _ = render::human(&diags, true);
    let _ = render::json(&diags);
    for span in diags
        .iter()
        .flat_map(|diag| &diag.labels)
        .map(|label| &label.span)
    {
        let is_in_text = span.file.text.get(span.range.clone()).is_some();
        assert!(is_in_text, "{:?} is no range of the text", span.range);
    }
    diags
}

#[test]
fn the_source_of_these_tests_is_sound() {
    assert_eq!(run(SOURCE), []);
}

#[test]
fn the_sources_that_expand_are_sound() {
    let out = run_all(&EXPANDED.map(str::to_owned));
    assert!(!out.contains("error["), "{out}");
}

#[test]
fn huge_and_hostile_sources_end_soon() {
    let n = 200_000;
    let bomb = (1..40).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
        let item = n - 1;
        text + &format!("a{n}: &a{n} [*a{item}, *a{item}]\n")
    });
    let action = |value: &str| SOURCE.replace("Hello from {{ vars.brand }}", value);
    let sources = [
        bomb,
        "- ".repeat(n),
        "? ".repeat(n),
        "[".repeat(n),
        "{a: ".repeat(n),
        "a:\n".repeat(n),
        (0..2_000)
            .map(|n| format!("{}a:\n", " ".repeat(n)))
            .collect(),
        (0..n / 10).map(|n| format!("k{n}: v\n")).collect(),
        action(&"x".repeat(n)),
        action(&"{{ vars.brand }}".repeat(n / 10)),
        action(&format!("{{{{ {}1 }}}}", "1 + ".repeat(n))),
        action(&format!("{{{{ {} }}}}", "(".repeat(n))),
        action(&format!("{{{{ vars{} }}}}", ".a".repeat(n))),
        action(&format!("{{{{ {} }}}}", "'x' * 99999999 * 99999999")),
        action(&"{% if vars.brand %}".repeat(n / 10)),
        SOURCE.replace("next: bot", &format!("next: {}", "b".repeat(n))),
        SOURCE.replace("main", &"m/".repeat(n)),
    ];
    for source in sources {
        let started = Instant::now();
        run(&source);
        let start: String = source.chars().take(40).collect();
        // Generous: it is an order of growth that would be wrong, not a slow machine.
        assert!(started.elapsed() < Duration::from_secs(60), "{start}");
    }
}

#[test]
fn a_file_that_is_far_too_large_is_not_read() {
    let refused = source_from_bytes("big.yaml", &vec![b'#'; 3 * 1024 * 1024]);
    let diag = refused.expect_err("too large");
    assert_eq!(diag.code, "S004");
    assert_eq!(
        render::human(&[*diag], false),
        "error[S004]: source file of 3145728 bytes\n \
         --> big.yaml:1:1\n  \
         | a source file has at most 2097152 bytes\n"
    );
}

/// Pieces that mean something, to be put where they do not belong.
const PIECES: [&str; 24] = [
    "{{", "}}", "{%", "%}", "&x", "*x", "!!str ", ": ", "- ", "\n", "  ", "\"", "'", "{", "}", "[",
    "]", ",", "#", "|", "ü", "arn:aws:", "$.", "next",
];

/// A flow and a fragment with everything that expands.
const EXPANDED: [&str; 2] = [
    r#"
flow: main
start: ask
lists: { words: [{ name: one, text: "{{ vars.brand }}" }, { name: two, text: x }] }
actions:
  ask:
    fragment: ask
    with: { question: "Who is {{ vars.brand }}?", answers: [a, b], hours: office, last: end }
    on: { done: say, failed: end }
  say:
    for_each: { word: words }
    after_last: which
    play_prompt: "{{ vars.brand }} {{ word.text | upper }}"
    next: next_item
  which:
    compare: $.Attributes.x
    when: { for_each: [p, q], "{{ item }}": "end" }
    otherwise: end
  end: { disconnect: {} }
"#,
    r#"
fragment: ask
parameters:
  question: text
  answers: list
  hours: hours
  last: action
  times: { type: number, default: 3 }
exits: [done, failed]
start: say
actions:
  say: { play_prompt: "{{ params.question }} {{ params.times + 1 }}", next: look }
  look:
    compare: $.Attributes.y
    when:
      - for_each: { answer: "{{ params.answers }}" }
        equals: "{{ answer }}"
        next: done
    otherwise: open
  open: { check_hours: "{{ params.hours }}", on: { open: failed, closed: "{{ params.last }}" } }
"#,
];

/// Compiles sources that belong together, and renders what comes of them.
fn run_all(texts: &[String]) -> String {
    let names = texts.iter().enumerate();
    let files = names.map(|(n, text)| SourceFile::new(format!("{n}.yaml"), text.as_str()));
    let (flows, mut diags) = compile(&files.collect::<Vec<_>>(), &infrastructure());
    let mut out = String::new();
    for flow in &flows {
        let (definition, found) = flow.render(&usual_vars());
        diags.extend(found);
        out += &flow::json::to_text(&definition.flow);
    }
    out + &render::human(&diags, false)
}

#[test]
fn what_multiplies_is_stopped() {
    let fragment = |n: usize, body: &str| {
        format!(
            "fragment: f{n}\nparameters: {{ x: text }}\nexits: [done]\nstart: a\nactions:\n{body}"
        )
    };
    let start = "flow: main\nstart: a\nactions:\n  a: { fragment: f0, with: { x: abc }, next: end }\n  end: { disconnect: {} }\n";
    let twice = |n: usize| {
        let text = format!(
            "  a: {{ fragment: f{m}, with: {{ x: '{{{{ params.x }}}} {{{{ params.x }}}}' }}, next: b }}\n  \
             b: {{ fragment: f{m}, with: {{ x: '{{{{ params.x }}}}{{{{ vars.y }}}}' }}, next: done }}\n",
            m = n + 1
        );
        fragment(n, &text)
    };
    let mut deep: Vec<String> = (0..30).map(twice).collect();
    deep.push(start.to_owned());
    let items = "x, ".repeat(90_000);
    let long = format!(
        "flow: main\nstart: a\nactions:\n  a: {{ for_each: [{items}], set_attributes: {{ a: b, c: d }}, next: end }}\n  end: {{ disconnect: {{}} }}\n"
    );
    let big = format!(
        "flow: main\nstart: a\nlists: {{ l: [{}] }}\nactions:\n  a: {{ for_each: l, play_prompt: '{} {{{{ item }}}}', next: end }}\n  end: {{ disconnect: {{}} }}\n",
        "x, ".repeat(20_000),
        "y".repeat(100_000)
    );
    for texts in [deep, vec![long], vec![big]] {
        let started = Instant::now();
        let out = run_all(&texts);
        assert!(
            out.contains("error[S020]"),
            "{}",
            out.chars().take(2_000).collect::<String>()
        );
        assert!(started.elapsed() < Duration::from_secs(60));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gets_an_answer(text in "[ -~\n\t\u{fc}\u{0}\u{feff}]{0,200}") {
        run(&text);
    }

    #[test]
    fn any_bytes_get_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(file) = source_from_bytes("flow.yaml", &bytes) {
            run(&file.text);
        }
    }

    #[test]
    fn a_damaged_source_gets_an_answer(
        damage in prop::collection::vec((0..SOURCE.len(), 0..PIECES.len(), 0..12usize), 1..4)
    ) {
        let mut text = SOURCE.to_owned();
        for (at, piece, removed) in damage {
            let from = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let to = (from + removed).min(text.len());
            let to = (to..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(from);
            text.replace_range(from..to, PIECES[piece]);
        }
        run(&text);
    }

    #[test]
    fn any_template_gets_an_answer(template in "[a-z{}%#|().'+ ]{0,40}") {
        let text = SOURCE.replace("Hello from {{ vars.brand }}", &format!("{{{{{template}}}}}"));
        run(&text);
    }

    #[test]
    fn damaged_fragments_and_lists_get_the_same_answer_each_time(
        damage in prop::collection::vec((0..2usize, 0..900usize, 0..PIECES.len(), 0..12usize), 0..5)
    ) {
        let mut texts = EXPANDED.map(str::to_owned);
        for (n, at, piece, removed) in damage {
            let text = &mut texts[n];
            let from = at.min(text.len());
            let from = (0..=from).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let to = (from + removed).min(text.len());
            let to = (to..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(from);
            text.replace_range(from..to, PIECES[piece]);
        }
        prop_assert_eq!(run_all(&texts), run_all(&texts));
    }
}
