//! From a request to an accepted batch, or to an outcome that says what is wrong with it.

use longshore_ledger::{AcceptedBatch, Ledger, Request};
use longshore_messages::{
    BatchCounts, BatchFinished, BatchId, BatchOutcome, BatchRequest, BatchSettings, DecodeError,
    Defaults, EntryProblem, Expansion, Failure, Function, Problem, expand, proto, read_entries,
};
use longshore_runner::telemetry::chain;

use crate::entries::{EntriesReader, rejected};
use crate::publish::Publisher;
use crate::{FeedError, Requested};

/// Maximum number of problems in an outcome. `longshore batch validate` lists all.
const PROBLEMS_MAX: usize = 50;

/// Accepts batches.
pub(crate) struct Acceptor {
    pub(crate) ledger: Ledger,
    pub(crate) entries: EntriesReader,
    pub(crate) defaults: Defaults,
}

/// A batch whose request is valid.
struct Valid {
    settings: BatchSettings,
    functions: Vec<Function>,
    retry_of: Option<BatchId>,
}

impl Acceptor {
    /// Accepts a batch, unless an earlier delivery has. A batch that has ended, and one that is
    /// rejected, has its outcome published. Returns whether the batch is open. Idempotent.
    pub(crate) async fn accept(
        &self,
        requested: &Requested,
        publisher: &Publisher,
    ) -> Result<bool, FeedError> {
        let received = Request {
            message: requested.message.clone(),
            requester: requested.requester.clone(),
            published_at: requested.published_at,
        };
        let id = requested.id;
        let (first, is_new) =
            self.ledger.write_batch_request(id, &received).await.map_err(FeedError::Ledger)?;
        if !is_new {
            if !BatchRequest::is_same(&first.message, &received.message) {
                let id = BatchId::of_reused(id, &received.message.sha256());
                self.reject(id, &received, identity_reused(requested.id), publisher).await?;
                return Ok(false);
            }
            let outcome = self.ledger.batch_outcome(id).await.map_err(FeedError::Ledger)?;
            if let Some(outcome) = outcome {
                publisher.announce(outcome).await?;
                return Ok(false);
            }
            if self.ledger.is_feeding(id).await.map_err(FeedError::Ledger)? {
                return Ok(true);
            }
        }
        match self.read(&first).await? {
            Ok(valid) => {
                let accepted = AcceptedBatch {
                    settings: valid.settings.clone(),
                    requester: first.requester.clone(),
                    source: publisher.source(),
                    functions: valid.functions.len(),
                    objects: 0,
                    retry_of: valid.retry_of,
                    accepted_at: self.ledger.now(),
                };
                let requests = valid.requests(id);
                let written = self.ledger.accept_batch(id, &accepted, requests).await;
                written.map_err(FeedError::Ledger)?;
                tracing::info!(batch = %id, functions = accepted.functions, "batch accepted");
                Ok(true)
            }
            Err(failure) => {
                self.reject(id, &first, failure, publisher).await?;
                Ok(false)
            }
        }
    }

    /// Validates a request as a whole. The inner error is the requester's.
    async fn read(&self, request: &Request) -> Result<Result<Valid, Box<Failure>>, FeedError> {
        let BatchRequest { mut batch, stored, retry_of } =
            match BatchRequest::read(&request.message) {
                Ok(read) => read,
                Err(error) => return Ok(Err(unreadable(&error))),
            };
        if let (Some(before), None, true) = (retry_of, &stored, batch.entries.is_empty()) {
            return self.retried(&request.requester, before, &batch).await;
        }
        let mut lines = Vec::new();
        if let Some(stored) = stored {
            let project = batch.defaults.as_ref().map_or("", |defaults| defaults.project.as_str());
            let text = match self.entries.read(&request.requester, project, &stored).await? {
                Ok(text) => text,
                Err(failure) => return Ok(Err(failure)),
            };
            match read_entries(&text) {
                Ok(entries) => (lines, batch.entries) = entries.into_iter().unzip(),
                Err(problems) => {
                    let problems = problems
                        .iter()
                        .map(|problem| format!("line {}: {}", problem.line, problem.reason));
                    return Ok(Err(invalid(problems)));
                }
            }
        }
        Ok(self.validated(&batch, &lines, retry_of))
    }

