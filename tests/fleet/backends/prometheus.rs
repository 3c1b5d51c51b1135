//! Prometheus, which reads the metrics of workers and evaluates the alerts.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::program::{Program, free_ports};

const NAME: &str = "prometheus";

pub(super) struct Prometheus {
    _program: Program,
    port: u16,
}

impl Prometheus {
    /// Reads the metrics at these ports, and evaluates the rules of a file, each second. `None` if the
    /// program is not installed.
    pub(super) async fn start(folder: &Path, rules: &Path, workers: &[u16]) -> Option<Self> {
        let targets: Vec<String> = workers.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        // JSON is YAML.
        let configuration = json!({
            "global": { "scrape_interval": "1s", "evaluation_interval": "1s" },
            "rule_files": [rules],
            "scrape_configs": [
                { "job_name": "longshore", "static_configs": [{ "targets": targets }] },
            ],
        });
        let file = folder.join("prometheus.yaml");
        fs::write(&file, configuration.to_string()).unwrap();
        let [port] = free_ports();
        let arguments = [
            format!("--config.file={}", file.display()),
            format!("--storage.tsdb.path={}", folder.join(NAME).display()),
            format!("--web.listen-address=127.0.0.1:{port}"),
            "--enable-feature=exemplar-storage".to_owned(),
        ];
        let program = Program::start(NAME, &arguments, &[port], folder).await?;
        Some(Self { _program: program, port })
    }

    /// The data of a page of its API. It has none while the program starts.
    pub(super) async fn read(&self, page: &str) -> Value {
        let url = format!("http://127.0.0.1:{}/api/v1/{page}", self.port);
        let response = reqwest::get(url).await.unwrap();
        let mut found: Value = response.json().await.unwrap_or_default();
        found["data"].take()
    }
}
