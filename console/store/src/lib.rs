//! Traces, without another program: a bounded store on disk, what it receives, and how a trace is
//! drawn.
//!
//! [`TraceStore`] keeps one file for each trace. It holds at most [`Limits::bytes_max`] and evicts
//! whole traces, those first that nothing was added to for the longest time. It survives the death
//! of its process at any moment: what was received before is there at the next start, and what is
//! unreadable is skipped. It does not survive a power cut without loss, because it never waits for
//! the disk: traces explain what happened, and no decision depends on them. On a full disk it refuses
//! what it cannot keep, so that the sender may send it again, and keeps what it has.
//!
//! [`Waterfall`] computes how a trace is drawn. It is pure, so the terminal and the console draw the
//! same picture.

mod ids;
mod model;
mod otlp;
mod receiver;
mod spans;
mod store;
mod summary;
mod waterfall;
mod wire;

pub use self::ids::{IdError, SpanId, TraceId};
pub use self::model::{Event, Kind, Link, Span, Status, StatusCode, Trace, Value};
pub use self::otlp::{OtlpError, from_json, to_json};
pub use self::receiver::{router, serve};
pub use self::store::{IngestError, Ingested, Limits, StoreError, TraceStore, read_trace};
pub use self::summary::{Cursor, Filter, Found, Page, TraceSummary};
pub use self::waterfall::{Fold, Idle, Row, Waterfall};

/// Attributes that Longshore's own spans carry, beside OpenTelemetry's semantic conventions.
pub mod attributes {
    /// Id of the deployment that a span works for.
    pub const DEPLOYMENT: &str = "longshore.deployment";
    /// `PROJECT/REGION/NAME` of the function that is deployed.
    pub const FUNCTION: &str = "longshore.function";
    /// Id of the batch that a deployment belongs to.
    pub const BATCH: &str = "longshore.batch";
    /// How a deployment ended, such as `deployed`.
    pub const OUTCOME: &str = "longshore.outcome";
    /// What a span waits for. Time in such a span that no child covers is idle time.
    pub const WAITS_FOR: &str = "longshore.waits_for";
}
