//! The table: a source that fails, and what has to be said about it.

/// A source that cannot be deployed.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// A program that this machine needs, or, after a `!`, must not have.
    needs: &'static str,
    /// Whether it is run by name only: it takes much longer than the others, or is not settled yet.
    pub(super) is_slow: bool,
    /// Paths and texts.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// Files of the examples that are put beside them.
    pub(super) copied: &'static [&'static str],
    pub(super) flags: &'static [&'static str],
    /// Part of the line with the outcome.
    pub(super) headline: &'static str,
    /// What else has to be on the screen.
    pub(super) shown: &'static [&'static str],
    /// What must not be there.
    pub(super) hidden: &'static [&'static str],
}

impl Case {
    /// The tool that fails, which is the beginning of the name.
    pub(super) fn tool(&self) -> &'static str {
        self.name.split_once(": ").map_or("", |(tool, _)| tool)
    }

    /// Why the case cannot be made on this machine.
    pub(super) fn skipped(&self) -> Option<String> {
        let has = |program: &str| {
            let path = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
        };
        match self.needs.strip_prefix('!') {
            Some(program) => has(program).then(|| format!("{program} is installed")),
            None if self.needs.is_empty() || has(self.needs) => None,
            None => Some(format!("{} is not installed", self.needs)),
        }
    }
}

const NONE: Case = Case {
    name: "",
    needs: "",
    is_slow: false,
    files: &[],
    copied: &[],
    flags: &[],
    headline: "",
    shown: &[],
    hidden: &[],
};

const NODE: &str = "exports.hello = (req, res) => res.send('x');\n";
const FRAMES: &[&str] = &["\n          at ", "node:internal"];
const PYTHON: &str = "def hello(request):\n    return 'x'\n";
const HELLO: &[&str] = &["--entry-point", "hello"];
const UV: &[&str] = &["--entry-point", "hello", "--build-env", "GOOGLE_PYTHON_PACKAGE_MANAGER=uv"];
const PIP: &[&str] =
    &["--entry-point", "hello", "--build-env", "GOOGLE_PYTHON_PACKAGE_MANAGER=pip"];
const NEWER_PYTHON: &str = "[project]\nname = \"x\"\nversion = \"1\"\nrequires-python = \">=3.99\"\ndependencies = [\"functions-framework\"]\n";
const WITH_FRAMEWORK: &str = r#"{"dependencies": {"@google-cloud/functions-framework": "3.4.0"}}"#;
const BUN_LOCK: &str = r#"{"lockfileVersion": 1, "workspaces": {"": {}}, "packages": {}}"#;
const CAUSED_BY_SOURCE: &str = "caused by the request or its source";
const CAUSED_BY_PLATFORM: &str = "caused by the platform or the fleet";
const GO_MODULES: &[&str] = &["examples/go-http/go.mod", "examples/go-http/go.sum"];
const POM: &[&str] = &["examples/java-http/pom.xml"];
const JAVA: &[&str] = &["--entry-point", "fn.Hello"];

