//! Whole builds: the service with a fake Cloud Storage and a fake registry, and with the tools of
//! this machine. All but those in `network` work without a network: an installed framework is a
//! wheel of three files or a package of two.

mod answers;
mod builds;
mod clients;
mod fakes;
mod golang;
mod network;
mod nodejs;
mod private;
mod python;
mod sandbox;
mod sources;
