//! Any text as sources: several files in one input, with a line `===` between them.
#![no_main]

mod support;

use flow_source::source_from_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut sources = Vec::new();
    let mut rest = data;
    for n in 0..4 {
        let end = rest.windows(5).position(|it| it == b"\n===\n");
        let (part, after) = end.map_or((rest, &[][..]), |at| (&rest[..at], &rest[at + 5..]));
        sources.extend(source_from_bytes(format!("{n}.yaml"), part).ok());
        rest = after;
        if end.is_none() {
            break;
        }
    }
    support::run(&sources);
});
