//! Which action is which: the cases in which identifiers and structure say different things.

use flow::diff::{FlowDiff, diff};
use flow::model::{Action, Condition, ErrorBranch, Flow};

/// A flow out of lines such as `greet say Hello there > bot ! end ? 1=sales`: identifier, type,
/// text, next action, where errors lead, conditions. It starts at the first line.
fn flow(lines: &str) -> Flow {
    let lines: Vec<&str> = lines
        .lines()
        .map(str::trim)
        .filter(|it| !it.is_empty())
        .collect();
    let mut flow = Flow::new(lines[0].split(' ').next().expect("an identifier"));
    flow.actions = lines.into_iter().map(action).collect();
    flow
}

fn action(line: &str) -> Action {
    let mut words = line.split(' ');
    let id = words.next().expect("an identifier");
    let kind = match words.next().expect("a type") {
        "say" => "MessageParticipant",
        "ask" => "GetParticipantInput",
        "wait" => "Wait",
        "call" => "InvokeLambdaFunction",
        "end" => "DisconnectParticipant",
        other => panic!("no type {other}"),
    };
    let mut action = Action::new(id, kind);
    let mut text = Vec::new();
    while let Some(word) = words.next() {
        match word {
            ">" => action.transitions.next = words.next().map(Into::into),
            "!" => {
                let error = "NoMatchingError".to_owned();
                let next = words.next().expect("a target").into();
                action.transitions.errors.push(ErrorBranch { error, next });
            }
            "?" => {
                let condition = words.next().expect("a condition");
                let (operand, next) = condition.split_once('=').expect("operand and target");
                action.transitions.conditions.push(Condition {
                    operator: "Equals".to_owned(),
                    operands: vec![operand.into()],
                    next: next.into(),
                });
            }
            word => text.push(word),
        }
    }
    if !text.is_empty() {
        action
            .parameters
            .insert("Text".to_owned(), text.join(" ").into());
    }
    action
}

/// The differences, one line each.
fn lines(diff: &FlowDiff) -> Vec<String> {
    let mut lines: Vec<String> = diff.added.iter().map(|it| format!("+ {}", it.id)).collect();
    lines.extend(diff.removed.iter().map(|it| format!("- {}", it.id)));
    lines.extend(
        diff.renamed
            .iter()
            .map(|it| format!("{} was {}", it.new, it.old)),
    );
    for action in &diff.changed {
        let id = &action.id;
        lines.extend(action.old_kind.iter().map(|_| format!("{id}: type")));
        lines.extend(
            action
                .parameters
                .iter()
                .map(|it| format!("{id}: {}", it.path)),
        );
        for branch in &action.branches {
            let end = |it: &Option<_>| it.as_ref().map_or("-".to_owned(), ToString::to_string);
            let (old, new) = (end(&branch.old), end(&branch.new));
            lines.push(format!("{id} on {}: {old} -> {new}", branch.branch));
        }
    }
    lines
}

#[track_caller]
fn expect(old: &str, new: &str, expected: &[&str]) {
    let (old, new) = (flow(old), flow(new));
    let found = diff(&old, &new);
    assert_eq!(lines(&found), expected);
    assert_eq!(
        diff(&new, &old).mirrored().renamed.len(),
        found.renamed.len()
    );
}

const MENU: &str = "
    greet say Hello and welcome to our shop > menu ! sorry
    menu ask For sales press one, for help press two ! sorry ? 1=sales ? 2=help
    sales call arn:sales > bye ! sorry
    help call arn:help > bye ! sorry
    bye say Thank you and goodbye > end ! end
    sorry say Something went wrong > end ! end
    end end";

#[test]
fn an_action_with_another_identifier_is_renamed() {
    expect(
        MENU,
        &MENU.replace("menu", "main_menu"),
        &["main_menu was menu"],
    );
    // What has nothing but its place is told by its place.
    expect(
        MENU,
        &MENU
            .replace("end", "hang_up")
            .replace("hang_up hang_up", "hang_up end"),
        &["hang_up was end"],
    );
}

