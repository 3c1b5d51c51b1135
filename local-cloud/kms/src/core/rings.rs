//! Key rings. They cannot be deleted, as at Google.

use time::OffsetDateTime;

use super::{Event, Kms, LocationName, Refusal, Ring, RingName};

impl Kms {
    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) fn ring(&self, name: &RingName) -> Result<&Ring, Refusal> {
        self.rings.get(&name.to_string()).ok_or_else(|| Refusal::no_ring(name))
    }

    /// The rings of a location, by name.
    pub(crate) fn rings_of(&self, location: &LocationName) -> Vec<&Ring> {
        let prefix = format!("{location}/keyRings/");
        let rings = self.rings.range(prefix.clone()..);
        rings.take_while(|(name, _)| name.starts_with(&prefix)).map(|(_, ring)| ring).collect()
    }

    /// # Errors
    /// [`Refusal::AlreadyExists`].
    pub(crate) fn create_ring(
        &self,
        name: &RingName,
        now: OffsetDateTime,
    ) -> Result<(Ring, Vec<Event>), Refusal> {
        if self.ring(name).is_ok() {
            return Err(Refusal::AlreadyExists { kind: "KeyRing", name: name.to_string() });
        }
        let ring = Ring { name: name.to_string(), created_at: now };
        Ok((ring.clone(), vec![Event::Ring(ring)]))
    }
}
