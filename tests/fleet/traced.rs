//! The spans of one deployment follow OpenTelemetry's semantic conventions.

mod conventions;
mod receiver;

use receiver::Receiver;
