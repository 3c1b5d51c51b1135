//! `/etc` of a sandbox on the host's system: what runtimes and tools read, and nothing else.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::Path;

use super::mounts::{Mounts, names};

/// Entries that are shown as this machine has them. Its name, time zone and locale are not among
/// them: what runs here is in UTC, as on Google. Private keys (`ssl/private`), passwords,
/// schedules and the configuration of services are not among them, nor are files that may hold
/// credentials of package registries (`pip.conf`, `npmrc`, `gitconfig`,
/// `maven/settings.xml`).
const SHOWN: [&str; 39] = [
    "alternatives",
    "ca-certificates",
    "ca-certificates.conf",
    "crypto-policies",
    "debian_version",
    "fonts",
    "gai.conf",
    "host.conf",
    "java",
    "jvm",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "locale.alias",
    "lsb-release",
    "magic",
    "maven/logging",
    "maven/m2.conf",
    "mime.types",
    "nsswitch.conf",
    "openssl",
    "os-release",
    "pki/ca-trust",
    "pki/java",
    "pki/tls/cert.pem",
    "pki/tls/certs",
    "pki/tls/ct_log_list.cnf",
    "pki/tls/openssl.cnf",
    "protocols",
    "python3",
    "rpc",
    "services",
    "ssl/cert.pem",
    "ssl/certs",
    "ssl/ct_log_list.cnf",
    "ssl/openssl.cnf",
    "system-release",
    "terminfo",
    "xml",
];

/// The beginnings of further entries: `java-17-openjdk`, `python3.11`.
const SHOWN_PREFIXES: [&str; 2] = ["java-", "python3."];

/// Larger files are mounted.
const COPIED_BYTES: u64 = 1 << 20;

const RESOLVER_SETTINGS: &str = "/etc/resolv.conf";

/// Where systemd keeps the file that [`RESOLVER_SETTINGS`] links to; it is replaced there when the
/// machine changes networks.
const RESOLVER: &str = "/run/systemd/resolve";

/// The names that a sandbox knows, instead of those of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) hosts: Vec<(Ipv4Addr, String)>,
    pub(super) resolver: Option<Ipv4Addr>,
}

/// The user in the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) id: u32,
    pub(crate) group: u32,
}

/// # Errors
/// When `/etc` cannot be read, or a mount point is below a link.
pub(super) fn of_host(mounts: &mut Mounts, user: User, hosts: Option<&Names>) -> io::Result<()> {
    let etc = Path::new("/etc");
    mounts.words(["--perms", "0755", "--tmpfs", "/etc"].map(AsRef::as_ref));
    mounts.make_read_only_at_end(etc);
    let further = names(etc)?.into_iter().filter(|name| {
        let name = name.to_string_lossy();
        SHOWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
    });
    let shown = SHOWN.map(Into::into).into_iter().chain(further);
    for path in shown.map(|name| etc.join(name)) {
        let Ok(kind) = fs::symlink_metadata(&path) else { continue };
        if kind.is_file() && kind.len() <= COPIED_BYTES && !mounts.is_mount_point(&path) {
            mounts.copy_of_host(&path);
        } else {
            // This machine's administrator, and no image, decides where its links lead.
            mounts.show_host(&path)?;
        }
    }
    mounts.file("localhost\n", "/etc/hostname");
    mounts.file(&passwd(user), "/etc/passwd");
    mounts.file(&group(user), "/etc/group");
    names_of_hosts(mounts, hosts);
    Ok(())
}

/// `/etc` of an image that brings a system: the image's own, with this machine's names of hosts.
///
/// # Errors
/// When the image's directory cannot be read.
pub(super) fn of_image(mounts: &mut Mounts, etc: &Path, hosts: Option<&Names>) -> io::Result<()> {
    const OF_HOST: [&str; 2] = ["hosts", "resolv.conf"];
    mounts.words(["--perms", "0755", "--tmpfs", "/etc"].map(AsRef::as_ref));
    mounts.make_read_only_at_end(Path::new("/etc"));
    let is_directory = fs::symlink_metadata(etc).is_ok_and(|etc| etc.is_dir());
    let own = if is_directory { names(etc)? } else { Vec::new() };
    for name in own.into_iter().filter(|name| OF_HOST.iter().all(|host| name != host)) {
        mounts.show(&etc.join(&name), &Path::new("/etc").join(&name))?;
    }
    names_of_hosts(mounts, hosts);
    Ok(())
}

/// How this machine looks up names: mounted, because it changes with its networks, from wherever
/// a link leads.
fn names_of_hosts(mounts: &mut Mounts, own: Option<&Names>) {
    if let Some(own) = own {
        let resolver = own.resolver.map(|address| format!("nameserver {address}\n"));
        mounts.file(&table(&own.hosts), "/etc/hosts");
        return mounts.file(&resolver.unwrap_or_default(), RESOLVER_SETTINGS);
    }
    mounts.show_system(Path::new("/etc/hosts"), Path::new("/etc/hosts"));
    let settings = Path::new(RESOLVER_SETTINGS);
    let Ok(real) = settings.canonicalize() else { return };
    if real.starts_with(RESOLVER) {
        mounts.words(["--symlink".as_ref(), real.as_os_str(), settings.as_os_str()]);
        mounts.show_system(Path::new(RESOLVER), Path::new(RESOLVER));
    } else {
        mounts.show_system(&real, settings);
    }
}

fn table(own: &[(Ipv4Addr, String)]) -> String {
    let own = own.iter().map(|(address, name)| format!("{address} {name}\n"));
    std::iter::once("127.0.0.1 localhost\n::1 localhost\n".to_owned()).chain(own).collect()
}

fn passwd(user: User) -> String {
    let mut text = "root:x:0:0:root:/root:/usr/sbin/nologin\n".to_owned();
    if user.id != 0 {
        let User { id, group } = user;
        text.push_str(&format!("longshore:x:{id}:{group}:Longshore:/tmp:/bin/sh\n"));
    }
    text + "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
}

fn group(user: User) -> String {
    let mut text = "root:x:0:\n".to_owned();
    if user.group != 0 {
        text.push_str(&format!("longshore:x:{}:\n", user.group));
    }
    text + "nogroup:x:65534:\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accounts_are_those_of_the_sandbox_alone() {
        let user = User { id: 1000, group: 100 };
        assert_eq!(passwd(user).lines().count(), 3);
        assert!(passwd(user).contains("\nlongshore:x:1000:100:"));
        assert!(group(user).contains("\nlongshore:x:100:\n"));
        assert_eq!(passwd(User { id: 0, group: 0 }).lines().count(), 2);
    }
}
