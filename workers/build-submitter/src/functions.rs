//! The Functions flavour: one operation of the Cloud Functions API builds and deploys a function.
//!
//! `plan` decides what to do with the function as it is, `shape` what it is to become, `runtime`
//! which runtime a language means, and `begin` does it. The point of no return is here: the fence,
//! a request to cancel and the deadline are read last before the write, after this worker has
//! reserved the ending of the deployment and marked that it may write. The labels of the function
//! tell whose write it shows, so a delivery after a crash adopts the operation that runs.

mod begin;
pub(crate) mod plan;
mod runtime;
pub(crate) mod shape;

pub(crate) use begin::Beginner;
