//! Live versions written back into sources: `tests/patch/<name>/` has the sources before
//! (`flow.yaml` and what belongs to it), `live.json`, and what is expected: `after.yaml` and
//! `notes.txt`. With `FLOWYARD_UPDATE=1` these two are written; read them before they are committed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use flow::bind::{Bindings, bind, unbind};
use flow::canonical;
use flow::diagnostic::SourceFile;
use flow::json;
use flow::model::{Flow, FlowDefinition};
use flow::value::Value;
use flow_source::import::import;
use flow_source::patch::{PatchError, Patched, Variables, Wanted, patch};
use flow_source::{CompiledFlow, Names, compile, names_of};

use crate::import::corpus;

/// A folder of the fixtures.
struct Case {
    sources: Vec<Arc<SourceFile>>,
    names: Names,
    bindings: Bindings,
    vars: Variables,
    content: String,
    title: Option<(String, Option<String>)>,
}

impl Case {
    fn read(folder: &Path) -> Case {
        let text = |name: &str| fs::read_to_string(folder.join(name)).ok();
        let names = [
            "flow.yaml",
            "flow.layout.json",
            "fragment.yaml",
            "other.yaml",
        ];
        let files = names
            .iter()
            .filter_map(|name| Some(SourceFile::new(format!("flows/{name}"), text(name)?)));
        let bindings = text("bindings.yaml").map_or_else(Bindings::default, |text| {
            let (bindings, found) =
                flow_source::parse_bindings(&SourceFile::new("bindings.yaml", text));
            assert!(found.is_empty(), "{}", folder.display());
            bindings
        });
        let json = |name: &str| -> serde_json::Value {
            let text = text(name).unwrap_or_else(|| "{}".to_owned());
            serde_json::from_str(&text).expect("it is JSON")
        };
        let vars = json("vars.json").as_object().cloned().unwrap_or_default();
        let head = json("head.json");
        Case {
            sources: files.collect(),
            names: names_of(&bindings),
            bindings,
            vars: vars.into_iter().collect(),
            content: text("live.json").expect("each case has a live.json"),
            title: head["title"].as_str().map(|title| {
                let description = head["description"].as_str();
                (title.to_owned(), description.map(str::to_owned))
            }),
        }
    }

    fn compiled(&self, sources: &[Arc<SourceFile>]) -> CompiledFlow {
        let (flows, _) = compile(sources, &self.names);
        let mut flows = flows.into_iter();
        let ours = flows.find(|it| it.name_span().file.path == "flows/flow.yaml");
        ours.expect("flow.yaml is a flow")
    }

    fn wanted(&self) -> FlowDefinition {
        let live = json::parse(&self.content).expect("it is a document");
        let ours = self.compiled(&self.sources).definition;
        let (title, description) = self.title.clone().unwrap_or((ours.title.clone(), None));
        FlowDefinition {
            flow: unbind(&live, &self.bindings),
            title,
            description,
            ..ours
        }
    }

    fn patch(&self) -> Result<Patched, PatchError> {
        let definition = self.wanted();
        let wanted = Wanted {
            definition: &definition,
            content: &self.content,
            bindings: &self.bindings,
        };
        patch(&self.sources, &self.names, &self.vars, wanted)
    }

    /// The sources with what was patched.
    fn after(&self, patched: &Patched) -> Vec<Arc<SourceFile>> {
        let is_new = |path: &str| patched.files.iter().any(|it| it.path == path);
        let kept = self.sources.iter().filter(|it| !is_new(&it.path)).cloned();
        let new = patched.files.iter();
        let new = new.map(|it| SourceFile::new(it.path.as_str(), it.new.as_str()));
        kept.chain(new).collect()
    }
}

#[test]
fn live_versions_are_written_back_as_they_should_be() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/patch");
    let mut failures = Vec::new();
    let mut n_folders = 0;
    for entry in fs::read_dir(root).expect("there are fixtures") {
        let folder = entry.expect("the folder can be read").path();
        n_folders += 1;
        let case = Case::read(&folder);
        let (yaml, notes) = match case.patch() {
            Ok(patched) => {
                // The claim itself, looked at from outside.
                let after = case.compiled(&case.after(&patched));
                let (ours, found) = after.fill_in(&case.vars);
                assert!(found.is_empty(), "{}", folder.display());
                let theirs = after.named(case.wanted().flow);
                assert_eq!(canonical::text(&ours.flow), canonical::text(&theirs));
                let mut notes = patched.notes.join("\n") + "\n";
                for file in &patched.files[..patched.files.len().min(9)] {
                    notes.push_str(&format!("changes {}\n", file.path));
                }
                let mut files = patched.files.iter();
                let yaml = files.find(|it| it.path == "flows/flow.yaml");
                (yaml.map_or(String::new(), |it| it.new.clone()), notes)
            }
            Err(error) => (String::new(), format!("{error}\n")),
        };
        for (name, actual) in [("after.yaml", yaml), ("notes.txt", notes)] {
            let path = folder.join(name);
            if std::env::var_os("FLOWYARD_UPDATE").is_some() {
                fs::write(&path, actual).expect("the expected file can be written");
            } else if fs::read_to_string(&path).ok().as_ref() != Some(&actual) {
                failures.push(format!("{}: there is now\n{actual}", path.display()));
            }
        }
    }
    assert!(n_folders >= 8, "only {n_folders} fixtures were found");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Real flows, imported, and then edited at the console in four ways.
