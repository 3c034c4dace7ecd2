//! Uploaded code: zips, checked when they arrive and unpacked when they are first run.

use std::fmt;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use zip::ZipArchive;

use super::error::invalid;
use crate::wire::ServiceError;

/// The largest zip that can be uploaded directly.
const ZIP_LIMIT: usize = 52_428_800;
/// The largest code once unpacked.
const UNPACKED_LIMIT: u64 = 262_144_000;

/// The code of a function.
pub(super) struct Package {
    /// Base64, as the interface shows it.
    pub(super) sha256: String,
    pub(super) zip: Bytes,
    /// Unpacked once, for all environments: a function cannot write there on AWS.
    directory: OnceCell<Arc<TempDir>>,
}

impl Package {
    /// Checks an uploaded zip.
    pub(super) fn new(zip: Vec<u8>) -> Result<Arc<Self>, ServiceError> {
        if zip.len() > ZIP_LIMIT {
            return Err(invalid(format!(
                "Zip file must be smaller than {ZIP_LIMIT} bytes"
            )));
        }
        let unreadable =
            "Could not unzip uploaded file. Please check your file, then try to upload again.";
        let mut archive =
            ZipArchive::new(Cursor::new(zip.as_slice())).map_err(|_| invalid(unreadable))?;
        if archive.is_empty() {
            return Err(invalid("Uploaded file must be a non-empty zip"));
        }
        let mut size = 0_u64;
        for index in 0..archive.len() {
            let file = archive
                .by_index_raw(index)
                .map_err(|_| invalid(unreadable))?;
            size = size.saturating_add(file.size());
        }
        if size > UNPACKED_LIMIT {
            return Err(invalid(format!(
                "Unzipped size must be smaller than {UNPACKED_LIMIT} bytes"
            )));
        }
        Ok(Arc::new(Self {
            sha256: STANDARD.encode(Sha256::digest(&zip)),
            zip: zip.into(),
            directory: OnceCell::new(),
        }))
    }

    /// The directory with the code.
    pub(super) async fn directory(&self) -> Result<Arc<TempDir>, std::io::Error> {
        let unpack = || async {
            let zip = self.zip.clone();
            let unpacked = tokio::task::spawn_blocking(move || unpack(&zip)).await;
            unpacked.map_err(std::io::Error::other)?.map(Arc::new)
        };
        self.directory.get_or_try_init(unpack).await.map(Arc::clone)
    }
}

impl fmt::Debug for Package {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Package")
            .field("sha256", &self.sha256)
            .field("bytes", &self.zip.len())
            .finish_non_exhaustive()
    }
}

fn unpack(zip: &[u8]) -> Result<TempDir, std::io::Error> {
    let directory = tempfile::Builder::new()
        .prefix("flowyard-task-")
        .tempdir()?;
    let mut archive = ZipArchive::new(Cursor::new(zip))?;
    // The sizes in the zip's index were checked; they may lie.
    let mut left = UNPACKED_LIMIT;
    for index in 0..archive.len() {
        let mut file = archive.by_index(index)?;
        // A path that leads out of the directory is left out, as unzip does.
        let Some(name) = file.enclosed_name() else {
            continue;
        };
        let path = directory.path().join(name);
        if file.is_dir() {
            std::fs::create_dir_all(&path)?;
            continue;
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mode = file.unix_mode();
        let mut content = Vec::new();
        left -= (&mut file).take(left).read_to_end(&mut content)? as u64;
        std::fs::write(&path, content)?;
        set_mode(&path, mode.unwrap_or(0o644))?;
    }
    Ok(directory)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> Result<(), std::io::Error> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o777))
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) -> Result<(), std::io::Error> {
    Ok(())
}

/// Finds the program to start in a function's directory, or says as Lambda does why it cannot be
/// started.
pub(super) fn entry_point(directory: &Path, architecture: &str) -> Result<PathBuf, String> {
    let bootstrap = directory.join("bootstrap");
    if !bootstrap.is_file() {
        return Err(
            "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]".to_owned(),
        );
    }
    if !is_executable(&bootstrap) {
        return Err("fork/exec /var/task/bootstrap: permission denied".to_owned());
    }
    match machine(&bootstrap) {
        Some(machine) if machine != architecture => {
            Err("fork/exec /var/task/bootstrap: exec format error".to_owned())
        }
        _ => Ok(bootstrap),
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_path: &Path) -> bool {
    true
}

/// The architecture an ELF binary is for, by Lambda's name; `None` for anything else, such as a
/// script.
fn machine(path: &Path) -> Option<&'static str> {
    let mut header = [0; 20];
    std::fs::File::open(path)
        .ok()?
        .read_exact(&mut header)
        .ok()?;
    if header[..4] != *b"\x7fELF" {
        return None;
    }
    match u16::from_le_bytes([header[18], header[19]]) {
        62 => Some("x86_64"),
        183 => Some("arm64"),
        _ => Some("other"),
    }
}
