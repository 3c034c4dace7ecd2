//! Pictures of a difference: what they hold for any two versions, and how small ones look.

use std::collections::{BTreeMap, HashMap, HashSet};

use flow::diff::{ActionDiff, FlowDiff, Renamed, diff};
use flow::model::{Action, ActionId, ErrorBranch, Flow};
use flow::picture::scene::Target;
use flow::picture::{self, Mark, Options, Scene};
use flow::value::{Map, Value};
use proptest::prelude::*;

use crate::picture::{awkward, chat, check_dot, check_drawing, check_mermaid, check_xml, wide};
use crate::{corpus, made};

fn options() -> Options {
    Options {
        title: "A flow".to_owned(),
        ..Options::default()
    }
}

fn action<'a>(flow: &'a mut Flow, id: &str) -> &'a mut Action {
    let mut actions = flow.actions.iter_mut();
    actions
        .find(|it| it.id.as_str() == id)
        .expect("the action is there")
}

fn targets(action: &mut Action) -> impl Iterator<Item = &mut ActionId> {
    let transitions = &mut action.transitions;
    let conditions = transitions.conditions.iter_mut().map(|it| &mut it.next);
    let errors = transitions.errors.iter_mut().map(|it| &mut it.next);
    transitions.next.iter_mut().chain(conditions).chain(errors)
}

fn lead_elsewhere(flow: &mut Flow, old: &str, new: &str) {
    for target in flow.actions.iter_mut().flat_map(targets) {
        if target.as_str() == old {
            *target = new.into();
        }
    }
}

/// What differs, as the scene has it: the marked blocks and rows.
fn outline(old: &Flow, new: &Flow, diff: &FlowDiff) -> String {
    let scene = Scene::of_diff(old, new, diff, &options());
    let name = |target: &Target| match target {
        Target::Block(n) => scene.blocks[*n].name.clone(),
        Target::Missing(name) => format!("{name} (missing)"),
        Target::Hidden(name) => format!("{name} (hidden)"),
    };
    let mut text = String::new();
    if let Some(mark) = scene.entry.mark {
        let [now, was] = [scene.entry.to, scene.entry.was];
        let shown = |n: Option<usize>| n.map(|n| scene.blocks[n].name.clone());
        text.push_str(&format!(
            "{} entry: {:?}, was {:?}\n",
            mark.sign(),
            shown(now),
            shown(was)
        ));
    }
    for block in scene.blocks.iter().filter(|it| it.mark.is_some()) {
        let marks: Vec<&str> = block.marks().map(Mark::as_str).collect();
        text.push_str(&format!("{}: {}\n", block.name, marks.join(", ")));
        for line in block
            .lines
            .iter()
            .chain(block.notes.iter().map(|it| &it.text))
        {
            text.push_str(&format!("    {line}\n"));
        }
        for row in block.rows.iter().filter(|it| it.mark.is_some()) {
            let sign = row.mark.map_or("", Mark::sign);
            let was = row.was.as_ref().map(|it| format!(", was {}", name(it)));
            let was = was.unwrap_or_default();
            text.push_str(&format!(
                "    {sign} {} -> {}{was}\n",
                row.label,
                name(&row.to)
            ));
        }
    }
    text
}

fn outlined(edit: impl Fn(&mut Flow)) -> String {
    let (old, mut new) = (chat(), chat());
    edit(&mut new);
    let diff = diff(&old, &new);
    check(&old, &new, &diff, "the fixture");
    outline(&old, &new, &diff)
}

fn reword(flow: &mut Flow) {
    let text =
        "Hello from Acme. One moment, please: our assistant is on its way, and so is a person.";
    let parameters = &mut action(flow, "greet").parameters;
    parameters.insert("Text".to_owned(), Value::text(text));
}

fn shorten_the_wait(flow: &mut Flow) {
    let parameters = &mut action(flow, "wait").parameters;
    parameters.insert("TimeLimitSeconds".to_owned(), Value::text("300"));
}

