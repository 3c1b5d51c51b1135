//! The settings that say where packages come from and how to get them. All others of the user stay
//! behind: with them, such as npm's `legacy-peer-deps`, a source would be installed here that is
//! not installed on Google. Pure.

mod settings_xml;

use toml::{Table, Value};

/// The part of a file of settings that a build gets. `path`: where it is in the home directory, or
/// on the whole machine.
pub(super) fn kept(path: &str, content: Vec<u8>) -> Vec<u8> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == "settings.xml" {
        return settings_xml::kept(&content);
    }
    let Ok(text) = std::str::from_utf8(&content) else { return content };
    match name {
        ".npmrc" | "npmrc" | ".yarnrc" | "rc" => lines(text, false, is_of_npm).into_bytes(),
        "pip.conf" => lines(text, true, is_of_pip).into_bytes(),
        "env" => lines(text, false, |key| OF_GO.contains(&key)).into_bytes(),
        ".yarnrc.yml" => lines(text, true, |key| OF_YARN.contains(&key)).into_bytes(),
        "uv.toml" | ".bunfig.toml" => match text.parse::<Table>() {
            Ok(table) => of_toml(table).to_string().into_bytes(),
            // The tool names the error.
            Err(_) => content,
        },
        _ => content,
    }
}

/// Keys of npm, pnpm and Yarn 1, and beginnings of keys.
const OF_NPM: [&str; 24] = [
    "_auth",
    "_authtoken",
    "_password",
    "always-auth",
    "ca",
    "cafile",
    "cert",
    "certfile",
    "email",
    "http-proxy",
    "https-proxy",
    "key",
    "keyfile",
    "local-address",
    "maxsockets",
    "network-concurrency",
    "network-timeout",
    "no-proxy",
    "noproxy",
    "proxy",
    "registry",
    "strict-ssl",
    "tokenhelper",
    "username",
];

fn is_of_npm(key: &str) -> bool {
    let key = key.trim_matches('"').trim_end_matches("[]").to_ascii_lowercase();
    let is_of_registry =
        key.starts_with("//") || key.starts_with("fetch-") || key.ends_with(":registry");
    is_of_registry || OF_NPM.contains(&key.as_str())
}

const OF_PIP: [&str; 14] = [
    "cert",
    "client-cert",
    "default-timeout",
    "extra-index-url",
    "find-links",
    "index",
    "index-url",
    "keyring-provider",
    "no-index",
    "proxy",
    "retries",
    "timeout",
    "trusted-host",
    "use-feature",
];

fn is_of_pip(key: &str) -> bool {
    OF_PIP.contains(&key.to_ascii_lowercase().replace('_', "-").as_str())
}

