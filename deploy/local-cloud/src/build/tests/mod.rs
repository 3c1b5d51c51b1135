//! Whole builds: the service between a fake Cloud Storage and a fake registry, with the Python and the Node.js of this machine.
//! All but those in `network` work without a network: they install a framework that is a wheel of three files, or a package of two.

mod builds;
mod clients;
mod fakes;
mod network;
mod nodejs;
mod sources;
