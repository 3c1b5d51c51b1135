//! The rules of one requester: which names it may use.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use crate::hosts::{HostRule, read_list};

/// What a requester may name, as one `[[requesters]]` table of the settings.
///
/// Pub/Sub does not say who sent a message, and only topics have IAM policies. So every requester
/// has its own topics, `deploy-requested.NAME` and `cancel-requested.NAME`, and the right to publish
/// to them makes a system this requester. A table with the name `default` is about the topics
/// without a name.
///
/// Each list says which names are allowed. In `regions` and everything below it, an absent list has
/// the default that is stated there, and an empty one allows nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequesterRules {
    /// Lower-case letters, digits and hyphens.
    pub name: String,
    /// Projects of its functions. If absent or empty, those that the fleet serves.
    #[serde(default)]
    pub projects: Vec<NameRule>,
    /// Regions of its functions. Default: all.
    #[serde(default = "anything")]
    pub regions: Vec<NameRule>,
    /// Buckets of its sources, and buckets that its sources are stored in under a key. `own`, the
    /// default: those that belong to the function's project.
    #[serde(default = "own")]
    pub source_buckets: Vec<NameRule>,
    /// Email addresses of the accounts that its functions run as, and that its triggers call as.
    /// `own`, the default: accounts of the function's project, and Google's default account if a
    /// request names none.
    #[serde(default = "own")]
    pub run_service_accounts: Vec<NameRule>,
    /// Email addresses of the accounts that its builds run as; `own` as above.
    #[serde(default = "own")]
    pub build_service_accounts: Vec<NameRule>,
    /// Private worker pools. `own`, here and below, and the default: those of the function's
    /// project.
    #[serde(default = "own")]
    pub worker_pools: Vec<NameRule>,
    /// Secrets, as `projects/PROJECT/secrets/SECRET`.
    #[serde(default = "own")]
    pub secrets: Vec<NameRule>,
    /// Repositories of images.
    #[serde(default = "own")]
    pub repositories: Vec<NameRule>,
    /// Keys of Cloud KMS.
    #[serde(default = "own")]
    pub kms_keys: Vec<NameRule>,
    /// VPC connectors, networks and subnetworks.
    #[serde(default = "own")]
    pub networks: Vec<NameRule>,
    /// Topics that call its functions, and topics for dead letters, as `projects/PROJECT/topics/TOPIC`.
    #[serde(default = "own")]
    pub topics: Vec<NameRule>,
    /// Which of the fleet's `source_private_hosts` it may fetch sources from: the position of the
    /// worker in the network is the only credential there. Default: none.
    #[serde(default, deserialize_with = "read_list")]
    pub source_private_hosts: Vec<HostRule>,
}

/// A rule for names: `own`, or a name in which one `*` stands for any text without `/` and `@`. `*`
/// alone allows every name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameRule {
    /// What belongs to the function's project.
    Own,
    /// Every name.
    Any,
    /// This name.
    Exactly(String),
    /// The names with this start and this end.
    Between(String, String),
}

/// The text is not a rule for names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a rule for names: use `own`, `*`, or a name with at most one `*`")]
pub struct NameRuleError(String);

impl NameRule {
    /// Whether the rule allows a name that belongs to the function's project, or not.
    #[must_use]
    pub fn allows(&self, name: &str, is_own: bool) -> bool {
        match self {
            Self::Own => is_own,
            Self::Any => true,
            Self::Exactly(exact) => name == exact,
            Self::Between(start, end) => name
                .strip_prefix(start.as_str())
                .and_then(|rest| rest.strip_suffix(end.as_str()))
                .is_some_and(|between| !between.contains(['/', '@'])),
        }
    }
}

impl FromStr for NameRule {
    type Err = NameRuleError;

    fn from_str(text: &str) -> Result<Self, NameRuleError> {
        let text = text.trim();
        let refused = || NameRuleError(text.to_owned());
        if text.is_empty() || text.contains(char::is_whitespace) {
            return Err(refused());
        }
        match (text, text.split_once('*')) {
            ("own", _) => Ok(Self::Own),
            ("*", _) => Ok(Self::Any),
            (name, None) => Ok(Self::Exactly(name.to_owned())),
            (_, Some((_, end))) if end.contains('*') => Err(refused()),
            (_, Some((start, end))) => Ok(Self::Between(start.to_owned(), end.to_owned())),
        }
    }
}

impl Display for NameRule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("own"),
            Self::Any => f.write_str("*"),
            Self::Exactly(name) => f.write_str(name),
            Self::Between(start, end) => write!(f, "{start}*{end}"),
        }
    }
}

impl Serialize for NameRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NameRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Deserializes a list of rules. Empty items are skipped, so that an empty variable is an empty
/// list.
pub(crate) fn read_names<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<NameRule>, D::Error> {
    let items = Vec::<String>::deserialize(deserializer)?;
    let named = items.iter().filter(|item| !item.trim().is_empty());
    named.map(|item| item.parse().map_err(D::Error::custom)).collect()
}

pub(crate) fn own() -> Vec<NameRule> {
    vec![NameRule::Own]
}

pub(crate) fn anything() -> Vec<NameRule> {
    vec![NameRule::Any]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_allows_the_names_that_it_describes() {
        for (rule, name, allowed) in [
            ("*", "projects/p/secrets/s", true),
            ("a-b", "a-b", true),
            ("a-b", "a-bc", false),
            ("team-*", "team-a", true),
            ("team-*", "team-", true),
            ("team-*", "a-team-a", false),
            ("projects/p/secrets/*", "projects/p/secrets/s", true),
            ("projects/*/secrets/s", "projects/p/secrets/s", true),
            ("projects/p/*", "projects/p/secrets/s", false),
            ("team-*@p.iam.gserviceaccount.com", "team-a@p.iam.gserviceaccount.com", true),
            ("team-*@p.iam.gserviceaccount.com", "team-a@q@p.iam.gserviceaccount.com", false),
            ("aba*aba", "aba", false),
        ] {
            assert_eq!(rule.parse::<NameRule>().unwrap().allows(name, false), allowed, "{rule}");
        }
        assert!(NameRule::Own.allows("x", true));
        assert!(!NameRule::Own.allows("own", false));
        for text in ["", " ", "a b", "a*b*", "**"] {
            assert!(text.parse::<NameRule>().is_err(), "{text}");
        }
    }
}
