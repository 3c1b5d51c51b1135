//! `/livez` and `/readyz`: whether a worker must be restarted, and whether it accepts work;
//! `/metrics`: what it has done, for Prometheus.
//!
//! On an address that others can reach, everyone is answered, because probes come from other
//! machines. On loopback, only the user of the worker and root are, and no web page is.

mod guard;

use std::io;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName};
use axum::middleware::from_fn;
use axum::routing::get;
use futures::future::BoxFuture;
use tokio::net::TcpListener;

use crate::Metrics;
use crate::health::Health;
use crate::metrics::content_type;

/// Serves the probes and the metrics until the process ends, and returns the bound address. Fails if
/// the address cannot be bound.
///
/// Boxed, so that the HTTP server is compiled in this crate and not again in each worker.
pub(crate) fn serve(
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
    async fn the_host_in_a_target_counts_too() {
        let address =
            serve(Health::default(), Metrics::unexported("test"), ([127, 0, 0, 1], 0).into())
                .await
                .unwrap();
        let get = |target: &str| {
            format!("GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        };
        let own = ask(address, &get("http://localhost/readyz")).await;
        assert!(own.starts_with("HTTP/1.1 200 "), "{own}");
        let other = ask(address, &get("http://evil.example/readyz")).await;
        assert!(other.starts_with("HTTP/1.1 421 "), "{other}");
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
}
