//! A store of traces in the test, to which workers send.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use longshore_trace_store::{
    Filter, Limits, Page, Span, SpanId, Trace, TraceId, TraceStore, serve,
};

use crate::support::{Cloud, FEEDER, WORKERS, Worker};

/// How long spans may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);

pub(super) struct Receiver {
    store: Arc<TraceStore>,
    endpoint: String,
}

impl Receiver {
    pub(super) async fn start(cloud: &Cloud) -> Self {
        let store = TraceStore::open(cloud.folder().join("traces"), Limits::default()).unwrap();
        let store = Arc::new(store);
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(Arc::clone(&store), listener, std::future::pending()));
        Self { store, endpoint }
    }

    /// Starts all workers, which send their spans here.
    pub(super) fn fleet(&self, cloud: &Cloud) -> Vec<Worker> {
        let names: Vec<&str> = WORKERS.iter().chain([&FEEDER]).map(|(name, _)| *name).collect();
        self.workers(cloud, &names)
    }

    /// Starts these workers, which send their spans here.
    pub(super) fn workers(&self, cloud: &Cloud, names: &[&str]) -> Vec<Worker> {
        let settings =
            BTreeMap::from([("LONGSHORE_TRACES_ENDPOINT".to_owned(), self.endpoint.clone())]);
        names.iter().map(|name| cloud.worker_with(name, &settings)).collect()
    }

    /// The first spans of all traces that have one of this name, once there are as many as `count`.
    pub(super) async fn firsts(&self, name: &str, count: usize) -> Vec<Span> {
        let begun = Instant::now();
        loop {
            let filter = Filter { text: Some(name.to_lowercase()), ..Filter::default() };
            let found = self.store.recent(&filter, Page { after: None, size: 100 });
            let traces = found.traces.iter().filter_map(|one| self.store.trace(one.trace_id));
            let spans = traces.flat_map(|trace| trace.spans);
            let firsts = spans.filter(|span| span.parent.is_none() && span.name == name);
            let mut firsts: Vec<Span> = firsts.collect();
            if firsts.len() >= count {
                firsts.sort_by_key(|span| span.start_ns);
                return firsts;
            }
            assert!(begun.elapsed() < ARRIVAL, "{firsts:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// A trace, once it has the parent of each span and `is_there`.
    pub(super) async fn trace(&self, id: &str, is_there: impl Fn(&Trace) -> bool) -> Trace {
        let (id, begun): (TraceId, _) = (id.parse().unwrap(), Instant::now());
        loop {
            let trace = self.store.trace(id).unwrap_or_default();
            let is_whole = !trace.spans.is_empty() && !has_orphans(&trace) && is_there(&trace);
            if is_whole || begun.elapsed() > ARRIVAL {
                assert!(is_whole, "{trace:#?}");
                return trace;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn has_orphans(trace: &Trace) -> bool {
    let ids: BTreeSet<SpanId> = trace.spans.iter().map(|span| span.span_id).collect();
    trace.spans.iter().any(|span| span.parent.is_some_and(|parent| !ids.contains(&parent)))
}
