//! YAML whose values know where they are written, so that every problem of a file of thousands of
//! entries is reported, each with its line.
//!
//! JSON is YAML, so it is read in the same way. A document is read into a tree, and parts of the tree
//! into messages. A value that does not fit is reported and left out, and the rest is read
//! nevertheless.

mod flaw;
mod reader;
mod tree;
mod writer;

pub(crate) use flaw::{Flaw, Position};
pub(crate) use reader::read_all;
pub(crate) use tree::{Node, Value, parse};
pub(crate) use writer::block;

#[cfg(test)]
mod tests;
