//! Metrics that are computed when they are collected.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use longshore_cloud::CountedObjects;
use longshore_cloud::pacing::{BucketState, Pacer};
use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;
use parking_lot::Mutex;

use super::census::Counted;
use super::definitions as names;
use crate::health::Health;

/// Numbers that parts of the worker note, and that are read later.
#[derive(Clone, Default)]
pub(super) struct Noted {
    pub(super) counted: Arc<Mutex<Option<Counted>>>,
    pub(super) drifted: Arc<AtomicU64>,
    pub(super) failing: Arc<AtomicU64>,
}

/// What the worker reads its own state from.
pub(crate) struct Observed {
    pub(crate) health: Health,
    pub(crate) pacer: Pacer,
    pub(crate) requests: Arc<CountedObjects>,
}

impl Noted {
    pub(super) fn observe(&self, meter: &Meter, stage: &KeyValue) {
        let (own, drifted) = (stage.clone(), Arc::clone(&self.drifted));
        names::DRIFT
            .observed_in(meter, move || vec![(drifted.load(Ordering::Relaxed), vec![own.clone()])]);
        let (own, failing) = (stage.clone(), Arc::clone(&self.failing));
        names::SWEEP_FAILING
            .observed_in(meter, move || vec![(failing.load(Ordering::Relaxed), vec![own.clone()])]);
        for (definition, read) in [
            (names::OPEN, (|counted| counted.open) as fn(&Counted) -> u64),
            (names::LATE, |counted| counted.late),
            (names::PARKED_NOW, |counted| counted.parked),
            (names::BATCHES, |counted| counted.batches),
        ] {
            let counted = Arc::clone(&self.counted);
            definition.observed_in(meter, move || {
                counted.lock().iter().map(|counted| (read(counted), Vec::new())).collect()
            });
        }
        let counted = Arc::clone(&self.counted);
        names::BATCH_FUNCTIONS.observed_in(meter, move || {
            let counted = counted.lock();
            let states = counted.iter().flat_map(Counted::functions);
            states.map(|(state, count)| (count, vec![KeyValue::new("state", state)])).collect()
        });
    }
}

impl Observed {
    pub(super) fn observe(self, meter: &Meter, stage: &KeyValue) {
        let Self { health, pacer, requests } = self;
        let own = stage.clone();
        names::READY.observed_in(meter, move || {
            vec![(u64::from(health.ready().is_ok()), vec![own.clone()])]
        });
        let own = stage.clone();
        names::QUOTA_TOKENS.observed_in(meter, move || {
            let fewest = fewest(pacer.buckets());
            let labelled = fewest.into_iter().map(|((api, region), tokens)| {
                let labels =
                    vec![own.clone(), KeyValue::new("api", api), KeyValue::new("region", region)];
                (u64::from(tokens), labels)
            });
            labelled.collect()
        });
        let own = stage.clone();
        names::LEDGER_REQUESTS.observed_counter_in(meter, move || {
            let counts = requests.by_operation().into_iter();
            let labelled = counts.map(|(operation, count)| {
                (count, vec![own.clone(), KeyValue::new("operation", operation)])
            });
            labelled.collect()
        });
    }
}

/// The fewest tokens of each API and region, among all projects: a fleet may deploy to any number
/// of projects.
fn fewest(buckets: Vec<BucketState>) -> BTreeMap<(&'static str, String), u32> {
    let mut fewest = BTreeMap::new();
    for BucketState { key, left, .. } in buckets {
        let least = fewest.entry((key.api.name(), key.region)).or_insert(left);
        *least = left.min(*least);
    }
    fewest
}
