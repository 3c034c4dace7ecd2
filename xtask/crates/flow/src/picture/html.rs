//! A scene as a page: the picture with pan, zoom and search, and beside it what a chosen block is
//! given and where it leads.
//!
//! The page needs nothing from outside and sends nothing anywhere. What stands in a flow reaches
//! the script as data only, and is shown as text, never as markup.

use serde_json::{Value as Json, json};

use super::scene::{Block, RowKind, Scene, Target};
use super::svg;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// What this page shares with others that show pictures.
pub(super) const COMMON_STYLE: &str = include_str!("common.css");
pub(super) const PANE_SCRIPT: &str = include_str!("pane.js");

/// The whole page.
pub fn draw(scene: &Scene) -> String {
    let title = match scene.title.as_str() {
        "" => "Flow",
        title => title,
    };
    filled(PAGE, |place| match place {
        "title" => svg::escaped(title),
        "style" => [COMMON_STYLE, STYLE].concat(),
        "picture" => svg::draw(scene),
        "data" => data(scene),
        "script" => [PANE_SCRIPT, SCRIPT].concat(),
        other => unreachable!("the page has no place `{other}`"),
    })
}

/// A page with its places filled. The parts between the marks of the page alternate: text of the
/// page, name of a place.
pub(super) fn filled(page: &str, fill: impl Fn(&str) -> String) -> String {
    let parts = page.split("%%").enumerate();
    parts
        .map(|(n, part)| {
            if n % 2 == 0 {
                part.to_owned()
            } else {
                fill(part)
            }
        })
        .collect()
}

/// What the script knows of the blocks. A `<` could end the element that the text stands in.
fn data(scene: &Scene) -> String {
    let blocks: Vec<Json> = scene.blocks.iter().map(|it| block(scene, it)).collect();
    Json::from(blocks).to_string().replace('<', "\\u003c")
}

fn block(scene: &Scene, block: &Block) -> Json {
    let ways = block.rows.iter().map(|row| {
        let (to, name) = match &row.to {
            Target::Block(n) => match scene.blocks.get(*n) {
                Some(target) => (Some(&target.id), target.name.as_str()),
                None => (None, ""),
            },
            Target::Missing(name) | Target::Hidden(name) => (None, name.as_str()),
        };
        let is_error = row.kind == RowKind::Error;
        json!({ "label": row.label, "to": to, "name": name, "error": is_error })
    });
    json!({
        "id": block.id,
        "name": block.name,
        "title": block.title,
        "type": block.kind,
        "mark": block.mark.map(|it| it.as_str()),
        "parameters": block.parameters,
        "ways": ways.collect::<Vec<_>>(),
    })
}
