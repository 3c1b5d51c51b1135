//! Storage of objects' content: a trait, implemented by files for the server and by memory for
//! simulations.

mod files;
mod memory;
mod port;

pub use files::{Files, StagedFile};
pub use memory::{Memory, StagedMemory};
pub use port::{Contents, Staged};
