//! Content over gRPC: an object in one stream, or a resumable upload in several. Both methods of
//! Google's clients, and both APIs, write the same uploads.

use futures::stream::{self, BoxStream, StreamExt as _};
use time::OffsetDateTime;
use tonic::{Status, Streaming};

use super::messages::{self, proto, refuse_given, signed};
use crate::wire::acl;
use crate::wire::receive::Receiver;
use crate::wire::resumable::{self, Open, Progress};
use crate::wire::sessions::Guard;
use crate::wire::shell::Shell;
use crate::{Digest, ExpectedChecksums, ObjectRecord, StorageError, UploadRecord, WriteRequest};

/// Maximum content of one message: `MAX_WRITE_CHUNK_BYTES` of Google's `ServiceConstants`.
const CHUNK_BYTES: usize = 2 * 1024 * 1024;

/// A message of a write, over either method.
struct Message {
    first: Option<First>,
    offset: i64,
    data: Option<proto::ChecksummedData>,
    checksums: Option<proto::ObjectChecksums>,
    is_flush: bool,
    is_lookup: bool,
    is_last: bool,
}

/// What a write is about.
enum First {
    Upload(String),
    Object(Box<proto::WriteObjectSpec>),
}

impl TryFrom<proto::WriteObjectRequest> for Message {
    type Error = StorageError;

    fn try_from(request: proto::WriteObjectRequest) -> Result<Self, StorageError> {
        use proto::write_object_request::{Data, FirstMessage};
        let has_key = request.common_object_request_params.is_some();
        refuse_given(&[("common_object_request_params", has_key)])?;
        Ok(Self {
            first: request.first_message.map(|first| match first {
                FirstMessage::UploadId(id) => First::Upload(id),
                FirstMessage::WriteObjectSpec(spec) => First::Object(Box::new(spec)),
            }),
            offset: request.write_offset,
            data: request.data.map(|Data::ChecksummedData(data)| data),
            checksums: request.object_checksums,
            is_flush: false,
            is_lookup: false,
            is_last: request.finish_write,
        })
    }
}

impl TryFrom<proto::BidiWriteObjectRequest> for Message {
    type Error = StorageError;

    fn try_from(request: proto::BidiWriteObjectRequest) -> Result<Self, StorageError> {
        use proto::bidi_write_object_request::{Data, FirstMessage};
        let has_key = request.common_object_request_params.is_some();
        let is_append = matches!(request.first_message, Some(FirstMessage::AppendObjectSpec(_)));
        refuse_given(&[
            ("common_object_request_params", has_key),
            ("append_object_spec", is_append),
        ])?;
        Ok(Self {
            first: request.first_message.and_then(|first| match first {
                FirstMessage::UploadId(id) => Some(First::Upload(id)),
                FirstMessage::WriteObjectSpec(spec) => Some(First::Object(Box::new(spec))),
                FirstMessage::AppendObjectSpec(_) => None,
            }),
            offset: request.write_offset,
            data: request.data.map(|Data::ChecksummedData(data)| data),
            checksums: request.object_checksums,
            is_flush: request.flush,
            is_lookup: request.state_lookup,
            is_last: request.finish_write,
        })
    }
}

/// An object on its way.
struct Write {
    shell: Shell,
    target: Target,
    /// What has been received, also by earlier streams.
    received: u64,
    /// The size that the content must have.
    size: Option<u64>,
    expected: ExpectedChecksums,
}

enum Target {
    Object(Box<WriteRequest>, Receiver<()>),
    Upload(Box<UploadRecord>, Receiver<Guard>),
    Finished(Box<ObjectRecord>),
}

/// Where a write is after a message, or at the end of a stream.
enum State {
    Persisted(u64),
    Finished(Box<ObjectRecord>),
}

impl Write {
    async fn begin(shell: &Shell, first: Option<First>) -> Result<Self, StorageError> {
        let (target, received, size) = match first {
            Some(First::Upload(id)) => match resumable::open(shell, &id).await? {
                Open::Finished(object) => (Target::Finished(object), 0, None),
                Open::Receiving { upload, receiver, received } => {
                    (Target::Upload(upload, receiver), received, None)
                }
            },
            Some(First::Object(spec)) => {
                let (request, list, size) = messages::write_request(*spec, None)?;
                acl::check(shell, &request.bucket, &[("predefined_acl", list.as_str())]).await?;
                let receiver = Receiver::new(shell, None, ());
                (Target::Object(Box::new(request), receiver), 0, size)
            }
            None => {
                let text = "the first message must have an upload_id or a write_object_spec";
                return Err(StorageError::Invalid(text.to_owned()));
            }
        };
        let expected = ExpectedChecksums::default();
        Ok(Self { shell: shell.clone(), target, received, size, expected })
    }

