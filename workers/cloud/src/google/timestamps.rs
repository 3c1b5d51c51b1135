//! Converts Google's timestamps to `time`'s.

use google_cloud_wkt::Timestamp;
use time::OffsetDateTime;

/// The time. The epoch if it were out of range, which a valid `Timestamp` (years 1 to 9999) never
/// is.
pub(crate) fn time_of(timestamp: &Timestamp) -> OffsetDateTime {
    let nanos = i128::from(timestamp.seconds()) * 1_000_000_000 + i128::from(timestamp.nanos());
    OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Like [`time_of`], with the epoch for a missing field: it is plainly not the time of a resource.
pub(crate) fn time_or_epoch(timestamp: Option<&Timestamp>) -> OffsetDateTime {
    timestamp.map_or(OffsetDateTime::UNIX_EPOCH, time_of)
}

#[cfg(test)]
mod tests {
    use google_cloud_wkt::Timestamp;
    use time::OffsetDateTime;

    use super::{time_of, time_or_epoch};

    #[test]
    fn a_timestamp_keeps_its_nanoseconds() {
        let timestamp = Timestamp::try_from("2024-02-29T12:00:00.000000007Z").unwrap();
        assert_eq!(
            time_of(&timestamp),
            OffsetDateTime::from_unix_timestamp_nanos(1_709_208_000_000_000_007).unwrap()
        );
        assert_eq!(time_or_epoch(None), OffsetDateTime::UNIX_EPOCH);
    }

    #[test]
    fn the_ends_of_the_range_fit() {
        for text in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"] {
            let timestamp = Timestamp::try_from(text).unwrap();
            assert_ne!(time_of(&timestamp), OffsetDateTime::UNIX_EPOCH, "{text}");
        }
    }
}
