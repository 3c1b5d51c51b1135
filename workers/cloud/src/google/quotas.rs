//! Quotas as Service Usage reports them
//! (<https://cloud.google.com/service-usage/docs/reference/rest/v1beta1/services.consumerQuotaMetrics/list>).
//!
//! The generated clients have only version 1 of this API, which has no quotas.

use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;

use super::call::Call;
use super::plain::Plain;
use super::profile::Profile;
use crate::pacing::{ReportedLimit, ReportedQuotas, ServiceQuotas};
use crate::{CloudError, Kind};

const GOOGLE: &str = "https://serviceusage.googleapis.com";

/// Short, because the first call to an API waits for it, and the defaults are a good answer.
const LIMIT: Duration = Duration::from_secs(5);

/// Maximum number of pages: an API has fewer metrics than fill them.
const PAGES_MAX: usize = 10;

/// What stands for no limit.
const UNLIMITED: &str = "-1";

pub(crate) struct ServiceUsage {
    plain: Plain,
    endpoint: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    metrics: Vec<Metric>,
    #[serde(default)]
    next_page_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    /// `projects/NUMBER/services/SERVICE/consumerQuotaMetrics/METRIC`.
    name: String,
    metric: String,
    #[serde(default)]
    consumer_quota_limits: Vec<Limit>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Limit {
    /// Such as `1/min/{project}/{region}`.
    unit: String,
    #[serde(default)]
    quota_buckets: Vec<QuotaBucket>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QuotaBucket {
    #[serde(default)]
    effective_limit: String,
    #[serde(default)]
    dimensions: Dimensions,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Dimensions {
    region: String,
}

impl ServiceUsage {
    /// `endpoint` is a local cloud's, which serves this API where it serves Resource Manager.
    pub(crate) fn new(profile: &Profile, endpoint: Option<&str>) -> Result<Self, reqwest::Error> {
        let plain = Plain::new(profile)?;
        Ok(Self { plain, endpoint: endpoint.unwrap_or(GOOGLE).to_owned() })
    }

    async fn page(&self, call: Call<'_>, path: &str, token: &str) -> Result<Page, CloudError> {
        let url = format!("{}/{path}", self.endpoint);
        let page = self.plain.get_once(call, &url, &[("pageToken", token)], LIMIT).await?;
        serde_json::from_value(page).map_err(|error| call.caused(Kind::Internal, error))
    }
}

#[async_trait]
impl ReportedQuotas for ServiceUsage {
    #[tracing::instrument(name = "cloud.list_quotas", skip_all, fields(service = "serviceusage", resource = service))]
    async fn read(&self, project: &str, service: &str) -> Result<ServiceQuotas, CloudError> {
        let call = Call::new("list quotas", service);
        let path = format!("v1beta1/projects/{project}/services/{service}/consumerQuotaMetrics");
        let (mut quotas, mut token) = (ServiceQuotas::default(), String::new());
        for _ in 0..PAGES_MAX {
            let page = self.page(call, &path, &token).await?;
            for metric in page.metrics {
                if let Some(number) = metric.name.split('/').nth(1) {
                    number.clone_into(&mut quotas.project_number);
                }
                quotas.limits.extend(by_the_minute(&metric));
            }
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        Ok(quotas)
    }
}

fn by_the_minute(metric: &Metric) -> impl Iterator<Item = ReportedLimit> {
    let limits = metric.consumer_quota_limits.iter();
    let limits = limits.filter(|limit| limit.unit.starts_with("1/min/{project}"));
    limits.flat_map(|limit| &limit.quota_buckets).filter_map(|bucket| {
        let per_minute = match bucket.effective_limit.as_str() {
            UNLIMITED => None,
            limit => Some(u32::try_from(limit.parse::<i64>().ok()?).unwrap_or(u32::MAX)),
        };
        let (metric, region) = (metric.metric.clone(), bucket.dimensions.region.clone());
        Some(ReportedLimit { metric, region, per_minute })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoints::Cloud;
    use crate::google::fake::Fake;

    #[test]
    fn only_quotas_by_the_minute_count() {
        let text = r#"{
            "name": "projects/42/services/s/consumerQuotaMetrics/m", "metric": "s/m",
            "consumerQuotaLimits": [
                {"unit": "1/{project}", "quotaBuckets": [{"effectiveLimit": "1000"}]},
                {"unit": "1/min/{project}/{region}", "quotaBuckets": [
                    {"effectiveLimit": "60", "defaultLimit": "60"},
                    {"effectiveLimit": "-1", "dimensions": {"region": "far"}}
                ]}
            ]
        }"#;
        let metric: Metric = serde_json::from_str(text).unwrap();
        let limits: Vec<_> = by_the_minute(&metric).collect();
        let limit = |region: &str, per_minute| ReportedLimit {
            metric: "s/m".to_owned(),
            region: region.to_owned(),
            per_minute,
        };
        assert_eq!(limits, [limit("", Some(60)), limit("far", None)]);
    }

    #[tokio::test]
    async fn a_cloud_without_this_api_is_reported() {
        let fake = Fake::answering([]).await;
        let profile = Profile::of(Cloud::Local).unwrap();
        let usage = ServiceUsage::new(&profile, Some(&fake.endpoint)).unwrap();
        let error = usage.read("p", "run.googleapis.com").await.unwrap_err();
        assert_ne!(error.kind, Kind::PermissionDenied, "{error}");
        let path = "/v1beta1/projects/p/services/run.googleapis.com/consumerQuotaMetrics";
        assert!(fake.requests().iter().any(|one| one.path == path));
    }
}
