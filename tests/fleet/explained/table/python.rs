//! Sources in Python.

use super::{CAUSED_BY_PLATFORM, Case, HELLO, NODE, NONE, PYTHON};

pub(super) const CASES: &[Case] = &[
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
        name: "python: a script in a source of Node.js",
        needs: "python3",
        files: &[("index.js", NODE), ("package.json", "{}"), ("tools/generate.py", "print('x')\n")],
        headline: "missing main.py",
        shown: &["request a runtime of Node.js"],
        ..NONE
    },
    Case {
        name: "python: two imported candidates",
        needs: "python3",
        files: &[
            ("main.py", "from handlers import one, two\n"),
            (
                "handlers.py",
                "from functions_framework import http\n\n\n@http\ndef one(request):\n    pass\n\n\n@http\ndef two(request):\n    pass\n",
            ),
        ],
        headline: "one (handlers.py:5); two (handlers.py:10)",
        shown: &["--entry-point one"],
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
        name: "pip: wrong hash",
        needs: "python3",
        files: &[("main.py", PYTHON), ("requirements.txt", WRONG_HASH)],
        headline: "DO NOT MATCH THE HASHES",
        shown: &["Expected sha256"],
        ..NONE
    },
    Case {
        name: "pip: no package",
        needs: "python3",
        files: &[
            ("main.py", PYTHON),
            ("requirements.txt", "./libs/x\n"),
            ("libs/x/x.py", "VALUE = 1\n"),
        ],
        headline: "Neither 'setup.py' nor 'pyproject.toml' found",
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
        name: "uv: dynamic dependencies",
        needs: "python3",
        files: &[
            ("main.py", PYTHON),
            (
                "pyproject.toml",
                "[project]\nname = \"x\"\nversion = \"1\"\ndynamic = [\"dependencies\"]\n",
            ),
        ],
        flags: UV,
        headline: "you have not included the Functions Framework",
        shown: &["(`dynamic`)"],
        ..NONE
    },
    Case {
        name: "uv: index cannot be reached",
        needs: "python3",
        files: &[
            ("main.py", PYTHON),
            (
                "pyproject.toml",
                "[project]\nname = \"x\"\nversion = \"1\"\nrequires-python = \">=3.9\"\ndependencies = [\"functions-framework\"]\n[[tool.uv.index]]\nurl = \"http://127.0.0.1:9/simple\"\ndefault = true\n",
            ),
        ],
        flags: UV,
        headline: "127.0.0.1:9",
        shown: &[CAUSED_BY_PLATFORM],
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
        name: "python: syntax error in another module",
        needs: "python3",
        files: &[
            (
                "main.py",
                "import handlers\n\n\ndef hello(request):\n    return handlers.x(request)\n",
            ),
            ("handlers.py", "def x(request):\nreturn 'x'\n"),
        ],
        headline: "IndentationError: expected an indented block",
        shown: &["handlers.py, line 2"],
        ..NONE
    },
    Case {
        name: "python: missing name",
        needs: "python3",
        files: &[(
            "main.py",
            "from flask import nothere\n\n\ndef hello(request):\n    return 'x'\n",
        )],
        headline: "ImportError: cannot import name 'nothere' from 'flask'",
        shown: &["from flask import nothere"],
        ..NONE
    },
    Case {
        name: "python: ends at start",
        needs: "python3",
        files: &[(
            "main.py",
            "import sys\n\nsys.exit('no DB_URL')\n\n\ndef hello(request):\n    return 'x'\n",
        )],
        headline: "exit status: 1",
        shown: &["no DB_URL"],
        ..NONE
    },
    Case {
        name: "pip: failing compiler",
        needs: "gcc",
        files: &[
            ("main.py", PYTHON),
            ("requirements.txt", "./p\n"),
            (
                "p/setup.py",
                "from setuptools import Extension, setup\n\nsetup(name='p', version='1', ext_modules=[Extension('x', ['x.c'])])\n",
            ),
            ("p/x.c", "#include <nothere.h>\n"),
        ],
        headline: "nothere.h: No such file or directory",
        shown: &["Building wheel for p"],
        hidden: &["running build"],
        ..NONE
    },
    Case {
        name: "uv: index refuses",
        needs: "python3",
        files: &[
            ("main.py", PYTHON),
            (
                "pyproject.toml",
                "[project]\nname = \"x\"\nversion = \"1\"\nrequires-python = \">=3.9\"\ndependencies = [\"functions-framework\"]\n[[tool.uv.index]]\nurl = \"http://{refusing}/simple\"\ndefault = true\n",
            ),
        ],
        flags: UV,
        headline: "401 Unauthorized",
        ..NONE
    },
    Case {
        name: "uv: conflict",
        needs: "python3",
        files: &[
            ("main.py", PYTHON),
            (
                "pyproject.toml",
                "[project]\nname = \"x\"\nversion = \"1\"\nrequires-python = \">=3.9\"\ndependencies = [\"functions-framework\", \"flask==3.0.0\", \"werkzeug==2.0.0\"]\n",
            ),
        ],
        flags: UV,
        headline: "No solution found",
        shown: &["werkzeug==2.0.0", "flask==3.0.0"],
        hidden: &["Using CPython"],
        ..NONE
    },
    Case {
        name: "uv: lock without a dependency",
        needs: "python3",
        files: &[
            ("main.py", PYTHON),
            (
                "pyproject.toml",
                "[project]\nname = \"x\"\nversion = \"1\"\nrequires-python = \">=3.9\"\ndependencies = [\"functions-framework\"]\n",
            ),
            (
                "uv.lock",
                "version = 1\nrequires-python = \">=3.9\"\n\n[[package]]\nname = \"x\"\nversion = \"1\"\nsource = { virtual = \".\" }\n",
            ),
        ],
        flags: UV,
        headline: "No module named functions_framework",
        ..NONE
    },
    Case {
        name: "uv: failing setup.py",
        needs: "python3",
        files: &[
            ("main.py", PYTHON),
            (
                "pyproject.toml",
                "[project]\nname = \"x\"\nversion = \"1\"\nrequires-python = \">=3.9\"\ndependencies = [\"functions-framework\", \"p\"]\n[tool.uv.sources]\np = { path = \"p\" }\n",
            ),
            ("p/setup.py", "raise RuntimeError('needs libfoo 2')\n"),
        ],
        flags: UV,
        headline: "RuntimeError: needs libfoo 2",
        shown: &["Failed to build `p @"],
        ..NONE
    },
    Case {
        name: "poetry: lock out of step",
        needs: "python3",
        is_slow: true,
        files: &[
            ("main.py", PYTHON),
            (
                "pyproject.toml",
                "[tool.poetry]\nname = \"x\"\nversion = \"1\"\ndescription = \"\"\nauthors = []\n[tool.poetry.dependencies]\npython = \"^3.9\"\nfunctions-framework = \"^3\"\n",
            ),
            (
                "poetry.lock",
                "package = []\n\n[metadata]\nlock-version = \"2.0\"\npython-versions = \"^3.9\"\ncontent-hash = \"0000000000000000000000000000000000000000000000000000000000000000\"\n",
            ),
        ],
        flags: HELLO,
        headline: "pyproject.toml changed significantly since poetry.lock was last generated",
        ..NONE
    },
];

const UV: &[&str] = &["--entry-point", "hello", "--build-env", "GOOGLE_PYTHON_PACKAGE_MANAGER=uv"];

const PIP: &[&str] =
    &["--entry-point", "hello", "--build-env", "GOOGLE_PYTHON_PACKAGE_MANAGER=pip"];

const NEWER_PYTHON: &str = "[project]\nname = \"x\"\nversion = \"1\"\nrequires-python = \">=3.99\"\ndependencies = [\"functions-framework\"]\n";

const WRONG_HASH: &str = "itsdangerous==2.2.0 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n";
