//! The Query protocol: parameters in a form, answers in XML. Also form decoding for query strings.

use percent_encoding::percent_decode_str;
use uuid::Uuid;

use super::{REQUEST_ID, Request, Response};

/// The parameters of a Query request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    pairs: Vec<(String, String)>,
}

impl Form {
    /// Reads the form of a request, from its body or, as the protocol also allows, its URL.
    pub(crate) fn of(request: &Request) -> Self {
        let body = std::str::from_utf8(&request.body).unwrap_or_default();
        let mut pairs = decode(body).unwrap_or_default();
        pairs.extend(request.query.iter().cloned());
        Self { pairs }
    }

    /// A parameter's value.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The entries of a map written `{name}.entry.N.{key}` and `{name}.entry.N.{value}`, in order.
    pub(crate) fn entries(&self, name: &str, key: &str, value: &str) -> Vec<(String, String)> {
        self.pairs_of(&format!("{name}.entry"), key, value)
    }

    /// The members of a list of pairs written `{name}.N.{key}` and `{name}.N.{value}`, in order.
    pub(crate) fn pairs_of(&self, name: &str, key: &str, value: &str) -> Vec<(String, String)> {
        (1..)
            .map_while(|number| {
                let name_of_entry = self.get(&format!("{name}.{number}.{key}"))?;
                let value = self.get(&format!("{name}.{number}.{value}"));
                Some((
                    name_of_entry.to_owned(),
                    value.unwrap_or_default().to_owned(),
                ))
            })
            .collect()
    }

    /// The members of a list written `{name}.member.N`, in order.
    pub(crate) fn members(&self, name: &str) -> Vec<String> {
        (1..)
            .map_while(|number| self.get(&format!("{name}.member.{number}")))
            .map(str::to_owned)
            .collect()
    }
}

/// Decodes `a=b&c=d`; `None` if it is not UTF-8 once decoded.
pub(crate) fn decode(text: &str) -> Option<Vec<(String, String)>> {
    let decode = |part: &str| {
        let spaced = part.replace('+', " ");
        let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
        Some(decoded.into_owned())
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(key)?, decode(value)?))
        })
        .collect()
}

/// An answer: `<{operation}Response><{operation}Result>{result}</..><ResponseMetadata>..`. Without a
/// result the operation answers nothing but its metadata.
pub(crate) fn answer(namespace: &str, operation: &str, result: Option<&str>) -> Response {
    let id = Uuid::new_v4().to_string();
    let result = result.map_or_else(String::new, |result| {
        format!("<{operation}Result>{result}</{operation}Result>")
    });
    let body = format!(
        "<{operation}Response xmlns=\"{namespace}\">{result}\
         <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{operation}Response>"
    );
    Response::new(200, "text/xml", body).with_header(REQUEST_ID, &id)
}

/// `<name>text</name>`, escaped.
pub(crate) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// Text as XML content.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            // XML has no way to write these; one of them would make the whole answer unreadable.
            '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push('\u{fffd}');
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_decode_plus_percent_and_repeated_keys() {
        let pairs = decode("A=b+c%2B&A=%C3%A9&flag").expect("the form is UTF-8");
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(pairs, [("A", "b c+"), ("A", "é"), ("flag", "")]);
        assert!(decode("A=%FF").is_none());
    }

    #[test]
    fn what_xml_cannot_write_is_replaced() {
        assert_eq!(escape("a<b\u{1}\t&\0"), "a&lt;b\u{fffd}\t&amp;\u{fffd}");
    }

    #[test]
    fn maps_and_lists_are_read_in_order_until_the_first_gap() {
        let form = Form {
            pairs: decode(
                "Attributes.entry.1.key=Policy&Attributes.entry.1.value=x&Tags.member.1.Key=a\
                 &Tags.member.1.Value=b&K.member.1=one&K.member.2=two&K.member.4=four",
            )
            .expect("the form is UTF-8"),
        };
        assert_eq!(
            form.entries("Attributes", "key", "value"),
            [("Policy".to_owned(), "x".to_owned())]
        );
        assert_eq!(
            form.pairs_of("Tags.member", "Key", "Value"),
            [("a".to_owned(), "b".to_owned())]
        );
        assert_eq!(form.members("K"), ["one", "two"]);
    }
}
