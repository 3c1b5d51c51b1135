//! Functions of a Python module.

mod imports;

use super::found::{Found, Kind};
use super::text::identifier;

pub(super) use imports::reached;

/// The modules with the Functions Framework's decorators; the second one's are for `async def`.
const FRAMEWORK: [&str; 2] = ["functions_framework", "functions_framework.aio"];

/// The Functions Framework's decorators.
const REGISTERING: [&str; 4] = ["http", "cloud_event", "typed", "background_event"];

/// The last names of decorators with which web frameworks, command lines and task queues register
/// functions of their own.
const ROUTES: [&str; 22] = [
    "route",
    "api_route",
    "trace",
    "callback",
    "group",
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "head",
    "options",
    "websocket",
    "errorhandler",
    "exception_handler",
    "before_request",
    "after_request",
    "teardown_request",
    "middleware",
    "on_event",
    "command",
    "task",
];

/// What the Functions Framework's modules and decorators are called in a text.
struct Known {
    modules: Vec<String>,
    names: Vec<String>,
}

impl Known {
    fn registers(&self, decorator: &str) -> bool {
        let called = decorator.split('(').next().unwrap_or_default().trim();
        match called.rsplit_once('.') {
            Some((module, name)) => {
                self.modules.iter().any(|known| known == module) && REGISTERING.contains(&name)
            }
            None => self.names.iter().any(|known| known == called),
        }
    }
}

/// Top-level functions, and names that are imported or assigned.
pub(super) fn declarations(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut known = Known { modules: FRAMEWORK.map(str::to_owned).to_vec(), names: Vec::new() };
    let mut decorators: Vec<String> = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let number = index + 1;
        if let Some(decorator) = line.strip_prefix('@') {
            decorators.push(decorator.trim().to_owned());
            continue;
        }
        let definition =
            ["def ", "async def "].into_iter().find_map(|start| line.strip_prefix(start));
        if let Some(rest) = definition {
            let name = identifier(rest);
            let is_of_framework = decorators.iter().any(|decorator| known.registers(decorator));
            let route = decorators.iter().find(|decorator| is_route(decorator));
            let kind = match route {
                _ if is_of_framework => Kind::Registered,
                Some(route) => Kind::Route(format!("@{route}")),
                None if takes_an_argument(&lines, index) => Kind::Defined,
                None => Kind::Other,
            };
            if !name.is_empty() {
                found.push((name.to_owned(), kind, number));
            }
            decorators.clear();
        } else if let Some(rest) = line.strip_prefix("from ") {
            import_from(&whole_import(rest, &lines, index), &mut known, &mut found, number);
        } else if let Some((module, alias)) = renamed(line) {
            known.modules.push(alias.to_owned());
            known.modules.extend((module == FRAMEWORK[0]).then(|| format!("{alias}.aio")));
        } else if let Some(name) = assigned_lambda(line) {
            found.push((name.to_owned(), Kind::Defined, number));
        } else if !line.starts_with([' ', '\t', ')', '#']) && !line.is_empty() {
            decorators.clear();
        }
    }
    let is_private = |name: &str| name.starts_with('_');
    let has_public =
        found.iter().any(|(name, kind, _)| *kind == Kind::Defined && !is_private(name));
    for (name, kind, _) in &mut found {
        if has_public && *kind == Kind::Defined && is_private(name) {
            *kind = Kind::Other;
        }
    }
    found
}

/// The module and the alias of `import functions_framework as ff`.
fn renamed(line: &str) -> Option<(&str, &str)> {
    let (module, alias) = without_comment(line.strip_prefix("import ")?).split_once(" as ")?;
    let (module, alias) = (module.trim(), identifier(alias.trim()));
    (FRAMEWORK.contains(&module) && !alias.is_empty()).then_some((module, alias))
}

/// The name of `NAME = lambda request: …`.
fn assigned_lambda(line: &str) -> Option<&str> {
    let (name, value) = line.split_once('=')?;
    let is_lambda = value.trim_start().starts_with("lambda ");
    (is_lambda && !name.starts_with([' ', '\t']) && identifier(name) == name.trim())
        .then_some(name.trim())
}

/// An import in one line, without its comments, if parentheses continue it over several ones.
fn whole_import(rest: &str, lines: &[&str], at: usize) -> String {
    let mut whole = String::from(without_comment(rest));
    if !rest.contains('(') {
        return whole;
    }
    for line in lines.iter().skip(at + 1) {
        if whole.contains(')') {
            break;
        }
        whole.push_str(without_comment(line));
    }
    whole.replace(['(', ')'], "")
}

