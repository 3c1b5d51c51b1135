//! Preconditions: the compare half of compare-and-swap.

use serde::{Deserialize, Serialize};

/// The version of an object, or of a bucket (whose generation nobody asks for).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Which content.
    pub generation: i64,
    /// Which attributes of that content; 1 at first.
    pub metageneration: i64,
}

/// What must be true of the present version for a call to go ahead. All that are set must hold.
///
/// <https://cloud.google.com/storage/docs/request-preconditions>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preconditions {
    /// The generation is this; 0: there is no object.
    pub generation_match: Option<i64>,
    /// There is an object, and its generation is not this.
    pub generation_not_match: Option<i64>,
    /// There is an object, and its metageneration is this.
    pub metageneration_match: Option<i64>,
    /// There is an object, and its metageneration is not this.
    pub metageneration_not_match: Option<i64>,
}

/// Whether a call may go ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All preconditions hold.
    Holds,
    /// Only "not match" preconditions fail: a reader has this version already.
    Unchanged,
    /// Another one fails.
    Fails,
}

impl Preconditions {
    /// Create-only: there is no object.
    pub const ABSENT: Self = Self {
        generation_match: Some(0),
        generation_not_match: None,
        metageneration_match: None,
        metageneration_not_match: None,
    };

    /// Compare-and-swap: the object has exactly this generation.
    #[must_use]
    pub fn generation(generation: i64) -> Self {
        Self { generation_match: Some(generation), ..Self::default() }
    }

    /// Judges the present version, or the absence of any.
    #[must_use]
    pub fn judge(&self, live: Option<Version>) -> Verdict {
        let generation = live.map_or(0, |version| version.generation);
        let metageneration = live.map_or(0, |version| version.metageneration);
        let asks_for_existence =
            self.generation_not_match.is_some() || self.metageneration_not_match.is_some();
        let fails = self.generation_match.is_some_and(|wanted| wanted != generation)
            || self
                .metageneration_match
                .is_some_and(|wanted| live.is_none() || wanted != metageneration)
            || (asks_for_existence && live.is_none());
        let unchanged = self.generation_not_match == Some(generation)
            || self.metageneration_not_match == Some(metageneration);
        match (fails, unchanged) {
            (true, _) => Verdict::Fails,
            (false, true) => Verdict::Unchanged,
            (false, false) => Verdict::Holds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_over_every_kind_of_precondition() {
        use Verdict::{Fails, Holds, Unchanged};
        // ifGenerationMatch, ifGenerationNotMatch, ifMetagenerationMatch, ifMetagenerationNotMatch;
        // without an object, with generation 7 and metageneration 2.
        let table = [
            ((None, None, None, None), Holds, Holds),
            ((Some(0), None, None, None), Holds, Fails),
            ((Some(7), None, None, None), Fails, Holds),
            ((Some(6), None, None, None), Fails, Fails),
            ((None, Some(0), None, None), Fails, Holds),
            ((None, Some(7), None, None), Fails, Unchanged),
            ((None, Some(6), None, None), Fails, Holds),
            ((None, None, Some(2), None), Fails, Holds),
            ((None, None, Some(0), None), Fails, Fails),
            ((None, None, Some(1), None), Fails, Fails),
            ((None, None, None, Some(2)), Fails, Unchanged),
            ((None, None, None, Some(1)), Fails, Holds),
            ((Some(7), None, Some(2), None), Fails, Holds),
            ((Some(7), None, Some(1), None), Fails, Fails),
            ((Some(6), Some(7), None, None), Fails, Fails),
            ((Some(7), Some(7), None, None), Fails, Unchanged),
        ];
        for ((generation, not_generation, metageneration, not_metageneration), absent, present) in
            table
        {
            let preconditions = Preconditions {
                generation_match: generation,
                generation_not_match: not_generation,
                metageneration_match: metageneration,
                metageneration_not_match: not_metageneration,
            };
            assert_eq!(preconditions.judge(None), absent, "{preconditions:?}");
            let live = Version { generation: 7, metageneration: 2 };
            assert_eq!(preconditions.judge(Some(live)), present, "{preconditions:?}");
        }
    }
}
