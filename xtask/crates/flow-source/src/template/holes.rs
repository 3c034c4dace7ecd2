//! What is filled into templates before anything is rendered: parameters of fragments and items of
//! lists.
//!
//! A value comes in as a template of its own or as a value of an expression, so that no text can
//! change what a template does.

use std::ops::Range;

use minijinja::machinery::{Token, tokenize};

use super::{MAX_TOKENS, range, syntax};

/// A use of a name that is filled in: `params.question`, `item.name`, `item`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    pub(crate) root: String,
    /// The names behind the first one, with their places.
    pub(crate) path: Vec<(String, Range<usize>)>,
    /// From the first name to the last.
    pub(crate) range: Range<usize>,
    pub(crate) stands: Stands,
}

/// How a hole stands in its template.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stands {
    /// The whole template is `{{ params.x }}`.
    Alone,
    /// In `{{ params.x }}`, which has this range, with a text around it.
    InText(Range<usize>),
    InExpression,
}

type Tokens<'a> = Vec<(Token<'a>, Range<usize>)>;

/// The holes of a template, in order. A template that cannot be read has none: it is reported
/// where it is used.
pub(crate) fn holes(source: &str, is_root: impl Fn(&str) -> bool) -> Vec<Hole> {
    let Some(tokens) = tokens(source) else {
        return Vec::new();
    };
    let mut holes = Vec::new();
    let mut n = 0;
    while let Some((token, place)) = tokens.get(n) {
        let (first, start) = (n, place.start);
        n += 1;
        let Token::Ident(root) = token else {
            continue;
        };
        if !is_root(root) || !is_value(&tokens, first) {
            continue;
        }
        let mut end = place.end;
        let mut path = Vec::new();
        while let Some((name, place, width)) = attribute(&tokens[n..]) {
            end = tokens[n + width - 1].1.end;
            path.push((name, place));
            n += width;
        }
        holes.push(Hole {
            root: (*root).to_owned(),
            path,
            range: start..end,
            stands: stands(source, &tokens, first, n),
        });
    }
    holes
}

/// Whether any of the names is used in a template.
pub(crate) fn mentions(source: &str, name: &str) -> bool {
    super::is_template(source) && !holes(source, |it| it == name).is_empty()
}

/// A template as an expression, to stand inside another one; nothing if it has statements.
pub(crate) fn as_expression(source: &str) -> Option<String> {
    let tokens = tokens(source)?;
    let mut parts = Vec::new();
    let mut start = None;
    for (token, place) in &tokens {
        match token {
            Token::TemplateData(text) => parts.push(quoted(text)),
            Token::VariableStart => start = Some(place.end),
            Token::VariableEnd => {
                let inside = source.get(start.take()?..place.start)?;
                parts.push(format!("({})", inside.trim()));
            }
            Token::BlockStart => return None,
            _ => {}
        }
    }
    match parts.as_slice() {
        [] => Some(quoted("")),
        [only] => Some(only.clone()),
        // Joined, a text comes out even of numbers.
        _ => Some(format!("({})", parts.join(" ~ "))),
    }
}

/// A text as a string of the template language.
pub(crate) fn quoted(text: &str) -> String {
    // The escapes of JSON are among those that minijinja reads.
    serde_json::Value::from(text).to_string()
}

fn tokens(source: &str) -> Option<Tokens<'_>> {
    let mut tokens = Tokens::new();
    for token in tokenize(source, false, syntax()) {
        let (token, span) = token.ok()?;
        if tokens.len() == MAX_TOKENS {
            return None;
        }
        tokens.push((token, range(span)));
    }
    Some(tokens)
}

/// Whether a name is a value: no attribute, filter, test or argument's name.
fn is_value(tokens: &Tokens<'_>, n: usize) -> bool {
    let before = |back: usize| n.checked_sub(back).and_then(|n| tokens.get(n));
    let is_word = |back: usize, word: &str| matches!(before(back), Some((Token::Ident(it), _)) if *it == word);
    let is_test = is_word(1, "is") || is_word(1, "not") && is_word(2, "is");
    let is_part = matches!(before(1), Some((Token::Dot | Token::Pipe, _)));
    let is_argument = matches!(tokens.get(n + 1), Some((Token::Assign, _)));
    !is_test && !is_part && !is_argument
}

/// `.name` or `['name']`, and how many tokens it takes.
fn attribute(tokens: &[(Token<'_>, Range<usize>)]) -> Option<(String, Range<usize>, usize)> {
    match tokens {
        [(Token::Dot, _), (Token::Ident(name), place), ..] => {
            Some(((*name).to_owned(), place.clone(), 2))
        }
        [
            (Token::BracketOpen, _),
            (Token::Str(name), place),
            (Token::BracketClose, _),
            ..,
        ] => Some(((*name).to_owned(), place.clone(), 3)),
        _ => None,
    }
}

fn stands(source: &str, tokens: &Tokens<'_>, first: usize, after: usize) -> Stands {
    let before = first.checked_sub(1).and_then(|n| tokens.get(n));
    let (Some((Token::VariableStart, start)), Some((Token::VariableEnd, end))) =
        (before, tokens.get(after))
    else {
        return Stands::InExpression;
    };
    let whole = start.start..end.end;
    if whole == (0..source.len()) {
        Stands::Alone
    } else if start.len() == 2 && end.len() == 2 {
        Stands::InText(whole)
    } else {
        // With `{{-` or `-}}` the template trims what is around it.
        Stands::InExpression
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<(&str, Stands)> {
        let holes = holes(source, |name| name == "params" || name == "item");
        let shown = |hole: Hole| (&source[hole.range], hole.stands);
        holes.into_iter().map(shown).collect()
    }

    #[test]
    fn values_are_holes_and_other_names_are_not() {
        assert_eq!(found("{{ params.x }}"), [("params.x", Stands::Alone)]);
        assert_eq!(
            found("{{- item['a'].b -}}"),
            [("item['a'].b", Stands::Alone)]
        );
        assert_eq!(found("a {{ item }}"), [("item", Stands::InText(2..12))]);
        assert_eq!(found("a {{- item }}"), [("item", Stands::InExpression)]);
        assert_eq!(
            found("{% if item %}{{ vars.item | item(item=1) }}{% endif %}{# item #}"),
            [("item", Stands::InExpression)]
        );
        assert_eq!(found("{{ 'item' }} {% raw %}{{ item }}{% endraw %}"), []);
        assert_eq!(found("{{ item"), [("item", Stands::InExpression)]);
    }

    #[test]
    fn a_template_becomes_an_expression_unless_it_has_statements() {
        let expression = |source: &str| as_expression(source);
        assert_eq!(
            expression("{{ vars.a | upper }}").as_deref(),
            Some("(vars.a | upper)")
        );
        assert_eq!(
            expression("say \"{{ vars.a }}\"").as_deref(),
            Some(r#"("say \"" ~ (vars.a) ~ "\"")"#)
        );
        assert_eq!(expression("{% if vars.a %}b{% endif %}"), None);
    }
}
