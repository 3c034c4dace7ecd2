//! What has to hold for real flows. They stay outside the repository: `FLOWYARD_CORPUS` names
//! their folder, or it lies beside the workspace as `../shared/flow-corpus`. The flow type is not
//! in most files, so it is taken as the inbound one where the metadata does not tell.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flow::model::{Action, DocumentKind, Flow, FlowType};
use flow::{canonical, diff, json, validate};

/// A file of the corpus: its path inside the corpus, and its text.
pub(crate) struct File {
    pub(crate) name: String,
    text: String,
}

fn corpus_folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("FLOWYARD_CORPUS").map(PathBuf::from) {
        assert!(
            named.is_dir(),
            "FLOWYARD_CORPUS names no folder: {}",
            named.display()
        );
        return Some(named);
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/flow-corpus");
    beside.is_dir().then_some(beside)
}

/// The JSON files of the corpus; none, said on stderr, where there is no corpus.
fn corpus() -> Vec<File> {
    let Some(folder) = corpus_folder() else {
        // Written past the test harness, which keeps what passing tests print to itself.
        let message = "no corpus of real flows here (set FLOWYARD_CORPUS): nothing was checked";
        writeln!(std::io::stderr(), "{message}").expect("stderr takes a line");
        return Vec::new();
    };
    let mut files = Vec::new();
    collect(&folder, &folder, &mut files);
    files.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!files.is_empty(), "the corpus folder has no JSON file");
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("the corpus can be read") {
        let path = entry.expect("the corpus can be read").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|it| it == "json") {
            let name = path.strip_prefix(root).expect("found under it");
            files.push(File {
                name: name.to_string_lossy().into_owned(),
                text: fs::read_to_string(&path).expect("the corpus can be read"),
            });
        }
    }
}

/// The files that are documents of the Flow language; the others are of the old format.
pub(crate) fn flows() -> Vec<(File, Flow)> {
    let mut flows = Vec::new();
    for file in corpus() {
        match json::parse(&file.text) {
            Ok(flow) => flows.push((file, flow)),
            Err(json::ParseError::Legacy) => {}
            Err(error) => panic!("{}: {error}", file.name),
        }
    }
    flows
}

#[test]
fn every_real_flow_is_written_back_as_equal_json() {
    for (file, flow) in flows() {
        let before: serde_json::Value = serde_json::from_str(&file.text).expect("it was parsed");
        let after: serde_json::Value =
            serde_json::from_str(&json::to_text(&flow)).expect("what we write is JSON");
        assert_eq!(before, after, "{}", file.name);
    }
}

#[test]
fn every_real_flow_equals_itself_and_no_other_start_does() {
    for (file, flow) in flows() {
        assert!(diff::diff(&flow, &flow).is_empty(), "{}", file.name);
        let again = json::parse(&json::to_text(&flow)).expect("what we write is a flow");
        assert_eq!(
            canonical::digest(&flow),
            canonical::digest(&again),
            "{}",
            file.name
        );
        let mut moved = flow.clone();
        moved.start = "somewhere else".into();
        assert_ne!(
            canonical::digest(&flow),
            canonical::digest(&moved),
            "{}",
            file.name
        );
    }
}

#[test]
fn the_service_would_take_every_flow_that_the_console_saved() {
    let Some(folder) = corpus_folder() else {
        return drop(corpus());
    };
    let list = fs::read_to_string(folder.join("console.txt")).expect("the corpus has its list");
    let saved: BTreeSet<&str> = list
        .lines()
        .map(str::trim)
        .filter(|it| !it.is_empty())
        .collect();
    let mut seen = 0;
    let mut refused = Vec::new();
    for (file, flow) in flows() {
        if !saved.contains(file.name.as_str()) {
            continue;
        }
        seen += 1;
        for problem in validate::problems(&flow, kind_of(&flow)) {
            if problem
                .action
                .is_some_and(|n| names_nothing(&flow.actions[n]))
            {
                continue;
            }
            refused.push(format!("{}: {}", file.name, problem.message));
        }
    }
    assert_eq!(seen, saved.len(), "every file of the list is in the corpus");
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// Whether an action has an empty text for the resource it is about. Some exports were cleared of
/// ids before they were shared; the service does not take them as they are.
fn names_nothing(action: &Action) -> bool {
    let resources = [
        "QueueId",
        "HoursOfOperationId",
        "ContactFlowId",
        "LexV2Bot",
        "Messages",
    ];
    let json = json::action_to_json(action);
    resources
        .iter()
        .any(|name| json["Parameters"][name].to_string().contains("\"\""))
}

fn kind_of(flow: &Flow) -> DocumentKind {
    if flow.settings.is_some() {
        return DocumentKind::Module;
    }
    let metadata = flow.metadata.as_ref();
    let shown = metadata
        .and_then(|it| it.get("type"))
        .and_then(|it| it.as_text());
    DocumentKind::Flow(match shown {
        Some("customerQueue") => FlowType::CustomerQueue,
        Some("queueTransfer") => FlowType::QueueTransfer,
        Some("outboundWhisper") => FlowType::OutboundWhisper,
        Some("agentWhisper") => FlowType::AgentWhisper,
        _ => FlowType::ContactFlow,
    })
}
