//! The environment of this machine as it is in the sandbox. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Variables that name what is not in the sandbox, or that hand over more than access to package
/// registries.
const DROPPED: [&str; 27] = [
    "BUN_INSTALL",
    "BUN_INSTALL_CACHE_DIR",
    "COREPACK_HOME",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GOENV",
    "GRADLE_USER_HOME",
    "MAVEN_USER_HOME",
    "NETRC",
    "NPM_CONFIG_CACHE",
    "NPM_CONFIG_PREFIX",
    "NPM_CONFIG_USERCONFIG",
    "PIP_CACHE_DIR",
    "PIP_CONFIG_FILE",
    "PNPM_HOME",
    "SSH_AUTH_SOCK",
    "TMPDIR",
    "USER",
    "UV_CACHE_DIR",
    "UV_CONFIG_FILE",
    "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME",
    "YARN_CACHE_FOLDER",
    "npm_config_prefix",
    "npm_config_userconfig",
];

/// Variables that name certificates of this machine.
const CERTIFICATES: [&str; 9] = [
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "NODE_EXTRA_CA_CERTS",
    "NPM_CONFIG_CAFILE",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "npm_config_cafile",
];

/// Directories that every sandbox shows, as far as certificates are in them.
const SHOWN: [&str; 7] =
    ["/usr", "/lib", "/lib64", "/opt", "/etc/ssl", "/etc/pki", "/etc/ca-certificates"];

/// The host's variables, with the search path, the home directory and the caches of a build.
pub(super) fn environment(
    host: &BTreeMap<String, String>,
    path: &str,
    home: &Path,
    caches: &Path,
) -> BTreeMap<String, String> {
    let mut environment = host.clone();
    environment.retain(|name, _| !DROPPED.contains(&name.as_str()));
    let cache = |name: &str| caches.join(name).display().to_string();
    environment.extend(
        [
            ("PATH", path.to_owned()),
            ("HOME", home.display().to_string()),
            ("XDG_CACHE_HOME", cache("xdg")),
            ("npm_config_cache", cache("npm")),
            ("COREPACK_HOME", cache("corepack")),
            ("BUN_INSTALL_CACHE_DIR", cache("bun")),
            // The cache is another mount, to which no hard links can be made.
            ("UV_LINK_MODE", "copy".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    environment
}

/// Certificates that the variables name and that the sandbox does not show anyway.
pub(super) fn certificates(host: &BTreeMap<String, String>) -> BTreeSet<PathBuf> {
    let named = CERTIFICATES.iter().filter_map(|name| host.get(*name)).map(PathBuf::from);
    let all: BTreeSet<PathBuf> = named
        .filter(|path| path.is_absolute() && SHOWN.iter().all(|shown| !path.starts_with(shown)))
        .collect();
    let is_inner = |path: &Path| path.ancestors().skip(1).any(|outer| all.contains(outer));
    all.iter().filter(|path| !is_inner(path)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn nothing_in_the_environment_names_the_home_directory_of_the_user() {
        let host = pairs(&[
            ("HOME", "/home/ada"),
            ("NETRC", "/home/ada/.netrc"),
            ("SSH_AUTH_SOCK", "/run/user/1000/agent"),
            ("npm_config_cache", "/home/ada/.npm"),
            ("HTTPS_PROXY", "http://proxy"),
            ("PATH", "/home/ada/bin:/usr/bin"),
        ]);
        let found = environment(&host, "/usr/bin", Path::new("/b/home"), Path::new("/c"));
        let expected = [
            ("BUN_INSTALL_CACHE_DIR", "/c/bun"),
            ("COREPACK_HOME", "/c/corepack"),
            ("HOME", "/b/home"),
            ("HTTPS_PROXY", "http://proxy"),
            ("PATH", "/usr/bin"),
            ("UV_LINK_MODE", "copy"),
            ("XDG_CACHE_HOME", "/c/xdg"),
            ("npm_config_cache", "/c/npm"),
        ];
        assert_eq!(found, pairs(&expected));
    }

    #[test]
    fn certificates_outside_of_the_system_are_shown_once() {
        let host = pairs(&[
            ("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),
            ("SSL_CERT_DIR", "/home/ada/certificates"),
            ("PIP_CERT", "/home/ada/certificates/one.pem"),
            ("NODE_EXTRA_CA_CERTS", "relative.pem"),
            ("HOME", "/home/ada"),
        ]);
        assert_eq!(certificates(&host), [PathBuf::from("/home/ada/certificates")].into());
    }
}
