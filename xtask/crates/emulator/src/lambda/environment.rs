//! Execution environments: a process with its Runtime API, its log and its role's credentials.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde_json::json;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::function::Configuration;
use super::log::{self, Log};
use super::package;
use super::runner::{ProcessGuard, Processes};
use super::runtime_api::{Event, Report, RuntimeApi};
use crate::library::Caller;
use crate::world::World;

/// How long a process may take to ask for its first event. AWS then starts it once more, within the
/// function's timeout; here the first start goes on instead.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// What an environment runs. One with another key is of no use for an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) function: String,
    pub(super) version: String,
    pub(super) revision: String,
}

/// A process that handles one event at a time.
pub(super) struct Environment {
    pub(super) key: Key,
    pub(super) log: Arc<Log>,
    child: Child,
    runtime: RuntimeApi,
    _code: Arc<TempDir>,
    /// Last, so that the process is dead when it is no longer accounted for.
    _process: ProcessGuard,
}

/// How the handling of an event ended.
pub(super) enum Ended {
    Answered(Bytes),
    /// With an error document; the environment can handle more events.
    Failed(Bytes),
    /// With an error document; the environment is of no use any more.
    Died(Bytes),
}

impl Environment {
    /// Starts a process and waits until it asks for an event. What went wrong is an error document.
    pub(super) async fn start(
        world: &World,
        processes: &Arc<Processes>,
        configuration: &Configuration,
        key: Key,
        request_id: &str,
    ) -> Result<Self, Bytes> {
        let entry = |reason: String| document(request_id, "Runtime.InvalidEntrypoint", &reason);
        let directory = configuration.package.directory().await;
        let code = directory.map_err(|error| entry(error.to_string()))?;
        let bootstrap =
            package::entry_point(code.path(), &configuration.architecture).map_err(entry)?;
        let mut runtime = RuntimeApi::start()
            .await
            .map_err(|error| entry(error.to_string()))?;
        let log = Log::new(
            configuration.log_group(&key.function),
            log_stream(world, &key),
            world.clock.clone(),
        );
        let mut command = Command::new(&bootstrap);
        command
            .env_clear()
            .envs(variables(world, configuration, &key, &log, code.path()))
            .env("AWS_LAMBDA_RUNTIME_API", runtime.address.to_string())
            .current_dir(code.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = spawn(&mut command)
            .await
            .map_err(|error| entry(exec_error(&error)))?;
        let process = processes.guard(child.id());
        if let Some(stdout) = child.stdout.take() {
            log.collect(stdout);
        }
        if let Some(stderr) = child.stderr.take() {
            log.collect(stderr);
        }
        let timeout = Duration::from_secs(configuration.timeout.into());
        let outcome = tokio::select! {
            initialised = runtime.initialised() => initialised,
            status = child.wait() => Err(exit_document(request_id, status)),
            () = tokio::time::sleep(INIT_LIMIT + timeout) => {
                Err(timeout_document(request_id, timeout))
            }
        };
        let environment = Self {
            key,
            log,
            child,
            runtime,
            _code: code,
            _process: process,
        };
        match outcome {
            Ok(()) => Ok(environment),
            Err(error) => {
                environment.keep_log(world);
                Err(error)
            }
        }
    }

    /// Whether the process still runs.
    pub(super) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until the process, once it was killed, is gone.
    pub(super) async fn gone(mut self) {
        // An error means that there is no such process any more.
        let _ = self.child.wait().await;
    }

    /// Hands an event to the process and waits for its answer, its end or the function's timeout.
    pub(super) async fn handle(
        &mut self,
        request_id: &str,
        invoked_arn: String,
        client_context: Option<String>,
        payload: Bytes,
        timeout: Duration,
    ) -> Ended {
        let (answer, answered) = oneshot::channel();
        let event = Event {
            request_id: request_id.to_owned(),
            deadline: deadline(timeout),
            invoked_arn,
            client_context,
            payload,
            answer,
        };
        let runtime = &self.runtime;
        let work = async move {
            runtime.send(event).await;
            answered.await
        };
        tokio::select! {
            Ok(report) = work => match report {
                Report::Response(body) => Ended::Answered(body),
                Report::Error(document) => Ended::Failed(document),
                Report::TooLarge => Ended::Failed(document(
                    request_id,
                    "Function.ResponseSizeTooLarge",
                    "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
                )),
            },
            status = self.child.wait() => Ended::Died(exit_document(request_id, status)),
            () = tokio::time::sleep(timeout) => Ended::Died(timeout_document(request_id, timeout)),
        }
    }

    /// How often the process has asked for an event so far.
    pub(super) fn asked(&self) -> u64 {
        self.runtime.asked()
    }

    /// Waits a little until the process asks for more: by then what it wrote has usually arrived.
    pub(super) async fn quiet(&mut self, before: u64) {
        let asked = self.runtime.asked_after(before);
        let _ = tokio::time::timeout(Duration::from_millis(100), asked).await;
    }

    /// Writes the log that has gathered to its group, and gives its end.
    pub(super) fn keep_log(&self, world: &World) -> String {
        let lines = self.log.take();
        let tail = log::tail(&lines);
        if !lines.is_empty() {
            let (group, stream) = (&self.log.group, &self.log.stream);
            world.library.write_log(group, stream, lines);
        }
        tail
    }
}

/// Starts a process. A binary that was just unpacked may still be open for writing in a process
/// that another thread is starting at this moment, until that one executes its own binary.
async fn spawn(command: &mut Command) -> Result<Child, std::io::Error> {
    for _ in 0..100 {
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            result => return result,
        }
    }
    command.spawn()
}

