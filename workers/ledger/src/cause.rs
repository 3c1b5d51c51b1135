//! Why messages are parked.

/// Why a message is parked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// It cannot be read.
    Unreadable,
    /// The ledger does not say what it says: it is forged, or published to another fleet's topic.
    Unverified,
    /// Too many workers ended while they handled it.
    DeliveredTooOften,
    /// Its stage met an error that neither a retry nor the requester can fix.
    Failed,
}

impl Cause {
    pub const ALL: [Self; 4] =
        [Self::Unreadable, Self::Unverified, Self::DeliveredTooOften, Self::Failed];

    /// As in the names of the ledger's objects.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Unverified => "unverified",
            Self::DeliveredTooOften => "delivered-too-often",
            Self::Failed => "failed",
        }
    }

    /// Whether the ledger confirmed the message, as far as it was read. Anyone who may publish to a
    /// topic can send the others, in the name of any deployment.
    #[must_use]
    pub fn is_genuine(self) -> bool {
        match self {
            Self::Unreadable | Self::Unverified => false,
            Self::DeliveredTooOften | Self::Failed => true,
        }
    }
}
