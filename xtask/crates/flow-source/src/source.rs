//! Source files from the bytes on disk.

use std::sync::Arc;

use flow::diagnostic::{Diagnostic, SourceFile, Span};

use crate::rule;

/// Bytes in one source file. A flow is at most 256,000 characters of JSON, so a file beyond this
/// is not one; without a limit a stray archive would be parsed to its end.
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// Takes the bytes of a file as text; what is not UTF-8, or far too long, is a diagnostic at the
/// first place where it is wrong.
pub fn source_from_bytes(
    path: impl Into<String>,
    bytes: &[u8],
) -> Result<Arc<SourceFile>, Box<Diagnostic>> {
    let path = path.into();
    if bytes.len() > MAX_BYTES {
        let span = Span {
            file: SourceFile::new(path, ""),
            range: 0..0,
        };
        let headline = format!("source file of {} bytes", bytes.len());
        let label = format!("a source file has at most {MAX_BYTES} bytes");
        return Err(Box::new(
            rule::SOURCE_TOO_LARGE.error(headline, span, label),
        ));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            Ok(SourceFile::new(path, text))
        }
        Err(error) => Err(Box::new(not_utf8(path, bytes, error.valid_up_to()))),
    }
}

fn not_utf8(path: String, bytes: &[u8], at: usize) -> Diagnostic {
    let byte = bytes[at];
    let file = SourceFile::new(path, String::from_utf8_lossy(bytes));
    let span = Span {
        range: at..at + char::REPLACEMENT_CHARACTER.len_utf8(),
        file,
    };
    rule::NOT_UTF8
        .error(
            "source file is not UTF-8",
            span,
            format!("the byte 0x{byte:02X} stands for no character here"),
        )
        .with_help("save the file as UTF-8")
}
