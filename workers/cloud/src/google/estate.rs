//! [`Estate`] over the clients of Cloud Functions, Cloud Run and Service Usage.

mod beyond;

use std::collections::BTreeSet;

use async_trait::async_trait;
use google_cloud_functions_v2::client::FunctionService;
use google_cloud_functions_v2::model as functions;
use google_cloud_run_v2::client::Services as RunServices;
use longshore_messages::VpcAccess;
use serde_json::Value;
use time::{Date, Month};

use super::call::Call;
use super::late::Late;
use super::plain::Plain;
use super::profile::{Profile, REQUEST_LIMIT};
use super::timestamps::time_of;
use super::{function_shape, functions::stage_of, service_shape};
use crate::endpoints::Cloud;
use crate::error::ConnectError;
use crate::{CloudError, DatedRuntime, DeployedFunction, DeployedService, Endpoints, Estate};

/// The largest page of a list of functions, and of services.
const PER_PAGE: i32 = 1_000;

const SERVICE_USAGE: &str = "https://serviceusage.googleapis.com";

/// The quota of CPU of all instances in a region.
/// <https://cloud.google.com/run/quotas>
const CPU_METRIC: &str = "run.googleapis.com/cpu_allocation";

pub(crate) struct GoogleEstate {
    functions: Late<FunctionService>,
    services: Late<RunServices>,
    plain: Plain,
    /// Where Service Usage is. The local cloud serves it where it serves Resource Manager.
    service_usage: String,
}

impl GoogleEstate {
    pub(crate) async fn connect(
        profile: &Profile,
        endpoints: &Endpoints,
        cloud: Cloud,
    ) -> Result<Self, ConnectError> {
        let functions = endpoints.functions.as_deref();
        let functions = profile.client("functions", FunctionService::builder, functions).await?;
        let run = endpoints.run.as_deref();
        let local = endpoints.resource_manager.clone().filter(|_| cloud == Cloud::Local);
        Ok(Self {
            functions,
            services: profile.client("run", RunServices::builder, run).await?,
            plain: Plain::new(profile).map_err(ConnectError::Plain)?,
            service_usage: local.unwrap_or_else(|| SERVICE_USAGE.to_owned()),
        })
    }
}

#[async_trait]
impl Estate for GoogleEstate {
    #[tracing::instrument(name = "cloud.list_locations", skip_all, fields(service = "functions", resource = project))]
    async fn regions(&self, project: &str) -> Result<Vec<String>, CloudError> {
        let name = format!("projects/{project}");
        let call = Call::new("list locations", &name);
        let api = self.functions.get(call).await?;
        let mut regions = Vec::new();
        let request = |token| api.list_locations().set_name(&name).set_page_token(token).send();
        call.pages(REQUEST_LIMIT, request, |page| {
            regions.extend(page.locations.into_iter().map(|location| location.location_id));
            page.next_page_token
        })
        .await?;
        Ok(regions)
    }

    #[tracing::instrument(name = "cloud.list_functions", skip_all, fields(service = "functions", resource = %format_args!("{project}/{region}")))]
    async fn functions(
        &self,
        project: &str,
        region: &str,
    ) -> Result<Vec<DeployedFunction>, CloudError> {
        let parent = format!("projects/{project}/locations/{region}");
        let call = Call::new("list functions", &parent);
        let api = self.functions.get(call).await?;
        let mut all = Vec::new();
        let request = |token| {
            let list = api.list_functions().set_parent(&parent);
            list.set_page_size(PER_PAGE).set_page_token(token).send()
        };
        call.pages(REQUEST_LIMIT, request, |page| {
            all.extend(page.functions.iter().map(deployed));
            page.next_page_token
        })
        .await?;
        Ok(all)
    }

    #[tracing::instrument(name = "cloud.list_services", skip_all, fields(service = "run", resource = %format_args!("{project}/{region}")))]
    async fn services(
        &self,
        project: &str,
        region: &str,
    ) -> Result<Vec<DeployedService>, CloudError> {
        let parent = format!("projects/{project}/locations/{region}");
        let call = Call::new("list services", &parent);
        let api = self.services.get(call).await?;
        let mut all = Vec::new();
        let request = |token| {
            let list = api.list_services().set_parent(&parent);
            list.set_page_size(PER_PAGE).set_page_token(token).send()
        };
        call.pages(REQUEST_LIMIT, request, |page| {
            all.extend(page.services.iter().map(|service| DeployedService {
                name: service.name.clone(),
                live: service_shape::observed(service),
                updated_at: service.update_time.as_ref().map(time_of),
                beyond: beyond::of_service(service),
            }));
            page.next_page_token
        })
        .await?;
        Ok(all)
    }

