//! Functions that a source declares, found in the text of its main files. This is a heuristic to
//! save a flag, not a parser: the build itself checks that the function exists.

use std::path::{Path, PathBuf};

use super::family::Family;
use super::found::{Found, Kind, read};
use super::{golang, java, javascript, other, python};

/// Maximum number of files that are searched for the classes of a Java function.
const FILES_MAX: usize = 500;

#[derive(Debug, Default)]
pub(super) struct Declared {
    functions: Vec<Function>,
    /// The files that were read, relative to the source.
    files: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) kind: Kind,
    file: String,
    line: usize,
}

impl Function {
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

impl Declared {
    /// Reads the main files of a directory. A file that cannot be read is skipped; packing reports
    /// the error.
    pub(super) fn read(family: Family, directory: &Path, source: Option<&str>) -> Self {
        let mut declared = Self::default();
        let mut texts = Vec::new();
        for path in main_files(family, directory, source) {
            let Some(text) = read(&path) else { continue };
            let file = path.strip_prefix(directory).unwrap_or(&path).display().to_string();
            declared.add(family, &file, &text);
            declared.files.push(file);
            match family {
                Family::Node => {
                    for (other, found) in javascript::reached(directory, &path) {
                        declared.extend(&other.display().to_string(), found);
                    }
                }
                Family::Python => declared.import(python::reached(directory, &path)),
                Family::Java => texts.push(text),
                Family::Go | Family::Ruby | Family::Php | Family::DotNet => {}
            }
        }
        let files = declared.files.clone();
        for (file, found) in files.iter().zip(java::declarations(&texts)) {
            declared.extend(file, found);
        }
        declared
    }

    #[cfg(test)]
    pub(super) fn in_text(family: Family, file: &str, text: &str) -> Self {
        let mut declared = Self::default();
        declared.add(family, file, text);
        declared
    }

    fn add(&mut self, family: Family, file: &str, text: &str) {
        let found = match family {
            Family::Python => python::declarations(text),
            Family::Node => javascript::declarations(text),
            Family::Go => golang::declarations(text),
            Family::Ruby => other::ruby(text),
            Family::Php => other::php(text),
            // Classes of Java can extend those of other files.
            Family::Java | Family::DotNet => Vec::new(),
        };
        self.extend(file, found);
    }

    fn extend(&mut self, file: &str, found: Vec<Found>) {
        for (name, kind, line) in found {
            match self.functions.iter_mut().find(|function| function.name == name) {
                Some(known) if kind == Kind::Registered => known.kind = kind,
                Some(_) => {}
                None => self.functions.push(Function { name, kind, file: file.to_owned(), line }),
            }
        }
    }

    /// Adds what is known about imported functions. Those that are not registered are candidates
    /// only where the main module has none: most are helpers.
    fn import(&mut self, imported: Vec<(PathBuf, Found)>) {
        let is_candidate = |kind: &Kind| matches!(kind, Kind::Registered | Kind::Defined);
        let has_own = self.functions.iter().any(|function| is_candidate(&function.kind));
        for (file, (name, kind, line)) in imported {
            let is_kept = kind == Kind::Registered || (!has_own && is_candidate(&kind));
            let known = self.functions.iter_mut().find(|function| function.name == name);
            if let Some(known) = known.filter(|known| known.kind == Kind::Other && is_kept) {
                *known = Function { name, kind, file: file.display().to_string(), line };
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    /// The function with this name, if the framework can call it.
    pub(super) fn callable(&self, name: &str) -> Option<&Function> {
        self.get(name).filter(|function| !matches!(function.kind, Kind::Route(_)))
    }

    /// The only registered function or, if none is registered, the only defined one.
    pub(super) fn only(&self) -> Option<&Function> {
        let mut candidates = self.candidates();
        let first = candidates.next()?;
        candidates.next().is_none().then_some(first)
    }

    fn candidates(&self) -> impl Iterator<Item = &Function> {
        let are_registered =
            self.functions.iter().any(|function| function.kind == Kind::Registered);
        let kind = if are_registered { Kind::Registered } else { Kind::Defined };
        self.functions.iter().filter(move |function| function.kind == kind)
    }

    /// Names of the functions to choose from.
    pub(super) fn choices(&self) -> Vec<String> {
        self.candidates().map(|function| function.name.clone()).collect()
    }

    /// What was found, for people.
    pub(super) fn described(&self) -> String {
        let all: Vec<String> = self
            .functions
            .iter()
            .filter(|function| function.kind != Kind::Other)
            .map(|function| {
                let what = match &function.kind {
                    Kind::Route(decorator) => format!(", a route of a web framework ({decorator})"),
                    Kind::Registered | Kind::Defined | Kind::Other => String::new(),
                };
                format!("{} ({}){what}", function.name, function.place())
            })
            .collect();
        match (all.as_slice(), self.files.as_slice()) {
            ([], []) => "it has no file that the framework searches for functions".to_owned(),
            ([], files) => format!("{} declares no function", files.join(", ")),
            (all, _) => format!("it declares {}", all.join("; ")),
        }
    }
}

/// The files in which the framework of the language looks for functions.
fn main_files(family: Family, directory: &Path, source: Option<&str>) -> Vec<PathBuf> {
    let named = |names: &[&str]| {
        names.iter().map(|name| directory.join(name)).filter(|path| path.is_file()).collect()
    };
    match (family, source) {
        (Family::Python, Some(file)) => named(&[file]),
        (Family::Python, None) => named(&["main.py"]),
        (Family::Node, _) => javascript::main_files(directory),
        (Family::Go, Some(inside)) if directory.join(inside).is_dir() => {
            files_in(&directory.join(inside), golang::is_source)
        }
        (Family::Go, _) => files_in(directory, golang::is_source),
        (Family::Ruby, Some(file)) | (Family::Php, Some(file)) => named(&[file]),
        (Family::Ruby, None) => named(&["app.rb"]),
        (Family::Php, None) => named(&["index.php"]),
        (Family::Java, _) => java_files(directory),
        // The entry point is a class, which users have to name.
        (Family::DotNet, _) => Vec::new(),
    }
}

/// The sources of the main program, by the layout of Maven and Gradle.
fn java_files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.join("src/main/kotlin"), directory.join("src/main/java")];
    while let Some(folder) = waiting.pop() {
        found.extend(files_in(&folder, java::is_source));
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let is_folder = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|it| it.is_dir());
        waiting.extend(entries.filter(is_folder).map(|entry| entry.path()));
        if found.len() > FILES_MAX {
            break;
        }
    }
    found.sort();
    found
}

fn files_in(directory: &Path, is_source: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let named = |path: &PathBuf| {
        path.is_file() && path.file_name().is_some_and(|name| is_source(&name.to_string_lossy()))
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(named).collect();
    files.sort();
    files
}
