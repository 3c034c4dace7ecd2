//! The catalogue as a page for readers: `docs/actions.md` is this text.

use std::fmt::{self, Write as _};

use super::{
    Channels, Conditions, Confidence, Entry, ErrorFact, Family, FlowTypes, InModule, Mode, Next,
    Parameter, ParameterKind, Support, When, entries,
};
use crate::model::FlowType;

const HEAD: &str = "# Action types

Every action type of the Flow language (2019-10-30) that is known here, written from `xtask/crates/flow/src/catalogue.json` by `cargo xtask docs`.
Types and parameters that are not on this page are kept as they are, with a warning.

- **Parameters**: *static* takes a literal only, *reference* one JSONPath only, *literal or reference* either as a whole, *text* a literal in which JSONPaths may stand. A name with a dot lies inside the parameter before it, in each item if that is a list.
- **Errors** and **conditions** in bold are mandatory: the service refuses the action without them.
- **Next** is `NextAction`. Where it is never followed the language still demands it.
- A type marked *low confidence* is known from secondary sources only; parameters and errors that are not listed are not refused there.
- All flow types means all but campaigns.
";

/// The page.
pub fn reference_page() -> String {
    let mut page = String::from(HEAD);
    write(&mut page).expect("writing to a string does not fail");
    page
}

fn write(page: &mut String) -> fmt::Result {
    for family in Family::ALL {
        let of_family = || entries().filter(move |it| it.family == family);
        writeln!(page, "\n## {}\n", heading(family))?;
        writeln!(
            page,
            "| type | block | next | errors | conditions | channels | flow types |"
        )?;
        writeln!(page, "|---|---|---|---|---|---|---|")?;
        for entry in of_family() {
            write_row(page, entry)?;
        }
        for entry in of_family().filter(|it| !it.parameters.is_empty()) {
            write_parameters(page, entry)?;
        }
    }
    Ok(())
}

fn heading(family: Family) -> &'static str {
    match family {
        Family::Interact => "Interact",
        Family::Check => "Check and branch",
        Family::Set => "Set",
        Family::Integrate => "Integrate",
        Family::End => "Transfer and end",
    }
}

fn write_row(page: &mut String, entry: &Entry) -> fmt::Result {
    let low = match entry.confidence {
        Confidence::High => "",
        Confidence::Low => " (low confidence)",
    };
    let errors: Vec<String> = entry.errors.iter().map(error).collect();
    writeln!(
        page,
        "| `{}`{low} | {} | {} | {} | {} | {} | {} |",
        entry.kind,
        blocks(entry),
        next(entry.next),
        or_dash(errors.join(", ")),
        entry.conditions.as_ref().map_or("–".to_owned(), conditions),
        channels(&entry.channels),
        places(entry),
    )
}

fn or_dash(text: String) -> String {
    if text.is_empty() {
        "–".to_owned()
    } else {
        text
    }
}

fn blocks(entry: &Entry) -> String {
    let mut names = vec![entry.block.as_str()];
    for name in &entry.block_when {
        if !names.contains(&name.block.as_str()) {
            names.push(&name.block);
        }
    }
    names.join(" / ")
}

fn next(next: Next) -> &'static str {
    match next {
        Next::Required => "required",
        Next::NeverFollowed => "required, never followed",
        Next::Optional => "optional",
        Next::None => "ends the flow",
    }
}

fn error(fact: &ErrorFact) -> String {
    let name = &fact.name;
    match &fact.mandatory_when {
        _ if fact.mandatory => format!("**{name}**"),
        Some(when) if fact.refused_otherwise => {
            format!("**{name}** if {}, else refused", holds(when))
        }
        Some(when) => format!("**{name}** if {}", holds(when)),
        None => name.clone(),
    }
}

fn holds(when: &When) -> String {
    match &when.is {
        Some(text) => format!("`{}` is `{text}`", when.parameter),
        None => format!("`{}` is there", when.parameter),
    }
}

fn conditions(facts: &Conditions) -> String {
    let mut parts = vec![code(&facts.operators)];
    let operands = facts
        .operands
        .iter()
        .map(|it| match facts.mandatory.contains(it) {
            true => format!("**{it}**"),
            false => it.clone(),
        });
    let operands: Vec<String> = operands.collect();
    if !operands.is_empty() {
        parts.push(format!("with {}", operands.join(", ")));
    }
    match (facts.min.filter(|it| *it > 0), facts.max) {
        (Some(min), Some(max)) if min == max => parts.push(format!("{min} of them")),
        (Some(min), Some(max)) => parts.push(format!("{min} to {max} of them")),
        (Some(min), None) => parts.push(format!("at least {min}")),
        (None, Some(max)) => parts.push(format!("at most {max}")),
        (None, None) => {}
    }
    if let Some(name) = &facts.one_for_each {
        parts.push(format!("one for each of `{name}`"));
    }
    if let Some(rule) = &facts.mandatory_when {
        let operands = rule.operands.join(", ");
        parts.push(format!("**{operands}** if `{}` is there", rule.parameter));
    }
    if let Some(rule) = &facts.by_parameter {
        parts.push(format!("all that belong to the `{}`", rule.parameter));
    }
    if let Some(when) = &facts.when {
        parts.push(format!("only if {}", holds(when)));
    }
    parts.join("; ")
}

