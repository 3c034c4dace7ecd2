//! Durations as authors write them: `30s`, `15m`, `1h30m`, `7d`.

/// The seconds of a duration; nothing if the text is none.
pub(crate) fn seconds(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut rest = text.trim();
    let mut last_unit = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let (unit, after) = unit(&rest[digits..])?;
        // Greater units come first, each once: `1h30m` and not `30m1h`.
        if unit >= last_unit {
            return None;
        }
        last_unit = unit;
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = after;
    }
    (last_unit != u64::MAX).then_some(total)
}

fn unit(text: &str) -> Option<(u64, &str)> {
    [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)]
        .into_iter()
        .find_map(|(letter, seconds)| Some((seconds, text.strip_prefix(letter)?)))
}

/// The duration that another spelling can only mean: `15 min`, `1 Hour 30 Minutes`.
pub(crate) fn respelt(text: &str) -> Option<String> {
    const UNITS: [(char, &[&str]); 4] = [
        ('d', &["d", "day", "days"]),
        ('h', &["h", "hr", "hrs", "hour", "hours"]),
        ('m', &["m", "min", "mins", "minute", "minutes"]),
        ('s', &["s", "sec", "secs", "second", "seconds"]),
    ];
    let mut out = String::new();
    let lower = text.to_lowercase();
    let mut rest = lower.trim();
    while !rest.is_empty() {
        let word = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let (number, word) = (&rest[..rest.len() - word.len()], word.trim_start());
        let after = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let unit = &word[..word.len() - after.len()];
        let (letter, _) = UNITS.iter().find(|(_, words)| words.contains(&unit))?;
        out.push_str(number);
        out.push(*letter);
        rest = after.trim_start();
    }
    (out != text && seconds(&out).is_some()).then_some(out)
}

/// A number of seconds as an author would write it.
pub fn text(seconds: u64) -> String {
    let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')];
    let mut rest = seconds;
    let mut text = String::new();
    for (unit, letter) in units {
        if rest >= unit {
            text.push_str(&format!("{}{letter}", rest / unit));
            rest %= unit;
        }
    }
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_spellings_are_understood_where_they_are_certain() {
        for (written, expected) in [
            ("15 min", Some("15m")),
            ("1 Hour 30 minutes", Some("1h30m")),
            ("90S", Some("90s")),
            ("2 days", Some("2d")),
            ("90", None),
            ("15m", None),
            ("soon", None),
            ("min", None),
            ("5 min 1 hour", None),
            ("1.5 h", None),
        ] {
            assert_eq!(respelt(written).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn durations_are_numbers_with_units() {
        for (written, expected) in [
            ("30s", Some(30)),
            ("15m", Some(900)),
            ("1h30m", Some(5_400)),
            ("7d", Some(604_800)),
            (" 2m ", Some(120)),
            ("0s", Some(0)),
            ("", None),
            ("15", None),
            ("m", None),
            ("15 m", None),
            ("30m1h", None),
            ("1m1m", None),
            ("-1m", None),
            ("1.5h", None),
            ("99999999999999999999s", None),
            ("9999999999999999999d", None),
        ] {
            assert_eq!(seconds(written), expected, "{written}");
        }
    }

    #[test]
    fn seconds_are_written_in_the_greatest_units() {
        for written in ["0s", "30s", "15m", "1h30m", "7d", "1d1s"] {
            assert_eq!(text(seconds(written).expect("a duration")), written);
        }
    }
}
