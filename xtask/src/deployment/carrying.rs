//! What goes on beside a plan that is carried out: the lock, the journal, events for machines, and
//! stopping when asked.

use std::cell::RefCell;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use provision::address::Layer;
use provision::apply::{ApplyError, ApplyEvent, Stop};
use provision::ledger::{
    self, About, Ended, Held, LockError, LockEvent, Owner, Session, Unfinished,
};
use provision::plan::Plan;
use serde_json::{Value, json};

use super::Deployment;
use crate::args::CarryingArgs;
use crate::exit::Helped;
use crate::printer::Printer;

/// How a plan is carried out.
#[derive(Debug)]
pub(crate) struct Carrying {
    command: &'static str,
    lock_timeout: Duration,
    events: Events,
    /// How often the lock had been taken when the plan was made; nothing without a table.
    fence: RefCell<Option<Option<u64>>>,
}

impl Carrying {
    /// As the arguments of a command say.
    pub(crate) fn new(command: &'static str, args: &CarryingArgs) -> anyhow::Result<Self> {
        Ok(Self {
            command,
            lock_timeout: args.lock_timeout.unwrap_or_default(),
            events: Events::open(args.events.as_deref())?,
            fence: RefCell::new(None),
        })
    }

    pub(crate) fn events(&self) -> &Events {
        &self.events
    }
}

/// Events for machines, one JSON object per line.
#[derive(Debug, Default)]
pub(crate) struct Events(RefCell<Option<File>>);

impl Events {
    fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let open = |path: &Path| {
            File::create(path).with_context(|| format!("cannot write {}", path.display()))
        };
        Ok(Self(RefCell::new(path.map(open).transpose()?)))
    }

    /// Writes one event; what cannot be written ends the writing, not the deployment.
    pub(crate) fn write(&self, event: &str, mut details: Value) {
        let mut file = self.0.borrow_mut();
        let Some(open) = file.as_mut() else {
            return;
        };
        details["event"] = event.into();
        details["at"] = jiff::Timestamp::now().to_string().into();
        if writeln!(open, "{details}")
            .and_then(|()| open.flush())
            .is_err()
        {
            *file = None;
        }
    }

    /// A step, as it begins and ends.
    pub(super) fn step(&self, event: &ApplyEvent<'_>, waited: Duration) {
        let (name, n, of, step) = match event {
            ApplyEvent::StepStarted { n, of, step } => ("step", n, of, step),
            ApplyEvent::StepDone { n, of, step, .. } => ("done", n, of, step),
        };
        let mut details = json!({
            "n": n,
            "of": of,
            "operation": step.call.operation(),
            "address": step.addr.to_string(),
        });
        if let ApplyEvent::StepDone { took, .. } = event {
            details["seconds"] = took.as_secs_f64().into();
            details["waited"] = waited.as_secs_f64().into();
        }
        self.write(name, details);
    }
}

impl Deployment<'_> {
    /// Reads how often the lock was taken, before anything else is read.
    pub(super) async fn read_fence(&self) -> anyhow::Result<()> {
        if let Some(carrying) = &self.carrying {
            let fence = ledger::fence(&self.clients, self.desired.scope()).await;
            let fence = fence.map_err(|error| {
                let help = error.help();
                Helped::of(error, help)
            })?;
            carrying.fence.replace(Some(fence));
        }
        Ok(())
    }

    /// Takes the lock, and says who had it and what they left unfinished. Nothing where nobody else
    /// can come in between: the demonstration.
    pub(super) async fn session(
        &self,
        plan: &Plan,
        about: About,
        printer: &Printer,
    ) -> anyhow::Result<Option<Session>> {
        let Some(carrying) = &self.carrying else {
            return Ok(None);
        };
        let events = &carrying.events;
        let (clients, scope) = (&self.clients, self.desired.scope());
        let owner = Owner::new(clients, &host(), carrying.command).await?;
        events.write("plan", crate::views::plan::json(plan));
        let session = Session::open(
            clients,
            scope,
            owner,
            about,
            carrying.lock_timeout,
            |event| tell(&event, events, printer),
        );
        let session = session.await.map_err(|error| self.refused(error))?;
        if session.is_locked() {
            events.write("locked", json!({}));
        } else if plan.layer == Layer::Release {
            printer.warning(
                "there is no deployment table, so nothing keeps others from deploying at the same \
                 time; `cargo xtask bootstrap` makes it",
            );
        }
        if let Err(error) = self.is_latest(&session) {
            session.close(Ended::Stopped).await?;
            return Err(error);
        }
        if let Some(unfinished) = session.unfinished().await? {
            let text = said(&unfinished);
            events.write("unfinished", json!({ "message": text }));
            printer.important(&text);
        }
        Ok(Some(session))
    }

    /// Refuses if somebody had the lock since the plan was made.
    fn is_latest(&self, session: &Session) -> anyhow::Result<()> {
        let fence = self.carrying.as_ref().and_then(|it| *it.fence.borrow());
        match (fence, session.fence()) {
            (Some(before), Some(now)) if before.unwrap_or(0) + 1 != now => Err(Helped::new(
                "somebody deployed after this plan was made, and nothing was changed",
                "run this again: it plans from what is there now",
            )
            .into()),
            _ => Ok(()),
        }
    }

    /// A lock that cannot be had, with who has it and what to do.
    fn refused(&self, error: LockError) -> anyhow::Error {
        let name = &self.prepared.environment.name;
        let help = error.help();
        let help = help.replace(
            "`cargo xtask unlock`",
            &format!("`cargo xtask unlock --env {name}`"),
        );
        let text = match &error {
            LockError::Held(_) => format!("environment `{name}` is being deployed already"),
            LockError::Lost(_) => format!("the lock of environment `{name}` was lost"),
            LockError::Ledger(_) => format!("cannot lock environment `{name}`"),
        };
        anyhow::Error::from(Helped::of(error, help)).context(text)
    }
}

