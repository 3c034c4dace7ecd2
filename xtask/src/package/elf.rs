//! Leaves out of an ELF binary what only debuggers read.
//!
//! A development build is mostly symbols, and those would be zipped, hashed and uploaded with every
//! deployment. The kernel and the dynamic loader read program headers only, so the file is cut
//! behind the last loaded byte and its section table, which lay there, is unlinked.

use std::borrow::Cow;

const MAGIC: &[u8] = b"\x7fELF";
const CLASS_64: u8 = 2;
const LITTLE_ENDIAN: u8 = 1;
const HEADER_SIZE: usize = 64;

/// The loadable part of a 64-bit little-endian ELF file; anything else as it is.
pub(super) fn loadable(file: &[u8]) -> Cow<'_, [u8]> {
    match loaded_end(file) {
        Some(end) if end < file.len() => {
            let mut kept = file[..end].to_vec();
            unlink_sections(&mut kept);
            Cow::Owned(kept)
        }
        _ => Cow::Borrowed(file),
    }
}

/// The offset behind the last byte that a program header or the header itself covers.
fn loaded_end(file: &[u8]) -> Option<usize> {
    if file.len() < HEADER_SIZE || !file.starts_with(MAGIC) {
        return None;
    }
    if file[4] != CLASS_64 || file[5] != LITTLE_ENDIAN {
        return None;
    }
    let table = usize::try_from(word(file, 0x20)?).ok()?;
    let entry_size = usize::from(half(file, 0x36)?);
    let entries = usize::from(half(file, 0x38)?);
    let mut end = table.checked_add(entry_size.checked_mul(entries)?)?;
    for index in 0..entries {
        let entry = table.checked_add(index.checked_mul(entry_size)?)?;
        let offset = usize::try_from(word(file, entry.checked_add(0x08)?)?).ok()?;
        let size = usize::try_from(word(file, entry.checked_add(0x20)?)?).ok()?;
        end = end.max(offset.checked_add(size)?);
    }
    (end >= HEADER_SIZE && end <= file.len()).then_some(end)
}

/// Zeroes `e_shoff`, `e_shnum` and `e_shstrndx`.
fn unlink_sections(file: &mut [u8]) {
    file[0x28..0x30].fill(0);
    file[0x3c..0x40].fill(0);
}

fn word(file: &[u8], at: usize) -> Option<u64> {
    let bytes = file.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

fn half(file: &[u8], at: usize) -> Option<u16> {
    let bytes = file.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_elf_file_stays_as_it_is() {
        assert_eq!(loadable(b"#!/bin/sh\n").as_ref(), b"#!/bin/sh\n");
        assert_eq!(loadable(b"").as_ref(), b"");
        assert_eq!(loadable(MAGIC).as_ref(), MAGIC);
    }

    #[test]
    fn offsets_beyond_the_file_change_nothing() {
        let mut file = vec![0xff; 200];
        file[..4].copy_from_slice(MAGIC);
        file[4] = CLASS_64;
        file[5] = LITTLE_ENDIAN;
        assert_eq!(loadable(&file).as_ref(), file);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_cut_binary_still_runs() {
        use std::os::unix::fs::PermissionsExt;

        let itself = std::env::current_exe().unwrap();
        let file = std::fs::read(itself).unwrap();
        let cut = loadable(&file);
        assert!(cut.len() < file.len());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut");
        std::fs::write(&path, &cut).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let output = std::process::Command::new(path).arg("--list").output();
        assert!(output.unwrap().status.success());
    }
}
