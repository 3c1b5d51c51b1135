//! The services of the local cloud, called by Google's own clients and by third-party tools.

mod browser;
mod clients;
mod conformance;
mod coverage;
mod firebase;
mod front;
mod functions;
mod gcloud;
mod hostile;
mod keys;
mod knative;
mod names;
mod process;
mod pubsub;
mod quotas;
mod registry;
mod requests;
mod run;
mod scheduling;
mod storage;
mod terraform;
mod testing;
mod transports;
