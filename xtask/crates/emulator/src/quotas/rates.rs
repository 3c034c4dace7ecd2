//! How often operations may be called: token buckets by the emulator's clock.
//!
//! Connect counts per account, region and operation, the Participant Service per instance and
//! operation. Its pages can also be read as one limit across all operations; nobody has established
//! which holds. Of the Participant Service, SendMessage and SendEvent are listed together without
//! saying whether they share a bucket; here each has its own. Lambda documents no burst; here it is
//! a second's worth.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::wire::ServiceError;

/// A bucket's size and what flows into it each second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    per_second: f64,
    burst: f64,
}

/// The service, what it counts for, and the operation or the group of operations.
pub(super) type BucketName = (String, String, &'static str);

const fn rate(per_second: f64, burst: f64) -> Rate {
    Rate { per_second, burst }
}

/// What Connect's documentation gives to every operation it does not name.
const CONNECT: Rate = rate(2.0, 5.0);

/// The bucket a request takes from; `None` where no rate is documented.
pub(super) fn bucket(
    service: &str,
    operation: &str,
    instance: Option<&str>,
) -> Option<(BucketName, Rate)> {
    let name = |group: &'static str| (service.to_owned(), operation.to_owned(), group);
    match service {
        "connect" => Some((name("account"), of_connect(operation))),
        "participant" => {
            let rate = of_participant(operation)?;
            let scope = format!("{operation} {}", instance.unwrap_or_default());
            Some(((service.to_owned(), scope, "instance"), rate))
        }
        "lambda" => match operation {
            "Invoke" | "InvokeAsync" => None,
            "GetFunction" => Some((name("account"), rate(100.0, 100.0))),
            "GetPolicy" => Some((name("account"), rate(15.0, 15.0))),
            _ => {
                let all = (service.to_owned(), String::new(), "all others together");
                Some((all, rate(15.0, 15.0)))
            }
        },
        _ => None,
    }
}

fn of_connect(operation: &str) -> Rate {
    match operation {
        "StartChatContact"
        | "StartContactStreaming"
        | "StopContactStreaming"
        | "CreateParticipant"
        | "UpdateParticipantRoleConfig"
        | "CreatePersistentContactAssociation"
        | "GetMetricData"
        | "GetCurrentMetricData" => rate(5.0, 8.0),
        "GetContactAttributes"
        | "UpdateContactAttributes"
        | "DescribeContact"
        | "StopContact"
        | "UpdateContact"
        | "ListContactReferences"
        | "BatchPutContact" => rate(10.0, 15.0),
        "TagContact" | "UntagContact" => rate(20.0, 25.0),
        "UpdateContactRoutingData" => rate(20.0, 20.0),
        "SendChatIntegrationEvent" => rate(17.0, 26.0),
        "ListIntegrationAssociations" => rate(25.0, 50.0),
        "SearchContacts" => rate(0.5, 1.0),
        "GetMetricDataV2" => rate(10.0, 10.0),
        _ => CONNECT,
    }
}

fn of_participant(operation: &str) -> Option<Rate> {
    Some(match operation {
        "CreateParticipantConnection" => rate(6.0, 9.0),
        "DisconnectParticipant" => rate(3.0, 5.0),
        "GetTranscript" | "GetAttachment" => rate(8.0, 12.0),
        "SendMessage" | "SendEvent" => rate(10.0, 15.0),
        "StartAttachmentUpload" | "CompleteAttachmentUpload" => rate(2.0, 5.0),
        _ => return None,
    })
}

/// What a service answers to a request too many. StartChatContact documents an error of its own;
/// most other operations of Connect model `ThrottlingException`, and those of views
/// `TooManyRequestsException`.
pub(super) fn exceeded(service: &str, operation: &str) -> ServiceError {
    let is_view = matches!(
        operation,
        "CreateView"
            | "UpdateViewContent"
            | "UpdateViewMetadata"
            | "DescribeView"
            | "DeleteView"
            | "ListViews"
            | "CreateViewVersion"
            | "DeleteViewVersion"
            | "ListViewVersions"
            | "SearchViews"
    );
    let message = "Rate exceeded";
    match service {
        "lambda" => ServiceError::new(429, "TooManyRequestsException", message)
            .with("Type", Value::from("User"))
            .with("Reason", Value::from("CallerRateLimitExceeded")),
        "connect" if is_view || operation == "StartChatContact" => {
            ServiceError::new(429, "TooManyRequestsException", message)
        }
        _ => ServiceError::new(429, "ThrottlingException", message),
    }
}

/// What is left in every bucket that was ever taken from.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    levels: HashMap<BucketName, Level>,
}

#[derive(Clone, Copy, Debug)]
struct Level {
    tokens: f64,
    at: Timestamp,
}

impl Buckets {
    /// Takes a token, if there is one.
    pub(super) fn take(&mut self, name: BucketName, rate: Rate, now: Timestamp) -> bool {
        let level = self.levels.entry(name).or_insert(Level {
            tokens: rate.burst,
            at: now,
        });
        let passed = now.duration_since(level.at).as_secs_f64().max(0.0);
        level.tokens = (level.tokens + passed * rate.per_second).min(rate.burst);
        level.at = level.at.max(now);
        // Fractions of a token that rounding has lost must not cost a whole one.
        const ALMOST: f64 = 1.0 - 1e-6;
        if level.tokens < ALMOST {
            return false;
        }
        level.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(buckets: &mut Buckets, operation: &str, milliseconds: i64) -> bool {
        let (name, rate) = bucket("connect", operation, None).expect("Connect limits all");
        let now = Timestamp::from_millisecond(milliseconds).expect("it is a time");
        buckets.take(name, rate, now)
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate_and_operations_do_not_share() {
        let mut buckets = Buckets::default();
        let burst: Vec<bool> = (0..6)
            .map(|_| take(&mut buckets, "ListQueues", 0))
            .collect();
        assert_eq!(burst, [true, true, true, true, true, false]);
        assert!(take(&mut buckets, "DescribeQueue", 0));
        let later = [499, 500, 500, 999, 1000, 1001];
        let later = later.map(|time| take(&mut buckets, "ListQueues", time));
        assert_eq!(later, [false, true, false, false, true, false]);
        // An hour later the bucket is full, and not more than that.
        let full: Vec<bool> = (0..6)
            .map(|_| take(&mut buckets, "ListQueues", 3_600_000))
            .collect();
        assert_eq!(full, [true, true, true, true, true, false]);
    }

    #[test]
    fn lambda_shares_one_bucket_but_for_two_reads_and_the_data_plane() {
        let of = |operation| bucket("lambda", operation, None).map(|(name, _)| name);
        assert_eq!(of("CreateFunction"), of("PublishVersion"));
        assert_ne!(of("CreateFunction"), of("GetFunction"));
        assert_ne!(of("GetPolicy"), of("GetFunction"));
        assert_eq!(of("Invoke"), None);
    }

    #[test]
    fn the_participant_service_counts_by_instance() {
        let of = |instance| bucket("participant", "SendMessage", Some(instance));
        let names = [of("one"), of("two")].map(|bucket| bucket.map(|(name, _)| name));
        assert_ne!(names[0], names[1]);
    }
}
