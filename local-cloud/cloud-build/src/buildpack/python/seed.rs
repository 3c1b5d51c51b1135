//! What the environment of Python begins with.

/// The packages of the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seed {
    /// Those that Google's runtime has: pip, setuptools and wheel.
    Runtime,
    /// None, as in the virtual environment that uv makes on Google.
    Empty,
}
