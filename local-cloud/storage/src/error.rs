//! What can go wrong in Cloud Storage, in the words of both protocols' common status table.

use std::io;

/// Why a call to Cloud Storage was refused.
///
/// Only [`StorageError::Content`] and [`StorageError::Journal`] may pass when the same call is made
/// again; everything else is the answer to the question as it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// A name, parameter or document is not what the protocol asks for.
    #[error("{0}")]
    Invalid(String),
    /// What the client says about the content is not what arrived. Nothing was stored.
    #[error("the content's {what} is {found}, but the request said {expected}")]
    Checksum {
        /// `crc32c` or `md5`.
        what: &'static str,
        /// The request's value, base64.
        expected: String,
        /// The content's value, base64.
        found: String,
    },
    /// No bucket has that name.
    #[error("the specified bucket does not exist: {0}")]
    NoBucket(String),
    /// The bucket has no such object, or not in that generation.
    #[error("no such object: {bucket}/{object}")]
    NoObject {
        /// Bucket.
        bucket: String,
        /// Object.
        object: String,
    },
    /// The resumable upload was never started, was cancelled, failed, or is older than a week. The
    /// client starts a new one.
    #[error("no such upload: {0}")]
    NoUpload(String),
    /// Bucket names are global, and somebody has this one.
    #[error("the requested bucket name is not available: {0}")]
    BucketExists(String),
    /// The bucket belongs to another project.
    #[error("bucket {bucket} belongs to project {owner}")]
    ForeignBucket {
        /// Bucket.
        bucket: String,
        /// Number of the project that owns it.
        owner: u64,
    },
    /// Only an empty bucket can be deleted.
    #[error("the bucket you tried to delete is not empty: {0}")]
    BucketNotEmpty(String),
    /// The object cannot be deleted or replaced until its hold is lifted.
    #[error(
        "object {bucket}/{object} is under an active {hold} hold, and cannot be deleted, replaced or archived until it is lifted"
    )]
    Held {
        /// Bucket.
        bucket: String,
        /// Object.
        object: String,
        /// `temporary` or `event-based`.
        hold: &'static str,
    },
    /// A notification configuration or an HMAC key that does not exist.
    #[error("{0} not found")]
    NotFound(String),
    /// A precondition named another state than the present one. Nothing was changed.
    #[error("at least one of the pre-conditions you specified did not hold")]
    Precondition,
    /// A read with a "not match" precondition found exactly that state.
    #[error("not modified")]
    NotModified,
    /// The range begins behind the end.
    #[error("the requested range is outside an object of {size_bytes} bytes")]
    Range {
        /// The object's size.
        size_bytes: u64,
    },
    /// The local cloud does less than Google here.
    #[error("the local cloud does not serve {0}")]
    Unimplemented(String),
    /// The content could not be written or read.
    #[error("cannot keep or read the content")]
    Content(#[source] io::Error),
    /// The change could not be written down, and was not made.
    #[error("cannot write the journal")]
    Journal(#[source] io::Error),
    /// The client stopped sending, or broke the protocol, inside the content. Nothing was stored.
    #[error("the request's body ended early: {0}")]
    Body(String),
}
