//! The Functions flavour of `build-submitted`, `build-retry-requested` and `image-published`: one
//! operation of the Cloud Functions API builds and deploys one function.
//!
//! The topics and protobufs are those of the Run flavour; `flavours` says which one a message is of.

use super::build::{BuildRetryRequested, BuildSubmitted};
use super::builder::{self, Builder};
use super::deployment::Deployment;
use super::image::ImagePublished;
use super::read_common;
use super::source::StoredSource;
use crate::function::{Flavour, Function};
use crate::ids::{ConfigDigest, DeploymentId};
use crate::invalid::{Findings, Invalid};
use crate::proto::build_submitted::Work;
use crate::topics::Topic;
use crate::wire::{StageMessage, once};
use crate::{proto, rules};

/// From build-submitter to registry-watcher: the operation to wait for.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationStarted {
    pub deployment: Deployment,
    /// The requested function.
    pub function: Function,
    pub source: StoredSource,
    pub operation: FunctionOperation,
}

/// What makes a function what a deployment wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionOperation {
    /// `projects/P/locations/R/operations/O`. `None` if no operation was started, or if its name is
    /// not known because its response was lost.
    pub name: Option<String>,
    /// The label by which the function shows that it is what the deployment wants.
    pub config: ConfigDigest,
    /// Whether the function already was what the deployment wants, so that no operation was started.
    pub unchanged: bool,
}

/// From registry-watcher to build-submitter: the function is not what its newest deployment wants,
/// and gets another operation.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionRetryRequested {
    /// The message of the newest deployment.
    pub started: OperationStarted,
    /// Number of the attempt to make, from 1.
    pub attempt: u32,
    /// Why the attempt is needed.
    pub reason: String,
}

/// From registry-watcher to service-deployer: the operation has ended, and the function exists.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionPublished {
    pub deployment: Deployment,
    /// The requested function.
    pub function: Function,
    pub source: StoredSource,
    pub image: FunctionImage,
}

/// The image of one function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionImage {
    /// `HOST/PROJECT/REPOSITORY/IMAGE`, without tag or digest.
    pub name: String,
    /// `sha256:` and 64 hexadecimal characters.
    pub digest: String,
    /// Resource name of the build in Cloud Build.
    pub build_name: String,
    pub operation: FunctionOperation,
    /// What built it.
    pub builder: Builder,
}

impl FunctionOperation {
    fn to_proto(&self) -> proto::FunctionOperation {
        proto::FunctionOperation {
            name: self.name.clone().unwrap_or_default(),
            config: self.config.to_string(),
            unchanged: self.unchanged,
        }
    }
}

impl StageMessage for OperationStarted {
    const TOPIC: Topic = BuildSubmitted::TOPIC;
    type Proto = proto::BuildSubmitted;
    const SPECIFICATION: &'static [u32] = BuildSubmitted::SPECIFICATION;

    fn specification(&self) -> Option<&Function> {
        Some(&self.function)
    }

