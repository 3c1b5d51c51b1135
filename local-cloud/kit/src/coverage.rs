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

/// One of Google's APIs. Its methods are listed with these constructors:
///
/// ```
/// use longshore_local_kit::coverage::{Api, Method};
///
/// const API: Api = Api("Cloud Example");
/// const METHODS: &[Method] = &[
///     API.served("google.example.v1.Examples.Get", "GET /v1/examples/{example}", ""),
///     API.unimplemented("google.example.v1.Examples.List", "GET /v1/examples", "there are no lists"),
/// ];
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Api(pub &'static str);

impl Api {
    /// A method that is served over REST. `limits` says what is not supported, and is empty when
    /// nothing is known to be missing.
    #[must_use]
    pub const fn served(
        self,
        name: &'static str,
        rest: &'static str,
        limits: &'static str,
    ) -> Method {
        self.method(name, rest, Support::Served(limits))
    }

    /// A method that answers `UNIMPLEMENTED` over REST. `why` gives the reason or an alternative.
    #[must_use]
    pub const fn unimplemented(
        self,
        name: &'static str,
        rest: &'static str,
        why: &'static str,
    ) -> Method {
        self.method(name, rest, Support::Unimplemented(why))
    }

    /// A method over REST. For one that only gRPC has, `rest` is empty.
    #[must_use]
    pub const fn method(self, name: &'static str, rest: &'static str, support: Support) -> Method {
        Method { service: self.0, name, rest, grpc: "", support }
    }
}

impl Method {
    /// The method with its full gRPC path.
    #[must_use]
    pub const fn with_grpc(self, grpc: &'static str) -> Self {
        Self { grpc, ..self }
    }
}

/// Whether a method is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Yes. The text says what of it is not, and is empty when nothing is known to be missing.
    Served(&'static str),
    /// It answers `UNIMPLEMENTED`. The text says why, or what would do instead.
    Unimplemented(&'static str),
}
