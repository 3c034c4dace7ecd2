//! Pictures: what they hold for any flow, and how small ones look.

use std::collections::{HashMap, HashSet};

use flow::json;
use flow::model::{Action, Condition, ErrorBranch, Flow};
use flow::picture::scene::Target;
use flow::picture::{self, Options, Scene};
use flow::value::{Map, Value};
use proptest::prelude::*;

use crate::{corpus, made};

fn options() -> Options {
    Options {
        title: "A flow".to_owned(),
        ..Options::default()
    }
}

fn scene(flow: &Flow) -> Scene {
    Scene::of(flow, &options())
}

/// A chat with a bot, written as the language has it.
pub(crate) fn chat() -> Flow {
    json::parse(include_str!("picture/chat.json")).expect("the fixture is a flow")
}

/// Texts that mean something to each of the forms.
pub(crate) fn awkward() -> Flow {
    json::parse(include_str!("picture/awkward.json")).expect("the fixture is a flow")
}

#[test]
fn an_svg_shows_blocks_branches_and_edges() {
    insta::assert_snapshot!(picture::svg(&chat(), &options()));
}

#[test]
fn a_mermaid_chart_has_its_texts_escaped() {
    insta::assert_snapshot!(picture::mermaid(&awkward(), &options()));
}

#[test]
fn a_graphviz_graph_has_its_texts_escaped() {
    insta::assert_snapshot!(picture::dot(&awkward(), &options()));
}

