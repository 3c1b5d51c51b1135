//! gRPC for the APIs that a service implements as REST.
//!
//! [`over`] stands before the router of an API. It takes a gRPC call, finds the HTTP rule
//! (`google.api.http`) of its method, makes the REST call that the rule describes, and writes the
//! response, or the error with its details, as messages. So a method is served over both transports
//! or over neither, and the layers behind this one, such as quotas and audit logs, see one kind of
//! call.
//!
//! # What is served
//! `methods.rs` of each service decides, as it does for REST: a gRPC method is served if one of its
//! HTTP rules leads to a listed method. The mixins `google.longrunning.Operations` and
//! `google.cloud.location.Locations` have other paths in each API, and take them from the list.
//! Methods whose list has a gRPC path of its own are passed on to the service: these APIs (Pub/Sub,
//! Cloud Storage, Cloud Functions v2, Cloud KMS and others) speak gRPC themselves.
//!
//! # What is not
//! Everything else fails with `UNIMPLEMENTED` and its name: methods of the list with the reason that
//! it gives, and methods and services that no list knows. Compressed requests fail with
//! `UNIMPLEMENTED` as well. Google's clients compress nothing unless they are configured to.
//!
//! A method whose responses stream is served if the service writes them as a JSON array, one element
//! after the other. Of requests that stream, only the first is acted on, because the REST call has
//! only one; a second one fails with `INVALID_ARGUMENT`, unless responses stream as well.
//!
//! - `descriptors`: the APIs, from `proto/`, and their HTTP rules. They are read when the first
//!   call needs them: a start does not wait for it.
//! - `template`: the paths of the rules. `table`: the gRPC methods of a list.
//! - `request`, `response`: from a message to a REST call, and back
//!   (<https://github.com/googleapis/googleapis/blob/master/google/api/http.proto>). `stream`: back to
//!   many messages.
//! - `layer`, `codec`: the layer, and messages that are not decoded. `sample`, `form`: calls for tests.
//! - `check`: whether a REST call fits the request of its method. `skipped`: the same for a gRPC call.

mod check;
mod codec;
mod descriptors;
mod form;
mod layer;
mod request;
mod response;
mod sample;
mod skipped;
mod stream;
mod table;
mod template;
#[cfg(test)]
mod tests;

pub use check::checked;
pub use form::{GrpcForm, NoForm};
pub use layer::over;
pub use sample::sample;
pub use table::grpc_path;
