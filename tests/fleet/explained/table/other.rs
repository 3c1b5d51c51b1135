//! Sources that fail in the same way in every language.

use super::{Case, HELLO, NONE, PYTHON};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "secrets: two in one directory",
        needs: "python3",
        files: &[("main.py", PYTHON)],
        flags: &["--set-secrets", "/etc//tls/crt=a:1,/etc/tls:/key=b:1"],
        headline: "/etc/tls would have files of two secrets, a and b",
        ..NONE
    },
    Case {
        name: "secrets: a missing one",
        needs: "python3",
        files: &[("main.py", PYTHON)],
        flags: &["--set-secrets", "KEY=nothere:1"],
        headline: "nothere",
        shown: &["KEY", "longshore secrets set nothere"],
        ..NONE
    },
    Case {
        name: "a manifest under another name",
        files: &[("main.py", PYTHON), ("longshore.yml", "name: x\n")],
        headline: "longshore.yml is ignored",
        shown: &["rename it to longshore.yaml"],
        ..NONE
    },
    Case {
        name: "a language that is not supported",
        files: &[("app.rb", "require 'x'\n"), ("Gemfile", "")],
        flags: HELLO,
        headline: "found Gemfile (Ruby)",
        ..NONE
    },
];