#[test]
fn an_action_that_is_renamed_and_edited_is_both() {
    let new = MENU.replace(
        "greet say Hello and welcome to our shop",
        "welcome say Hello and welcome to our new shop",
    );
    expect(MENU, &new, &["welcome was greet", "welcome: Text"]);
    let new = MENU
        .replace("sorry", "failed")
        .replace("Something went wrong", "Please try again later");
    expect(MENU, &new, &["failed was sorry", "failed: Text"]);
}

#[test]
fn a_renamed_and_edited_row_of_actions_is_followed() {
    let new = "
        a say Hello and welcome to our big shop > b ! e
        b ask For sales press one, for all else press two ! e ? 1=c ? 2=d
        c call arn:sales > f ! e
        d call arn:help:live > f ! e
        f say Thank you very much and goodbye > g ! g
        e say Something went very wrong > g ! g
        g end";
    expect(
        MENU,
        new,
        &[
            "a was greet",
            "b was menu",
            "c was sales",
            "d was help",
            "f was bye",
            "e was sorry",
            "g was end",
            "a: Text",
            "b: Text",
            "d: Text",
            "f: Text",
            "e: Text",
        ],
    );
}

#[test]
fn an_identifier_that_stays_is_believed() {
    expect(
        MENU,
        &MENU.replace("bye say Thank you and goodbye", "bye wait"),
        &["bye: type", "bye: Text", "bye on next: end -> -"],
    );
    let new = MENU.replace("Thank you and goodbye", "Come again");
    expect(MENU, &new, &["bye: Text"]);
}

#[test]
fn texts_that_change_places_are_edits() {
    let new = MENU
        .replace("Thank you and goodbye", "X")
        .replace("Something went wrong", "Thank you and goodbye")
        .replace("say X", "say Something went wrong");
    expect(MENU, &new, &["bye: Text", "sorry: Text"]);
}

#[test]
fn identifiers_that_change_places_are_renames() {
    let new = MENU.replace("menu", "X").replace("sorry", "menu");
    let new = new.replace('X', "sorry");
    expect(MENU, &new, &["sorry was menu", "menu was sorry"]);
}

#[test]
fn numbers_that_moved_on_are_renames() {
    let old = "
        say-1 say Hello and welcome > say-2 ! end-1
        say-2 say Calls are recorded > say-3 ! end-2
        say-3 say Please hold the line > say-4 ! end-3
        say-4 say Goodbye for today > end-4 ! end-4
        end-1 end
        end-2 end
        end-3 end
        end-4 end";
    let new = "
        say-1 say Hello and welcome > say-2 ! end-1
        say-2 say It is a holiday > say-3 ! end-2
        say-3 say Calls are recorded > say-4 ! end-3
        say-4 say Please hold the line > say-5 ! end-4
        say-5 say Goodbye for today > end-5 ! end-5
        end-1 end
        end-2 end
        end-3 end
        end-4 end
        end-5 end";
    expect(
        old,
        new,
        &[
            "+ say-2",
            "+ end-2",
            "say-3 was say-2",
            "say-4 was say-3",
            "say-5 was say-4",
            "end-3 was end-2",
            "end-4 was end-3",
            "end-5 was end-4",
            "say-1 on next: say-2 -> say-2",
        ],
    );
}

#[test]
fn a_copy_does_not_take_the_identifier_of_what_was_edited() {
    let new = MENU.replace("Thank you and goodbye", "Thank you for calling and goodbye")
        + "\nlater say Thank you and goodbye > end ! end";
    expect(MENU, &new, &["+ later", "bye: Text"]);
}

#[test]
fn an_identifier_given_to_something_else_is_not_believed() {
    let new = MENU
        .replace("greet say", "hello say")
        .replace(
            "\n    menu",
            "\n    greet call arn:who > menu ! sorry\n    menu",
        )
        .replace("> menu ! sorry\n    greet", "> greet ! sorry\n    greet");
    expect(
        MENU,
        &new,
        &["+ greet", "hello was greet", "hello on next: menu -> greet"],
    );
}

