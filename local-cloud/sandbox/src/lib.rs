//! Runs one command of a build or a function of the local cloud.

mod guard {
    pub(crate) mod specification;
}
mod limits;
mod output;
mod toolchains;
mod view;

pub use limits::{Cgroups, Limits};
pub use output::{Lines, Output, OutputBounds};
pub use toolchains::{PrivateDirectories, Toolchains};
pub use view::View;
