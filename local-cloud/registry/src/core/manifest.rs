//! The part of a manifest that the registry interprets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::names::Digest;

/// Media types of manifests with a configuration and layers.
const IMAGE_TYPES: [&str; 2] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// Media types of manifests that list other manifests.
const INDEX_TYPES: [&str; 2] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

/// Layers that must not be copied into registries; clients fetch them from elsewhere.
const FOREIGN_LAYER_PREFIXES: [&str; 2] = [
    "application/vnd.oci.image.layer.nondistributable.",
    "application/vnd.docker.image.rootfs.foreign.",
];

/// The parsed part of a manifest; its bytes are stored like blobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The `Content-Type` of the push.
    pub media_type: String,
    /// Length of the manifest itself.
    pub size_bytes: u64,
    /// Content that must exist, without duplicates.
    pub references: Vec<Reference>,
    /// The manifest that this one, such as a signature or an SBOM, refers to.
    #[serde(default)]
    pub subject: Option<Digest>,
    /// The type that referrers are filtered by; defaults to the media type of the configuration.
    #[serde(default)]
    pub artifact_type: Option<String>,
    /// Copied into descriptors of referrers.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// A blob or manifest that a manifest references.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    pub digest: Digest,
    /// Length according to the manifest.
    pub size_bytes: u64,
    pub kind: ReferenceKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReferenceKind {
    /// The configuration or a layer.
    Blob,
    /// Another manifest.
    Manifest,
}

/// Why a manifest cannot be stored. Retrying does not help.
#[derive(Debug, thiserror::Error)]
pub enum InvalidManifest {
    /// Neither `Content-Type` nor the document gives a media type.
    #[error("the push has no Content-Type and the manifest has no mediaType")]
    NoMediaType,
    /// Such as Docker's schema 1.
    #[error("manifests of type {0:?} are not supported")]
    MediaType(String),
    #[error("the Content-Type is {header:?} and the manifest's mediaType is {document:?}")]
    MediaTypesDiffer { header: String, document: String },
    /// Not JSON of the expected form.
    #[error("the manifest cannot be parsed")]
    Document(#[from] serde_json::Error),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    #[serde(default)]
    manifests: Vec<Descriptor>,
    subject: Option<Descriptor>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    #[serde(default)]
    media_type: String,
    digest: Digest,
    #[serde(default)]
    size: u64,
}

impl Manifest {
    /// Parses a manifest that was pushed with this `Content-Type`; empty: with none.
    pub fn read(content_type: &str, bytes: &[u8]) -> Result<Self, InvalidManifest> {
        let document: Document = serde_json::from_slice(bytes)?;
        let media_type = agreed_media_type(content_type, document.media_type.as_deref())?;
        let is_index = INDEX_TYPES.contains(&media_type.as_str());
        if !is_index && !IMAGE_TYPES.contains(&media_type.as_str()) {
            return Err(InvalidManifest::MediaType(media_type));
        }
        let config_type =
            document.config.as_ref().filter(|_| !is_index).map(|config| config.media_type.clone());
        let references = if is_index {
            references(document.manifests, ReferenceKind::Manifest)
        } else {
            let layers = document.layers.into_iter().filter(|layer| !is_foreign(layer));
            references(document.config.into_iter().chain(layers), ReferenceKind::Blob)
        };
        let stated = document.artifact_type.filter(|stated| !stated.is_empty());
        Ok(Self {
            media_type,
            size_bytes: bytes.len() as u64,
            references,
            subject: document.subject.map(|subject| subject.digest),
            artifact_type: stated.or(config_type),
            annotations: document.annotations.unwrap_or_default(),
        })
    }

    /// Size of the manifest and everything that it references directly.
    #[must_use]
    pub fn image_size_bytes(&self) -> u64 {
        self.references
            .iter()
            .fold(self.size_bytes, |sum, reference| sum.saturating_add(reference.size_bytes))
    }

