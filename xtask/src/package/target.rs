//! Rust targets: which Lambda architecture they are, and whether this machine can build for them.

use std::env;
use std::fmt;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::exit::Helped;

/// The instruction sets that Lambda offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Architecture {
    X86_64,
    Arm64,
}

impl Architecture {
    /// The Rust target whose binaries run on Lambda without any system library.
    pub(crate) fn rust_target(self) -> &'static str {
        match self {
            Architecture::X86_64 => "x86_64-unknown-linux-musl",
            Architecture::Arm64 => "aarch64-unknown-linux-musl",
        }
    }

    /// Of this machine.
    pub(crate) fn host() -> anyhow::Result<Self> {
        of(env::consts::ARCH)
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Architecture::X86_64 => "x86_64",
            Architecture::Arm64 => "arm64",
        })
    }
}

/// The architecture of a Rust target, or of this machine.
pub(super) fn architecture(target: Option<&str>) -> anyhow::Result<Architecture> {
    match target {
        None => Architecture::host(),
        Some(triple) => of(triple.split('-').next().unwrap_or(triple)),
    }
}

fn of(arch: &str) -> anyhow::Result<Architecture> {
    match arch {
        "x86_64" => Ok(Architecture::X86_64),
        "aarch64" | "arm64" => Ok(Architecture::Arm64),
        other => Err(Helped::new(
            format!("Lambda has no architecture `{other}`"),
            "build for one of Lambda's two: --target aarch64-unknown-linux-musl or --target x86_64-unknown-linux-musl",
        )
        .into()),
    }
}

/// Refuses a target that cannot be built for, before cargo spends minutes on the way to finding out.
pub(super) fn check_installed(triple: &str) -> anyhow::Result<()> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(&rustc)
        .args(["--print", "target-libdir", "--target", triple])
        .output()
        .with_context(|| format!("cannot run {}", rustc.display()))?;
    if !output.status.success() {
        return Err(Helped::new(
            format!("rustc knows no target `{triple}`"),
            "`rustc --print target-list` lists them; Lambda runs aarch64-unknown-linux-musl and x86_64-unknown-linux-musl",
        )
        .into());
    }
    let libraries = String::from_utf8_lossy(&output.stdout);
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    Err(Helped::new(
        format!("the Rust target `{triple}` is not installed"),
        format!("rustup target add {triple}"),
    )
    .into())
}
