//! Names from what people wrote: words of texts, in lower case and with dashes or underscores
//! between them.

/// Words of little meaning, left out of names that are made of a sentence.
const FILLERS: [&str; 27] = [
    "a", "an", "and", "are", "at", "be", "for", "from", "in", "is", "it", "of", "on", "or", "our",
    "please", "that", "the", "this", "to", "us", "we", "will", "with", "you", "your", "i",
];

/// The words of a text: letters and digits; `RulesEngine2` has two.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = text.chars().collect();
    for (n, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            // An apostrophe is part of its word.
            if !matches!(c, '\'' | '’') {
                take(&mut word, &mut words);
            }
            continue;
        }
        let before = n.checked_sub(1).and_then(|n| chars.get(n));
        let after = chars.get(n + 1);
        let is_hump = c.is_uppercase()
            && before.is_some_and(|it| it.is_lowercase() || it.is_ascii_digit())
            || c.is_uppercase()
                && before.is_some_and(|it| it.is_uppercase())
                && after.is_some_and(|it| it.is_lowercase());
        if is_hump {
            take(&mut word, &mut words);
        }
        word.extend(c.to_lowercase().filter(|it| it.is_alphanumeric()));
    }
    take(&mut word, &mut words);
    words
}

fn take(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

/// A name of ASCII letters, digits and dashes; empty if the text has none.
pub(super) fn ascii_slug(text: &str) -> String {
    let words = words(text).into_iter().map(|word| {
        let ascii: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
        ascii
    });
    let mut slug = String::new();
    for word in words.filter(|it| !it.is_empty()) {
        if !slug.is_empty() && slug.len() + word.len() >= 60 {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(&word.chars().take(60).collect::<String>());
    }
    slug
}

/// A few telling words of a sentence for the name of an action; markup is none of them.
pub(super) fn gist(text: &str) -> Vec<String> {
    let plain = without_markup(text);
    let all = words(&plain);
    let telling: Vec<String> = all
        .iter()
        .filter(|it| !FILLERS.contains(&it.as_str()))
        .cloned()
        .collect();
    let words = if telling.is_empty() { all } else { telling };
    words.into_iter().take(4).collect()
}

fn without_markup(text: &str) -> String {
    let mut out = String::new();
    let mut is_tag = false;
    for c in text.chars() {
        match c {
            '<' => is_tag = true,
            '>' => {
                is_tag = false;
                out.push(' ');
            }
            c if !is_tag => out.push(c),
            _ => {}
        }
    }
    out
}

/// The last word of a JSONPath or of another dotted name.
pub(super) fn last_part(path: &str) -> &str {
    let end = path.trim_end_matches([']', '\'', '"']);
    end.rsplit(['.', '[', '\'', '"', '/'])
        .next()
        .unwrap_or(path)
}

/// Words with underscores between them, no longer than the service takes and short enough to read.
pub(super) fn joined(words: impl IntoIterator<Item = String>) -> String {
    let mut name = String::new();
    for word in words {
        // Words of scripts without blanks are whole sentences.
        let limit = if word.is_ascii() { 24 } else { 12 };
        let word: String = word.chars().take(limit).collect();
        let length = name.chars().count() + 1 + word.chars().count();
        if !name.is_empty() && (length > 36 || !name.is_ascii()) {
            break;
        }
        if !name.is_empty() {
            name.push('_');
        }
        name.push_str(&word);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_at_humps_and_signs() {
        for (text, expected) in [
            ("RulesEngineMain", "rules engine main"),
            ("IVRMain", "ivr main"),
            ("main_ivr-2", "main ivr 2"),
            ("customer's name", "customers name"),
            ("ボット Chat", "ボット chat"),
            ("", ""),
        ] {
            assert_eq!(words(text).join(" "), expected);
        }
    }

    #[test]
    fn a_gist_has_no_markup_and_no_fillers() {
        let text = "<speak>Thank you for <break time='1s'/>calling the office of Acme</speak>";
        assert_eq!(joined(gist(text)), "thank_calling_office_acme");
        assert_eq!(joined(gist("It is on")), "it_is_on");
    }

    #[test]
    fn the_last_part_of_a_path_is_its_name() {
        for (path, expected) in [
            ("$.Attributes.bot_outcome", "bot_outcome"),
            ("$.Attributes['a b']", "a b"),
            ("$.Channel", "Channel"),
        ] {
            assert_eq!(last_part(path), expected);
        }
    }
}
