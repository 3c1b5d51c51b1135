//! The port to services that write logs.

use std::io;

use serde_json::Value;

/// Whether an entry whose resource has this label, and this value of it, may be wanted.
pub type Admits<'a> = &'a dyn Fn(&str, &str) -> bool;

/// Takes an entry that was written, by its project and what makes it.
pub type Offer = Box<dyn Fn(&str, &dyn Fn() -> Value) + Send + Sync>;

/// A service that writes logs.
pub trait LogSource: Send + Sync {
    /// Calls `each` with the entries of a project, in any order, as the JSON of
    /// `google.logging.v2.LogEntry`. Entries that are not admitted may be left out. It blocks.
    ///
    /// # Errors
    /// When the logs cannot be read.
    fn read(
        &self,
        project: &str,
        admits: Admits<'_>,
        each: &mut dyn FnMut(Value),
    ) -> io::Result<()>;

    /// Gives each entry that is written from now on to `offer`. Called once.
    fn follow(&self, offer: Offer);
}