fn lead_the_wait_to_the_end(flow: &mut Flow) {
    action(flow, "wait").transitions.conditions[1].next = "bye".into();
}

fn lose_an_error_branch(flow: &mut Flow) {
    action(flow, "wait").transitions.errors.remove(0);
}

fn gain_an_error_branch(flow: &mut Flow) {
    let errors = &mut action(flow, "greet").transitions.errors;
    errors.push(ErrorBranch {
        error: "NoMatchingError".to_owned(),
        next: "bye".into(),
    });
}

fn say_goodbye(flow: &mut Flow) {
    lead_elsewhere(flow, "bye", "goodbye");
    let mut goodbye = Action::new("goodbye", "MessageParticipant");
    goodbye
        .parameters
        .insert("Text".to_owned(), Value::text("Goodbye."));
    goodbye.transitions.next = Some("bye".into());
    flow.actions.push(goodbye);
}

fn remove_the_outcome(flow: &mut Flow) {
    flow.actions.retain(|it| it.id.as_str() != "outcome");
    lead_elsewhere(flow, "outcome", "queue");
}

#[test]
fn each_kind_of_difference_is_marked() {
    type Edit = fn(&mut Flow);
    let edits: [(&str, Edit); 9] = [
        ("a text", reword),
        ("a time limit", shorten_the_wait),
        ("a way leads elsewhere", lead_the_wait_to_the_end),
        ("an error branch is gone", lose_an_error_branch),
        ("an error branch is new", gain_an_error_branch),
        ("a block is new", say_goodbye),
        ("a block is gone", remove_the_outcome),
        ("another start", |flow| flow.start = "join".into()),
        ("settings", |flow| {
            flow.settings = Some(Map::from_iter([(
                "InputParameters".to_owned(),
                Value::text("x"),
            )]));
        }),
    ];
    let mut text = String::new();
    for (name, edit) in edits {
        text.push_str(&format!("# {name}\n{}\n", outlined(edit)));
    }
    insta::assert_snapshot!(text);
}

/// A flow after several edits, with what differs.
fn edited() -> (Flow, Flow, FlowDiff) {
    let (old, mut new) = (chat(), chat());
    reword(&mut new);
    shorten_the_wait(&mut new);
    lead_the_wait_to_the_end(&mut new);
    lose_an_error_branch(&mut new);
    say_goodbye(&mut new);
    remove_the_outcome(&mut new);
    let diff = diff(&old, &new);
    (old, new, diff)
}

#[test]
fn an_svg_shows_both_versions_in_one() {
    let (old, new, diff) = edited();
    let options = Options {
        versions: Some(("main".to_owned(), "working tree".to_owned())),
        ..options()
    };
    insta::assert_snapshot!(picture::diff_svg(&old, &new, &diff, &options));
}

#[test]
fn a_mermaid_chart_has_classes_and_styles_for_what_differs() {
    let (old, new, diff) = edited();
    insta::assert_snapshot!(picture::diff_mermaid(&old, &new, &diff, &options(), 50_000));
}

#[test]
fn a_page_lists_what_differs_from_left_to_right() {
    let (old, new, diff) = edited();
    let page = picture::diff_html(&old, &new, &diff, &options());
    insta::assert_snapshot!(list_of(&page));
}

#[test]
fn a_graphviz_graph_is_marked() {
    let (old, new, diff) = edited();
    insta::assert_snapshot!(picture::diff_dot(&old, &new, &diff, &options()));
}

#[test]
fn a_renamed_block_is_one_block_with_its_old_name() {
    let (old, mut new) = (chat(), chat());
    action(&mut new, "wait").id = "wait_for_bot".into();
    lead_elsewhere(&mut new, "wait", "wait_for_bot");
    let diff = FlowDiff {
        renamed: vec![Renamed {
            old: "wait".into(),
            new: "wait_for_bot".into(),
        }],
        ..FlowDiff::default()
    };
    check(&old, &new, &diff, "renamed");
    assert_eq!(
        outline(&old, &new, &diff),
        "wait_for_bot: renamed\n    15 minutes\n    or until the bot leaves\n    was wait\n"
    );
}

