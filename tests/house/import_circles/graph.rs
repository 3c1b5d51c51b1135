//! The modules of a crate, and which of them import each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};
use std::path::Path;

use super::tokens::{Token, tokens, without_tests};

/// `["a", "b"]` is `crate::a::b`.
type Name = Vec<String>;

/// The modules of a crate.
#[derive(Default)]
pub(super) struct Modules {
    sources: BTreeMap<Name, Vec<Token>>,
    tests: BTreeSet<Name>,
}

/// Siblings that import each other, each with one of the imports.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Circle {
    parent: Name,
    imports: Vec<(String, String)>,
    siblings: BTreeSet<String>,
}

/// What the names of a module stand for, and every path that it uses.
#[derive(Default)]
struct Uses {
    names: BTreeMap<String, Name>,
    paths: BTreeSet<Name>,
}

/// For each parent: the imports from one of its modules to another, with the path of one of them.
type Imports = BTreeMap<Name, BTreeMap<(String, String), Name>>;

impl Modules {
    /// Adds a file. Its path is relative to that of `lib.rs`.
    pub(super) fn add(&mut self, file: &Path, source: &str) {
        let words = file.with_extension("");
        let words = words.iter().map(|word| word.to_string_lossy().into_owned());
        let name: Name = words.filter(|word| word != "lib").collect();
        let (tokens, tests) = without_tests(tokens(source));
        self.tests.extend(tests.into_iter().map(|test| [name.as_slice(), &[test]].concat()));
        self.sources.insert(name, tokens);
    }

    pub(super) fn circles(&self) -> Vec<Circle> {
        let mut circles = Vec::new();
        for (parent, imports) in self.imports() {
            let modules: BTreeSet<&String> = imports.keys().map(|(from, _)| from).collect();
            let reached: BTreeMap<&String, BTreeSet<String>> =
                modules.into_iter().map(|module| (module, reached(&imports, module))).collect();
            let mut seen = BTreeSet::new();
            for (module, all) in &reached {
                let returns =
                    |it: &&String| reached.get(*it).is_some_and(|its| its.contains(*module));
                let siblings: BTreeSet<String> = all.iter().filter(returns).cloned().collect();
                if siblings.len() > 1 && seen.insert(siblings.clone()) {
                    let inner = imports
                        .iter()
                        .filter(|((from, to), _)| siblings.contains(from) && siblings.contains(to));
                    let imports =
                        inner.map(|((from, _), path)| (from.clone(), path.join("::"))).collect();
                    circles.push(Circle { parent: parent.clone(), imports, siblings });
                }
            }
        }
        circles
    }

    fn imports(&self) -> Imports {
        let is_test = |name: &Name| self.tests.iter().any(|test| name.starts_with(test));
        let sources = self.sources.iter().filter(|(name, _)| !is_test(name));
        let uses: BTreeMap<&Name, Uses> =
            sources.map(|(name, tokens)| (name, self.uses(name, tokens))).collect();
        let mut imports = Imports::new();
        for (name, used) in &uses {
            for path in &used.paths {
                let target = resolve(&uses, path, 0);
                let shared = name.iter().zip(&target).take_while(|(own, its)| own == its).count();
                if let (Some(from), Some(to)) = (name.get(shared), target.get(shared)) {
                    let siblings = imports.entry(target[..shared].to_vec()).or_default();
                    siblings.entry((from.clone(), to.clone())).or_insert_with(|| path.clone());
                }
            }
        }
        imports
    }

    fn uses(&self, module: &Name, tokens: &[Token]) -> Uses {
        let mut uses = Uses::default();
        let mut rest = tokens;
        let mut others = Vec::new();
        while let Some((first, after)) = rest.split_first() {
            match first.word() {
                // `use<'a>` names what a type captures.
                Some("use") if !after.first().is_some_and(|token| token.is_sign('<')) => {
                    let end = after.iter().position(|token| token.is_sign(';'));
                    let (tree, after) = after.split_at(end.unwrap_or(after.len()));
                    for (path, name) in leaves(tree) {
                        if let Some(path) = self.absolute(module, &uses, &path) {
                            uses.paths.insert(path.clone());
                            uses.names.insert(name, path);
                        }
                    }
                    rest = after;
                }
                // The path of `pub(in path)` imports nothing.
                Some("pub") if after.first().is_some_and(|token| token.is_sign('(')) => {
                    let end = after.iter().position(|token| token.is_sign(')'));
                    rest = &after[end.unwrap_or(0)..];
                }
                Some(_) | None => {
                    others.push(first.clone());
                    rest = after;
                }
            }
        }
        for path in paths(&others) {
            uses.paths.extend(self.absolute(module, &uses, &path));
        }
        uses
    }

