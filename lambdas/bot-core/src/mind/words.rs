//! Words as the rules compare them: one spelling for everything that looks the same to a reader.

use icu_normalizer::ComposingNormalizer;

/// The words of a text, in compatibility-composed form and lower case, without punctuation.
///
/// Apostrophes vanish (`don't` and `dont` are the same). A letter of a script written without spaces is a word of
/// its own, so that a phrase is found inside a sentence there as well.
pub(super) fn words(text: &str) -> Vec<String> {
    let normalizer = ComposingNormalizer::new_nfkc();
    // Lower case may decompose a letter (İ), so what it gives is composed again.
    let lower = normalizer.normalize(text).to_lowercase();
    let text = normalizer.normalize(&lower);
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for character in text.chars() {
        if matches!(character, '\'' | '’' | '‘' | 'ʼ') {
            continue;
        }
        if is_unspaced(character) {
            words.push(character.to_string());
            open = false;
        } else if character.is_alphanumeric() || is_mark(character) {
            // A sharp s has a lower case of its own, yet is written `ss` as often.
            let spelled = if character == 'ß' {
                "ss".to_owned()
            } else {
                character.to_string()
            };
            match words.last_mut().filter(|_| open) {
                Some(word) => word.push_str(&spelled),
                None => words.push(spelled),
            }
            open = true;
        } else {
            open = false;
        }
    }
    words
}

/// Marks that no composed letter exists for stay with their letter.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{0300}'..='\u{036f}' | '\u{0900}'..='\u{0903}' | '\u{093a}'..='\u{094f}')
}

fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{0e00}'..='\u{0eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{2fa1f}')
        && character.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn what_looks_the_same_has_the_same_words() {
        let cases = [
            ("I want a PERSON!", "i want a person"),
            ("  opening-hours?? ", "opening hours"),
            ("don't, don’t dont", "dont dont dont"),
            ("Straße STRASSE", "strasse strasse"),
            ("cafe\u{301} café CAFÉ", "café café café"),
            ("ＦＵＬＬ ｗｉｄｔｈ", "full width"),
            ("İstanbul", "i\u{307}stanbul"),
            ("人間と話す ok", "人 間 と 話 す ok"),
            ("order #4711", "order 4711"),
            ("🙂 ... !!", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text).join(" "), expected, "{text:?}");
        }
    }
}
