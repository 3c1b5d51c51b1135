//! Triggers of queues: queues of Cloud Tasks, and who may add tasks to them.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use async_trait::async_trait;
use longshore_messages::{Attempts, Rate, TriggerKind, TriggerOwner};

use super::TriggerShape;
use crate::CloudError;

/// A queue whose tasks are all sent to one service, whatever their URLs say. Limits of the fields:
/// `google.cloud.tasks.v2.Queue`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskQueue {
    /// `projects/P/locations/R/queues/Q`. A queue has no labels, so its name says whose it is.
    pub name: String,
    /// URL of the service. Its scheme, host and port replace those of a task.
    pub url: String,
    /// Email address of the account whose identity token each request carries.
    pub account: String,
    /// Audience of the token.
    pub audience: String,
    /// Maximum number of tasks sent in a second.
    pub rate: Rate,
    /// Maximum number of tasks that are being answered.
    pub concurrent: u32,
    pub retry: TaskRetry,
}

/// What follows a failure: `google.cloud.tasks.v2.RetryConfig`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskRetry {
    pub max_attempts: Attempts,
    /// Zero for no limit.
    pub max_duration: Duration,
    pub minimum_backoff: Duration,
    pub maximum_backoff: Duration,
    pub max_doublings: u32,
}

/// A field of a queue, or those that are changed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QueueField {
    /// URL, account and audience.
    Target,
    /// Rate and concurrency.
    Limits,
    Retry,
}

impl Display for TaskQueue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "queue {}", self.name)
    }
}

impl TriggerShape for TaskQueue {
    type Field = QueueField;

    const KIND: TriggerKind = TriggerKind::Queue;
    const IS_LISTED_BY_REGION: bool = true;

    fn name(&self) -> &str {
        &self.name
    }

    fn is_of(&self, owner: &TriggerOwner<'_>) -> bool {
        owner.has_name(&self.name, "queues")
    }

    fn differences(&self, live: &Self) -> Vec<QueueField> {
        let target = |of: &Self| (of.url.clone(), of.account.clone(), of.audience.clone());
        let limits = |of: &Self| (of.rate, of.concurrent);
        let compared = [
            (QueueField::Target, target(self) != target(live)),
            (QueueField::Limits, limits(self) != limits(live)),
            (QueueField::Retry, self.retry != live.retry),
        ];
        compared.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }

    /// Cloud Tasks can change all of them. A queue must never be deleted to change it: its tasks would
    /// be lost, and its name is blocked for days.
    fn is_mutable(field: QueueField) -> bool {
        match field {
            QueueField::Target | QueueField::Limits | QueueField::Retry => true,
        }
    }
}

/// Who may add tasks to a queue: `roles/cloudtasks.enqueuer` in its IAM policy.
#[async_trait]
pub trait Enqueuers: Send + Sync {
    /// Who has the role without a condition, as IAM names them.
    ///
    /// `NotFound` if the queue does not exist.
    async fn enqueuers(&self, queue: &str) -> Result<BTreeSet<String>, CloudError>;

    /// Gives the role to some, and takes it from others. What others may do stays as it is.
    ///
    /// `NotFound` if the queue does not exist.
    async fn change_enqueuers(
        &self,
        queue: &str,
        add: &BTreeSet<String>,
        remove: &BTreeSet<String>,
    ) -> Result<(), CloudError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> TaskQueue {
        TaskQueue {
            name: "projects/p/locations/r/queues/q".to_owned(),
            url: "https://f.run.app".to_owned(),
            account: "caller@p.iam.gserviceaccount.com".to_owned(),
            audience: "https://f.run.app".to_owned(),
            rate: Rate::new(500.0).unwrap(),
            concurrent: 1_000,
            retry: TaskRetry {
                max_attempts: Attempts::AtMost(100),
                max_duration: Duration::ZERO,
                minimum_backoff: Duration::from_millis(100),
                maximum_backoff: Duration::from_secs(3_600),
                max_doublings: 16,
            },
        }
    }

    #[test]
    fn each_field_that_differs_is_named_and_none_needs_another_queue() {
        assert_eq!(queue().differences(&queue()), []);
        let retry = TaskRetry { max_attempts: Attempts::Unlimited, ..queue().retry };
        for (live, field) in [
            (TaskQueue { url: "https://g.run.app".into(), ..queue() }, QueueField::Target),
            (TaskQueue { account: "x".into(), ..queue() }, QueueField::Target),
            (TaskQueue { audience: "x".into(), ..queue() }, QueueField::Target),
            (TaskQueue { rate: Rate::new(0.5).unwrap(), ..queue() }, QueueField::Limits),
            (TaskQueue { concurrent: 1, ..queue() }, QueueField::Limits),
            (TaskQueue { retry, ..queue() }, QueueField::Retry),
        ] {
            assert_eq!(queue().differences(&live), [field], "{live:?}");
            assert!(TaskQueue::is_mutable(field));
        }
    }
}
