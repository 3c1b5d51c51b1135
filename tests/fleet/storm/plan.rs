//! What a storm does and when, chosen by a seed. Pure.

use std::time::Duration;

use crate::support::WORKERS;
use longshore_messages::proto::Flavour;

/// The extent of a storm.
pub(super) struct Size {
    /// By which of Google's two methods the functions are deployed.
    pub(super) flavour: Flavour,
    pub(super) requests: usize,
    pub(super) functions: usize,
    /// Processes of each worker.
    pub(super) replicas: usize,
    /// Time from the first request to the last, apart from late duplicates.
    pub(super) span: Duration,
    pub(super) worker_kills: usize,
    pub(super) cloud_kills: usize,
    pub(super) worker_freezes: usize,
    pub(super) cloud_freezes: usize,
    /// How long a worker stays frozen.
    pub(super) freeze: Duration,
    /// Time limit for all outcomes after the last blow.
    pub(super) ends_within: Duration,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It can only succeed, or be superseded.
    Good,
    /// It does not compile.
    SyntaxError,
    /// A field of it is invalid.
    InvalidField,
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) function: String,
    pub(super) kind: Kind,
    pub(super) source: u32,
    pub(super) greeting: u32,
    /// When it is published: more than once for a duplicate.
    pub(super) published: Vec<Duration>,
}

/// Something bad that happens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blow {
    pub(super) at: Duration,
    pub(super) what: What,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    KillWorker {
        worker: usize,
        replica: usize,
    },
    FreezeWorker {
        worker: usize,
        replica: usize,
    },
    ThawWorker {
        worker: usize,
        replica: usize,
    },
    /// The cloud is killed, and started again after this time.
    KillCloud {
        down: Duration,
    },
    /// The cloud is frozen, and thawed after this time.
    FreezeCloud {
        frozen: Duration,
    },
}

/// A whole storm.
pub(super) struct Plan {
    pub(super) requests: Vec<Planned>,
    /// In the order of time.
    pub(super) blows: Vec<Blow>,
}

/// Requests of one burst, and the time within which they are published.
const BURST: usize = 4;
const BURST_SPAN: Duration = Duration::from_millis(50);

/// Delays of the second publication of a request: at once, while the first one is handled, and
/// after its outcome.
const DUPLICATE_DELAYS: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(10), Duration::from_secs(1), Duration::from_secs(20)];

/// Maximum time that the cloud is down, or frozen.
const CLOUD_AWAY_MAX: Duration = Duration::from_secs(3);

impl Planned {
    /// What the function responds with while this request serves.
    pub(super) fn response(&self) -> String {
        format!("{} {}", self.source, self.greeting)
    }
}

impl Plan {
    pub(super) fn of(seed: u64, size: &Size) -> Self {
        let mut random = Random(seed);
        let requests = requests(&mut random, size);
        let mut blows = blows(&mut random, size);
        blows.sort_by_key(|blow| blow.at);
        Self { requests, blows }
    }
}

