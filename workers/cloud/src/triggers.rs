//! What calls a service: one resource for each trigger, of an API for each kind of trigger.

mod events;
mod queues;
mod schedules;
mod topics;

use std::fmt::{Debug, Display};

use async_trait::async_trait;
use longshore_messages::{TriggerKind, TriggerOwner};
use time::OffsetDateTime;

use crate::CloudError;

pub use events::{EventDestination, EventField, EventRoute};
pub use queues::{Enqueuers, QueueField, TaskQueue, TaskRetry};
pub use schedules::{ScheduleField, ScheduledCall, ScheduledRetry};
pub use topics::{PushBody, PushField, TopicPush};

/// The resource of a trigger. `Display` is how errors name it.
pub trait TriggerShape: Clone + Debug + Display + PartialEq + Send + Sync + 'static {
    /// A field of the resource, or those that are changed together.
    type Field: Copy + Debug + Ord + Send + Sync + 'static;

    const KIND: TriggerKind;

    /// Whether a list covers one region of a project, and not all of them.
    const IS_LISTED_BY_REGION: bool;

    /// The resource name, which is computed: the same trigger has the same name in every deployment.
    fn name(&self) -> &str;

    /// Whether the trigger is one of this owner's.
    fn is_of(&self, owner: &TriggerOwner<'_>) -> bool;

    /// The fields in which a live trigger differs.
    fn differences(&self, live: &Self) -> Vec<Self::Field>;

    /// Whether the API can change the field of an existing resource.
    fn is_mutable(field: Self::Field) -> bool;
}

/// Manages the triggers of one kind.
#[async_trait]
pub trait Triggers<S: TriggerShape>: Send + Sync {
    /// All triggers of an owner.
    async fn list(&self, owner: &TriggerOwner<'_>) -> Result<Vec<LiveTrigger<S>>, CloudError>;

    /// Creates a trigger. Succeeds if one of that name exists, whatever its settings are.
    ///
    /// `NotFound` if something that it needs does not exist, such as its topic.
    async fn create(&self, shape: &S) -> Result<(), CloudError>;

    /// Gives a trigger the values that `shape` has in these fields.
    ///
    /// `InvalidArgument` for a field that cannot be changed.
    async fn update(&self, shape: &S, fields: &[S::Field]) -> Result<(), CloudError>;

    /// Deletes a trigger, with what it has not delivered. Succeeds if it does not exist.
    async fn delete(&self, name: &str) -> Result<(), CloudError>;
}

/// A trigger as its API reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveTrigger<S> {
    pub shape: S,
    pub state: TriggerState,
    /// `None` if there was none, or if the API does not say.
    pub last: Option<LastCall>,
}

/// The last time that a trigger called its service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastCall {
    pub at: OffsetDateTime,
    /// What went wrong, as the API says.
    pub problem: Option<String>,
}

/// Whether a trigger calls its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerState {
    /// It does.
    Active,
    /// It cannot: the endpoint or the account is refused.
    Failing,
    /// It has lost its source, such as its topic: nothing will ever come.
    Detached,
    /// Somebody has stopped it. A deployment leaves it like that.
    Paused,
    /// The API has not finished its last change, and may never do so.
    Unfinished,
}

impl TriggerState {
    /// The word for the state on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Failing => "failing",
            Self::Detached => "detached",
            Self::Paused => "paused",
            Self::Unfinished => "unfinished",
        }
    }
}