pub(super) const CASES: &[Case] = &[
    Case {
        name: "node: missing module",
        needs: "node",
        files: &[("index.js", "const x = require('left-padx');\nexports.hello = () => {};\n")],
        headline: "Cannot find module 'left-padx'",
        shown: &["index.js"],
        hidden: FRAMES,
        ..NONE
    },
    Case {
        name: "node: exception at start",
        needs: "node",
        files: &[(
            "index.js",
            "exports.hello = () => {};\nthrow new Error('DB_URL is required');\n",
        )],
        headline: "DB_URL is required",
        hidden: FRAMES,
        ..NONE
    },
    Case {
        name: "node: syntax error",
        needs: "node",
        files: &[("index.js", "exports.hello = (req, res) => {\n  res.send('x'\n};\n")],
        headline: "SyntaxError: missing ) after argument list",
        shown: &["index.js:2", CAUSED_BY_SOURCE],
        ..NONE
    },
    Case {
        name: "node: import beside exports",
        needs: "node",
        files: &[("index.js", "import x from 'fs';\nexports.hello = () => {};\n")],
        headline: "ReferenceError: exports is not defined in ES module scope",
        ..NONE
    },
    Case {
        name: "node: require in a module",
        needs: "node",
        files: &[
            ("index.js", "const fs = require('fs');\nexport const hello = (req, res) => {};\n"),
            ("package.json", r#"{"type": "module"}"#),
        ],
        headline: "ReferenceError: require is not defined in ES module scope",
        shown: &["/workspace/package.json"],
        hidden: FRAMES,
        ..NONE
    },
    Case {
        name: "node: import without ending",
        needs: "node",
        files: &[
            ("index.js", "import {x} from './lib';\nexport const hello = (req, res) => {};\n"),
            ("lib.js", "export const x = 1;\n"),
            ("package.json", r#"{"type": "module"}"#),
        ],
        headline: "Cannot find module '/workspace/lib'",
        hidden: FRAMES,
        ..NONE
    },
    Case {
        name: "node: missing export",
        needs: "node",
        files: &[
            ("index.js", "import {one} from './lib.cjs';\nexport const hello = () => one;\n"),
            ("lib.cjs", "module.exports = [1, 2].map((n) => n);\n"),
            ("package.json", r#"{"type": "module"}"#),
        ],
        headline: "SyntaxError: Named export 'one' not found",
        hidden: FRAMES,
        ..NONE
    },
    Case {
        name: "node: two candidates",
        needs: "node",
        files: &[("index.js", "module.exports = {\n  one: (req, res) => {},\n  two,\n};\n")],
        headline: "one (index.js:1); two (index.js:1)",
        shown: &["--entry-point one"],
        ..NONE
    },
    Case {
        name: "node: default export only",
        needs: "node",
        files: &[("index.mjs", "export default (req, res) => res.send('x');\n")],
        headline: "index.mjs declares no function",
        ..NONE
    },
    Case {
        name: "node: unknown target",
        needs: "node",
        files: &[("index.js", NODE)],
        flags: &["--entry-point", "nope"],
        headline: "Function 'nope' is not defined",
        ..NONE
    },
    Case {
        name: "node: missing main file",
        needs: "node",
        files: &[("package.json", r#"{"main": "lib/app.js"}"#)],
        flags: HELLO,
        headline: "lib/app.js does not exist",
        ..NONE
    },
    Case {
        name: "node: invalid package.json",
        needs: "node",
        files: &[("index.js", NODE), ("package.json", "{\"name\": \"a\",}\n")],
        headline: "package.json",
        ..NONE
    },
    Case {
        name: "typescript: not compiled",
        needs: "npm",
        files: &[
            ("src/index.ts", "export const hello = (req: any, res: any) => res.send('x');\n"),
            ("package.json", r#"{"main": "dist/index.js"}"#),
        ],
        headline: "dist/index.js does not exist",
        ..NONE
    },
    Case {
        name: "typescript: type error",
        needs: "npm",
        is_slow: true,
        files: &[
            ("src/index.ts", "export const hello: number = 'x';\n"),
            ("tsconfig.json", r#"{"compilerOptions": {"outDir": "dist", "types": []}}"#),
            (
                "package.json",
                r#"{"main": "dist/index.js", "scripts": {"build": "tsc"}, "devDependencies": {"typescript": "5.9.2"}}"#,
            ),
        ],
        headline: "src/index.ts(1,14): error TS2322",
        ..NONE
    },
    Case {
        name: "npm: lock out of step",
        needs: "npm",
        files: &[
            ("index.js", NODE),
            (
                "package.json",
                r#"{"name": "a", "version": "1.0.0", "dependencies": {"is-odd": "3.0.1"}}"#,
            ),
            (
                "package-lock.json",
                r#"{"name": "a", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": {"": {"name": "a", "version": "1.0.0"}}}"#,
            ),
        ],
        headline: "Missing: is-odd@3.0.1 from lock file",
        hidden: &["--install-strategy", "Options:"],
        ..NONE
    },
    Case {
        name: "npm: unknown package",
        needs: "npm",
        files: &[
            ("index.js", NODE),
            ("package.json", r#"{"dependencies": {"longshore-no-such-package-x": "1.0.0"}}"#),
        ],
        headline: "longshore-no-such-package-x",
        hidden: &["A complete log"],
        ..NONE
    },
    Case {
        name: "npm: unknown version",
        needs: "npm",
        files: &[("index.js", NODE), ("package.json", r#"{"dependencies": {"is-odd": "99.0.0"}}"#)],
        headline: "No matching version found for is-odd@99.0.0",
        ..NONE
    },
    Case {
        name: "npm: registry cannot be reached",
        needs: "npm",
        files: &[
            ("index.js", NODE),
            ("package.json", r#"{"dependencies": {"is-odd": "3.0.1"}}"#),
            (".npmrc", "registry=http://127.0.0.1:9/\nfetch-retries=0\n"),
        ],
        headline: "connect ECONNREFUSED 127.0.0.1:9",
        shown: &[CAUSED_BY_PLATFORM],
        ..NONE
    },
    Case {
        name: "npm: conflicting peers",
        needs: "npm",
        files: &[
            ("index.js", NODE),
            ("package.json", r#"{"dependencies": {"react": "16.0.0", "react-dom": "17.0.0"}}"#),
        ],
        headline: "ERESOLVE unable to resolve dependency tree",
        shown: &["peer react@\"17.0.0\" from react-dom@17.0.0"],
        hidden: &["eresolve-report"],
        ..NONE
    },
    Case {
        name: "npm: failing build script",
        needs: "npm",
        files: &[
            ("index.js", NODE),
            ("build.js", "console.log('no template x.hbs');\nprocess.exit(3);\n"),
            ("package.json", r#"{"scripts": {"gcp-build": "node build.js"}}"#),
        ],
        headline: "exit status: 3",
        shown: &["no template x.hbs"],
        hidden: &["> node build.js"],
        ..NONE
    },
    Case {
        name: "npm: missing build program",
        needs: "npm",
        files: &[
            ("index.js", NODE),
            ("package.json", r#"{"scripts": {"gcp-build": "no-such-program --all"}}"#),
        ],
        headline: "exit status: 127",
        shown: &["no-such-program"],
        ..NONE
    },
    Case {
        name: "yarn: lock out of step",
        needs: "yarn",
        files: &[
            ("index.js", NODE),
            ("package.json", r#"{"dependencies": {"is-odd": "3.0.1"}}"#),
            ("yarn.lock", "# yarn lockfile v1\n"),
        ],
        headline: "lockfile",
        ..NONE
    },
    Case {
        name: "pnpm: lock out of step",
        needs: "pnpm",
        files: &[
            ("index.js", NODE),
            (
                "package.json",
                r#"{"dependencies": {"@google-cloud/functions-framework": "3", "is-odd": "3.0.1"}}"#,
            ),
            ("pnpm-lock.yaml", "lockfileVersion: '9.0'\nimporters:\n  .: {}\n"),
        ],
        headline: "ERR_PNPM_OUTDATED_LOCKFILE",
        ..NONE
    },
    Case {
        name: "bun: not installed",
        needs: "!bun",
        files: &[("index.js", NODE), ("package.json", WITH_FRAMEWORK), ("bun.lock", "")],
        headline: "bun, which is not on the PATH",
        shown: &["npm install -g bun"],
        ..NONE
    },
    Case {
        name: "bun: without the framework",
        needs: "node",
        files: &[("index.js", NODE), ("package.json", "{}"), ("bun.lock", "")],
        headline: "you have not included the Functions Framework",
        ..NONE
    },
    Case {
        name: "bun: lock out of step",
        needs: "bun",
        files: &[("index.js", NODE), ("package.json", WITH_FRAMEWORK), ("bun.lock", BUN_LOCK)],
        headline: "lockfile had changes, but lockfile is frozen",
        ..NONE
    },
    Case {
        name: "bun: unknown version",
        needs: "bun",
        files: &[("index.js", NODE), ("package.json", r#"{"dependencies": {"is-odd": "99.0.0"}}"#)],
        flags: &["--build-env", "GOOGLE_PACKAGE_MANAGER=bun"],
        headline: "No version matching \"99.0.0\" found for specifier \"is-odd\"",
        ..NONE
    },
    Case {
        name: "python: missing module",
        needs: "python3",
        files: &[("main.py", "import nothere\n\n\ndef hello(request):\n    return 'x'\n")],
        headline: "ModuleNotFoundError: No module named 'nothere'",
        shown: &["/workspace/main.py", "import nothere"],
        hidden: &["functions_framework/__init__.py"],
        ..NONE
    },
    Case {
        name: "python: unlisted package",
        needs: "python3",
        // It may be installed on this machine, where a function must not find it.
        files: &[("main.py", "import pytest\n\n\ndef hello(request):\n    return 'x'\n")],
        headline: "ModuleNotFoundError: No module named 'pytest'",
        ..NONE
    },
    Case {
        name: "python: exception at start",
        needs: "python3",
        files: &[(
            "main.py",
            "import os\n\nURL = os.environ['DB_URL']\n\n\ndef hello(request):\n    return URL\n",
        )],
        headline: "KeyError: 'DB_URL'",
        shown: &["URL = os.environ['DB_URL']"],
        ..NONE
    },
    Case {
        name: "python: syntax error",
        needs: "python3",
        files: &[("main.py", "def hello(request)\n    return 'x'\n")],
        flags: HELLO,
        headline: "SyntaxError: expected ':'",
        shown: &["def hello(request)"],
        ..NONE
    },
    Case {
        name: "python: unknown target",
        needs: "python3",
        files: &[("main.py", PYTHON)],
        flags: &["--entry-point", "nope"],
        headline: "'nope'",
        ..NONE
    },
    Case {
        name: "python: no main.py",
        needs: "python3",
        files: &[("app.py", PYTHON), ("requirements.txt", "flask\n")],
        flags: HELLO,
        headline: "missing main.py",
        ..NONE
    },
    Case {
        name: "python: a Flask application",
        needs: "python3",
        files: &[
            (
                "main.py",
                "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef index():\n    return 'x'\n",
            ),
            ("Dockerfile", "FROM scratch\n"),
        ],
        headline: "index (main.py:7), a route of a web framework",
        shown: &["Dockerfile"],
        ..NONE
    },
    Case {
        name: "python: two candidates",
        needs: "python3",
        files: &[("main.py", "def one(request):\n    pass\n\n\ndef two(request):\n    pass\n")],
        headline: "one (main.py:1); two (main.py:5)",
        shown: &["--entry-point one"],
        ..NONE
    },
    Case {
        name: "pip: newer Python",
        needs: "python3",
        files: &[("main.py", PYTHON), ("pyproject.toml", NEWER_PYTHON)],
        flags: PIP,
        headline: "requires a different Python",
        shown: &["not in '>=3.99'"],
        ..NONE
    },
    Case {
        name: "uv: newer Python",
        needs: "python3",
        files: &[("main.py", PYTHON), ("pyproject.toml", NEWER_PYTHON)],
        flags: UV,
        headline: "incompatible with the project's Python requirement: `>=3.99`",
        ..NONE
    },
    Case {
        name: "pip: unknown package",
        needs: "python3",
        files: &[("main.py", PYTHON), ("requirements.txt", "longshore-no-such-package-x==1.0\n")],
        headline: "longshore-no-such-package-x",
        ..NONE
    },
    Case {
        name: "pip: unknown version",
        needs: "python3",
        files: &[("main.py", PYTHON), ("requirements.txt", "itsdangerous==99.0\n")],
        headline: "itsdangerous==99.0",
        ..NONE
    },
    Case {
        name: "pip: index cannot be reached",
        needs: "python3",
        files: &[
            ("main.py", PYTHON),
            (
                "requirements.txt",
                "--index-url http://127.0.0.1:9/simple\nlongshore-no-such-package-x\n",
            ),
        ],
        flags: &["--entry-point", "hello", "--build-env", "PIP_RETRIES=1"],
        headline: "Failed to establish a new connection",
        shown: &[CAUSED_BY_PLATFORM],
        ..NONE
    },
    Case {
        name: "pip: conflict",
        needs: "python3",
        files: &[("main.py", PYTHON), ("requirements.txt", "flask==3.0.0\nwerkzeug==2.0.0\n")],
        headline: "conflicting dependencies",
        shown: &["werkzeug==2.0.0"],
        ..NONE
    },
    Case {
        name: "pip: invalid requirement",
        needs: "python3",
        files: &[("main.py", PYTHON), ("requirements.txt", "flask === what is this\n")],
        headline: "Invalid requirement",
        ..NONE
    },
    Case {
        name: "pip: missing file",
        needs: "python3",
        files: &[("main.py", PYTHON), ("requirements.txt", "-r more.txt\n")],
        headline: "more.txt",
        ..NONE
    },
    Case {
        name: "pip: failing setup.py",
        needs: "python3",
        files: &[
            ("main.py", PYTHON),
            ("requirements.txt", "./p\n"),
            ("p/setup.py", "raise RuntimeError('needs libfoo 2')\n"),
        ],
        headline: "RuntimeError: needs libfoo 2",
        hidden: &["pyproject_hooks"],
        ..NONE
    },
    Case {
        name: "uv: no solution",
        needs: "python3",
        files: &[
            ("main.py", PYTHON),
            (
                "pyproject.toml",
                "[project]\nname = \"x\"\nversion = \"1\"\nrequires-python = \">=3.9\"\ndependencies = [\"functions-framework\", \"itsdangerous==99.0\"]\n",
            ),
        ],
        flags: UV,
        headline: "No solution found",
        shown: &["itsdangerous==99.0"],
        ..NONE
    },
    Case {
        name: "uv: without the framework",
        needs: "python3",
        files: &[
            ("main.py", PYTHON),
            (
                "pyproject.toml",
                "[project]\nname = \"x\"\nversion = \"1\"\ndependencies = [\"flask\"]\n",
            ),
        ],
        flags: UV,
        headline: "you have not included the Functions Framework",
        ..NONE
    },
    Case {
        name: "uv: invalid pyproject.toml",
        needs: "python3",
        files: &[("main.py", PYTHON), ("pyproject.toml", "[project\nname = \"x\"\n")],
        flags: UV,
        headline: "pyproject.toml",
        shown: &["line 1"],
        ..NONE
    },
    Case {
        name: "poetry: no solution",
        needs: "python3",
        is_slow: true,
        files: &[
            ("main.py", PYTHON),
            (
                "pyproject.toml",
                "[tool.poetry]\nname = \"x\"\nversion = \"1\"\ndescription = \"\"\nauthors = []\n[tool.poetry.dependencies]\npython = \"^3.9\"\nfunctions-framework = \"^3\"\nitsdangerous = \"99.0\"\n",
            ),
        ],
        flags: HELLO,
        headline: "itsdangerous",
        shown: &["version solving failed"],
        ..NONE
    },
    Case {
        name: "poetry: newer Python",
        needs: "python3",
        files: &[
            ("main.py", PYTHON),
            (
                "pyproject.toml",
                "[tool.poetry.dependencies]\npython = \"^3.99\"\nfunctions-framework = \"^3\"\n",
            ),
        ],
        flags: HELLO,
        headline: "is not allowed by the project (^3.99)",
        shown: &["This machine has Python 3."],
        ..NONE
    },
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
        name: "maven: compile error",
        needs: "mvn",
        is_slow: true,
        files: &[(
            "src/main/java/fn/Hello.java",
            "package fn;\n\npublic class Hello {\n  Nothing x;\n}\n",
        )],
        copied: POM,
        flags: JAVA,
        headline: "cannot find symbol",
        shown: &["class Nothing"],
        hidden: &["Re-run Maven"],
    },
    Case {
        name: "maven: invalid pom.xml",
        needs: "mvn",
        files: &[
            ("pom.xml", "<project>\n  <modelVersion>4.0.0</modelVersion>\n"),
            ("src/main/java/fn/Hello.java", ""),
        ],
        flags: JAVA,
        headline: "pom.xml",
        hidden: &["Re-run Maven"],
        ..NONE
    },
    Case {
        name: "maven: unknown artifact",
        needs: "mvn",
        is_slow: true,
        files: &[
            ("pom.xml", UNKNOWN_ARTIFACT),
            ("src/main/java/fn/Hello.java", "package fn;\n\npublic class Hello {}\n"),
        ],
        flags: JAVA,
        headline: "com.example.longshore:nothere",
        ..NONE
    },
    Case {
        name: "maven: unknown class",
        needs: "mvn",
        is_slow: true,
        files: &[("src/main/java/fn/Other.java", "package fn;\n\npublic class Other {}\n")],
        copied: POM,
        flags: JAVA,
        headline: "fn.Hello",
        ..NONE
    },
    Case {
        name: "maven: newer Java",
        needs: "mvn",
        is_slow: true,
        files: &[
            ("pom.xml", NEWER_JAVA),
            ("src/main/java/fn/Hello.java", "package fn;\n\npublic class Hello {}\n"),
        ],
        flags: JAVA,
        headline: "release: 99",
        shown: &["This machine has Java"],
        ..NONE
    },
    Case {
        name: "java: two candidates",
        needs: "java",
        files: &[
            ("pom.xml", ""),
            ("src/main/java/fn/One.java", "package fn;\n\nclass One implements HttpFunction {}\n"),
            ("src/main/java/fn/Two.java", "package fn;\n\nclass Two implements HttpFunction {}\n"),
        ],
        headline: "fn.One (src/main/java/fn/One.java:3); fn.Two (src/main/java/fn/Two.java:3)",
        ..NONE
    },
    Case {
        name: "java: exception at start",
        needs: "mvn",
        is_slow: true,
        files: &[("src/main/java/fn/Hello.java", JAVA_THROWS)],
        copied: POM,
        headline: "DB_URL is required",
        hidden: &["\n        \tat "],
        ..NONE
    },
    Case {
        name: "gradle: not installed",
        needs: "!gradle",
        files: &[("build.gradle", "plugins { id 'java' }\n"), ("src/main/java/fn/Hello.java", "")],
        flags: JAVA,
        headline: "gradle, which is not on the PATH",
        shown: &[CAUSED_BY_PLATFORM, "install Gradle"],
        ..NONE
    },
    Case {
        name: "gradle: wrapper cannot download",
        needs: "java",
        files: &[
            ("build.gradle", "plugins { id 'java' }\n"),
            (
                "gradlew",
                "#!/bin/sh\necho 'Downloading https://services.gradle.org/distributions/gradle-8.10-bin.zip'\necho 'Exception in thread \"main\" java.net.UnknownHostException: services.gradle.org' >&2\nexit 1\n",
            ),
            ("src/main/java/fn/Hello.java", ""),
        ],
        flags: JAVA,
        headline: "UnknownHostException: services.gradle.org",
        shown: &[CAUSED_BY_PLATFORM],
        ..NONE
    },
    Case {
        name: "gradle: compile error",
        needs: "gradle",
        files: &[
            ("build.gradle", "plugins { id 'java' }\n"),
            ("settings.gradle", "rootProject.name = 'x'\n"),
            (
                "src/main/java/fn/Hello.java",
                "package fn;\n\npublic class Hello {\n  Nothing x;\n}\n",
            ),
        ],
        flags: JAVA,
        headline: "cannot find symbol",
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

const JAVA_THROWS: &str = "package fn;

import com.google.cloud.functions.HttpFunction;
import com.google.cloud.functions.HttpRequest;
import com.google.cloud.functions.HttpResponse;

public class Hello implements HttpFunction {
  public Hello() {
    throw new IllegalStateException(\"DB_URL is required\");
  }

  @Override
  public void service(HttpRequest request, HttpResponse response) {}
}
";

const NEWER_JAVA: &str = "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example.longshore</groupId>
  <artifactId>fn</artifactId>
  <version>1</version>
  <properties>
    <maven.compiler.source>99</maven.compiler.source>
    <maven.compiler.target>99</maven.compiler.target>
  </properties>
</project>
";

const UNKNOWN_ARTIFACT: &str = "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example.longshore</groupId>
  <artifactId>fn</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>com.example.longshore</groupId>
      <artifactId>nothere</artifactId>
      <version>1</version>
    </dependency>
  </dependencies>
</project>
";