#[test]
fn versions_that_do_not_differ_have_no_marks() {
    let flow = chat();
    let diff = diff(&flow, &flow);
    check(&flow, &flow, &diff, "the same");
    let svg = picture::diff_svg(&flow, &flow, &diff, &options());
    assert!(svg.contains("No block differs"), "{svg}");
}

#[test]
fn blocks_that_people_have_placed_stay_and_removed_ones_stand_where_they_stood() {
    let (mut old, mut new) = (chat(), chat());
    let metadata = flow::layout::lay_out(&old);
    old.metadata = Some(metadata.clone());
    remove_the_outcome(&mut new);
    new.metadata = Some(metadata);
    let scene = |new: &Flow| Scene::of_diff(&old, new, &diff(&old, new), &options());
    let place = |scene: &Scene, name: &str| {
        let mut blocks = scene.blocks.iter();
        let block = blocks
            .find(|it| it.name == name)
            .expect("the block is there");
        let entry = scene.entry.place;
        (block.place.x - entry.x, block.place.y - entry.y)
    };
    let (same, other) = (scene(&old), scene(&new));
    for name in [
        "greet", "join", "wait", "outcome", "queue", "transfer", "bye",
    ] {
        assert_eq!(place(&same, name), place(&other, name), "{name}");
    }
}

#[test]
fn blocks_of_both_versions_stand_at_the_same_place_side_by_side() {
    let (old, new, diff) = edited();
    let page = picture::diff_html(&old, &new, &diff, &options());
    let places = |prefix: &str| -> BTreeMap<String, String> {
        let before = format!("id=\"{prefix}-block-");
        let parts = page.split(before.as_str()).skip(1);
        let places = parts.map(|it| {
            let (id, rest) = it.split_once('"').expect("an id ends");
            let place = rest.split('"').nth(1).expect("a block has a place");
            (id.to_owned(), place.to_owned())
        });
        places.collect()
    };
    let (before, after) = (places("old"), places("new"));
    assert_eq!(before.len(), new.actions.len() + diff.removed.len());
    assert_eq!(before, after);
}

/// What has to hold for the pictures of any two versions.
fn check(old: &Flow, new: &Flow, diff: &FlowDiff, name: &str) {
    let scene = Scene::of_diff(old, new, diff, &options());
    assert_eq!(
        scene.blocks.len(),
        new.actions.len() + diff.removed.len(),
        "{name}"
    );
    check_drawing(&scene, name);
    check_marks(&scene, diff, name);
    check_xml(&picture::svg::draw(&scene), name);
    if let Some(part) = Scene::around_diff(old, new, diff, &options()) {
        check_drawing(&part, name);
        if diff.renamed.is_empty() {
            check_marks(&part, diff, name);
        }
        check_xml(&picture::svg::draw(&part), name);
    }
    check_dot(&picture::diff_dot(old, new, diff, &options()), name);
    for most in [50_000, 6_000] {
        let chart = picture::diff_mermaid(old, new, diff, &options(), most);
        assert!(chart.len() <= most, "{name}: {} of {most}", chart.len());
        check_mermaid(&chart, name);
        check_links(&chart, name);
    }
    check_page(
        &picture::diff_html(old, new, diff, &options()),
        &scene,
        name,
    );
}

