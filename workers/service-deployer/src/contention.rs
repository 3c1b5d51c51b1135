//! Refused writes: whether another writer was faster, or Cloud Run does not want the write. Pure.
//!
//! Cloud Run reports both with the same codes. A concurrent write changes the etag, so a write that
//! is refused again and again under the same precondition is not in competition with anything.
//! More than one refusal is required, because the read between them may be stale, and because the
//! deletion of a service takes some seconds in which the service is still shown.

use std::time::Duration;

use longshore_cloud::{CloudError, Kind, Precondition};
use longshore_runner::telemetry::chain;

/// Number of refusals under the same precondition that prove a refusal. With the pauses between
/// them they span three seconds or more.
const SAME_STATE_MAX: u32 = 4;

/// First and longest pause before the service is read again, before jitter. Other writers finish
/// within a second; every attempt takes a token of the write quota that all deployments share.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_LONGEST: Duration = Duration::from_secs(8);

/// Maximum number of refused writes in one delivery, about one minute. More attempts follow with
/// the redelivery of the message, until the deadline of the deployment.
const ATTEMPTS_MAX: u32 = 10;

/// The refused writes of one delivery.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    count: u32,
    last: Option<Precondition>,
    /// Number of the last refusals that were under the same precondition.
    alike: u32,
    last_reason: Option<String>,
}

/// What follows from a refused write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Wait for this time, before jitter, and read the service again.
    After(Duration),
    /// Cloud Run refuses the write.
    Refused,
    /// Return the message.
    GiveUp,
}

/// Whether an error of a write may be the work of another writer.
pub(crate) fn may_be_contention(error: &CloudError) -> bool {
    matches!(error.kind, Kind::PreconditionFailed | Kind::AlreadyExists)
}

impl Refusals {
    /// Counts a write that was refused under this precondition.
    pub(crate) fn refused(&mut self, precondition: Precondition, error: &CloudError) -> Next {
        self.count += 1;
        let is_alike = self.last.as_ref() == Some(&precondition);
        self.alike = if is_alike { self.alike + 1 } else { 1 };
        self.last = Some(precondition);
        self.last_reason = Some(chain(error));
        // A service that exists although a read does not show it is being created or deleted.
        if self.alike >= SAME_STATE_MAX && error.kind != Kind::AlreadyExists {
            return Next::Refused;
        }
        self.again()
    }

    /// Counts a write that another tool replaced.
    pub(crate) fn replaced(&mut self) -> Next {
        self.count += 1;
        self.last = None;
        self.again()
    }

    /// Why the last write was refused.
    pub(crate) fn last_reason(&self) -> Option<&str> {
        self.last_reason.as_deref()
    }

    fn again(&self) -> Next {
        if self.count >= ATTEMPTS_MAX {
            return Next::GiveUp;
        }
        let pause = PAUSE_FIRST.saturating_mul(1 << self.count.saturating_sub(1).min(8));
        Next::After(pause.min(PAUSE_LONGEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuse(refusals: &mut Refusals, etag: &str, kind: Kind) -> Next {
        let precondition = match etag {
            "" => Precondition::Absent,
            etag => Precondition::Etag(etag.to_owned()),
        };
        refusals.refused(precondition, &CloudError::new("write", "service", kind))
    }

    #[test]
    fn an_unchanged_etag_proves_a_refusal() {
        for state in ["a", ""] {
            let mut refusals = Refusals::default();
            let next: Vec<Next> =
                (0..4).map(|_| refuse(&mut refusals, state, Kind::PreconditionFailed)).collect();
            let after = |millis| Next::After(Duration::from_millis(millis));
            assert_eq!(next, [after(500), after(1_000), after(2_000), Next::Refused]);
        }
    }

    #[test]
    fn a_changed_etag_is_contention_until_the_message_is_returned() {
        let mut refusals = Refusals::default();
        let all: Vec<Next> = (0..10)
            .map(|state| refuse(&mut refusals, &format!("{state}"), Kind::PreconditionFailed))
            .collect();
        assert!(all[..9].iter().all(|next| matches!(next, Next::After(_))), "{all:?}");
        assert_eq!((all[8], all[9]), (Next::After(PAUSE_LONGEST), Next::GiveUp));
        assert!(refusals.last_reason().unwrap().contains("precondition failed"));
    }

    #[test]
    fn a_service_that_exists_although_no_read_shows_it_is_not_a_refusal() {
        let mut refusals = Refusals::default();
        for _ in 0..9 {
            let next = refuse(&mut refusals, "", Kind::AlreadyExists);
            assert!(matches!(next, Next::After(_)), "{next:?}");
        }
    }

    #[test]
    fn a_change_of_the_etag_in_between_starts_the_count_again() {
        let mut refusals = Refusals::default();
        for state in ["a", "a", "a", "b", "b", "b", "a", "a"] {
            let next = refuse(&mut refusals, state, Kind::PreconditionFailed);
            assert!(matches!(next, Next::After(_)), "{state}: {next:?}");
        }
    }
}
