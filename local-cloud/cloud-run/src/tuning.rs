//! Time limits and other limits of the data plane. Tests use smaller ones.

use std::time::Duration;

use super::machine::Bounds;

/// Idle time after which an instance is stopped. Google keeps an idle instance for up to 15
/// minutes.
const IDLE: Duration = Duration::from_secs(15 * 60);
/// Time between SIGTERM and SIGKILL, from Cloud Run's container contract.
const STOP_GRACE: Duration = Duration::from_secs(10);
/// Maximum time of a startup probe, as on Google.
const STARTUP_LIMIT: Duration = Duration::from_secs(240);
/// How long a request waits for an instance if all are busy, before it gets 429, as on Google.
const QUEUE: Duration = Duration::from_secs(10);
/// How long nothing of a request's body may arrive while other requests wait for its slot. A client
/// on this machine does not pause for as long, and a waiting request still gets its slot in time.
const BODY_PATIENCE: Duration = Duration::from_secs(2);
/// How long the first instance of a revision waits for room on this machine. One idle
/// instance is enough.
const ROOM: Duration = Duration::from_secs(60);
/// How long the start of a revision is retried when this machine is at fault: its disk is full, or
/// it is out of descriptors or ports.
const MACHINE_PATIENCE: Duration = Duration::from_secs(120);
/// Interval at which pools are scaled.
const TICK: Duration = Duration::from_secs(5);
/// Maximum number of instances of a revision on this machine, whatever the service allows.
const INSTANCES_MAX: usize = 16;
/// Maximum number of processes and threads of one instance. A server with a thread for each of the
/// 1000 concurrent requests that Cloud Run allows stays below it, and a fork bomb does no harm to
/// this machine.
const PROCESSES_MAX: u64 = 2048;
/// Maximum number of open files of each process of an instance. More than a server needs, and few
/// enough for programs that walk through all possible descriptors.
const OPEN_FILES_MAX: u64 = 25_000;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Tuning {
    pub(crate) idle: Duration,
    pub(crate) stop_grace: Duration,
    pub(crate) startup_limit: Duration,
    pub(crate) queue: Duration,
    pub(crate) body_patience: Duration,
    pub(crate) room: Duration,
    pub(crate) machine_patience: Duration,
    pub(crate) tick: Duration,
    pub(crate) instances_max: usize,
    pub(crate) processes_max: u64,
    pub(crate) open_files_max: u64,
    /// Whether URLs may share a listener.
    pub(crate) shares_listener: bool,
    /// What bounds the instances of all services together. `None`: what this machine has.
    pub(crate) bounds: Option<Bounds>,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            idle: IDLE,
            stop_grace: STOP_GRACE,
            startup_limit: STARTUP_LIMIT,
            queue: QUEUE,
            body_patience: BODY_PATIENCE,
            room: ROOM,
            machine_patience: MACHINE_PATIENCE,
            tick: TICK,
            instances_max: INSTANCES_MAX,
            processes_max: PROCESSES_MAX,
            open_files_max: OPEN_FILES_MAX,
            shares_listener: true,
            bounds: None,
        }
    }
}
