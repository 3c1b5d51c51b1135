//! Cloud Logging: [`Logs`] over `google-cloud-logging-v2`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use google_cloud_logging_v2::client::LoggingServiceV2;
use google_cloud_logging_v2::model::LogEntry;
use google_cloud_logging_v2::model::log_entry::Payload;
use time::format_description::well_known::Rfc3339;

use super::call::Call;
use super::late::Late;
use super::profile::{Profile, REQUEST_LIMIT};
use super::timestamps::time_or_epoch;
use crate::error::ConnectError;
use crate::logs::ANSWERED_MAX;
use crate::{Answered, CloudError, Kind, LogLine, Logs, Within};

/// Maximum number of entries of one response (`ListLogEntriesRequest.page_size`).
const PAGE_ENTRIES: usize = 1_000;

/// Maximum number of requests for one tail. Entries without text (Cloud Run's request log) are
/// skipped, and a service may have almost nothing else, but the quota is 60 reads a minute for a
/// whole project.
const PAGES: usize = 5;

/// Maximum number of revisions in one filter, which has at most 20,000 characters
/// (<https://cloud.google.com/logging/quotas>); a name has 63.
const REVISIONS_PER_FILTER: usize = 100;

/// Status from which a response is a failure of the function.
const FAILURE: i32 = 500;

pub(crate) struct GoogleLogs {
    logging: Late<LoggingServiceV2>,
}

impl GoogleLogs {
    pub(crate) async fn connect(
        profile: &Profile,
        endpoint: Option<&str>,
    ) -> Result<Self, ConnectError> {
        let logging = profile.client("logging", LoggingServiceV2::builder, endpoint).await?;
        Ok(Self { logging })
    }
}

#[async_trait]
impl Logs for GoogleLogs {
    #[tracing::instrument(name = "cloud.list_log_entries", skip_all, fields(service = "logging", resource = service))]
    async fn service_tail(
        &self,
        project: &str,
        region: &str,
        service: &str,
        revision: Option<&str>,
        lines: usize,
    ) -> Result<Vec<LogLine>, CloudError> {
        let call = Call::new("list log entries", service);
        let api = self.logging.get(call).await?;
        let filter =
            filter(region, service, revision).ok_or_else(|| call.error(Kind::InvalidArgument))?;
        let page_size = i32::try_from(lines.clamp(1, PAGE_ENTRIES)).unwrap_or(i32::MAX);
        let (mut newest_first, mut page_token) = (Vec::new(), String::new());
        for _ in 0..PAGES {
            let request = || {
                let request =
                    api.list_log_entries().set_resource_names([format!("projects/{project}")]);
                request
                    .set_filter(&filter)
                    .set_order_by("timestamp desc")
                    .set_page_size(page_size)
                    .set_page_token(&page_token)
                    .send()
            };
            let page = call.repeated(REQUEST_LIMIT, request).await?;
            newest_first.extend(page.entries.iter().filter_map(line));
            page_token = page.next_page_token;
            if newest_first.len() >= lines || page_token.is_empty() {
                break;
            }
        }
        newest_first.truncate(lines);
        newest_first.reverse();
        Ok(newest_first)
    }

