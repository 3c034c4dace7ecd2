//! References to the contact's data, as they stand in parameters: `$.Attributes.name`.

/// Roots that hold further keys; the bare root is refused where a value is expected.
const NAMESPACES: [&str; 29] = [
    "AdditionalEmailRecipients",
    "Agent",
    "Attributes",
    "Capabilities",
    "Case",
    "Customer",
    "CustomerEndpoint",
    "DataTableList",
    "DataTables",
    "DeliveryReceipts",
    "Email",
    "External",
    "FlowAttributes",
    "LambdaInvocation",
    "Lex",
    "Loop",
    "Media",
    "MediaStreams",
    "Metrics",
    "Modules",
    "OutboundCommunication",
    "Queue",
    "References",
    "SegmentAttributes",
    "SystemEndpoint",
    "Tags",
    "Task",
    "Views",
    "Wisdom",
];

/// Roots that are values themselves.
const VALUES: [&str; 14] = [
    "AwsRegion",
    "Channel",
    "ContactId",
    "CustomerId",
    "Description",
    "InitialContactId",
    "InitiationMethod",
    "InstanceARN",
    "LanguageCode",
    "Name",
    "PreviousContactId",
    "StoredCustomerInput",
    "Tags",
    "TextToSpeechVoiceId",
];

/// Whether a text is one reference, well-formed or not.
pub fn is_reference(text: &str) -> bool {
    text.starts_with("$.") || text == "$"
}

/// Whether a reference leads to a value under a root that the service knows.
pub fn leads_to_a_value(reference: &str) -> bool {
    let Some(path) = reference.strip_prefix("$.") else {
        return false;
    };
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (root, rest) = path.split_at(end);
    if rest.is_empty() {
        return VALUES.contains(&root);
    }
    let has_leaf = !rest.ends_with('.') && rest.len() > 1;
    has_leaf && (NAMESPACES.contains(&root) || VALUES.contains(&root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_needs_a_known_root_and_a_leaf() {
        for good in [
            "$.Attributes.name",
            "$.Attributes['a key']",
            "$.External.status",
            "$.Channel",
            "$.SegmentAttributes['connect:Subtype']",
            "$.Tags",
        ] {
            assert!(leads_to_a_value(good), "{good}");
        }
        for bad in [
            "$.External",
            "$.",
            "$",
            "$.Nothing.here",
            "$.Attributes.",
            "Channel",
        ] {
            assert!(!leads_to_a_value(bad), "{bad}");
        }
    }
}
