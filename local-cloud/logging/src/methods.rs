//! The methods of Cloud Logging, and which of them are served.

use longshore_local_kit::coverage::{Method, Support};

/// Every method of <https://cloud.google.com/logging/docs/reference/v2/rest>.
pub const METHODS: &[Method] = &[
    served(
        "google.logging.v2.LoggingServiceV2.ListLogEntries",
        "POST /v2/entries:list",
        "filters with the functions SEARCH and log_id only",
    ),
    served(
        "google.logging.v2.LoggingServiceV2.WriteLogEntries",
        "POST /v2/entries:write",
        "logs of projects; types of resources are not checked",
    ),
    served(
        "google.logging.v2.LoggingServiceV2.TailLogEntries",
        "POST /v2/entries:tail",
        "10 tails for each project",
    ),
    served("google.logging.v2.LoggingServiceV2.ListLogs", "GET /v2/projects/{project}/logs", ""),
    served(
        "google.logging.v2.LoggingServiceV2.DeleteLog",
        "DELETE /v2/projects/{project}/logs/{log}",
        "",
    ),
    served(
        "google.logging.v2.LoggingServiceV2.ListMonitoredResourceDescriptors",
        "GET /v2/monitoredResourceDescriptors",
        "the types that Google's libraries detect",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.CopyLogEntries",
        "POST /v2/entries:copy",
        "there are no log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.ListSinks",
        "GET /v2/projects/{project}/sinks",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.GetSink",
        "GET /v2/projects/{project}/sinks/{sink}",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.CreateSink",
        "POST /v2/projects/{project}/sinks",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.UpdateSink",
        "PATCH /v2/projects/{project}/sinks/{sink}",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.DeleteSink",
        "DELETE /v2/projects/{project}/sinks/{sink}",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.ListExclusions",
        "GET /v2/projects/{project}/exclusions",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.GetExclusion",
        "GET /v2/projects/{project}/exclusions/{exclusion}",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.CreateExclusion",
        "POST /v2/projects/{project}/exclusions",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.UpdateExclusion",
        "PATCH /v2/projects/{project}/exclusions/{exclusion}",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.DeleteExclusion",
        "DELETE /v2/projects/{project}/exclusions/{exclusion}",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.ListBuckets",
        "GET /v2/projects/{project}/locations/{location}/buckets",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.GetBucket",
        "GET /v2/projects/{project}/locations/{location}/buckets/{bucket}",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.CreateBucket",
        "POST /v2/projects/{project}/locations/{location}/buckets",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.UpdateBucket",
        "PATCH /v2/projects/{project}/locations/{location}/buckets/{bucket}",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.DeleteBucket",
        "DELETE /v2/projects/{project}/locations/{location}/buckets/{bucket}",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.ListViews",
        "GET /v2/projects/{project}/locations/{location}/buckets/{bucket}/views",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.GetView",
        "GET /v2/projects/{project}/locations/{location}/buckets/{bucket}/views/{view}",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.CreateView",
        "POST /v2/projects/{project}/locations/{location}/buckets/{bucket}/views",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.UpdateView",
        "PATCH /v2/projects/{project}/locations/{location}/buckets/{bucket}/views/{view}",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.DeleteView",
        "DELETE /v2/projects/{project}/locations/{location}/buckets/{bucket}/views/{view}",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.ListLinks",
        "GET /v2/projects/{project}/locations/{location}/buckets/{bucket}/links",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.GetLink",
        "GET /v2/projects/{project}/locations/{location}/buckets/{bucket}/links/{link}",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.CreateLink",
        "POST /v2/projects/{project}/locations/{location}/buckets/{bucket}/links",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.DeleteLink",
        "DELETE /v2/projects/{project}/locations/{location}/buckets/{bucket}/links/{link}",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.CreateBucketAsync",
        "POST /v2/projects/{project}/locations/{location}/buckets:createAsync",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.UpdateBucketAsync",
        "POST /v2/projects/{project}/locations/{location}/buckets/{bucket}:updateAsync",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.UndeleteBucket",
        "POST /v2/projects/{project}/locations/{location}/buckets/{bucket}:undelete",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.GetCmekSettings",
        "GET /v2/projects/{project}/cmekSettings",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.UpdateCmekSettings",
        "PATCH /v2/organizations/{organization}/cmekSettings",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.GetSettings",
        "GET /v2/projects/{project}/settings",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.ConfigServiceV2.UpdateSettings",
        "PATCH /v2/organizations/{organization}/settings",
        "logs are not routed: there are no sinks or log buckets",
    ),
    missing(
        "google.logging.v2.MetricsServiceV2.ListLogMetrics",
        "GET /v2/projects/{project}/metrics",
        "there are no log-based metrics",
    ),
    missing(
        "google.logging.v2.MetricsServiceV2.GetLogMetric",
        "GET /v2/projects/{project}/metrics/{metric}",
        "there are no log-based metrics",
    ),
    missing(
        "google.logging.v2.MetricsServiceV2.CreateLogMetric",
        "POST /v2/projects/{project}/metrics",
        "there are no log-based metrics",
    ),
    missing(
        "google.logging.v2.MetricsServiceV2.UpdateLogMetric",
        "PUT /v2/projects/{project}/metrics/{metric}",
        "there are no log-based metrics",
    ),
    missing(
        "google.logging.v2.MetricsServiceV2.DeleteLogMetric",
        "DELETE /v2/projects/{project}/metrics/{metric}",
        "there are no log-based metrics",
    ),
];

const fn served(name: &'static str, rest: &'static str, but: &'static str) -> Method {
    method(name, rest, Support::Served(but))
}

const fn missing(name: &'static str, rest: &'static str, why: &'static str) -> Method {
    method(name, rest, Support::Unimplemented(why))
}

const fn method(name: &'static str, rest: &'static str, support: Support) -> Method {
    Method { service: "Cloud Logging", name, rest, grpc: "", support }
}
