use super::super::glob::Pattern;
use super::*;

/// Results of gcloud's `Pattern.Matches`.
#[test]
fn one_pattern_matches_what_gcloud_matches() {
    let table = [
        // (line, path, is a directory, matches)
        ("*.pyc", "a.pyc", false, true),
        ("*.pyc", "deep/er/a.pyc", false, true),
        ("build", "build", true, true),
        ("build", "src/build", false, true),
        ("build/", "build", false, false),
        ("build/", "src/build", true, true),
        ("/build", "build", false, true),
        ("/build", "src/build", false, false),
        ("docs/draft", "docs/draft", false, true),
        ("docs/draft", "a/docs/draft", false, true),
        ("docs/*.md", "docs/a.md", false, true),
        ("docs/*.md", "docs/a/b.md", false, false),
        ("docs/**", "docs", true, true),
        ("docs/**", "docs/a/b", false, true),
        ("docs/**", "src/docs/a", false, false),
        ("**/logs", "logs", true, true),
        ("**/logs", "a/b/logs", true, true),
        ("a/**/z", "a/z", false, true),
        ("a/**/z", "a/b/c/z", false, true),
        ("a/**/z", "x/a/z", false, false),
        ("*", "file", false, true),
        ("*", "folder/file", false, false),
        ("*/file", "file", false, true),
        ("*/file", "folder/file", false, true),
        ("*/file", "folder/below/file", false, false),
        ("*/file", "f/below/file", false, true),
        ("?.txt", "a.txt", false, true),
        ("?.txt", "ab.txt", false, false),
        ("[a-c]x", "bx", false, true),
        ("[a-c]x", "dx", false, false),
        ("[!a-c]x", "dx", false, true),
        ("[]x]", "]", false, true),
        ("[open", "[open", false, true),
        ("{a,b}", "a", false, false),
        ("{a,b}", "{a,b}", false, true),
        ("\\#hash", "#hash", false, true),
        ("\\!bang", "!bang", false, true),
        ("space   ", "space", false, true),
        ("space\\ ", "space ", false, true),
        ("a\\*b", "axb", false, true),
        ("ü*", "übung", false, true),
    ];
    for (line, path, is_directory, expected) in table {
        let pattern = Pattern::parse(line).unwrap();
        assert_eq!(
            pattern.matches(path, is_directory),
            expected,
            "{line:?} on {path:?}, directory: {is_directory}"
        );
    }
}

#[test]
fn blank_lines_and_lone_backslashes_are_skipped() {
    for line in ["", "   ", "/", "!", "foo\\", "foo\\\\\\"] {
        assert_eq!(Pattern::parse(line), None, "{line:?}");
    }
}

fn left(files: &[(&str, &str)]) -> Vec<String> {
    names(&pack(tree(files).path()).unwrap())
}

#[test]
fn the_last_line_that_matches_decides() {
    let files =
        |rules| [(".gcloudignore", rules), ("a.log", ""), ("keep.log", ""), ("main.py", "")];
    assert_eq!(left(&files("*.log\n!keep.log\n.gcloudignore\n")), ["keep.log", "main.py"]);
    assert_eq!(left(&files("!keep.log\n*.log\n")), [".gcloudignore", "main.py"]);
}

#[test]
fn nothing_in_an_ignored_directory_is_included_again() {
    let rules = ".gcloudignore\nbuild/\n!build/keep.txt\n";
    assert_eq!(
        left(&[(".gcloudignore", rules), ("build/keep.txt", ""), ("main.py", "")]),
        ["main.py"]
    );
}

#[test]
fn only_the_ignore_file_at_the_root_counts() {
    let files = [
        (".gcloudignore", ".gcloudignore\n"),
        ("a/.gcloudignore", "*\n"),
        ("a/b", ""),
        (".git/config", ""),
        (".gitignore", "*"),
    ];
    assert_eq!(left(&files), [".git/config", ".gitignore", "a/b"]);
}

#[test]
fn defaults_apply_if_git_or_node_modules_exists() {
    assert_eq!(
        left(&[(".git/config", ""), ("main.py", ""), ("__pycache__/main.pyc", "")]),
        ["__pycache__/main.pyc", "main.py"]
    );
    assert_eq!(
        left(&[
            (".gitignore", "*.log\n"),
            ("a.log", ""),
            ("node_modules/x/i.js", ""),
            ("main.py", "")
        ]),
        ["main.py"]
    );
    assert_eq!(
        left(&[("lib/node_modules/x.js", ""), ("node_modules/x.js", ""), ("index.js", "")]),
        ["index.js"]
    );
}

#[test]
fn without_markers_everything_is_source() {
    assert_eq!(
        left(&[("lib/node_modules/x.js", ""), (".env", ""), ("index.js", "")]),
        [".env", "index.js", "lib/node_modules/x.js"]
    );
}

#[test]
fn an_include_is_replaced_by_the_lines_of_its_file_for_one_level() {
    let files = [
        (".gcloudignore", ".*\n#!include:rules.txt\n!kept.log\n"),
        ("rules.txt", "*.log\n# !include:more.txt\n#!include:more.txt\n"),
        ("more.txt", "main.py\n"),
        ("a.log", ""),
        ("kept.log", ""),
        ("main.py", ""),
    ];
    assert_eq!(left(&files), ["kept.log", "main.py", "more.txt", "rules.txt"]);
}

#[test]
fn an_include_of_another_directory_or_a_missing_file_is_an_error_that_names_it() {
    let elsewhere =
        pack(tree(&[(".gcloudignore", "#!include:../secret\n"), ("a", "")]).path()).unwrap_err();
    assert!(
        matches!(&elsewhere, PackError::Include { included, .. } if included == "../secret"),
        "{elsewhere:?}"
    );
    let missing =
        pack(tree(&[(".gcloudignore", "#!include:missing\n"), ("a", "")]).path()).unwrap_err();
    assert!(missing.to_string().ends_with("/missing"), "{missing}");
}