fn requests(random: &mut Random, size: &Size) -> Vec<Planned> {
    let mut requests = Vec::new();
    let mut sources: Vec<u32> = Vec::new();
    let mut next_source = 0;
    // A third of the functions share a source with another one, so builds are shared too.
    for number in 0..size.functions {
        let shared = number % 3 == 2;
        if !shared {
            next_source += 1;
        }
        let source = if shared { sources[number - 1] } else { next_source };
        sources.push(source);
    }
    let (mut functions, mut greeting) = (0, 0);
    while requests.len() < size.requests {
        greeting += 1;
        // The first requests of the functions are spread over the first half of the storm.
        let is_first = functions < size.functions
            && requests.len() * size.functions >= functions * size.requests / 2;
        let chosen = if is_first { functions } else { random.below(functions) };
        functions += usize::from(is_first);
        let share = requests.len().min(size.requests - 1);
        let at = size.span.mul_f64(f64::from(to_u32(share)) / f64::from(to_u32(size.requests)));
        let mut planned = Planned {
            function: format!("storm{chosen:02}"),
            kind: Kind::Good,
            source: sources[chosen],
            greeting,
            published: vec![at],
        };
        match if is_first { 0 } else { random.below(100) } {
            0..40 => {}
            40..60 => {
                next_source += 1;
                sources[chosen] = next_source;
                planned.source = next_source;
            }
            60..84 => {
                let room = (size.requests - requests.len()).min(BURST);
                for number in 0..room {
                    let later = BURST_SPAN.mul_f64(f64::from(to_u32(number)) / 4.0);
                    let mut one = planned.clone();
                    greeting += 1;
                    (one.greeting, one.published) = (greeting, vec![at + later]);
                    requests.push(one);
                }
                continue;
            }
            84..93 => planned.kind = Kind::SyntaxError,
            _ => planned.kind = Kind::InvalidField,
        }
        if random.below(5) == 0 {
            for _ in 0..=random.below(2) {
                let delay = DUPLICATE_DELAYS[random.below(DUPLICATE_DELAYS.len())];
                planned.published.push(at + delay.min(size.span / 2));
            }
        }
        requests.push(planned);
    }
    requests
}

fn blows(random: &mut Random, size: &Size) -> Vec<Blow> {
    let mut blows = Vec::new();
    for _ in 0..size.worker_kills {
        let (worker, replica) = (random.below(WORKERS.len()), random.below(size.replicas));
        let what = What::KillWorker { worker, replica };
        blows.push(Blow { at: random.within(size.span), what });
    }
    for number in 0..size.worker_freezes {
        // Each worker in turn, the most dangerous one first: service-deployer writes.
        let worker = WORKERS.len() - 1 - number % WORKERS.len();
        let (at, replica) = (random.within(size.span / 2), random.below(size.replicas));
        blows.push(Blow { at, what: What::FreezeWorker { worker, replica } });
        blows.push(Blow { at: at + size.freeze, what: What::ThawWorker { worker, replica } });
    }
    for _ in 0..size.cloud_kills {
        let what = What::KillCloud { down: random.within(CLOUD_AWAY_MAX) };
        blows.push(Blow { at: random.within(size.span), what });
    }
    for _ in 0..size.cloud_freezes {
        let what = What::FreezeCloud { frozen: random.within(CLOUD_AWAY_MAX) };
        blows.push(Blow { at: random.within(size.span), what });
    }
    blows
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap()
}

/// `SplitMix64`: the same numbers for the same seed, everywhere.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    pub(super) fn within(&mut self, span: Duration) -> Duration {
        let millis = u64::try_from(span.as_millis()).unwrap().max(1);
        Duration::from_millis(self.next() % millis)
    }
}

#[test]
fn a_seed_plans_the_same_storm_each_time_and_another_seed_another_one() {
    let size = Size {
        flavour: Flavour::Run,
        requests: 300,
        functions: 60,
        replicas: 2,
        span: Duration::from_secs(180),
        worker_kills: 100,
        cloud_kills: 6,
        worker_freezes: 4,
        cloud_freezes: 2,
        freeze: Duration::from_secs(75),
        ends_within: Duration::from_secs(900),
    };
    let shown = |seed| {
        let plan = Plan::of(seed, &size);
        format!("{:?} {:?}", plan.requests, plan.blows)
    };
    assert_eq!(shown(7), shown(7));
    assert_ne!(shown(7), shown(8));
    let plan = Plan::of(7, &size);
    let count = |kind| plan.requests.iter().filter(|planned| planned.kind == kind).count();
    assert_eq!(plan.requests.len(), 300);
    assert!(count(Kind::SyntaxError) > 5 && count(Kind::InvalidField) > 5);
    let functions: std::collections::BTreeSet<_> =
        plan.requests.iter().map(|planned| &planned.function).collect();
    assert_eq!(functions.len(), 60, "each function is deployed");
    assert!(plan.requests.iter().any(|planned| planned.published.len() == 3));
}