/// Every action that differs is one block with its marks, and every way that does is one row.
fn check_marks(scene: &Scene, diff: &FlowDiff, name: &str) {
    let marked = |mark: Mark| {
        let blocks = scene
            .blocks
            .iter()
            .filter(|it| it.marks().any(|it| it == mark));
        let mut names: Vec<&str> = blocks.map(|it| it.name.as_str()).collect();
        names.sort_unstable();
        names
    };
    let changed = || diff.changed.iter();
    let added = diff.added.iter().map(|it| &it.id).collect();
    assert_eq!(marked(Mark::Added), sorted(added), "{name}");
    let removed = diff.removed.iter().map(|it| &it.id).collect();
    assert_eq!(marked(Mark::Removed), sorted(removed), "{name}");
    let edited = changed().filter(|it| it.is_changed()).map(|it| &it.id);
    assert_eq!(marked(Mark::Changed), sorted(edited.collect()), "{name}");
    let rewired = changed().filter(|it| it.is_rewired()).map(|it| &it.id);
    assert_eq!(marked(Mark::Rewired), sorted(rewired.collect()), "{name}");
    let renamed = diff.renamed.iter().map(|it| &it.new).collect();
    assert_eq!(marked(Mark::Renamed), sorted(renamed), "{name}");
    for action in changed() {
        let is_own = |it: &&picture::Block| {
            it.name == action.id.as_str() && !matches!(it.mark, Some(Mark::Added | Mark::Removed))
        };
        let block = scene
            .blocks
            .iter()
            .find(is_own)
            .expect("a changed action is a block");
        let n_rows = block.rows.iter().filter(|it| it.mark.is_some()).count();
        assert_eq!(n_rows, action.branches.len(), "{name}: {}", block.name);
        check_rows(scene, block, action, name);
    }
}

/// Rows lead, and led, where the changes of their block say.
fn check_rows(scene: &Scene, block: &picture::Block, action: &ActionDiff, name: &str) {
    let called = |target: &Target| match target {
        Target::Block(n) => {
            let block = &scene.blocks[*n];
            [Some(block.name.clone()), block.was.clone()]
        }
        Target::Missing(name) => [Some(name.clone()), None],
        Target::Hidden(name) => panic!("a way that differs leads to {name}, which is hidden"),
    };
    let mut rows: Vec<_> = block.rows.iter().filter(|it| it.mark.is_some()).collect();
    for change in &action.branches {
        let [old, new] = [&change.old, &change.new].map(|it| it.as_ref().map(ActionId::as_str));
        let is = |target: Option<&Target>, id: Option<&str>| match (target, id) {
            (Some(target), Some(id)) => called(target).iter().flatten().any(|it| it == id),
            (target, id) => target.is_none() && id.is_none(),
        };
        let fits = |row: &&picture::Row| match row.mark {
            Some(Mark::Removed) => new.is_none() && is(Some(&row.to), old),
            _ => is(Some(&row.to), new) && is(row.was.as_ref(), old),
        };
        let at = rows.iter().position(fits);
        rows.remove(at.unwrap_or_else(|| panic!("{name}: {change:?} in {:?}", block.rows)));
    }
}

fn sorted(ids: Vec<&ActionId>) -> Vec<&str> {
    let mut names: Vec<&str> = ids.into_iter().map(ActionId::as_str).collect();
    names.sort_unstable();
    names
}

/// Styles of links go by number: each has to be that of a link.
fn check_links(chart: &str, name: &str) {
    let arrows = ["-->", "-.->", "==>"];
    let is_link = |it: &&str| arrows.iter().any(|arrow| it.contains(arrow));
    let n_links = chart.lines().filter(is_link).count();
    assert!(n_links <= 500, "{name}");
    let mut styled = HashSet::new();
    for line in chart.lines() {
        let Some(rest) = line.trim_start().strip_prefix("linkStyle ") else {
            continue;
        };
        let numbers = rest.split(' ').next().expect("a style has numbers");
        for number in numbers.split(',') {
            let number: usize = number.parse().expect("a link has a number");
            assert!(number < n_links && styled.insert(number), "{name}: {line}");
        }
    }
    let nodes: Vec<&str> = chart
        .lines()
        .filter_map(|it| it.trim().split_once("[\""))
        .map(|it| it.0)
        .collect();
    let known: HashSet<&str> = nodes.iter().copied().chain(["entry"]).collect();
    assert_eq!(
        known.len(),
        nodes.len() + usize::from(!nodes.contains(&"entry")),
        "{name}"
    );
    for line in chart.lines().filter(is_link) {
        let ends = [
            line.split_whitespace().next(),
            line.split_whitespace().last(),
        ];
        for end in ends.into_iter().flatten() {
            assert!(known.contains(end) || end == "entry", "{name}: {line}");
        }
    }
}

