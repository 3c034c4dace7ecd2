//! What functions write: collected line by line, kept in log groups, never shown on the terminal.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

use crate::clock::Clock;

/// The log of one execution environment.
pub(super) struct Log {
    pub(super) group: String,
    pub(super) stream: String,
    clock: Clock,
    /// What is not in the log group yet: emulated milliseconds and line.
    lines: Mutex<Vec<(i64, String)>>,
}

/// How much of a line is kept, as much as a log event of CloudWatch may have.
const LINE_LIMIT: u64 = 256 << 10;

impl Log {
    pub(super) fn new(group: String, stream: String, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            group,
            stream,
            clock,
            lines: Mutex::default(),
        })
    }

    pub(super) fn write(&self, line: impl Into<String>) {
        let at = self.clock.now().as_millisecond();
        self.lines().push((at, line.into()));
    }

    /// What was written since the last time.
    pub(super) fn take(&self) -> Vec<(i64, String)> {
        std::mem::take(&mut self.lines())
    }

    /// Collects what a process writes until it closes the pipe.
    pub(super) fn collect(self: &Arc<Self>, pipe: impl AsyncRead + Unpin + Send + 'static) {
        let log = Arc::clone(self);
        tokio::spawn(async move {
            let mut reader = BufReader::new(pipe);
            let mut line = Vec::new();
            // A longer line is kept as several, so that no line can fill the memory.
            while matches!(read_line(&mut reader, &mut line).await, Ok(1..)) {
                log.write(String::from_utf8_lossy(&line).trim_end().to_owned());
                line.clear();
            }
        });
    }

    fn lines(&self) -> MutexGuard<'_, Vec<(i64, String)>> {
        self.lines
            .lock()
            .expect("no code panics while it holds the log")
    }
}

async fn read_line(
    reader: &mut (impl AsyncBufRead + Unpin),
    line: &mut Vec<u8>,
) -> Result<usize, std::io::Error> {
    let mut part = reader.take(LINE_LIMIT);
    part.read_until(b'\n', line).await
}

/// The last four kilobytes of a log, which `LogType: Tail` asks for.
pub(super) fn tail(lines: &[(i64, String)]) -> String {
    const TAIL: usize = 4096;
    let text: String = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
    let mut from = text.len().saturating_sub(TAIL);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text[from..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_without_end_is_kept_in_parts() {
        let text = vec![b'x'; 600 << 10];
        let mut reader = BufReader::new(text.as_slice());
        let mut sizes = Vec::new();
        let mut line = Vec::new();
        while matches!(read_line(&mut reader, &mut line).await, Ok(1..)) {
            sizes.push(line.len());
            line.clear();
        }
        assert_eq!(sizes, [256 << 10, 256 << 10, 88 << 10]);
    }
}
