//! The whole flow written as an import would write it.

use flow::diagnostic::SourceFile;

use super::{Attempt, Patched, PatchedFile};
use crate::compiled::CompiledFlow;
use crate::import::{self, Document};
use crate::layout_file::LAYOUT_EXTENSION;

/// Writes the flow's file anew, with a layout file beside it; the text is why that cannot be.
pub(super) fn whole(attempt: &Attempt<'_>, ours: &CompiledFlow) -> Result<Patched, String> {
    let wanted = attempt.wanted;
    let path = ours.name_span().file.path.clone();
    let stem = path
        .rsplit_once('.')
        .map_or(path.as_str(), |(stem, _)| stem);
    let document = Document {
        file: SourceFile::new("live.json", wanted.content),
        stem: ours
            .imported_from()
            .unwrap_or(&wanted.definition.name)
            .to_owned(),
    };
    let imported = import::import_as(&document, wanted.bindings, wanted.definition);
    let imported = imported.map_err(|diag| diag.headline)?;
    let file = |path: String, new: String| {
        let mut sources = attempt.sources.iter();
        let old = sources.find(|it| it.path == path);
        PatchedFile {
            old: old.map(|it| it.text.clone()),
            path,
            new,
        }
    };
    let layout = format!("{stem}{LAYOUT_EXTENSION}");
    Ok(Patched {
        files: vec![
            file(path.clone(), imported.yaml),
            file(layout, imported.layout),
        ],
        notes: vec![format!(
            "{path} was written anew as a whole: what it had from templates, fragments, lists and \
             comments is gone"
        )],
        is_whole: true,
    })
}
