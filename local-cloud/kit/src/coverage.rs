//! What the local cloud serves of Google's APIs, method by method: the source of `COVERAGE.md`.
//!
//! Each service lists its methods beside the code that answers them. A test sends every one of
//! them: a method that is listed as served must not answer `UNIMPLEMENTED`, and one that is listed
//! as unimplemented must.

/// One method of one of Google's APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// The API, such as `Pub/Sub`.
    pub service: &'static str,
    /// Google's name of the method: `google.pubsub.v1.Publisher.Publish`, or
    /// `storage.objects.compose`.
    pub name: &'static str,
    /// HTTP method and path, as Google's reference has them: `POST
    /// /v1/projects/{project}/topics/{topic}:publish`. Empty for a method that only gRPC has.
    pub rest: &'static str,
    /// Full gRPC path, such as `/google.pubsub.v1.Publisher/Publish`. Empty where the local cloud
    /// has no gRPC.
    pub grpc: &'static str,
    /// Whether it is served.
    pub support: Support,
}

/// Whether a method is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Yes. The text says what of it is not, and is empty when nothing is known to be missing.
    Served(&'static str),
    /// It answers `UNIMPLEMENTED`. The text says why, or what would do instead.
    Unimplemented(&'static str),
}
