//! Cloud Run: [`Services`] over `google-cloud-run-v2`.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::options::RequestOptionsBuilder as _;
use google_cloud_iam_v1::model::Policy;
use google_cloud_longrunning::model::{Operation, operation};
use google_cloud_run_v2::client::{Revisions as RunRevisions, Services as RunServices};
use google_cloud_run_v2::model::Service;
use google_cloud_wkt::FieldMask;
use longshore_google_clients::Unpack as _;
use longshore_messages::Access;

use super::call::{Call, found};
use super::late::Late;
use super::policy_writes::{change_policy, options, written};
use super::profile::{Profile, REQUEST_LIMIT};
use super::{service_policy, service_shape, status};
use crate::error::ConnectError;
use crate::pacing::{Api, Key, Pacer};
use crate::{
    Accepted, CloudError, Kind, LiveService, OperationState, Precondition, ServiceShape, Services,
};

/// Services on one page of a list: pages follow each other, and Cloud Run's own default is 100. It
/// may return fewer.
const SERVICES_PER_PAGE: i32 = 1_000;

const NOT_A_SERVICE: &str = "a service is named projects/P/locations/R/services/S";

pub(crate) struct GoogleServices {
    services: Late<RunServices>,
    revisions: Late<RunRevisions>,
    pacer: Pacer,
}

impl GoogleServices {
    pub(crate) async fn connect(
        profile: &Profile,
        endpoint: Option<&str>,
        pacer: Pacer,
    ) -> Result<Self, ConnectError> {
        Ok(Self {
            services: profile.client("run", RunServices::builder, endpoint).await?,
            revisions: profile.client("run", RunRevisions::builder, endpoint).await?,
            pacer,
        })
    }

    async fn read(&self, name: &str) -> Result<Option<Service>, CloudError> {
        let call = Call::new("get service", name);
        let api = self.services.get(call).await?;
        found(call.repeated(REQUEST_LIMIT, || api.get_service().set_name(name).send()).await)
    }

    async fn policy(&self, call: Call<'_>) -> Result<Policy, CloudError> {
        let api = self.services.get(call).await?;
        let name = call.resource;
        let request = || api.get_iam_policy().set_resource(name).set_options(options()).send();
        call.repeated(REQUEST_LIMIT, request).await
    }

    /// Changes the IAM policy of a service, unless `change` returns `None`.
    async fn change_policy(
        &self,
        name: &str,
        change: impl Fn(Policy) -> Option<Policy> + Send + Sync,
    ) -> Result<(), CloudError> {
        let call = Call::new("set service policy", name);
        let api = self.services.get(call).await?;
        let service = ServiceName::of(name)
            .ok_or_else(|| call.caused(Kind::InvalidArgument, NOT_A_SERVICE))?;
        // Before the read that the write depends on.
        let read = || async move {
            self.pacer.acquire(write_quota(service)).await;
            self.policy(call).await
        };
        let write = |policy| {
            let request = api.set_iam_policy().set_resource(name).set_policy(policy);
            written(call, request.send())
        };
        let changed = change_policy(read, change, write).await;
        self.pacer.note(&write_quota(service), changed)
    }

    async fn create(
        &self,
        call: Call<'_>,
        service: ServiceName<'_>,
        shape: &ServiceShape,
    ) -> Result<Accepted, CloudError> {
        let api = self.services.get(call).await?;
        let request = api
            .create_service()
            .set_parent(format!("projects/{}/locations/{}", service.project, service.region))
            .set_service_id(service.id)
            .set_service(service_shape::new_service(shape));
        let failed = |error| match status::kind(&error) {
            Kind::AlreadyExists => call.caused(Kind::AlreadyExists, error),
            _ => call.caused(status::conditional_write_kind(&error), error),
        };
        call.once_or(REQUEST_LIMIT, request.send(), failed).await.map(accepted)
    }

