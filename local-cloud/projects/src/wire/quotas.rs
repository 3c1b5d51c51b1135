//! Quotas as Service Usage reports them
//! (<https://cloud.google.com/service-usage/docs/reference/rest/v1beta1/services.consumerQuotaMetrics>).

use longshore_local_kit::quotas::{Quotas, ReportedLimit};
use serde_json::{Value, json};

/// What stands for a quota without a limit.
const UNLIMITED: &str = "-1";

/// All metrics of an API.
pub(super) fn metrics(quotas: &Quotas, project: &str, number: u64, service: &str) -> Vec<Value> {
    let parent = format!("projects/{number}/services/{service}/consumerQuotaMetrics");
    let limits = quotas.limits(service, project);
    limits.iter().map(|limit| metric(&parent, limit)).collect()
}

fn metric(parent: &str, reported: &ReportedLimit) -> Value {
    let ReportedLimit { quota, elsewhere, regions } = reported;
    let default = quota.per_minute.to_string();
    let effective = elsewhere.map_or_else(|| UNLIMITED.to_owned(), |limit| limit.to_string());
    let everywhere = json!({"effectiveLimit": effective, "defaultLimit": default});
    let regions = regions.iter().map(|(region, limit)| {
        json!({
            "effectiveLimit": limit.to_string(),
            "defaultLimit": default,
            "dimensions": {"region": region},
        })
    });
    let buckets: Vec<_> = std::iter::once(everywhere).chain(regions).collect();
    let name = format!("{parent}/{}", quota.metric.replace('/', "%2F"));
    let limit_id = quota.unit().trim_start_matches('1').replace(['{', '}'], "");
    json!({
        "name": name,
        "displayName": quota.metric_name,
        "metric": quota.metric,
        "unit": quota.unit(),
        "consumerQuotaLimits": [{
            "name": format!("{name}/limits/{}", limit_id.replace('/', "%2F")),
            "metric": quota.metric,
            "unit": quota.unit(),
            "quotaBuckets": buckets,
        }],
    })
}