    /// Takes the content of a message.
    async fn take(&mut self, message: &Message) -> Result<(), Status> {
        self.expected =
            messages::expected(message.checksums.as_ref())?.or(std::mem::take(&mut self.expected));
        let Some(data) = &message.data else { return Ok(()) };
        let content = &data.content;
        if content.len() > CHUNK_BYTES {
            let text = format!("checksummed_data: it must have at most {CHUNK_BYTES} bytes");
            return Err(Status::invalid_argument(text));
        }
        if let Some(crc32c) = data.crc32c {
            let expected = ExpectedChecksums { crc32c: Some(crc32c), md5: None };
            let found = Digest { crc32c: crc32c::crc32c(content), ..Digest::default() };
            expected.check(&found)?;
        }
        // After a lost response, a caller sends bytes again that were received already.
        let offset = u64::try_from(message.offset).ok().filter(|offset| *offset <= self.received);
        let Some(offset) = offset else {
            let text = format!(
                "write_offset: it is {}, but {} bytes were received",
                message.offset, self.received
            );
            return Err(Status::out_of_range(text));
        };
        let known = usize::try_from(self.received - offset).unwrap_or(usize::MAX);
        let fresh = content.get(known..).unwrap_or_default();
        match &mut self.target {
            Target::Object(_, receiver) => receiver.push(fresh).await?,
            Target::Upload(_, receiver) => receiver.push(fresh).await?,
            Target::Finished(_) => return Ok(()),
        }
        self.received += fresh.len() as u64;
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), StorageError> {
        match &mut self.target {
            Target::Object(_, receiver) => receiver.flush().await,
            Target::Upload(_, receiver) => receiver.flush().await,
            Target::Finished(_) => Ok(()),
        }
    }

    fn state(&self) -> State {
        match &self.target {
            Target::Finished(object) => State::Finished(object.clone()),
            Target::Object(..) | Target::Upload(..) => State::Persisted(self.received),
        }
    }

    /// Creates the object.
    async fn finish(self) -> Result<Box<ObjectRecord>, Status> {
        if let Some(size) = self.size.filter(|size| *size != self.received) {
            let text = format!("object_size: it is {size}, but {} bytes were sent", self.received);
            return Err(Status::out_of_range(text));
        }
        match self.target {
            Target::Finished(object) => Ok(object),
            Target::Object(mut request, receiver) => {
                request.expected = self.expected.or(request.expected);
                let written = receiver.finish(move |service, staged, ()| {
                    service.write(&request, staged, OffsetDateTime::now_utc())
                });
                Ok(Box::new(written.await?))
            }
            Target::Upload(mut upload, receiver) => {
                let id = upload.id.clone();
                upload.request.expected = self.expected.or(upload.request.expected);
                let ended = resumable::finish(receiver, upload, self.received).await;
                if resumable::has_ended(&ended) {
                    self.shell.sessions.forget(&id);
                }
                match ended? {
                    Progress::Finished(object) => Ok(object),
                    Progress::Received { .. } => Err(Status::internal("the upload is unfinished")),
                }
            }
        }
    }

    /// Leaves an upload to the next stream. An object in one stream is lost.
    async fn pause(self) -> Result<State, StorageError> {
        match self.target {
            Target::Finished(object) => Ok(State::Finished(object)),
            Target::Upload(_, receiver) => match resumable::pause(receiver).await? {
                Progress::Received { bytes } => Ok(State::Persisted(bytes)),
                Progress::Finished(object) => Ok(State::Finished(object)),
            },
            Target::Object(..) => {
                let text = "the last message must have finish_write".to_owned();
                Err(StorageError::Invalid(text))
            }
        }
    }
}

/// The messages of one stream, in order.
struct Messages<R> {
    shell: Shell,
    requests: Streaming<R>,
    write: Option<Write>,
}

impl<R: TryInto<Message, Error = StorageError>> Messages<R> {
    /// Takes messages until there is something to say, and whether the stream has ended with it.
    async fn next(&mut self) -> Result<(State, bool), Status> {
        loop {
            let said = match self.requests.message().await {
                Ok(Some(request)) => self.handle(request.try_into()).await,
                Ok(None) => {
                    let none = || Status::invalid_argument("the stream has no message");
                    let write = self.write.take().ok_or_else(none)?;
                    return Ok((write.pause().await?, true));
                }
                Err(status) => Err(status),
            };
            match said {
                Ok(None) => {}
                Ok(Some(said)) => return Ok(said),
                Err(status) => {
                    self.keep().await;
                    return Err(status);
                }
            }
        }
    }

