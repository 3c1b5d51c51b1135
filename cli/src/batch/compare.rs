//! What a batch would change: each function compared with what its service was last deployed from.
//! Pure.

use longshore_build_submitter::build_key;
use longshore_messages::{
    BuildKey, Flavour, Function, Source, SourceUploaded, StorageObject, StoredSource,
};
use serde::Serialize;

/// What would become of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "camelCase")]
pub(crate) enum Change {
    /// There is no service of this name.
    New,
    /// These fields differ from the last deployment, `source` among them.
    Changed {
        fields: Vec<String>,
    },
    /// A service of this name exists, and the ledger does not say what it was deployed from.
    Unknown,
    /// It would be refused.
    Refused {
        reason: String,
    },
    Unchanged,
}

impl Change {
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed { .. } => "changed",
            Self::Unknown => "unknown",
            Self::Refused { .. } => "refused",
            Self::Unchanged => "unchanged",
        }
    }
}

/// What the cloud has under the name of a function.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    Nothing,
    /// A service, or a function, of this flavour.
    Service {
        flavour: Flavour,
        /// What it was deployed from.
        uploaded: Option<Box<SourceUploaded>>,
    },
}

/// A source, as far as it is known before it is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KnownSource {
    /// Digest of the canonical archive.
    Packed(String),
    /// Only its location.
    Named(Source),
}

/// Compares a function with what is there.
pub(crate) fn compare(function: &Function, source: &KnownSource, found: &Found) -> Change {
    let (flavour, uploaded) = match found {
        Found::Nothing => return Change::New,
        Found::Service { flavour, uploaded } => (flavour, uploaded),
    };
    if *flavour != function.flavour {
        let reason = match flavour {
            Flavour::Run => "the name is that of a Cloud Run service that is no function",
            Flavour::Functions => "the name is that of a function of the Cloud Functions API",
        };
        return Change::Refused { reason: reason.to_owned() };
    }
    let Some(before) = uploaded else { return Change::Unknown };
    let mut fields = function.changed_fields(&before.function);
    if !is_same_source(source, before) {
        fields.insert("source".to_owned());
    }
    match fields.is_empty() {
        true => Change::Unchanged,
        false => Change::Changed { fields: fields.into_iter().collect() },
    }
}

/// Whether a source is known to be the one that was deployed.
fn is_same_source(source: &KnownSource, before: &SourceUploaded) -> bool {
    match source {
        KnownSource::Packed(sha256) => *sha256 == before.source.sha256,
        KnownSource::Named(source) => source.is_known_to_be(&before.function.source),
    }
}

/// The build that a function needs, or `None` if its image exists already.
pub(crate) fn needed_build(
    function: &Function,
    source: &KnownSource,
    change: &Change,
    found: &Found,
) -> Option<Needed> {
    match change {
        Change::Unchanged | Change::Refused { .. } => return None,
        Change::New | Change::Changed { .. } | Change::Unknown => {}
    }
    if function.flavour == Flavour::Functions {
        return Some(Needed::Own(function.at.to_string()));
    }
    let key = build_key(function, &stored(source));
    let before = match found {
        Found::Service { uploaded: Some(before), .. } => {
            // An archive that was not packed here is compared by its location.
            let deployed = match source {
                KnownSource::Packed(_) => before.source.clone(),
                KnownSource::Named(_) if is_same_source(source, before) => stored(source),
                KnownSource::Named(_) => return Some(Needed::Shared(key)),
            };
            Some(build_key(&before.function, &deployed))
        }
        Found::Service { uploaded: None, .. } | Found::Nothing => None,
    };
    (before != Some(key)).then_some(Needed::Shared(key))
}

/// A build that is needed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Needed {
    /// For all functions with this key.
    Shared(BuildKey),
    /// The Functions flavour builds for each function.
    Own(String),
}

/// A source as the build key needs it: by its digest, or by its location in place of that.
fn stored(source: &KnownSource) -> StoredSource {
    let sha256 = match source {
        KnownSource::Packed(sha256) => sha256.clone(),
        KnownSource::Named(source) => source.to_string(),
    };
    StoredSource { object: StorageObject::default(), sha256, size_bytes: 0 }
}

#[cfg(test)]
mod tests;
