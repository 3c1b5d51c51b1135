//! Objects that are created from others: copies, moves and compositions.

use parking_lot::MutexGuard;

use time::OffsetDateTime;

use super::Service;
use crate::core::{Core, Event};
use crate::{
    Contents, ObjectAttributes, ObjectRecord, ObjectReference, Preconditions, StorageError,
    WriteRequest,
};
use longshore_local_kit::durable::Durable;

/// Maximum number of source objects of one composition, as at Google.
const SOURCES_LIMIT: usize = 32;

/// A copy between two objects of the same storage.
#[derive(Clone, Debug, Default)]
pub struct CopyRequest {
    pub source: ObjectReference,
    /// Its attributes and checksums are ignored.
    pub destination: WriteRequest,
    /// Attributes of the copy; `None`: those of the source.
    pub attributes: Option<ObjectAttributes>,
}

/// A completed copy.
#[derive(Clone, Debug)]
pub struct Copied {
    pub object: ObjectRecord,
    /// The generation that was copied.
    pub source: ObjectRecord,
}

/// An object to compose from others of its bucket, in their order.
#[derive(Clone, Debug, Default)]
pub struct Composition {
    pub destination: WriteRequest,
    /// All of them are in the bucket of the destination.
    pub sources: Vec<ObjectReference>,
}

impl<C: Contents> Service<C> {
    /// Copies an object, in constant time, because both objects share the content.
    ///
    /// # Errors
    /// For the source [`StorageError::NoBucket`], [`StorageError::NoObject`],
    /// [`StorageError::Precondition`], [`StorageError::Key`]; for the destination as for
    /// [`Service::write`].
    pub fn copy(&self, request: CopyRequest, now: OffsetDateTime) -> Result<Copied, StorageError> {
        let state = self.lock();
        let (copied, event) = self.make_copy(&state, request, now)?;
        self.commit_or_discard(state, vec![event], copied)
    }

    /// The generation that a copy would read.
    ///
    /// # Errors
    /// As for the source of [`Service::copy`].
    pub fn source(&self, source: &ObjectReference) -> Result<ObjectRecord, StorageError> {
        self.lock().source(source).cloned()
    }

    /// Whether a copy crosses locations or storage classes. Google copies the bytes then, which may
    /// take several calls.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`].
    pub fn copies_bytes(
        &self,
        source: &ObjectRecord,
        request: &CopyRequest,
    ) -> Result<bool, StorageError> {
        let state = self.lock();
        let any = Preconditions::default();
        let from = &state.bucket(&source.bucket, &any)?.attributes;
        let to = &state.bucket(&request.destination.bucket, &any)?.attributes;
        let class = request
            .attributes
            .as_ref()
            .map(|attributes| attributes.storage_class.as_str())
            .filter(|class| !class.is_empty());
        Ok(from.location != to.location
            || source.attributes.storage_class != class.unwrap_or(&to.storage_class))
    }

    /// Renames an object in its bucket atomically. It gets a new generation.
    ///
    /// # Errors
    /// As for [`Service::copy`], and [`StorageError::Held`].
    pub fn rename(
        &self,
        request: CopyRequest,
        now: OffsetDateTime,
    ) -> Result<Copied, StorageError> {
        let state = self.lock();
        if request.source.object == request.destination.object {
            return Err(StorageError::Invalid(
                "an object cannot be moved to its own name".to_owned(),
            ));
        }
        let gone = state.plan_delete(&request.source, now)?;
        let (copied, event) = self.make_copy(&state, request, now)?;
        self.commit_or_discard(state, vec![event, gone], copied)
    }

    /// Composes an object. The operating system concatenates the parts, outside the lock.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] for no parts or too many; for each part [`StorageError::NoObject`]
    /// or [`StorageError::Precondition`]; for the destination as for [`Service::write`].
    pub fn compose(
        &self,
        composition: &Composition,
        now: OffsetDateTime,
    ) -> Result<ObjectRecord, StorageError> {
        if composition.sources.is_empty() || composition.sources.len() > SOURCES_LIMIT {
            let text = format!(
                "a composition must have 1 to {SOURCES_LIMIT} source objects, not {}",
                composition.sources.len()
            );
            return Err(StorageError::Invalid(text));
        }
        let parts = self.open_parts(composition)?;
        let mut whole = self.stage()?;
        let mut components = 0_u32;
        for (part, content) in parts {
            components = components.saturating_add(part.components.unwrap_or(1));
            self.contents
                .concatenate(&mut whole, content, &part.digest)
                .map_err(StorageError::content)?;
        }
        self.complete(&composition.destination, whole, None, Some(components), now)
    }

    /// Opens a consistent snapshot of the parts: open content stays readable.
    fn open_parts(
        &self,
        composition: &Composition,
    ) -> Result<Vec<(ObjectRecord, C::Content)>, StorageError> {
        let state = self.lock();
        state.check_write(&composition.destination)?;
        let open = |source| {
            let part = state.source(source)?;
            self.check_readable(&state, part)?;
            Ok((part.clone(), self.contents.open(part.generation).map_err(StorageError::content)?))
        };
        composition.sources.iter().map(open).collect()
    }

    fn make_copy(
        &self,
        state: &MutexGuard<'_, Durable<Core>>,
        request: CopyRequest,
        now: OffsetDateTime,
    ) -> Result<(Copied, Event), StorageError> {
        let source = state.source(&request.source)?.clone();
        self.check_readable(state, &source)?;
        let mut attributes = request.attributes.unwrap_or_else(|| copied_attributes(&source));
        if attributes.content_type.is_empty() {
            attributes.content_type.clone_from(&source.attributes.content_type);
        }
        let destination = WriteRequest { attributes, ..request.destination };
        let planned = state.plan_write(&destination, source.digest, now)?;
        let kms_key_version = self.key_to_write(state, &destination)?;
        let object = ObjectRecord { components: source.components, kms_key_version, ..planned };
        self.contents.link(source.generation, object.generation).map_err(StorageError::content)?;
        let event = Event::ObjectWritten { object: object.clone(), upload: None };
        Ok((Copied { object, source }, event))
    }

    fn commit_or_discard(
        &self,
        state: MutexGuard<'_, Durable<Core>>,
        events: Vec<Event>,
        copied: Copied,
    ) -> Result<Copied, StorageError> {
        match self.commit(state, events) {
            Ok(()) => Ok(copied),
            Err(error) => {
                self.discard(copied.object.generation);
                Err(error)
            }
        }
    }
}

/// Holds protect one generation and are not copied; the storage class is the destination bucket's.
fn copied_attributes(source: &ObjectRecord) -> ObjectAttributes {
    ObjectAttributes {
        temporary_hold: None,
        event_based_hold: None,
        storage_class: String::new(),
        ..source.attributes.clone()
    }
}