    #[tracing::instrument(name = "cloud.list_runtimes", skip_all, fields(service = "functions", resource = %format_args!("{project}/{region}")))]
    async fn runtimes(&self, project: &str, region: &str) -> Result<Vec<DatedRuntime>, CloudError> {
        let parent = format!("projects/{project}/locations/{region}");
        let call = Call::new("list runtimes", &parent);
        let api = self.functions.get(call).await?;
        // The response has no pages.
        let request = || api.list_runtimes().set_parent(&parent).send();
        let listed = call.repeated(REQUEST_LIMIT, request).await?;
        let dated = listed.runtimes.into_iter().map(|runtime| DatedRuntime {
            is_first_generation: runtime.environment == functions::Environment::Gen1,
            stage: stage_of(&runtime.stage),
            deprecated_on: runtime
                .deprecation_date
                .and_then(|date| day(date.year, date.month, date.day)),
            decommissioned_on: runtime
                .decommission_date
                .and_then(|date| day(date.year, date.month, date.day)),
            id: runtime.name,
        });
        Ok(dated.collect())
    }

    #[tracing::instrument(name = "cloud.download_source", skip_all, fields(service = "functions", resource = function))]
    async fn source(&self, function: &str, bytes_max: usize) -> Result<Vec<u8>, CloudError> {
        let call = Call::new("generate download URL", function);
        let api = self.functions.get(call).await?;
        let request = || api.generate_download_url().set_name(function).send();
        let url = call.repeated(REQUEST_LIMIT, request).await?.download_url;
        self.plain.download(Call::new("download source", function), &url, bytes_max).await
    }

    #[tracing::instrument(name = "cloud.list_enabled_apis", skip_all, fields(service = "serviceusage", resource = project))]
    async fn enabled_apis(&self, project: &str) -> Result<BTreeSet<String>, CloudError> {
        let call = Call::new("list enabled APIs", project);
        let mut enabled = BTreeSet::new();
        let mut token = String::new();
        loop {
            let url = format!("{}/v1/projects/{project}/services", self.service_usage);
            let query =
                [("filter", "state:ENABLED"), ("pageSize", "200"), ("pageToken", token.as_str())];
            let page = self.plain.get(call, &url, &query).await?;
            let services = page["services"].as_array().into_iter().flatten();
            let named = services.filter_map(|service| service["config"]["name"].as_str());
            enabled.extend(named.map(str::to_owned));
            token = page["nextPageToken"].as_str().unwrap_or_default().to_owned();
            if token.is_empty() {
                return Ok(enabled);
            }
        }
    }

    #[tracing::instrument(name = "cloud.get_quota", skip_all, fields(service = "serviceusage", resource = %format_args!("{project}/{region}")))]
    async fn cpu_quota(&self, project: &str, region: &str) -> Result<Option<u64>, CloudError> {
        let call = Call::new("list quotas of Cloud Run", project);
        let mut token = String::new();
        loop {
            let url = format!(
                "{}/v1beta1/projects/{project}/services/run.googleapis.com/consumerQuotaMetrics",
                self.service_usage
            );
            let query = [("view", "BASIC"), ("pageSize", "200"), ("pageToken", token.as_str())];
            let page = self.plain.get(call, &url, &query).await?;
            if let Some(limit) = limit_of(&page, region) {
                return Ok(Some(limit));
            }
            token = page["nextPageToken"].as_str().unwrap_or_default().to_owned();
            if token.is_empty() {
                return Ok(None);
            }
        }
    }
}

/// The limit of CPU in a region: that of the region, or else the one of all regions. -1 is no limit.
/// <https://cloud.google.com/service-usage/docs/reference/rest/v1beta1/services.consumerQuotaMetrics>
fn limit_of(page: &Value, region: &str) -> Option<u64> {
    let metrics = page["metrics"].as_array()?;
    let metric = metrics.iter().find(|metric| metric["metric"] == CPU_METRIC)?;
    let limits = metric["consumerQuotaLimits"].as_array().into_iter().flatten();
    let buckets: Vec<&Value> =
        limits.filter_map(|limit| limit["quotaBuckets"].as_array()).flatten().collect();
    let of_region = buckets.iter().find(|bucket| bucket["dimensions"]["region"] == region);
    let of_all = || buckets.iter().find(|bucket| bucket["dimensions"]["region"].is_null());
    let bucket = of_region.or_else(of_all)?;
    bucket["effectiveLimit"].as_str()?.parse().ok()
}

/// A function as it is. Fields that only REST has are read from what the client does not know.
fn deployed(function: &functions::Function) -> DeployedFunction {
    let mut live = function_shape::observed(function);
    let document = serde_json::to_value(function).unwrap_or_default();
    let direct = &document["serviceConfig"]["directVpcNetworkInterface"][0];
    if direct.is_object() && live.shape.settings.vpc.is_none() {
        let text = |key: &str| direct[key].as_str().unwrap_or_default().to_owned();
        let (network, subnetwork) = (text("network"), text("subnetwork"));
        live.shape.settings.vpc = Some(VpcAccess::Direct { network, subnetwork });
    }
    let upgrade = document["upgradeInfo"]["upgradeState"].as_str().unwrap_or_default();
    DeployedFunction {
        live,
        updated_at: function.update_time.as_ref().map(time_of),
        upgrade_state: upgrade.to_owned(),
        beyond: beyond::of_function(function, &document),
    }
}

/// A day of `google.type.Date`, whose day is 0 if it is a month.
fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(year, month, u8::try_from(day.max(1)).ok()?).ok()
}

#[cfg(test)]
mod tests;
