//! Near names for what somebody may have meant.

/// The known name nearest to a wrong one, if it is near enough to be what was meant.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Comparing costs time with the square of the length, and no real name is longer.
    if wrong.len() > 200 {
        return None;
    }
    let n_chars = wrong.chars().count();
    let allowed = (n_chars / 3).clamp(1, 3);
    let wrong = wrong.to_lowercase();
    let length = wrong.chars().count();
    known
        .into_iter()
        .filter_map(|name| {
            let lower = name.to_lowercase();
            // Each slip makes a name longer or shorter by one at most.
            let may_be_near = length.abs_diff(lower.chars().count()) <= allowed;
            may_be_near.then(|| (strsim::damerau_levenshtein(&wrong, &lower), name))
        })
        // Of two single letters neither was meant for the other.
        .filter(|(distance, _)| *distance <= allowed && *distance < n_chars)
        .min()
        .map(|(_, name)| name)
}

/// Whether the nearest known name is one slip away, or two in a long word, and no other is as near.
pub(crate) fn is_only_near<'a>(
    wrong: &str,
    nearest: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> bool {
    let distance = |name: &str| strsim::damerau_levenshtein(wrong, name);
    let allowed = if nearest.len() < 6 { 1 } else { 2 };
    let least = distance(nearest);
    let mut others = known.into_iter().filter(|name| *name != nearest);
    least <= allowed && !others.any(|name| distance(name) <= least)
}

/// `a`, `b` and `c`, for help texts.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_finds_the_name_and_another_word_does_not() {
        let known = ["ask_language", "goodbye", "to_person"];
        assert_eq!(nearest("ask_langauge", known), Some("ask_language"));
        assert_eq!(nearest("Goodbye", known), Some("goodbye"));
        assert_eq!(nearest("transfer", known), None);
        assert_eq!(nearest("x", known), None);
        assert_eq!(nearest("x", ["a"]), None);
        assert_eq!(nearest("X", ["x"]), Some("x"));
    }

    #[test]
    fn a_slip_is_certain_only_where_no_other_name_is_about_as_near() {
        let known = ["next", "on", "when"];
        assert!(is_only_near("nxt", "next", known));
        assert!(!is_only_near("o", "on", ["on", "of"]));
        assert!(!is_only_near("xlaevte", "leave", ["leave"]));
    }

    #[test]
    fn names_are_listed_with_an_and_before_the_last() {
        assert_eq!(listed([]), "");
        assert_eq!(listed(["a"]), "`a`");
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