    fn specification_mut(&mut self) -> Option<&mut Function> {
        Some(&mut self.function)
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, Invalid> {
        let mut findings = Findings::default();
        let started = read_started(proto, &mut findings);
        findings.finish(started)
    }

    fn to_proto(&self) -> Self::Proto {
        proto::BuildSubmitted {
            deployment: Some(self.deployment.to_proto()),
            function: Some(self.function.to_proto()),
            source: Some(self.source.to_proto()),
            work: Some(Work::FunctionOperation(self.operation.to_proto())),
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

impl StageMessage for FunctionRetryRequested {
    const TOPIC: Topic = BuildRetryRequested::TOPIC;
    type Proto = proto::BuildRetryRequested;
    const SPECIFICATION: &'static [u32] = BuildRetryRequested::SPECIFICATION;

    fn specification(&self) -> Option<&Function> {
        Some(&self.started.function)
    }

    fn specification_mut(&mut self) -> Option<&mut Function> {
        Some(&mut self.started.function)
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, Invalid> {
        let mut findings = Findings::default();
        let started = match proto.submitted {
            Some(submitted) => read_started(submitted, &mut findings),
            None => {
                findings.missing("submitted");
                None
            }
        };
        if proto.attempt < 1 {
            findings.add("attempt", &proto.attempt.to_string(), "must be at least 1");
        }
        findings.finish(started.map(|started| Self {
            started,
            attempt: proto.attempt,
            reason: proto.reason,
        }))
    }

    fn to_proto(&self) -> Self::Proto {
        proto::BuildRetryRequested {
            submitted: Some(self.started.to_proto()),
            attempt: self.attempt,
            reason: self.reason.clone(),
        }
    }

    fn deployment(&self) -> Option<DeploymentId> {
        Some(self.started.deployment.id)
    }

    fn function(&self) -> Option<String> {
        Some(self.started.function.at.to_string())
    }

    fn ce_id(&self) -> String {
        format!("{}/{}", once(self.started.deployment.id, Self::TOPIC), self.attempt)
    }
}

impl StageMessage for FunctionPublished {
    const TOPIC: Topic = ImagePublished::TOPIC;
    type Proto = proto::ImagePublished;
    const SPECIFICATION: &'static [u32] = ImagePublished::SPECIFICATION;

    fn specification(&self) -> Option<&Function> {
        Some(&self.function)
    }

    fn specification_mut(&mut self) -> Option<&mut Function> {
        Some(&mut self.function)
    }

    fn from_proto(proto: Self::Proto) -> Result<Self, Invalid> {
        let mut findings = Findings::default();
        let common = read_common(proto.deployment, proto.function, proto.source, &mut findings);
        let image = read_image(proto.image, &mut findings);
        let ((Some(deployment), Some(function), Some(source)), Some(image)) = (common, image)
        else {
            return findings.finish(None);
        };
        check_flavour(&function, &mut findings);
        findings.finish(Some(Self { deployment, function, source, image }))
    }

    fn to_proto(&self) -> Self::Proto {
        let image = proto::BuiltImage {
            name: self.image.name.clone(),
            digest: self.image.digest.clone(),
            build: self.image.build_name.clone(),
            build_key: String::new(),
            build_number: 0,
            function_operation: Some(self.image.operation.to_proto()),
            builder: self.image.builder.to_proto(),
        };
        proto::ImagePublished {
            deployment: Some(self.deployment.to_proto()),
            function: Some(self.function.to_proto()),
            source: Some(self.source.to_proto()),
            image: Some(image),
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

impl FunctionImage {
    /// `NAME@DIGEST`. A tag can move; a digest cannot.
    pub fn reference(&self) -> String {
        format!("{}@{}", self.name, self.digest)
    }
}

/// Returns `None` only with a finding.
fn read_started(proto: proto::BuildSubmitted, findings: &mut Findings) -> Option<OperationStarted> {
    let (deployment, function, source) =
        read_common(proto.deployment, proto.function, proto.source, findings);
    let operation = match proto.work {
        Some(Work::FunctionOperation(operation)) => read_operation(operation, findings),
        Some(Work::SharedBuild(_)) | None => {
            findings.missing("functionOperation");
            None
        }
    };
    let function = function?;
    check_flavour(&function, findings);
    Some(OperationStarted {
        deployment: deployment?,
        function,
        source: source?,
        operation: operation?,
    })
}

fn check_flavour(function: &Function, findings: &mut Findings) {
    if function.flavour != Flavour::Functions {
        let rule = "must be FLAVOUR_FUNCTIONS with functionOperation";
        findings.add("function.flavour", function.flavour.as_str(), rule);
    }
}

fn read_operation(
    proto: proto::FunctionOperation,
    findings: &mut Findings,
) -> Option<FunctionOperation> {
    let config = rules::parsed(&proto.config, "functionOperation.config", findings);
    let name = rules::optional(proto.name);
    if let Some(name) = name.as_ref().filter(|name| !rules::is_operation_name(name)) {
        findings.add("functionOperation.name", name, rules::OPERATION_NAME);
    }
    Some(FunctionOperation { name, config: config?, unchanged: proto.unchanged })
}

/// Returns `None` only with a finding.
fn read_image(proto: Option<proto::BuiltImage>, findings: &mut Findings) -> Option<FunctionImage> {
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
    let Some(operation) = proto.function_operation else {
        findings.missing("image.functionOperation");
        return None;
    };
    Some(FunctionImage {
        name: proto.name,
        digest: proto.digest,
        build_name: proto.build,
        operation: read_operation(operation, findings)?,
        builder: builder::read(proto.builder),
    })
}
