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
            let is_same = |function: &&mut Function| function.name == name && !name.is_empty();
            match self.functions.iter_mut().find(is_same) {
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
        self.get(name).filter(|function| match function.kind {
            Kind::Registered | Kind::Defined | Kind::Other => true,
            Kind::Route(_) | Kind::NotCallable(_) | Kind::Unnamed => false,
        })
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

    /// What was found, for people. What cannot be called is a part of it only if nothing else can
    /// be.
    pub(super) fn described(&self) -> String {
        let has_candidates = self.candidates().next().is_some();
        let (mut declared, mut computed) = (Vec::new(), Vec::new());
        for function in &self.functions {
            let (name, place) = (&function.name, function.place());
            match &function.kind {
                Kind::Registered | Kind::Defined => declared.push(format!("{name} ({place})")),
                Kind::Route(decorator) => declared
                    .push(format!("{name} ({place}), a route of a web framework ({decorator})")),
                Kind::NotCallable(_) | Kind::Unnamed if has_candidates => {}
                Kind::NotCallable(reason) => declared.push(format!("{name} ({place}), {reason}")),
                Kind::Unnamed => computed.push(format!(
                    "{place} registers a function whose name is not a literal: name it with \
                     --entry-point"
                )),
                Kind::Other => {}
            }
        }
        if let Some(first) = declared.first_mut() {
            first.insert_str(0, "it declares ");
        }
        declared.append(&mut computed);
        match (declared.as_slice(), self.files.as_slice()) {
            ([], []) => "it has no file that the framework searches for functions".to_owned(),
            ([], [file]) => format!("{file} declares no function"),
            ([], files) => format!("{} declare no function", files.join(", ")),
            (all, _) => all.join("; "),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(family: Family, files: &[(&str, &[u8])]) -> Declared {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        Declared::read(family, dir.path(), None)
    }

    #[test]
    fn a_source_without_candidates_is_described_with_what_cannot_be_called() {
        let unexported = "func hello(w http.ResponseWriter, r *http.Request) {\n}\n";
        let computed = "func init() {\n\tfunctions.HTTP(name, hello)\n}\n";
        let variable = "var Hello = func(w http.ResponseWriter, r *http.Request) {}\n";
        let is_unexported =
            "hello (fn.go:3), which is not exported: its name must begin with a capital letter";
        let is_computed =
            "registers a function whose name is not a literal: name it with --entry-point";
        for (source, expected) in [
            (unexported.to_owned(), format!("it declares {is_unexported}")),
            (computed.to_owned(), format!("fn.go:4 {is_computed}")),
            (
                format!("{computed}{computed}"),
                format!("fn.go:4 {is_computed}; fn.go:7 {is_computed}"),
            ),
            (
                format!("{unexported}{computed}"),
                format!("it declares {is_unexported}; fn.go:6 {is_computed}"),
            ),
            (
                variable.to_owned(),
                "it declares Hello (fn.go:3), which is a variable: declare it as a function, or \
                 name it with --entry-point"
                    .to_owned(),
            ),
        ] {
            let source = format!("package p\n\n{source}");
            let declared = read(Family::Go, &[("fn.go", source.as_bytes())]);
            assert_eq!(declared.described(), expected, "{source}");
            assert_eq!((declared.only(), declared.callable("hello")), (None, None), "{source}");
        }
    }

    #[test]
    fn what_cannot_be_called_is_not_described_next_to_candidates() {
        let source = "package p\n\nfunc hello(w http.ResponseWriter, r *http.Request) {}\n\
                      func A(w http.ResponseWriter, r *http.Request) {}\n\
                      func B(w http.ResponseWriter, r *http.Request) {}\n";
        let declared = read(Family::Go, &[("fn.go", source.as_bytes())]);
        assert_eq!(declared.described(), "it declares A (fn.go:4); B (fn.go:5)");
    }

    #[test]
    fn a_handler_that_another_file_registers_is_a_candidate() {
        let handler = b"package p\nfunc hello(w http.ResponseWriter, r *http.Request) {}\n";
        let registers = b"package p\nfunc init() { functions.HTTP(\"hello\", hello) }\n";
        let declared = read(Family::Go, &[("a.go", handler), ("b.go", registers)]);
        assert_eq!(declared.choices(), ["hello"]);
    }

    #[test]
    fn files_without_a_function_agree_in_number_with_the_verb() {
        let one = read(Family::Go, &[("a.go", b"package p")]);
        assert_eq!(one.described(), "a.go declares no function");
        let two = read(Family::Go, &[("a.go", b"package p"), ("b.go", b"package p")]);
        assert_eq!(two.described(), "a.go, b.go declare no function");
    }

    #[test]
    fn a_source_that_is_not_utf_8_is_searched() {
        let text = b"// Gr\xfc\xdfe\npublic class Hello implements HttpFunction {}\n";
        let declared = read(Family::Java, &[("src/main/java/Hello.java", text)]);
        assert_eq!(declared.described(), "it declares Hello (src/main/java/Hello.java:2)");
    }
}
