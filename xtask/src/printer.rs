//! The only place that knows stdout, stderr, colour and format.
//!
//! Data goes to stdout, everything else to stderr. What is said is decided by the callers; meaning
//! never rests on colour.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anstream::stream::{AsLockedWrite, RawStream};
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use flow::diagnostic::Diagnostic;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use crate::args::{Colour, Format, OutputArgs};
use crate::exit::Helped;

pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const HELP: Style = AnsiColor::Cyan.on_default().bold();
pub(crate) const ADDED: Style = AnsiColor::Green.on_default();
pub(crate) const REMOVED: Style = AnsiColor::Red.on_default();
pub(crate) const CHANGED: Style = AnsiColor::Yellow.on_default();
pub(crate) const HEADING: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Writes for people or for programs, as the arguments ask.
pub(crate) struct Printer {
    format: Format,
    choice: ColorChoice,
    quiet: bool,
    /// The progress line on the terminal, if there is a step under way.
    bar: Mutex<Option<ProgressBar>>,
}

impl Printer {
    pub(crate) fn new(args: &OutputArgs, format: Format) -> Self {
        let choice = match args.color {
            Colour::Always => ColorChoice::Always,
            Colour::Never => ColorChoice::Never,
            Colour::Auto => ColorChoice::Auto,
        };
        Self {
            format,
            choice,
            quiet: args.quiet,
            bar: Mutex::new(None),
        }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// The data of a command: text for people, or the same as one JSON document.
    pub(crate) fn view(&self, human: impl FnOnce() -> String, json: impl FnOnce() -> Value) {
        match self.format {
            Format::Human => self.data(&human()),
            Format::Json => self.document(&json()),
        }
    }

    /// Text on stdout, whatever the format: for output that has one form only.
    pub(crate) fn data(&self, text: &str) {
        self.above_the_bar(|| write_painted(io::stdout(), self.choice, text));
    }

    /// One JSON document on stdout.
    pub(crate) fn document(&self, value: &Value) {
        let text = serde_json::to_string_pretty(value).expect("a JSON value can be written");
        self.above_the_bar(|| write_lines(&mut io::stdout(), &text));
    }

    /// Findings about the sources. They are the answer of `check`, and for every other command what
    /// kept it from answering; programs find them on stdout either way.
    pub(crate) fn diagnostics(&self, diagnostics: &[Diagnostic], are_the_answer: bool) {
        if self.is_json() {
            self.document(&flow_source::render::json(diagnostics));
            return;
        }
        let human = |colour| flow_source::render::human(diagnostics, colour);
        if are_the_answer {
            self.data(&human(self.paints(&io::stdout())));
        } else {
            self.stderr(&human(self.paints(&io::stderr())));
        }
    }

    /// Something worth knowing while a command runs; `--quiet` silences it.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.stderr(text);
        }
    }

    /// What has to be read even by those who asked for quiet.
    pub(crate) fn important(&self, text: &str) {
        self.stderr(text);
    }

    pub(crate) fn warning(&self, text: &str) {
        self.stderr(&format!("{WARNING}warning{WARNING:#}: {text}"));
    }

    /// An error, what caused it, and what to do next.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        self.finish_bar();
        self.stderr(&error_text(error));
    }

    /// Says what is being done until the returned step ends.
    pub(crate) fn step(&self, what: impl Into<String>) -> Step<'_> {
        let what = what.into();
        if !self.quiet {
            if io::stderr().is_terminal() {
                self.start_bar(&what);
            } else {
                self.stderr(&format!("{what} ..."));
            }
        }
        Step {
            printer: self,
            what,
            started: Instant::now(),
        }
    }

    /// Puts a question on the terminal and reads one line.
    pub(crate) fn ask(&self, question: &str) -> io::Result<String> {
        self.finish_bar();
        let mut stream = AutoStream::new(io::stderr(), self.choice);
        write!(stream, "{question} ")?;
        stream.flush()?;
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    fn stderr(&self, text: &str) {
        self.above_the_bar(|| write_painted(io::stderr(), self.choice, text));
    }

    /// Whether colours in the data would be seen.
    pub(crate) fn paints_data(&self) -> bool {
        self.paints(&io::stdout())
    }

    /// Whether colours would be seen on a stream.
    fn paints(&self, stream: &impl RawStream) -> bool {
        let choice = match self.choice {
            ColorChoice::Auto => AutoStream::choice(stream),
            choice => choice,
        };
        choice != ColorChoice::Never
    }

    fn start_bar(&self, what: &str) {
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}")
            .expect("the template is well formed");
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
            .with_style(style)
            .with_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        if let Some(previous) = self.lock_bar().replace(bar) {
            previous.finish_and_clear();
        }
    }

    fn finish_bar(&self) {
        if let Some(bar) = self.lock_bar().take() {
            bar.finish_and_clear();
        }
    }

    /// Runs a write while the progress line is out of its way.
    fn above_the_bar(&self, write: impl FnOnce()) {
        let bar = self.lock_bar().clone();
        match bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    fn lock_bar(&self) -> std::sync::MutexGuard<'_, Option<ProgressBar>> {
        self.bar
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A part of a command's work that takes time; its end is announced with [`Step::done`].
pub(crate) struct Step<'a> {
    printer: &'a Printer,
    what: String,
    started: Instant,
}

