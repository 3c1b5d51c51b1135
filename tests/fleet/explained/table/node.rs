//! Sources in JavaScript and TypeScript.

use super::{CAUSED_BY_PLATFORM, CAUSED_BY_SOURCE, Case, HELLO, NODE, NONE};

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
            ("tsconfig.json", "{}"),
        ],
        headline: "dist/index.js does not exist: no script of package.json compiles the TypeScript",
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
        name: "npm: wrong integrity",
        needs: "npm",
        files: &[("index.js", NODE), ("package.json", IS_ODD), ("package-lock.json", WRONG_LOCK)],
        headline: "ntegrity checksum failed",
        hidden: &["A complete log"],
        ..NONE
    },
    Case {
        name: "npm: unsupported engine",
        needs: "npm",
        files: &[
            ("index.js", NODE),
            (
                "package.json",
                r#"{"engines": {"node": ">=99"}, "dependencies": {"is-odd": "3.0.1"}}"#,
            ),
            (".npmrc", "engine-strict=true\n"),
        ],
        headline: "Not compatible with your version of node",
        shown: &[">=99"],
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
            ("pnpm-lock.yaml", PNPM_LOCK),
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
        name: "node: framework not listed",
        needs: "node",
        files: &[(
            "index.js",
            "const ff = require('@google-cloud/functions-framework');\nff.http('hello', (req, res) => {});\n",
        )],
        headline: "Cannot find module '@google-cloud/functions-framework'",
        hidden: FRAMES,
        ..NONE
    },
    Case {
        name: "node: ends at start",
        needs: "node",
        files: &[(
            "index.js",
            "exports.hello = () => {};\nconsole.log('no DB_URL');\nprocess.exit(3);\n",
        )],
        headline: "exit status: 3",
        shown: &["no DB_URL"],
        ..NONE
    },
    Case {
        name: "node: no package.json",
        needs: "node",
        files: &[("index.mjs", "export const hello = (req, res) => res.send('x');\n")],
        headline: "found index.mjs without package.json",
        ..NONE
    },
    Case {
        name: "typescript: compiler not listed",
        needs: "npm",
        files: &[
            ("src/index.ts", "export const hello = (req: any, res: any) => res.send('x');\n"),
            (
                "package.json",
                r#"{"main": "dist/index.js", "scripts": {"build": "tsc-of-longshore"}}"#,
            ),
        ],
        headline: "tsc-of-longshore: not found",
        shown: &["exit status: 127"],
        ..NONE
    },
    Case {
        name: "typescript: many type errors",
        needs: "npm",
        is_slow: true,
        files: &[
            (
                "src/index.ts",
                "export const hello: number = 'x';\nexport const a: number = 'x';\nexport const b: number = 'x';\n",
            ),
            (
                "src/other.ts",
                "import {nothere} from './index';\nexport const c: number = nothere;\n",
            ),
            ("tsconfig.json", r#"{"compilerOptions": {"outDir": "dist", "types": []}}"#),
            (
                "package.json",
                r#"{"main": "dist/index.js", "scripts": {"build": "tsc"}, "devDependencies": {"typescript": "5.9.2"}}"#,
            ),
        ],
        flags: &["--entry-point", "hello"],
        headline: "src/index.ts(1,14): error TS2322",
        shown: &["src/other.ts(1,9): error TS2305"],
        ..NONE
    },
    Case {
        name: "npm: failing script of a dependency",
        needs: "npm",
        files: &[
            ("index.js", NODE),
            ("package.json", r#"{"dependencies": {"dep": "file:./dep"}}"#),
            (".npmrc", "install-links=true\n"),
            (
                "dep/package.json",
                r#"{"name": "dep", "version": "1.0.0", "scripts": {"install": "node build.js"}}"#,
            ),
            ("dep/build.js", "console.log('looking');\nthrow new Error('needs libvips 8');\n"),
        ],
        headline: "Error: needs libvips 8",
        hidden: &["\n          npm error     at ", "Node.js v"],
        ..NONE
    },
    Case {
        name: "npm: registry refuses",
        needs: "npm",
        files: &[
            ("index.js", NODE),
            ("package.json", r#"{"dependencies": {"is-odd": "3.0.1"}}"#),
            (".npmrc", "registry=http://{refusing}/\n"),
        ],
        headline: "Incorrect or missing password",
        hidden: &["npmjs.com/forgot"],
        ..NONE
    },
    Case {
        name: "npm: killed build script",
        needs: "npm",
        files: &[
            ("index.js", NODE),
            ("package.json", r#"{"scripts": {"gcp-build": "echo bundling && kill -9 $$"}}"#),
        ],
        headline: "exit status: 137",
        shown: &["killed, as a program is that takes more memory than there is"],
        ..NONE
    },
    Case {
        name: "npm: build script without memory",
        needs: "npm",
        files: &[
            ("index.js", NODE),
            ("build.js", "const all = [];\nfor (;;) all.push(Array(1000).fill(all.length));\n"),
            (
                "package.json",
                r#"{"scripts": {"gcp-build": "node --max-old-space-size=20 build.js"}}"#,
            ),
        ],
        headline: "JavaScript heap out of memory",
        hidden: &["Mark-Compact", "node::"],
        ..NONE
    },
    Case {
        name: "yarn: failing build script",
        needs: "yarn",
        files: FAILING_WITH_YARN,
        headline: "exit status: 3",
        shown: &["no template x.hbs"],
        hidden: &["yarn run v1", "$ node build.js"],
        ..NONE
    },
    Case {
        name: "yarn: unknown package",
        needs: "yarn",
        files: &[
            ("index.js", NODE),
            ("package.json", r#"{"dependencies": {"longshore-no-such-package-x": "1.0.0"}}"#),
        ],
        flags: &["--build-env", "GOOGLE_PACKAGE_MANAGER=yarn"],
        headline: "longshore-no-such-package-x",
        ..NONE
    },
    Case {
        name: "pnpm: failing build script",
        needs: "pnpm",
        files: FAILING,
        flags: &["--build-env", "GOOGLE_PACKAGE_MANAGER=pnpm"],
        headline: "exit status: 3",
        shown: &["no template x.hbs"],
        hidden: &["> node build.js", "ELIFECYCLE"],
        ..NONE
    },
    Case {
        name: "pnpm: unknown version",
        needs: "pnpm",
        files: &[
            ("index.js", NODE),
            (
                "package.json",
                r#"{"dependencies": {"@google-cloud/functions-framework": "3", "is-odd": "99.0.0"}}"#,
            ),
        ],
        flags: &["--build-env", "GOOGLE_PACKAGE_MANAGER=pnpm"],
        headline: "No matching version found for is-odd@99.0.0",
        ..NONE
    },
    Case {
        name: "bun: failing build script",
        needs: "bun",
        files: FAILING,
        flags: &["--build-env", "GOOGLE_PACKAGE_MANAGER=bun"],
        headline: "exit status: 3",
        shown: &["no template x.hbs"],
        hidden: &["$ node build.js"],
        ..NONE
    },
];

const FRAMES: &[&str] = &["\n          at ", "node:internal"];

const WITH_FRAMEWORK: &str = r#"{"dependencies": {"@google-cloud/functions-framework": "3.4.0"}}"#;

/// pnpm takes a lock file without any package for none.
const PNPM_LOCK: &str = "lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      is-odd:
        specifier: 3.0.0
        version: 3.0.0

packages:

  is-odd@3.0.0:
    resolution: {integrity: sha512-AAAA}

snapshots:

  is-odd@3.0.0: {}
";

const BUN_LOCK: &str = r#"{"lockfileVersion": 1, "workspaces": {"": {}}, "packages": {}}"#;

const FAILING_BUILD: &str = "console.log('no template x.hbs');\nprocess.exit(3);\n";

const FAILING: &[(&str, &str)] = &[
    ("index.js", NODE),
    ("build.js", FAILING_BUILD),
    (
        "package.json",
        r#"{"scripts": {"gcp-build": "node build.js"}, "dependencies": {"@google-cloud/functions-framework": "3.4.0"}}"#,
    ),
];

const FAILING_WITH_YARN: &[(&str, &str)] = &[
    ("index.js", NODE),
    ("build.js", FAILING_BUILD),
    ("package.json", r#"{"scripts": {"gcp-build": "node build.js"}}"#),
    ("yarn.lock", "# yarn lockfile v1\n"),
];

const IS_ODD: &str = r#"{"name": "a", "version": "1.0.0", "dependencies": {"is-odd": "3.0.1"}}"#;

const WRONG_LOCK: &str = r#"{"name": "a", "version": "1.0.0", "lockfileVersion": 3, "requires": true, "packages": {
  "": {"name": "a", "version": "1.0.0", "dependencies": {"is-odd": "3.0.1"}},
  "node_modules/is-number": {"version": "6.0.0"},
  "node_modules/is-odd": {"version": "3.0.1", "integrity": "sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", "dependencies": {"is-number": "^6.0.0"}}
}}"#;
