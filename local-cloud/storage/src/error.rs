//! Why a call to Cloud Storage fails, without the status of any protocol.

use std::io;

use longshore_local_kit::disk;

/// Why a call to Cloud Storage failed.
///
/// Only [`StorageError::Content`] and [`StorageError::Journal`] are transient; retrying does not
/// help with the others. Texts follow Google's.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A name, parameter or document is malformed.
    #[error("{0}")]
    Invalid(String),
    /// The content does not have the checksum that the request gives. Nothing was stored.
    #[error("provided {what} {expected:?} does not match calculated {what} {found:?}")]
    Checksum {
        /// `crc32c` or `md5`.
        what: &'static str,
        /// The request's value, base64.
        expected: String,
        /// The content's value, base64.
        found: String,
    },
    #[error("the specified bucket does not exist: {0}")]
    NoBucket(String),
    /// The bucket does not have the object, or not in the requested generation.
    #[error("no such object: {bucket}/{object}")]
    NoObject { bucket: String, object: String },
    /// The resumable upload was never started, was cancelled, failed, or is older than a week. The
    /// client must start a new one.
    #[error("no such upload: {0}")]
    NoUpload(String),
    /// Bucket names are global, and this one is taken.
    #[error("the requested bucket name is not available: {0}")]
    BucketExists(String),
    #[error("bucket {bucket} belongs to project {owner}")]
    ForeignBucket {
        bucket: String,
        /// Number of the project that owns it.
        owner: u64,
    },
    /// Only an empty bucket can be deleted.
    #[error("the bucket you tried to delete is not empty: {0}")]
    BucketNotEmpty(String),
    #[error(
        "object '{bucket}/{object}' is under an active {hold} hold and cannot be deleted, overwritten or archived until the hold is removed"
    )]
    Held {
        bucket: String,
        object: String,
        /// `temporary` or `event-based`.
        hold: &'static str,
    },
    /// A notification configuration or an HMAC key that does not exist.
    #[error("{0} not found")]
    NotFound(String),
    /// The policy would make a bucket public that public access prevention protects.
    #[error(
        "The member bindings allUsers and allAuthenticatedUsers are not allowed since public access \
         prevention is enforced."
    )]
    PublicAccess,
    /// A precondition does not hold. Nothing was changed.
    #[error("at least one of the pre-conditions you specified did not hold")]
    Precondition,
    /// A "not match" precondition of a read names the current state: the reader has it already.
    #[error("not modified")]
    NotModified,
    /// The Cloud KMS key that protects the content cannot be used.
    #[error(transparent)]
    Key(#[from] KeyProblem),
    /// The range starts after the end of the content.
    #[error("the requested range is outside an object of {size_bytes} bytes")]
    Range { size_bytes: u64 },
    /// The local cloud does less than Google here.
    #[error("the local cloud does not serve {0}")]
    Unimplemented(String),
    /// Transient: the disk failed.
    #[error("cannot read or write the content")]
    Content(#[source] io::Error),
    /// Transient: the disk failed, and nothing was changed.
    #[error("cannot write the journal")]
    Journal(#[source] io::Error),
    /// The client stopped sending, or broke the protocol, within the content. Nothing was stored.
    #[error("the request body ended early: {0}")]
    Body(String),
}

/// Why a Cloud KMS key cannot be used. Permanent until the key or the request is changed. The texts
/// are those of <https://cloud.google.com/storage/docs/json_api/v1/status-codes>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    #[error("Bad Cloud KMS key.")]
    Bad,
    #[error("Cloud KMS key is disabled, destroyed, or scheduled to be destroyed.")]
    Disabled,
    #[error(
        "Permission denied on Cloud KMS key. Please ensure that your Cloud Storage service account \
         has been authorized to use this key."
    )]
    Denied,
    #[error("Cloud KMS encryption key not found.")]
    NoEncryptionKey,
    #[error("Resource's Cloud KMS decryption key not found.")]
    NoDecryptionKey,
    /// The key must be in the bucket's location.
    #[error("Cloud KMS key location not allowed.")]
    Location,
}

impl StorageError {
    /// A failure of the disk, which the log mentions if the disk is full.
    pub(crate) fn content(error: io::Error) -> Self {
        disk::report_if_full(&error);
        Self::Content(error)
    }
}
