//! The request to a guard: one line of JSON on its standard input.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::network::Listen;

/// Longer than any specification: a line without an end is not read forever.
const MAXIMUM_BYTES: usize = 64 << 20;

/// One command, and how to run it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Specification {
    pub(crate) command: Vec<OsString>,
    pub(crate) manner: Manner,
    pub(crate) limits: ResourceLimits,
    /// The `cgroup.procs` files of the control groups that the command belongs in.
    pub(crate) groups: Vec<PathBuf>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Manner {
    Bubblewrap(Bubblewrapped),
    /// Without a sandbox.
    Plain {
        environment: BTreeMap<String, String>,
        directory: OsString,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Bubblewrapped {
    /// The absolute path of `bwrap`.
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<Argument>,
    /// The user and group to become before bubblewrap runs. Only root can.
    pub(crate) become_user: Option<(u32, u32)>,
    /// The system-call filter, as the kernel takes it; empty for none.
    pub(crate) filter: Vec<u8>,
    /// `None` for the network of this machine. Otherwise standard input is a socket.
    pub(crate) own_network: Option<OwnNetwork>,
    /// Whether the command runs the steps of a session. Then standard input is a socket, over which
    /// the guard passes the one that is the command's standard input.
    pub(crate) is_session: bool,
}

/// A network namespace of the command's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OwnNetwork {
    /// Whether the guard makes it. Otherwise it was started in it.
    pub(crate) is_to_be_made: bool,
    /// Where to listen for the local cloud.
    pub(crate) listen: Listen,
}

/// One of bubblewrap's arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Argument {
    Word(OsString),
    /// A file or directory of this machine that another user may be unable to reach by its path.
    Source(OsString),
    /// A descriptor from which these bytes can be read.
    Contents(Vec<u8>),
    /// A descriptor of this file.
    Opened(OsString),
}

/// Limits that a process sets for itself and passes on to its children.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ResourceLimits {
    pub(crate) file_bytes: Option<u64>,
    pub(crate) open_files: Option<u64>,
    /// Counted inside the sandbox's own user namespace, and only there.
    pub(crate) processes: Option<u64>,
}

impl Specification {
    pub(crate) fn to_line(&self) -> io::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }

    /// Reads one line. The caller keeps standard input, on which nothing follows.
    pub(crate) fn read(mut input: impl Read) -> io::Result<Self> {
        let (mut line, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
        while !line.ends_with(b"\n") {
            match input.read(&mut buffer)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => line.extend_from_slice(&buffer[..read]),
            }
            if line.len() > MAXIMUM_BYTES {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "too long"));
            }
        }
        Ok(serde_json::from_slice(&line)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specification_is_read_back_as_it_was_written() {
        let specification = Specification {
            command: vec!["a b".into(), "new\nline".into()],
            manner: Manner::Plain {
                environment: BTreeMap::from([("A".to_owned(), "1\n2".to_owned())]),
                directory: "/".into(),
            },
            limits: ResourceLimits { open_files: Some(9), ..ResourceLimits::default() },
            groups: vec!["/sys/fs/cgroup/x/cgroup.procs".into()],
        };
        let line = specification.to_line().unwrap();
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        let read = Specification::read(line.as_slice()).unwrap();
        assert_eq!(format!("{read:?}"), format!("{specification:?}"));
    }

    #[test]
    fn half_a_specification_is_an_error() {
        assert!(Specification::read(&b"{\"command\":"[..]).is_err());
        assert!(Specification::read(&b""[..]).is_err());
    }
}
