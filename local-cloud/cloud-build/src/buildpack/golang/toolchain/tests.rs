use super::*;

#[test]
fn a_build_may_configure_its_own_caches_and_flags() {
    let build = [("GOFLAGS", "-tags=x"), ("GOCACHE", "/elsewhere"), ("CGO_ENABLED", "0")];
    let build = build.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let workspace = Workspace::new("/x".into(), build);
    let inherited = INHERITANCE.over([].into_iter(), workspace.environment());
    let environment = with_defaults(inherited, &workspace, Path::new("/cache"));
    for (name, value) in [
        ("GOFLAGS", "-trimpath -buildvcs=false -modcacherw -tags=x"),
        ("GOPATH", "/cache/go"),
        ("GOMODCACHE", "/cache/go/modules"),
        ("GOCACHE", "/elsewhere"),
        ("GOWORK", "off"),
        ("GOTOOLCHAIN", "local"),
        ("CGO_ENABLED", "0"),
    ] {
        assert_eq!(environment[name], value, "{name}");
    }
}

#[test]
fn progress_messages_of_go_are_removed() {
    let stderr = "go: downloading x v1\ngo: finding module for package y\n# example.com/hello\n./fn.go:12:69: undefined: x\n";
    assert_eq!(without_progress(stderr), "# example.com/hello\n./fn.go:12:69: undefined: x");
}

#[test]
fn a_full_disk_is_not_the_sources_fault() {
    let full = failure("build", "mkdir /tmp/go-build1/b441/: no space left on device", "1.26.8");
    assert!(matches!(full, BuildError::Host { .. }), "{full:?}");
    let wrong = failure("build", "./fn.go:1:2: undefined: x", "1.26.8");
    assert_eq!(wrong.to_string(), "go build failed: ./fn.go:1:2: undefined: x");
}

#[test]
fn the_first_line_of_an_error_has_its_cause() {
    for (output, expected) in [
        (
            "go: errors parsing go.mod:\ngo.mod:3: unknown directive: a\ngo.mod:5: unknown directive: b",
            "go mod failed: go.mod:3: unknown directive: a\ngo.mod:5: unknown directive: b",
        ),
        ("# example.com/fn\n./fn.go:1:2: undefined: x", "go mod failed: ./fn.go:1:2: undefined: x"),
        ("go: example.com/x@v1: reading y: 404", "go mod failed: example.com/x@v1: reading y: 404"),
        ("# example.com/fn", "go mod failed: # example.com/fn"),
        ("", "go mod failed: "),
    ] {
        assert_eq!(failure("mod", output, "1.26.8").to_string(), expected);
    }
}

#[test]
fn common_errors_come_with_advice() {
    let table = [
        (
            "go: go.mod requires go >= 1.28 (running go 1.26.8; GOTOOLCHAIN=local)",
            "This machine has Go 1.26.8",
        ),
        ("go: x@v1 requires go >= 1.28 (running go 1.26.8; GOTOOLCHAIN=local)", "GOTOOLCHAIN=auto"),
        (
            "go: x: Get \"https://proxy\": dial tcp: lookup proxy: no such host",
            "The module proxy cannot be reached",
        ),
        (
            "go: example.com/shared@v0.0.0 (replaced by ../shared): reading ../shared/go.mod: no such file",
            "outside of the source",
        ),
        ("./fn.go:12:69: undefined: x", ""),
    ];
    for (output, expected) in table {
        let advice = advice(output, "1.26.8");
        assert!(
            advice.contains(expected) && advice.is_empty() == expected.is_empty(),
            "{output}: {advice}"
        );
    }
}

#[test]
fn a_workspace_is_mentioned_if_a_module_is_missing() {
    let directory = tempfile::tempdir().unwrap();
    let missing = "fn.go:3:8: cannot find module providing package example.com/shared";
    for (has_workspace, output, is_mentioned) in [
        (true, missing, true),
        (true, "module a.b/c: reading https://proxy.test/a.b/c/@v/list: 404 Not Found", true),
        (false, missing, false),
        (true, "./fn.go:1:2: undefined: x", false),
    ] {
        let file = directory.path().join("go.work");
        match has_workspace {
            true => std::fs::write(file, "go 1.26\nuse .\n").unwrap(),
            false => std::fs::remove_file(file).unwrap(),
        }
        let error = with_workspace_advice(BuildError::User(output.to_owned()), directory.path());
        assert_eq!(error.to_string().contains("go.work is not used"), is_mentioned, "{output}");
    }
}
