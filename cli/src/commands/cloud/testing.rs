//! `longshore cloud reset` and the other commands for tests, which docs/testing.md describes. They
//! call the API for tests of a running local cloud.

use std::path::PathBuf;

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use crate::data_dir::DataDir;
use crate::error::CliError;
use crate::exit;
use crate::function_call::client;
use crate::output::{self, Cell, Output, Table};

/// The variable with the URL of the API, which `longshore cloud --print-env` prints.
pub(crate) const VARIABLE: &str = "LONGSHORE_TESTING_ENDPOINT";

#[derive(Debug, Subcommand)]
pub(crate) enum TestingCommand {
    /// Remove all resources of a running local cloud, or those of some services or of one project
    Reset {
        /// Services, such as pubsub [default: all]
        services: Vec<String>,
        /// Only the resources of this project
        #[arg(long)]
        project: Option<String>,
    },
    /// Save the state of a running local cloud, or list the snapshots
    Snapshot {
        /// Name of the new snapshot [default: list the snapshots]
        name: Option<String>,
        /// Only this service; can be repeated
        #[arg(long = "service", value_name = "SERVICE", requires = "name")]
        services: Vec<String>,
        /// Delete the snapshot instead
        #[arg(long, requires = "name", conflicts_with = "services")]
        delete: bool,
    },
    /// Replace the state of a running local cloud with a snapshot
    Restore {
        /// Name of the snapshot
        name: String,
        /// Only this service; can be repeated
        #[arg(long = "service", value_name = "SERVICE")]
        services: Vec<String>,
    },
    /// Make the next calls of a method fail or take longer, or list the faults
    Fault {
        /// Name of the method, such as google.pubsub.v1.Publisher.Publish, or its beginning and *
        /// [default: list the faults]
        #[arg(conflicts_with = "clear")]
        method: Option<String>,
        /// Code of the error, such as UNAVAILABLE
        #[arg(long, requires = "method")]
        status: Option<String>,
        /// Text of the error
        #[arg(long, requires = "status")]
        message: Option<String>,
        /// Number of calls
        #[arg(long, default_value_t = 1, requires = "method")]
        calls: u32,
        /// Seconds by which the calls are delayed
        #[arg(long, value_name = "SECONDS", requires = "method")]
        delay: Option<f64>,
        /// Only calls whose path or routing header contains this, such as projects/test-1/
        #[arg(long, requires = "method")]
        resource: Option<String>,
        /// Carry out the calls, but lose their responses
        #[arg(long, requires = "status")]
        after: bool,
        /// Remove all faults instead
        #[arg(long)]
        clear: bool,
    },
    /// List the latest requests to the APIs, or the latest published messages
    Sent {
        /// Only requests of this method
        #[arg(long, conflicts_with_all = ["messages", "topic"])]
        method: Option<String>,
        /// Only requests or messages of this project
        #[arg(long)]
        project: Option<String>,
        /// List the messages of Pub/Sub
        #[arg(long)]
        messages: bool,
        /// List the messages of this topic (projects/P/topics/T)
        #[arg(long)]
        topic: Option<String>,
    },
    /// Show the clock of Cloud Scheduler and Cloud Tasks, or move it ahead
    Clock {
        /// Seconds by which the clock is moved ahead
        #[arg(long, value_name = "SECONDS")]
        advance: Option<u64>,
    },
}