/// How a deployment ended, for the journal.
pub(super) fn ended<T>(result: &Result<T, ApplyError>) -> Ended {
    match result {
        Ok(_) => Ended::Done,
        Err(ApplyError::Stopped { .. }) => Ended::Stopped,
        Err(_) => Ended::Failed,
    }
}

/// Does work, and says what goes on when somebody asks it to stop.
pub(super) async fn saying_so<T>(
    stop: &Stop,
    printer: &Printer,
    work: impl Future<Output = T>,
) -> T {
    let say = async {
        stop.asked().await;
        printer.important("stopping after the call under way; Ctrl-C again ends at once");
        std::future::pending().await
    };
    tokio::select! {
        done = work => done,
        done = say => done,
    }
}

fn tell(event: &LockEvent<'_>, events: &Events, printer: &Printer) {
    let (name, held, text) = match event {
        LockEvent::Waiting(held) => ("waiting", held, "waiting for"),
        LockEvent::Watching(held) => ("waiting", held, "seeing whether anybody is there of"),
        LockEvent::TakenOver(held) => ("warning", held, "took the lock over from"),
    };
    let text = format!("{text} {}", who(held));
    events.write(name, json!({ "message": text }));
    printer.important(&text);
}

/// Who has a lock, since when, and until when.
pub(crate) fn who(held: &Held) -> String {
    let (owner, since, until) = (&held.owner, held.since, held.until);
    format!("{owner}, since {since:.0}, lease until {until:.0}")
}

fn said(unfinished: &Unfinished) -> String {
    let Unfinished {
        owner,
        ended,
        step,
        of,
        what,
        is_answered,
        at,
        ..
    } = unfinished;
    let how = match ended {
        Some(Ended::Failed) => "failed",
        Some(Ended::Stopped | Ended::Done) => "was stopped",
        None => "broke off",
    };
    let at_what = what.as_ref().map_or(String::new(), |what| {
        let unknown = match (ended, is_answered) {
            (None, false) => ", which may be done or not",
            _ => "",
        };
        format!(", {what}{unknown}")
    });
    let ago = ago(jiff::Timestamp::now().duration_since(*at));
    format!(
        "the {owner} {how} at step {step} of {of}{at_what} ({ago}); going on from what is there"
    )
}

fn ago(duration: jiff::SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (count, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=7199 => (seconds / 60, "minute"),
        7200..=172_799 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{s} ago")
}

/// The name of this machine, for others to know whom to ask.
pub(crate) fn host() -> String {
    let variables = ["HOSTNAME", "COMPUTERNAME"].into_iter();
    let mut said = variables.filter_map(|name| std::env::var(name).ok());
    let file = || std::fs::read_to_string("/etc/hostname").ok();
    let host = said.next().or_else(file).unwrap_or_default();
    match host.trim() {
        "" => "an unnamed machine".to_owned(),
        host => host.to_owned(),
    }
}