#[test]
fn blocks_say_what_their_actions_do() {
    let scenes = [scene(&chat()), scene(&awkward())];
    let mut text = String::new();
    for block in scenes.iter().flat_map(|it| &it.blocks) {
        let (title, family) = (&block.title, block.family());
        text.push_str(&format!("{}: {title} ({family})\n", block.name));
        for line in &block.lines {
            text.push_str(&format!("    {line}\n"));
        }
        for row in &block.rows {
            text.push_str(&format!("    -> {}\n", row.label));
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_flow_shown_in_a_page_is_never_markup() {
    let page = picture::html(&awkward(), &options());
    assert!(
        !page.contains("<img"),
        "the text of a prompt became an element"
    );
    let data = page
        .split("id=\"data\">")
        .nth(1)
        .expect("the page has data");
    let data = data.split("</script>").next().expect("the data ends");
    assert!(!data.contains('<'));
    let blocks: serde_json::Value = serde_json::from_str(data).expect("the data is JSON");
    assert_eq!(
        blocks[0]["parameters"][0][1],
        "<img src=x onerror=alert(1)></script>\"'`#;[]{}|$$"
    );
    assert!(
        !page.contains("http://") || page.matches("http://").count() == 1,
        "only the SVG's namespace"
    );
}

#[test]
fn a_large_flow_stays_within_what_forges_render() {
    for n in [250, 1000, 5000] {
        let chart = picture::mermaid(&wide(n), &options());
        assert!(chart.chars().count() <= 50_000, "{n}: {}", chart.len());
        let edges = chart
            .lines()
            .filter(|it| it.contains("-->") || it.contains("-.->"))
            .count();
        assert!(edges <= 500, "{n}: {edges}");
        assert!(
            chart.contains("%% "),
            "{n}: the chart says what is left out"
        );
    }
}

#[test]
fn marks_are_classes_and_words() {
    let mut scene = scene(&chat());
    scene.blocks[0].mark = Some(picture::Mark::Added);
    scene.blocks[1].rows[0].mark = Some(picture::Mark::Removed);
    let svg = picture::svg::draw(&scene);
    assert!(svg.contains("class=\"block interact added\""));
    assert!(svg.contains(">added</text>"));
    assert!(svg.contains("class=\"edge removed\""));
}

/// A flow of so many actions with three ways out each.
pub(crate) fn wide(n: usize) -> Flow {
    let id = |n: usize| format!("action number {n} with a rather long name");
    let mut flow = Flow::new(id(0).as_str());
    for at in 0..n {
        let mut action = Action::new(id(at).as_str(), "Compare");
        action.parameters.insert(
            "ComparisonValue".to_owned(),
            Value::text("$.Attributes.something"),
        );
        for (step, operand) in [(1, "yes"), (7, "perhaps")] {
            action.transitions.conditions.push(Condition {
                operator: "Equals".to_owned(),
                operands: vec![Value::text(operand)],
                next: id((at + step) % n).as_str().into(),
            });
        }
        action.transitions.errors.push(ErrorBranch {
            error: "NoMatchingCondition".to_owned(),
            next: id(at / 2).as_str().into(),
        });
        flow.actions.push(action);
    }
    flow
}

/// What has to hold for the scene of any flow.
fn check_scene(flow: &Flow, scene: &Scene, name: &str) {
    assert_eq!(
        scene.blocks.len(),
        flow.actions.len(),
        "{name}: an action is a block"
    );
    check_drawing(scene, name);
}

/// What has to hold for any scene.
pub(crate) fn check_drawing(scene: &Scene, name: &str) {
    let mut ids = HashSet::new();
    let canvas = picture::Rect {
        x: 0,
        y: 0,
        width: scene.width,
        height: scene.height,
    };
    for (n, block) in scene.blocks.iter().enumerate() {
        assert!(ids.insert(&block.id), "{name}: {} twice", block.id);
        for other in &scene.blocks[n + 1..] {
            assert!(
                !block.place.overlaps(&other.place),
                "{name}: {} and {}",
                block.name,
                other.name
            );
        }
        assert!(
            !block.place.overlaps(&scene.entry.place),
            "{name}: {} and the entry",
            block.name
        );
        assert!(
            contains(&canvas, block.place.x, block.place.y),
            "{name}: {}",
            block.name
        );
    }
    let mut drawn: HashMap<(usize, usize), usize> = HashMap::new();
    for edge in &scene.edges {
        let from = match edge.from {
            Some((block, row)) => {
                *drawn.entry((block, row)).or_default() += 1;
                scene.blocks[block].outlet(row)
            }
            None => (
                scene.entry.place.x + scene.entry.place.width,
                edge.points[0].1,
            ),
        };
        assert_eq!(edge.points.first(), Some(&from), "{name}");
        assert_eq!(
            edge.points.last(),
            Some(&scene.blocks[edge.to].inlet()),
            "{name}"
        );
        for pair in edge.points.windows(2) {
            assert!(
                pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1,
                "{name}: a slanted line"
            );
        }
        for point in &edge.points {
            assert!(
                contains(&canvas, point.0, point.1),
                "{name}: an edge leaves the picture"
            );
        }
    }
    for (n, block) in scene.blocks.iter().enumerate() {
        for (row, it) in block.rows.iter().enumerate() {
            let targets = [Some(&it.to), it.was.as_ref()];
            let targets = targets.iter().flatten();
            let expected = targets.filter(|it| matches!(it, Target::Block(_))).count();
            let n_drawn = drawn.get(&(n, row)).copied().unwrap_or(0);
            assert_eq!(n_drawn, expected, "{name}: {} {}", block.name, it.label);
        }
    }
}

fn contains(rect: &picture::Rect, x: i64, y: i64) -> bool {
    (rect.x..=rect.x + rect.width).contains(&x) && (rect.y..=rect.y + rect.height).contains(&y)
}

/// What has to hold for each form of the picture of any flow.
fn check_forms(flow: &Flow, name: &str) {
    let svg = picture::svg(flow, &options());
    check_xml(&svg, name);
    let mermaid = picture::mermaid(flow, &options());
    check_mermaid(&mermaid, name);
    let dot = picture::dot(flow, &options());
    check_dot(&dot, name);
    assert_eq!(
        svg,
        picture::svg(flow, &options()),
        "{name}: the same flow, the same bytes"
    );
}

/// Reads a document as XML: elements nest, attributes are quoted and differ, and no character is
/// one that XML does not take.
pub(crate) fn check_xml(text: &str, name: &str) {
    let is_allowed =
        |c: char| c == '\n' || c == '\t' || (c >= ' ' && c != '\u{fffe}' && c != '\u{ffff}');
    assert!(
        text.chars().all(is_allowed),
        "{name}: a character that XML does not take"
    );
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        check_entities(&rest[..at], name);
        let end = rest[at..].find('>').expect("a tag ends") + at;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{name}");
            continue;
        }
        let element = tag.split([' ', '/']).next().expect("a tag has a name");
        check_attributes(&tag[element.len()..], name);
        if !tag.ends_with('/') {
            open.push(element);
        }
    }
    assert!(open.is_empty(), "{name}: {open:?} not closed");
    check_entities(rest, name);
}

fn check_attributes(text: &str, name: &str) {
    let mut seen = HashSet::new();
    let mut rest = text.trim_end_matches('/').trim_start();
    while !rest.is_empty() {
        let (key, after) = rest.split_once("=\"").expect("an attribute is quoted");
        assert!(
            key.bytes()
                .all(|it| it.is_ascii_alphabetic() || b"-:".contains(&it)),
            "{name}: {key}"
        );
        assert!(seen.insert(key), "{name}: {key} twice");
        let (value, after) = after.split_once('"').expect("the quotes close");
        assert!(!value.contains('<'), "{name}");
        check_entities(value, name);
        rest = after.trim_start();
    }
}

fn check_entities(text: &str, name: &str) {
    for part in text.split('&').skip(1) {
        let entity = part.split(';').next().expect("a part");
        assert!(
            ["amp", "lt", "gt", "quot", "#39"].contains(&entity),
            "{name}: &{entity}"
        );
    }
}

/// Each line of a chart is one of the statements that we write, with nothing loose in its labels.
pub(crate) fn check_mermaid(chart: &str, name: &str) {
    let mut lines = chart.lines();
    assert_eq!(lines.next(), Some("flowchart LR"), "{name}");
    for line in lines {
        let line = line.trim_start();
        if ["%% ", "classDef ", "linkStyle "]
            .iter()
            .any(|it| line.starts_with(it))
        {
            continue;
        }
        let parts: Vec<&str> = line.split('"').collect();
        assert!(parts.len() == 1 || parts.len() == 3, "{name}: {line}");
        let outside = [parts[0], parts.get(2).copied().unwrap_or("")].concat();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || " []|():-.=>_".contains(c);
        assert!(outside.chars().all(is_plain), "{name}: {line}");
        let label = parts.get(1).unwrap_or(&"").replace("<br/>", " ");
        assert!(
            !label.contains(['<', '>', '`', '[', ']', '{', '}', '|', '&']),
            "{name}: {line}"
        );
    }
}

/// Graphviz reads the labels as XML, between angle brackets that balance.
pub(crate) fn check_dot(graph: &str, name: &str) {
    assert!(
        graph.starts_with("digraph flow {\n") && graph.ends_with("}\n"),
        "{name}"
    );
    for line in graph.lines() {
        if let Some((_, label)) = line.split_once("label=<") {
            let label = label.strip_suffix(">];").or(label.strip_suffix(">;"));
            check_xml(label.expect("the label closes"), name);
        }
    }
}

#[test]
fn every_real_flow_is_drawn_without_overlaps() {
    for (file, flow) in corpus::flows() {
        let name = &file.name;
        check_scene(&flow, &scene(&flow), name);
        check_forms(&flow, name);
        let mut bare = flow;
        bare.metadata = None;
        check_scene(&bare, &scene(&bare), &format!("{name}, laid out"));
    }
}

#[test]
fn a_flow_of_the_largest_size_is_drawn() {
    let flow = wide(250);
    check_scene(&flow, &scene(&flow), "250 actions");
    check_forms(&flow, "250 actions");
}

#[test]
fn absurd_positions_are_drawn_on_a_canvas_that_can_be_shown() {
    let mut flow = wide(4);
    let entries = flow.actions.iter().enumerate().map(|(n, action)| {
        let number = [1e300, -1e300, 0.5, 12345.678][n];
        let number = Value::Number(serde_json::Number::from_f64(number).expect("it is finite"));
        let position = Map::from_iter([("x".to_owned(), number.clone()), ("y".to_owned(), number)]);
        let entry = Map::from_iter([("position".to_owned(), Value::Map(position))]);
        (action.id.as_str().to_owned(), Value::Map(entry))
    });
    let actions = Value::Map(entries.collect());
    flow.metadata = Some(Map::from_iter([("ActionMetadata".to_owned(), actions)]));
    let scene = scene(&flow);
    check_scene(&flow, &scene, "absurd positions");
    assert!(scene.width < 1_000_000 && scene.height < 1_000_000);
}

proptest! {
    #[test]
    fn any_flow_is_drawn(flow in made::flow()) {
        check_scene(&flow, &scene(&flow), "made up");
        check_forms(&flow, "made up");
    }
}
