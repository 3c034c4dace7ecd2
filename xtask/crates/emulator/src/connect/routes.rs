//! Which operation of the Connect API a request means, from the table in `routes.txt`.

use std::sync::LazyLock;

use crate::wire::Request;

/// One operation of the API.
#[derive(Debug)]
pub(super) struct Route {
    method: &'static str,
    segments: Vec<Segment>,
    pub(super) operation: &'static str,
    /// Abbreviations of the errors that the operation models.
    errors: Vec<&'static str>,
}

#[derive(Debug)]
enum Segment {
    Literal(&'static str),
    Parameter(&'static str),
}

static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    include_str!("routes.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(Route::parse)
        .collect()
});

/// The route of a request. Where several fit, the one with the most literal segments is meant:
/// `/attached-files/{InstanceId}/files` before `/attached-files/{InstanceId}/{FileId}`.
pub(super) fn find(request: &Request) -> Option<&'static Route> {
    ROUTES
        .iter()
        .filter(|route| route.method == request.method.as_str() && route.fits(&request.path))
        .max_by_key(|route| route.literals())
}

impl Route {
    fn parse(line: &'static str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let (method, path, operation) = (words.next()?, words.next()?, words.next()?);
        Some(Self {
            method,
            segments: path.split('/').skip(1).map(Segment::parse).collect(),
            operation,
            errors: words.collect(),
        })
    }

    fn fits(&self, path: &[String]) -> bool {
        self.segments.len() == path.len()
            && self
                .segments
                .iter()
                .zip(path)
                .all(|(segment, text)| match segment {
                    Segment::Literal(literal) => literal == text,
                    Segment::Parameter(_) => !text.is_empty(),
                })
    }

    fn literals(&self) -> usize {
        self.segments
            .iter()
            .filter(|segment| matches!(segment, Segment::Literal(_)))
            .count()
    }

    /// The decoded path parameter of this name.
    pub(super) fn parameter<'a>(&self, path: &'a [String], name: &str) -> Option<&'a str> {
        let position = self
            .segments
            .iter()
            .position(|segment| matches!(segment, Segment::Parameter(it) if *it == name))?;
        path.get(position).map(String::as_str)
    }

    /// Whether the operation can answer this error, given by its abbreviation.
    pub(super) fn models(&self, error: &str) -> bool {
        self.errors.contains(&error)
    }
}

impl Segment {
    fn parse(text: &'static str) -> Self {
        match text
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        {
            Some(name) => Segment::Parameter(name),
            None => Segment::Literal(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(method: &str, path: &str) -> Option<&'static str> {
        let request = Request {
            method: method.parse().unwrap(),
            path: path.split('/').skip(1).map(str::to_owned).collect(),
            query: Vec::new(),
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
        };
        find(&request).map(|route| route.operation)
    }

    #[test]
    fn a_path_names_its_operation() {
        for (method, path, expected) in [
            ("PUT", "/instance", Some("CreateInstance")),
            ("GET", "/instance", Some("ListInstances")),
            ("GET", "/instance/i-1", Some("DescribeInstance")),
            ("PUT", "/contact-flows/i-1", Some("CreateContactFlow")),
            (
                "POST",
                "/contact-flows/i-1/f-1:$SAVED/content",
                Some("UpdateContactFlowContent"),
            ),
            (
                "PUT",
                "/contact-flow-modules/i-1/m-1/alias",
                Some("CreateContactFlowModuleAlias"),
            ),
            ("PUT", "/contact/chat", Some("StartChatContact")),
            (
                "PUT",
                "/attached-files/i-1/files",
                Some("CreateAttachedFile"),
            ),
            ("GET", "/attached-files/i-1/f-1", Some("GetAttachedFile")),
            ("PATCH", "/instance", None),
            ("GET", "/nowhere", None),
            ("GET", "/", None),
        ] {
            assert_eq!(operation(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn every_line_of_the_table_is_a_route_of_its_own() {
        let lines = include_str!("routes.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .count();
        assert_eq!(ROUTES.len(), lines);
        for route in ROUTES.iter() {
            let path: String = route
                .segments
                .iter()
                .map(|segment| match segment {
                    Segment::Literal(text) => format!("/{text}"),
                    Segment::Parameter(name) => format!("/some-{name}"),
                })
                .collect();
            assert_eq!(operation(route.method, &path), Some(route.operation));
        }
    }
}
