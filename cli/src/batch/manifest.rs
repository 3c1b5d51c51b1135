//! A manifest as a whole: every function that it names, or everything that is wrong with it.

use std::path::{Path, PathBuf};

use longshore_messages::{
    BatchSettings, Defaults, EntryProblem, Function, Problem, expand, merged, proto,
};

use super::directory::Directories;
use super::files::{Loaded, LoadedEntry, load};
use super::places::find;
use super::problem::ManifestProblem;
use crate::yaml::Position;

/// A valid manifest.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) settings: BatchSettings,
    /// Number of entries, before matrices are expanded.
    pub(crate) entries: usize,
    pub(crate) functions: Vec<ManifestFunction>,
}

impl Manifest {
    /// The specifications of all functions.
    pub(crate) fn specifications(&self) -> Vec<&Function> {
        self.functions.iter().map(|one| &one.function).collect()
    }
}

/// A function of a manifest.
#[derive(Debug)]
pub(crate) struct ManifestFunction {
    /// Its source is a placeholder if it has a directory.
    pub(crate) function: Function,
    /// The directory that is its source.
    pub(crate) directory: Option<PathBuf>,
}

/// Reads a manifest with everything that it includes, and validates every function. `defaults` fill
/// in the project and the region.
///
/// # Errors
/// Everything that is wrong, in the order of files and lines.
pub(crate) fn read(path: &Path, defaults: &Defaults) -> Result<Manifest, Vec<ManifestProblem>> {
    let Loaded { mut batch, node, mut entries, mut problems } = load(path);
    let Some(node) = node else { return Err(problems) };
    let common = batch.defaults.clone().unwrap_or_default();
    let mut directories = Directories::default();
    let mut sources = Vec::with_capacity(entries.len());
    for loaded in &mut entries {
        sources.push(complete(loaded, &common, &mut directories, &mut problems));
    }
    batch.entries = entries.iter().map(|loaded| loaded.entry.clone()).collect();
    let settings = BatchSettings::from_proto(&batch);
    let expansion = expand(&batch, defaults);
    for EntryProblem { entry, problem } in &expansion.problems {
        match entry.and_then(|position| entries.get(position)) {
            // What could not be read is not missing.
            Some(loaded) if loaded.is_flawed && problem.rule == IS_REQUIRED => {}
            Some(loaded) => problems.push(of_entry(path, &node, loaded, problem)),
            None => {
                let at = Some(find(&node, &problem.field).at);
                problems.push(ManifestProblem::of_rule(path, at, "", problem));
            }
        }
    }
    let settings = match settings {
        Ok(settings) => settings,
        Err(invalid) => {
            problems.extend(invalid.problems.iter().map(|problem| {
                let at = Some(find(&node, &problem.field).at);
                ManifestProblem::of_rule(path, at, "", problem)
            }));
            BatchSettings::default()
        }
    };
    if !problems.is_empty() {
        problems.sort();
        problems.dedup();
        return Err(problems);
    }
    let functions = expansion.members.into_iter().map(|(position, function)| ManifestFunction {
        function,
        directory: sources.get(position).cloned().flatten(),
    });
    Ok(Manifest { settings, entries: entries.len(), functions: functions.collect() })
}

/// The rule of a field without a value.
const IS_REQUIRED: &str = "is required";

/// Completes an entry that has a directory, and returns that directory if it is the source.
fn complete(
    loaded: &mut LoadedEntry,
    common: &proto::FunctionSpec,
    directories: &mut Directories,
    problems: &mut Vec<ManifestProblem>,
) -> Option<PathBuf> {
    let named = std::mem::take(&mut loaded.entry.directory);
    if named.is_empty() {
        return None;
    }
    let directory = loaded.file.parent().unwrap_or(Path::new("")).join(named);
    let own = loaded.entry.function.clone().unwrap_or_default();
    let before = problems.len();
    match directories.complete(&directory, common, &own, problems) {
        Ok(spec) => loaded.entry.function = Some(spec),
        Err(problem) => {
            let (field, at) = (field_of(loaded, "directory"), find(&loaded.node, "directory").at);
            problems.push(ManifestProblem::at(&loaded.file, at, field, problem));
        }
    }
    loaded.is_flawed |= problems.len() > before;
    let function = loaded.entry.function.get_or_insert_default();
    let whole = merged(common, function);
    if whole.source.as_ref().is_some_and(|source| source.place.is_some()) {
        return None;
    }
    let placeholder = proto::StorageObject {
        bucket: "bucket".to_owned(),
        object: "object".to_owned(),
        generation: 1,
    };
    let place = Some(proto::source::Place::Storage(placeholder));
    function.source = Some(proto::Source { place });
    Some(directory)
}

fn field_of(loaded: &LoadedEntry, field: &str) -> String {
    format!("entries[{}].{field}", loaded.index)
}

/// The place of an entry's problem: its own field, or the same field of the defaults.
fn of_entry(
    path: &Path,
    manifest: &crate::yaml::Node,
    loaded: &LoadedEntry,
    problem: &Problem,
) -> ManifestProblem {
    let own = find(&loaded.node, &problem.field);
    let within = format!("entries[{}]", loaded.index);
    if own.matched < problem.field.len()
        && let Some(rest) = problem.field.strip_prefix("function.")
    {
        let common = format!("defaults.{rest}");
        let found = find(manifest, &common);
        if found.matched == common.len() {
            let problem = Problem { field: common, ..problem.clone() };
            return ManifestProblem::of_rule(path, Some(found.at), "", &problem);
        }
    }
    let at: Position = own.at;
    ManifestProblem::of_rule(&loaded.file, Some(at), &within, problem)
}

#[cfg(test)]
mod tests;
