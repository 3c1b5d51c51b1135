//! How a build handles the dependencies.

/// The steps of a build in addition to the installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Scripts to run, in order.
    pub(super) scripts: Vec<String>,
    /// Whether `build` is run only because it exists and no script was requested.
    pub(super) by_default: bool,
    /// `NODE_ENV` during the installation; `None` leaves it unset.
    pub(super) node_env: Option<String>,
    /// Whether development packages are removed after the scripts.
    pub(super) prunes: bool,
}
