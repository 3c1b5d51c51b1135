//! Why a function may not do something.

/// Why a request is refused. Nothing of it has been acted on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("`{0}` is not in the project of this function's service account")]
    OtherProject(String),
    #[error("`{0}` belongs to Longshore itself, and functions may not use it")]
    Reserved(String),
    #[error("the local cloud does not offer {0} to functions")]
    Method(String),
    #[error(
        "functions may not configure push or export subscriptions here: the local cloud would send \
         the requests itself"
    )]
    Push,
    #[error("the request cannot be read, or is too large or compressed")]
    Unreadable,
}
