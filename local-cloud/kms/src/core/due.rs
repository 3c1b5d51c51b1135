//! What time does: destruction and rotation.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::keys::created;
use super::{Entry, Event, Kms, Rotation, State};

impl Kms {
    /// What is due: versions whose destruction was scheduled, and keys whose rotation was. `material`
    /// returns a fresh id for each version that a rotation creates; the caller must write that
    /// material before it writes the events.
    ///
    /// A key that was due more than once, because the cloud was stopped, gets one new version.
    pub(crate) fn due(
        &self,
        now: OffsetDateTime,
        mut material: impl FnMut() -> Uuid,
    ) -> Vec<Event> {
        let mut events = Vec::new();
        for entry in self.keys.values() {
            events.extend(destroyed(entry, now));
            let Some(rotation) = next_rotation(entry.key.rotation, now) else { continue };
            let number = entry.next_number();
            events.push(created(&entry.key, number, material(), now).1);
            let mut key = entry.key.clone();
            key.rotation = rotation;
            key.primary = Some(number);
            events.push(Event::Key(Box::new(key)));
        }
        events
    }
}

fn destroyed(entry: &Entry, now: OffsetDateTime) -> impl Iterator<Item = Event> {
    entry.versions.values().filter_map(move |version| match version.state {
        State::DestroyScheduled { destroy_at } if destroy_at <= now => {
            let mut version = version.clone();
            version.state = State::Destroyed { scheduled_for: destroy_at, at: now };
            Some(Event::Version { key: entry.key.name.clone(), version: Box::new(version) })
        }
        _ => None,
    })
}

/// The schedule after a rotation at `now`; `None` if none is due. Without a period, a rotation takes
/// place once.
fn next_rotation(rotation: Rotation, now: OffsetDateTime) -> Option<Rotation> {
    let due_at = rotation.next_at.filter(|due_at| *due_at <= now)?;
    let next_at = rotation.period_seconds.filter(|seconds| *seconds > 0).map(|seconds| {
        let missed = (now - due_at).whole_seconds() / seconds;
        due_at + Duration::seconds(seconds.saturating_mul(missed.saturating_add(1)))
    });
    Some(Rotation { next_at, ..rotation })
}
