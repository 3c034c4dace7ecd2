//! Times as people say them.

/// Seconds in words: `1 minute 30 seconds` for 90.
pub fn in_words(seconds: u64) -> String {
    let units = [
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, unit) in units {
        let n = rest / size;
        rest %= size;
        if n > 0 {
            parts.push(format!("{n} {unit}{}", if n == 1 { "" } else { "s" }));
        }
    }
    if parts.is_empty() {
        return "0 seconds".to_owned();
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn only_the_units_that_count_are_named() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (90, "1 minute 30 seconds"),
            (7_200, "2 hours"),
            (604_801, "7 days 1 second"),
        ] {
            assert_eq!(in_words(seconds), words);
        }
    }
}
