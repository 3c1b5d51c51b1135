//! Converts the validated function to protobuf.

use prost::Message as _;
use sha2::{Digest as _, Sha256};

use super::spec::{BuildSettings, Encryption, Flavour, Function, Signature};
use super::write_service::service;
use super::write_triggers::{own_event, trigger};
use crate::ids::ConfigDigest;
use crate::proto;

impl Function {
    /// Converts the specification to protobuf. [`Function::from_proto`] restores it, whatever the
    /// defaults.
    pub fn to_proto(&self) -> proto::FunctionSpec {
        proto::FunctionSpec {
            name: self.at.name.clone(),
            project: self.at.project.clone(),
            region: self.at.region.clone(),
            flavour: flavour(self.flavour).into(),
            runtime: self.runtime.clone().unwrap_or_default(),
            entry_point: self.entry_point.clone(),
            signature: signature(self.signature).into(),
            source: Some(self.source.to_proto()),
            build: Some(build(&self.build)),
            service: Some(service(&self.service)),
            triggers: self.triggers.iter().map(trigger).collect(),
            encryption: self.encryption.as_ref().map(encryption),
            rollout: self
                .rollout
                .as_ref()
                .map(|rollout| proto::Rollout { percent: 0, tag: rollout.tag.clone() }),
            callers: self.callers.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Function {
    /// The hash of everything that a deployment wants of the function: its settings, its own event
    /// trigger, and the content of its source. Whatever else calls it and who may call it are not part
    /// of it, because these belong to the service and are set beside the function.
    pub fn config_digest(&self, source_sha256: &str) -> ConfigDigest {
        let mut spec = self.to_proto();
        spec.source = None;
        spec.triggers = self.own_event().map(own_event).into_iter().collect();
        spec.callers.clear();
        if let Some(service) = &mut spec.service {
            service.access = proto::Access::Unspecified.into();
        }
        let settings = Sha256::digest(spec.encode_to_vec());
        let settings: String = settings.iter().map(|byte| format!("{byte:02x}")).collect();
        ConfigDigest::of(&[source_sha256, &settings])
    }
}

fn flavour(flavour: Flavour) -> proto::Flavour {
    match flavour {
        Flavour::Run => proto::Flavour::Run,
        Flavour::Functions => proto::Flavour::Functions,
    }
}

fn signature(signature: Signature) -> proto::Signature {
    match signature {
        Signature::Http => proto::Signature::Http,
        Signature::CloudEvent => proto::Signature::CloudEvent,
        Signature::Typed => proto::Signature::Typed,
        Signature::Event => proto::Signature::Event,
    }
}

fn encryption(encryption: &Encryption) -> proto::Encryption {
    proto::Encryption {
        kms_key: encryption.kms_key.clone(),
        source_bucket: encryption.source_bucket.clone().unwrap_or_default(),
    }
}

fn build(build: &BuildSettings) -> proto::BuildSettings {
    proto::BuildSettings {
        environment: build.environment.clone(),
        service_account: build.service_account.clone(),
        worker_pool: build.worker_pool.clone(),
        machine_type: build.machine_type.clone(),
        base_image: build.base_image.clone(),
        automatic_base_image_updates: false,
        repository: build.repository.clone().unwrap_or_default(),
    }
}
