use super::*;

fn of(text: &str) -> (String, String) {
    let log: Vec<String> = text.lines().map(str::to_owned).collect();
    let Excerpt { headline, lines } = excerpt(&log);
    (headline.unwrap_or_default(), lines.join("\n"))
}

#[test]
fn a_missing_module_of_node_is_shown_without_frames() {
    let (headline, lines) = of(
        "Provided module can't be loaded.\nDid you list all required modules in the package.json dependencies?\n\
         Detailed stack trace: Error: Cannot find module 'left-padx'\nRequire stack:\n- /workspace/index.js\n    \
         at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)\n    at Module._load (x:1:1)\n\
         Could not load the function, shutting down.",
    );
    assert_eq!(headline, "Error: Cannot find module 'left-padx'");
    assert!(lines.contains("- /workspace/index.js") && !lines.contains("    at "), "{lines}");
}

#[test]
fn the_help_of_npm_is_not_shown() {
    let (headline, lines) = of(
        "npm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install packages when your package.json \
         and package-lock.json are in sync.\nnpm error\nnpm error Missing: is-odd@3.0.1 from lock file\n\
         npm error\nnpm error Clean install a project\nnpm error\nnpm error Usage:\nnpm error npm ci\n\
         npm error Options:\nnpm error [--install-strategy <hoisted>]\nnpm error A complete log of this run",
    );
    assert_eq!(headline, "Missing: is-odd@3.0.1 from lock file");
    assert!(!lines.contains("Usage") && !lines.contains("--install"), "{lines}");
}

#[test]
fn the_last_exception_is_shown_with_the_frames_of_the_source() {
    let (headline, lines) = of(
        "ready\nTraceback (most recent call last):\n  File \"/layers/x/site.py\", line 3, in load\n    run()\n\
        \x20   ^^^^^\n  File \"/workspace/main.py\", line 1, in <module>\n    import nothere\n\
         ModuleNotFoundError: No module named 'nothere'\nthe process ended",
    );
    assert_eq!(headline, "ModuleNotFoundError: No module named 'nothere'");
    let expected = "Traceback (most recent call last):\n  File \"/workspace/main.py\", line 1, in <module>\n    \
                    import nothere\nModuleNotFoundError: No module named 'nothere'";
    assert_eq!(lines, expected);
}

#[test]
fn an_exception_in_the_output_of_another_program_is_shown() {
    let (headline, lines) = of(
        "Collecting x\n  error: subprocess-exited-with-error\n  \n  × Getting requirements to build wheel did \
         not run successfully.\n  │ exit code: 1\n  ╰─> [9 lines of output]\n      Traceback (most recent call \
         last):\n        File \"/tmp/p/pyproject_hooks/_in_process.py\", line 353, in <module>\n          \
         main()\n          ~~~~^^\n        File \"p/setup.py\", line 1, in <module>\n          raise \
         RuntimeError('needs libfoo 2')\n        File \"<frozen x>\", line 1, in y\n      RuntimeError: needs \
         libfoo 2\n      [end of output]\n  \n  note: This error originates from a subprocess",
    );
    assert_eq!(headline, "RuntimeError: needs libfoo 2");
    assert!(lines.contains("raise RuntimeError") && !lines.contains("pyproject_hooks"), "{lines}");
}

#[test]
fn the_cause_is_shown_without_the_goal_of_maven() {
    for (line, expected) in [
        (
            "[ERROR] Failed to execute goal on project fn: Could not resolve dependencies for project a:fn:jar:1: \
             Could not find artifact a:b:jar:1 in central (https://x) -> [Help 1]",
            "Could not find artifact a:b:jar:1 in central (https://x)",
        ),
        (
            "[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.13.0:compile \
             (default-compile) on project fn: Fatal error compiling: error: release version 99 not supported -> \
             [Help 1]",
            "release version 99 not supported",
        ),
    ] {
        assert_eq!(of(line).0, expected);
    }
}

#[test]
fn an_index_that_cannot_be_reached_is_the_cause_and_not_the_missing_package() {
    let (headline, lines) = of(
        "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError('<x>: \
         Failed to establish a new connection: [Errno 111] Connection refused')': /simple/x/\nERROR: Could not \
         find a version that satisfies the requirement x (from versions: none)\nERROR: No matching distribution \
         found for x",
    );
    assert!(
        headline.starts_with("Failed to establish a new connection: [Errno 111]"),
        "{headline}"
    );
    assert!(lines.ends_with("No matching distribution found for x"), "{lines}");
}

#[test]
fn a_conflict_of_npm_is_shown_without_its_advice() {
    let (headline, lines) = of(
        "npm error code ERESOLVE\nnpm error ERESOLVE unable to resolve dependency tree\nnpm error\n\
         npm error While resolving: undefined@undefined\nnpm error Found: react@16.0.0\n\
         npm error Could not resolve dependency:\nnpm error peer react@\"17.0.0\" from react-dom@17.0.0\n\
         npm error\nnpm error Fix the upstream dependency conflict, or retry\nnpm error this command with \
         --force or --legacy-peer-deps\nnpm error to accept an incorrect (and potentially broken) resolution.\n\
         npm error For a full report see:\nnpm error /home/ada/.npm/_logs/eresolve-report.txt",
    );
    assert_eq!(headline, "ERESOLVE unable to resolve dependency tree");
    assert!(lines.ends_with("npm error peer react@\"17.0.0\" from react-dom@17.0.0"), "{lines}");
}

#[test]
fn the_first_error_of_a_compiler_is_the_headline() {
    let (headline, lines) =
        of("# example.com/a\n./a.go:6:14: undefined: x\n./a.go:7:9: cannot use \"x\" as int");
    assert_eq!(headline, "./a.go:6:14: undefined: x");
    assert_eq!(lines.lines().count(), 2, "{lines}");
    let (headline, _) = of(
        "[INFO] Compiling\n[ERROR] COMPILATION ERROR : \n[ERROR] /workspace/src/A.java:[3,5] cannot find symbol\n\
         [ERROR]   symbol: class B\n[ERROR] -> [Help 1]\n[ERROR] \n[ERROR] Re-run Maven using the -X switch",
    );
    assert_eq!(headline, "/workspace/src/A.java:[3,5] cannot find symbol");
}

#[test]
fn the_cause_of_an_exception_is_the_headline() {
    let (headline, lines) = of(
        "Exception in thread \"main\" java.lang.RuntimeException: could not create\n\tat fn.A.<init>(A.java:3)\n\
         Caused by: java.io.FileNotFoundException: conf.json\n\tat java.base/java.io.X.open(X.java:1)\n\t... 4 more",
    );
    assert_eq!(headline, "Caused by: java.io.FileNotFoundException: conf.json");
    assert!(!lines.contains("\tat ") && !lines.contains("4 more"), "{lines}");
}

#[test]
fn the_conclusion_of_the_builder_is_shown_if_nothing_else_is_named() {
    let (headline, lines) = of(
        "> a@1.0.0 build\n> node build.js\nstep one\nnpm run build failed (exit status: 3): step one\n\
         ERROR: buildpack google.nodejs.functions-framework failed: npm run build failed (exit status: 3): step \
         one",
    );
    assert!(headline.starts_with("npm run build failed (exit status: 3)"), "{headline}");
    assert!(!lines.contains("> node"), "{lines}");
}

#[test]
fn without_an_error_the_end_of_the_log_is_shown() {
    let log = "quiet\n".repeat(40);
    let (headline, lines) = of(&log);
    assert_eq!((headline.as_str(), lines.lines().count()), ("", LINES_MAX));
    assert_eq!(excerpt(&[]), Excerpt::default());
}
