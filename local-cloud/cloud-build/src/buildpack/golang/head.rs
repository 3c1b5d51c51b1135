//! The head of a Go file: the package clause and the imports, parsed as by Go's own parser with
//! `ImportsOnly`. <https://go.dev/ref/spec#Source_file_organization>

/// The part of a file before its first declaration.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) package: String,
    /// Import paths, in the order of the file.
    pub(super) imports: Vec<String>,
}

impl Head {
    /// `None` if the file does not begin with a package clause, or an import is incomplete.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut tokens = Tokens { rest: text.trim_start_matches('\u{feff}') };
        (tokens.next()? == Token::Word("package")).then_some(())?;
        let Token::Word(package) = tokens.next()? else { return None };
        let mut head = Self { package: package.to_owned(), imports: Vec::new() };
        while let Some(token) = tokens.next() {
            match token {
                Token::Sign(';') => {}
                Token::Word("import") => head.read_import(&mut tokens)?,
                Token::Word(_) | Token::Text(_) | Token::Sign(_) => break,
            }
        }
        Some(head)
    }

    /// What follows `import`: one specification, or several in parentheses.
    fn read_import(&mut self, tokens: &mut Tokens<'_>) -> Option<()> {
        let mut several = false;
        loop {
            match tokens.next()? {
                Token::Sign('(') => several = true,
                Token::Sign(')') => return Some(()),
                Token::Text(path) => {
                    self.imports.push(path.to_owned());
                    if !several {
                        return Some(());
                    }
                }
                // The name of an import, a dot, or the end of a line.
                Token::Word(_) | Token::Sign(_) => {}
            }
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    /// A string, without its quotes. Import paths have no escapes.
    Text(&'a str),
    Sign(char),
}

/// The tokens of a text, without white space and comments.
struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        self.skip()?;
        let first = self.rest.chars().next()?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        if is_word(first) {
            let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
            return Some(Token::Word(self.take(end)));
        }
        self.take(first.len_utf8());
        if first != '"' && first != '`' {
            return Some(Token::Sign(first));
        }
        let text = self.rest.find(first).map(|end| self.take(end))?;
        self.take(first.len_utf8());
        Some(Token::Text(text))
    }

    /// Skips white space and comments. Returns `None` for an unterminated comment.
    fn skip(&mut self) -> Option<()> {
        loop {
            self.rest = self.rest.trim_start();
            let end = if self.rest.starts_with("//") {
                self.rest.find('\n').unwrap_or(self.rest.len())
            } else if self.rest.starts_with("/*") {
                self.rest.find("*/")? + 2
            } else {
                return Some(());
            };
            self.take(end);
        }
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_and_its_imports_are_found() {
        let table: [(&str, &str, &[&str]); 8] = [
            ("package hello", "hello", &[]),
            ("package hello\nimport \"fmt\"\nfunc F() { \"no\" }", "hello", &["fmt"]),
            ("\u{feff}// Package x.\n/* import \"no\" */ package héllo // y\n", "héllo", &[]),
            ("package a; import \"b\"; import c \"d\"; var import_ = 1", "a", &["b", "d"]),
            (
                "package a\nimport (\n\t\"b\" // c\n\n\t. \"d\"; _ `e`\n)\nimport \"f\"\ntype T int",
                "a",
                &["b", "d", "e", "f"],
            ),
            ("//go:build ignore\n\npackage main\nimport()\n", "main", &[]),
            ("package a\nfunc f() {\n\timport(\"b\")\n}", "a", &[]),
            ("package a\n/* the comment does not end", "a", &[]),
        ];
        for (text, package, imports) in table {
            let expected = Head {
                package: package.to_owned(),
                imports: imports.iter().map(|&path| path.to_owned()).collect(),
            };
            assert_eq!(Head::read(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn files_that_do_not_begin_like_go_are_rejected() {
        for text in [
            "",
            "func main() {}",
            "package",
            "package \"x\"",
            "/* package a",
            "package a\nimport \"b",
            "package a\nimport (",
        ] {
            assert_eq!(Head::read(text), None, "{text}");
        }
    }
}
