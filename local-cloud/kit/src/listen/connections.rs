//! The open connections of one port, and which of them gives way to a new one.
//!
//! A port serves only so many connections at once. So that one program cannot take all of them, a
//! connection without a request in progress gives way to a new one. If every connection has a
//! request in progress, those that a program has above its share give way.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::Service;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::observed::{Observer, observed};
use super::owners::{Pid, owners};

/// Maximum open connections of one port. Far above what the fleet and a developer's tools open.
pub(super) const CONNECTIONS_MAX: usize = 512;

/// Connections that one program may keep busy even if a port has none left. Above it, all give way
/// together, because it takes milliseconds to find out which program has too many.
const SHARE: usize = CONNECTIONS_MAX / 2;

/// The connections of one port.
pub(super) struct Connections {
    slots: Arc<Semaphore>,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    last_id: u64,
    connections: HashMap<u64, Arc<State>>,
}

/// One open connection: an extension of each of its requests. Its slot is free again when the last
/// clone is dropped.
#[derive(Clone)]
pub struct Connection(Arc<Opened>);

struct Opened {
    id: u64,
    state: Arc<State>,
    open: Arc<Mutex<Open>>,
    _slot: OwnedSemaphorePermit,
}

/// What keeps a connection open that is no longer HTTP's: it takes its slot, and counts as one
/// request in progress.
pub struct Switched {
    connection: Connection,
    _in_progress: InProgress,
}

struct State {
    /// The inode of the client's socket, if the kernel knows it.
    inode: Option<u32>,
    activity: Mutex<Activity>,
    gives_way: CancellationToken,
}

#[derive(Clone, Copy)]
struct Activity {
    requests: usize,
    /// When the number of requests changed, or the connection was opened.
    since: Instant,
}

impl Connections {
    pub(super) fn new() -> Self {
        Self { slots: Arc::new(Semaphore::new(CONNECTIONS_MAX)), open: Arc::default() }
    }

    /// A slot for a new connection. If none is free, another connection gives way, or else the
    /// first one that ends.
    pub(super) async fn open(&self, inode: Option<u32>) -> Connection {
        let slot = match Arc::clone(&self.slots).try_acquire_owned() {
            Ok(slot) => slot,
            Err(_full) => {
                self.make_room().await;
                self.slot().await
            }
        };
        let activity = Mutex::new(Activity { requests: 0, since: Instant::now() });
        let state = Arc::new(State { inode, activity, gives_way: CancellationToken::new() });
        let mut open = self.open.lock();
        open.last_id += 1;
        let id = open.last_id;
        open.connections.insert(id, Arc::clone(&state));
        drop(open);
        Connection(Arc::new(Opened { id, state, open: Arc::clone(&self.open), _slot: slot }))
    }

    async fn slot(&self) -> OwnedSemaphorePermit {
        match Arc::clone(&self.slots).acquire_owned().await {
            Ok(slot) => slot,
            // The semaphore is never closed.
            Err(_closed) => std::future::pending().await,
        }
    }

    async fn make_room(&self) {
        let candidates = self.candidates();
        if let Some(id) = longest_idle(&candidates) {
            self.give_way(id);
            return;
        }
        let inodes: HashSet<u32> =
            candidates.iter().filter_map(|candidate| candidate.inode).collect();
        let Ok(owners) = tokio::task::spawn_blocking(move || owners(&inodes)).await else { return };
        let surplus = surplus_of_greediest(&candidates, &owners);
        if !surplus.is_empty() {
            let closed = surplus.len();
            tracing::warn!(closed, "one program keeps most connections of a port busy");
        }
        surplus.into_iter().for_each(|id| self.give_way(id));
    }

    fn candidates(&self) -> Vec<Candidate> {
        let open = self.open.lock();
        let candidates = open.connections.iter().map(|(id, state)| {
            let Activity { requests, since } = *state.activity.lock();
            Candidate { id: *id, inode: state.inode, is_idle: requests == 0, since }
        });
        candidates.collect()
    }

    fn give_way(&self, id: u64) {
        if let Some(state) = self.open.lock().connections.get(&id) {
            state.gives_way.cancel();
        }
    }
}

impl Connection {
    /// Resolves when the connection has to end, so that another one can be served.
    pub(super) async fn gives_way(&self) {
        self.0.state.gives_way.cancelled().await;
    }

    /// For a request whose connection switches to another protocol. HTTP's server does not know the
    /// connection any more, so the code that takes it over has to keep this.
    #[must_use]
    pub fn switched(&self) -> Switched {
        Switched { connection: self.clone(), _in_progress: InProgress::begin(&self.0.state) }
    }

