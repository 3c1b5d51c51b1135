//! Which methods of Google's APIs the local cloud serves: the source of `COVERAGE.md`.
//!
//! Each service lists its methods next to the code that answers them. A test calls every one: a
//! method that is listed as served must not answer `UNIMPLEMENTED`, and one that is listed as
//! unimplemented must.

/// A method of one of Google's APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// The API, such as `Pub/Sub`.
    pub service: &'static str,
    /// Google's name for the method: `google.pubsub.v1.Publisher.Publish`, or
    /// `storage.objects.compose`.
    pub name: &'static str,
    /// HTTP method and path, as in Google's reference: `POST
    /// /v1/projects/{project}/topics/{topic}:publish`. Empty for a method that exists over gRPC
    /// only.
    pub rest: &'static str,
    /// Full gRPC path, such as `/google.pubsub.v1.Publisher/Publish`. Empty where the local cloud
    /// does not speak gRPC.
    pub grpc: &'static str,
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
///     API.unimplemented("google.example.v1.Examples.List", "GET /v1/examples", "no lists"),
/// ];
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Api(pub &'static str);

impl Api {
    /// A method that is served over REST. `limits` names what is not supported, and is empty when
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

    /// A method over REST. `rest` is empty for a method that exists over gRPC only.
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
    /// It is served. The text names what is not supported, and is empty when nothing is known to
    /// be missing.
    Served(&'static str),
    /// It answers `UNIMPLEMENTED`. The text gives the reason or an alternative.
    Unimplemented(&'static str),
}
