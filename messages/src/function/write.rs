//! Converts the validated function to protobuf.

use super::spec::{BuildSettings, Function, Signature};
use super::write_service::service;
use crate::proto;

impl Function {
    /// Converts the specification to protobuf. [`Function::from_proto`] restores it, whatever the
    /// defaults.
    pub fn to_proto(&self) -> proto::FunctionSpec {
        proto::FunctionSpec {
            name: self.at.name.clone(),
            project: self.at.project.clone(),
            region: self.at.region.clone(),
            flavour: proto::Flavour::Run.into(),
            runtime: self.runtime.clone().unwrap_or_default(),
            entry_point: self.entry_point.clone(),
            signature: signature(self.signature).into(),
            source: Some(self.source.to_proto()),
            build: Some(build(&self.build)),
            service: Some(service(&self.service)),
            triggers: Vec::new(),
            encryption: None,
            rollout: None,
        }
    }
}

fn signature(signature: Signature) -> proto::Signature {
    match signature {
        Signature::Http => proto::Signature::Http,
        Signature::CloudEvent => proto::Signature::CloudEvent,
        Signature::Typed => proto::Signature::Typed,
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
