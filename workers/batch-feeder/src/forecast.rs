//! What a batch is expected to take, noted once, for the reports about it.
//!
//! The command line notes it before it starts a batch. A batch that arrives as a message gets it here,
//! when its first functions are admitted already: it delays nothing, and nothing depends on it. What
//! cannot be read is not in the forecast, and a batch of which functions have ended gets none, because
//! what was there before them is not known any more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use longshore_cloud::pacing::Pacer;
use longshore_cloud::pacing::expected::{Known, Member, parts};
use longshore_cloud::{CloudError, Functions, Services};
use longshore_ledger::{AcceptedBatch, BatchProgress, Ledger, LedgerError};
use longshore_messages::{
    BatchId, DEPLOYMENT_ANNOTATION, Defaults, DeploymentId, Function, Source, SourceUploaded,
    decode,
};
use longshore_runner::telemetry::chain;

/// Maximum number of records that are read at the same time.
const READS_AT_ONCE: usize = 32;

/// Maximum number of projects and regions that are listed at the same time.
const PLACES_AT_ONCE: usize = 8;

/// The stage whose record says what a deployment was made from.
const UPLOADER: &str = "uploader";

/// Notes what batches are expected to take.
pub(crate) struct Forecaster {
    pub(crate) ledger: Ledger,
    pub(crate) services: Arc<dyn Services>,
    pub(crate) functions: Arc<dyn Functions>,
    pub(crate) pacer: Pacer,
    /// Maximum number of functions in flight in one project and region.
    pub(crate) window: usize,
}

