//! The calls about keys and buckets.

/// The calls about keys and buckets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorageCall {
    CreateKey,
    CreateKeyAlias,
    EnableKeyRotation,
    PutKeyPolicy,
    TagKey,
    CreateBucket,
    BlockPublicAccess,
    PutBucketEncryption,
    PutBucketLifecycle,
    PutBucketCors,
    PutBucketPolicy,
    TagBucket,
}

impl StorageCall {
    /// The service and its operation; IAM has other names for some of those of S3.
    pub(super) fn operation(&self) -> &'static str {
        match self {
            StorageCall::CreateKey => "kms:CreateKey",
            StorageCall::CreateKeyAlias => "kms:CreateAlias",
            StorageCall::EnableKeyRotation => "kms:EnableKeyRotation",
            StorageCall::PutKeyPolicy => "kms:PutKeyPolicy",
            StorageCall::TagKey => "kms:TagResource",
            StorageCall::CreateBucket => "s3:CreateBucket",
            StorageCall::BlockPublicAccess => "s3:PutPublicAccessBlock",
            StorageCall::PutBucketEncryption => "s3:PutBucketEncryption",
            StorageCall::PutBucketLifecycle => "s3:PutBucketLifecycleConfiguration",
            StorageCall::PutBucketCors => "s3:PutBucketCors",
            StorageCall::PutBucketPolicy => "s3:PutBucketPolicy",
            StorageCall::TagBucket => "s3:PutBucketTagging",
        }
    }
}
