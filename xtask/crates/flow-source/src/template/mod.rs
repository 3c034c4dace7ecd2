//! Templates in scalars: what they use, found when the flow is compiled, and their text, made when
//! an environment's variables are known.
//!
//! minijinja parses and renders; this file decides what may stand in a scalar. Only output and
//! `if` do: repetition is structural, and without loops no template can run away. The names are
//! `vars` and the reference functions, and those stand alone.

mod holes;
mod render;

use std::collections::BTreeSet;
use std::ops::Range;

use flow::value::{Ref, RefKind};
use minijinja::machinery::{Span, ast, parse, tokenize};
use minijinja::syntax::SyntaxConfig;

pub(crate) use self::holes::{Hole, Stands, as_expression, holes, mentions, quoted};
pub(crate) use self::render::Renderer;
use crate::rule::{self, Rule};
use crate::suggest;

/// Tokens of one template. The parser builds chains such as `a + a + a` as deep as they are long,
/// and walking them takes as much stack.
const MAX_TOKENS: usize = 400;

const FILTERS: [&str; 11] = [
    "abs",
    "capitalize",
    "default",
    "first",
    "int",
    "last",
    "length",
    "lower",
    "title",
    "trim",
    "upper",
];
const TESTS: [&str; 2] = ["defined", "undefined"];

/// What a template uses and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Analysis {
    /// Set if the template is a reference and nothing else.
    pub(crate) reference: Option<(Ref, Range<usize>)>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) faults: Vec<Fault>,
}

/// A use of `vars.<name>`.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    /// Of the name, in the template's source.
    pub(crate) range: Range<usize>,
    /// The template copes with its absence.
    pub(crate) is_optional: bool,
}

/// Something wrong at a place in a template.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) rule: Rule,
    pub(crate) range: Range<usize>,
    pub(crate) headline: String,
    pub(crate) label: String,
    pub(crate) help: Option<String>,
}

/// Whether a scalar is a template at all.
pub(crate) fn is_template(text: &str) -> bool {
    let is_mark = |pair: &[u8]| matches!(pair, [b'{', b'{' | b'%' | b'#']);
    text.as_bytes().windows(2).any(is_mark)
}

/// The names of the variables of an environment that a template asks for.
pub fn variables(source: &str) -> BTreeSet<String> {
    let found = analyse(source).variables.into_iter();
    found.map(|it| it.name).collect()
}

/// Looks into a template without running it.
pub(crate) fn analyse(source: &str) -> Analysis {
    let mut walk = Walk {
        source,
        analysis: Analysis::default(),
    };
    let n_tokens = tokenize(source, false, syntax())
        .take(MAX_TOKENS + 1)
        .count();
    if n_tokens > MAX_TOKENS {
        walk.fault(
            &rule::INVALID_TEMPLATE,
            0..source.len(),
            "template too long",
            format!("more than {MAX_TOKENS} words and signs"),
        );
        return walk.analysis;
    }
    match parse(source, "scalar", syntax()) {
        Ok(ast::Stmt::Template(template)) => {
            if let Some(reference) = whole_reference(&template.children) {
                walk.analysis.reference = Some(reference);
            } else {
                walk.statements(&template.children);
            }
        }
        Ok(_) => {}
        Err(error) => {
            let range = error.range().unwrap_or(0..source.len());
            let message = error.detail().unwrap_or("not a template").to_owned();
            walk.fault(
                &rule::INVALID_TEMPLATE,
                range,
                "template cannot be read",
                message.as_str(),
            )
            .help = message
                .contains("end of input")
                .then(|| "close `{{` with `}}`, and `{% if .. %}` with `{% endif %}`".to_owned());
        }
    }
    walk.analysis
}

/// The usual signs; a newline at the end of a text stays, as it does in a text without templates.
fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder()
        .keep_trailing_newline(true)
        .build()
        .expect("the usual signs do not clash")
}

