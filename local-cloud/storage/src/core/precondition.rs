//! Preconditions: the compare half of compare-and-swap.

use serde::{Deserialize, Serialize};

/// The version of an object or of a bucket. A bucket has no generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Version of the content.
    pub generation: i64,
    /// Version of the attributes of that content, from 1.
    pub metageneration: i64,
}

/// Conditions on the current version under which a call proceeds. All that are set must hold.
///
/// <https://cloud.google.com/storage/docs/request-preconditions>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preconditions {
    /// The object has this generation; 0: the object does not exist.
    pub generation_match: Option<i64>,
    /// The object exists, and has another generation.
    pub generation_not_match: Option<i64>,
    /// The object exists, and has this metageneration.
    pub metageneration_match: Option<i64>,
    /// The object exists, and has another metageneration.
    pub metageneration_not_match: Option<i64>,
}

/// Whether a call may proceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Holds,
    /// Only "not match" preconditions fail: the reader has this version already.
    Unchanged,
    /// Another precondition fails.
    Fails,
}

impl Preconditions {
    /// Create-only: the object does not exist.
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

    /// Compares with the current version, or with its absence.
    #[must_use]
    pub fn judge(&self, live: Option<Version>) -> Verdict {
        let generation = live.map_or(0, |version| version.generation);
        let metageneration = live.map_or(0, |version| version.metageneration);
        let requires_existence =
            self.generation_not_match.is_some() || self.metageneration_not_match.is_some();
        let fails = self.generation_match.is_some_and(|wanted| wanted != generation)
            || self
                .metageneration_match
                .is_some_and(|wanted| live.is_none() || wanted != metageneration)
            || (requires_existence && live.is_none());
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