fn without_comment(line: &str) -> &str {
    line.split('#').next().unwrap_or_default()
}

/// `from functions_framework import http as h`, or an imported function.
fn import_from(rest: &str, known: &mut Known, found: &mut Vec<Found>, line: usize) {
    let Some((module, imported)) = rest.split_once(" import ") else { return };
    for one in imported.split(',') {
        let one = one.trim();
        let (name, alias) = one.split_once(" as ").unwrap_or((one, one));
        let (name, alias) = (identifier(name.trim()), identifier(alias.trim()));
        if alias.is_empty() {
            continue;
        }
        let module = module.trim();
        if module == FRAMEWORK[0] && name == "aio" {
            known.modules.push(alias.to_owned());
        } else if !FRAMEWORK.contains(&module) {
            found.push((alias.to_owned(), Kind::Other, line));
        } else if REGISTERING.contains(&name) {
            known.names.push(alias.to_owned());
        }
    }
}

fn is_route(decorator: &str) -> bool {
    let called = decorator.split('(').next().unwrap_or_default().trim();
    called.rsplit_once('.').is_some_and(|(_, name)| ROUTES.contains(&name))
}

/// Whether a function can be called with the request: its first parameter is positional.
fn takes_an_argument(lines: &[&str], at: usize) -> bool {
    let text = lines.get(at..).unwrap_or_default().join("\n");
    let Some((_, parameters)) = text.split_once('(') else { return false };
    let first = parameters.trim_start();
    let is_keyword_only = first.starts_with('*')
        && !first
            .get(1..)
            .unwrap_or_default()
            .starts_with(|c: char| c.is_alphanumeric() || c == '_');
    !first.starts_with(')') && !is_keyword_only
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(String, Kind)> {
        declarations(text).into_iter().map(|(name, kind, _)| (name, kind)).collect()
    }

    #[test]
    fn every_way_to_register_is_recognized() {
        for head in [
            "import functions_framework\n\n@functions_framework.http",
            "import functions_framework as ff\n\n@ff.cloud_event",
            "from functions_framework import http\n\n@http",
            "from functions_framework import http as web, cloud_event\n\n@web",
            "from functions_framework import (\n    cloud_event,  # of Google\n    http as web,\n)\n\n@web",
            "import functions_framework\n\n@functions_framework.typed(\n    Greeting,\n)",
            "import functions_framework\n\n@other\n@functions_framework.http\n@more(1)",
            "import functions_framework.aio\n\n@functions_framework.aio.http",
            "import functions_framework.aio as aio  # async\n\n@aio.cloud_event",
            "from functions_framework import aio\n\n@aio.http",
            "from functions_framework.aio import http\n\n@http",
        ] {
            let text = format!("{head}\ndef hello(request):\n    pass\n\ndef helper(x):\n  pass\n");
            let expected =
                [("hello".to_owned(), Kind::Registered), ("helper".to_owned(), Kind::Defined)];
            assert_eq!(kinds(&text), expected, "{head}");
        }
    }

    #[test]
    fn a_private_function_is_a_candidate_only_if_there_is_no_public_one() {
        let private = "def _f(r): pass\n";
        assert_eq!(kinds(private), [("_f".to_owned(), Kind::Defined)]);
        let expected = [("_f".to_owned(), Kind::Other), ("f".to_owned(), Kind::Defined)];
        assert_eq!(kinds(&format!("{private}def f(r): pass\n")), expected);
    }

    #[test]
    fn what_cannot_be_called_with_a_request_is_no_candidate() {
        for (text, kind) in [
            ("def f(r): pass", Kind::Defined),
            ("async def f(\n    r,\n): pass", Kind::Defined),
            ("def f(*args): pass", Kind::Defined),
            ("def f(): pass", Kind::Other),
            ("def f(*, a=1): pass", Kind::Other),
            ("from handlers import f", Kind::Other),
            ("from handlers import (f)  # g", Kind::Other),
            ("f = lambda request: 'x'", Kind::Defined),
            ("@app.api_route('/')\ndef f(r): pass", Kind::Route("@app.api_route('/')".into())),
            ("@app.route('/')\ndef f(): pass", Kind::Route("@app.route('/')".into())),
            ("@app.get('/{id}')\nasync def f(id): pass", Kind::Route("@app.get('/{id}')".into())),
            ("@cache\ndef f(r): pass", Kind::Defined),
        ] {
            assert_eq!(kinds(text), [("f".to_owned(), kind)], "{text}");
        }
    }
}