/// What `go env -w` may have written.
const OF_GO: [&str; 8] =
    ["GOPROXY", "GOPRIVATE", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOINSECURE", "GOAUTH", "GOVCS"];

/// Keys of Yarn 2 and later.
const OF_YARN: [&str; 18] = [
    "caFilePath",
    "enableNetwork",
    "enableStrictSsl",
    "httpProxy",
    "httpRetry",
    "httpTimeout",
    "httpsCaFilePath",
    "httpsCertFilePath",
    "httpsKeyFilePath",
    "httpsProxy",
    "networkConcurrency",
    "networkSettings",
    "npmAlwaysAuth",
    "npmAuthIdent",
    "npmAuthToken",
    "npmRegistries",
    "npmRegistryServer",
    "npmScopes",
];

/// Keys of uv and bun.
const OF_TOML: [&str; 19] = [
    "allow-insecure-host",
    "ca",
    "cafile",
    "concurrent-downloads",
    "default-index",
    "extra-index-url",
    "find-links",
    "http-proxy",
    "https-proxy",
    "index",
    "index-strategy",
    "index-url",
    "keyring-provider",
    "native-tls",
    "no-index",
    "no-proxy",
    "registry",
    "scopes",
    "system-certs",
];

/// uv has the same settings for its commands that are like those of pip, and bun has its own in a
/// table.
fn of_toml(table: Table) -> Table {
    let kept = table.into_iter().filter_map(|(key, value)| match (key.as_str(), value) {
        ("pip" | "install", Value::Table(inner)) => Some((key, Value::Table(of_toml(inner)))),
        (name, value) => OF_TOML.contains(&name).then_some((key, value)),
    });
    kept.collect()
}

/// The sections of a file, and the lines of these keys: `key = value`, `key: value`, or `key value`
/// as Yarn 1 writes it. `continues`: whether a line that begins with blanks continues the one
/// before.
fn lines(text: &str, continues: bool, is_kept: impl Fn(&str) -> bool) -> String {
    let (mut kept, mut is_in) = (String::new(), false);
    for line in text.lines() {
        if line.starts_with('[') {
            is_in = true;
        } else if !(continues && line.starts_with([' ', '\t'])) {
            is_in = is_kept(key(line.trim_start()));
        }
        if is_in {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The key of a line. That of a registry has colons itself: `//host:8080/:_authToken=…`.
fn key(line: &str) -> &str {
    let end = match (line.find('='), line.starts_with(['/', '@', '"'])) {
        (Some(end), _) => end,
        (None, true) => line.find(' ').unwrap_or(line.len()),
        (None, false) => line.find([':', ' ']).unwrap_or(line.len()),
    };
    line.get(..end).unwrap_or(line).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_settings_of_registries_are_kept() {
        for (path, text, expected) in [
            (
                ".npmrc",
                "registry=https://a/\n  @s:registry = https://b/\n//b:8080/:_authToken=${TOKEN}\nlegacy-peer-deps=true\n\
                 ; note\nignore-scripts=true\nca[]=\"x\"\nfetch-retries=1\nomit=dev\nprefix=/home/ada\n_auth=eA==\n",
                "registry=https://a/\n  @s:registry = https://b/\n//b:8080/:_authToken=${TOKEN}\nca[]=\"x\"\nfetch-retries=1\n\
                 _auth=eA==\n",
            ),
            (
                ".yarnrc",
                "registry \"https://a/\"\n\"@s:registry\" \"https://b/\"\nyarn-path \"./y.js\"\n--install.flat true\n",
                "registry \"https://a/\"\n\"@s:registry\" \"https://b/\"\n",
            ),
            (
                ".config/pip/pip.conf",
                "[global]\nindex-url = https://a/simple\nextra-index-url =\n    https://b/simple\n    https://c/simple\nuser = \
                 true\nconstraint =\n    /home/ada/c.txt\n[install]\nno-deps = true\ntrusted_host: a\n",
                "[global]\nindex-url = https://a/simple\nextra-index-url =\n    https://b/simple\n    https://c/simple\n\
                 [install]\ntrusted_host: a\n",
            ),
            (
                ".config/go/env",
                "GOPROXY=https://a\nGOFLAGS=-mod=mod\nCGO_ENABLED=0\n",
                "GOPROXY=https://a\n",
            ),
            (
                ".config/uv/uv.toml",
                "index-url = \"https://a\"\nresolution = \"lowest\"\n[pip]\nfind-links = [\"x\"]\nno-deps = true\n",
                "index-url = \"https://a\"\n\n[pip]\nfind-links = [\"x\"]\n",
            ),
            (".config/uv/uv.toml", "not toml", "not toml"),
            (
                ".bunfig.toml",
                "[install]\nproduction = true\nregistry = \"https://a\"\n[run]\nbun = true\n",
                "[install]\nregistry = \"https://a\"\n",
            ),
            (
                ".yarnrc.yml",
                "nodeLinker: pnp\nnpmScopes:\n  s:\n    npmAuthToken: x\nplugins:\n  - a\n",
                "npmScopes:\n  s:\n    npmAuthToken: x\n",
            ),
            (".netrc", "machine a\n  login b\n", "machine a\n  login b\n"),
            ("/etc/npmrc", "proxy=http://a\nomit=dev\n", "proxy=http://a\n"),
            (
                ".m2/settings.xml",
                "<settings><offline>true</offline><mirrors/></settings>",
                "<settings><mirrors/></settings>",
            ),
        ] {
            let found = kept(path, text.as_bytes().to_vec());
            assert_eq!(String::from_utf8(found).unwrap(), expected, "{path}");
        }
        assert_eq!(kept(".npmrc", vec![0xff]), [0xff]);
    }
}
