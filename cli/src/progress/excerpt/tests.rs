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
fn the_explanation_of_the_builder_is_shown_with_its_conclusion() {
    for explanation in [
        "The source has .py files, so it is built as Python. It has package.json as well.",
        "go.work is not used: Google's builder runs `go mod tidy`, which ignores it.",
        "gradle/wrapper/gradle-wrapper.jar is not in the source: .gitignore may leave out *.jar",
        "A replace directive of go.mod names a directory outside of the source.",
    ] {
        let (headline, lines) =
            of(&format!("quiet\nERROR: buildpack x failed: missing main.py\n{explanation}\nquiet"));
        assert_eq!(
            (headline.as_str(), lines),
            ("missing main.py", format!("missing main.py\n{explanation}"))
        );
    }
}

#[test]
fn without_an_error_the_end_of_the_log_is_shown() {
    let log: String = (0..40).map(|number| format!("quiet {number}\n")).collect();
    let (headline, lines) = of(&log);
    assert_eq!((headline.as_str(), lines.lines().count()), ("", LINES_MAX));
    assert_eq!(excerpt(&[]), Excerpt::default());
}

#[test]
fn a_line_is_shown_once_and_cut_where_it_is_too_long() {
    let error = "src/index.ts(1,14): error TS2322: Type 'string' is not assignable";
    let (headline, lines) =
        of(&format!("{error}\nbuild failed: {error}\nERROR: buildpack x failed: {error}"));
    assert_eq!((headline.as_str(), lines.as_str()), (error, error));
    let bundle = format!("/workspace/index.js:1\nTypeError: {}", "x".repeat(5000));
    let (headline, lines) = of(&bundle);
    for line in [headline.as_str(), lines.as_str()] {
        assert_eq!((line.chars().count(), line.ends_with('…')), (LINE_MAX + 1, true));
    }
}

#[test]
fn the_package_whose_installation_fails_is_named() {
    let npm = "npm error code 1\nnpm error path /workspace/node_modules/sharp\nnpm error command failed\nnpm error \
               command sh -c node build.js\nnpm error looking for libvips\nnpm error /workspace/build.js:1\n\
               npm error\nnpm error Error: needs libvips\nnpm error     at x (x:1:1)\nnpm error\nnpm error Node.js v20.20.2";
    let (headline, lines) = of(npm);
    assert_eq!(headline, "Error: needs libvips");
    assert_eq!(
        lines,
        "npm error path /workspace/node_modules/sharp\nnpm error Error: needs libvips"
    );
    let uv = "error: Failed to build `p @ file:///workspace/p`\n  cause: The build backend returned an error\n  cause: \
              Call to `build_wheel` failed (exit status: 1)\n         [stderr]\n         Traceback (most recent call \
              last):\n           File \"<string>\", line 14, in <module>\n           File \"<string>\", line 1, in \
              <module>\n         RuntimeError: needs libfoo 2";
    let (headline, lines) = of(uv);
    assert_eq!(headline, "RuntimeError: needs libfoo 2");
    assert!(lines.starts_with("error: Failed to build `p @ file:///workspace/p`\n"), "{lines}");
}

#[test]
fn the_place_of_a_mistake_in_a_script_of_gradle_is_shown() {
    let (_, lines) = of(
        "FAILURE: Build failed with an exception.\n\n* Where:\nBuild file '/workspace/build.gradle' line: 3\n\n* What \
         went wrong:\nA problem occurred evaluating root project 'x'.\n> Could not find method implementationn() \
         for arguments [a:b:1]\n\n* Try:\nRun with --stacktrace option to get the stack trace.",
    );
    assert!(
        lines.starts_with("* Where:\nBuild file '/workspace/build.gradle' line: 3\n"),
        "{lines}"
    );
    assert!(lines.ends_with("implementationn() for arguments [a:b:1]"), "{lines}");
}

#[test]
fn the_errors_of_a_compiler_are_shown_with_their_details() {
    let errors = "[ERROR] /w/A.java:[3,19] package x does not exist\n[ERROR] /w/A.java:[7,3] cannot find symbol\n";
    let goal = "[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.1:compile \
                (default-compile) on project fn: Compilation failure: Compilation failure: \n";
    let detailed = format!("{errors}[ERROR]   symbol:   class B\n[ERROR]   location: class A\n");
    let said = format!("[ERROR] COMPILATION ERROR : \n{errors}{goal}{detailed}");
    let (headline, lines) = of(&format!(
        "{said}[ERROR] -> [Help 1]\n[ERROR] \n[ERROR] Re-run Maven using the -X switch\nERROR: buildpack x failed: {said}"
    ));
    assert_eq!(headline, "/w/A.java:[3,19] package x does not exist");
    assert_eq!(lines, detailed.trim_end());
}

