//! Lines for a terminal: wrapped at blanks, in colours or without.

use anstyle::{AnsiColor, Style};

/// What a stretch of text means. Each has something beside its colour, or words that say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Bold,
    Faint,
    Added,
    Removed,
    Changed,
    Rewired,
    /// Words that are gone from a text.
    Struck,
    /// Words that are new in a text.
    Inserted,
    Attention,
}

impl Ink {
    fn style(self) -> Style {
        let in_colour = |colour: AnsiColor| colour.on_default();
        match self {
            Ink::Plain => Style::new(),
            Ink::Bold => Style::new().bold(),
            Ink::Faint => Style::new().dimmed(),
            Ink::Added => in_colour(AnsiColor::Green),
            Ink::Removed => in_colour(AnsiColor::Red),
            Ink::Changed => in_colour(AnsiColor::Yellow),
            Ink::Rewired => in_colour(AnsiColor::Cyan),
            Ink::Struck => in_colour(AnsiColor::Red).strikethrough(),
            Ink::Inserted => in_colour(AnsiColor::Green).underline(),
            Ink::Attention => in_colour(AnsiColor::Yellow).bold(),
        }
    }
}

/// Lines, one below the other.
pub(super) struct Page {
    text: String,
    colour: bool,
    width: usize,
}

/// A word with what stands in it; blanks are between words.
type Word = Vec<(Ink, String)>;

impl Page {
    pub(super) fn new(colour: bool, width: usize) -> Self {
        Self {
            text: String::new(),
            colour,
            width: width.max(40),
        }
    }

    pub(super) fn has_colour(&self) -> bool {
        self.colour
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    pub(super) fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A line, indented, and what does not fit into it below, indented by `hang`.
    pub(super) fn line(&mut self, indent: usize, hang: usize, stretches: &[(Ink, String)]) {
        let mut lines: Vec<Vec<(Ink, String)>> = vec![Vec::new()];
        let mut used = indent;
        for (blanks, word) in words(stretches) {
            let width: usize = word.iter().map(|(_, text)| columns(text)).sum();
            let is_start = lines.last().is_none_or(Vec::is_empty);
            let is_wide = used + blanks.1.len() + width > self.width;
            if !is_start && (is_wide || blanks.1.starts_with(BREAK)) {
                lines.push(Vec::new());
                used = hang;
            } else if !is_start {
                used += blanks.1.len();
                lines.last_mut().expect("there is one").push(blanks);
            }
            used += width;
            lines.last_mut().expect("there is one").extend(word);
        }
        for (n, line) in lines.iter().enumerate() {
            let indent = if n == 0 { indent } else { hang };
            self.write(indent, line);
        }
    }

    fn write(&mut self, indent: usize, line: &[(Ink, String)]) {
        if !line.is_empty() {
            self.text.push_str(&" ".repeat(indent));
        }
        let mut rest = line;
        while let Some((ink, _)) = rest.first() {
            let n = rest.iter().take_while(|it| it.0 == *ink).count();
            let (run, others) = rest.split_at(n);
            let run: String = run.iter().map(|it| it.1.as_str()).collect();
            rest = others;
            if self.colour && *ink != Ink::Plain {
                let style = ink.style();
                self.text.push_str(&format!("{style}{run}{style:#}"));
            } else {
                self.text.push_str(&run);
            }
        }
        self.text.push('\n');
    }
}

/// Among the blanks before a word: it starts a line, since the text has a line end before it.
const BREAK: char = '\n';

/// The words, each with the blanks before it. Stretches without a blank between them are one word.
fn words(stretches: &[(Ink, String)]) -> Vec<((Ink, String), Word)> {
    let mut words: Vec<((Ink, String), Word)> = Vec::new();
    let mut blanks = Some((Ink::Plain, String::new()));
    for (ink, text) in stretches {
        for part in split(text) {
            if part.starts_with(' ') {
                match &mut blanks {
                    Some((_, so_far)) => so_far.push_str(part),
                    None => blanks = Some((*ink, part.to_owned())),
                }
                continue;
            }
            let stretch = (*ink, part.to_owned());
            match (blanks.take(), words.last_mut()) {
                (Some(blanks), _) => words.push((blanks, vec![stretch])),
                (None, Some((_, word))) => word.push(stretch),
                (None, None) => words.push(((Ink::Plain, String::new()), vec![stretch])),
            }
            if part.ends_with('↵') {
                blanks = Some((Ink::Plain, BREAK.to_string()));
            }
        }
    }
    words
}

/// Runs of blanks, and runs of anything else; these end with a line of the text.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let is_blank = rest.starts_with(' ');
        if rest.is_empty() {
            return None;
        }
        let line_end = rest.find('↵').map_or(rest.len(), |it| it + '↵'.len_utf8());
        let end = rest.find(|c| (c == ' ') != is_blank).unwrap_or(rest.len());
        let end = if is_blank { end } else { end.min(line_end) };
        let (part, others) = rest.split_at(end);
        rest = others;
        Some(part)
    })
}

/// How many columns a text takes, nearly: wide characters take two.
fn columns(text: &str) -> usize {
    let width = |c| match c {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' => 2,
        '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}' => 2,
        '\u{1f300}'..='\u{1faff}' => 2,
        _ => 1,
    };
    text.chars().map(width).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(colour: bool, stretches: &[(Ink, &str)]) -> String {
        let mut page = Page::new(colour, 40);
        let stretches = stretches
            .iter()
            .map(|(ink, text)| (*ink, (*text).to_owned()));
        page.line(2, 4, &stretches.collect::<Vec<_>>());
        page.finish()
    }

    #[test]
    fn lines_are_wrapped_at_blanks_and_end_without_one() {
        let text = "one two three four five six seven eight nine ten ";
        assert_eq!(
            lines(false, &[(Ink::Plain, text)]),
            "  one two three four five six seven\n    eight nine ten\n"
        );
    }

    #[test]
    fn a_word_of_several_stretches_stays_together() {
        let stretches = [
            (Ink::Plain, "a sentence that is nearly as wide "),
            (Ink::Struck, "[-as-]"),
            (Ink::Inserted, "{+like+}"),
        ];
        assert_eq!(
            lines(false, &stretches),
            "  a sentence that is nearly as wide\n    [-as-]{+like+}\n"
        );
    }

    #[test]
    fn a_line_of_the_text_ends_a_line() {
        assert_eq!(
            lines(false, &[(Ink::Plain, "one↵two↵  three")]),
            "  one↵\n    two↵\n    three\n"
        );
    }

    #[test]
    fn colours_end_with_the_line() {
        let text = "green words that are wider than the page is";
        for line in lines(true, &[(Ink::Added, text)]).lines() {
            assert!(line.trim_start().starts_with("\u{1b}[32m"), "{line:?}");
            assert!(line.ends_with("\u{1b}[0m"), "{line:?}");
        }
    }

    #[test]
    fn a_word_wider_than_the_page_is_not_torn() {
        let word = "x".repeat(60);
        assert_eq!(lines(false, &[(Ink::Plain, &word)]), format!("  {word}\n"));
    }
}
