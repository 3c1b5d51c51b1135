//! `/livez` and `/readyz`: whether a worker must be restarted, and whether it accepts work; `/metrics`:
//! what it has done, for Prometheus.
//!
//! On an address that others can reach, everyone is answered, because probes come from other
//! machines. On loopback, only the user of the worker and root are, and no web page is.

mod guard;

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName};
use axum::middleware::from_fn;
use axum::routing::get;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::net::TcpListener;

use crate::Metrics;
use crate::metrics::content_type;

/// The state that the probes report; cheap to clone.
#[derive(Clone, Default)]
pub struct Health {
    state: Arc<Mutex<HealthState>>,
}

#[derive(Default)]
struct HealthState {
    required: BTreeSet<String>,
    pulling: BTreeSet<String>,
    draining: bool,
    /// By how many seconds the clock is off, if that is too much.
    clock_off_by_s: Option<u64>,
    sweep: Option<Heartbeat>,
}

/// The progress of the sweep.
struct Heartbeat {
    last: Instant,
    limit: Duration,
}

/// Time without any progress after which a sweep is taken to stand still, in addition to the time
/// between two sweeps. Each item of a sweep is progress, and takes some calls of at most half a
/// minute each.
const SWEEP_STALL_LIMIT: Duration = Duration::from_secs(10 * 60);

impl Health {
    /// A worker that is ready once it pulls from all these topics.
    #[must_use]
    pub fn of_topics<T: AsRef<str>>(topics: &[T]) -> Self {
        let health = Self::default();
        let topics = topics.iter().map(|topic| topic.as_ref().to_owned());
        health.with(|state| state.required.extend(topics));
        health
    }

    pub(crate) fn pulling(&self, topic: &str) {
        self.with(|state| {
            state.pulling.insert(topic.to_owned());
        });
    }

    pub(crate) fn not_pulling(&self, topic: &str) {
        self.with(|state| {
            state.pulling.remove(topic);
        });
    }

    pub(crate) fn draining(&self) {
        self.with(|state| state.draining = true);
    }

    /// Notes by how many seconds this machine's clock is off, or that it is right.
    pub(crate) fn clock_is_off_by(&self, seconds: Option<u64>) {
        self.with(|state| state.clock_off_by_s = seconds);
    }

    /// The worker sweeps at this interval, from now on.
    pub(crate) fn sweeps(&self, interval: Duration) {
        let heartbeat = Heartbeat { last: Instant::now(), limit: interval + SWEEP_STALL_LIMIT };
        self.with(|state| state.sweep = Some(heartbeat));
    }

    /// The sweep makes progress.
    pub(crate) fn swept(&self) {
        self.with(|state| {
            if let Some(heartbeat) = &mut state.sweep {
                heartbeat.last = Instant::now();
            }
        });
    }

    /// `Ok` unless the worker must be restarted, otherwise the reason, as text.
    pub fn alive(&self) -> Result<(), String> {
        self.alive_at(Instant::now())
    }

    fn alive_at(&self, now: Instant) -> Result<(), String> {
        self.with(|state| match &state.sweep {
            Some(Heartbeat { last, limit }) if now.saturating_duration_since(*last) > *limit => {
                Err(format!("the sweep has made no progress for more than {} s", limit.as_secs()))
            }
            Some(_) | None => Ok(()),
        })
    }

    /// `Ok` if the worker accepts work, otherwise the reason why not, as text.
    pub fn ready(&self) -> Result<(), String> {
        self.with(|state| {
            let missing: Vec<&str> =
                state.required.difference(&state.pulling).map(String::as_str).collect();
            match (state.draining, missing.is_empty()) {
                (true, _) => Err("draining".to_owned()),
                (false, true) => match state.clock_off_by_s {
                    Some(seconds) => Err(format!("the clock is off by {seconds} s")),
                    None => Ok(()),
                },
                (false, false) => Err(format!("not pulling from {}", missing.join(", "))),
            }
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut HealthState) -> T) -> T {
        f(&mut self.state.lock())
    }
}

/// Serves the probes and the metrics until the process ends, and returns the bound address. Fails if the address
/// cannot be bound.
///
/// Boxed, so that the HTTP server is compiled in this crate and not again in each worker.
pub fn serve(
    health: Health,
    metrics: Metrics,
    address: SocketAddr,
) -> BoxFuture<'static, io::Result<SocketAddr>> {
    Box::pin(listen(health, metrics, address))
}

async fn listen(health: Health, metrics: Metrics, address: SocketAddr) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    let probes =
        Router::new().route("/livez", get(livez)).route("/readyz", get(readyz)).with_state(health);
    let router = probes.merge(Router::new().route("/metrics", get(text)).with_state(metrics));
    tokio::spawn(async move {
        let served = if bound.ip().is_loopback() {
            let router = router.layer(from_fn(guard::loopback_names_only));
            axum::serve(guard::OwnUserOnly(listener), router).await
        } else {
            axum::serve(listener, router).await
        };
        if let Err(error) = served {
            tracing::error!(%error, "health endpoint failed");
        }
    });
    Ok(bound)
}

