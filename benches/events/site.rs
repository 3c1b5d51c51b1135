//! A local cloud with one function that records when it starts.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::process::{Server, local_cloud};
use crate::text;

pub(crate) const PROJECT: &str = "local-project";
pub(crate) const REGION: &str = "europe-west1";

/// The account of the triggers. The function is public.
pub(crate) const ACCOUNT: &str = "123456789012-compute@developer.gserviceaccount.com";

/// A build downloads modules.
const DEPLOY_LIMIT: Duration = Duration::from_secs(300);

/// How long an event may take. Under load they queue.
pub(crate) const EVENT_LIMIT: Duration = Duration::from_secs(120);

const POLL: Duration = Duration::from_millis(20);

/// Records the time of each start by the number in the event, and returns the records to a GET.
/// While it is closed, it accepts no event.
const FUNCTION: &str = r#"
package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
)

var (
	closed   atomic.Bool
	mutex    sync.Mutex
	starts   = map[int]int64{}
	repeated int
)

func init() {
	functions.HTTP("Bench", bench)
}

func bench(w http.ResponseWriter, r *http.Request) {
	now := time.Now().UnixNano()
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/count":
		mutex.Lock()
		defer mutex.Unlock()
		fmt.Fprint(w, len(starts))
		return
	case r.Method == http.MethodGet:
		mutex.Lock()
		defer mutex.Unlock()
		json.NewEncoder(w).Encode(map[string]any{"starts": starts, "repeated": repeated})
		starts, repeated = map[int]int64{}, 0
		return
	case r.URL.Path == "/close":
		closed.Store(true)
		return
	case closed.Load():
		http.Error(w, "closed", http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	number, err := strconv.Atoi(content(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	mutex.Lock()
	defer mutex.Unlock()
	if _, known := starts[number]; known {
		repeated++
		return
	}
	starts[number] = now
}

// content returns the data of a message, the name of an object, or the body of a task.
func content(body []byte) string {
	var event struct {
		Message struct{ Data []byte }
		Name    string
	}
	if json.Unmarshal(body, &event) != nil {
		return string(body)
	}
	if event.Name != "" {
		return event.Name
	}
	if len(event.Message.Data) > 0 {
		return string(event.Message.Data)
	}
	return string(body)
}
"#;

/// When the function started for each event, by number.
pub(crate) struct Records {
    pub(crate) starts: BTreeMap<usize, Duration>,
    /// Number of events that came again.
    pub(crate) repeated: u64,
}

pub(crate) struct Site {
    folder: PathBuf,
    /// `None` while the cloud is dead.
    cloud: Option<Server>,
    ports: Value,
    pub(crate) client: Client,
    /// URL of the function.
    pub(crate) url: String,
    /// Id of its service.
    pub(crate) service: String,
}

impl Site {
    /// Starts the cloud, deploys the function, and calls it once.
    pub(crate) async fn start(folder: &Path) -> Result<Self, String> {
        let client = Client::builder().no_proxy().build().map_err(text)?;
        let (cloud, ports) = start(folder)?;
        let (url, service) = (String::new(), "bench".to_owned());
        let cloud = Some(cloud);
        let folder = folder.to_owned();
        let mut site = Self { folder, cloud, ports, client, url, service };
        site.deploy().await?;
        site.take_records().await?;
        Ok(site)
    }

    /// Kills the cloud with everything in it.
    pub(crate) fn kill(&mut self) {
        drop(self.cloud.take());
    }

    /// Starts the cloud again, and returns how long that took.
    pub(crate) fn restart(&mut self) -> Result<Duration, String> {
        let (cloud, ports) = start(&self.folder)?;
        let started_in = cloud.started_in;
        (self.cloud, self.ports) = (Some(cloud), ports);
        Ok(started_in)
    }

    /// Memory of the cloud and its functions, in MiB.
    pub(crate) fn memory_mib(&self) -> f64 {
        self.cloud.as_ref().map(Server::memory_mib).unwrap_or_default()
    }

    /// Calls an API of the cloud.
    pub(crate) async fn call(
        &self,
        method: Method,
        service: &str,
        path: &str,
        body: &Value,
    ) -> Result<Value, String> {
        let address = self.ports[service].as_str().ok_or("a service has no port")?;
        call(&self.client, method, &format!("http://{address}/{path}"), body).await
    }

    /// Stores an object of this name.
    pub(crate) async fn upload(&self, bucket: &str, name: &str) -> Result<(), String> {
        let address = self.ports["storage"].as_str().ok_or("storage has no port")?;
        let url =
            format!("http://{address}/upload/storage/v1/b/{bucket}/o?uploadType=media&name={name}");
        let request = self.client.post(url).header("content-type", "text/plain").body("x");
        let response = request.send().await.map_err(text)?;
        response.error_for_status().map(drop).map_err(text)
    }

    /// Returns what the function has recorded, which is then forgotten.
    pub(crate) async fn take_records(&self) -> Result<Records, String> {
        let response = self.client.get(&self.url).send().await.map_err(text)?;
        let records = response.text().await.map_err(text)?;
        let records: Value =
            serde_json::from_str(&records).map_err(|_| format!("no records: {records}"))?;
        let starts = records["starts"].as_object().ok_or("the function has no records")?;
        let start = |(number, at): (&String, &Value)| {
            Some((number.parse().ok()?, Duration::from_nanos(at.as_u64()?)))
        };
        let repeated = records["repeated"].as_u64().unwrap_or_default();
        Ok(Records { starts: starts.iter().filter_map(start).collect(), repeated })
    }

    /// Number of different events that the function has recorded.
    pub(crate) async fn count(&self) -> Result<usize, String> {
        let response = self.client.get(format!("{}/count", self.url)).send().await;
        let response = response.map_err(text)?.text().await.map_err(text)?;
        response.trim().parse().map_err(|_| format!("no count: {response}"))
    }

    /// Number of triggers in Eventarc.
    pub(crate) async fn triggers(&self) -> Result<usize, String> {
        let path = format!("v1/projects/{PROJECT}/locations/{REGION}/triggers");
        let listed = self.call(Method::GET, "eventarc", &path, &Value::Null).await?;
        Ok(listed["triggers"].as_array().map_or(0, Vec::len))
    }

    /// Waits until the function has recorded `count` events, or nothing new comes any more.
    pub(crate) async fn await_records(&self, count: usize) -> Result<(), String> {
        let (mut highest, mut changed) = (0, Instant::now());
        loop {
            // After a start, the port of the function opens a moment later than those of the APIs.
            let seen = self.count().await.unwrap_or_default();
            if seen > highest {
                (highest, changed) = (seen, Instant::now());
            }
            if seen >= count || changed.elapsed() > EVENT_LIMIT {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
    }

    async fn deploy(&mut self) -> Result<(), String> {
        let parent = format!("v2/projects/{PROJECT}/locations/{REGION}");
        let path = format!("{parent}/functions:generateUploadUrl");
        let place = self.call(Method::POST, "functions", &path, &json!({})).await?;
        let url = place["uploadUrl"].as_str().unwrap_or_default();
        let request = self.client.put(url).header("content-type", "application/zip");
        let uploaded = request.body(archive()?).send().await.map_err(text)?;
        uploaded.error_for_status().map_err(text)?;
        let function = json!({
            "buildConfig": {
                "runtime": "go126", "entryPoint": "Bench",
                "source": {"storageSource": place["storageSource"]},
            },
            "serviceConfig": {
                "availableMemory": "1Gi", "availableCpu": "2", "maxInstanceCount": 1,
                "minInstanceCount": 1, "maxInstanceRequestConcurrency": 1000,
            },
        });
        let path = format!("{parent}/functions?functionId={}", self.service);
        let operation = self.call(Method::POST, "functions", &path, &function).await?;
        let name = format!("v2/{}", operation["name"].as_str().unwrap_or_default());
        let begun = Instant::now();
        let ended = loop {
            let operation = self.call(Method::GET, "functions", &name, &Value::Null).await?;
            if operation["done"] == true || begun.elapsed() > DEPLOY_LIMIT {
                break operation;
            }
            tokio::time::sleep(POLL).await;
        };
        let url = ended["response"]["url"].as_str();
        self.url = url.ok_or_else(|| format!("the function was not deployed: {ended}"))?.to_owned();
        let path = format!("{parent}/services/{}:setIamPolicy", self.service);
        let everyone = json!({"role": "roles/run.invoker", "members": ["allUsers"]});
        let policy = json!({"policy": {"bindings": [everyone]}});
        self.call(Method::POST, "run", &path, &policy).await.map(drop)
    }
}

/// Calls a REST API.
pub(crate) async fn call(
    client: &Client,
    method: Method,
    url: &str,
    body: &Value,
) -> Result<Value, String> {
    let request = client.request(method.clone(), url);
    let request = if body.is_null() { request } else { request.json(body) };
    let response = request.send().await.map_err(text)?;
    let (status, body) = (response.status(), response.text().await.map_err(text)?);
    if !status.is_success() {
        return Err(format!("{method} {url}: {status}: {body}"));
    }
    serde_json::from_str(&body).map_err(text)
}

fn start(folder: &Path) -> Result<(Server, Value), String> {
    let cloud = local_cloud(folder, "functions")?;
    let ports = std::fs::read(folder.join("cloud/ports.json")).map_err(text)?;
    Ok((cloud, serde_json::from_slice(&ports).map_err(text)?))
}

/// The function, with the modules of the example in Go.
fn archive() -> Result<Vec<u8>, String> {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/go-http");
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let read = |name: &str| std::fs::read(example.join(name)).map_err(text);
    for (name, content) in
        [("go.mod", read("go.mod")?), ("go.sum", read("go.sum")?), ("bench.go", FUNCTION.into())]
    {
        zip.start_file(name, SimpleFileOptions::default()).map_err(text)?;
        zip.write_all(&content).map_err(text)?;
    }
    Ok(zip.finish().map_err(text)?.into_inner())
}
