//! Whole builds: the service between a fake Cloud Storage and a fake registry, with the tools of
//! this machine. All but those in `network` work without a network: where a framework is installed,
//! it is a wheel of three files or a package of two.

mod builds;
mod clients;
mod fakes;
mod golang;
mod network;
mod nodejs;
mod sources;
