//! moto's server, installed into a folder of its own and run until it is dropped.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use provision::environment::Environment;
use tokio::net::TcpStream;

use crate::exit::Helped;
use crate::printer::Printer;

/// The versions that are compared with.
pub(crate) const MOTO: &str = "5.2.5";
pub(crate) const BOTO3: &str = "1.44.5";

/// How often it is asked whether the server listens, and how long.
const LOOK: Duration = Duration::from_millis(50);
const LOOKS: usize = 1200;

/// The Python of the folder, with moto and boto3 installed from PyPI if they are not there.
pub(super) fn installed(folder: &Path, printer: &Printer) -> anyhow::Result<PathBuf> {
    let python = folder.join("bin/python");
    let has = |name: &str, version: &str| {
        let code = format!(
            "import importlib.metadata as m, sys; sys.exit(m.version('{name}') != '{version}')"
        );
        let ran = Command::new(&python).args(["-c", &code]).output();
        ran.is_ok_and(|it| it.status.success())
    };
    if python.is_file() && has("moto", MOTO) && has("boto3", BOTO3) {
        return Ok(python);
    }
    let step = printer.step(format!("install moto {MOTO} and boto3 {BOTO3} from PyPI"));
    run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    pip.arg(format!("moto[server]=={MOTO}"));
    run(pip.arg(format!("boto3=={BOTO3}")))?;
    step.done("");
    Ok(python)
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = format!("{command:?}");
    let output = command.output().map_err(|error| {
        Helped::new(
            format!("cannot run {shown}: {error}"),
            "install Python 3 with its venv module",
        )
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{shown} failed: {}", said.trim());
    }
    Ok(())
}

/// A running server; ends when it is dropped.
pub(super) struct Server {
    process: Child,
    endpoint: String,
}

impl Server {
    /// Starts it on a free port and waits until it listens.
    pub(super) async fn start(python: &Path, environment: &Environment) -> anyhow::Result<Self> {
        let port = free_port()?;
        let process = Command::new(python)
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p"])
            .arg(port.to_string())
            .env("MOTO_ACCOUNT_ID", &environment.account)
            .env("AWS_DEFAULT_REGION", &environment.region)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start moto's server")?;
        let mut server = Self {
            process,
            endpoint: format!("http://127.0.0.1:{port}"),
        };
        for _ in 0..LOOKS {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port))
                .await
                .is_ok()
            {
                return Ok(server);
            }
            if let Some(status) = server.process.try_wait().context("cannot watch moto")? {
                bail!("moto's server ended: {status}");
            }
            tokio::time::sleep(LOOK).await;
        }
        bail!("moto's server does not listen after a minute")
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that nobody had a moment ago: moto takes none by itself and says which.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("there is no free port")?;
    Ok(listener.local_addr().context("a port has a number")?.port())
}
