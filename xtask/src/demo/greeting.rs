//! The first words of a flow: what they are, and a copy of the sources in which they are others.

use std::fs;
use std::path::Path;

use anyhow::Context;
use flow::model::Flow;
use flow::value::Value;

use crate::project::Project;

/// What stands in front of the old greeting in the copy.
const ADDITION: &str = "Welcome! ";

/// The text of the first prompt on the way from the start.
pub(super) fn of(flow: &Flow) -> Option<String> {
    let mut id = Some(&flow.start);
    for _ in &flow.actions {
        let action = flow.actions.iter().find(|action| Some(&action.id) == id)?;
        if action.kind.as_str() == "MessageParticipant" {
            return match action.parameters.get("Text")? {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            };
        }
        id = action.transitions.next.as_ref();
    }
    None
}

/// Copies the sources of a project and changes the first prompt of a flow there.
pub(super) fn copy_with_another(
    project: &Project,
    folder: &Path,
    flow: &str,
) -> anyhow::Result<Project> {
    for part in ["flows", "infra"] {
        copy(&project.root().join(part), &folder.join(part))
            .with_context(|| format!("cannot copy {part}/"))?;
    }
    let path = folder.join("flows").join(format!("{flow}.yaml"));
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read flow `{flow}`"))?;
    let changed = with_another(&text)
        .with_context(|| format!("flow `{flow}` has no quoted `play_prompt` to change"))?;
    fs::write(&path, changed).context("cannot write the changed flow")?;
    Ok(Project::at(folder))
}

/// The source with an addition to the first prompt that is written in double quotes.
fn with_another(source: &str) -> Option<String> {
    let key = source.find("play_prompt: \"")?;
    let text = key + "play_prompt: \"".len();
    Some(format!("{}{ADDITION}{}", &source[..text], &source[text..]))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
