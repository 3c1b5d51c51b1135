//! Why something that is deployed cannot be migrated. Pure.
//!
//! `longshore inventory` shows these reasons, and `longshore migrate plan` follows them. What can be
//! migrated may still lose settings, which the plan names.

use longshore_cloud::{Beyond, RuntimeStage};
use longshore_messages::{Flavour, VpcAccess};
use time::Date;

use super::{Deployed, Kind, Runtimes};

/// What is to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    Run,
    Functions,
    Region,
    Runtime,
    Key,
}

impl Goal {
    pub(crate) const ALL: [Self; 5] =
        [Self::Run, Self::Functions, Self::Region, Self::Runtime, Self::Key];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Functions => "functions",
            Self::Region => "region",
            Self::Runtime => "runtime",
            Self::Key => "key",
        }
    }

    /// Whether the migration makes a second function beside the first one.
    fn is_copy(self) -> bool {
        match self {
            Self::Run | Self::Functions | Self::Region => true,
            Self::Runtime | Self::Key => false,
        }
    }
}

/// Why it cannot be migrated, and what to do. `None` if it can.
pub(crate) fn obstacle(
    one: &Deployed,
    goal: Goal,
    runtimes: &Runtimes,
    today: Date,
) -> Option<String> {
    if one.is_changing() {
        return Some("an operation is changing it: try again when that has ended".to_owned());
    }
    match (one.kind(), goal) {
        (Kind::Image, _) => {
            return Some(
                "it was deployed from an image, and has no source that can be built".to_owned(),
            );
        }
        (Kind::RunFunction, Goal::Run) => {
            return Some("it is a service of Cloud Run already".to_owned());
        }
        (Kind::Function, Goal::Functions) => {
            return Some(
                "it is a function of the second generation of the Cloud Functions API already"
                    .to_owned(),
            );
        }
        (Kind::FirstGeneration, Goal::Region | Goal::Runtime | Goal::Key) => {
            return Some(
                "functions are no longer deployed to the first generation: migrate it to `run` or \
                 `functions`"
                    .to_owned(),
            );
        }
        _ => {}
    }
    if !one.serves() {
        return Some("it has never served: deploy it first".to_owned());
    }
    let event = one.function.as_ref().and_then(|function| function.live.shape.event.as_ref());
    if one.kind() == Kind::FirstGeneration && event.is_some() {
        return Some(
            "an event function of the first generation takes an event and a context: change its \
             code to CloudEvents, and deploy that"
                .to_owned(),
        );
    }
    if goal.is_copy()
        && let Some(reason) = one.beyond().into_iter().find_map(not_copied)
    {
        return Some(reason.to_owned());
    }
    let vpc = one.live().and_then(|live| live.shape.settings.vpc.as_ref());
    let to = match goal {
        Goal::Functions => Flavour::Functions,
        Goal::Run => Flavour::Run,
        Goal::Region | Goal::Runtime | Goal::Key => one.flavour(),
    };
    if to == Flavour::Functions && matches!(vpc, Some(VpcAccess::Direct { .. })) {
        return Some(
            "it uses direct VPC egress, which Longshore does not set in the Functions flavour: give \
             it a connector, or migrate it to `run`"
                .to_owned(),
        );
    }
    if goal == Goal::Runtime {
        return None;
    }
    dead_runtime(one, runtimes, today)
}

fn dead_runtime(one: &Deployed, runtimes: &Runtimes, today: Date) -> Option<String> {
    let runtime = one.runtime()?;
    let is_first = one.kind() == Kind::FirstGeneration;
    let support = runtimes.support(runtime, is_first, today)?;
    if support.stage != RuntimeStage::Decommissioned {
        return None;
    }
    let newest = runtimes.newest_like(runtime).unwrap_or("RUNTIME");
    Some(format!(
        "{runtime} is decommissioned and cannot be built any more: add `--to runtime={newest}`"
    ))
}

/// What a function cannot do without. A copy would serve something else.
fn not_copied(beyond: Beyond) -> Option<&'static str> {
    match beyond {
        Beyond::Sidecars => Some("it has sidecars, which a specification cannot express"),
        Beyond::OtherVolumes => {
            Some("it mounts volumes other than secrets, which a specification cannot express")
        }
        Beyond::Command => {
            Some("its container has a command of its own, which is not a function's")
        }
        Beyond::Port => Some("it listens on a port of its own, which is not a function's"),
        Beyond::Gpu => Some("it uses a GPU, which a specification cannot express"),
        Beyond::AllEgress
        | Beyond::BinaryAuthorization
        | Beyond::BaseImageUpdates
        | Beyond::PinnedTraffic
        | Beyond::Probes
        | Beyond::SessionAffinity
        | Beyond::ServiceMesh
        | Beyond::CustomAudiences
        | Beyond::IdentityAwareProxy
        | Beyond::MultiRegion
        | Beyond::ServiceScaling
        | Beyond::NoDefaultUrl
        | Beyond::AlwaysCpu
        | Beyond::KeyRevocation => None,
    }
}
