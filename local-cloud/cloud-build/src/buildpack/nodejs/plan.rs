//! What a build does with the dependencies.

/// What a build does besides installing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Scripts to run, in order.
    pub(super) scripts: Vec<String>,
    /// Nobody asked for them by name: `build` is run because it is there.
    pub(super) by_default: bool,
    /// `NODE_ENV` while dependencies are installed; `None` leaves it unset.
    pub(super) node_env: Option<String>,
    /// Whether packages for development are removed after the scripts.
    pub(super) prunes: bool,
}