#[test]
fn what_has_nothing_in_common_is_added_and_removed() {
    let new = MENU
        .replace(
            "bye say Thank you and goodbye > end ! end",
            "survey call arn:survey > end ! end",
        )
        .replace("> bye", "> survey");
    expect(
        MENU,
        &new,
        &[
            "+ survey",
            "- bye",
            "sales on next: bye -> survey",
            "help on next: bye -> survey",
        ],
    );
    // A prompt that goes in one place and one that comes in another are two prompts.
    let old = MENU.replace(
        "> menu ! sorry\n",
        "> notice ! sorry\n notice say Calls are recorded > menu ! sorry\n",
    );
    let new = MENU
        .replace("bye say", "stars say Please rate us > bye ! bye\n bye say")
        .replace("> bye ! sorry", "> stars ! sorry");
    let found = lines(&diff(&flow(&old), &flow(&new)));
    assert!(
        found.contains(&"+ stars".to_owned()) && found.contains(&"- notice".to_owned()),
        "{found:?}"
    );
}

#[test]
fn an_identifier_that_nobody_chose_is_always_believed() {
    let named = |bye: &str, sorry: &str| {
        let uuid = |n: u8| format!("0f0e0d0c-0b0a-4000-8000-00000000000{n}");
        let texts = MENU
            .replace("Thank you and goodbye", bye)
            .replace("Something went wrong", sorry);
        texts
            .replace("bye say", &format!("{} say", uuid(1)))
            .replace("> bye", &format!("> {}", uuid(1)))
            .replace("sorry", &uuid(2))
    };
    let old = named("Thank you and goodbye", "Something went wrong");
    let new = named("A text that is new", "Thank you and goodbye");
    let found = lines(&diff(&flow(&old), &flow(&new)));
    assert!(found.iter().all(|it| it.ends_with(": Text")), "{found:?}");
}

#[test]
fn a_flow_that_was_imported_again_and_edited_all_over_is_recognised() {
    let mut new = flow(
        &MENU
            .replace("greet", "a")
            .replace("menu", "b")
            .replace("sorry", "c"),
    );
    for action in &mut new.actions {
        action.parameters.insert("Note".to_owned(), "edited".into());
    }
    let found = diff(&flow(MENU), &new);
    assert_eq!(
        (found.added.len(), found.removed.len()),
        (0, 0),
        "{:?}",
        lines(&found)
    );
    assert_eq!(found.renamed.len(), 3);
}

#[test]
fn thousands_of_like_actions_are_compared_in_order() {
    let row = |prefix: &str, n: usize| {
        let mut flow = Flow::new(format!("{prefix} 0"));
        for it in 0..n {
            flow.actions
                .push(action(&format!("x say Again ! {prefix}_0")));
            let action = &mut flow.actions[it];
            action.id = format!("{prefix} {it}").into();
            action.transitions.next = Some(format!("{prefix} {}", it + 1).into());
            action.transitions.errors[0].next = format!("{prefix} {n}").into();
        }
        flow.actions.push(action("x end"));
        flow.actions[n].id = format!("{prefix} {n}").into();
        flow
    };
    let (old, new) = (row("a", 5000), row("b", 5000));
    let found = diff(&old, &new);
    assert_eq!((found.renamed.len(), found.changed.len()), (5001, 0));
    let found = diff(&row("a", 4000), &new);
    assert_eq!(found.renamed.len(), 4001);
    assert_eq!((found.added.len(), found.removed.len()), (1000, 0));
}

#[test]
fn thousands_of_actions_without_ways_or_names_of_their_own_are_compared() {
    let heap = |id: &dyn Fn(usize) -> String, n: usize| {
        let mut flow = Flow::new("nowhere");
        flow.actions = (0..n).map(|it| Action::new(id(it), "Wait")).collect();
        flow
    };
    let (old, new) = (
        heap(&|it| format!("a{it}"), 6000),
        heap(&|it| format!("b{it}"), 5000),
    );
    let found = diff(&old, &new);
    assert_eq!(found.removed.len() - found.added.len(), 1000);
    let same = heap(&|_| "same".to_owned(), 5000);
    assert!(diff(&same, &same).is_empty());
    assert_eq!(
        diff(&heap(&|_| "same".to_owned(), 6000), &same)
            .removed
            .len(),
        1000
    );
}
