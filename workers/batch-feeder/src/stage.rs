//! The stage: what arrives is noted, and a round does the rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use longshore_ledger::{Ledger, MemberState};
use longshore_messages::{BatchFinished, BatchId, Defaults, DeploymentId};
use longshore_runner::launch::Dependencies;
use longshore_runner::{Delivery, Found, Stage, Step, SweepLog};

use crate::accept::Acceptor;
use crate::book::Book;
use crate::ended::state_of;
use crate::entries::EntriesReader;
use crate::forecast::Forecaster;
use crate::gates::{CHECK_MAX, Gates};
use crate::plan::Limits;
use crate::publish::Publisher;
use crate::round::{Ends, Memory, Round};
use crate::rounds::{ROUND_INTERVAL, Rounds};
use crate::{Fed, FeedError, NAME};

/// Admits the functions of batches as there is room.
pub struct BatchFeeder {
    ledger: Ledger,
    acceptor: Acceptor,
    publisher: Publisher,
    limits: Limits,
    book: Book,
    rounds: Rounds,
    ends: Ends,
    memory: Memory,
    gates: Gates,
    forecaster: Forecaster,
    /// Whether the next round looks at what is in flight, because a worker may have ended between the
    /// admission of a function and the publication of its request, or an outcome may be lost.
    looks: AtomicBool,
}

impl BatchFeeder {
    #[must_use]
    pub fn new(dependencies: &Dependencies) -> Self {
        let settings = &dependencies.settings;
        let ledger = dependencies.ledger.clone();
        let clients = &dependencies.clients;
        Self {
            acceptor: Acceptor {
                ledger: ledger.clone(),
                entries: EntriesReader::new(settings, Arc::clone(&clients.objects)),
                defaults: Defaults {
                    project: settings.project.clone(),
                    region: settings.region.clone(),
                },
            },
            publisher: Publisher {
                bus: Arc::clone(&clients.bus),
                ledger: ledger.clone(),
                fleet: settings.fleet.clone(),
                project: settings.project.clone(),
            },
            limits: Limits { window: settings.batch_window, in_flight: settings.batch_in_flight },
            ledger,
            book: Book::default(),
            rounds: Rounds::every(ROUND_INTERVAL),
            ends: Ends::default(),
            memory: Memory::default(),
            gates: Gates::new(
                dependencies.ledger.clone(),
                Arc::clone(&clients.identity),
                Arc::clone(&clients.logs),
            ),
            forecaster: Forecaster {
                ledger: dependencies.ledger.clone(),
                services: Arc::clone(&clients.services),
                functions: Arc::clone(&clients.functions),
                pacer: clients.pacer.clone(),
                window: settings.batch_window,
            },
            looks: AtomicBool::new(true),
        }
    }

    /// Returns after a round that began after this call.
    async fn round(&self) -> Result<(), FeedError> {
        let round = async {
            let looks = self.looks.swap(false, Ordering::AcqRel);
            let round = Round {
                ledger: &self.ledger,
                publisher: &self.publisher,
                book: &self.book,
                ends: &self.ends,
                memory: &self.memory,
                gates: &self.gates,
                limits: self.limits,
            };
            let held = Box::pin(round.hold(looks)).await;
            if held.is_err() {
                self.looks.store(true, Ordering::Release);
            }
            held
        };
        self.rounds.after(round).await
    }

    /// How a deployment ended, as the ledger says.
    async fn end_of(&self, deployment: DeploymentId) -> Result<Option<MemberState>, FeedError> {
        let outcome = self.ledger.outcome(deployment).await.map_err(FeedError::Ledger)?;
        Ok(outcome.as_ref().and_then(|record| state_of(&record.message)))
    }
}

impl Stage for BatchFeeder {
    const NAME: &'static str = NAME;
    const SWEEPS: bool = true;
    type In = Fed;
    type Out = BatchFinished;
    type Error = FeedError;

    async fn handle(
        &self,
        fed: Fed,
        delivery: &Delivery,
    ) -> Result<Step<BatchFinished>, FeedError> {
        if delivery.attempt() != Some(1) {
            self.looks.store(true, Ordering::Release);
        }
        let mut requested_batch = None;
        match fed {
            Fed::Nothing => return Ok(Step::Waiting("the message names no function of a batch")),
            Fed::Requested(requested) => {
                if !self.acceptor.accept(&requested, &self.publisher).await? {
                    return Ok(Step::Waiting("the batch has ended"));
                }
                requested_batch = Some(requested.id);
            }
            Fed::Ended { batch, deployment } => {
                let Some(state) = self.end_of(deployment).await? else {
                    return Ok(Step::Waiting("the ledger has no outcome of the deployment"));
                };
                self.note(batch, deployment, state);
            }
        }
        delivery.wait("the next round of admissions", self.round()).await?;
        if let Some(id) = requested_batch {
            delivery.wait("the forecast of the batch", Box::pin(self.forecaster.note(id))).await;
        }
        while delivery.wait("the gates after a wave", self.gates.check(CHECK_MAX)).await? {
            delivery.wait("the next round of admissions", self.round()).await?;
        }
        Ok(Step::Waiting("functions are admitted as there is room"))
    }

    /// Goes on with open batches whose inputs are lost, and looks at everything in flight.
    async fn sweep(&self, _log: &SweepLog) -> Result<Vec<Found<BatchFinished>>, FeedError> {
        self.looks.store(true, Ordering::Release);
        self.round().await?;
        while self.gates.check(Duration::ZERO).await? {
            self.round().await?;
        }
        Ok(Vec::new())
    }
}

impl BatchFeeder {
    fn note(&self, batch: BatchId, deployment: DeploymentId, state: MemberState) {
        self.ends.note(batch, deployment, state);
    }
}
