//! Calls over gRPC, with messages whose types are known only here.

use std::net::SocketAddr;

use axum::http::uri::PathAndQuery;
use bytes::{Buf as _, BufMut as _, Bytes};
use longshore_local_cloud::GrpcForm;
use serde_json::{Value, json};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};

use super::judge::Response;

/// The HTTP status of each code: `google/rpc/code.proto`.
const CODES: [(Code, &str, u16); 17] = [
    (Code::Ok, "OK", 200),
    (Code::Cancelled, "CANCELLED", 499),
    (Code::Unknown, "UNKNOWN", 500),
    (Code::InvalidArgument, "INVALID_ARGUMENT", 400),
    (Code::DeadlineExceeded, "DEADLINE_EXCEEDED", 504),
    (Code::NotFound, "NOT_FOUND", 404),
    (Code::AlreadyExists, "ALREADY_EXISTS", 409),
    (Code::PermissionDenied, "PERMISSION_DENIED", 403),
    (Code::ResourceExhausted, "RESOURCE_EXHAUSTED", 429),
    (Code::FailedPrecondition, "FAILED_PRECONDITION", 400),
    (Code::Aborted, "ABORTED", 409),
    (Code::OutOfRange, "OUT_OF_RANGE", 400),
    (Code::Unimplemented, "UNIMPLEMENTED", 501),
    (Code::Internal, "INTERNAL", 500),
    (Code::Unavailable, "UNAVAILABLE", 503),
    (Code::DataLoss, "DATA_LOSS", 500),
    (Code::Unauthenticated, "UNAUTHENTICATED", 401),
];

pub(super) struct Grpc(tonic::client::Grpc<Channel>);

impl Grpc {
    pub(super) fn to(address: SocketAddr) -> Self {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        Self(tonic::client::Grpc::new(endpoint.connect_lazy()))
    }

    /// The response as REST has it.
    pub(super) async fn call(
        &mut self,
        form: &GrpcForm,
        message: Vec<u8>,
        streams: bool,
    ) -> Response {
        match self.answer(form.path(), message.into(), streams).await {
            Ok(None) => Response::of(200, Value::Null),
            Ok(Some(message)) => match form.decoded(&message) {
                Ok(body) => Response::of(200, body),
                Err(why) => {
                    refused(Code::Internal, &format!("the response is not readable: {why}"))
                }
            },
            Err(status) => refused(status.code(), status.message()),
        }
    }

    /// The one message. `None` if there is a stream of them, which has begun.
    async fn answer(
        &mut self,
        path: &str,
        message: Bytes,
        streams: bool,
    ) -> Result<Option<Bytes>, Status> {
        let path: PathAndQuery = path.parse().unwrap();
        self.0.ready().await.unwrap();
        if streams {
            let messages = Request::new(futures::stream::iter([message]));
            return self.0.streaming(messages, path, Plain).await.map(|_| None);
        }
        let answer = self.0.unary(Request::new(message), path, Plain).await?;
        Ok(Some(answer.into_inner()))
    }
}

fn refused(code: Code, message: &str) -> Response {
    let (_, name, status) = CODES.iter().find(|(known, ..)| *known == code).unwrap();
    Response::of(*status, json!({"error": {"status": name, "message": message}}))
}

/// Leaves the bytes of messages as they are.
#[derive(Clone, Copy, Debug, Default)]
struct Plain;

impl Codec for Plain {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put(message);
        Ok(())
    }
}

impl Decoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
