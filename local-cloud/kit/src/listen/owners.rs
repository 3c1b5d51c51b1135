//! Which process has a socket.
//!
//! The kernel has no index for it: `/proc/<pid>/fd` lists the files of one process, and a socket
//! among them is a link to `socket:[<inode>]` (see `proc_pid_fd(5)`). Reading all of them takes
//! milliseconds, so this is only for rare decisions.

use std::collections::{HashMap, HashSet};
use std::fs;

/// The id of a process.
pub(super) type Pid = u32;

/// The processes of these sockets. A socket is missing if it is closed, or if its process belongs
/// to another user and this is not root. Of several processes that share a socket, one is named.
pub(super) fn owners(inodes: &HashSet<u32>) -> HashMap<u32, Pid> {
    let mut owners = HashMap::new();
    let Ok(entries) = fs::read_dir("/proc") else { return owners };
    let processes = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    for process in processes {
        // The process may have ended, or belong to another user.
        let Ok(files) = fs::read_dir(format!("/proc/{process}/fd")) else { continue };
        let sockets =
            files.flatten().filter_map(|file| inode_of(fs::read_link(file.path()).ok()?.to_str()?));
        owners.extend(sockets.filter(|inode| inodes.contains(inode)).map(|inode| (inode, process)));
    }
    owners
}

/// `socket:[4711]`.
fn inode_of(link: &str) -> Option<u32> {
    link.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn the_process_of_a_socket_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let inode = u32::try_from(rustix::fs::fstat(&client).unwrap().st_ino).unwrap();
        let found = owners(&HashSet::from([inode, 0]));
        assert_eq!(found, HashMap::from([(inode, std::process::id())]));
    }

    #[test]
    fn only_links_to_sockets_have_an_inode() {
        assert_eq!(inode_of("socket:[4711]"), Some(4711));
        for other in ["pipe:[4711]", "/etc/passwd", "socket:[x]", "socket:[4711"] {
            assert_eq!(inode_of(other), None, "{other}");
        }
    }
}
