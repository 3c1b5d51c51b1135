//! Whether a deployment may continue.

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use longshore_messages::{Deployment, DeploymentId, Failure, FailureClass, FunctionRef, Outcome};
use time::OffsetDateTime;

use crate::store::READS_AT_ONCE;
use crate::{Admission, Cancel, Happened, Head, Ledger, LedgerError, names};

/// Whether a deployment may continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is the newest deployment of its function.
    Current,
    /// A newer deployment was admitted.
    Superseded {
        /// The newest deployment.
        by: DeploymentId,
    },
    Cancelled,
}

impl Standing {
    fn of(deployment: &Deployment, head: Option<Head>, is_cancelled: bool) -> Self {
        match head.filter(|head| head.admission.generation > deployment.generation) {
            Some(newer) => Self::Superseded { by: newer.deployment },
            None if is_cancelled => Self::Cancelled,
            None => Self::Current,
        }
    }

    /// How a deployment with this standing ends, or `None` if it may continue.
    #[must_use]
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Current => None,
            Self::Superseded { by } => Some(Outcome::Superseded { by: Some(by) }),
            Self::Cancelled => Some(Outcome::Cancelled),
        }
    }

    /// Like [`Standing::outcome`], and fails a deployment that is past its deadline at `now`.
    /// `stage` reports the failure; `before` completes "the deadline passed before …".
    #[must_use]
    pub fn outcome_at(
        self,
        deployment: &Deployment,
        now: OffsetDateTime,
        stage: &str,
        before: &str,
    ) -> Option<Outcome> {
        let missed = || {
            let reason = format!("the deployment's deadline passed before {before}");
            let advice = "deploy again, with a longer deadline if the fleet is busy";
            Failure::new(stage, FailureClass::System, "deadline-exceeded", reason, advice)
        };
        let is_late = now >= deployment.deadline_at;
        self.outcome().or_else(|| is_late.then(|| Outcome::Failed(missed())))
    }
}

impl Ledger {
    /// Like [`Ledger::standing`], or `None` if the deployment has ended. Takes as many requests.
    pub async fn standing_unless_ended(
        &self,
        deployment: &Deployment,
        function: &FunctionRef,
    ) -> Result<Option<Standing>, LedgerError> {
        let (head, happened) = tokio::join!(self.head(function), self.happened(deployment.id));
        let (head, Happened { has_ended, is_cancelled, .. }) = (head?, happened?);
        Ok((!has_ended).then(|| Standing::of(deployment, head, is_cancelled)))
    }

    /// Like [`Ledger::standing`], by a caller that has just read what happened to the deployment.
    /// Takes one request.
    pub async fn standing_after(
        &self,
        happened: &Happened,
        deployment: &Deployment,
        function: &FunctionRef,
    ) -> Result<Standing, LedgerError> {
        let head = self.head(function).await?;
        Ok(Standing::of(deployment, head, happened.is_cancelled))
    }

    /// Reads the fence and the request to cancel. The result may be stale when it returns, so
    /// writes that must not overtake a newer deployment have their own precondition.
    pub async fn standing(
        &self,
        deployment: &Deployment,
        function: &FunctionRef,
    ) -> Result<Standing, LedgerError> {
        let (head_name, cancel_name) = (names::head(function), names::cancel(deployment.id));
        let (head, cancel) =
            tokio::join!(self.read::<Head>(&head_name), self.read::<Cancel>(&cancel_name));
        let head = head?.map(|(head, _)| head);
        Ok(Standing::of(deployment, head, cancel?.is_some()))
    }

    /// The newest deployment of a function, or `None` if none was ever admitted.
    pub async fn head(&self, function: &FunctionRef) -> Result<Option<Head>, LedgerError> {
        Ok(self.seen_head(function).await?.map(|(head, _)| head))
    }

    /// The newest deployment of a function, and the generation of the object that says so, for
    /// [`Ledger::admit_after`].
    pub async fn seen_head(
        &self,
        function: &FunctionRef,
    ) -> Result<Option<(Head, i64)>, LedgerError> {
        self.read(&names::head(function)).await
    }

    pub async fn admission(&self, id: DeploymentId) -> Result<Option<Admission>, LedgerError> {
        Ok(self.read(&names::admission(id)).await?.map(|(admission, _)| admission))
    }

    /// Every function with a head, and that head. Takes one read per function, so it is meant for
    /// reports.
    pub async fn list_functions(&self) -> Result<Vec<(FunctionRef, Head)>, LedgerError> {
        let listed = self.list(names::FUNCTIONS).await?;
        let functions = listed.into_iter().filter_map(|meta| {
            let name = meta.name.strip_prefix(names::FUNCTIONS)?.strip_suffix("/head")?;
            name.parse::<FunctionRef>().ok()
        });
        let read = stream::iter(functions).map(async |function| {
            let head = self.head(&function).await?;
            Ok::<_, LedgerError>(head.map(|head| (function, head)))
        });
        let read = read.buffered(READS_AT_ONCE).try_collect::<Vec<_>>().await?;
        Ok(read.into_iter().flatten().collect())
    }
}