fn check_page(page: &str, scene: &Scene, name: &str) {
    assert_eq!(page.matches("<script").count(), 1, "{name}");
    assert_eq!(page.matches("</script").count(), 1, "{name}");
    assert!(!page.contains("<img"), "{name}");
    let list = list_of(page);
    check_xml(&list, name);
    for svg in page.split("<svg ").skip(1) {
        let svg = svg.split_once("</svg>").expect("a picture ends").0;
        check_xml(&format!("<svg {svg}</svg>"), name);
    }
    let mut ids = HashSet::new();
    // Only attributes are quoted: texts have their quotes escaped.
    for id in page.split(" id=\"").skip(1) {
        let id = id.split('"').next().expect("an id ends");
        assert!(ids.insert(id), "{name}: {id} twice");
    }
    let mut listed: HashMap<&str, usize> = HashMap::new();
    for block in list.split("data-block=\"").skip(1) {
        let (id, rest) = block.split_once('"').expect("an id ends");
        if !rest.starts_with(" data-entry") {
            *listed.entry(id).or_default() += 1;
        }
    }
    for block in &scene.blocks {
        let n = listed.get(block.id.as_str()).copied().unwrap_or(0);
        assert_eq!(
            n,
            usize::from(block.mark.is_some()),
            "{name}: {}",
            block.name
        );
        for prefix in ["old-", "new-"] {
            assert!(
                ids.contains(format!("{prefix}{}", block.id).as_str()),
                "{name}: {}",
                block.name
            );
        }
    }
}

fn list_of(page: &str) -> String {
    let list = page.split_once("<ol>").expect("the page has a list").1;
    list.split_once("</ol>")
        .expect("the list ends")
        .0
        .to_owned()
}

#[test]
fn hostile_texts_stay_texts() {
    let old = awkward();
    let mut new = awkward();
    let first = &mut new.actions[0];
    let text = "</script><script>alert(1)</script><img src=x>\u{0}\u{202e}\"'`#;[]{}|%%title%%";
    first
        .parameters
        .insert("Text".to_owned(), Value::text(text));
    first
        .parameters
        .insert("]]>\"<b>".to_owned(), Value::text("</li></ol>\r\n\u{1b}"));
    first.transitions.errors[0].next = "</title>\" onload=\"x".into();
    let mut added = Action::new("\" onclick=\"alert(1)\n<!--", "</svg>");
    added.transitions.next = Some("\u{202e}gone".into());
    new.actions.push(added);
    new.extra.insert(
        "</script>\n%%script%%".to_owned(),
        Value::text("--> \"x\" click n0 href"),
    );
    let options = Options {
        title: "</title></svg><script>%%data%%\u{0}".to_owned(),
        versions: Some(("<old>".to_owned(), "%%\"new\"%%".to_owned())),
    };
    for (old, new) in [(&old, &new), (&new, &old)] {
        let diff = diff(old, new);
        check(old, new, &diff, "hostile");
        let scene = Scene::of_diff(old, new, &diff, &options);
        let svg = picture::svg::draw(&scene);
        check_xml(&svg, "hostile title");
        check_page(
            &picture::diff_html(old, new, &diff, &options),
            &scene,
            "hostile title",
        );
    }
}

#[test]
fn a_large_flow_is_charted_around_its_differences() {
    let old = wide(250);
    let mut new = wide(250);
    new.actions[100].parameters.insert(
        "ComparisonValue".to_owned(),
        Value::text("$.Attributes.other"),
    );
    let diff = diff(&old, &new);
    check(&old, &new, &diff, "one change in 250");
    let chart = picture::diff_mermaid(&old, &new, &diff, &options(), 50_000);
    let n_blocks = chart
        .lines()
        .filter(|it| it.contains(":::same") || it.contains(":::changed"))
        .count();
    assert!((2..20).contains(&n_blocks), "{chart}");
    assert!(chart.contains("unchanged"), "{chart}");
    let svg = picture::diff_svg(&old, &new, &diff, &options());
    let n_drawn = svg.matches("<g class=\"block ").count();
    assert!((2..20).contains(&n_drawn), "{n_drawn}");
    let note = format!("… {} unchanged blocks are not drawn", 250 - n_drawn);
    assert!(svg.contains(&note), "{note}");
}