/// `{{ queue('support') }}` and nothing beside it.
fn whole_reference(children: &[ast::Stmt<'_>]) -> Option<(Ref, Range<usize>)> {
    let [ast::Stmt::EmitExpr(emit)] = children else {
        return None;
    };
    let ast::Expr::Call(call) = &emit.expr else {
        return None;
    };
    let ast::Expr::Var(function) = &call.expr else {
        return None;
    };
    let kind = RefKind::parse(function.id)?;
    let [ast::CallArg::Pos(ast::Expr::Const(name))] = call.args.as_slice() else {
        return None;
    };
    let range = range(name.span());
    Some((Ref::new(kind, name.value.as_str()?), range))
}

struct Walk<'a> {
    source: &'a str,
    analysis: Analysis,
}

impl Walk<'_> {
    fn fault(
        &mut self,
        rule: &Rule,
        range: Range<usize>,
        headline: impl Into<String>,
        label: impl Into<String>,
    ) -> &mut Fault {
        self.analysis.faults.push(Fault {
            rule: *rule,
            range,
            headline: headline.into(),
            label: label.into(),
            help: None,
        });
        self.analysis.faults.last_mut().expect("pushed above")
    }

    fn statements(&mut self, statements: &[ast::Stmt<'_>]) {
        for statement in statements {
            match statement {
                ast::Stmt::EmitRaw(_) => {}
                ast::Stmt::EmitExpr(emit) => self.expression(&emit.expr, false),
                ast::Stmt::IfCond(branch) => {
                    self.expression(&branch.expr, false);
                    self.statements(&branch.true_body);
                    self.statements(&branch.false_body);
                }
                other => {
                    let range = statement_range(other).unwrap_or(0..self.source.len());
                    self.fault(
                        &rule::INVALID_TEMPLATE,
                        range,
                        "statement that a scalar cannot have",
                        "only `{{ .. }}` and `{% if .. %}` stand in a scalar",
                    );
                }
            }
        }
    }

    fn expression(&mut self, expression: &ast::Expr<'_>, is_optional: bool) {
        match expression {
            ast::Expr::Var(var) => self.bare_name(var.id, range(var.span())),
            ast::Expr::Const(_) => {}
            ast::Expr::GetAttr(get) => {
                let span = range(get.span());
                let name = span.end.saturating_sub(get.name.len())..span.end;
                self.attribute(&get.expr, get.name, name, is_optional);
            }
            ast::Expr::GetItem(get) => match &get.subscript_expr {
                ast::Expr::Const(name) if name.value.as_str().is_some() => {
                    let text = name.value.as_str().unwrap_or_default();
                    self.attribute(&get.expr, text, range(name.span()), is_optional);
                }
                subscript => {
                    self.expression(&get.expr, is_optional);
                    self.expression(subscript, false);
                }
            },
            ast::Expr::Call(call) => self.call(call),
            ast::Expr::Filter(filter) => {
                self.known("filter", filter.name, &FILTERS, range(filter.span()));
                let copes = is_optional || filter.name == "default";
                if let Some(inner) = &filter.expr {
                    self.expression(inner, copes);
                }
                self.arguments(&filter.args);
            }
            ast::Expr::Test(test) => {
                self.known("test", test.name, &TESTS, range(test.span()));
                self.expression(&test.expr, TESTS.contains(&test.name));
                self.arguments(&test.args);
            }
            ast::Expr::UnaryOp(op) => self.expression(&op.expr, false),
            ast::Expr::BinOp(op) => {
                self.expression(&op.left, false);
                self.expression(&op.right, false);
            }
            ast::Expr::Compare(compare) => {
                self.expression(&compare.expr, false);
                for op in &compare.ops {
                    self.expression(&op.expr, false);
                }
            }
            ast::Expr::IfExpr(branch) => {
                self.expression(&branch.test_expr, false);
                self.expression(&branch.true_expr, false);
                if let Some(other) = &branch.false_expr {
                    self.expression(other, false);
                }
            }
            ast::Expr::Slice(slice) => {
                self.expression(&slice.expr, false);
                for part in [&slice.start, &slice.stop, &slice.step]
                    .into_iter()
                    .flatten()
                {
                    self.expression(part, false);
                }
            }
            ast::Expr::List(list) => list.items.iter().for_each(|it| self.expression(it, false)),
            ast::Expr::Tuple(list) => list.items.iter().for_each(|it| self.expression(it, false)),
            ast::Expr::Map(map) => {
                map.keys.iter().for_each(|it| self.expression(it, false));
                map.values.iter().for_each(|it| self.expression(it, false));
            }
        }
    }

    fn attribute(
        &mut self,
        of: &ast::Expr<'_>,
        name: &str,
        range: Range<usize>,
        is_optional: bool,
    ) {
        match of {
            ast::Expr::Var(var) if var.id == "vars" => self.analysis.variables.push(Variable {
                name: name.to_owned(),
                range,
                is_optional,
            }),
            other => self.expression(other, is_optional),
        }
    }

    fn bare_name(&mut self, name: &str, range: Range<usize>) {
        if name == "vars" {
            self.fault(
                &rule::INVALID_TEMPLATE,
                range,
                "all variables at once",
                "name one of them: `vars.<name>`",
            );
            return;
        }
        let headline = format!("unknown template variable `{name}`");
        let label = format!("no variable `{name}` here");
        let help = match suggest::nearest(name, ["vars"]) {
            _ if name == "params" => "parameters are there in a file with `fragment`".to_owned(),
            _ if name == "item" => "an item is there beside `for_each`".to_owned(),
            Some(_) => "variables of the environment are written `vars.<name>`".to_owned(),
            None => format!("variables are written `vars.<name>`: did you mean `vars.{name}`?"),
        };
        self.fault(&rule::UNKNOWN_VARIABLE, range, headline, label)
            .help = Some(help);
    }

    fn call(&mut self, call: &ast::Spanned<ast::Call<'_>>) {
        let span = range(call.span());
        let name = match &call.expr {
            ast::Expr::Var(function) => function.id,
            _ => "",
        };
        if RefKind::parse(name).is_some() {
            let has_name = |it: &ast::CallArg<'_>| matches!(it, ast::CallArg::Pos(ast::Expr::Const(name)) if name.value.as_str().is_some());
            let whole = call.args.len() == 1 && call.args.iter().all(has_name);
            let (headline, label) = if whole {
                (
                    "reference inside a text",
                    "a reference is a value of its own, not part of a text",
                )
            } else {
                (
                    "reference without a name",
                    "a reference has one argument, a name in quotes",
                )
            };
            self.fault(&rule::REFERENCE_INSIDE_TEXT, span, headline, label)
                .help = Some(format!(
                "write `{{{{ {name}('<name>') }}}}` with nothing around it"
            ));
        } else {
            let functions = RefKind::ALL.map(RefKind::as_str);
            let label = format!("no function `{name}` here");
            let help = suggest::nearest(name, functions).map_or_else(
                || format!("the functions are {}", suggest::listed(functions)),
                |near| format!("a function with a similar name exists: `{near}`"),
            );
            let headline = "unknown template function";
            self.fault(&rule::INVALID_TEMPLATE, span, headline, label)
                .help = Some(help);
        }
        self.arguments(&call.args);
    }

    fn known(&mut self, what: &str, name: &str, known: &[&str], range: Range<usize>) {
        if known.contains(&name) {
            return;
        }
        let help = suggest::nearest(name, known.iter().copied()).map_or_else(
            || format!("the {what}s are {}", suggest::listed(known.iter().copied())),
            |near| format!("a {what} with a similar name exists: `{near}`"),
        );
        self.fault(
            &rule::INVALID_TEMPLATE,
            range,
            format!("unknown template {what}"),
            format!("no {what} `{name}` here"),
        )
        .help = Some(help);
    }

    fn arguments(&mut self, arguments: &[ast::CallArg<'_>]) {
        for argument in arguments {
            match argument {
                ast::CallArg::Pos(it)
                | ast::CallArg::Kwarg(_, it)
                | ast::CallArg::PosSplat(it)
                | ast::CallArg::KwargSplat(it) => self.expression(it, false),
            }
        }
    }
}

fn range(span: Span) -> Range<usize> {
    span.start_offset as usize..span.end_offset as usize
}

fn statement_range(statement: &ast::Stmt<'_>) -> Option<Range<usize>> {
    Some(range(match statement {
        ast::Stmt::ForLoop(it) => it.span(),
        ast::Stmt::WithBlock(it) => it.span(),
        ast::Stmt::Set(it) => it.span(),
        ast::Stmt::SetBlock(it) => it.span(),
        ast::Stmt::AutoEscape(it) => it.span(),
        ast::Stmt::FilterBlock(it) => it.span(),
        ast::Stmt::Block(it) => it.span(),
        ast::Stmt::Import(it) => it.span(),
        ast::Stmt::FromImport(it) => it.span(),
        ast::Stmt::Extends(it) => it.span(),
        ast::Stmt::Include(it) => it.span(),
        ast::Stmt::Macro(it) => it.span(),
        ast::Stmt::CallBlock(it) => it.span(),
        ast::Stmt::Do(it) => it.span(),
        _ => return None,
    }))
}

#[cfg(test)]
mod test {
    use super::*;

    fn faults(source: &str) -> Vec<(&'static str, &str)> {
        let faults = analyse(source).faults;
        faults
            .into_iter()
            .map(|fault| (fault.rule.code, &source[fault.range]))
            .collect()
    }

    #[test]
    fn a_lone_call_is_a_reference() {
        let (reference, range) = analyse("{{ queue('support') }}").reference.expect("one");
        assert_eq!(reference, Ref::new(RefKind::Queue, "support"));
        assert_eq!(&"{{ queue('support') }}"[range], "'support'");
        assert!(analyse("to {{ queue('support') }}").reference.is_none());
    }

    #[test]
    fn faults_stand_at_the_words_they_are_about() {
        assert_eq!(faults("{{ brand }}"), [("S009", "brand")]);
        assert_eq!(faults("{{ vars.a | uper }}"), [("S008", "uper")]);
        assert_eq!(faults("x {{ queue('a') }}"), [("R004", "queue('a')")]);
        assert_eq!(faults("{{ range(9) }}"), [("S008", "range(9)")]);
        assert_eq!(faults("{{ vars }}"), [("S008", "vars")]);
        assert_eq!(faults("a {% for x in vars.y %}{% endfor %}").len(), 1);
        assert_eq!(faults("{{ vars.a +").len(), 1);
    }

    #[test]
    fn variables_are_found_with_their_places() {
        let source = "{{ vars.brand }} {{ vars['other'] | default('x') }}";
        let found = analyse(source).variables;
        let names: Vec<_> = found
            .iter()
            .map(|it| (&source[it.range.clone()], it.is_optional))
            .collect();
        assert_eq!(names, [("brand", false), ("'other'", true)]);
    }

    #[test]
    fn long_chains_are_refused_before_they_are_parsed() {
        for source in [
            format!("{{{{ 1{} }}}}", "+1".repeat(200_000)),
            format!("{{{{ vars{} }}}}", ".a".repeat(200_000)),
            format!("{{{{ {}1 }}}}", "(".repeat(200_000)),
        ] {
            assert_eq!(faults(&source).len(), 1);
        }
    }

    #[test]
    fn a_value_is_text_whatever_it_holds() {
        let vars = [("x".to_owned(), serde_json::json!("{{ vars.y }}: [a]"))];
        let renderer = Renderer::new(&vars.into());
        assert_eq!(
            renderer.render("{{ vars.x }}\n").as_deref(),
            Ok("{{ vars.y }}: [a]\n")
        );
        assert!(renderer.render("{{ vars.y }}").is_err());
    }
}
