//! The parts of Google's generated clients whose code is compiled here and not in `cloud`.
//!
//! A client calls its methods through a table of functions, and the compiler generates the code of
//! all of them where the client is built. The messages of long-running operations are read where an
//! operation is awaited, with the code for each field of each message in them. The fleet calls few of
//! these methods, and none of them often, but their code took more than a third of a release build.
//! So it has a crate of its own, which `Cargo.toml` compiles without optimization.

mod connect;
mod operations;

pub use connect::Connect;
pub use operations::{Unpack, UntilDone};
