//! The project that is deployed: made up, in rings of flows that hand over to each other, so that
//! none can be made complete before the next.

use std::fs;
use std::path::Path;

use anyhow::Context;

/// The environment it has.
pub(super) const ENVIRONMENT: &str = "bench";

/// How many flows are in a ring.
pub(super) const RING: usize = 5;

/// Writes the project, with so many of its flows changed.
pub(super) fn write(
    folder: &Path,
    flows: usize,
    modules: usize,
    changed: usize,
) -> anyhow::Result<()> {
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        let parent = path.parent().expect("the name is one of a file");
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, text))
            .with_context(|| format!("cannot write {}", path.display()))
    };
    file("infra/environments/bench.yaml", ENVIRONMENT_FILE)?;
    file("infra/instance.yaml", INSTANCE)?;
    for number in 0..modules {
        file(&format!("flows/module-{number}.yaml"), &module(number))?;
    }
    // Spread out, so that they belong to different rings.
    let step = flows.checked_div(changed).unwrap_or(0).max(1);
    for number in 0..flows {
        let is_changed = number % step == 0 && number / step < changed;
        let text = flow(number, flows, modules, is_changed);
        file(&format!("flows/flow-{number}.yaml"), &text)?;
    }
    Ok(())
}

fn flow(number: usize, flows: usize, modules: usize, is_changed: bool) -> String {
    let ring = number / RING * RING;
    let size = RING.min(flows - ring);
    let next = ring + (number + 1 - ring) % size;
    let text = if is_changed { "Good day" } else { "Hello" };
    let module = match modules {
        0 => String::new(),
        _ => format!(
            "  record:\n    invoke_module: module-{}\n    next: choose\n    on: {{ error: goodbye }}\n",
            number % modules
        ),
    };
    let after_greeting = if modules == 0 { "choose" } else { "record" };
    format!(
        "flow: flow-{number}\nname: Flow {number}\ntype: contact_flow\nstart: greet\nactions:\n  \
         greet:\n    play_prompt: {text} from flow {number}\n    next: {after_greeting}\n\
         {module}  choose:\n    set_working_queue: support\n    next: hand_over\n  \
         hand_over:\n    transfer_to_flow: flow-{next}\n    on: {{ error: goodbye }}\n  \
         goodbye:\n    disconnect: {{}}\n"
    )
}

fn module(number: usize) -> String {
    format!(
        "module: module-{number}\nname: Module {number}\nstart: tell\nactions:\n  tell:\n    \
         play_prompt: One moment from module {number}\n    next: end\n  end:\n    end_module: {{}}\n"
    )
}

/// The whole rate is used: what is measured is how near to it a deployment comes.
const ENVIRONMENT_FILE: &str = "\
environment: bench
account: \"123456789012\"
region: eu-west-2
instance: { alias: bench }
api_budget: { share: 1.0 }
";

const INSTANCE: &str = "\
instance:
  inbound_calls: false
  outbound_calls: false
hours:
  support:
    time_zone: Europe/London
    open:
      - { days: [monday], from: \"09:00\", to: \"17:00\" }
queues:
  support:
    hours: support
";