/// Why there is no forecast.
#[derive(Debug, thiserror::Error)]
enum Unknown {
    #[error("cannot use the ledger")]
    Ledger(#[from] LedgerError),
    #[error("cannot list what is deployed")]
    List(#[source] CloudError),
}

impl Forecaster {
    /// Notes what a batch is expected to take, unless that is noted. A failure is only logged.
    pub(crate) async fn note(&self, id: BatchId) {
        if let Err(error) = self.try_note(id).await {
            tracing::warn!(error = chain(&error), batch = %id, "the batch gets no forecast");
        }
    }

    async fn try_note(&self, id: BatchId) -> Result<(), Unknown> {
        let ledger = &self.ledger;
        if ledger.batch_forecast(id).await?.is_some() {
            return Ok(());
        }
        let (batch, progress) = tokio::try_join!(ledger.batch(id), ledger.batch_progress(id))?;
        let (Some(batch), Some((progress, _))) = (batch, progress) else { return Ok(()) };
        if has_begun(&progress) {
            return Ok(());
        }
        let functions = self.functions_of(id, &batch).await?;
        let before = self.before(&functions).await?;
        let mut builds = BTreeSet::new();
        let members = functions.iter().zip(&before).map(|(function, before)| {
            let (is_changed, build) = change(function, before.as_deref());
            let is_built = build.is_some_and(|build| builds.insert(build));
            Member { function, is_changed, is_built }
        });
        let members: Vec<_> = members.collect();
        let settings = &batch.settings;
        let known = Known::default();
        let parts = parts(&self.pacer, settings, self.window, members, known).await;
        ledger.write_batch_forecast(id, &parts).await?;
        Ok(())
    }

    /// The functions of a batch. One that cannot be read has no part in it.
    async fn functions_of(
        &self,
        id: BatchId,
        batch: &AcceptedBatch,
    ) -> Result<Vec<Function>, Unknown> {
        let requests = self.ledger.batch_members(id, batch).await?;
        let functions = requests.into_iter().filter_map(|request| {
            Function::from_proto(request.function?, &Defaults::default()).ok()
        });
        Ok(functions.collect())
    }

    /// What each function was last deployed from, if the fleet did that. Takes a list call for each
    /// project and region, and a read for each function that exists.
    async fn before(
        &self,
        functions: &[Function],
    ) -> Result<Vec<Option<Box<SourceUploaded>>>, Unknown> {
        let places: BTreeSet<(&str, &str)> = functions
            .iter()
            .map(|function| (function.at.project.as_str(), function.at.region.as_str()))
            .collect();
        let lists = places.into_iter().map(|(project, region)| self.writers(project, region));
        let lists: Vec<_> = lists.collect();
        let listed: Vec<_> =
            stream::iter(lists).buffer_unordered(PLACES_AT_ONCE).try_collect().await?;
        let writers: BTreeMap<String, DeploymentId> = listed.into_iter().flatten().collect();
        let read = functions.iter().map(async |function| {
            let at = &function.at;
            let writer = writers.get(&at.function()).or_else(|| writers.get(&at.service()));
            let Some(writer) = writer else { return Ok::<_, Unknown>(None) };
            let record = self.ledger.stage_record(*writer, UPLOADER).await?;
            let uploaded = record.and_then(|record| decode(&record.message).ok());
            Ok(uploaded.map(Box::new))
        });
        let read: Vec<_> = read.collect();
        stream::iter(read).buffered(READS_AT_ONCE).try_collect().await
    }

    /// The deployments that wrote the services and functions of a project and region.
    async fn writers(
        &self,
        project: &str,
        region: &str,
    ) -> Result<Vec<(String, DeploymentId)>, Unknown> {
        let services = self.services.list(project, region).await.map_err(Unknown::List)?;
        // A project that does not use that API may not have it enabled.
        let functions = match services.iter().any(|(_, live)| live.is_of_function()) {
            false => Vec::new(),
            true => self.functions.list(project, region).await.map_err(Unknown::List)?,
        };
        let services = services.into_iter().filter_map(|(name, live)| {
            let writer = live.shape.annotations.get(DEPLOYMENT_ANNOTATION)?.parse().ok()?;
            Some((name, writer))
        });
        let functions = functions.into_iter().filter_map(|function| {
            let writer = function.written_by()?;
            Some((function.name, writer))
        });
        Ok(services.chain(functions).collect())
    }
}

/// Whether it is too late to find out what existed before the batch.
fn has_begun(progress: &BatchProgress) -> bool {
    progress.members.iter().any(|state| state.has_ended())
}

/// Whether a function changes, and what identifies the build that it needs, if it needs one. Pure.
fn change(function: &Function, before: Option<&SourceUploaded>) -> (bool, Option<String>) {
    // A rollback has its image, or builds for itself in the other flavour, where it says so.
    if let Source::Earlier(earlier) = &function.source {
        return (true, earlier.rebuild.then(|| function.at.to_string()));
    }
    let Some(before) = before.map(|before| &before.function) else {
        return (true, Some(build_of(function)));
    };
    let is_same_source = function.source.is_known_to_be(&before.source);
    let is_changed = !is_same_source || !function.changed_fields(before).is_empty();
    let is_built = !is_same_source || build_settings(function) != build_settings(before);
    (is_changed, is_built.then(|| build_of(function)))
}

/// Functions with the same text can share a build. As exact as a forecast has to be: build-submitter
/// alone decides what is shared.
fn build_of(function: &Function) -> String {
    format!("{} {:?}", build_settings(function), function.source)
}

fn build_settings(function: &Function) -> String {
    let runtime = function.runtime.as_deref().unwrap_or_default();
    // The others compile it in.
    let reads_entry_point = runtime.starts_with("python") || runtime.starts_with("nodejs");
    let entry_point = if reads_entry_point { "" } else { &function.entry_point };
    let (at, kms_key) = (&function.at, function.kms_key());
    let (project, region) = (&at.project, &at.region);
    // The Functions flavour builds for each function.
    let own = match function.flavour {
        longshore_messages::Flavour::Run => "",
        longshore_messages::Flavour::Functions => &at.name,
    };
    format!("{project} {region} {own} {runtime} {entry_point} {kms_key:?} {:?}", function.build)
}

#[cfg(test)]
mod tests {
    use longshore_ledger::MemberState;
    use longshore_messages::{Deployment, StorageObject, StoredSource, proto};
    use time::OffsetDateTime;

    use super::*;

    fn function(change: impl FnOnce(&mut proto::FunctionSpec)) -> Function {
        let object = proto::StorageObject {
            bucket: "sources".to_owned(),
            object: "o".to_owned(),
            generation: 7,
        };
        let mut spec = proto::FunctionSpec {
            name: "hello".to_owned(),
            project: "demo-project".to_owned(),
            region: "europe-west1".to_owned(),
            entry_point: "hello".to_owned(),
            runtime: "python312".to_owned(),
            source: Some(proto::Source { place: Some(proto::source::Place::Storage(object)) }),
            ..proto::FunctionSpec::default()
        };
        change(&mut spec);
        Function::from_proto(spec, &Defaults::default()).unwrap()
    }

    fn uploaded(function: Function) -> SourceUploaded {
        let at = OffsetDateTime::UNIX_EPOCH;
        let id = DeploymentId::of("//ci", "1");
        let deployment = Deployment { id, generation: 1, admitted_at: at, deadline_at: at };
        let source = StoredSource {
            object: StorageObject::default(),
            sha256: "aa".repeat(32),
            size_bytes: 1,
        };
        SourceUploaded { deployment, function, source }
    }

    #[test]
    fn what_is_there_already_is_no_work_and_settings_need_no_build() {
        let same = function(|_| {});
        let before = uploaded(same.clone());
        let build = Some(build_of(&same));
        assert_eq!(change(&same, None), (true, build.clone()));
        assert_eq!(change(&same, Some(&before)), (false, None));
        let entry_point = function(|spec| spec.entry_point = "other".to_owned());
        assert_eq!(change(&entry_point, Some(&before)), (true, None));
        assert_eq!(change(&entry_point, None), (true, build), "they share it");
        let runtime = function(|spec| spec.runtime = "go122".to_owned());
        let (is_changed, build) = change(&runtime, Some(&before));
        assert!(is_changed && build.is_some());
        let gate = function(|spec| {
            spec.rollout = Some(proto::Rollout { percent: 0, tag: "gate".to_owned() });
        });
        assert_eq!(change(&gate, Some(&before)), (false, None));
        let rollback = function(|spec| {
            let earlier = proto::EarlierDeployment {
                deployment: DeploymentId::of("//ci", "0").to_string(),
                ..proto::EarlierDeployment::default()
            };
            let place = Some(proto::source::Place::Earlier(earlier));
            spec.source = Some(proto::Source { place });
        });
        assert_eq!(change(&rollback, Some(&before)), (true, None));
    }

    #[test]
    fn a_batch_of_which_functions_have_ended_gets_no_forecast_any_more() {
        let mut progress = BatchProgress::new(2);
        progress.members[0] = MemberState::Admitted;
        assert!(!has_begun(&progress));
        progress.members[0] = MemberState::Failed;
        assert!(has_begun(&progress));
    }
}