    /// The same service, with its requests counted.
    pub(super) fn counted<S>(&self, service: S) -> Counted<S> {
        Counted { service, state: Arc::clone(&self.0.state) }
    }
}

impl Switched {
    /// Resolves when the connection has to end, so that another one can be served.
    pub async fn gives_way(&self) {
        self.connection.gives_way().await;
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.open.lock().connections.remove(&self.id);
    }
}

/// What decides which connection gives way.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    id: u64,
    inode: Option<u32>,
    is_idle: bool,
    since: Instant,
}

/// The connection that has had no request for the longest time.
fn longest_idle(candidates: &[Candidate]) -> Option<u64> {
    let idle = candidates.iter().filter(|candidate| candidate.is_idle);
    idle.min_by_key(|candidate| candidate.age()).map(|oldest| oldest.id)
}

/// The connections that the program with the most of them has above its share: those that have been
/// in the same state for the longest time. Clients whose program is unknown count as one.
fn surplus_of_greediest(candidates: &[Candidate], owners: &HashMap<u32, Pid>) -> Vec<u64> {
    let mut programs: HashMap<Option<&Pid>, Vec<&Candidate>> = HashMap::new();
    for candidate in candidates {
        let owner = candidate.inode.and_then(|inode| owners.get(&inode));
        programs.entry(owner).or_default().push(candidate);
    }
    let Some(mut own) = programs.into_values().max_by_key(Vec::len) else { return Vec::new() };
    own.sort_by_key(|candidate| candidate.age());
    own.truncate(own.len().saturating_sub(SHARE));
    own.into_iter().map(|candidate| candidate.id).collect()
}

impl Candidate {
    /// The oldest has the least.
    fn age(&self) -> (Instant, u64) {
        (self.since, self.id)
    }
}

/// A service that counts the requests in progress of a connection: from their heads to the ends of
/// their responses.
pub(super) struct Counted<S> {
    service: S,
    state: Arc<State>,
}

impl<S> Service<Request<Incoming>> for Counted<S>
where
    S: Service<Request<Incoming>, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let in_progress = InProgress::begin(&self.state);
        let response = self.service.call(request);
        Box::pin(async move {
            let response = response.await?;
            Ok(response.map(|body| observed(body, in_progress)))
        })
    }
}

/// Counts as a request until it is dropped.
struct InProgress(Arc<State>);

impl Observer for InProgress {}

impl InProgress {
    fn begin(state: &Arc<State>) -> Self {
        let mut activity = state.activity.lock();
        *activity = Activity { requests: activity.requests + 1, since: Instant::now() };
        drop(activity);
        Self(Arc::clone(state))
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        let mut activity = self.0.activity.lock();
        let requests = activity.requests.saturating_sub(1);
        *activity = Activity { requests, since: Instant::now() };
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The process 1 owns the even inodes, and the process 3 the odd ones.
    fn owners_of(candidates: &[Candidate]) -> HashMap<u32, Pid> {
        let inodes = candidates.iter().filter_map(|candidate| candidate.inode);
        inodes.map(|inode| (inode, if inode % 2 == 0 { 1 } else { 3 })).collect()
    }

    fn candidates(count: usize, inode: impl Fn(u64) -> Option<u32>) -> Vec<Candidate> {
        let start = Instant::now();
        let candidate = |id: u64| Candidate {
            id,
            inode: inode(id),
            is_idle: false,
            since: start + Duration::from_secs(1000 - id),
        };
        (0..u64::try_from(count).unwrap()).map(candidate).collect()
    }

    #[test]
    fn the_connection_that_was_idle_longest_gives_way() {
        let mut candidates = candidates(8, |_| None);
        assert_eq!(longest_idle(&candidates), None);
        candidates[2].is_idle = true;
        candidates[5].is_idle = true;
        assert_eq!(longest_idle(&candidates), Some(5));
    }

    #[test]
    fn busy_connections_give_way_only_above_the_share_of_their_program() {
        let fair = candidates(CONNECTIONS_MAX, |id| u32::try_from(id).ok());
        assert!(surplus_of_greediest(&fair, &owners_of(&fair)).is_empty());
        // The last one of process 3 belongs to process 1.
        let greedy = candidates(CONNECTIONS_MAX, |id| {
            u32::try_from(id).ok().map(|id| if id == 511 { 512 } else { id })
        });
        assert_eq!(surplus_of_greediest(&greedy, &owners_of(&greedy)), [511]);
        let unknown = candidates(SHARE + 2, |_| None);
        let last = u64::try_from(SHARE).unwrap() + 1;
        assert_eq!(surplus_of_greediest(&unknown, &HashMap::new()), [last, last - 1]);
    }
}
