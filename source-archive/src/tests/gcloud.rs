//! Compares the selected files with gcloud's, by running gcloud where it is installed.

use std::os::unix::fs::symlink;
use std::process::Command;

use super::super::directory::list;
use super::*;

/// All unusual rules at once.
const RULES: &str = "\
.gcloudignore
# a comment
*.log
!keep.log
docs/draft
build/
!build/never.txt
/only-root
vendor/**
!vendor/never.txt
assets/*
!assets/logo.svg
**/deep/**/end
*/one-below
[a-c]?.txt
{x,y}
\\#hash
#!include:more.ignore
# !include:spaced.ignore
cr-one\rcr-two\r\nfeed-one\u{c}feed-two
trailing \u{20}\u{20}
kept-space\\\u{20}
two\\\\ words
back\\\\slash
lone\\
\\!bang
[!a]-not-a
[^b]-caret
[]c]-bracket
[d-f-h]-range
[open
a**z.mid
chain/*/x/
/top/**/leaf
/top/**/keep/
mid/**
!mid/back.txt
n/*.log
!n/keep.log
n/keep.log/
Case
/dir-only/
/spaced/\u{20}
// double
ün[ïí]code
nested/*
!nested/sub/
";

#[test]
fn our_list_is_the_list_of_gcloud() {
    let root = tree(&[
        (".gcloudignore", RULES),
        ("more.ignore", "included\n#!include:.gcloudignore\n!re-included\n"),
        ("spaced.ignore", "by-a-space\n"),
        ("a.log", ""),
        ("keep.log", ""),
        ("sub/a.log", ""),
        ("sub/keep.log", ""),
        ("docs/draft", ""),
        ("sub/docs/draft/x", ""),
        ("docs/drafted", ""),
        ("build/never.txt", ""),
        ("sub/build", ""),
        ("only-root", ""),
        ("sub/only-root", ""),
        ("vendor/never.txt", ""),
        ("sub/vendor/x", ""),
        ("assets/logo.svg", ""),
        ("assets/other.svg", ""),
        ("deep/a/b/end", ""),
        ("sub/deep/end", ""),
        ("one-below", ""),
        ("sub/one-below", ""),
        ("sub/sub/one-below", ""),
        ("s/sub/one-below", ""),
        ("ab.txt", ""),
        ("da.txt", ""),
        ("x", ""),
        ("{x,y}", ""),
        ("#hash", ""),
        ("included", ""),
        ("sub/included/x", ""),
        ("ünï", ""),
        ("ünícode", ""),
        ("ünicode", ""),
        ("by-a-space", ""),
        ("re-included", ""),
        ("cr-one", ""),
        ("cr-two", ""),
        ("feed-one", ""),
        ("feed-two", ""),
        ("trailing", ""),
        ("kept-space", ""),
        ("kept-space ", ""),
        ("two words", ""),
        ("lone", ""),
        ("!bang", ""),
        ("a-not-a", ""),
        ("b-not-a", ""),
        ("^-caret", ""),
        ("c-caret", ""),
        ("]-bracket", ""),
        ("c-bracket", ""),
        ("e-range", ""),
        ("g-range", ""),
        ("--range", ""),
        ("[open", ""),
        ("a123z.mid", ""),
        ("a/z.mid", ""),
        ("chain/a/x/y", ""),
        ("chain/a/b/x/y", ""),
        ("top/leaf", ""),
        ("top/a/b/leaf", ""),
        ("sub/top/a/leaf", ""),
        ("top/a/keep/x", ""),
        ("top/a/b/keep", ""),
        ("mid/back.txt", ""),
        ("sub/mid/back.txt", ""),
        ("n/a.log", ""),
        ("n/keep.log", ""),
        ("n/deep/a.log", ""),
        ("case", ""),
        ("Case", ""),
        ("dir-only/x", ""),
        ("sub/dir-only/x", ""),
        ("sub/sub/dir-only", ""),
        ("spaced/x", ""),
        ("double", ""),
        ("nested/a", ""),
        ("nested/sub/b", ""),
        // gcloud reads only the ignore file at the root.
        ("nested/sub/.gcloudignore", "*\n"),
        ("nested/sub/.gitignore", "b\n"),
        ("other/.gcloudignore", "*\n"),
        ("other/x", ""),
    ]);
    symlink("sub", root.path().join("linked")).unwrap();
    symlink("build", root.path().join("built")).unwrap();
    compare(root.path());
}

#[test]
fn our_defaults_are_the_defaults_of_gcloud() {
    let root = tree(&[
        (".gitignore", "*.tmp\n!b.tmp\n__pycache__/\n"),
        (".git/config", ""),
        ("a.tmp", ""),
        ("b.tmp", ""),
        ("sub/.gitignore", "*\n"),
        ("sub/__pycache__/x", ""),
        ("sub/x", ""),
    ]);
    compare(root.path());
    compare(tree(&[("__pycache__/x", ""), ("main.py", ""), (".env", "")]).path());
}

fn compare(root: &Path) {
    let Some(theirs) = listed_by_gcloud(root) else {
        println!("skipped: gcloud is not installed, so there is no list to compare with");
        return;
    };
    let rules = IgnoreRules::of_directory(root).unwrap();
    let ours: Vec<String> =
        list(root, &rules, &Limits::default()).unwrap().into_iter().map(|file| file.name).collect();
    assert_eq!(ours, theirs);
}

fn listed_by_gcloud(root: &Path) -> Option<Vec<String>> {
    let settings = tempfile::tempdir().unwrap();
    let asked = Command::new("gcloud")
        .args(["meta", "list-files-for-upload"])
        .arg(root)
        .env("CLOUDSDK_CONFIG", settings.path())
        .env("CLOUDSDK_CORE_DISABLE_PROMPTS", "1")
        .output();
    let output = asked.ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut files: Vec<String> =
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    files.sort_unstable();
    Some(files)
}
