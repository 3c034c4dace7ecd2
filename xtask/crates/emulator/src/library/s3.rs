//! S3 as far as deployments use it: buckets with their settings, and objects enough to tell whether a
//! bucket is empty. Where the library differs from AWS: a bucket may be made for another region than
//! the one asked, tags it is made with are lost, one that belongs to somebody else is not known, public access is open at first,
//! uploads in chunks are kept with their framing, who a request expects as owner is not looked at, and
//! a bucket's place is told in a way that clients cannot read.

use std::collections::HashSet;
use std::sync::MutexGuard;

use bytes::{Bytes, BytesMut};
use http::Method;
use serde_json::Value;

use super::Library;
use crate::wire::{Request, Response, Service, ServiceError};

/// The settings of a bucket and the operations that read and write them.
const SETTINGS: [(&str, &str, &str); 7] = [
    ("cors", "GetBucketCors", "PutBucketCors"),
    ("encryption", "GetBucketEncryption", "PutBucketEncryption"),
    (
        "lifecycle",
        "GetBucketLifecycleConfiguration",
        "PutBucketLifecycleConfiguration",
    ),
    ("location", "GetBucketLocation", ""),
    ("policy", "GetBucketPolicy", "PutBucketPolicy"),
    (
        "publicAccessBlock",
        "GetPublicAccessBlock",
        "PutPublicAccessBlock",
    ),
    ("tagging", "GetBucketTagging", "PutBucketTagging"),
];

/// What new buckets have at AWS since April 2023.
const ALL_BLOCKED: &str = "<PublicAccessBlockConfiguration>\
    <BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>\
    <BlockPublicPolicy>true</BlockPublicPolicy>\
    <RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";

/// The operation of a request, if it is one of those that are here.
pub(crate) fn operation(request: &Request) -> Option<&'static str> {
    let has = |name: &str| request.query(name).is_some();
    // Whatever is neither a setting known here nor a way of saying the same request again.
    let plain = request.query.iter().all(|(name, _)| name == "x-id");
    match (request.path.len(), &request.method) {
        (1, &Method::HEAD) if plain => Some("HeadBucket"),
        (1, &Method::PUT) if plain => Some("CreateBucket"),
        (1, &Method::DELETE) if plain => Some("DeleteBucket"),
        (1, &Method::POST) if has("delete") => Some("DeleteObjects"),
        (1, &Method::GET) if request.query("list-type") == Some("2") => Some("ListObjectsV2"),
        (1, &Method::GET) => setting(request).map(|(_, read, _)| read),
        (1, &Method::PUT) => setting(request)
            .map(|(_, _, write)| write)
            .filter(|write| !write.is_empty()),
        (2.., &Method::PUT) if plain && !is_copy(request) => Some("PutObject"),
        (2.., &Method::GET) if plain => Some("GetObject"),
        _ => None,
    }
}

fn is_copy(request: &Request) -> bool {
    request.header("x-amz-copy-source").is_some()
}

fn setting(request: &Request) -> Option<(&'static str, &'static str, &'static str)> {
    SETTINGS
        .into_iter()
        .find(|(name, _, _)| request.query(name).is_some())
}

impl Library {
    /// From now on a bucket of that name belongs to an account that is not ours.
    pub(crate) fn take_bucket(&self, name: &str) {
        self.foreign_buckets().insert(name.to_owned());
    }

    pub(super) async fn s3(
        &self,
        operation: &str,
        request: &Request,
    ) -> Result<Response, ServiceError> {
        let bucket = request.path.first().map(String::as_str).unwrap_or_default();
        self.check_owner(operation, bucket, request)?;
        let result = match operation {
            "CreateBucket" => self.create_bucket(request).await,
            "PutBucketPolicy" => {
                check_policy(request)?;
                self.pass(Service::S3, request).await
            }
            "PutObject" => self.put_object(request).await,
            "GetBucketLocation" => self.bucket_location(request).await,
            _ => self.pass(Service::S3, request).await,
        };
        // An answer to HEAD has no body that could name the error.
        match result {
            Err(error) if operation == "HeadBucket" => Err(ServiceError {
                code: "NotFound".to_owned(),
                ..error
            }),
            result => result,
        }
    }