async fn livez(State(health): State<Health>) -> (StatusCode, String) {
    respond(health.alive())
}

async fn readyz(State(health): State<Health>) -> (StatusCode, String) {
    respond(health.ready())
}

/// Metrics in the format that the client prefers.
async fn text(
    State(metrics): State<Metrics>,
    headers: HeaderMap,
) -> ([(HeaderName, &'static str); 1], String) {
    let accepted = headers.get(ACCEPT).and_then(|accepted| accepted.to_str().ok());
    let open = accepted.is_some_and(|accepted| accepted.contains("application/openmetrics-text"));
    ([(CONTENT_TYPE, content_type(open))], metrics.text(open))
}

fn respond(state: Result<(), String>) -> (StatusCode, String) {
    match state {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    async fn ask(address: SocketAddr, head: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn on_loopback_only_loopback_names_are_answered() {
        let address =
            serve(Health::default(), Metrics::unexported("test"), ([127, 0, 0, 1], 0).into())
                .await
                .unwrap();
        let get = |host: &str| {
            format!("GET /readyz HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")
        };
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1:1", "[::1]:80"] {
            let answer = ask(address, &get(host)).await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{host}: {answer}");
        }
        let without = ask(address, "GET /readyz HTTP/1.0\r\n\r\n").await;
        assert!(without.starts_with("HTTP/1.0 200 "), "{without}");
        for host in ["evil.example", "localhost.evil.example", "128.0.0.1", "a\r\nhost: localhost"]
        {
            let answer = ask(address, &get(host)).await;
            assert!(answer.starts_with("HTTP/1.1 421 "), "{host}: {answer}");
            assert!(!answer.contains("ok"), "{answer}");
        }
    }

    #[tokio::test]
    async fn on_another_address_probes_may_use_any_name() {
        let address =
            serve(Health::default(), Metrics::unexported("test"), ([0, 0, 0, 0], 0).into())
                .await
                .unwrap();
        let probe = "GET /livez HTTP/1.1\r\nhost: 10.0.0.7:8080\r\nconnection: close\r\n\r\n";
        let answer = ask(([127, 0, 0, 1], address.port()).into(), probe).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }

    /// Needs root, to become another user, and the program `setpriv` of util-linux.
    #[tokio::test]
    async fn on_loopback_another_user_is_not_answered() {
        let address =
            serve(Health::default(), Metrics::unexported("test"), ([127, 0, 0, 1], 0).into())
                .await
                .unwrap();
        let script = format!(
            "exec 3<>/dev/tcp/127.0.0.1/{}; printf 'GET /livez HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3",
            address.port()
        );
        let as_user = |user: &'static str| {
            let mut command = Command::new("setpriv");
            command.args([&format!("--reuid={user}"), "--clear-groups", "bash", "-c", &script]);
            tokio::task::spawn_blocking(move || command.output())
        };
        let own = as_user("0").await.unwrap();
        let Some(own) = own.ok().filter(|own| own.status.success()) else {
            eprintln!("skipped: only root can try this as another user, with setpriv");
            return;
        };
        assert!(own.stdout.starts_with(b"HTTP/1.0 200 "), "{own:?}");
        let other = as_user("65534").await.unwrap().unwrap();
        assert_eq!(String::from_utf8_lossy(&other.stdout), "", "{other:?}");
    }

    #[test]
    fn a_worker_is_ready_once_it_pulls_from_every_topic_and_until_it_drains() {
        let health = Health::of_topics(&["a", "b"]);
        assert_eq!(health.ready(), Err("not pulling from a, b".to_owned()));
        health.pulling("a");
        assert_eq!(health.ready(), Err("not pulling from b".to_owned()));
        health.pulling("b");
        assert_eq!(health.ready(), Ok(()));
        health.not_pulling("a");
        assert_eq!(health.ready(), Err("not pulling from a".to_owned()));
        health.pulling("a");
        health.clock_is_off_by(Some(61));
        assert_eq!(health.ready(), Err("the clock is off by 61 s".to_owned()));
        health.clock_is_off_by(None);
        assert_eq!(health.ready(), Ok(()));
        health.draining();
        assert_eq!(health.ready(), Err("draining".to_owned()));
    }

    #[test]
    fn a_worker_is_alive_while_its_sweep_makes_progress() {
        let health = Health::of_topics(&[] as &[&str]);
        let begun = Instant::now();
        let later = |minutes: u64| begun + Duration::from_secs(60 * minutes);
        assert_eq!(health.alive_at(later(60)), Ok(()), "it does not sweep");
        health.sweeps(Duration::from_secs(30));
        assert_eq!(health.alive_at(later(10)), Ok(()));
        assert!(health.alive_at(later(12)).unwrap_err().contains("no progress"));
        health.with(|state| state.sweep.as_mut().unwrap().last = later(11));
        assert_eq!(health.alive_at(later(12)), Ok(()));
    }
}
