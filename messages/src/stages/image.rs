//! `image-published`: the image of a build is in the registry.

use super::build::read_build_ref;
use super::builder::{self, Builder};
use super::deployment::Deployment;
use super::read_common;
use super::source::StoredSource;
use crate::function::Function;
use crate::ids::{BuildRef, DeploymentId};
use crate::invalid::{Findings, Invalid};
use crate::topics::Topic;
use crate::wire::{StageMessage, once};
use crate::{proto, rules};

/// From registry-watcher to service-deployer.
#[derive(Clone, Debug, PartialEq)]
pub struct ImagePublished {
    pub deployment: Deployment,
    /// The requested function.
    pub function: Function,
    pub source: StoredSource,
    /// The image that the deployment waited for.
    pub image: BuiltImage,
}

/// An image and its build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltImage {
    /// `HOST/PROJECT/REPOSITORY/IMAGE`, without tag or digest.
    pub name: String,
    /// `sha256:` and 64 hexadecimal characters.
    pub digest: String,
    /// Resource name of the build in Cloud Build.
    pub build_name: String,
    /// The fleet's name of the build.
    pub build: BuildRef,
    /// What built it.
    pub builder: Builder,
}

impl BuiltImage {
    /// `NAME@DIGEST`. A tag can move; a digest cannot.
    pub fn reference(&self) -> String {
        format!("{}@{}", self.name, self.digest)
    }

    fn to_proto(&self) -> proto::BuiltImage {
        proto::BuiltImage {
            name: self.name.clone(),
            digest: self.digest.clone(),
            build: self.build_name.clone(),
            build_key: self.build.key.to_string(),
            build_number: self.build.number,
            function_operation: None,
            builder: self.builder.to_proto(),
        }
    }
}

impl StageMessage for ImagePublished {
    const TOPIC: Topic = Topic::ImagePublished;
    type Proto = proto::ImagePublished;
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
        let image = read(proto.image, &mut findings);
        let ((Some(deployment), Some(function), Some(source)), Some(image)) = (common, image)
        else {
            return findings.finish(None);
        };
        findings.finish(Some(Self { deployment, function, source, image }))
    }

    fn to_proto(&self) -> Self::Proto {
        proto::ImagePublished {
            deployment: Some(self.deployment.to_proto()),
            function: Some(self.function.to_proto()),
            source: Some(self.source.to_proto()),
            image: Some(self.image.to_proto()),
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

fn read(proto: Option<proto::BuiltImage>, findings: &mut Findings) -> Option<BuiltImage> {
    let Some(proto) = proto else {
        findings.missing("image");
        return None;
    };
    let mut check = |field: &str, value: &str, holds: fn(&str) -> bool, rule: &str| {
        if !holds(value) {
            findings.add(field, value, rule);
        }
    };
    check("image.name", &proto.name, rules::is_image_name, rules::IMAGE_NAME);
    check("image.digest", &proto.digest, rules::is_digest, rules::DIGEST);
    check("image.build", &proto.build, rules::is_build_name, rules::BUILD_NAME);
    let build = read_build_ref(
        &proto.build_key,
        proto.build_number,
        ["image.buildKey", "image.buildNumber"],
        findings,
    );
    Some(BuiltImage {
        name: proto.name,
        digest: proto.digest,
        build_name: proto.build,
        build: build?,
        builder: builder::read(proto.builder),
    })
}
