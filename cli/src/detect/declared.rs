//! Functions that a source declares, found by matching the lines of its main file. This is a
//! heuristic to save a flag, not a parser: the build itself checks that the function exists.

use std::path::{Path, PathBuf};

use super::family::Family;

/// Maximum size of a source file to read.
const READ_MAX_BYTES: u64 = 1 << 20;

#[derive(Debug, Default)]
pub(super) struct Declared {
    functions: Vec<Function>,
}

#[derive(Debug)]
struct Function {
    name: String,
    /// Whether the source registers it with the Functions Framework.
    registered: bool,
}

impl Declared {
    /// Reads the main files of a directory. A file that cannot be read is skipped; packing reports
    /// the error.
    pub(super) fn read(family: Family, directory: &Path) -> Self {
        let texts = main_files(family, directory).into_iter().filter_map(|path| read(&path));
        Self::in_text(family, &texts.collect::<Vec<_>>().join("\n"))
    }

    pub(super) fn in_text(family: Family, text: &str) -> Self {
        let mut declared = Self::default();
        let mut decorated = false;
        for line in text.lines() {
            if let Some(name) = registration(family, line) {
                declared.add(name, true);
            }
            if let Some(name) = definition(family, line) {
                declared.add(name, decorated);
            }
            // Python registers a function with decorators on the lines above.
            decorated = match line.chars().next() {
                Some('@') => decorated || line.starts_with("@functions_framework."),
                _ => false,
            };
        }
        declared
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.functions.iter().any(|function| function.name == name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.functions.iter().map(|function| function.name.as_str())
    }

    /// The only registered function or, if none is registered, the only defined one.
    pub(super) fn only(&self) -> Option<&str> {
        let are_registered = self.functions.iter().any(|function| function.registered);
        let mut candidates =
            self.functions.iter().filter(|function| function.registered == are_registered);
        let first = candidates.next()?;
        candidates.next().is_none().then_some(first.name.as_str())
    }

    fn add(&mut self, name: &str, registered: bool) {
        if name.is_empty() {
            return;
        }
        match self.functions.iter_mut().find(|function| function.name == name) {
            Some(known) => known.registered |= registered,
            None => self.functions.push(Function { name: name.to_owned(), registered }),
        }
    }
}

/// The files in which the framework of the language looks for functions.
fn main_files(family: Family, directory: &Path) -> Vec<PathBuf> {
    let named = |names: &[&str]| {
        names.iter().map(|name| directory.join(name)).filter(|path| path.is_file()).collect()
    };
    match family {
        Family::Python => named(&["main.py"]),
        Family::Node => main_of_package(directory)
            .map_or_else(|| named(&["index.js", "function.js", "index.mjs"]), |main| vec![main]),
        Family::Go => go_files(directory),
        Family::Ruby => named(&["app.rb"]),
        Family::Php => named(&["index.php"]),
        // The entry point is a class, which users have to name.
        Family::Java | Family::DotNet => Vec::new(),
    }
}

fn main_of_package(directory: &Path) -> Option<PathBuf> {
    let package: serde_json::Value =
        serde_json::from_str(&read(&directory.join("package.json"))?).ok()?;
    let main = directory.join(package.get("main")?.as_str()?);
    main.is_file().then_some(main)
}

fn go_files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
    let is_source = |path: &PathBuf| {
        let name =
            path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.ends_with(".go") && !name.ends_with("_test.go")
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_source).collect();
    files.sort();
    files
}

fn read(path: &Path) -> Option<String> {
    let small = std::fs::metadata(path).ok()?.len() <= READ_MAX_BYTES;
    small.then(|| std::fs::read_to_string(path).ok()).flatten()
}

/// The function that a line registers: `functions.http('hello', …)` in Node.js and similar in PHP
/// and Ruby, `functions.HTTP("Hello", …)` in Go.
fn registration(family: Family, line: &str) -> Option<&str> {
    let calls: &[&str] = match family {
        Family::Node => &[
            "functions.http(",
            "functions.cloudEvent(",
            "functions.typed(",
            ".http(",
            ".cloudEvent(",
        ],
        Family::Go => &["functions.HTTP(", "functions.CloudEvent(", "functions.Typed("],
        Family::Ruby => &["FunctionsFramework.http ", "FunctionsFramework.cloud_event "],
        Family::Php => &["FunctionsFramework::http(", "FunctionsFramework::cloudEvent("],
        Family::Python | Family::Java | Family::DotNet => return None,
    };
    let line = line.trim_start();
    let rest =
        calls.iter().find_map(|call| line.split_once(call)).map(|(_, rest)| rest.trim_start())?;
    let quote = rest.chars().next().filter(|c| "'\"`".contains(*c))?;
    rest.get(1..)?.split_once(quote).map(|(name, _)| name)
}

/// The public function that a line defines.
fn definition(family: Family, line: &str) -> Option<&str> {
    let starts: &[&str] = match family {
        Family::Python => &["def ", "async def "],
        Family::Node => &[
            "exports.",
            "module.exports.",
            "export const ",
            "export function ",
            "export async function ",
            "export let ",
        ],
        Family::Go => &["func "],
        Family::Php => &["function "],
        Family::Ruby | Family::Java | Family::DotNet => return None,
    };
    let rest = starts.iter().find_map(|start| line.strip_prefix(start))?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let name = rest.get(..end)?;
    // In Go, exported names start with a capital letter.
    let exported = family != Family::Go || name.starts_with(|c: char| c.is_uppercase());
    exported.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_of_each_language_are_found() {
        for (family, text, names, only) in [
            (
                Family::Python,
                "import functions_framework\n@functions_framework.http\n@other\ndef a(r):\n  def inner(): pass\nasync def b(): pass",
                &["a", "b"][..],
                Some("a"),
            ),
            (
                Family::Node,
                "const functions = require('x');\nfunctions.http('helloGET', (req, res) => {});\nexports.other = 1;",
                &["helloGET", "other"],
                Some("helloGET"),
            ),
            (Family::Node, "export const a = (q, s) => {}", &["a"], Some("a")),
            (
                Family::Go,
                "func init() {\n\tfunctions.HTTP(\"HelloHTTP\", helloHTTP)\n}\nfunc helloHTTP(w http.ResponseWriter) {}",
                &["HelloHTTP"],
                Some("HelloHTTP"),
            ),
            (
                Family::Go,
                "func HelloWorld(w http.ResponseWriter, r *http.Request) {",
                &["HelloWorld"],
                Some("HelloWorld"),
            ),
            (
                Family::Ruby,
                "FunctionsFramework.http \"hello_http\" do |request|",
                &["hello_http"],
                Some("hello_http"),
            ),
            (
                Family::Php,
                "FunctionsFramework::http('helloHttp', 'helloHttp');\nfunction helloHttp($r)",
                &["helloHttp"],
                Some("helloHttp"),
            ),
            (Family::Java, "public class Hello implements HttpFunction {", &[], None),
        ] {
            let declared = Declared::in_text(family, text);
            assert_eq!(declared.names().collect::<Vec<_>>(), names, "{text}");
            assert_eq!(declared.only(), only, "{text}");
        }
    }

    #[test]
    fn a_package_names_its_main_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("package.json"), r#"{"main": "lib/api.js"}"#).unwrap();
        std::fs::create_dir(dir.path().join("lib")).unwrap();
        std::fs::write(dir.path().join("lib/api.js"), "functions.http('api', handler)").unwrap();
        assert!(Declared::read(Family::Node, dir.path()).has("api"));
    }
}