    /// What is left of another batch of the same requester.
    async fn retried(
        &self,
        requester: &str,
        before: BatchId,
        batch: &proto::Batch,
    ) -> Result<Result<Valid, Box<Failure>>, FeedError> {
        let ledger = &self.ledger;
        let (accepted, progress, outcome) = tokio::join!(
            ledger.batch(before),
            ledger.batch_progress(before),
            ledger.batch_outcome(before)
        );
        let accepted = accepted.map_err(FeedError::Ledger)?;
        let progress = progress.map_err(FeedError::Ledger)?;
        let has_ended = outcome.map_err(FeedError::Ledger)?.is_some();
        let known = accepted.filter(|accepted| accepted.requester == requester).zip(progress);
        let Some((accepted, (progress, _))) = known else {
            let reason = format!("requester {requester} has no batch {before} to retry");
            return Ok(Err(invalid(std::iter::once(reason))));
        };
        if !has_ended {
            let reason = format!("batch {before} has not ended");
            let advice = "wait for its end, and publish another request";
            return Ok(Err(rejected("batch-not-ended", reason, advice)));
        }
        let settings = match *batch == proto::Batch::default() {
            true => Ok(accepted.settings.clone()),
            false => BatchSettings::from_proto(batch),
        };
        let settings = match settings {
            Ok(settings) => settings,
            Err(error) => {
                let problems = error.problems.iter().map(|problem| format!("batch.{problem}"));
                return Ok(Err(invalid(problems)));
            }
        };
        let members = ledger.batch_members(before, &accepted).await.map_err(FeedError::Ledger)?;
        let left = members.into_iter().zip(&progress.members);
        let left = left.filter(|(_, state)| state.is_retried());
        let functions = left.filter_map(|(member, _)| member.function);
        let functions = functions.map(|spec| Function::from_proto(spec, &self.defaults));
        Ok(match functions.collect::<Result<Vec<_>, _>>() {
            Ok(functions) if functions.is_empty() => {
                let reason = format!("every function of batch {before} serves or was superseded");
                Err(rejected("nothing-to-retry", reason, "nothing needs to be done"))
            }
            Ok(functions) => Ok(Valid { settings, functions, retry_of: Some(before) }),
            Err(error) => Err(invalid(std::iter::once(error.to_string()))),
        })
    }

    /// `lines` are those of stored entries.
    fn validated(
        &self,
        batch: &proto::Batch,
        lines: &[usize],
        retry_of: Option<BatchId>,
    ) -> Result<Valid, Box<Failure>> {
        let settings = BatchSettings::from_proto(batch);
        let Expansion { members, problems } = expand(batch, &self.defaults);
        let of_settings = settings.as_ref().err().into_iter().flat_map(|invalid| &invalid.problems);
        let mut found: Vec<String> =
            of_settings.map(|problem| format!("batch.{problem}")).collect();
        found.extend(problems.iter().map(|problem| shown(problem, lines)));
        match settings {
            Ok(settings) if found.is_empty() => {
                let functions = members.into_iter().map(|(_, function)| function).collect();
                Ok(Valid { settings, functions, retry_of })
            }
            _ => Err(invalid(found.into_iter())),
        }
    }

    async fn reject(
        &self,
        id: BatchId,
        request: &Request,
        failure: Box<Failure>,
        publisher: &Publisher,
    ) -> Result<(), FeedError> {
        let now = self.ledger.now();
        let finished = BatchFinished {
            id,
            name: String::new(),
            outcome: BatchOutcome::Rejected(*failure),
            counts: BatchCounts::default(),
            started_at: now,
            finished_at: now,
        };
        publisher.finish(&finished, request).await
    }
}

impl Valid {
    /// The requests for its functions.
    fn requests(self, id: BatchId) -> Vec<proto::DeployRequested> {
        let BatchSettings { deadline, traffic, .. } = self.settings;
        let request = |mut function: Function| {
            function.rollout = traffic.rollout(function.rollout);
            proto::DeployRequested {
                function: Some(function.to_proto()),
                deadline: deadline.map(Into::into),
                batch: id.to_string(),
                ..proto::DeployRequested::default()
            }
        };
        self.functions.into_iter().map(request).collect()
    }
}

/// A problem of an entry, by its position, or by its line in the object.
fn shown(EntryProblem { entry, problem }: &EntryProblem, lines: &[usize]) -> String {
    let Problem { field, .. } = problem;
    let field = match entry {
        None => format!("batch.{field}"),
        Some(entry) => match lines.get(*entry) {
            Some(line) => format!("line {line}: {field}"),
            None => format!("batch.entries[{entry}].{field}"),
        },
    };
    Problem { field, ..problem.clone() }.to_string()
}

fn invalid(problems: impl Iterator<Item = String>) -> Box<Failure> {
    let mut problems: Vec<String> = problems.collect();
    let more = problems.len().saturating_sub(PROBLEMS_MAX);
    problems.truncate(PROBLEMS_MAX);
    let mut reason = problems.join("; ");
    if more > 0 {
        reason.push_str(&format!("; and {more} more"));
    }
    let advice = "correct the batch, and publish it with another ce-id; `longshore batch validate` \
                  lists everything that is wrong with a manifest";
    rejected("invalid-batch", reason, advice)
}

fn unreadable(error: &DecodeError) -> Box<Failure> {
    let advice = "correct the request, and publish it with another ce-id; the schema is \
                  longshore/v1/batch.proto";
    rejected("invalid-batch", chain(error), advice)
}

fn identity_reused(id: BatchId) -> Box<Failure> {
    rejected(
        "identity-reused",
        format!("another request with the same ce-source and ce-id is batch {id}"),
        "publish this request with another ce-id",
    )
}