fn code(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
    names.join(", ")
}

fn channels(channels: &Channels) -> String {
    let all = [
        ("voice", channels.voice),
        ("chat", channels.chat),
        ("task", channels.task),
        ("email", channels.email),
    ];
    if all.iter().all(|(_, support)| *support == Support::Yes) {
        return "all".to_owned();
    }
    let named = all.iter().filter_map(|(name, support)| match support {
        Support::Yes => Some((*name).to_owned()),
        Support::Partial => Some(format!("{name} in part")),
        Support::Unknown => Some(format!("{name}?")),
        Support::No => None,
    });
    or_dash(named.collect::<Vec<_>>().join(", "))
}

fn places(entry: &Entry) -> String {
    let name = |text: &str| FlowType::parse(text).map(|it| it.as_str().to_lowercase());
    let mut places: Vec<String> = match &entry.flow_types {
        FlowTypes::All => vec!["all".to_owned()],
        FlowTypes::Only(types) => types.iter().filter_map(|it| name(it)).collect(),
    };
    match entry.module {
        InModule::Yes => places.push("modules".to_owned()),
        InModule::Only => places.push("modules only".to_owned()),
        InModule::Unknown => places.push("modules?".to_owned()),
        InModule::No => {}
    }
    let refused: Vec<String> = entry.refused.iter().filter_map(|it| name(it)).collect();
    if !refused.is_empty() {
        places.push(format!("seen refused in {}", refused.join(", ")));
    }
    places.join(", ")
}

fn write_parameters(page: &mut String, entry: &Entry) -> fmt::Result {
    writeln!(page, "\n### {}\n", entry.kind)?;
    writeln!(page, "| parameter | type | takes | limits |")?;
    writeln!(page, "|---|---|---|---|")?;
    for parameter in &entry.parameters {
        let name = &parameter.name;
        let name = if parameter.required {
            format!("**`{name}`**")
        } else {
            format!("`{name}`")
        };
        let (kind, mode) = (kind(parameter.kind), mode(parameter.mode));
        writeln!(
            page,
            "| {name} | {kind} | {mode} | {} |",
            or_dash(limits(parameter))
        )?;
    }
    let rules = rules(entry);
    if !rules.is_empty() {
        writeln!(page, "\n{}.", rules.join("; "))?;
    }
    Ok(())
}

fn kind(kind: ParameterKind) -> &'static str {
    match kind {
        ParameterKind::String => "text",
        ParameterKind::Enum => "one of a few",
        ParameterKind::Integer => "number, written as text",
        ParameterKind::Boolean => "boolean, written as text",
        ParameterKind::List => "list",
        ParameterKind::Map => "map",
        ParameterKind::Object => "object",
    }
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Static => "static",
        Mode::Path => "reference",
        Mode::Either => "literal or reference",
        Mode::Text => "text",
    }
}

fn limits(parameter: &Parameter) -> String {
    let mut limits = Vec::new();
    if !parameter.values.is_empty() {
        limits.push(code(&parameter.values));
    }
    let counts = matches!(parameter.kind, ParameterKind::List | ParameterKind::Map);
    let what = if counts { " entries" } else { "" };
    match parameter.range {
        Some((min, i64::MAX)) => limits.push(format!("at least {min}{what}")),
        Some((0, max)) if counts => limits.push(format!("at most {max}{what}")),
        Some((min, max)) if min == max => limits.push(format!("exactly {min}{what}")),
        Some((min, max)) => limits.push(format!("{min} to {max}{what}")),
        None => {}
    }
    if let Some(when) = &parameter.range_unless {
        limits.push(format!("not known if {}", holds(when)));
    }
    if let Some(max) = parameter.max_chars {
        limits.push(format!("{max} characters"));
    }
    if parameter.takes_numbers {
        limits.push("a JSON number is taken as well".to_owned());
    }
    if let Some(absent) = &parameter.same_as_absent {
        let absent = absent.as_str().unwrap_or("{}").to_owned();
        limits.push(format!("{} is the same as nothing", code(&[absent])));
    }
    limits.join("; ")
}

/// What holds between parameters, a sentence each without its full stop.
fn rules(entry: &Entry) -> Vec<String> {
    let groups = [
        ("Exactly one of", &entry.exactly_one_of),
        ("At most one of", &entry.at_most_one_of),
        ("At least one of", &entry.at_least_one_of),
        ("All or none of", &entry.together),
    ];
    let rule = |(words, groups): (&'static str, &Vec<Vec<String>>)| {
        let rules = groups
            .iter()
            .map(move |group| format!("{words} {}", code(group)));
        rules.collect::<Vec<_>>()
    };
    let mut rules: Vec<String> = groups.into_iter().flat_map(rule).collect();
    if entry.more_parameters {
        rules.push("The designer shows more, which nobody has seen written".to_owned());
    }
    rules
}