#[test]
fn what_a_program_said_before_it_ended_is_shown() {
    let ended = "The instance failed its startup check: the process ended: exit status: 3.";
    let (headline, lines) = of(&format!("Starting new instance.\nno DB_URL\n{ended}"));
    assert_eq!(headline, ended);
    assert_eq!(lines, format!("Starting new instance.\nno DB_URL\n{ended}"));
    let (headline, _) = of(&format!("KeyError: 'DB_URL'\n{ended}"));
    assert_eq!(headline, "KeyError: 'DB_URL'");
}

#[test]
fn the_last_words_of_a_go_program_are_the_cause_of_its_end() {
    let ended = "The instance failed its startup check: the process ended: exit status: 1.";
    let serving = "2026/12/01 08:10:10 Serving function: \"Hello\"";
    let fatal = "2026/12/01 08:10:11 DB_URL is required";
    for (log, expected) in [
        (format!("{serving}\n{fatal}\n{ended}"), "DB_URL is required"),
        (format!("{fatal}\n\tmore\n{ended}"), "DB_URL is required"),
        (format!("{fatal}\npanic: boom\n{ended}"), "panic: boom"),
        (
            format!("{serving}\nThe instance failed its startup check: nothing listens."),
            "The instance failed its startup check: nothing listens.",
        ),
    ] {
        assert_eq!(of(&log).0, expected, "{log}");
    }
    let (_, lines) = of(&format!("{fatal}\n{ended}"));
    assert_eq!(lines, format!("{fatal}\n{ended}"));
}

#[test]
fn a_generated_file_is_not_shown_as_the_cause() {
    let why = "function target \"Nope\" is not an exported function of package fn: the entry point is the name";
    let (headline, lines) = of(&format!(
        "# example.com/fn/functions.local/app\n../../inputs/main.go:19:38: undefined: userfunction.Nope\n{why}\n\
         ERROR: buildpack google.go.functions-framework failed: {why}"
    ));
    assert_eq!((headline.as_str(), lines.as_str()), (why, why));
}

#[test]
fn a_file_of_the_source_is_shown_under_one_path() {
    let (_, lines) = of(
        "[ERROR] /workspace/src/A.java:[3,5] cannot find symbol\nERROR: buildpack x failed: [ERROR] src/A.java:[3,5] \
         cannot find symbol",
    );
    assert_eq!(lines, "[ERROR] src/A.java:[3,5] cannot find symbol");
    let place = "src/A.java:[3,5] cannot find symbol\n";
    let detailed = format!("[ERROR] {place}[ERROR]   symbol:   class Nothing\n");
    let (_, lines) = of(&format!(
        "[ERROR] /workspace/{place}  symbol:   class Nothing\n[ERROR] Failed to execute goal x:1:compile on project fn: \
         Compilation failure\n[ERROR] /workspace/{place}[ERROR]   symbol:   class Nothing\n[ERROR] -> [Help 1]\nERROR: \
         buildpack x failed: {detailed}"
    ));
    assert_eq!(lines, detailed.trim_end());
    let (headline, lines) = of(
        "go: errors parsing go.mod:\ngo.mod:3: unknown directive: replaces\ngo mod failed: go.mod:3: unknown \
         directive: replaces\nERROR: buildpack x failed: go mod failed: go.mod:3: unknown directive: replaces",
    );
    assert!(headline.ends_with("go.mod:3: unknown directive: replaces"), "{headline}");
    assert_eq!(lines.matches("go.mod:3").count(), 1, "{lines}");
    let (_, lines) = of(
        "go: example.com/x@v1.0.0: reading http://p: 404\nERROR: buildpack x failed: go mod failed: \
         example.com/x@v1.0.0: reading http://p: 404",
    );
    assert_eq!(lines.lines().count(), 1, "{lines}");
}

#[test]
fn a_broken_pom_is_shown_without_a_stray_mark() {
    let (headline, lines) = of(
        "[ERROR] [ERROR] Some problems were encountered while processing the POMs:\n[FATAL] Non-parseable POM \
         /workspace/pom.xml: end tag expected @\n @ \n[ERROR] The build could not read 1 project\n[ERROR]     \
         Non-parseable POM pom.xml: end tag expected",
    );
    assert_eq!(lines.matches("Non-parseable POM").count(), 1, "{lines}");
    assert!(headline.starts_with("Non-parseable POM"), "{headline}");
    assert!(lines.lines().all(|line| line.trim() != "@"), "{lines}");
}