    fn check_owner(
        &self,
        operation: &str,
        bucket: &str,
        request: &Request,
    ) -> Result<(), ServiceError> {
        let foreign = self.foreign_buckets().contains(bucket);
        let expected = request.header("x-amz-expected-bucket-owner");
        if foreign && operation == "CreateBucket" {
            return Err(ServiceError::new(
                409,
                "BucketAlreadyExists",
                "The requested bucket name is not available. The bucket namespace is shared by \
                 all users of the system. Please select a different name and try again.",
            ));
        }
        if foreign || expected.is_some_and(|owner| owner != self.account) {
            return Err(ServiceError::new(403, "AccessDenied", "Access Denied"));
        }
        Ok(())
    }

    async fn create_bucket(&self, request: &Request) -> Result<Response, ServiceError> {
        let body = String::from_utf8_lossy(&request.body);
        let asked = super::iam::content(&body, "LocationConstraint");
        // The oldest region is the one that must not be named.
        let fits = match &asked {
            None => self.region == "us-east-1",
            Some(asked) => *asked == self.region && self.region != "us-east-1",
        };
        if !fits {
            let asked = asked.as_deref().unwrap_or("unspecified");
            return Err(ServiceError::new(
                400,
                "IllegalLocationConstraintException",
                format!(
                    "The {asked} location constraint is incompatible for the region specific \
                     endpoint this request was sent to."
                ),
            ));
        }
        let response = self.pass(Service::S3, request).await?;
        let block = Request {
            query: vec![("publicAccessBlock".to_owned(), String::new())],
            body: Bytes::from_static(ALL_BLOCKED.as_bytes()),
            ..request.clone()
        };
        self.pass(Service::S3, &block).await?;
        if let Some(tags) = super::iam::content(&body, "Tags") {
            let tagging = format!("<Tagging><TagSet>{tags}</TagSet></Tagging>");
            let tagging = Request {
                query: vec![("tagging".to_owned(), String::new())],
                body: tagging.into(),
                ..request.clone()
            };
            self.pass(Service::S3, &tagging).await?;
        }
        Ok(response)
    }

    /// The oldest region has no name here either.
    async fn bucket_location(&self, request: &Request) -> Result<Response, ServiceError> {
        let mut response = self.pass(Service::S3, request).await?;
        let place = match self.region.as_str() {
            "us-east-1" => "",
            region => region,
        };
        let body = format!(
            "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{place}\
             </LocationConstraint>"
        );
        response.body = body.into();
        Ok(response)
    }

    async fn put_object(&self, request: &Request) -> Result<Response, ServiceError> {
        let chunked = request
            .header("x-amz-content-sha256")
            .is_some_and(|sha| sha.starts_with("STREAMING-"));
        if !chunked {
            return self.pass(Service::S3, request).await;
        }
        let Some(body) = without_framing(&request.body) else {
            return Err(ServiceError::new(
                400,
                "IncompleteBody",
                "The chunks of the body are not complete.",
            ));
        };
        let whole = Request {
            body,
            ..request.clone()
        };
        self.pass(Service::S3, &whole).await
    }

    fn foreign_buckets(&self) -> MutexGuard<'_, HashSet<String>> {
        self.foreign_buckets
            .lock()
            .expect("no code panics while it holds the foreign buckets")
    }
}

fn check_policy(request: &Request) -> Result<(), ServiceError> {
    let malformed = |message: &str| Err(ServiceError::new(400, "MalformedPolicy", message));
    match serde_json::from_slice::<Value>(&request.body) {
        Ok(Value::Object(policy)) if policy.contains_key("Statement") => Ok(()),
        Ok(Value::Object(_)) => malformed("Missing required field Statement"),
        _ => malformed("Policies must be valid JSON and the first byte must be '{'"),
    }
}

/// The content of a body sent as `aws-chunked`: hexadecimal length, extensions, a line's end, and
/// so many bytes, until a chunk of length zero. `None` if it is cut short.
fn without_framing(body: &[u8]) -> Option<Bytes> {
    let mut content = BytesMut::new();
    let mut rest = body;
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let head = std::str::from_utf8(&rest[..end]).ok()?;
        let length = usize::from_str_radix(head.split(';').next()?, 16).ok()?;
        if length == 0 {
            return Some(content.freeze());
        }
        let chunk = rest.get(end + 2..)?;
        content.extend_from_slice(chunk.get(..length)?);
        rest = chunk.get(length..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together_and_trailers_left_out() {
        let body =
            b"4;chunk-signature=0\r\nsome\r\n3\r\nbod\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n";
        assert_eq!(
            without_framing(body).as_deref(),
            Some(b"somebod".as_slice())
        );
        assert_eq!(without_framing(b"ff\r\nsome"), None);
        assert_eq!(without_framing(b""), None);
    }
}
