//! Schema resolution: whether a reader understands what a writer writes
//! (<https://avro.apache.org/docs/1.11.1/specification/#schema-resolution>).

use std::collections::BTreeMap;

use super::{AvroType, DEPTH_MAX, Field, Kind, Named, Type};

/// Why the reader does not understand the writer, if it does not.
pub(super) fn mismatch(writer: &AvroType, reader: &AvroType) -> Option<String> {
    let mut resolver = Resolver { writer, reader, known: BTreeMap::new(), depth: 0 };
    resolver.mismatch(&writer.root, &reader.root)
}

struct Resolver<'a> {
    writer: &'a AvroType,
    reader: &'a AvroType,
    /// Pairs of named types that have been compared, or are being compared. Types may be recursive.
    known: BTreeMap<(usize, usize), Option<String>>,
    depth: usize,
}

impl Resolver<'_> {
    fn mismatch(&mut self, written: &Type, read: &Type) -> Option<String> {
        if self.depth >= DEPTH_MAX {
            return Some(format!("its types refer to each other over {DEPTH_MAX} times"));
        }
        self.depth += 1;
        let found = self.compare(written, read);
        self.depth -= 1;
        found
    }

    fn compare(&mut self, written: &Type, read: &Type) -> Option<String> {
        match (written, read) {
            (Type::Union(written), read) => {
                written.iter().find_map(|branch| self.mismatch(branch, read))
            }
            (written, read @ Type::Union(branches)) => {
                let is_read =
                    branches.iter().any(|branch| self.mismatch(written, branch).is_none());
                (!is_read).then(|| self.differ(written, read))
            }
            (Type::Array(written), Type::Array(read)) | (Type::Map(written), Type::Map(read)) => {
                self.mismatch(written, read)
            }
            (Type::Named(written), Type::Named(read)) => self.named_mismatch(*written, *read),
            (written, read) if written == read || is_promoted(written, read) => None,
            (written, read) => Some(self.differ(written, read)),
        }
    }

    fn named_mismatch(&mut self, written: usize, read: usize) -> Option<String> {
        if let Some(known) = self.known.get(&(written, read)) {
            return known.clone();
        }
        self.known.insert((written, read), None);
        let found = self.compare_named(written, read);
        self.known.insert((written, read), found.clone());
        found
    }

    fn compare_named(&mut self, written: usize, read: usize) -> Option<String> {
        let (old, new) = self.writer.named.get(written).zip(self.reader.named.get(read))?;
        if !has_name_of(new, old) {
            return Some(format!("{} became {}", old.name, new.name));
        }
        match (&old.kind, &new.kind) {
            (Kind::Record(written), Kind::Record(read)) => {
                read.iter().find_map(|field| self.field_mismatch(&new.name, written, field))
            }
            (Kind::Enum { symbols: written, .. }, Kind::Enum { symbols: read, has_default }) => {
                let unknown = written.iter().find(|symbol| !read.contains(symbol));
                let unknown = unknown.filter(|_| !has_default)?;
                Some(format!("{} lacks the symbol {unknown}, and has no default", new.name))
            }
            (Kind::Fixed(written), Kind::Fixed(read)) => (written != read)
                .then(|| format!("the size of {} became {read} instead of {written}", new.name)),
            _ => Some(format!("{} became another kind of type", new.name)),
        }
    }

    fn field_mismatch(&mut self, record: &str, written: &[Field], read: &Field) -> Option<String> {
        let is_it = |field: &&Field| field.name == read.name || read.aliases.contains(&field.name);
        match written.iter().find(is_it) {
            Some(field) => self
                .mismatch(&field.of, &read.of)
                .map(|why| format!("the field {record}.{}: {why}", read.name)),
            None if read.has_default => None,
            None => Some(format!(
                "the field {record}.{} is not in both revisions, and has no default",
                read.name
            )),
        }
    }

    fn differ(&self, written: &Type, read: &Type) -> String {
        format!("{} cannot be read as {}", self.writer.name_of(written), self.reader.name_of(read))
    }
}

/// Names are compared without their namespaces.
fn has_name_of(reader: &Named, writer: &Named) -> bool {
    let simple = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    simple(&reader.name) == simple(&writer.name) || reader.aliases.contains(&writer.name)
}

fn is_promoted(written: &Type, read: &Type) -> bool {
    matches!(
        (written, read),
        (Type::Int, Type::Long | Type::Float | Type::Double)
            | (Type::Long, Type::Float | Type::Double)
            | (Type::Float, Type::Double)
            | (Type::String, Type::Bytes)
            | (Type::Bytes, Type::String)
    )
}
