//! `build-submitted` and `build-retry-requested`: a build is running, or has to be retried.

use super::deployment::Deployment;
use super::read_common;
use super::source::StoredSource;
use crate::function::Function;
use crate::ids::{BuildRef, DeploymentId};
use crate::invalid::{Findings, Invalid};
use crate::proto::build_submitted::Work;
use crate::topics::Topic;
use crate::wire::{StageMessage, once};
use crate::{proto, rules};

/// From build-submitter to registry-watcher: the build to wait for.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildSubmitted {
    pub deployment: Deployment,
    /// The requested function.
    pub function: Function,
    pub source: StoredSource,
    /// Any number of deployments may wait for it.
    pub build: SharedBuild,
}

/// A build and the name of its image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedBuild {
    pub build: BuildRef,
    /// `HOST/PROJECT/REPOSITORY/IMAGE`, without tag or digest.
    pub image: String,
}

impl StageMessage for BuildSubmitted {
    const TOPIC: Topic = Topic::BuildSubmitted;
    type Proto = proto::BuildSubmitted;
    const SPECIFICATION: &'static [u32] = &[2];

    fn specification(&self) -> Option<&Function> {
        Some(&self.function)
    }

    fn specification_mut(&mut self) -> Option<&mut Function> {
        Some(&mut self.function)
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, Invalid> {
        let mut findings = Findings::default();
        let message = read_submitted(proto, &mut findings);
        findings.finish(message)
    }

    fn to_proto(&self) -> Self::Proto {
        let build = proto::SharedBuild {
            key: self.build.build.key.to_string(),
            number: self.build.build.number,
            image: self.build.image.clone(),
        };
        proto::BuildSubmitted {
            deployment: Some(self.deployment.to_proto()),
            function: Some(self.function.to_proto()),
            source: Some(self.source.to_proto()),
            work: Some(Work::SharedBuild(build)),
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

fn read_submitted(proto: proto::BuildSubmitted, findings: &mut Findings) -> Option<BuildSubmitted> {
    let (deployment, function, source) =
        read_common(proto.deployment, proto.function, proto.source, findings);
    let build = match proto.work {
        Some(Work::SharedBuild(build)) => read_shared_build(build, findings),
        Some(Work::FunctionOperation(_)) | None => {
            findings.missing("sharedBuild");
            None
        }
    };
    Some(BuildSubmitted {
        deployment: deployment?,
        function: function?,
        source: source?,
        build: build?,
    })
}

fn read_shared_build(proto: proto::SharedBuild, findings: &mut Findings) -> Option<SharedBuild> {
    if !rules::is_image_name(&proto.image) {
        findings.add("sharedBuild.image", &proto.image, rules::IMAGE_NAME);
    }
    let build = read_build_ref(
        &proto.key,
        proto.number,
        ["sharedBuild.key", "sharedBuild.number"],
        findings,
    );
    Some(SharedBuild { build: build?, image: proto.image })
}

/// `fields` are the paths of the key and the number.
pub(super) fn read_build_ref(
    key: &str,
    number: u32,
    fields: [&str; 2],
    findings: &mut Findings,
) -> Option<BuildRef> {
    if number == 0 {
        findings.add(fields[1], "0", "must be at least 1");
    }
    let key = rules::parsed(key, fields[0], findings)?;
    Some(BuildRef { key, number })
}

/// From registry-watcher to build-submitter: the build failed by a fault of the platform, and gets
/// another attempt, or its claimant has not submitted it, and gets its first.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildRetryRequested {
    /// The message of the claiming deployment.
    pub submitted: BuildSubmitted,
    /// Number of the attempt to make, from 1.
    pub attempt: u32,
    /// Why the attempt is needed.
    pub reason: String,
}

impl StageMessage for BuildRetryRequested {
    const TOPIC: Topic = Topic::BuildRetryRequested;
    type Proto = proto::BuildRetryRequested;
    const SPECIFICATION: &'static [u32] = &[1, 2];

    fn specification(&self) -> Option<&Function> {
        Some(&self.submitted.function)
    }

    fn specification_mut(&mut self) -> Option<&mut Function> {
        Some(&mut self.submitted.function)
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, Invalid> {
        let mut findings = Findings::default();
        let submitted = match proto.submitted {
            Some(submitted) => read_submitted(submitted, &mut findings),
            None => {
                findings.missing("submitted");
                None
            }
        };
        if proto.attempt < 1 {
            findings.add("attempt", &proto.attempt.to_string(), "must be at least 1");
        }
        findings.finish(submitted.map(|submitted| Self {
            submitted,
            attempt: proto.attempt,
            reason: proto.reason,
        }))
    }

    fn to_proto(&self) -> Self::Proto {
        proto::BuildRetryRequested {
            submitted: Some(self.submitted.to_proto()),
            attempt: self.attempt,
            reason: self.reason.clone(),
        }
    }

    fn deployment(&self) -> Option<DeploymentId> {
        self.submitted.deployment()
    }

    fn function(&self) -> Option<String> {
        self.submitted.function()
    }

    /// A deployment may request several attempts, each of them once.
    fn ce_id(&self) -> String {
        format!("{}/{}", once(self.submitted.deployment.id, Self::TOPIC), self.attempt)
    }
}