pub(crate) async fn run(
    command: TestingCommand,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    longshore_cloud::install_tls_provider();
    let api = Api { url: url(data_dir)? };
    match command {
        TestingCommand::Reset { services, project } => {
            let asked = json!({"services": services, "project": project.unwrap_or_default()});
            let reset = api.post("cloud:reset", &asked).await?;
            output::result(output, &reset, |reset| {
                format!("reset {}", joined(&reset["services"]))
            })?;
        }
        TestingCommand::Snapshot { name: None, .. } => {
            let all = api.get("snapshots", &[]).await?;
            let rows = rows(&all["snapshots"], ["name", "createTime", "services"]);
            output::result(output, &all, |_| table(["NAME", "CREATED", "SERVICES"], rows))?;
        }
        TestingCommand::Snapshot { name: Some(name), delete: true, .. } => {
            let deleted = api.call(Method::DELETE, &format!("snapshots/{name}"), &[], None).await?;
            output::result(output, &deleted, |_| String::new())?;
        }
        TestingCommand::Snapshot { name: Some(name), services, delete: false } => {
            let saved = api.post("snapshots", &json!({"name": name, "services": services})).await?;
            output::result(output, &saved, |saved| {
                format!("saved {}", joined(&saved["services"]))
            })?;
        }
        TestingCommand::Restore { name, services } => {
            let path = format!("snapshots/{name}:restore");
            let restored = api.post(&path, &json!({"services": services})).await?;
            output::result(output, &restored, |restored| {
                format!("restored {}", joined(&restored["services"]))
            })?;
        }
        TestingCommand::Fault { clear: true, .. } => {
            let removed = api.call(Method::DELETE, "faults", &[], None).await?;
            output::result(output, &removed, |_| String::new())?;
        }
        TestingCommand::Fault { method: None, .. } => {
            let all = api.get("faults", &[]).await?;
            let columns = ["id", "method", "resource", "calls", "delaySeconds", "status"];
            let rows = rows(&all["faults"], columns);
            let head = ["ID", "METHOD", "RESOURCE", "CALLS", "DELAY", "STATUS"];
            output::result(output, &all, |_| table(head, rows))?;
        }
        TestingCommand::Fault {
            method: Some(method),
            status,
            message,
            calls,
            delay,
            resource,
            after,
            clear: false,
        } => {
            let mut fault = json!({
                "method": method, "calls": calls, "resource": resource.unwrap_or_default(),
                "status": status.unwrap_or_default(), "message": message.unwrap_or_default(),
                "delaySeconds": delay.unwrap_or_default(),
            });
            if after {
                fault["when"] = json!("after");
            }
            let added = api.post("faults", &fault).await?;
            output::result(output, &added, |added| format!("added fault {}", plain(&added["id"])))?;
        }
        TestingCommand::Sent { method, project, messages, topic } => {
            let project = project.unwrap_or_default();
            if messages || topic.is_some() {
                let topic = topic.unwrap_or_default();
                let sent = api.get("messages", &[("topic", &topic), ("project", &project)]).await?;
                let rows = rows(&sent["messages"], ["publishTime", "topic", "messageId", "data"]);
                output::result(output, &sent, |_| table(["TIME", "TOPIC", "ID", "BASE64"], rows))?;
            } else {
                let method = method.unwrap_or_default();
                let query = [("method", method.as_str()), ("project", project.as_str())];
                let sent = api.get("requests", &query).await?;
                let columns = ["time", "method", "httpStatus", "grpcStatus", "target"];
                let rows = rows(&sent["requests"], columns);
                let head = ["TIME", "METHOD", "HTTP", "GRPC", "TARGET"];
                output::result(output, &sent, |_| table(head, rows))?;
            }
        }
        TestingCommand::Clock { advance } => {
            let now = match advance {
                Some(seconds) => api.post("clock:advance", &json!({"seconds": seconds})).await?,
                None => api.get("clock", &[]).await?,
            };
            output::result(output, &now, |now| plain(&now["now"]))?;
        }
    }
    Ok(exit::OK)
}

/// The URL of the API: that of the environment, or of the local cloud that runs with the data
/// directory.
fn url(data_dir: Option<PathBuf>) -> Result<String, CliError> {
    if let Some(url) = std::env::var(VARIABLE).ok().filter(|url| !url.is_empty()) {
        return Ok(url);
    }
    let data_dir = DataDir::named_or_default(data_dir)?;
    let endpoints =
        super::endpoints(&data_dir).ok_or_else(|| CliError::NoCloud(data_dir.path().to_owned()))?;
    Ok(format!("http://{}", endpoints.testing))
}

/// The API for tests of a running local cloud.
struct Api {
    url: String,
}

impl Api {
    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, CliError> {
        let given: Vec<_> = query.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
        self.call(Method::GET, path, &given, None).await
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, CliError> {
        self.call(Method::POST, path, &[], Some(body)).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, CliError> {
        let url = format!("{}/longshore/v1/{path}", self.url.trim_end_matches('/'));
        let mut url = reqwest::Url::parse(&url)
            .map_err(|error| CliError::TestingRefused(format!("{url}: {error}")))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = client(!self.url.starts_with("https:"))?.request(method, url);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(CliError::Testing)?;
        let is_success = response.status().is_success();
        let text = response.text().await.map_err(CliError::Testing)?;
        let document: Value = serde_json::from_str(&text).unwrap_or_default();
        if is_success {
            return Ok(document);
        }
        let message = document["error"]["message"].as_str().unwrap_or(text.trim());
        Err(CliError::TestingRefused(message.to_owned()))
    }
}

fn joined(list: &Value) -> String {
    let items = list.as_array().into_iter().flatten().map(plain);
    items.collect::<Vec<_>>().join(", ")
}

/// A string without quotes, a list with commas, nothing for null.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(_) => joined(value),
        other => other.to_string(),
    }
}

fn rows<const N: usize>(list: &Value, columns: [&str; N]) -> Vec<[String; N]> {
    let rows = list.as_array().into_iter().flatten();
    rows.map(|row| columns.map(|column| plain(&row[column]))).collect()
}

fn table<const N: usize>(head: [&'static str; N], rows: Vec<[String; N]>) -> output::Text {
    let mut table = Table::headed(head);
    for row in &rows {
        table.row(row.each_ref().map(|cell| Cell::from(cell.as_str())));
    }
    table.text(output::stdout_is_coloured())
}
