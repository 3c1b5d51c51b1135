//! `/livez` and `/readyz`: whether a worker must be restarted, and whether it accepts work.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::net::TcpListener;

/// The state that the probes report; cheap to clone.
#[derive(Clone, Default)]
pub struct Health {
    state: Arc<Mutex<HealthState>>,
}

#[derive(Default)]
struct HealthState {
    required: BTreeSet<&'static str>,
    pulling: BTreeSet<&'static str>,
    draining: bool,
}

impl Health {
    /// A worker that is ready once it pulls from all these topics.
    #[must_use]
    pub fn of_topics(topics: &[&'static str]) -> Self {
        let health = Self::default();
        health.with(|state| state.required.extend(topics));
        health
    }

    pub(crate) fn pulling(&self, topic: &'static str) {
        self.with(|state| {
            state.pulling.insert(topic);
        });
    }

    pub(crate) fn not_pulling(&self, topic: &'static str) {
        self.with(|state| {
            state.pulling.remove(topic);
        });
    }

    pub(crate) fn draining(&self) {
        self.with(|state| state.draining = true);
    }

    /// `Ok` if the worker accepts work, otherwise the reason why not, as text.
    pub fn ready(&self) -> Result<(), String> {
        self.with(|state| {
            let missing: Vec<&str> = state.required.difference(&state.pulling).copied().collect();
            match (state.draining, missing.is_empty()) {
                (true, _) => Err("draining".to_owned()),
                (false, true) => Ok(()),
                (false, false) => Err(format!("not pulling from {}", missing.join(", "))),
            }
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut HealthState) -> T) -> T {
        f(&mut self.state.lock())
    }
}

/// Serves the probes until the process ends, and returns the bound address. Fails if the address
/// cannot be bound.
///
/// Boxed, so that the HTTP server is compiled in this crate and not again in each worker.
pub fn serve(health: Health, address: SocketAddr) -> BoxFuture<'static, io::Result<SocketAddr>> {
    Box::pin(listen(health, address))
}

async fn listen(health: Health, address: SocketAddr) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    let router = Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(readyz))
        .with_state(health);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "health endpoint failed");
        }
    });
    Ok(bound)
}

async fn readyz(State(health): State<Health>) -> (StatusCode, String) {
    match health.ready() {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        health.draining();
        assert_eq!(health.ready(), Err("draining".to_owned()));
    }
}