    pub fn digests(&self) -> impl Iterator<Item = &Digest> {
        self.references.iter().map(|reference| &reference.digest)
    }

    #[must_use]
    pub fn refers_to(&self, digest: &Digest) -> bool {
        self.references.iter().any(|reference| reference.digest == *digest)
    }
}

fn agreed_media_type(header: &str, document: Option<&str>) -> Result<String, InvalidManifest> {
    let header = header.split(';').next().unwrap_or_default().trim();
    match (header, document.unwrap_or_default()) {
        ("", "") => Err(InvalidManifest::NoMediaType),
        (one, "") | ("", one) => Ok(one.to_owned()),
        (header, document) if header == document => Ok(header.to_owned()),
        (header, document) => Err(InvalidManifest::MediaTypesDiffer {
            header: header.to_owned(),
            document: document.to_owned(),
        }),
    }
}

fn is_foreign(layer: &Descriptor) -> bool {
    FOREIGN_LAYER_PREFIXES.iter().any(|prefix| layer.media_type.starts_with(prefix))
}

fn references(
    descriptors: impl IntoIterator<Item = Descriptor>,
    kind: ReferenceKind,
) -> Vec<Reference> {
    let mut references: Vec<Reference> = Vec::new();
    for Descriptor { digest, size, .. } in descriptors {
        if references.iter().all(|known| known.digest != digest) {
            references.push(Reference { digest, size_bytes: size, kind });
        }
    }
    references
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OCI: &str = IMAGE_TYPES[0];

    fn digest(byte: u8) -> Digest {
        Digest::sha256(&[byte; 32])
    }

    #[test]
    fn an_image_references_its_configuration_and_layers_once_and_no_foreign_ones() {
        let document = json!({
            "schemaVersion": 2,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(1), "size": 10},
            "layers": [
                {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest(2), "size": 20},
                {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest(2), "size": 20},
                {"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "digest": digest(3), "size": 30},
            ],
        });
        let bytes = document.to_string();
        let manifest = Manifest::read(OCI, bytes.as_bytes()).unwrap();
        assert_eq!(
            manifest.references.iter().map(|r| r.digest.clone()).collect::<Vec<_>>(),
            [digest(1), digest(2)]
        );
        assert_eq!(manifest.image_size_bytes(), bytes.len() as u64 + 30);
        assert_eq!(
            manifest.artifact_type.as_deref(),
            Some("application/vnd.oci.image.config.v1+json")
        );
    }

    #[test]
    fn an_index_references_manifests_and_a_referrer_its_subject() {
        let document = json!({
            "mediaType": INDEX_TYPES[0], "artifactType": "a/b", "annotations": {"k": "v"},
            "manifests": [{"digest": digest(1), "size": 1}], "subject": {"digest": digest(9), "size": 1},
        });
        let manifest = Manifest::read("", document.to_string().as_bytes()).unwrap();
        assert_eq!(
            manifest.references,
            [Reference { digest: digest(1), size_bytes: 1, kind: ReferenceKind::Manifest }]
        );
        assert_eq!(
            (manifest.subject, manifest.artifact_type),
            (Some(digest(9)), Some("a/b".to_owned()))
        );
        assert_eq!(manifest.annotations["k"], "v");
    }

    #[test]
    fn an_invalid_manifest_is_rejected_with_the_reason() {
        let cases = [
            ("", "{}", "no Content-Type"),
            ("application/json", "{}", "\"application/json\" are not supported"),
            (OCI, r#"{"mediaType":"x/y"}"#, "mediaType is \"x/y\""),
            (OCI, "[", "cannot be parsed"),
            (OCI, r#"{"config":{"digest":"sha256:1"}}"#, "cannot be parsed"),
        ];
        for (content_type, document, reason) in cases {
            let error = Manifest::read(content_type, document.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(reason), "{document}: {error}");
        }
    }
}