/// Ends of logs, and the line that names the cause.
const CAUSES: &[(&str, &str)] = &[
    (
        "[ERROR] COMPILATION ERROR : \n[ERROR] Source option 5 is no longer supported. Use 7 or later.\n[ERROR] Failed to \
         execute goal org.apache.maven.plugins:maven-compiler-plugin:3.1:compile (default-compile) on project fn: \
         Compilation failure: Compilation failure: \n[ERROR] Source option 5 is no longer supported. Use 7 or later.\n\
         [ERROR] -> [Help 1]\nERROR: buildpack x failed: [ERROR] Source option 5 is no longer supported. Use 7 or later.",
        "Source option 5 is no longer supported. Use 7 or later.",
    ),
    (
        "[ERROR] COMPILATION ERROR : \n[ERROR] warnings found and -Werror specified\n[ERROR] -> [Help 1]\nERROR: \
         buildpack x failed: [ERROR] warnings found and -Werror specified",
        "warnings found and -Werror specified",
    ),
    (
        "go: errors parsing go.mod:\ngo.mod:5: unknown directive: replaces\nERROR: buildpack x failed: go mod failed:\n\
         go: errors parsing go.mod:\ngo.mod:5: unknown directive: replaces",
        "errors parsing go.mod: go.mod:5: unknown directive: replaces",
    ),
    (
        "ERROR: buildpack x failed: go mod failed:\ngo: example.com/shared@v0.0.0 (replaced by ../shared): reading \
         ../shared/go.mod: open /shared/go.mod: no such file or directory",
        "go mod failed: example.com/shared@v0.0.0 (replaced by ../shared): reading ../shared/go.mod: open \
         /shared/go.mod: no such file or directory",
    ),
    (
        "fn.go:6:2: package nothere is not in std (/usr/local/go/src/nothere)",
        "fn.go:6:2: package nothere is not in std (/usr/local/go/src/nothere)",
    ),
    (
        "  × No solution found when resolving dependencies:\n  ╰─▶ Because there is no version of a==99 and you \
         require a==99, we can conclude that your requirements are unsatisfiable.",
        "No solution found when resolving dependencies: Because there is no version of a==99 and you require a==99, we \
         can conclude that your requirements are unsatisfiable.",
    ),
    (
        "* Where:\nBuild file '/workspace/build.gradle' line: 5\n\n* What went wrong:\nA problem occurred evaluating \
         root project 'x'.\n> Could not find method implement() for arguments [a:b:1]\n\n* Try:\n> Run with \
         --stacktrace option to get the stack trace.\n\nBUILD FAILED in 3s",
        "Could not find method implement() for arguments [a:b:1]",
    ),
    (
        "* What went wrong:\nExecution failed for task ':compileJava'.\n> Could not resolve all files for \
         configuration ':compileClasspath'.\n   > Could not find a:b:1.\n     Searched in the following \
         locations:\n       - https://example.com/a/b\n\n* Try:\n> Run with --info",
        "Could not find a:b:1.",
    ),
    (
        "/workspace/src/main/java/A.java:4: error: cannot find symbol\n  Nothing x;\n  ^\n  symbol: class Nothing\n1 \
         error\n\nFAILURE: Build failed with an exception.\n\n* What went wrong:\nExecution failed for task \
         ':compileJava'.\n> Compilation failed; see the compiler error output for details.\n\n* Try:\n> Run with \
         --info option",
        "/workspace/src/main/java/A.java:4: error: cannot find symbol",
    ),
    (
        "[ERROR] Failed to execute goal org.codehaus.mojo:exec-maven-plugin:3.1.0:exec (default) on project fn: Command \
         execution failed.: Process exited with an error: 3 (Exit value: 3) -> [Help 1]\nERROR: buildpack x failed: \
         [ERROR] Failed to execute goal org.codehaus.mojo:exec-maven-plugin:3.1.0:exec (default) on project fn: \
         Command execution failed.: Process exited with an error: 3 (Exit value: 3) -> [Help 1]",
        "Command execution failed.: Process exited with an error: 3 (Exit value: 3)",
    ),
    (
        "yarn install v1.22.22\n[1/4] Resolving packages...\nerror Couldn't find package \"nothere\" on the \"npm\" \
         registry.\ninfo Visit https://yarnpkg.com/en/docs/cli/install for documentation about this command.",
        "Couldn't find package \"nothere\" on the \"npm\" registry.",
    ),
    (
        "➤ YN0000: ┌ Resolution step\n➤ YN0028: │ The lockfile would have been modified by this install, which is \
         explicitly forbidden.\n➤ YN0000: └ Completed\n➤ YN0000: · Failed with errors in 0s 91ms",
        "The lockfile would have been modified by this install, which is explicitly forbidden.",
    ),
    (
        "npm error code EINTEGRITY\nnpm error sha512-abc integrity checksum failed when using sha512: wanted sha512-abc \
         but got sha512-def. (4021 bytes)\nnpm error A complete log of this run can be found in: /x.log",
        "sha512-abc integrity checksum failed when using sha512: wanted sha512-abc but got sha512-def. (4021 bytes)",
    ),
    (
        "npm error code EBADENGINE\nnpm error engine Unsupported engine\nnpm error engine Not compatible with your \
         version of node/npm: a@1.0.0\nnpm error notsup Required: {\"node\":\">=22\"}",
        "engine Not compatible with your version of node/npm: a@1.0.0",
    ),
    (
        "npm error code 1\nnpm error gyp ERR! stack Error: not found: make\nnpm error gyp ERR! stack     at x\nnpm \
         error gyp ERR! not ok",
        "gyp ERR! stack Error: not found: make",
    ),
    (
        "  building 'x' extension\n  src/x.c:1:10: fatal error: Python.h: No such file or directory\n      1 | #include \
         <Python.h>\n  compilation terminated.\n  error: command '/usr/bin/gcc' failed with exit code 1\n  [end of \
         output]\n  note: This error originates from a subprocess, and is likely not a problem with pip.\n  ERROR: \
         Failed building wheel for x",
        "src/x.c:1:10: fatal error: Python.h: No such file or directory",
    ),
    (
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package \
         versions, please update the hashes.\n    flask from https://example.com/flask.whl:\n        Expected sha256 \
         a\n             Got        b",
        "THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, \
         please update the hashes.",
    ),
    (
        "✘ [ERROR] Could not resolve \"./nothere\"\n\n    src/index.ts:1:14:\n      1 │ import x from './nothere'\n\n1 \
         error\nERROR: buildpack x failed: the script `build` failed (exit status: 1): ✘ [ERROR] Could not resolve \
         \"./nothere\"\n    src/index.ts:1:14:",
        "Could not resolve \"./nothere\"",
    ),
    (
        "e: file:///workspace/src/main/kotlin/A.kt:3:5 Unresolved reference 'nothere'.",
        "file:///workspace/src/main/kotlin/A.kt:3:5 Unresolved reference 'nothere'.",
    ),
    (
        "<--- Last few GCs --->\n[1:0x5] 1000 ms: Mark-Compact 250.1 (260.3) -> 249.9 MB\nFATAL ERROR: Reached heap \
         limit Allocation failed - JavaScript heap out of memory\n----- Native stack trace -----\n 1: 0xb8 \
         node::Abort() [node]",
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    ),
    (
        "fatal: unable to access 'https://example.com/x/': Could not resolve host: example.com",
        "unable to access 'https://example.com/x/': Could not resolve host: example.com",
    ),
    (
        "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'ReadTimeoutError(\"Read timed out. \
         (read timeout=15)\")': /simple/x/\nERROR: No matching distribution found for x",
        "ReadTimeoutError(\"Read timed out. (read timeout=15)\")': /simple/x/",
    ),
    (
        "*** Error compiling './handlers.py'...\nSorry: IndentationError: expected an indented block after function \
         definition on line 1 (handlers.py, line 2)",
        "IndentationError: expected an indented block after function definition on line 1 (handlers.py, line 2)",
    ),
    (
        "Installing dependencies from lock file\n\npyproject.toml changed significantly since poetry.lock was last \
         generated. Run `poetry lock` to fix the lock file.",
        "pyproject.toml changed significantly since poetry.lock was last generated. Run `poetry lock` to fix the lock file.",
    ),
    (
        "error: No solution found when resolving dependencies\n  cause: Because x was not found\nhint: An index URL \
         (https://example.com/simple) could not be queried due to a lack of valid authentication credentials (401 \
         Unauthorized)",
        "An index URL (https://example.com/simple) could not be queried due to a lack of valid authentication \
         credentials (401 Unauthorized)",
    ),
    (
        "npm error code E401\nnpm error Incorrect or missing password.\nnpm error If you were trying to login, change \
         your password\nnpm error   npm login",
        "Incorrect or missing password.",
    ),
    (
        "Starting new instance.\n/layers/python/bin/python3: No module named functions_framework\nThe instance failed \
         its startup check: the process ended: exit status: 1.",
        "/layers/python/bin/python3: No module named functions_framework",
    ),
    (
        "WARNING: Retrying (Retry(total=4, connect=None)) after connection broken by 'ReadTimeoutError(\"Read timed \
         out.\")': /simple/x/\nERROR: No matching distribution found for x",
        "No matching distribution found for x",
    ),
];

#[test]
fn the_cause_is_named_for_the_tools_of_every_language() {
    for (log, expected) in CAUSES {
        assert_eq!(of(log).0, *expected, "{log}");
    }
}
