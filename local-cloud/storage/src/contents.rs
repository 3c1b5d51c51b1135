//! Where contents are: the port of the store, with files behind it in the server and memory in
//! simulations.

mod files;
mod memory;
mod port;

pub use files::{Files, StagedFile};
pub use memory::{Memory, StagedMemory};
pub use port::{Contents, Staged};
