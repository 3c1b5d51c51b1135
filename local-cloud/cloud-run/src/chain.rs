//! Errors as one line of text.

use std::iter;

/// The error and its sources, separated by colons.
pub(crate) fn with_sources(error: &dyn std::error::Error) -> String {
    iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