    #[tracing::instrument(name = "cloud.list_requests", skip_all, fields(service = "logging", resource = project))]
    async fn answered(
        &self,
        project: &str,
        region: &str,
        revisions: &[String],
        within: Within,
    ) -> Result<BTreeMap<String, Answered>, CloudError> {
        let call = Call::new("list requests", project);
        let api = self.logging.get(call).await?;
        let mut answered: BTreeMap<String, Answered> = BTreeMap::new();
        for revisions in revisions.chunks(REVISIONS_PER_FILTER) {
            let filter = requests_filter(project, region, revisions, within)
                .ok_or_else(|| call.error(Kind::InvalidArgument))?;
            let page_size = i32::try_from(PAGE_ENTRIES).unwrap_or(i32::MAX);
            let mut page_token = String::new();
            for _ in 0..ANSWERED_MAX / PAGE_ENTRIES {
                let request = || {
                    let request = api.list_log_entries();
                    request
                        .set_resource_names([format!("projects/{project}")])
                        .set_filter(&filter)
                        .set_order_by("timestamp desc")
                        .set_page_size(page_size)
                        .set_page_token(&page_token)
                        .send()
                };
                let page = call.repeated(REQUEST_LIMIT, request).await?;
                for (revision, failed) in page.entries.iter().filter_map(answer) {
                    let count = answered.entry(revision).or_default();
                    count.all += 1;
                    count.failed += u64::from(failed);
                }
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
        }
        Ok(answered)
    }
}

/// Selects the entries of one service. `None` if a name would change the meaning of the filter.
fn filter(region: &str, service: &str, revision: Option<&str>) -> Option<String> {
    let names = [Some(region), Some(service), revision];
    if !names.into_iter().flatten().all(is_name) {
        return None;
    }
    let mut filter = format!(
        "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"{service}\" AND resource.labels.location=\"{region}\""
    );
    if let Some(revision) = revision {
        filter.push_str(&format!(" AND resource.labels.revision_name=\"{revision}\""));
    }
    Some(filter)
}

/// Selects the requests of revisions, whose names are unique in a project and region. `None` if a name
/// would change the meaning of the filter, or there is none.
/// <https://cloud.google.com/run/docs/logging#request-logs>
fn requests_filter(
    project: &str,
    region: &str,
    revisions: &[String],
    within: Within,
) -> Option<String> {
    let is_project =
        |id: &str| id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:".contains(&b));
    let are_names = is_name(region) && revisions.iter().all(|revision| is_name(revision));
    if revisions.is_empty() || !is_project(project) || !are_names {
        return None;
    }
    let names: Vec<String> = revisions.iter().map(|revision| format!("\"{revision}\"")).collect();
    let (from, until) = (within.from.format(&Rfc3339).ok()?, within.until.format(&Rfc3339).ok()?);
    Some(format!(
        "logName=\"projects/{project}/logs/run.googleapis.com%2Frequests\" AND \
         resource.type=\"cloud_run_revision\" AND resource.labels.location=\"{region}\" AND \
         resource.labels.revision_name=({}) AND timestamp>=\"{from}\" AND timestamp<\"{until}\"",
        names.join(" OR ")
    ))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The revision that answered a request, and whether it failed. `None` for any other entry.
fn answer(entry: &LogEntry) -> Option<(String, bool)> {
    let request = entry.http_request.as_ref()?;
    let revision = entry.resource.as_ref()?.labels.get("revision_name")?.clone();
    Some((revision, request.status >= FAILURE))
}

/// The printed line, or `None` for an entry without text.
fn line(entry: &LogEntry) -> Option<LogLine> {
    let text = match entry.payload.as_ref()? {
        Payload::TextPayload(text) => text.clone(),
        Payload::JsonPayload(fields) => {
            match fields.get("message").and_then(serde_json::Value::as_str) {
                Some(message) => message.to_owned(),
                None => serde_json::to_string(fields).ok()?,
            }
        }
        _ => return None,
    };
    let revision =
        entry.resource.as_ref().and_then(|resource| resource.labels.get("revision_name")).cloned();
    Some(LogLine {
        at: time_or_epoch(entry.timestamp.as_ref()),
        revision: revision.unwrap_or_default(),
        severity: entry.severity.name().unwrap_or("DEFAULT").to_owned(),
        text: text.trim_end_matches(['\n', '\r']).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use google_cloud_logging_v2::model::LogEntry;
    use serde_json::json;
    use time::OffsetDateTime;

    use super::{Within, answer, filter, line, requests_filter};

    #[test]
    fn a_filter_names_the_service_and_perhaps_one_revision() {
        let service = r#"resource.type="cloud_run_revision" AND resource.labels.service_name="s" AND resource.labels.location="r""#;
        assert_eq!(filter("r", "s", None).as_deref(), Some(service));
        let revision = format!(r#"{service} AND resource.labels.revision_name="s-1""#);
        assert_eq!(filter("r", "s", Some("s-1")), Some(revision));
        for (region, service, revision) in
            [("r\"", "s", None), ("r", "", None), ("r", "s", Some("a OR b"))]
        {
            assert_eq!(filter(region, service, revision), None);
        }
    }

    #[test]
    fn a_filter_of_requests_names_the_log_the_revisions_and_the_time() {
        let at =
            |seconds: i64| OffsetDateTime::from_unix_timestamp(1_714_521_600 + seconds).unwrap();
        let within = Within { from: at(0), until: at(60) };
        let names =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let found = requests_filter("p", "r", &names(&["s-1", "t-2"]), within).unwrap();
        assert_eq!(
            found,
            r#"logName="projects/p/logs/run.googleapis.com%2Frequests" AND resource.type="cloud_run_revision" AND resource.labels.location="r" AND resource.labels.revision_name=("s-1" OR "t-2") AND timestamp>="2024-05-01T00:00:00Z" AND timestamp<"2024-05-01T00:01:00Z""#
        );
        for (project, region, revisions) in [
            ("p\"", "r", names(&["s-1"])),
            ("p", "", names(&["s-1"])),
            ("p", "r", names(&["s-1", "a OR b"])),
            ("p", "r", Vec::new()),
        ] {
            assert_eq!(requests_filter(project, region, &revisions, within), None);
        }
    }

    #[test]
    fn a_request_failed_from_status_500_on() {
        let entry = |status: i32| -> LogEntry {
            serde_json::from_value(json!({
                "httpRequest": { "status": status },
                "resource": { "type": "cloud_run_revision", "labels": { "revision_name": "s-1" } },
            }))
            .unwrap()
        };
        for (status, failed) in [(200, false), (404, false), (499, false), (500, true), (503, true)]
        {
            assert_eq!(answer(&entry(status)), Some(("s-1".to_owned(), failed)), "{status}");
        }
        assert_eq!(answer(&LogEntry::default()), None);
    }

    #[test]
    fn a_line_is_what_was_printed() {
        let entry = |payload: serde_json::Value| -> LogEntry {
            let mut entry = json!({
                "timestamp": "2024-05-01T00:00:01Z",
                "severity": "ERROR",
                "resource": { "type": "cloud_run_revision", "labels": { "revision_name": "s-1" } },
            });
            entry.as_object_mut().unwrap().extend(payload.as_object().unwrap().clone());
            serde_json::from_value(entry).unwrap()
        };
        for (payload, text) in [
            (json!({ "textPayload": "hello\r\n" }), Some("hello")),
            (json!({ "jsonPayload": { "message": "hello", "n": 1 } }), Some("hello")),
            (json!({ "jsonPayload": { "n": 1 } }), Some("{\"n\":1}")),
            (json!({ "httpRequest": { "status": 200 } }), None),
        ] {
            let line = line(&entry(payload.clone()));
            assert_eq!(line.as_ref().map(|line| line.text.as_str()), text, "{payload}");
            if let Some(line) = line {
                assert_eq!((line.revision.as_str(), line.severity.as_str()), ("s-1", "ERROR"));
                assert_eq!(line.at, OffsetDateTime::from_unix_timestamp(1_714_521_601).unwrap());
            }
        }
    }
}
