//! The types that a text of Java or Kotlin declares.

use std::collections::BTreeMap;

use super::super::text::{after_each, identifier, is_word, line_of};

/// The words that declare a type, and whether the framework can create instances of such types.
const KEYWORDS: [(&str, bool); 5] =
    [("class", true), ("record", true), ("interface", false), ("enum", false), ("object", false)];

/// Words that can precede those, in any order.
const MODIFIERS: [&str; 20] = [
    "public",
    "protected",
    "private",
    "internal",
    "static",
    "abstract",
    "final",
    "open",
    "sealed",
    "non-sealed",
    "strictfp",
    "data",
    "enum",
    "annotation",
    "value",
    "inline",
    "inner",
    "expect",
    "actual",
    "external",
];

/// Those of types of which the framework cannot create instances.
const PREVENTING: [&str; 5] = ["abstract", "private", "inner", "enum", "annotation"];

/// Words after which a head names other types than those on which the declared one is based.
const CLAUSES: [&str; 2] = ["permits", "where"];

/// Words that begin the next declaration. In Kotlin, a type needs no body.
const NEXT: [&str; 6] = ["class", "interface", "object", "fun", "val", "var"];

/// A type of a source.
#[derive(Debug)]
pub(super) struct Type<'a> {
    /// Its own name.
    pub(super) name: &'a str,
    /// Its package, the types whose braces enclose it, and its own name.
    pub(super) full_name: String,
    /// What it extends and implements, without arguments.
    pub(super) bases: String,
    /// Whether the framework can create an instance. It cannot if the type is abstract, private, or
    /// declared inside a function.
    pub(super) is_creatable: bool,
    pub(super) line: usize,
}

/// The types of a text without comments and strings, in their order.
pub(super) fn types(code: &str) -> Vec<Type<'_>> {
    let package = package(code);
    let mut keywords: Vec<(usize, &str, bool)> = KEYWORDS
        .into_iter()
        .flat_map(|(word, is_creatable)| {
            after_each(code, word).map(move |end| (end, word, is_creatable))
        })
        .collect();
    keywords.sort_unstable();
    let mut braces = code.match_indices(['{', '}']).peekable();
    // The names of types by the positions of their opening braces.
    let mut bodies = BTreeMap::new();
    // The type of each brace that is open; `None` for those of functions and others.
    let mut open: Vec<Option<&str>> = Vec::new();
    let mut found = Vec::new();
    for (end, keyword, is_creatable) in keywords {
        let Some((name, after)) = name(code, keyword, end) else { continue };
        while let Some((at, brace)) = braces.next_if(|(at, _)| *at < end) {
            if brace == "{" {
                open.push(bodies.get(&at).copied());
            } else {
                open.pop();
            }
        }
        let head = Head::read(code, after);
        bodies.extend(head.body.map(|at| (at, name)));
        let before = code.get(..end - keyword.len()).unwrap_or_default();
        let is_prevented = modifiers(before).iter().any(|word| PREVENTING.contains(word));
        let enclosing = open.iter().flatten().copied();
        let path: Vec<&str> = package.into_iter().chain(enclosing).chain([name]).collect();
        found.push(Type {
            name,
            full_name: path.join("."),
            bases: head.bases,
            is_creatable: is_creatable && !is_prevented && open.iter().all(Option::is_some),
            line: line_of(code, end),
        });
    }
    found
}

fn package(code: &str) -> Option<&str> {
    let rest = code.get(after_each(code, "package").next()?..)?;
    let name = rest.split([';', '\n']).next().unwrap_or_default().trim();
    (!name.is_empty()).then_some(name)
}

/// The name of a declaration whose keyword ends at a position, and where the name ends. `None` if
/// the word declares nothing there.
fn name<'a>(code: &'a str, keyword: &str, end: usize) -> Option<(&'a str, usize)> {
    // `Hello::class` is a value.
    if code.get(..end - keyword.len())?.ends_with("::") {
        return None;
    }
    let rest = code.get(end..)?;
    let name = identifier(rest.trim_start());
    let after = end + rest.len() - rest.trim_start().len() + name.len();
    // `enum class` declares one type, and variables can be called `record` and `object`.
    let is_keyword =
        name == "instanceof" || KEYWORDS.into_iter().any(|(keyword, _)| keyword == name);
    let has_components = code.get(after..)?.trim_start().starts_with(['(', '<']);
    let is_declared = !name.is_empty() && !is_keyword && (keyword != "record" || has_components);
    is_declared.then_some((name, after))
}

/// What follows the name of a type, up to its body.
struct Head {
    /// What is outside of its brackets.
    bases: String,
    /// The position of its opening brace.
    body: Option<usize>,
}

impl Head {
    fn read(code: &str, start: usize) -> Self {
        let (mut bases, mut body) = (String::new(), None);
        let (mut parentheses, mut angles, mut previous) = (0_usize, 0_usize, ' ');
        for (at, c) in code.get(start..).unwrap_or_default().char_indices() {
            match c {
                '(' => parentheses += 1,
                ')' => parentheses = parentheses.saturating_sub(1),
                // Default values of Kotlin can have braces, and compare.
                _ if parentheses > 0 => {}
                '{' => {
                    body = Some(start + at);
                    break;
                }
                ';' | '}' => break,
                '<' => angles += 1,
                // `->` is a part of a type of Kotlin.
                '>' if previous != '-' => angles = angles.saturating_sub(1),
                _ if angles == 0 => bases.push(c),
                _ => {}
            }
            previous = c;
        }
        if cut(&mut bases, &NEXT) {
            body = None;
        }
        cut(&mut bases, &CLAUSES);
        Self { bases, body }
    }
}

