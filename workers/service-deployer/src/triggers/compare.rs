//! Compares the triggers of one kind. Pure.

use longshore_cloud::{LiveTrigger, TriggerShape, TriggerState};

/// What has to happen to one trigger.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step<S: TriggerShape> {
    Create(S),
    /// Change these fields in place.
    Update(S, Vec<S::Field>),
    /// Delete the trigger and create it again: it has lost its source, its API has not finished the
    /// last change of it, or another tool made one of the same name with other fixed fields.
    Recreate(S),
    Delete(S),
}

impl<S: TriggerShape> Step<S> {
    /// The word for the step in logs.
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Update(..) => "update",
            Self::Recreate(_) => "recreate",
            Self::Delete(_) => "delete",
        }
    }

    pub(crate) fn shape(&self) -> &S {
        let (Self::Create(shape)
        | Self::Update(shape, _)
        | Self::Recreate(shape)
        | Self::Delete(shape)) = self;
        shape
    }

    pub(crate) fn is_deletion(&self) -> bool {
        matches!(self, Self::Delete(_))
    }
}

/// The steps that lead from what is there to what is wanted, deletions last. `live` are the triggers
/// of the function.
pub(crate) fn steps<S: TriggerShape>(wanted: &[S], live: &[LiveTrigger<S>]) -> Vec<Step<S>> {
    let made = wanted.iter().filter_map(|shape| {
        let Some(found) = live.iter().find(|live| live.shape.name() == shape.name()) else {
            return Some(Step::Create(shape.clone()));
        };
        let differences = shape.differences(&found.shape);
        if differences.iter().any(|field| !S::is_mutable(*field))
            || matches!(found.state, TriggerState::Detached | TriggerState::Unfinished)
        {
            return Some(Step::Recreate(shape.clone()));
        }
        (!differences.is_empty()).then(|| Step::Update(shape.clone(), differences))
    });
    let is_wanted =
        |live: &LiveTrigger<S>| wanted.iter().any(|shape| shape.name() == live.shape.name());
    let vanished = live.iter().filter(|live| !is_wanted(live));
    made.chain(vanished.map(|live| Step::Delete(live.shape.clone()))).collect()
}
