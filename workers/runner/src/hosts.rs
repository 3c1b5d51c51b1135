//! Rules for hosts in settings.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::de::{Deserialize as _, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

/// The HTTPS port.
const DEFAULT_PORT: u16 = 443;

/// `HOST`, `HOST:PORT` or `*.DOMAIN[:PORT]`. The default port is 443. `*.DOMAIN` matches every
/// subdomain, but not the domain itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRule {
    /// The host, or the domain with its leading dot.
    name: String,
    port: u16,
}

/// The text is not a host rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a host: use HOST, HOST:PORT or *.DOMAIN")]
pub struct HostRuleError(String);

impl HostRule {
    /// Whether the rule matches a host, given in lower case.
    #[must_use]
    pub fn matches(&self, host: &str, port: u16) -> bool {
        let matches = match self.name.strip_prefix('.') {
            Some(_) => host.len() > self.name.len() && host.ends_with(&self.name),
            None => host == self.name,
        };
        matches && port == self.port
    }
}

impl FromStr for HostRule {
    type Err = HostRuleError;

    fn from_str(text: &str) -> Result<Self, HostRuleError> {
        parse(&text.trim().to_ascii_lowercase()).ok_or_else(|| HostRuleError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<HostRule> {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, port.parse().ok().filter(|port| *port != 0)?),
        None => (text, DEFAULT_PORT),
    };
    let domain = host.strip_prefix("*.");
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !domain.unwrap_or(host).split('.').all(is_label) {
        return None;
    }
    let name = domain.map_or_else(|| host.to_owned(), |domain| format!(".{domain}"));
    Some(HostRule { name, port })
}

impl Display for HostRule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let wildcard = if self.name.starts_with('.') { "*" } else { "" };
        write!(f, "{wildcard}{}", self.name)?;
        if self.port == DEFAULT_PORT { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

impl Serialize for HostRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Deserializes a list of rules. Empty items are skipped, so that an empty variable is an empty
/// list.
pub(crate) fn read_list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<HostRule>, D::Error> {
    let items = Vec::<String>::deserialize(deserializer)?;
    let named = items.iter().filter(|item| !item.trim().is_empty());
    named.map(|item| item.parse().map_err(D::Error::custom)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_matches_the_hosts_that_it_names_and_no_others() {
        for (rule, host, port, matches) in [
            ("github.com", "github.com", 443, true),
            ("GitHub.com", "github.com", 443, true),
            ("github.com", "github.com", 8443, false),
            ("github.com:8443", "github.com", 8443, true),
            ("github.com:8443", "github.com", 443, false),
            ("github.com", "codeload.github.com", 443, false),
            ("github.com", "github.com.evil.example", 443, false),
            ("github.com", "evilgithub.com", 443, false),
            ("*.github.com", "codeload.github.com", 443, true),
            ("*.github.com", "a.b.github.com", 443, true),
            ("*.github.com", "github.com", 443, false),
            ("*.github.com", "evilgithub.com", 443, false),
            ("*.github.com", ".github.com", 443, false),
            ("localhost:1", "localhost", 1, true),
        ] {
            assert_eq!(
                rule.parse::<HostRule>().unwrap().matches(host, port),
                matches,
                "{rule} {host}:{port}"
            );
        }
    }

    #[test]
    fn an_invalid_rule_is_rejected_and_reported() {
        for text in [
            "",
            "*",
            "*.",
            "a..b",
            "https://a",
            "a/b",
            "a:",
            "a:0",
            "a:65536",
            "a:b",
            "*.*.a",
            "a b",
            "[::1]",
            "a@b",
        ] {
            let refused = text.parse::<HostRule>().unwrap_err();
            assert!(refused.to_string().contains(text), "{text}");
        }
    }
}
