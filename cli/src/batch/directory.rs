//! The directory of an entry: its longshore.yaml, and what is detected in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use longshore_messages::{merged, proto};
use longshore_runner::telemetry::chain;

use super::problem::ManifestProblem;
use crate::detect;
use crate::source::{MANIFEST, check_manifest_name, function_source, name_of};
use crate::yaml::{parse, read_all};

/// What the longshore.yaml of each directory says. Entries often share a directory.
#[derive(Default)]
pub(crate) struct Directories {
    known: BTreeMap<PathBuf, proto::FunctionSpec>,
}

impl Directories {
    /// The function of an entry in this directory: its own fields over those of longshore.yaml.
    /// `common` is what the batch says below both. Adds what is wrong with longshore.yaml to
    /// `problems`, once.
    ///
    /// # Errors
    /// If there is no function, as text for people.
    pub(crate) fn complete(
        &mut self,
        directory: &Path,
        common: &proto::FunctionSpec,
        own: &proto::FunctionSpec,
        problems: &mut Vec<ManifestProblem>,
    ) -> Result<proto::FunctionSpec, String> {
        detect::check_directory(directory).map_err(|error| chain(&error))?;
        check_manifest_name(directory).map_err(|error| chain(&error))?;
        if !self.known.contains_key(directory) {
            self.known.insert(directory.to_owned(), read(directory, problems));
        }
        let known = self.known.get(directory).cloned().unwrap_or_default();
        let mut spec = merged(&known, own);
        let whole = merged(common, &spec);
        let name = match whole.name.as_str() {
            "" => name_of(directory),
            named => named.to_owned(),
        };
        if spec.name.is_empty() {
            spec.name.clone_from(&name);
        }
        if whole.entry_point.is_empty() {
            spec.entry_point = detect::entry_point(directory, &name, function_source(&whole))
                .map_err(|error| chain(&error))?
                .name;
        }
        Ok(spec)
    }
}

fn read(directory: &Path, problems: &mut Vec<ManifestProblem>) -> proto::FunctionSpec {
    let path = directory.join(MANIFEST);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Default::default(),
        Err(error) => {
            let problem = format!("cannot be read: {error}");
            problems.push(ManifestProblem::of_file(&path, problem));
            return Default::default();
        }
    };
    match parse(&text) {
        Ok(None) => Default::default(),
        Ok(Some(mut node)) => {
            let (spec, flaws) = read_all(&mut node);
            problems.extend(flaws.iter().map(|flaw| ManifestProblem::of_flaw(&path, "", flaw)));
            spec
        }
        Err(flaw) => {
            problems.push(ManifestProblem::of_flaw(&path, "", &flaw));
            Default::default()
        }
    }
}
