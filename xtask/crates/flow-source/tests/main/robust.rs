//! Nothing that can stand in a file makes the compiler panic, hang or take the memory.

use std::time::{Duration, Instant};

use flow::diagnostic::{Diagnostic, SourceFile};
use flow_source::{render, source_from_bytes};
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
}