#[test]
fn edits_of_real_flows_are_accepted_in_place() {
    let (mut n_edits, mut n_whole, mut n_ambiguous) = (0, 0, 0);
    for document in corpus() {
        let path = document.file.path.clone();
        let imported = import(&[document], &Bindings::default(), None);
        let [flow] = imported.flows.as_slice() else {
            continue;
        };
        let sources = vec![
            SourceFile::new("flows/flow.yaml", flow.yaml.as_str()),
            SourceFile::new("flows/flow.layout.json", flow.layout.as_str()),
        ];
        let names = names_of(&imported.bindings);
        let (flows, _) = compile(&sources, &names);
        let (definition, _) = flows[0].render(&BTreeMap::new());
        let restored = flows[0].restore(definition.clone()).flow;
        // Where two names stand for the same, a document does not say which was meant.
        let bound = bind(&restored, &imported.bindings).expect("every name is bound");
        let again = unbind(&bound, &imported.bindings);
        if canonical::text(&again) != canonical::text(&restored) {
            n_ambiguous += 1;
            continue;
        }
        for (edit, live) in edited(&restored) {
            let live = bind(&live, &imported.bindings).expect("every name is bound");
            let content = json::to_text(&live);
            let live = json::parse(&content).expect("it is a document");
            let wanted = FlowDefinition {
                flow: unbind(&live, &imported.bindings),
                ..definition.clone()
            };
            let wanted = Wanted {
                definition: &wanted,
                content: &content,
                bindings: &imported.bindings,
            };
            let patched = patch(&sources, &names, &BTreeMap::new(), wanted);
            let patched = patched.unwrap_or_else(|error| panic!("{path}, {edit}: {error}"));
            n_edits += 1;
            n_whole += usize::from(patched.is_whole);
        }
    }
    if n_edits > 0 {
        assert!(n_whole * 10 < n_edits, "{n_whole} of {n_edits} as a whole");
        assert!(
            n_ambiguous * 10 < n_edits,
            "{n_ambiguous} flows were left out"
        );
    }
}

/// A text changed, a time changed, an action removed with what led to it led on, one added.
fn edited(flow: &Flow) -> Vec<(&'static str, Flow)> {
    let mut edits = Vec::new();
    let mut reworded = flow.clone();
    let mut texts = reworded.actions.iter_mut();
    let text = texts.find_map(|it| match it.parameters.get_mut("Text") {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    });
    if let Some(text) = text {
        text.push_str(" One more: {{ thing }} & # 'more'");
        edits.push(("reworded", reworded));
    }
    let mut patient = flow.clone();
    let mut waits = patient.actions.iter_mut();
    let time = waits.find_map(|it| it.parameters.get_mut("TimeLimitSeconds"));
    if let Some(time) = time {
        *time = "1234".into();
        edits.push(("patient", patient));
    }
    let mut removed = flow.clone();
    let gone = removed.actions.iter().position(|it| {
        let is_simple = it.transitions.conditions.is_empty() && it.id != flow.start;
        is_simple && it.transitions.next.as_ref().is_some_and(|to| *to != it.id)
    });
    if let Some(gone) = gone {
        let action = removed.actions.remove(gone);
        let next = action.transitions.next.clone().expect("it was looked for");
        for other in &mut removed.actions {
            let ways = &mut other.transitions;
            let nexts = ways.next.iter_mut();
            let nexts = nexts.chain(ways.conditions.iter_mut().map(|it| &mut it.next));
            for to in nexts.chain(ways.errors.iter_mut().map(|it| &mut it.next)) {
                if *to == action.id {
                    *to = next.clone();
                }
            }
        }
        edits.push(("removed", removed));
    }
    let mut added = flow.clone();
    let first = added
        .actions
        .iter_mut()
        .find(|it| it.transitions.next.is_some());
    if let Some(first) = first {
        let next = first.transitions.next.replace("0f3b-new".into());
        let mut say = flow::model::Action::new("0f3b-new", "MessageParticipant");
        say.parameters.insert("Text".to_owned(), "New: one".into());
        say.transitions.next = next.clone();
        say.transitions.errors.push(flow::model::ErrorBranch {
            error: "NoMatchingError".to_owned(),
            next: next.expect("it was looked for"),
        });
        added.actions.push(say);
        edits.push(("added", added));
    }
    edits
}
