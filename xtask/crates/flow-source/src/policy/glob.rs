//! Path patterns: `*` and `?` within a part of a path, `**` over any number of parts.

/// Whether a path with slashes matches a pattern.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.trim_start_matches("./").split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    parts_match(&pattern, &path)
}

/// By a table, so that no pattern takes longer than the product of the lengths.
fn parts_match(pattern: &[&str], path: &[&str]) -> bool {
    table(
        pattern,
        path,
        |it| *it == "**",
        |pattern, part| part_matches(pattern, part),
    )
}

fn part_matches(pattern: &str, part: &str) -> bool {
    let (pattern, part): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), part.chars().collect());
    table(
        &pattern,
        &part,
        |it| *it == '*',
        |pattern, c| *pattern == '?' || pattern == c,
    )
}

/// Whether a sequence matches a pattern in which some items stand for any number of others.
fn table<P, T>(
    pattern: &[P],
    items: &[T],
    is_any: impl Fn(&P) -> bool,
    is_one: impl Fn(&P, &T) -> bool,
) -> bool {
    // Which of the first items the pattern so far can stand for.
    let mut reached = vec![false; items.len() + 1];
    reached[0] = true;
    for wanted in pattern {
        let mut next = vec![false; items.len() + 1];
        if is_any(wanted) {
            let mut is_open = false;
            for (n, is_reached) in reached.iter().enumerate() {
                is_open |= is_reached;
                next[n] = is_open;
            }
        } else {
            for (n, item) in items.iter().enumerate() {
                next[n + 1] = reached[n] && is_one(wanted, item);
            }
        }
        reached = next;
    }
    reached[items.len()]
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_match_within_a_part_and_two_over_parts() {
        for (pattern, path, expected) in [
            ("flows/a.yaml", "flows/a.yaml", true),
            ("./flows/a.yaml", "flows/a.yaml", true),
            ("flows/*.yaml", "flows/a.yaml", true),
            ("flows/*.yaml", "flows/old/a.yaml", false),
            ("flows/**", "flows/old/a.yaml", true),
            ("**/a.yaml", "a.yaml", true),
            ("**/old/**/*.yaml", "x/old/a.yaml", true),
            ("flows/?.yaml", "flows/ab.yaml", false),
            ("**", "", true),
            ("", "a", false),
            ("*a*a*a*", "bababa", true),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }
}
