//! The logs of all sources.

use std::io;
use std::sync::Arc;

use serde_json::Value;

use crate::core::Filter;
use crate::source::LogSource;

/// What Cloud Logging needs from other services.
pub struct Deps {
    pub sources: Vec<Arc<dyn LogSource>>,
}

/// Cloud Logging, ready to be served.
pub struct Service {
    sources: Vec<Arc<dyn LogSource>>,
}

impl Service {
    #[must_use]
    pub fn new(deps: Deps) -> Arc<Self> {
        Arc::new(Self { sources: deps.sources })
    }

    /// Calls `each` with every matching entry of a project, in any order. It blocks.
    ///
    /// # Errors
    /// When the logs cannot be read.
    pub(crate) fn read(
        &self,
        project: &str,
        filter: &Filter,
        each: &mut dyn FnMut(Value),
    ) -> io::Result<()> {
        for source in &self.sources {
            source.read(project, &|label, value| filter.admits(label, value), &mut |entry| {
                if filter.matches(&entry) {
                    each(entry);
                }
            })?;
        }
        Ok(())
    }
}
