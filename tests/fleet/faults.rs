//! Cases of `docs/faults.md` that no other test makes.

mod bus;
mod repeated;
