//! Any text as a template, where text is expected, where a duration is, and in a fragment.
#![no_main]

mod support;

use flow::diagnostic::SourceFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // JSON's quotes are YAML's double quotes.
    let text = serde_json::Value::from(text).to_string();
    let flow = format!(
        "flow: main
start: greet
actions:
  greet: {{ play_prompt: {text}, next: pause }}
  pause: {{ wait: {text}, next: raw }}
  raw:
    type: UpdateContactEventHooks
    parameters: {{ EventHooks: {{ CustomerQueue: {text} }} }}
    next: part
  part:
    fragment: part
    with: {{ text: {text}, list: [{text}, b] }}
    next: end
  end: {{ disconnect: {{}} }}
"
    );
    let part = format!(
        "fragment: part
parameters: {{ text: text, list: list }}
exits: [done]
start: say
actions:
  say: {{ play_prompt: \"{{{{ params.text }}}} and {{{{ params.text | upper }}}}\", next: each }}
  each:
    for_each: {{ item: \"{{{{ params.list }}}}\" }}
    after_last: done
    set_attributes: {{ a: {text}, b: \"{{{{ item }}}}\" }}
    next: next_item
"
    );
    support::run(&[
        SourceFile::new("flow.yaml", flow),
        SourceFile::new("part.yaml", part),
    ]);
});