impl Step<'_> {
    /// Says what came of it and gives the time it took.
    pub(crate) fn done(self, result: &str) -> Duration {
        let took = self.started.elapsed();
        let (printer, what) = (self.printer, self.what.clone());
        drop(self);
        let result = if result.is_empty() {
            String::new()
        } else {
            format!(": {result}")
        };
        printer.note(&format!(
            "{what}{result} {FAINT}({:.1} s){FAINT:#}",
            took.as_secs_f64()
        ));
        took
    }

    /// What of the step is under way, beside its name.
    pub(crate) fn at(&self, detail: &str) {
        let bar = self.printer.lock_bar().clone();
        match bar {
            Some(bar) => bar.set_message(format!("{}: {detail}", self.what)),
            None => self.printer.note(&format!("  {detail}")),
        }
    }
}

impl Step<'_> {
    /// How many parts of the step are done, about how long the rest takes, and which part is next.
    /// On a terminal that is a bar.
    pub(crate) fn reaches(&self, done: usize, of: usize, left: Duration, detail: &str) {
        let Some(bar) = self.printer.lock_bar().clone() else {
            return;
        };
        if bar.length() != Some(of as u64) {
            let style = ProgressStyle::with_template(
                "{spinner} {prefix} {bar:24} {pos}/{len} {elapsed:.dim} {msg}",
            );
            bar.set_style(style.expect("the template is well formed"));
            bar.set_prefix(self.what.clone());
            bar.set_length(of as u64);
        }
        bar.set_position(done as u64);
        let left = match left.as_secs() {
            0 => String::new(),
            seconds => format!("about {seconds} s left, "),
        };
        bar.set_message(format!("{left}{detail}"));
    }

    /// Says that a part is done, where there is no bar.
    pub(crate) fn is_past(&self, n: usize, of: usize, took: Duration, detail: &str) {
        if self.printer.lock_bar().is_none() {
            let seconds = took.as_secs_f64();
            self.printer
                .note(&format!("  {n}/{of} {detail} ({seconds:.1} s)"));
        }
    }
}

impl Step<'_> {
    /// What a child process said, word for word.
    pub(crate) fn print(&self, text: &str) {
        self.printer.stderr(text);
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        self.printer.finish_bar();
    }
}

/// Lets libraries say on stderr what has no other way out. Only errors: at the levels below, the
/// AWS SDK writes requests, and with them tokens and what customers wrote.
pub(crate) fn log_errors() {
    let _ = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::ERROR)
        .with_writer(io::stderr)
        .without_time()
        .try_init();
}

fn error_text(error: &anyhow::Error) -> String {
    let mut text = format!("{ERROR}error{ERROR:#}: {error}");
    for cause in error.chain().skip(1) {
        text.push_str(&format!("\n  caused by: {cause}"));
    }
    let helps = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<Helped>());
    for helped in helps {
        text.push_str(&format!("\n{HELP}help{HELP:#}: {}", helped.help()));
    }
    text
}

/// Writes text that may have colours, which the stream may have to take out. That is slow, piece by
/// piece, so text without any goes past it.
fn write_painted<S: RawStream + AsLockedWrite>(mut stream: S, choice: ColorChoice, text: &str) {
    if text.contains('\u{1b}') {
        write_lines(&mut AutoStream::new(stream, choice), text);
    } else {
        write_lines(&mut stream, text);
    }
}

/// Writes text with one line end behind it. Whoever reads may go away early, as `head` does; that
/// is no error of ours, so what cannot be written is dropped.
fn write_lines(stream: &mut dyn Write, text: &str) {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let _ = writeln!(stream, "{text}");
    let _ = stream.flush();
}
