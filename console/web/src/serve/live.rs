//! Server-sent events: an event says that a page has changed, and the page reloads itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{self, StreamExt as _};

use crate::site::Site;

/// How often a stream says that it is alive. Proxies close what is silent for a minute.
const ALIVE: Duration = Duration::from_secs(15);

/// Time after which a page with deployments in progress reloads although nothing has
/// changed, because the times that it shows have.
const TICK: Duration = Duration::from_secs(5);

/// Sends the version of each change until the client leaves or the console stops.
pub(super) async fn events(State(site): State<Arc<Site>>) -> impl IntoResponse {
    let stopping = site.stopping.clone().cancelled_owned();
    let first = site.index.current().version;
    let changes = stream::unfold((site, first, false), |(site, seen, has_begun)| async move {
        if !has_begun {
            return Some((first_event(seen), (site, seen, true)));
        }
        let begun = tokio::time::Instant::now();
        loop {
            tokio::time::sleep(site.index.age()).await;
            let snapshot = site.index.fresh().await;
            let is_under_way = snapshot.entries.iter().any(|entry| entry.state.is_open());
            let is_due = is_under_way && begun.elapsed() >= TICK;
            if snapshot.version != seen || is_due {
                let event = Event::default().event("changed").data(snapshot.version.to_string());
                return Some((Ok::<_, Infallible>(event), (site, snapshot.version, true)));
            }
        }
    });
    let changes = changes.take_until(Box::pin(stopping));
    Sse::new(changes).keep_alive(KeepAlive::new().interval(ALIVE))
}

/// So that the page knows at once that it is connected.
fn first_event(version: u64) -> Result<Event, Infallible> {
    Ok(Event::default().event("connected").data(version.to_string()))
}
