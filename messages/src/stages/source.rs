//! `source-uploaded`: the canonical archive is stored where the flavour needs it.

use super::deployment::Deployment;
use super::read_common;
use crate::function::{Function, StorageObject};
use crate::ids::DeploymentId;
use crate::invalid::{Findings, Invalid};
use crate::resource_names::source_object;
use crate::topics::Topic;
use crate::wire::{StageMessage, once};
use crate::{proto, rules};

/// From uploader to build-submitter.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceUploaded {
    pub deployment: Deployment,
    /// The requested function.
    pub function: Function,
    pub source: StoredSource,
}

/// A canonical source archive in Cloud Storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSource {
    /// The object, with its generation.
    pub object: StorageObject,
    /// Lower-case hexadecimal SHA-256 of the archive.
    pub sha256: String,
    pub size_bytes: u64,
}

impl StageMessage for SourceUploaded {
    const TOPIC: Topic = Topic::SourceUploaded;
    type Proto = proto::SourceUploaded;
    const SPECIFICATION: &'static [u32] = &[2];

    fn specification(&self) -> Option<&Function> {
        Some(&self.function)
    }

    fn specification_mut(&mut self) -> Option<&mut Function> {
        Some(&mut self.function)
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, Invalid> {
        let mut findings = Findings::default();
        let common = read_common(proto.deployment, proto.function, proto.source, &mut findings);
        let (Some(deployment), Some(function), Some(source)) = common else {
            return findings.finish(None);
        };
        findings.finish(Some(Self { deployment, function, source }))
    }

    fn to_proto(&self) -> Self::Proto {
        proto::SourceUploaded {
            deployment: Some(self.deployment.to_proto()),
            function: Some(self.function.to_proto()),
            source: Some(self.source.to_proto()),
        }
    }

    fn deployment(&self) -> Option<DeploymentId> {
        Some(self.deployment.id)
    }

    fn function(&self) -> Option<String> {
        Some(self.function.at.to_string())
    }

    fn ce_id(&self) -> String {
        once(self.deployment.id, Self::TOPIC)
    }
}

impl StoredSource {
    /// Whether this is the object that is named by its digest, in the source bucket of the
    /// function. Any other object may have any content.
    #[must_use]
    pub fn is_named_by_digest(&self, function: &Function) -> bool {
        self.object.bucket == function.source_bucket()
            && self.object.object == source_object(&self.sha256)
    }

    pub(super) fn to_proto(&self) -> proto::StoredSource {
        proto::StoredSource {
            object: Some(self.object.to_proto()),
            sha256: self.sha256.clone(),
            size_bytes: self.size_bytes,
        }
    }
}

/// Returns `None` only with a finding.
pub(super) fn read(
    proto: Option<proto::StoredSource>,
    findings: &mut Findings,
) -> Option<StoredSource> {
    let Some(proto) = proto else {
        findings.missing("source");
        return None;
    };
    if !rules::is_lower_hex(&proto.sha256, 64) {
        findings.add("source.sha256", &proto.sha256, rules::SHA256);
    }
    if proto.size_bytes == 0 {
        findings.add("source.sizeBytes", "0", "must be at least 1");
    }
    let Some(object) = proto.object else {
        findings.missing("source.object");
        return None;
    };
    // The digest belongs to one generation; the newest may be another one by now.
    if object.generation == 0 {
        findings.missing("source.object.generation");
    }
    let object = StorageObject::from_proto(object, "source.object", findings);
    Some(StoredSource { object, sha256: proto.sha256, size_bytes: proto.size_bytes })
}
