//! The stage: read, plan, act, hand off.

mod admission;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use longshore_cloud::{BucketSpec, Bus, Functions, Images, Objects, Services};
use longshore_ledger::{Happened, Head, Ledger, LedgerError, Open};
use longshore_messages::{
    DecodeError, Defaults, DeployRequest, DeploymentId, Flavour, Function, FunctionRef, Outcome,
    Source, SourceUploaded, StoredSource, Topic, decode_request,
};
use longshore_runner::launch::Dependencies;
use longshore_runner::{Checked, Delivery, Disposition, Handoff, Stage, StageError as _, Step};
use parking_lot::Mutex;

use crate::cancel::cancel;
use crate::error::{identity_reused, invalid_request};
use crate::functions::FunctionSources;
use crate::grants::Grants;
use crate::keys::Keys;
use crate::permit::Permits;
use crate::plan::{RequestNow, before_admission, bucket_spec, pinned};
use crate::source::{Fetched, Sources};
use crate::store::Store;
use crate::{Asked, NAME, Request, UploadError, rollback};
use admission::released;
use longshore_source_archive::{Limits, Packed};

/// Uploads the source of requests and admits them.
pub struct Uploader {
    ledger: Ledger,
    objects: Arc<dyn Objects>,
    services: Arc<dyn Services>,
    functions: Arc<dyn Functions>,
    images: Arc<dyn Images>,
    bus: Arc<dyn Bus>,
    fleet: String,
    ledger_bucket: String,
    defaults: Defaults,
    deadline: Duration,
    sources: Sources,
    store: Store,
    permits: Permits,
    grants: Grants,
    /// Buckets that this process has checked: neither their existence nor their owner changes while
    /// a fleet runs.
    checked_buckets: Mutex<BTreeSet<String>>,
}

impl Uploader {
    #[must_use]
    pub fn new(dependencies: &Dependencies) -> Self {
        let settings = &dependencies.settings;
        Self {
            ledger: dependencies.ledger.clone(),
            objects: Arc::clone(&dependencies.clients.objects),
            services: Arc::clone(&dependencies.clients.services),
            functions: Arc::clone(&dependencies.clients.functions),
            images: Arc::clone(&dependencies.clients.images),
            bus: Arc::clone(&dependencies.clients.bus),
            fleet: settings.fleet.clone(),
            ledger_bucket: settings.ledger_bucket(),
            defaults: Defaults {
                project: settings.project.clone(),
                region: settings.region.clone(),
            },
            deadline: Duration::from_secs(settings.deadline_s),
            sources: Sources::new(dependencies, Limits::default()),
            store: Store::new(Arc::clone(&dependencies.clients.objects)),
            permits: Permits::new(settings, Arc::clone(&dependencies.clients.objects)),
            grants: Grants::new(
                Arc::clone(&dependencies.clients.keys),
                Arc::clone(&dependencies.clients.objects),
            ),
            checked_buckets: Mutex::default(),
        }
    }
}

impl Stage for Uploader {
    const NAME: &'static str = NAME;
    type In = Asked;
    type Out = SourceUploaded;
    type Error = UploadError;

    /// Stores the request, before anything else is done for its identity: a request under the
    /// identity of another one ends under an id of its own, and the other one is not affected.
    async fn check(
        &self,
        asked: &mut Asked,
        delivery: &Delivery,
    ) -> Result<Checked<SourceUploaded>, UploadError> {
        let Asked::Deploy(request) = asked else { return Ok(Checked::Known) };
        let received = longshore_ledger::Request {
            message: request.message.clone(),
            requester: request.requester.clone(),
            published_at: request.published_at,
        };
        let first = self.ledger.write_request(request.id, &received).await;
        let (first, is_new) = first.map_err(UploadError::Ledger)?;
        if is_new {
            request.is_new = true;
            return Ok(Checked::New);
        }
        if DeployRequest::is_same(&first.message, &request.message, &self.defaults) {
            request.published_at = first.published_at;
            return Ok(Checked::Known);
        }
        let id = DeploymentId::of_reused(request.id, &request.message.sha256());
        let outcome = Outcome::Failed(identity_reused(request.id));
        let function = asked_for(request, &self.defaults);
        let rejected = Handoff::finish_by_id(id, function, delivery.trace().clone(), outcome);
        Ok(Checked::Instead(Step::Emit(vec![rejected])))
    }

