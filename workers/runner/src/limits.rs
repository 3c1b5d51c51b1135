//! Limits of a worker.

use std::time::Duration;

/// Limits on what a worker does concurrently, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Maximum number of inputs that are handled concurrently.
    pub handling: usize,
    /// Maximum number of inputs of one stream of deliveries that the worker holds, handled or
    /// waiting; Pub/Sub keeps the rest. A stream that broke finishes what it holds beside the next.
    pub held: usize,
    /// Maximum time for one input. Longer than the longest wait of a stage, and shorter than the
    /// client's maximum lease (60 min).
    pub handle_timeout: Duration,
    /// Maximum time to finish inputs in progress on shutdown. Cloud Run kills the process after 10
    /// s.
    pub drain_timeout: Duration,
    /// Time between two sweeps; `None` if this worker does not sweep.
    pub sweep_interval: Option<Duration>,
}