    /// Updates the service that has this etag. It is read first, because a mask replaces whole
    /// fields: the labels and container settings of other tools have to be sent back unchanged.
    async fn update(
        &self,
        call: Call<'_>,
        shape: &ServiceShape,
        etag: &str,
    ) -> Result<Accepted, CloudError> {
        let api = self.services.get(call).await?;
        let live = self.read(call.resource).await?.filter(|live| live.etag == etag);
        let live = live.ok_or_else(|| {
            call.caused(Kind::PreconditionFailed, "the service has changed or does not exist")
        })?;
        let change = service_shape::changed_service(&live, shape);
        let request = api
            .update_service()
            .set_service(change.service)
            .set_update_mask(FieldMask::default().set_paths(change.fields));
        let failed = |error| match status::conditional_write_kind(&error) {
            // It existed a moment ago. A resource that the service refers to may not exist.
            Kind::NotFound => call.caused(Kind::PreconditionFailed, error),
            kind => call.caused(kind, error),
        };
        call.once_or(REQUEST_LIMIT, request.send(), failed).await.map(accepted)
    }
}

/// Creations, updates and deletions share one quota of their project and region.
fn write_quota(service: ServiceName<'_>) -> Key {
    Key {
        project: service.project.to_owned(),
        region: service.region.to_owned(),
        api: Api::RunWrites,
    }
}

/// The metadata of an operation is the service as of the last change of the operation.
fn accepted(operation: Operation) -> Accepted {
    let service = operation.metadata.as_ref().and_then(Service::unpack);
    let generation = service.map(|service| service.generation).filter(|number| *number > 0);
    Accepted { operation: operation.name, generation }
}

fn state(operation: Operation) -> OperationState {
    match operation.result {
        _ if !operation.done => OperationState::InProgress,
        Some(operation::Result::Error(error)) => OperationState::Failed {
            aborted: Code::from(error.code) == Code::Aborted,
            message: error.message,
        },
        _ => OperationState::Succeeded,
    }
}

#[async_trait]
impl Services for GoogleServices {
    #[tracing::instrument(name = "cloud.get_service", skip_all, fields(service = "run", resource = name))]
    async fn get(&self, name: &str) -> Result<Option<LiveService>, CloudError> {
        Ok(self.read(name).await?.as_ref().map(service_shape::observed))
    }

    async fn pace_write(&self, name: &str) -> Duration {
        match ServiceName::of(name) {
            Some(service) => self.pacer.acquire(write_quota(service)).await,
            // A write of anything else is rejected before it is sent.
            None => Duration::ZERO,
        }
    }

    #[tracing::instrument(name = "cloud.write_service", skip_all, fields(service = "run", resource = name))]
    async fn write(
        &self,
        name: &str,
        shape: &ServiceShape,
        precondition: Precondition,
    ) -> Result<Accepted, CloudError> {
        let call = Call::new("write service", name);
        let service = ServiceName::of(name)
            .ok_or_else(|| call.caused(Kind::InvalidArgument, NOT_A_SERVICE))?;
        if let Some(foreign) = service_shape::foreign_annotation(shape) {
            return Err(call.caused(
                Kind::InvalidArgument,
                format!("the fleet may not write the annotation {foreign:?}"),
            ));
        }
        let written = match precondition {
            Precondition::Absent => self.create(call, service, shape).await,
            Precondition::Etag(etag) => self.update(call, shape, &etag).await,
        };
        self.pacer.note(&write_quota(service), written)
    }

    #[tracing::instrument(name = "cloud.set_access", skip_all, fields(service = "run", resource = name))]
    async fn set_access(
        &self,
        name: &str,
        access: Access,
        etag: &str,
    ) -> Result<Accepted, CloudError> {
        let call = Call::new("write service", name);
        let api = self.services.get(call).await?;
        let service = ServiceName::of(name)
            .ok_or_else(|| call.caused(Kind::InvalidArgument, NOT_A_SERVICE))?;
        let quota = write_quota(service);
        self.pacer.acquire(quota.clone()).await;
        let service = Service::new()
            .set_name(name)
            .set_etag(etag)
            .set_invoker_iam_disabled(access == Access::Public);
        let mask = FieldMask::default().set_paths(["invoker_iam_disabled"]);
        let request = api.update_service().set_service(service).set_update_mask(mask);
        let failed = |error| call.caused(status::conditional_write_kind(&error), error);
        let started = call.once_or(REQUEST_LIMIT, request.send(), failed).await.map(accepted);
        self.pacer.note(&quota, started)
    }

