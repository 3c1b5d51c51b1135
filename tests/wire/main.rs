//! The services of the local cloud, spoken to by Google's own clients and by other people's tools.

mod clients;
mod coverage;
mod pubsub;
mod registry;
mod run;
mod storage;
