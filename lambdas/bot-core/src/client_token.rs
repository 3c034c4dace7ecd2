//! Client tokens that are the same on every try, so that a repeated call is not a second effect.

use uuid::Uuid;

/// The namespace of Flowyard's tokens, chosen once at random.
const NAMESPACE: Uuid = Uuid::from_u128(0x5f1e_0c1b_8a5d_4a0e_9a6b_3c0d_7d42_e811);

/// A version 5 UUID of the parts.
pub fn client_token(parts: &[&str]) -> String {
    // A unit separator stands between the parts, so that ["a", "bc"] and ["ab", "c"] differ.
    Uuid::new_v5(&NAMESPACE, parts.join("\u{1f}").as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::client_token;

    #[test]
    fn equal_parts_give_equal_tokens_and_no_others_do() {
        assert_eq!(
            client_token(&["stream", "c-1"]),
            client_token(&["stream", "c-1"])
        );
        assert_ne!(
            client_token(&["stream", "c-1"]),
            client_token(&["stream", "c-2"])
        );
        assert_ne!(client_token(&["a", "bc"]), client_token(&["ab", "c"]));
        // The value itself is part of the contract: a new release must repeat what the old one began.
        assert_eq!(
            client_token(&["stream", "c-1"]),
            "652196ae-3cb2-5f23-b633-bddd7e6f10d4"
        );
    }
}