#[test]
fn a_flow_imported_again_is_charted_around_what_differs_beside_names() {
    let old = wide(100);
    let mut new = wide(100);
    let name = |id: &ActionId| ActionId::new(format!("again {id}"));
    new.start = name(&new.start);
    for action in &mut new.actions {
        action.id = name(&action.id);
        for target in targets(action) {
            *target = name(target);
        }
    }
    let edited = &mut new.actions[50];
    edited.parameters.insert(
        "ComparisonValue".to_owned(),
        Value::text("$.Attributes.other"),
    );
    let diff = diff(&old, &new);
    assert_eq!(diff.renamed.len(), 100);
    check(&old, &new, &diff, "imported again");
    let chart = picture::diff_mermaid(&old, &new, &diff, &options(), 50_000);
    assert_eq!(chart.matches(":::changed").count(), 1, "{chart}");
    assert!(chart.matches(":::renamed").count() < 20, "{chart}");
    assert!(chart.contains("unchanged or renamed"), "{chart}");
}

#[test]
fn a_chart_stays_within_its_budget_and_says_what_it_leaves_out() {
    let (old, mut new) = (wide(250), wide(250));
    for action in &mut new.actions {
        action.parameters.insert(
            "ComparisonValue".to_owned(),
            Value::text("$.Attributes.other"),
        );
    }
    let diff = diff(&old, &new);
    for most in [50_000, 20_000, 5_000, 1_500] {
        let chart = picture::diff_mermaid(&old, &new, &diff, &options(), most);
        assert!(chart.len() <= most, "{} of {most}", chart.len());
        check_mermaid(&chart, "budget");
        check_links(&chart, "budget");
        let n_shown = chart.lines().filter(|it| it.contains(":::changed")).count();
        if n_shown < 250 {
            let note = format!("{} more that differ are not drawn", 250 - n_shown);
            assert!(chart.contains(&note), "{most}: {note}");
        }
    }
}

#[test]
fn a_new_flow_and_a_lost_one_are_drawn() {
    let flow = chat();
    let mut nothing = flow.clone();
    nothing.actions.clear();
    for (old, new) in [(&nothing, &flow), (&flow, &nothing), (&nothing, &nothing)] {
        check(old, new, &diff(old, new), "from nothing");
    }
}

/// A copy with an edit of each kind, at places that depend on the flow.
fn edited_copy(flow: &Flow) -> Flow {
    let mut new = flow.clone();
    let n = new.actions.len();
    if n == 0 {
        return new;
    }
    new.actions[n / 2]
        .parameters
        .insert("Text".to_owned(), Value::text("Something else"));
    let elsewhere = new.actions[n / 3].id.clone();
    if let Some(target) = targets(&mut new.actions[n / 4]).next() {
        *target = elsewhere.clone();
    }
    new.actions[n * 3 / 4].transitions.errors.pop();
    new.actions.remove(n * 2 / 3 % n);
    let mut added = Action::new("added by the test", "MessageParticipant");
    added.transitions.next = Some(elsewhere);
    new.actions.push(added);
    new
}

#[test]
fn edited_copies_of_real_flows_are_drawn() {
    for (file, old) in corpus::flows() {
        let new = edited_copy(&old);
        check(&old, &new, &diff(&old, &new), &file.name);
    }
}

#[test]
fn real_flows_that_have_nothing_in_common_are_drawn() {
    let flows = corpus::flows();
    for pair in flows.chunks_exact(2).step_by(4) {
        let [(file, old), (_, new)] = pair else {
            continue;
        };
        check(old, new, &diff(old, new), &file.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn any_two_versions_are_drawn(old in made::flow(), new in made::flow()) {
        check(&old, &new, &diff(&old, &new), "made up");
    }
}
