//! The limit of open files. The soft limit that a shell gives, often 1024, is meant for programs that
//! use `select`. The hard one is what the administrator allows.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Fewer than this are enough only for a handful of functions.
const ENOUGH: u64 = 4096;

/// Raises the soft limit of this process to the hard one. Instances get limits of their own.
pub(crate) fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    match raised.map_err(io::Error::from) {
        Ok(()) => tracing::debug!(?current, limit, "raised the limit of open files"),
        Err(error) => tracing::warn!(%error, limit, "cannot raise the limit of open files"),
    }
    if limit < ENOUGH {
        tracing::warn!(
            limit,
            "few files can be open at once, which limits the number of functions: raise the hard \
             limit (ulimit -Hn) to at least {ENOUGH}"
        );
    }
}
