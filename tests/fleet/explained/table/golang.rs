//! Sources in Go.

use super::{CAUSED_BY_PLATFORM, CAUSED_BY_SOURCE, Case, NONE};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "go: compile error",
        needs: "go",
        is_slow: true,
        files: &[(
            "fn.go",
            "package fn\n\nimport \"net/http\"\n\nfunc Hello(w http.ResponseWriter, r *http.Request) {\n\tundefinedThing()\n}\n",
        )],
        copied: GO_MODULES,
        headline: "undefined: undefinedThing",
        shown: &["fn.go:6"],
        ..NONE
    },
    Case {
        name: "go: syntax error",
        needs: "go",
        files: &[(
            "fn.go",
            "package fn\n\nimport \"net/http\"\n\nfunc Hello(w http.ResponseWriter, r *http.Request) {\n\treturn (\n}\n",
        )],
        copied: GO_MODULES,
        headline: "fn.go:7",
        ..NONE
    },
    Case {
        name: "go: unknown module",
        needs: "go",
        is_slow: true,
        files: &[(
            "fn.go",
            "package fn\n\nimport (\n\t\"net/http\"\n\n\t_ \"example.com/longshore/nothere\"\n)\n\nfunc Hello(w http.ResponseWriter, r *http.Request) {}\n",
        )],
        copied: GO_MODULES,
        headline: "example.com/longshore/nothere",
        ..NONE
    },
    Case {
        name: "go: module outside of the source",
        needs: "go",
        is_slow: true,
        files: &[
            (
                "go.mod",
                "module example.com/fn\n\ngo 1.24\n\nrequire example.com/shared v0.0.0\n\nreplace example.com/shared => ../shared\n",
            ),
            ("fn.go", GO_SHARED),
        ],
        headline: "example.com/shared",
        shown: &["outside of the source", CAUSED_BY_SOURCE],
        ..NONE
    },
    Case {
        name: "go: workspace",
        needs: "go",
        is_slow: true,
        files: &[
            ("go.mod", "module example.com/fn\n\ngo 1.24\n"),
            ("go.work", "go 1.24\n\nuse (\n\t.\n\t./shared\n)\n"),
            ("shared/go.mod", "module example.com/shared\n\ngo 1.24\n"),
            ("shared/shared.go", "package shared\n"),
            ("fn.go", GO_SHARED),
        ],
        headline: "example.com/shared",
        shown: &["go.work is not used"],
        ..NONE
    },
    Case {
        name: "go: invalid go.mod",
        needs: "go",
        files: &[
            ("go.mod", "module example.com/fn\n\ngo 1.24\n\nrequires example.com/shared v0.0.0\n"),
            ("fn.go", GO_SHARED),
        ],
        headline: "go.mod:5",
        ..NONE
    },
    Case {
        name: "go: proxy cannot be reached",
        needs: "go",
        is_slow: true,
        files: &[("fn.go", GO_REGISTERED)],
        copied: GO_MODULES,
        flags: &["--build-env", "GOPROXY=http://127.0.0.1:9", "--build-env", "GOFLAGS=-modcacherw"],
        headline: "connection refused",
        shown: &[CAUSED_BY_PLATFORM],
        ..NONE
    },
    Case {
        name: "go: newer Go",
        needs: "go",
        is_slow: true,
        files: &[
            ("go.mod", "module example.com/fn\n\ngo 1.99\n"),
            (
                "fn.go",
                "package fn\n\nimport \"net/http\"\n\nfunc Hello(w http.ResponseWriter, r *http.Request) {}\n",
            ),
        ],
        headline: "go.mod requires go >= 1.99",
        ..NONE
    },
    Case {
        name: "go: unknown target",
        needs: "go",
        is_slow: true,
        files: &[("fn.go", GO_REGISTERED)],
        copied: GO_MODULES,
        flags: &["--entry-point", "Nope"],
        headline: "no matching function found with name: \"Nope\"",
        ..NONE
    },
    Case {
        name: "go: panic at start",
        needs: "go",
        is_slow: true,
        files: &[("fn.go", GO_PANIC)],
        copied: GO_MODULES,
        headline: "panic: DB_URL is required",
        hidden: &["goroutine"],
        ..NONE
    },
    Case {
        name: "go: several errors",
        needs: "go",
        is_slow: true,
        files: &[(
            "fn.go",
            "package fn\n\nimport (\n\t\"fmt\"\n\t\"net/http\"\n)\n\nfunc Hello(w http.ResponseWriter, r *http.Request) {\n\tvar x string = 3\n\tw.Nothere(1)\n}\n",
        )],
        copied: GO_MODULES,
        headline: "fn.go:4:2: \"fmt\" imported and not used",
        shown: &["fn.go:9:17: cannot use 3", "fn.go:10:4: w.Nothere undefined"],
        ..NONE
    },
    Case {
        name: "go: two packages",
        needs: "go",
        is_slow: true,
        files: &[("fn.go", GO_REGISTERED), ("other.go", "package other\n")],
        copied: GO_MODULES,
        headline: "multiple packages in user code directory: fn != other",
        ..NONE
    },
    Case {
        name: "go: import cycle",
        needs: "go",
        is_slow: true,
        files: &[
            ("go.mod", "module example.com/fn\n\ngo 1.24\n"),
            (
                "fn.go",
                "package fn\n\nimport (\n\t\"net/http\"\n\n\t_ \"example.com/fn/a\"\n)\n\nfunc Hello(w http.ResponseWriter, r *http.Request) {}\n",
            ),
            ("a/a.go", "package a\n\nimport _ \"example.com/fn/b\"\n"),
            ("b/b.go", "package b\n\nimport _ \"example.com/fn/a\"\n"),
        ],
        headline: "import cycle not allowed",
        shown: &["example.com/fn/a", "example.com/fn/b"],
        ..NONE
    },
    Case {
        name: "go: proxy refuses",
        needs: "go",
        is_slow: true,
        files: &[("fn.go", GO_REGISTERED)],
        copied: GO_MODULES,
        flags: &["--build-env", "GOPROXY=http://{refusing}", "--build-env", "GOFLAGS=-modcacherw"],
        headline: "401 Unauthorized",
        ..NONE
    },
];

const GO_MODULES: &[&str] = &["examples/go-http/go.mod", "examples/go-http/go.sum"];

const GO_SHARED: &str = "package fn

import (
\t\"net/http\"

\t_ \"example.com/shared\"
)

func Hello(w http.ResponseWriter, r *http.Request) {}
";

const GO_REGISTERED: &str = "package fn

import (
\t\"net/http\"

\t\"github.com/GoogleCloudPlatform/functions-framework-go/functions\"
)

func init() {
\tfunctions.HTTP(\"Hello\", func(w http.ResponseWriter, r *http.Request) {})
}
";

const GO_PANIC: &str = "package fn

import (
\t\"net/http\"

\t\"github.com/GoogleCloudPlatform/functions-framework-go/functions\"
)

func init() {
\tfunctions.HTTP(\"Hello\", func(w http.ResponseWriter, r *http.Request) {})
\tpanic(\"DB_URL is required\")
}
";
