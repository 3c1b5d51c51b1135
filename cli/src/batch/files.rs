//! The files of a manifest: itself, and what it includes.
//!
//! An include never leaves the directory of the manifest, by `..` or by a link, because a manifest may
//! come from someone else. No file is read twice.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use longshore_messages::{merged, proto};

use super::problem::ManifestProblem;
use crate::yaml::{Node, Value, parse, read_all};

/// Maximum size of one file: far more than the largest batch has.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Maximum number of files: a mistake in a program that writes manifests ends in time.
const FILES_MAX: usize = 1_000;

/// One entry, and where it is written.
pub(crate) struct LoadedEntry {
    pub(crate) entry: proto::BatchEntry,
    pub(crate) file: PathBuf,
    pub(crate) node: Node,
    /// Its position among the entries of its file.
    pub(crate) index: usize,
    /// Whether a part of it could not be read, and was reported.
    pub(crate) is_flawed: bool,
}

/// Everything that the files of a manifest say.
#[derive(Default)]
pub(crate) struct Loaded {
    /// Without entries and includes.
    pub(crate) batch: proto::Batch,
    /// The manifest without its entries.
    pub(crate) node: Option<Node>,
    pub(crate) entries: Vec<LoadedEntry>,
    pub(crate) problems: Vec<ManifestProblem>,
}

/// Reads a manifest and everything that it includes.
pub(crate) fn load(path: &Path) -> Loaded {
    let root = path.canonicalize().ok().and_then(|file| file.parent().map(Path::to_owned));
    let mut loader = Loader { root, ..Loader::default() };
    let Some((batch, node)) = loader.file(path, &proto::FunctionSpec::default()) else {
        return loader.loaded;
    };
    Loaded { batch, node: Some(node), ..loader.loaded }
}

#[derive(Default)]
struct Loader {
    /// The directory that no include leaves.
    root: Option<PathBuf>,
    /// Files that were read, without links.
    read: BTreeSet<PathBuf>,
    loaded: Loaded,
}

impl Loader {
    /// Reads a file. The entries of an included file get the defaults of that file, over those of the
    /// files that include it, which are `common`; the defaults of the manifest itself stay in the
    /// batch.
    fn file(&mut self, path: &Path, common: &proto::FunctionSpec) -> Option<(proto::Batch, Node)> {
        if let Ok(canonical) = path.canonicalize() {
            self.read.insert(canonical);
        }
        let mut node = match text_of(path).and_then(|text| match parse(&text) {
            Ok(Some(node)) => Ok(node),
            Ok(None) => Err(ManifestProblem::of_file(path, "is empty".to_owned())),
            Err(flaw) => Err(ManifestProblem::of_flaw(path, "", &flaw)),
        }) {
            Ok(node) => node,
            Err(problem) => {
                self.loaded.problems.push(problem);
                return None;
            }
        };
        let entries = node.take("entries");
        let includes = node.take("includes");
        let (batch, flaws) = read_all::<proto::Batch>(&mut node);
        self.loaded
            .problems
            .extend(flaws.iter().map(|flaw| ManifestProblem::of_flaw(path, "", flaw)));
        let is_manifest = self.read.len() <= 1;
        let defaults = batch.defaults.clone().unwrap_or_default();
        let own =
            if is_manifest { proto::FunctionSpec::default() } else { merged(common, &defaults) };
        if !is_manifest {
            self.only_defaults(path, &node);
        }
        if let Some(field) = entries {
            self.entries(path, field.node, &own);
        }
        if let Some(field) = includes {
            self.includes(path, &field.node, &own);
        }
        Some((batch, node))
    }

    /// How functions are admitted is said once, in the manifest itself.
    fn only_defaults(&mut self, path: &Path, node: &Node) {
        let Value::Map(fields) = &node.value else { return };
        for field in fields.iter().filter(|field| field.key != "defaults") {
            let problem = "must be in the manifest itself, and not in a file that it includes";
            let problem =
                ManifestProblem::at(path, field.at, field.key.clone(), problem.to_owned());
            self.loaded.problems.push(problem);
        }
    }

    fn entries(&mut self, path: &Path, node: Node, own: &proto::FunctionSpec) {
        let Value::List(items) = node.value else {
            let problem = "must be a list".to_owned();
            let problem = ManifestProblem::at(path, node.at, "entries".to_owned(), problem);
            return self.loaded.problems.push(problem);
        };
        for (index, mut node) in items.into_iter().enumerate() {
            let (mut entry, flaws) = read_all::<proto::BatchEntry>(&mut node);
            let within = format!("entries[{index}]");
            let problems = flaws.iter().map(|flaw| ManifestProblem::of_flaw(path, &within, flaw));
            self.loaded.problems.extend(problems);
            if *own != proto::FunctionSpec::default() {
                let function = entry.function.unwrap_or_default();
                entry.function = Some(merged(own, &function));
            }
            self.loaded.entries.push(LoadedEntry {
                entry,
                file: path.to_owned(),
                node,
                index,
                is_flawed: !flaws.is_empty(),
            });
        }
    }

    fn includes(&mut self, path: &Path, node: &Node, own: &proto::FunctionSpec) {
        let Value::List(items) = &node.value else {
            let problem = "must be a list".to_owned();
            let problem = ManifestProblem::at(path, node.at, "includes".to_owned(), problem);
            return self.loaded.problems.push(problem);
        };
        for (index, item) in items.iter().enumerate() {
            match self.included(path, item) {
                Ok(included) => {
                    self.file(&included, own);
                }
                Err(problem) => {
                    let field = format!("includes[{index}]");
                    let problem = ManifestProblem::at(path, item.at, field, problem);
                    self.loaded.problems.push(problem);
                }
            }
        }
    }

    /// The path of an included file, or why it is not read.
    fn included(&self, from: &Path, item: &Node) -> Result<PathBuf, String> {
        let Value::Scalar { text, .. } = &item.value else {
            return Err("must be the path of a file".to_owned());
        };
        let path = from.parent().unwrap_or(Path::new("")).join(text);
        let canonical =
            path.canonicalize().map_err(|error| format!("cannot be read: {text}: {error}"))?;
        if !self.root.as_ref().is_some_and(|root| canonical.starts_with(root)) {
            return Err(format!(
                "must stay in the directory of the manifest, but {text} leaves it"
            ));
        }
        if self.read.contains(&canonical) {
            return Err(format!("must not include a file twice, or itself: {text}"));
        }
        if self.read.len() >= FILES_MAX {
            return Err(format!("must not lead to more than {FILES_MAX} files"));
        }
        Ok(path)
    }
}

/// The content of a file. Never waits for a pipe or reads a device without end.
fn text_of(path: &Path) -> Result<String, ManifestProblem> {
    let failed =
        |error: std::io::Error| ManifestProblem::of_file(path, format!("cannot be read: {error}"));
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(ManifestProblem::of_file(path, "is not a file".to_owned()));
    }
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut text = String::new();
    let read = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(failed)?;
    match u64::try_from(read) {
        Ok(read) if read <= FILE_BYTES_MAX => Ok(text),
        _ => Err(ManifestProblem::of_file(path, "is larger than 64 MiB; split it".to_owned())),
    }
}