/// Removes the first of these words and what follows it. Returns whether there is one.
fn cut(text: &mut String, words: &[&str]) -> bool {
    let starts = words.iter().filter_map(|word| Some(after_each(text, word).next()? - word.len()));
    let first = starts.min();
    text.truncate(first.unwrap_or(text.len()));
    first.is_some()
}

/// The modifiers of a declaration, with which a text ends. Annotations can stand among them.
fn modifiers(before: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = before.trim_end();
    loop {
        let annotation = without_arguments(rest);
        let start = annotation.trim_end_matches(|c| is_word(c) || c == '.' || c == '-').len();
        let (outer, word) = annotation.split_at(start);
        if let Some(outer) = outer.strip_suffix('@') {
            rest = outer.trim_end();
        } else if annotation.len() == rest.len() && MODIFIERS.contains(&word) {
            found.push(word);
            rest = outer.trim_end();
        } else {
            return found;
        }
    }
}

/// Removes parentheses, and what is in them, from the end of a text.
fn without_arguments(text: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' if depth == 1 => return text.get(..at).unwrap_or_default().trim_end(),
            '(' => depth = depth.saturating_sub(1),
            _ if depth == 0 => return text,
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The full names, with the bases of each, and an exclamation mark if it cannot be created.
    fn described(code: &str) -> Vec<String> {
        let types = types(code).into_iter().map(|it| {
            let bases = it.bases.split_whitespace().collect::<Vec<_>>().join(" ");
            format!("{}{} {bases}", it.full_name, if it.is_creatable { "" } else { "!" })
        });
        types.map(|it| it.trim_end().to_owned()).collect()
    }

    #[test]
    fn names_contain_the_types_whose_braces_enclose_them() {
        let code = "package n;\n\
            @Sizes({1, 2})\n\
            public class Outer {\n\
              void f() { if (true) { class Local {} } }\n\
              static class Inner { static class Deep {} }\n\
              interface Api { record Hi(int x) {} }\n\
              enum Color { RED { void g() {} }; static class Shade {} }\n\
            }\n\
            class Next {}\n";
        let expected = [
            "n.Outer",
            "n.Outer.Local!",
            "n.Outer.Inner",
            "n.Outer.Inner.Deep",
            "n.Outer.Api!",
            "n.Outer.Api.Hi",
            "n.Outer.Color!",
            "n.Outer.Color.Shade",
            "n.Next",
        ];
        assert_eq!(described(code), expected);
        assert_eq!(described("object Outer { class Inner }"), ["Outer!", "Outer.Inner"]);
    }

    #[test]
    fn modifiers_may_be_on_other_lines_and_among_annotations() {
        for modifiers in [
            "public abstract\n",
            "abstract public ",
            "import a.B;\nprivate @Deprecated\n static ",
            "} abstract @SuppressWarnings({a, b}) non-sealed ",
            "private @a.B(c = @D(1)) ",
            "enum ",
            "annotation ",
        ] {
            let found = described(&format!("{modifiers}class X {{"));
            assert_eq!(found, ["X!"], "{modifiers}");
        }
        for modifiers in
            ["", "private int a; public ", "abstract void f();\n", "private val a = f(1)\n"]
        {
            let found = described(&format!("{modifiers}class X {{"));
            assert_eq!(found, ["X"], "{modifiers}");
        }
    }

    #[test]
    fn bases_are_outside_of_arguments_and_clauses() {
        for (code, expected) in [
            ("class X implements Supplier<A<B>>, C {", "X implements Supplier, C"),
            ("class X<T extends A> extends B<T> {", "X extends B"),
            ("record X(A a, B<C> b) implements D {", "X implements D"),
            ("class X(val a: () -> Unit = {}, b: Boolean = c < d) : E(f), G {", "X : E, G"),
            ("class X : (A) -> Unit, B {", "X : -> Unit, B"),
            ("abstract sealed class X permits A, B {", "X!"),
            ("class X<T> : A where T : B {", "X : A"),
            ("class X : A\nfun f(): B {", "X : A"),
        ] {
            assert_eq!(described(code), [expected], "{code}");
        }
        assert_eq!(described("class X\nclass Y : A {\nclass Z {"), ["X", "Y : A", "Y.Z"]);
    }

    #[test]
    fn words_that_declare_nothing_are_no_types() {
        for code in [
            "A record = b; if (record instanceof C) { f(record); }",
            "Object object = Hello.class;",
            "val a = mapOf(Hello::class to b)",
            "val a = object : B { }",
            "for (var record : records) { }",
        ] {
            assert_eq!(described(code), [""; 0], "{code}");
        }
        assert_eq!(described("enum class X : A { }"), ["X! : A"]);
    }
}
