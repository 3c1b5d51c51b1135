//! The API for tests against the local cloud, on a port of its own: reset, snapshot and restore, the
//! clock, faults, and what was sent. It is not Google's, so its paths begin with `/longshore/`.
//! `docs/testing.md` describes it.
//!
//! - `api`: its REST form.
//! - `states`: the states of the services, as one. `snapshots`: the files of saved ones.
//! - `layer`: stands before each API of Google's. `faults`, `status`: which calls it makes fail and
//!   how. `requests`: the calls that it saw.

mod api;
mod faults;
mod layer;
mod requests;
mod snapshots;
mod states;
mod status;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use longshore_local_kit::clock::LeadingClock;
use longshore_local_kit::quotas::Quotas;
use longshore_local_kit::rest;
use longshore_local_kit::state::Stateful;
use longshore_local_pubsub as pubsub;

pub(crate) use layer::Layers;
use snapshots::Snapshots;
use states::States;

/// What the API acts on.
pub(crate) struct Deps {
    /// In the order in which they are opened.
    pub(crate) services: Vec<Arc<dyn Stateful>>,
    /// The folder of the snapshots.
    pub(crate) folder: PathBuf,
    pub(crate) layers: Layers,
    pub(crate) quotas: Quotas,
    pub(crate) clock: Arc<LeadingClock>,
    pub(crate) pubsub: Arc<pubsub::Service>,
}

pub(crate) fn router(deps: Deps) -> Router {
    let Deps { services, folder, layers, quotas, clock, pubsub } = deps;
    let states = States::new(services, Snapshots::new(folder));
    let api = api::Api { states, layers, quotas, clock: Arc::clone(&clock), pubsub };
    rest::router(vec![Arc::new(api)]).merge(crate::lead::router(clock))
}