    async fn handle(
        &self,
        asked: Asked,
        delivery: &Delivery,
    ) -> Result<Step<SourceUploaded>, UploadError> {
        let request = match asked {
            Asked::Deploy(request) => request,
            Asked::Cancel(request) => return cancel(&self.ledger, &request, delivery).await,
        };
        let wanted = match DeployRequest::read(&request.message, &self.defaults) {
            Ok(wanted) => wanted,
            Err(error) => return Ok(reject(&request, &error, &self.defaults, delivery)),
        };
        let mut function = wanted.function;
        let recorded = match self.permitted(&request, &mut function).await {
            Ok(recorded) => recorded,
            // Not admitted, so the ledger does not say which function it is.
            Err(error) => {
                return match error.disposition() {
                    Disposition::Reject(failure) => {
                        let (at, trace) = (function.at.to_string(), delivery.trace().clone());
                        let outcome = Outcome::Failed(*failure);
                        Ok(Step::Emit(vec![Handoff::finish_by_id(request.id, at, trace, outcome)]))
                    }
                    Disposition::Retry | Disposition::Park | Disposition::Distrust => Err(error),
                };
            }
        };
        let open = self.open(&request, &function.at, wanted.deadline).await?;
        // A new request is cancelled only if that was requested before it arrived; admission sees it.
        if !request.is_new
            && self.ledger.is_cancelled(request.id).await.map_err(UploadError::Ledger)?
        {
            return Ok(end(&request, &function.at, Outcome::Cancelled, delivery));
        }
        if function.flavour == Flavour::Functions {
            self.function_sources(&function).check_name(request.id, &function.at).await?;
        }
        let keys = self.keys(request.id, &function);
        keys.check_inline(&self.topic_of(&request), &self.ledger_bucket).await?;
        keys.check().await?;
        self.grants.check(&function).await?;
        let source = match recorded {
            Some(source) => source,
            None => {
                let fetched = self.sources.fetch(&function, delivery).await;
                let (fetched, _room) = keys.judged(fetched).await?;
                let Fetched { packed, commit, verified } = &*fetched;
                self.store.note(verified.clone());
                let source = self.store(&request, &function, packed).await;
                let source = keys.judged(source).await?;
                function.source = pinned(function.source, &source.object, commit.clone());
                source
            }
        };
        let now = self.ledger.now();
        let only_after = released(&function.source);
        let (request_now, head) = self.request_now(&request, &function.at, only_after).await?;
        if let Some(outcome) = before_admission(&request_now, &open, now) {
            return Ok(end(&request, &function.at, outcome, delivery));
        }
        // Whether it is still the newest is for the next stage to find out.
        let deployment = match self.admit(&request, &function, &open, head, now).await? {
            Ok(deployment) => deployment,
            Err(by) => {
                let outcome = Outcome::Superseded { by: Some(by) };
                return Ok(end(&request, &function.at, outcome, delivery));
            }
        };
        let id = deployment.id;
        let message = SourceUploaded { deployment, function, source };
        Ok(Step::forward(delivery, id, message))
    }
}

impl Uploader {
    /// Checks that a requester may have what it requests. A rollback becomes what it goes back to:
    /// returns the source that is stored already, if it needs no build.
    async fn permitted(
        &self,
        request: &Request,
        function: &mut Function,
    ) -> Result<Option<StoredSource>, UploadError> {
        self.permits.permit(&request.requester, function).await?;
        let Source::Earlier(earlier) = function.source.clone() else { return Ok(None) };
        let restored = rollback::restored(&self.ledger, function, &earlier).await?;
        let restored = restored.map_err(UploadError::Refused)?;
        *function = restored.function;
        self.permits.permit(&request.requester, function).await?;
        if earlier.rebuild {
            function.source = Source::Storage(restored.source.object);
            return Ok(None);
        }
        Ok(Some(restored.source))
    }

    /// Makes a request visible before its source is fetched. Its deadline counts from here, also if
    /// later deliveries fetch the source.
    async fn open(
        &self,
        request: &Request,
        at: &FunctionRef,
        deadline: Option<Duration>,
    ) -> Result<Open, UploadError> {
        let now = self.ledger.now();
        let deadline_at = now + deadline.unwrap_or(self.deadline);
        let open = Open { function: at.clone(), opened_at: now, deadline_at };
        let marked = if request.is_new {
            self.ledger.write_open(request.id, &open).await
        } else {
            self.ledger.write_open_again(request.id, &open).await
        };
        marked.map_err(UploadError::Ledger)
    }