    async fn handle(
        &mut self,
        message: Result<Message, StorageError>,
    ) -> Result<Option<(State, bool)>, Status> {
        let mut message = message?;
        let write = match (&mut self.write, message.first.take()) {
            (Some(write), None) => write,
            (none @ None, first) => none.insert(Write::begin(&self.shell, first).await?),
            (Some(_), Some(_)) => {
                let text = "only the first message may have an upload_id or a write_object_spec";
                return Err(Status::invalid_argument(text));
            }
        };
        write.take(&message).await?;
        if message.is_last {
            let Some(write) = self.write.take() else { return Ok(None) };
            return Ok(Some((State::Finished(write.finish().await?), true)));
        }
        if message.is_flush || message.is_lookup {
            write.flush().await?;
        }
        Ok(message.is_lookup.then(|| (write.state(), false)))
    }

    /// After an error, keeps what an upload has received.
    async fn keep(&mut self) {
        if let Some(write) = self.write.take()
            && let Err(error) = write.pause().await
        {
            tracing::debug!(%error, "an interrupted write is not kept");
        }
    }
}

pub(super) async fn write(
    shell: Shell,
    requests: Streaming<proto::WriteObjectRequest>,
) -> Result<proto::WriteObjectResponse, Status> {
    use proto::write_object_response::WriteStatus;
    let (state, _) = Messages { shell, requests, write: None }.next().await?;
    let status = match state {
        State::Persisted(bytes) => WriteStatus::PersistedSize(signed(bytes)),
        State::Finished(object) => WriteStatus::Resource(messages::object(*object)),
    };
    Ok(proto::WriteObjectResponse { write_status: Some(status) })
}

pub(super) fn write_both_ways(
    shell: Shell,
    requests: Streaming<proto::BidiWriteObjectRequest>,
) -> BoxStream<'static, Result<proto::BidiWriteObjectResponse, Status>> {
    use proto::bidi_write_object_response::WriteStatus;
    let messages = Messages { shell, requests, write: None };
    stream::try_unfold(Some(messages), |messages| async move {
        let Some(mut messages) = messages else { return Ok(None) };
        let (state, is_last) = messages.next().await?;
        let status = match state {
            State::Persisted(bytes) => WriteStatus::PersistedSize(signed(bytes)),
            State::Finished(object) => WriteStatus::Resource(messages::object(*object)),
        };
        let response = proto::BidiWriteObjectResponse { write_status: Some(status) };
        Ok(Some((response, (!is_last).then_some(messages))))
    })
    .boxed()
}

/// Starts a resumable upload.
pub(super) async fn start(
    shell: &Shell,
    request: proto::StartResumableWriteRequest,
) -> Result<proto::StartResumableWriteResponse, StorageError> {
    let has_key = request.common_object_request_params.is_some();
    refuse_given(&[("common_object_request_params", has_key)])?;
    let spec = request.write_object_spec.unwrap_or_default();
    let (request, list, size) = messages::write_request(spec, request.object_checksums.as_ref())?;
    // An upload does not record it.
    refuse_given(&[("write_object_spec.object_size", size.is_some())])?;
    acl::check(shell, &request.bucket, &[("predefined_acl", list.as_str())]).await?;
    let upload_id = resumable::begin(shell, request).await?;
    Ok(proto::StartResumableWriteResponse { upload_id })
}

/// What an upload has received, or its object.
pub(super) async fn status(
    shell: &Shell,
    request: proto::QueryWriteStatusRequest,
) -> Result<proto::QueryWriteStatusResponse, StorageError> {
    use proto::query_write_status_response::WriteStatus;
    let has_key = request.common_object_request_params.is_some();
    refuse_given(&[("common_object_request_params", has_key)])?;
    let status = match resumable::open(shell, &request.upload_id).await? {
        Open::Finished(object) => WriteStatus::Resource(messages::object(*object)),
        Open::Receiving { receiver, received, .. } => {
            resumable::pause(receiver).await?;
            WriteStatus::PersistedSize(signed(received))
        }
    };
    Ok(proto::QueryWriteStatusResponse { write_status: Some(status) })
}
