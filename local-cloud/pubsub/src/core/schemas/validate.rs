//! All schemas, and the check of messages against their revisions.

use std::collections::BTreeMap;

use super::types::SchemaType;
use crate::core::refusal::Refusal;
use crate::core::schema_model::{DELETED_SCHEMA, Definition, Encoding, Revision, SchemaSettings};

/// All schemas of all projects.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    /// Oldest revision first. Every schema has at least one.
    revisions: BTreeMap<String, Vec<Revision>>,
    /// A cache of parsed definitions, by schema and revision.
    parsed: BTreeMap<(String, String), SchemaType>,
}

impl Schemas {
    pub(crate) fn add(&mut self, revision: Revision) {
        self.revisions.entry(revision.schema.clone()).or_default().push(revision);
    }

    pub(crate) fn remove_revision(&mut self, schema: &str, id: &str) {
        if let Some(revisions) = self.revisions.get_mut(schema) {
            revisions.retain(|revision| revision.id != id);
        }
        self.parsed.remove(&(schema.to_owned(), id.to_owned()));
    }

    pub(super) fn remove(&mut self, schema: &str) {
        self.revisions.remove(schema);
        self.parsed.retain(|(name, _), _| name != schema);
    }

    pub(crate) fn contains(&self, schema: &str) -> bool {
        self.revisions.contains_key(schema)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Revision> {
        self.revisions.values().flatten()
    }

    /// The revisions of every schema.
    pub(super) fn each(&self) -> impl Iterator<Item = &Vec<Revision>> {
        self.revisions.values()
    }

    /// The revisions of a schema, oldest first.
    pub(super) fn revisions(&self, schema: &str) -> Result<&[Revision], Refusal> {
        self.revisions.get(schema).map(Vec::as_slice).ok_or_else(|| Refusal::not_found(schema))
    }

    /// Validates a message against the topic's revisions, newest first, and returns the attributes
    /// that Google adds (<https://cloud.google.com/pubsub/docs/publish-topics-schema>).
    pub(crate) fn attributes_of(
        &mut self,
        settings: &SchemaSettings,
        data: &[u8],
    ) -> Result<[(String, String); 3], Refusal> {
        if settings.schema == DELETED_SCHEMA {
            return Err(Refusal::failed("The schema of the topic was deleted."));
        }
        let candidates: Vec<Revision> =
            self.within_bounds(settings)?.iter().rev().cloned().collect();
        let mut newest = None;
        for revision in candidates {
            match self.parsed(&revision)?.validate(settings.encoding, data) {
                Ok(()) => return Ok(attributes(settings, revision)),
                Err(mismatch) if newest.is_none() => newest = Some(mismatch),
                Err(_) => {}
            }
        }
        Err(newest.unwrap_or_else(|| Refusal::failed("The topic's schema has no revision.")))
    }

    /// The revisions within the topic's bounds, oldest first.
    fn within_bounds(&self, settings: &SchemaSettings) -> Result<&[Revision], Refusal> {
        let revisions = self.revisions(&settings.schema)?;
        let position = |id: &str| revisions.iter().position(|revision| revision.id == id);
        let first = if settings.first_revision.is_empty() {
            Some(0)
        } else {
            position(&settings.first_revision)
        };
        let last = if settings.last_revision.is_empty() {
            revisions.len().checked_sub(1)
        } else {
            position(&settings.last_revision)
        };
        let range = first.zip(last).and_then(|(first, last)| revisions.get(first..=last));
        range.ok_or_else(|| {
            Refusal::failed("The topic's first or last schema revision does not exist.")
        })
    }

    /// Checks that the revisions that a topic names exist.
    pub(crate) fn check(&self, settings: &SchemaSettings) -> Result<(), Refusal> {
        let revisions = self.revisions(&settings.schema)?;
        for id in [&settings.first_revision, &settings.last_revision] {
            if !id.is_empty() && !revisions.iter().any(|revision| revision.id == *id) {
                return Err(Refusal::not_found(&format!("{}@{id}", settings.schema)));
            }
        }
        self.within_bounds(settings).map(|_| ())
    }

    /// Checks a message against a revision.
    pub(super) fn validate(
        &mut self,
        revision: &Revision,
        encoding: Encoding,
        data: &[u8],
    ) -> Result<(), Refusal> {
        self.parsed(revision)?.validate(encoding, data)
    }

    pub(super) fn parsed(&mut self, revision: &Revision) -> Result<&SchemaType, Refusal> {
        let key = (revision.schema.clone(), revision.id.clone());
        match self.parsed.entry(key) {
            std::collections::btree_map::Entry::Occupied(known) => Ok(known.into_mut()),
            std::collections::btree_map::Entry::Vacant(free) => {
                let text = revision.definition.clone();
                let definition = Definition { language: revision.language, text };
                Ok(free.insert(SchemaType::parse(&definition)?))
            }
        }
    }
}

fn attributes(settings: &SchemaSettings, revision: Revision) -> [(String, String); 3] {
    [
        ("googclient_schemaname".to_owned(), revision.schema),
        ("googclient_schemaencoding".to_owned(), settings.encoding.as_str().to_owned()),
        ("googclient_schemarevisionid".to_owned(), revision.id),
    ]
}