/// The environment of a custom runtime.
fn variables(
    world: &World,
    configuration: &Configuration,
    key: &Key,
    log: &Log,
    task_root: &Path,
) -> Vec<(String, String)> {
    let task_root = task_root.display().to_string();
    let access_key = format!(
        "ASIA{:.16}",
        Uuid::new_v4().simple().to_string().to_uppercase()
    );
    let role = configuration.role.rsplit('/').next().unwrap_or_default();
    let caller = Caller {
        arn: format!(
            "arn:aws:sts::{}:assumed-role/{role}/{}",
            world.account, key.function
        ),
        user_id: format!("AROAFLOWYARDEXAMPLE:{}", key.function),
        policies: Vec::new(),
    };
    world.library.remember_caller(&access_key, caller);
    let mut variables = configuration.environment.clone();
    for (name, value) in [
        ("_HANDLER", configuration.handler.clone()),
        ("LAMBDA_TASK_ROOT", task_root.clone()),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
        ("AWS_REGION", world.region.clone()),
        ("AWS_DEFAULT_REGION", world.region.clone()),
        ("AWS_ACCESS_KEY_ID", access_key),
        ("AWS_SECRET_ACCESS_KEY", Uuid::new_v4().simple().to_string()),
        ("AWS_SESSION_TOKEN", Uuid::new_v4().simple().to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", key.function.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", key.version.clone()),
        (
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            configuration.memory.to_string(),
        ),
        ("AWS_LAMBDA_LOG_GROUP_NAME", log.group.clone()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", log.stream.clone()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
    ] {
        variables.insert(name.to_owned(), value);
    }
    // What a function may set itself, and the one thing that differs from AWS.
    for (name, value) in [
        ("AWS_ENDPOINT_URL", world.endpoint()),
        ("TZ", ":UTC".to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
        ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin".to_owned()),
        (
            "LD_LIBRARY_PATH",
            format!("{task_root}:{task_root}/lib:/opt/lib"),
        ),
    ] {
        variables.entry(name.to_owned()).or_insert(value);
    }
    variables.into_iter().collect()
}

fn log_stream(world: &World, key: &Key) -> String {
    let day = world.clock.now().strftime("%Y/%m/%d").to_string();
    format!("{day}/[{}]{}", key.version, Uuid::new_v4().simple())
}

fn deadline(timeout: Duration) -> i64 {
    let at = SystemTime::now() + timeout;
    let since = at
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// An error document as Lambda writes it itself.
pub(super) fn document(request_id: &str, kind: &str, reason: &str) -> Bytes {
    let message = format!("RequestId: {request_id} Error: {reason}");
    json!({ "errorType": kind, "errorMessage": message })
        .to_string()
        .into()
}

pub(super) fn timeout_document(request_id: &str, timeout: Duration) -> Bytes {
    let reason = format!("Task timed out after {:.2} seconds", timeout.as_secs_f64());
    document(request_id, "Sandbox.Timedout", &reason)
}

fn exit_document(request_id: &str, status: Result<ExitStatus, std::io::Error>) -> Bytes {
    let reason = match status {
        Ok(status) if status.success() => "Runtime exited without providing a reason".to_owned(),
        Ok(status) => format!("Runtime exited with error: {}", exit_reason(status)),
        Err(error) => format!("Runtime exited with error: {error}"),
    };
    document(request_id, "Runtime.ExitError", &reason)
}

#[cfg(unix)]
fn exit_reason(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    let signal = match status.signal() {
        None => return format!("exit status {}", status.code().unwrap_or_default()),
        Some(4) => "illegal instruction",
        Some(6) => "aborted",
        Some(8) => "floating point exception",
        Some(9) => "killed",
        Some(11) => "segmentation fault",
        Some(15) => "terminated",
        Some(other) => return format!("signal: {other}"),
    };
    format!("signal: {signal}")
}

#[cfg(not(unix))]
fn exit_reason(status: ExitStatus) -> String {
    format!("exit status {}", status.code().unwrap_or_default())
}

fn exec_error(error: &std::io::Error) -> String {
    // ENOEXEC has no kind of its own: the file is no program for this machine.
    let reason = match (error.kind(), error.raw_os_error()) {
        (_, Some(8)) => "exec format error",
        (ErrorKind::NotFound, _) => "no such file or directory",
        (ErrorKind::PermissionDenied, _) => "permission denied",
        _ => return error.to_string(),
    };
    format!("fork/exec /var/task/bootstrap: {reason}")
}
