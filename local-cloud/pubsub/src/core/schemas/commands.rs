//! Commands on schemas.

use time::OffsetDateTime;

use super::types::SchemaType;
use crate::core::refusal::Refusal;
use crate::core::schema_model::{DELETED_SCHEMA, Definition, Encoding, Revision, SchemaSettings};
use crate::core::{Event, PubSub, Topic, names};

/// Maximum number of revisions of a schema:
/// <https://cloud.google.com/pubsub/quotas#resource_limits>.
const REVISIONS: usize = 20;

impl PubSub {
    /// Creates a schema with its first revision.
    ///
    /// # Errors
    /// When the name is invalid or taken, or the definition is invalid.
    pub fn create_schema(
        &mut self,
        name: &str,
        definition: Definition,
        now: OffsetDateTime,
    ) -> Result<(Revision, Vec<Event>), Refusal> {
        names::check_schema(name)?;
        if self.schemas.contains(name) {
            return Err(Refusal::already_exists(name));
        }
        SchemaType::parse(&definition)?;
        Ok(self.revise(name, definition, now))
    }

    /// Adds a revision to a schema.
    ///
    /// # Errors
    /// When the schema does not exist or has too many revisions, or the definition is invalid or
    /// incompatible with the last one.
    pub fn commit_schema(
        &mut self,
        name: &str,
        definition: Definition,
        now: OffsetDateTime,
    ) -> Result<(Revision, Vec<Event>), Refusal> {
        let last = self.schema(name)?.clone();
        self.check_room(name)?;
        let next = SchemaType::parse(&definition)?;
        if let Some(why) = self.schemas.parsed(&last)?.incompatibility(&next) {
            return Err(Refusal::invalid(format!(
                "The new revision is not compatible with the last one: {why}"
            )));
        }
        Ok(self.revise(name, definition, now))
    }

    /// Adds a revision with the definition of an earlier one.
    ///
    /// # Errors
    /// When the schema or the revision does not exist, or the schema has too many revisions.
    pub fn rollback_schema(
        &mut self,
        name: &str,
        id: &str,
        now: OffsetDateTime,
    ) -> Result<(Revision, Vec<Event>), Refusal> {
        let revision = self.schema(&format!("{name}@{id}"))?;
        let (language, text) = (revision.language, revision.definition.clone());
        self.check_room(name)?;
        Ok(self.revise(name, Definition { language, text }, now))
    }

    fn check_room(&self, name: &str) -> Result<(), Refusal> {
        if self.schemas.revisions(name)?.len() >= REVISIONS {
            return Err(Refusal::failed(format!(
                "A schema can have at most {REVISIONS} revisions (resource={name})."
            )));
        }
        Ok(())
    }

    fn revise(
        &mut self,
        name: &str,
        definition: Definition,
        now: OffsetDateTime,
    ) -> (Revision, Vec<Event>) {
        // The last digits of a number that only grows, so no two revisions of a schema share them.
        let id = format!("{:08x}", self.serials.next(now) & u64::from(u32::MAX));
        let Definition { language, text } = definition;
        let revision =
            Revision { schema: name.to_owned(), id, created_at: now, language, definition: text };
        (revision.clone(), vec![Event::SchemaRevised(revision)])
    }

    /// Deletes a schema. Topics with that schema reject all further messages.
    ///
    /// # Errors
    /// When the schema does not exist.
    pub fn delete_schema(&self, name: &str) -> Result<Vec<Event>, Refusal> {
        names::check_schema(name)?;
        self.schemas.revisions(name)?;
        Ok(vec![Event::SchemaDeleted { name: name.to_owned() }])
    }

    /// Deletes a revision, `projects/P/schemas/S@ID`, and returns the last one that is left.
    ///
    /// # Errors
    /// When the revision does not exist, or is the only one.
    pub fn delete_revision(&self, name: &str) -> Result<(Revision, Vec<Event>), Refusal> {
        let deleted = self.schema(name)?;
        let (schema, id) = (deleted.schema.clone(), deleted.id.clone());
        let left = self.schemas.revisions(&schema)?.iter().rfind(|revision| revision.id != id);
        let left = left
            .ok_or_else(|| Refusal::failed("The only revision of a schema cannot be deleted."))?;
        Ok((left.clone(), vec![Event::RevisionDeleted { schema, id }]))
    }

    /// A schema's last revision, or the one that the name has after an `@`.
    ///
    /// # Errors
    /// When the schema or the revision does not exist.
    pub fn schema(&self, name: &str) -> Result<&Revision, Refusal> {
        let (schema, id) =
            name.split_once('@').map_or((name, None), |(schema, id)| (schema, Some(id)));
        names::check_schema(schema)?;
        let revisions = self.schemas.revisions(schema)?;
        let found = revisions.iter().rfind(|revision| id.is_none_or(|id| revision.id == id));
        found.ok_or_else(|| Refusal::not_found(name))
    }

    /// The last revision of each schema of `projects/P`, sorted by name.
    ///
    /// # Errors
    /// When `project` is not the name of a project.
    pub fn schemas<'a>(
        &'a self,
        project: &str,
    ) -> Result<impl Iterator<Item = &'a Revision>, Refusal> {
        names::check_project(project)?;
        let prefix = format!("{project}/schemas/");
        let last = self.schemas.each().filter_map(|revisions| revisions.last());
        Ok(last.filter(move |revision| revision.schema.starts_with(&prefix)))
    }

    /// The revisions of a schema, newest first.
    ///
    /// # Errors
    /// When the schema does not exist.
    pub fn schema_revisions(&self, name: &str) -> Result<impl Iterator<Item = &Revision>, Refusal> {
        names::check_schema(name)?;
        Ok(self.schemas.revisions(name)?.iter().rev())
    }

    /// # Errors
    /// When the definition is invalid, with the reason.
    pub fn validate_definition(definition: &Definition) -> Result<(), Refusal> {
        SchemaType::parse(definition).map(drop)
    }

    /// Checks a message against a schema's last revision, or the named one.
    ///
    /// # Errors
    /// When the message does not match, or the schema does not exist.
    pub fn validate_message(
        &mut self,
        schema: &str,
        encoding: Encoding,
        data: &[u8],
    ) -> Result<(), Refusal> {
        let revision = self.schema(schema)?.clone();
        self.schemas.validate(&revision, encoding, data)
    }

    /// Checks a message against a definition that is not stored.
    ///
    /// # Errors
    /// When the message does not match, or the definition is invalid.
    pub fn validate_message_ad_hoc(
        definition: &Definition,
        encoding: Encoding,
        data: &[u8],
    ) -> Result<(), Refusal> {
        SchemaType::parse(definition)?.validate(encoding, data)
    }

    pub(crate) fn check_schema_settings(&self, topic: &Topic) -> Result<(), Refusal> {
        match &topic.schema {
            Some(settings) if settings.schema != DELETED_SCHEMA => {
                names::check_schema(&settings.schema)?;
                self.schemas.check(settings)
            }
            Some(_) | None => Ok(()),
        }
    }

    pub(crate) fn remove_schema(&mut self, name: &str) {
        self.schemas.remove(name);
        for topic in self.topics.values_mut() {
            match &topic.config.schema {
                Some(settings) if settings.schema == name => {
                    let orphaned =
                        SchemaSettings { schema: DELETED_SCHEMA.to_owned(), ..settings.clone() };
                    topic.config.schema = Some(orphaned);
                }
                Some(_) | None => {}
            }
        }
    }
}
