//! The messages between a session and the process that runs its steps: lines of JSON on a socket.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::Interest;
use tokio::net::UnixStream;

/// A variable that is set for the process that runs steps, and for no other. The environment of a
/// guard outside is empty.
pub(crate) const ROLE: &str = "LONGSHORE_GUARD_RUNS_STEPS";

/// Longer than any request: environments and arguments are bounded by the kernel.
pub(crate) const REQUEST_MAX_BYTES: usize = 64 << 20;

/// A reply comes out of a sandbox.
pub(crate) const REPLY_MAX_BYTES: usize = 64 << 10;

/// Standard output and standard error of a step.
const DESCRIPTORS_MAX: usize = 2;

/// One step. Its standard output and standard error are passed with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) command: Vec<OsString>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) directory: OsString,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// The first reply: steps can be run.
    Ready,
    /// The step has ended with this status, and nothing is left of it.
    Ended(u8),
    NotStarted {
        /// The program does not exist.
        is_missing: bool,
        reason: String,
    },
}

/// # Errors
/// When the other side is gone.
pub(crate) async fn send(
    stream: &UnixStream,
    message: &impl Serialize,
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    let (mut rest, mut descriptors) = (line.as_slice(), descriptors);
    while !rest.is_empty() {
        let part = || send_part(stream, rest, descriptors);
        let sent = stream.async_io(Interest::WRITABLE, part).await?;
        rest = rest.get(sent..).unwrap_or_default();
        descriptors = &[];
    }
    Ok(())
}

fn send_part(
    stream: &UnixStream,
    bytes: &[u8],
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS_MAX))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many descriptors"));
    }
    Ok(sendmsg(stream.as_fd(), &[IoSlice::new(bytes)], &mut ancillary, SendFlags::NOSIGNAL)?)
}

/// The next message and what was passed with it; `None` at the end. The sides take turns, so nothing
/// follows a message.
///
/// # Errors
/// When it is too long or is not such a message.
pub(crate) async fn receive<T: DeserializeOwned>(
    stream: &UnixStream,
    max_bytes: usize,
) -> io::Result<Option<(T, Vec<OwnedFd>)>> {
    let (mut line, mut descriptors) = (Vec::new(), Vec::new());
    while !line.ends_with(b"\n") {
        let part = || receive_part(stream, &mut line, &mut descriptors);
        match stream.async_io(Interest::READABLE, part).await? {
            0 if line.is_empty() => return Ok(None),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            _ if line.len() > max_bytes => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a message is too long"));
            }
            _ => {}
        }
    }
    Ok(Some((serde_json::from_slice(&line)?, descriptors)))
}

fn receive_part(
    stream: &UnixStream,
    line: &mut Vec<u8>,
    descriptors: &mut Vec<OwnedFd>,
) -> io::Result<usize> {
    let mut bytes = [0; 4096];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS_MAX))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut parts = [IoSliceMut::new(&mut bytes)];
    let received = recvmsg(stream.as_fd(), &mut parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(passed) = message {
            descriptors.extend(passed);
        }
    }
    line.extend_from_slice(bytes.get(..received.bytes).unwrap_or_default());
    Ok(received.bytes)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    #[tokio::test]
    async fn a_long_message_arrives_with_its_descriptors() {
        let (one, other) = UnixStream::pair().unwrap();
        let (mut reader, writer) = io::pipe().unwrap();
        let environment = BTreeMap::from([("A".to_owned(), "1\n2".repeat(200_000))]);
        let request = Request { command: vec!["a b".into()], environment, directory: "/x".into() };
        let descriptors = [writer.as_fd(), writer.as_fd()];
        let (sent, received) = tokio::join!(
            send(&one, &request, &descriptors),
            receive::<Request>(&other, REQUEST_MAX_BYTES)
        );
        sent.unwrap();
        let (message, passed) = received.unwrap().unwrap();
        assert_eq!((message, passed.len()), (request, 2));
        drop(writer);
        for descriptor in passed {
            std::fs::File::from(descriptor).write_all(b"x").unwrap();
        }
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "xx");
        drop(one);
        assert!(receive::<Request>(&other, REQUEST_MAX_BYTES).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_reply_is_bounded() {
        let (one, other) = UnixStream::pair().unwrap();
        let reason = "x".repeat(REPLY_MAX_BYTES);
        let reply = Reply::NotStarted { is_missing: true, reason };
        let (sent, received) =
            tokio::join!(send(&one, &reply, &[]), receive::<Reply>(&other, REPLY_MAX_BYTES));
        sent.unwrap();
        assert_eq!(received.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
