//! Admission: every deployment gets a generation of its function, exactly one, whatever crashes
//! whenever.
//!
//! The head is read *before* the own record. Had we read them the other way round, a head swapped
//! in between by a duplicate of ourselves would make us take a second generation.

use longshore_cloud::{Created, Replaced};
use longshore_messages::{DeploymentId, FunctionRef};
use time::OffsetDateTime;

use crate::{Admission, Head, Ledger, LedgerError, names};

/// Who wants to be admitted.
#[derive(Clone, Debug)]
pub struct Admit<'a> {
    /// The deployment.
    pub id: DeploymentId,
    /// The function it is for.
    pub function: &'a FunctionRef,
    /// The present time.
    pub now: OffsetDateTime,
    /// When the deployment is given up.
    pub deadline_at: OffsetDateTime,
    /// The generation that the live service carries: where counting goes on when the function has
    /// no head yet. `None`: not looked up.
    pub seed: Option<u64>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// Admitted, now or at an earlier delivery.
    As(Admission),
    /// The function has no head yet: look the live service up and ask again with the seed.
    NeedsSeed,
}

impl Ledger {
    /// Admits a deployment.
    ///
    /// # Errors
    /// See [`LedgerError`]. Asking again, also after a crash at any point, gives the same
    /// generation.
    pub async fn admit(&self, admit: &Admit<'_>) -> Result<Admitted, LedgerError> {
        let head_name = names::head(admit.function);
        let own_name = names::admission(admit.id);
        loop {
            let head = self.read::<Head>(&head_name).await?;
            if let Some((own, _)) = self.read::<Admission>(&own_name).await? {
                return Ok(Admitted::As(own));
            }
            let admission = match head {
                Some((head, generation)) => {
                    self.create(&names::admission(head.deployment), &head.admission).await?;
                    if head.deployment == admit.id {
                        return Ok(Admitted::As(head.admission));
                    }
                    let admission =
                        admit.as_generation(head.admission.generation + 1, Some(head.deployment));
                    let next = Head { deployment: admit.id, admission: admission.clone() };
                    match self.replace(&head_name, generation, &next).await? {
                        Replaced::New(_) => admission,
                        Replaced::Conflict => continue,
                    }
                }
                None => {
                    let Some(seed) = admit.seed else { return Ok(Admitted::NeedsSeed) };
                    let admission = admit.as_generation(seed + 1, None);
                    let first = Head { deployment: admit.id, admission: admission.clone() };
                    match self.create(&head_name, &first).await? {
                        Created::New(_) => admission,
                        Created::Exists => continue,
                    }
                }
            };
            self.create(&own_name, &admission).await?;
            return Ok(Admitted::As(admission));
        }
    }
}

impl Admit<'_> {
    fn as_generation(&self, generation: u64, previous: Option<DeploymentId>) -> Admission {
        Admission { generation, admitted_at: self.now, deadline_at: self.deadline_at, previous }
    }
}
