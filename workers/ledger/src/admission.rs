//! Admission: every deployment gets exactly one generation of its function, even after a crash at
//! any point.
//!
//! The head is read *before* the deployment's own record. In the other order, a duplicate of this
//! delivery could swap the head in between, and the deployment would take a second generation.

use longshore_cloud::{Created, Replaced};
use longshore_messages::{DeploymentId, FunctionRef};
use time::OffsetDateTime;

use crate::{Admission, Head, Ledger, LedgerError, names};

/// A request for admission.
#[derive(Clone, Debug)]
pub struct Admit<'a> {
    pub id: DeploymentId,
    pub function: &'a FunctionRef,
    pub now: OffsetDateTime,
    /// When the deployment fails unless it has ended.
    pub deadline_at: OffsetDateTime,
    /// The generation of the live service, at which counting continues if the function has no head
    /// yet. `None`: not read yet.
    pub seed: Option<u64>,
}

/// The result of a request for admission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// Admitted, now or by an earlier delivery.
    As(Admission),
    /// The function has no head yet: read the live service and call again with the seed.
    NeedsSeed,
    /// Not admitted: the newest deployment is not the one that it may follow.
    Replaced { by: DeploymentId },
}

impl Ledger {
    /// Admits a deployment. Idempotent: a retry returns the same generation, even after a crash at
    /// any point.
    pub async fn admit(&self, admit: &Admit<'_>) -> Result<Admitted, LedgerError> {
        self.admit_after(admit, None, None, None).await
    }

    /// Like [`Ledger::admit`], by a caller that has read the head of the function already. A stale
    /// one costs an attempt, and nothing else. `runtime` is what a survey of all functions shows. With
    /// `only_after`, the deployment is admitted only if that one is the newest.
    pub async fn admit_after(
        &self,
        admit: &Admit<'_>,
        mut seen: Option<(Head, i64)>,
        runtime: Option<&str>,
        only_after: Option<DeploymentId>,
    ) -> Result<Admitted, LedgerError> {
        let head_name = names::head(admit.function);
        let own_name = names::admission(admit.id);
        if let Some(seed) = admit.seed
            && let Some(admission) = self.admit_first(admit, seed, runtime).await?
        {
            return Ok(Admitted::As(admission));
        }
        loop {
            let head = match seen.take() {
                None => self.read::<Head>(&head_name).await?,
                seen => seen,
            };
            if let Some((own, _)) = self.read::<Admission>(&own_name).await? {
                return Ok(Admitted::As(own));
            }
            let admission = match head {
                Some((head, generation)) => {
                    self.create(&names::admission(head.deployment), &head.admission).await?;
                    if head.deployment == admit.id {
                        return Ok(Admitted::As(head.admission));
                    }
                    if only_after.is_some_and(|only| only != head.deployment) {
                        return Ok(Admitted::Replaced { by: head.deployment });
                    }
                    let admission =
                        admit.as_generation(head.admission.generation + 1, Some(head.deployment));
                    let next = Head { deployment: admit.id, admission: admission.clone() };
                    let metadata = next.metadata(runtime);
                    match self.replace(&head_name, generation, &next, metadata).await? {
                        Replaced::New(_) => admission,
                        Replaced::Conflict => continue,
                    }
                }
                // Heads are never deleted, so with a seed there is one by now.
                None => return Ok(Admitted::NeedsSeed),
            };
            self.create(&own_name, &admission).await?;
            return Ok(Admitted::As(admission));
        }
    }

    /// Admits the first deployment of a function. `None` if the function has a head. Reads nothing:
    /// the admission record of this deployment cannot exist without a head.
    async fn admit_first(
        &self,
        admit: &Admit<'_>,
        seed: u64,
        runtime: Option<&str>,
    ) -> Result<Option<Admission>, LedgerError> {
        let admission = admit.as_generation(seed + 1, None);
        let first = Head { deployment: admit.id, admission: admission.clone() };
        let (name, metadata) = (names::head(admit.function), first.metadata(runtime));
        if self.create_described(&name, &first, metadata).await? == Created::Exists {
            return Ok(None);
        }
        self.create(&names::admission(admit.id), &admission).await?;
        Ok(Some(admission))
    }
}

impl Admit<'_> {
    fn as_generation(&self, generation: u64, previous: Option<DeploymentId>) -> Admission {
        Admission { generation, admitted_at: self.now, deadline_at: self.deadline_at, previous }
    }
}
