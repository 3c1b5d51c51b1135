//! What was requested: deployments and their cancellation, and deletions of functions; and which
//! deployments have not ended.

use std::collections::BTreeMap;

use longshore_cloud::Created;
use longshore_messages::{DeploymentId, FunctionRef};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::happened::request_metadata;
use crate::{Cancel, Deletion, Ledger, LedgerError, Open, Request, names};

/// Key of the deadline in the metadata of an `open/<id>` object, in RFC 3339.
const DEADLINE: &str = "deadline";

/// Key of the function in the metadata of an `open/<id>` object.
const FUNCTION: &str = "function";

/// A deployment that has not ended, as a list call returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenDeployment {
    pub id: DeploymentId,
    /// `None` if only the entry itself says.
    pub deadline_at: Option<OffsetDateTime>,
    /// `None` if only the entry itself says.
    pub function: Option<FunctionRef>,
}

impl Ledger {
    /// Stores the request of a deployment, unless there is one. Returns the one that the ledger
    /// holds, and whether this call stored it: another publisher may have used the same `ce-source`
    /// and `ce-id` before.
    pub async fn write_request(
        &self,
        id: DeploymentId,
        request: &Request,
    ) -> Result<(Request, bool), LedgerError> {
        let (name, metadata) = (names::request(id), request_metadata(request));
        let (first, created) = self.create_described_or_read(&name, request, metadata).await?;
        Ok((first, matches!(created, Created::New(_))))
    }

    pub async fn request(&self, id: DeploymentId) -> Result<Option<Request>, LedgerError> {
        Ok(self.read(&names::request(id)).await?.map(|(request, _)| request))
    }

    /// Marks a deployment as open, unless it is, and returns the first mark. Call this for a request
    /// that was not handled before, because a deployment that has ended must not be marked again.
    pub async fn write_open(&self, id: DeploymentId, open: &Open) -> Result<Open, LedgerError> {
        Ok(self.mark_open(id, open).await?.0)
    }

    /// As [`Ledger::write_open`], for a request that was handled before. If its deployment has ended in
    /// the meantime, there is no new mark when this returns.
    pub async fn write_open_again(
        &self,
        id: DeploymentId,
        open: &Open,
    ) -> Result<Open, LedgerError> {
        let (first, is_new) = self.mark_open(id, open).await?;
        // In this order: an outcome that is recorded later is followed by the removal of the mark.
        if is_new && self.exists(&names::outcome(id)).await? {
            self.close(id).await?;
        }
        Ok(first)
    }

    async fn mark_open(&self, id: DeploymentId, open: &Open) -> Result<(Open, bool), LedgerError> {
        let deadline = open.deadline_at.format(&Rfc3339).unwrap_or_default();
        let metadata = BTreeMap::from([
            (DEADLINE.to_owned(), deadline),
            (FUNCTION.to_owned(), open.function.to_string()),
        ]);
        match self.create_described(&names::open(id), open, metadata).await? {
            Created::New(_) => Ok((open.clone(), true)),
            Created::Exists => Ok((self.open(id).await?.unwrap_or_else(|| open.clone()), false)),
        }
    }

    /// Whether a deployment has not ended. Unlike [`Ledger::open`], does not need to read the entry.
    pub async fn is_open(&self, id: DeploymentId) -> Result<bool, LedgerError> {
        self.exists(&names::open(id)).await
    }

    /// An open deployment, or `None` if it has ended or never began.
    pub async fn open(&self, id: DeploymentId) -> Result<Option<Open>, LedgerError> {
        Ok(self.read(&names::open(id)).await?.map(|(open, _)| open))
    }

    /// All open deployments, in the order of their ids. Takes one list call per thousand, and reads
    /// no entry.
    pub async fn list_open(&self) -> Result<Vec<OpenDeployment>, LedgerError> {
        let listed = self.list(names::OPEN).await?;
        let open = listed.iter().filter_map(|meta| {
            let id = meta.name.strip_prefix(names::OPEN)?.parse().ok()?;
            let deadline = meta.metadata.get(DEADLINE);
            let deadline_at =
                deadline.and_then(|deadline| OffsetDateTime::parse(deadline, &Rfc3339).ok());
            let function = meta.metadata.get(FUNCTION).and_then(|function| function.parse().ok());
            Some(OpenDeployment { id, deadline_at, function })
        });
        Ok(open.collect())
    }

    /// Requests cancellation of a deployment. Every stage checks for it before it acts; it has no
    /// effect once the service is written.
    pub async fn cancel(&self, id: DeploymentId, cancel: &Cancel) -> Result<(), LedgerError> {
        self.create(&names::cancel(id), cancel).await.map(drop)
    }

    /// Whether the cancellation of a deployment was requested.
    pub async fn is_cancelled(&self, id: DeploymentId) -> Result<bool, LedgerError> {
        Ok(self.read::<Cancel>(&names::cancel(id)).await?.is_some())
    }

    /// Stores a request to delete a function. Call this before the deletion is admitted.
    pub async fn write_deletion(
        &self,
        id: DeploymentId,
        deletion: &Deletion,
    ) -> Result<(), LedgerError> {
        self.create(&names::deletion(id), deletion).await.map(drop)
    }

    /// The deletion with this id, or `None` if the id is not a deletion's.
    pub async fn deletion(&self, id: DeploymentId) -> Result<Option<Deletion>, LedgerError> {
        Ok(self.read(&names::deletion(id)).await?.map(|(deletion, _)| deletion))
    }

    /// When a deployment or a deletion was requested, by Google's clocks, or `None` if neither is
    /// known. Takes one read for a deployment and two for a deletion.
    pub async fn requested_at(
        &self,
        id: DeploymentId,
    ) -> Result<Option<OffsetDateTime>, LedgerError> {
        if let Some(request) = self.request(id).await? {
            return Ok(Some(request.published_at));
        }
        let deletion = self.head_of(&names::deletion(id)).await?;
        // `asked_at` is the time of the machine that requested the deletion, which may be wrong.
        Ok(deletion.map(|meta| meta.created_at))
    }
}
