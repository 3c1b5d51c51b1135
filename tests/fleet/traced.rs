//! The spans of real workers: their attributes, and what is a trace of its own.

mod apart;
mod called;
mod conventions;
mod encrypted;
mod lost;
mod receiver;

use receiver::Receiver;
