//! Serving the console: the routes, and the listener.

mod assets;
mod handlers;
mod live;

use std::future::IntoFuture as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use longshore_console_model::index::{Ages, Index};
use longshore_local_kit::listen::{self, Access};
use longshore_trace_store::TraceStore;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::guard::{self, Guard, SIGN_IN};
use crate::services::ServiceCache;
use crate::site::{Fleet, Program, Site};

/// Maximum size of a trace that is opened as a file.
const UPLOAD_MAX_BYTES: usize = 16 * 1024 * 1024;

/// How the console is served.
pub struct Options {
    pub fleet: Fleet,
    /// What runs actions.
    pub program: Program,
    /// Where it listens. Off loopback, every request takes a token.
    pub address: SocketAddr,
    /// Names by which it is reached, besides addresses and `localhost`.
    pub hosts: Vec<String>,
    /// Whether the fleet is on a local cloud.
    pub is_local: bool,
    pub ages: Ages,
    /// The spans that this machine received, if it has a store.
    pub traces: Option<Arc<TraceStore>>,
}

/// The console cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
}

/// A console that listens.
pub struct Console {
    listener: TcpListener,
    router: Router,
    site: Arc<Site>,
    url: String,
    needs_token: bool,
}

impl Console {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the address is taken, or is not of this machine.
    pub async fn bind(options: Options) -> Result<Self, ServeError> {
        let Options { address, fleet, .. } = options;
        let failed = |source| ServeError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let needs_token = !bound.ip().is_loopback();
        let token = needs_token.then(secret);
        let url = match &token {
            Some(token) => format!("http://{bound}{SIGN_IN}?token={token}"),
            None => format!("http://{bound}/"),
        };
        let guard = Guard::new(token, options.hosts, secret());
        let site = Arc::new(Site {
            index: Index::new(fleet.ledger.clone(), options.ages),
            fleet,
            program: options.program,
            guard: guard.clone(),
            services: ServiceCache::default(),
            traces: options.traces,
            is_local: options.is_local,
            stopping: CancellationToken::new(),
        });
        let router = router(Arc::clone(&site)).layer(from_fn_with_state(guard, guard::layer));
        Ok(Self { listener, router, site, url, needs_token })
    }

    /// The URL for a browser. Off loopback it has the token, and is a secret.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether every request takes a token, because the address is not on loopback.
    #[must_use]
    pub fn needs_token(&self) -> bool {
        self.needs_token
    }

    /// Serves until `stop` is cancelled.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self, stop: CancellationToken) -> io::Result<()> {
        let Self { listener, router, site, needs_token, .. } = self;
        let index = Arc::clone(&site.index);
        let loading = tokio::spawn(async move { index.load().await });
        let stopping = site.stopping.clone();
        let shutdown = async move {
            stop.cancelled().await;
            // Streams of events would never end by themselves.
            stopping.cancel();
        };
        let served = if needs_token {
            axum::serve(listener, router).with_graceful_shutdown(shutdown).into_future().await
        } else {
            listen::serve(listener, router, Access::to_a_function(), shutdown).await
        };
        loading.abort();
        served
    }
}

/// 122 random bits.
fn secret() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(handlers::road))
        .route("/deployments", get(handlers::deployments))
        .route("/deployments/rows", get(handlers::deployment_rows))
        .route("/deployments/{id}", get(handlers::deployment))
        .route("/deployments/{id}/trace.json", get(handlers::export))
        .route("/deployments/{id}/{tab}", get(handlers::deployment_tab))
        .route("/deployments/{id}/ledger/{*name}", get(handlers::ledger_object))
        .route("/failures", get(handlers::failures))
        .route("/functions", get(handlers::functions))
        .route("/functions/{project}/{region}/{name}", get(handlers::function))
        .route("/batches", get(handlers::batches))
        .route("/batches/{id}", get(handlers::batch))
        .route("/parked", get(handlers::parked))
        .route("/quotas", get(handlers::quotas))
        .route("/actions", get(handlers::audit))
        .route("/act", get(handlers::ask).post(handlers::act))
        .route("/traces/open", get(handlers::open_trace).post(handlers::opened_trace))
        .route("/events", get(live::events))
        .route(SIGN_IN, get(handlers::sign_in))
        .route("/assets/{name}", get(assets::asset))
        .fallback(handlers::not_found)
        .layer(DefaultBodyLimit::max(UPLOAD_MAX_BYTES))
        .with_state(site)
}
