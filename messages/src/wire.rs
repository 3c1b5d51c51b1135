//! Messages in Pub/Sub: CloudEvents in the Pub/Sub protocol binding, in binary mode (`ce-*`
//! attributes, and the event's data as the message's data).
//! <https://github.com/google/knative-gcp/blob/main/docs/spec/pubsub-protocol-binding.md>

mod decoding;
mod encoding;
mod event;
mod message;
mod requester;
mod specification;
mod trace;

pub(crate) use decoding::decode_cancel;
pub use decoding::{DecodeError, MAX_DATA_BYTES, decode, decode_batch, decode_request};
pub use encoding::{StageMessage, encode, encode_batch, encode_cancel, encode_request};
pub(crate) use encoding::{encode_event, once};
pub use event::{ContentType, Event, EventError};
pub use message::WireMessage;
pub use requester::{Requester, encode_outcome};
pub use trace::TraceContext;
