//! The flows that Connect seeds into every instance. They are not ours to report, and what they
//! were at first nobody has recorded.

use flow::model::DocumentKind;

/// The default of each type, which applies where nothing else is set.
const DEFAULTS: [&str; 8] = [
    "Default agent hold",
    "Default agent transfer",
    "Default agent whisper",
    "Default customer hold",
    "Default customer queue",
    "Default customer whisper",
    "Default outbound",
    "Default queue transfer",
];

/// Whether a flow has the title of a seeded one.
pub(crate) fn seeded(title: &str, kind: DocumentKind) -> bool {
    kind != DocumentKind::Module && (DEFAULTS.contains(&title) || title.starts_with("Sample "))
}
