//! Lists in name order, with prefixes, a delimiter that groups names into folders, and pages.

mod glob;

use std::ops::Bound;

use longshore_local_kit::pages;

use self::glob::Glob;
use super::{BucketRecord, Core, Generations, ObjectRecord};
use crate::StorageError;

/// Maximum and default page size, by Google.
const PAGE_LIMIT: usize = 1000;

/// Which objects to list. Empty texts and 0 mean "not specified".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Names that start with this.
    pub prefix: String,
    /// Names that contain this after the prefix are grouped into one entry of `prefixes`.
    pub delimiter: String,
    /// Whether a name that ends with its first delimiter is an item as well.
    pub include_trailing_delimiter: bool,
    /// Names from this one on.
    pub start: String,
    /// Names before this one.
    pub end: String,
    /// Names that match this, such as `**.txt`.
    pub match_glob: String,
    /// Whether to include noncurrent generations.
    pub versions: bool,
    /// Maximum number of items and prefixes together.
    pub page_size: usize,
    /// The previous page's `next_page_token`.
    pub page_token: String,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// Entries in name order.
    pub items: Vec<T>,
    /// Folders in name order, each ending with the delimiter.
    pub prefixes: Vec<String>,
    /// Token of the next page; empty at the end.
    pub next_page_token: String,
}

impl Core {
    /// A page of a bucket's objects.
    ///
    /// # Errors
    /// [`StorageError::NoBucket`]; [`StorageError::Invalid`] for a page token that no list
    /// returned, or a malformed glob.
    pub fn list(
        &self,
        bucket: &str,
        query: &ListQuery,
    ) -> Result<Page<ObjectRecord>, StorageError> {
        objects(self.objects(bucket)?, query)
    }

    /// A page of a project's buckets.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] for a page token that no list returned, or when no project is
    /// named.
    pub fn list_buckets(
        &self,
        project: &str,
        query: &ListQuery,
    ) -> Result<Page<BucketRecord>, StorageError> {
        buckets(self.buckets(), self.project_number(project)?, query)
    }
}

/// One page of objects. Its cost grows with the page, not with the names that a delimiter groups;
/// names that a glob does not match are examined one by one.
fn objects(all: &Generations, query: &ListQuery) -> Result<Page<ObjectRecord>, StorageError> {
    let glob =
        (!query.match_glob.is_empty()).then(|| Glob::parse(&query.match_glob)).transpose()?;
    let limit = page_limit(query.page_size);
    let mut page = Page { items: Vec::new(), prefixes: Vec::new(), next_page_token: String::new() };
    let mut next = Some(first_position(query)?);
    while let Some(from) = next {
        let Some(name) = next_name(all, &from.name, query.versions) else { break };
        if !name.starts_with(&query.prefix) || (!query.end.is_empty() && name >= query.end.as_str())
        {
            break;
        }
        if glob.as_ref().is_some_and(|glob| !glob.matches(name)) {
            next = Some(Position::after(name));
            continue;
        }
        if page.items.len() + page.prefixes.len() >= limit {
            page.next_page_token = from.token();
            break;
        }
        let folder = folder_of(name, query);
        next = match folder {
            Some(folder) => after_prefix(folder).map(Position::at),
            None => Some(Position::after(name)),
        };
        if folder.is_none_or(|folder| folder == name && query.include_trailing_delimiter) {
            let after = if from.name == name { from.generation } else { 0 };
            let room = limit - page.items.len() - page.prefixes.len();
            let mut wanted =
                generations(all, name, query.versions).filter(|object| object.generation > after);
            page.items.extend(wanted.by_ref().take(room).cloned());
            if wanted.next().is_some() {
                let generation = page.items.last().map_or(0, |last| last.generation);
                next = Some(Position { name: name.to_owned(), generation });
            }
        }
        page.prefixes.extend(folder.map(str::to_owned));
    }
    Ok(page)
}

/// The first name from `from` on that the list may contain.
fn next_name<'a>(all: &'a Generations, from: &str, versions: bool) -> Option<&'a str> {
    let live = all
        .live()
        .range::<str, _>((Bound::Included(from), Bound::Unbounded))
        .next()
        .map(|(name, _)| name.as_str());
    let noncurrent = if versions { all.first_noncurrent_name(from) } else { None };
    live.into_iter().chain(noncurrent).min()
}

/// The listed generations of a name, oldest first; the live one is the newest.
fn generations<'a>(
    all: &'a Generations,
    name: &str,
    versions: bool,
) -> impl Iterator<Item = &'a ObjectRecord> {
    let noncurrent = versions.then(|| all.noncurrent_of(name)).into_iter().flatten();
    noncurrent.chain(all.live().get(name))
}

/// Where a page starts: at a name, after one of its generations.
struct Position {
    name: String,
    generation: i64,
}

impl Position {
    fn at(name: String) -> Self {
        Self { name, generation: 0 }
    }

    fn after(name: &str) -> Self {
        Self::at(format!("{name}\0"))
    }

    fn token(&self) -> String {
        pages::token_after(&format!("{}/{}", self.generation, self.name))
    }

    fn from_token(token: &str) -> Option<Self> {
        let text = pages::key_before(token).ok()??;
        let (generation, name) = text.split_once('/')?;
        Some(Self { name: name.to_owned(), generation: generation.parse().ok()? })
    }
}

fn buckets<'a>(
    all: impl Iterator<Item = &'a BucketRecord>,
    project_number: u64,
    query: &ListQuery,
) -> Result<Page<BucketRecord>, StorageError> {
    let from = first_position(query)?.name;
    let mut wanted = all.filter(|bucket| {
        bucket.project_number == project_number
            && bucket.name.starts_with(&query.prefix)
            && bucket.name >= from
    });
    let items: Vec<BucketRecord> =
        wanted.by_ref().take(page_limit(query.page_size)).cloned().collect();
    let next_page_token =
        wanted.next().map(|next| Position::at(next.name.clone()).token()).unwrap_or_default();
    Ok(Page { items, prefixes: Vec::new(), next_page_token })
}

fn page_limit(page_size: usize) -> usize {
    if page_size == 0 { PAGE_LIMIT } else { page_size.min(PAGE_LIMIT) }
}

/// The first entry that the page may hold.
fn first_position(query: &ListQuery) -> Result<Position, StorageError> {
    let start = query.prefix.as_str().max(query.start.as_str());
    if query.page_token.is_empty() {
        return Ok(Position::at(start.to_owned()));
    }
    let invalid = || StorageError::Invalid(format!("invalid page token: {}", query.page_token));
    let position = Position::from_token(&query.page_token).ok_or_else(invalid)?;
    Ok(if position.name.as_str() < start { Position::at(start.to_owned()) } else { position })
}

/// The name up to and including the first delimiter after the prefix.
fn folder_of<'a>(name: &'a str, query: &ListQuery) -> Option<&'a str> {
    if query.delimiter.is_empty() {
        return None;
    }
    let rest = name.get(query.prefix.len()..)?;
    let end = query.prefix.len() + rest.find(&query.delimiter)? + query.delimiter.len();
    name.get(..end)
}

/// The smallest text that is greater than every text with this prefix, if there is one. UTF-8 sorts
/// by code point.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = (last..=char::MAX).nth(1);
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests;