    #[tracing::instrument(name = "cloud.get_revision", skip_all, fields(service = "run", resource = %format_args!("{service}/revisions/{revision}")))]
    async fn revision(
        &self,
        service: &str,
        revision: &str,
    ) -> Result<Option<ServiceShape>, CloudError> {
        let name = format!("{service}/revisions/{revision}");
        let call = Call::new("get revision", &name);
        let api = self.revisions.get(call).await?;
        let request = || api.get_revision().set_name(&name).send();
        let found = found(call.repeated(REQUEST_LIMIT, request).await)?;
        Ok(found.map(|revision| service_shape::observed_revision(service, revision)))
    }

    #[tracing::instrument(name = "cloud.wait_operation", skip_all, fields(service = "run", resource = name))]
    async fn wait(&self, name: &str, limit: Duration) -> Result<OperationState, CloudError> {
        let call = Call::new("wait for operation", name);
        let api = self.services.get(call).await?;
        let timeout = google_cloud_wkt::Duration::clamp(
            i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
            limit.subsec_nanos().cast_signed(),
        );
        // The response may come that much after the time that the service may take.
        let limit = limit.saturating_add(REQUEST_LIMIT);
        let request = || {
            let request = api.wait_operation().set_name(name).set_timeout(timeout);
            request.with_attempt_timeout(limit).send()
        };
        let found = found(call.repeated(limit, request).await)?;
        Ok(found.map_or(OperationState::Unknown, state))
    }

    #[tracing::instrument(name = "cloud.list_services", skip_all, fields(service = "run", resource = %format_args!("{project}/{region}")))]
    async fn list(
        &self,
        project: &str,
        region: &str,
    ) -> Result<Vec<(String, LiveService)>, CloudError> {
        let parent = format!("projects/{project}/locations/{region}");
        let call = Call::new("list services", &parent);
        let api = self.services.get(call).await?;
        let mut services = Vec::new();
        let request = |token| {
            let list = api.list_services().set_parent(&parent);
            list.set_page_size(SERVICES_PER_PAGE).set_page_token(token).send()
        };
        call.pages(REQUEST_LIMIT, request, |page| {
            services.extend(
                page.services
                    .iter()
                    .map(|service| (service.name.clone(), service_shape::observed(service))),
            );
            page.next_page_token
        })
        .await?;
        Ok(services)
    }

    #[tracing::instrument(name = "cloud.set_service_policy", skip_all, fields(service = "run", resource = name))]
    async fn set_public(&self, name: &str, is_public: bool) -> Result<(), CloudError> {
        self.change_policy(name, |policy| service_policy::with_public(policy, is_public)).await
    }

    #[tracing::instrument(name = "cloud.invokers", skip_all, fields(service = "run", resource = name))]
    async fn invokers(&self, name: &str) -> Result<BTreeSet<String>, CloudError> {
        let policy = self.policy(Call::new("get service policy", name)).await?;
        Ok(service_policy::invokers(&policy))
    }

    #[tracing::instrument(name = "cloud.change_invokers", skip_all, fields(service = "run", resource = name))]
    async fn change_invokers(
        &self,
        name: &str,
        add: &BTreeSet<String>,
        remove: &BTreeSet<String>,
    ) -> Result<(), CloudError> {
        self.change_policy(name, |policy| service_policy::with_invokers(policy, add, remove)).await
    }

    #[tracing::instrument(name = "cloud.delete_service", skip_all, fields(service = "run", resource = name))]
    async fn delete(&self, name: &str, etag: &str) -> Result<(), CloudError> {
        let call = Call::new("delete service", name);
        let api = self.services.get(call).await?;
        let service = ServiceName::of(name)
            .ok_or_else(|| call.caused(Kind::InvalidArgument, NOT_A_SERVICE))?;
        self.pacer.acquire(write_quota(service)).await;
        let request = api.delete_service().set_name(name).set_etag(etag).send();
        let failed = |error| call.caused(status::conditional_write_kind(&error), error);
        let deleted = call.once_or(REQUEST_LIMIT, request, failed).await.map(drop);
        match self.pacer.note(&write_quota(service), deleted) {
            Err(error) if error.kind == Kind::NotFound => Ok(()),
            done => done,
        }
    }
}

/// The parts of a service's resource name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ServiceName<'a> {
    project: &'a str,
    region: &'a str,
    id: &'a str,
}

impl<'a> ServiceName<'a> {
    fn of(name: &'a str) -> Option<Self> {
        match name.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "locations", region, "services", id]
                if [project, region, id].iter().all(|part| !part.is_empty()) =>
            {
                Some(Self { project, region, id })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
