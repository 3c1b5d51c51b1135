//! What a reader of a topic decodes that carries messages of both flavours: the message says which one
//! it is.

use super::build::{BuildRetryRequested, BuildSubmitted};
use super::image::ImagePublished;
use super::operation::{FunctionPublished, FunctionRetryRequested, OperationStarted};
use crate::function::Function;
use crate::ids::DeploymentId;
use crate::invalid::Invalid;
use crate::proto;
use crate::proto::build_submitted::Work;
use crate::topics::Topic;
use crate::wire::StageMessage;

/// What travels on `build-submitted`.
#[derive(Clone, Debug, PartialEq)]
pub enum Submitted {
    Shared(Box<BuildSubmitted>),
    Function(Box<OperationStarted>),
}

/// What travels on `build-retry-requested`.
#[derive(Clone, Debug, PartialEq)]
pub enum RetryRequested {
    Build(Box<BuildRetryRequested>),
    Function(Box<FunctionRetryRequested>),
}

/// What travels on `image-published`.
#[derive(Clone, Debug, PartialEq)]
pub enum Published {
    Shared(Box<ImagePublished>),
    Function(Box<FunctionPublished>),
}

/// Implements the sum of the messages of both flavours. `$is_function` decides by the protobuf which
/// one it is.
macro_rules! of_both_flavours {
    ($sum:ident, $shared:ident = $run:ty, $function:ty, $is_function:expr) => {
        impl StageMessage for $sum {
            const TOPIC: Topic = <$run as StageMessage>::TOPIC;
            type Proto = <$run as StageMessage>::Proto;
            const SPECIFICATION: &'static [u32] = <$run as StageMessage>::SPECIFICATION;

            fn specification(&self) -> Option<&Function> {
                match self {
                    Self::$shared(run) => run.specification(),
                    Self::Function(function) => function.specification(),
                }
            }

            fn specification_mut(&mut self) -> Option<&mut Function> {
                match self {
                    Self::$shared(run) => run.specification_mut(),
                    Self::Function(function) => function.specification_mut(),
                }
            }

            fn from_proto(proto: Self::Proto) -> Result<Self, Invalid> {
                let is_function: fn(&Self::Proto) -> bool = $is_function;
                if is_function(&proto) {
                    return <$function>::from_proto(proto).map(|it| Self::Function(Box::new(it)));
                }
                <$run>::from_proto(proto).map(|it| Self::$shared(Box::new(it)))
            }

            fn to_proto(&self) -> Self::Proto {
                match self {
                    Self::$shared(run) => run.to_proto(),
                    Self::Function(function) => function.to_proto(),
                }
            }

            fn deployment(&self) -> Option<DeploymentId> {
                match self {
                    Self::$shared(run) => StageMessage::deployment(&**run),
                    Self::Function(function) => StageMessage::deployment(&**function),
                }
            }

            fn function(&self) -> Option<String> {
                match self {
                    Self::$shared(run) => StageMessage::function(&**run),
                    Self::Function(function) => StageMessage::function(&**function),
                }
            }

            fn ce_id(&self) -> String {
                match self {
                    Self::$shared(run) => run.ce_id(),
                    Self::Function(function) => function.ce_id(),
                }
            }
        }
    };
}

of_both_flavours!(Submitted, Shared = BuildSubmitted, OperationStarted, is_operation);
of_both_flavours!(RetryRequested, Build = BuildRetryRequested, FunctionRetryRequested, |proto| {
    proto.submitted.as_ref().is_some_and(is_operation)
});
of_both_flavours!(Published, Shared = ImagePublished, FunctionPublished, |proto| {
    proto.image.as_ref().is_some_and(|image| image.function_operation.is_some())
});

fn is_operation(proto: &proto::BuildSubmitted) -> bool {
    matches!(proto.work, Some(Work::FunctionOperation(_)))
}