    fn keys<'a>(&'a self, id: DeploymentId, function: &'a Function) -> Keys<'a> {
        Keys {
            ledger: &self.ledger,
            objects: &*self.objects,
            images: &*self.images,
            bus: &*self.bus,
            id,
            function,
        }
    }

    /// The topic that a request came by.
    fn topic_of(&self, request: &Request) -> String {
        let (project, fleet) = (&self.defaults.project, &self.fleet);
        let topic = Topic::DeployRequested.of_requester(&request.requester);
        format!("projects/{project}/topics/{fleet}.{topic}")
    }

    fn function_sources<'a>(&'a self, function: &'a Function) -> FunctionSources<'a> {
        FunctionSources {
            ledger: &self.ledger,
            functions: &*self.functions,
            services: &*self.services,
            key: function.kms_key(),
        }
    }

    /// Stores a source where the flavour of its function needs it.
    async fn store(
        &self,
        request: &Request,
        function: &Function,
        packed: &Packed,
    ) -> Result<StoredSource, UploadError> {
        let at = &function.at;
        match function.flavour {
            Flavour::Run => {
                let bucket = function.source_bucket();
                // One that the requester names is not created.
                if function.encryption.is_none() {
                    self.check_bucket(&bucket_spec(&at.project, &at.region)).await?;
                }
                self.store.put(&bucket, packed, function.kms_key()).await
            }
            Flavour::Functions => self.function_sources(function).put(request.id, at, packed).await,
        }
    }

    /// Reads what may have happened while the source was fetched, and the head of the function.
    async fn request_now(
        &self,
        request: &Request,
        at: &FunctionRef,
        only_after: Option<DeploymentId>,
    ) -> Result<(RequestNow, Option<(Head, i64)>), UploadError> {
        let id = request.id;
        let newest = async {
            let head = self.ledger.seen_head(at).await?;
            let newest =
                head.as_ref().map(|(head, _)| head.deployment).filter(|newest| *newest != id);
            let Some(newest) = newest else { return Ok((None, head)) };
            let requested_at = self.ledger.requested_at(newest).await?;
            Ok::<_, LedgerError>((requested_at.map(|at| (newest, at)), head))
        };
        let (happened, newest) = tokio::join!(self.ledger.happened(id), newest);
        let Happened { has_ended, is_cancelled, .. } = happened.map_err(UploadError::Ledger)?;
        let (newest, head) = newest.map_err(UploadError::Ledger)?;
        let published_at = request.published_at;
        Ok((RequestNow { has_ended, is_cancelled, published_at, newest, only_after }, head))
    }

    async fn check_bucket(&self, spec: &BucketSpec) -> Result<(), UploadError> {
        let checked = |buckets: &mut BTreeSet<String>| buckets.contains(&spec.name);
        if checked(&mut self.checked_buckets.lock()) {
            return Ok(());
        }
        self.objects.ensure_bucket(spec).await.map_err(UploadError::Bucket)?;
        self.checked_buckets.lock().insert(spec.name.clone());
        Ok(())
    }
}

/// Ends a deployment that was not admitted.
fn end(
    request: &Request,
    at: &FunctionRef,
    outcome: Outcome,
    delivery: &Delivery,
) -> Step<SourceUploaded> {
    let trace = delivery.trace().clone();
    Step::Emit(vec![Handoff::finish_by_id(request.id, at.to_string(), trace, outcome)])
}

/// Ends the deployment of an invalid request, under as much of its function's name as can be read.
fn reject(
    request: &Request,
    error: &DecodeError,
    defaults: &Defaults,
    delivery: &Delivery,
) -> Step<SourceUploaded> {
    let (trace, outcome) = (delivery.trace().clone(), Outcome::Failed(invalid_request(error)));
    let function = asked_for(request, defaults);
    Step::Emit(vec![Handoff::finish_by_id(request.id, function, trace, outcome)])
}

/// The function of a request, as far as it can be read.
fn asked_for(request: &Request, defaults: &Defaults) -> String {
    let proto = decode_request(&request.message);
    proto.map(|proto| DeployRequest::asked_for(&proto, defaults)).unwrap_or_default()
}