    /// A path from the root of the crate; `None` for one of another crate.
    fn absolute(&self, module: &Name, uses: &Uses, path: &[String]) -> Option<Name> {
        let (first, rest) = path.split_first()?;
        let mut base = match first.as_str() {
            "crate" => return Some(rest.to_vec()),
            "self" | "super" => {
                let ups = path.iter().take_while(|word| ["self", "super"].contains(&word.as_str()));
                let ups: Vec<_> = ups.collect();
                let up = ups.iter().filter(|word| **word == "super").count();
                let kept = module.len().saturating_sub(up);
                return Some([&module[..kept], &path[ups.len()..]].concat());
            }
            name => match uses.names.get(name) {
                Some(named) => named.clone(),
                None => {
                    let own = [module.as_slice(), &[name.to_owned()]].concat();
                    self.sources.contains_key(&own).then_some(own)?
                }
            },
        };
        base.extend_from_slice(rest);
        Some(base)
    }
}

/// The module that declares what a path names, which may be another one than exports it.
fn resolve(uses: &BTreeMap<&Name, Uses>, path: &[String], depth: usize) -> Name {
    // An export may name another one, and not without end.
    const DEPTH_MAX: usize = 8;
    for length in (0..=path.len()).rev() {
        let (module, item) = path.split_at(length);
        let Some(used) = uses.get(&module.to_vec()) else { continue };
        return match item.split_first() {
            Some((first, rest)) if depth < DEPTH_MAX && used.names.contains_key(first) => {
                resolve(uses, &[used.names[first].as_slice(), rest].concat(), depth + 1)
            }
            Some(_) | None => module.to_vec(),
        };
    }
    Name::new()
}

/// Everything that a module imports, directly or through its siblings.
fn reached(imports: &BTreeMap<(String, String), Name>, first: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut next = vec![first.to_owned()];
    while let Some(module) = next.pop() {
        let imported = imports.keys().filter(|(from, _)| *from == module).map(|(_, to)| to);
        next.extend(imported.filter(|to| reached.insert((*to).clone())).cloned());
    }
    reached
}

/// The paths of a `use`, each with the name that it gets.
fn leaves(tree: &[Token]) -> Vec<(Name, String)> {
    let mut found = Vec::new();
    let mut prefixes: Vec<Name> = Vec::new();
    let mut path = Name::new();
    let mut alias = None;
    let mut is_renamed = false;
    for token in tree.iter().chain([&Token::Sign(',')]) {
        match token {
            Token::Word(word) if word == "as" => is_renamed = true,
            Token::Word(word) if is_renamed => alias = Some(word.clone()),
            Token::Word(word) => path.push(word.clone()),
            Token::Sign('{') => {
                prefixes.push(std::mem::take(&mut path));
            }
            Token::Sign(',' | '}') => {
                if !path.is_empty() {
                    let mut whole = prefixes.concat();
                    whole.append(&mut path);
                    // `use a::{self}` names `a`.
                    if whole.len() > 1 && whole.last().is_some_and(|last| last == "self") {
                        whole.pop();
                    }
                    let last = whole.last().cloned().unwrap_or_default();
                    found.push((whole, alias.take().unwrap_or(last)));
                }
                is_renamed = false;
                if token.is_sign('}') {
                    prefixes.pop();
                }
            }
            Token::Sign(_) | Token::Separator => {}
        }
    }
    found
}

/// The paths of more than one word.
fn paths(tokens: &[Token]) -> Vec<Name> {
    let mut found = Vec::new();
    let mut path = Name::new();
    let mut is_open = false;
    for token in tokens.iter().chain([&Token::Sign(';')]) {
        match token {
            Token::Separator => is_open = true,
            Token::Word(word) if is_open && !path.is_empty() => {
                path.push(word.clone());
                is_open = false;
            }
            other => {
                let ended = std::mem::take(&mut path);
                if ended.len() > 1 {
                    found.push(ended);
                }
                // The rest of a path that does not begin with a word, as in `<T>::f`, is no path.
                path.extend(other.word().filter(|_| !is_open).map(str::to_owned));
                is_open = false;
            }
        }
    }
    found
}

impl Display for Circle {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.parent.is_empty() {
            write!(f, "{}: ", self.parent.join("::"))?;
        }
        let siblings: Vec<&str> = self.siblings.iter().map(String::as_str).collect();
        let imports = self.imports.iter().map(|(from, path)| format!("{from} uses {path}"));
        write!(f, "{} ({})", siblings.join(", "), imports.collect::<Vec<_>>().join(", "))
    }
}
