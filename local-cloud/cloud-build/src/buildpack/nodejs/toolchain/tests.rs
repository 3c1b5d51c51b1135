use super::*;

fn toolchain() -> Toolchain {
    let environment = BTreeMap::new();
    Toolchain {
        executable: "/usr/bin/node".into(),
        version: "20.20.2".to_owned(),
        platform: "x".to_owned(),
        environment,
    }
}

#[test]
fn missing_requested_versions_are_warnings() {
    let manifest = Manifest {
        engines: [("node", ">=22"), ("npm", "^10"), ("yarn", "1")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into(),
        package_manager: "npm@10.2.0+sha512.abc".to_owned(),
        ..Manifest::default()
    };
    let environment = BTreeMap::from([("GOOGLE_RUNTIME_VERSION".to_owned(), "22".to_owned())]);
    let workspace = Workspace::new("/nowhere".into(), environment);
    let of_node = toolchain().warnings(&workspace, &manifest);
    let warnings = [of_node, manager_warnings(Manager::Npm, "11.1.0", &manifest)].concat();
    let begins = [
        "GOOGLE_RUNTIME_VERSION requests Node.js 22, but this machine has 20.20.2",
        "engines.node of package.json requests Node.js >=22, but this machine has 20.20.2",
        "engines.npm of package.json requests npm ^10, but this machine has 11.1.0",
        "packageManager of package.json requests npm 10.2.0, but this machine has 11.1.0",
    ];
    assert_eq!(warnings.len(), begins.len(), "{warnings:?}");
    for (warning, begin) in warnings.iter().zip(begins) {
        assert!(warning.starts_with(begin), "{warning}");
    }
    assert!(manager_warnings(Manager::Pnpm, "9.0.0", &manifest).is_empty());
    let nothing_requested = Workspace::new("/nowhere".into(), BTreeMap::new());
    assert!(toolchain().warnings(&nothing_requested, &Manifest::default()).is_empty());
}

#[test]
fn the_files_of_version_managers_are_compared_as_well() {
    for (text, expected) in [
        ("v22.3.0\n", Some(".nvmrc requests Node.js 22.3.0, but this machine has 20.20.2")),
        ("20\n", None),
        ("lts/*\n", None),
        ("", None),
    ] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(".nvmrc"), text).unwrap();
        let workspace = Workspace::new(dir.path().to_owned(), BTreeMap::new());
        let found = toolchain().warnings(&workspace, &Manifest::default()).pop();
        match expected {
            Some(start) => {
                assert!(found.as_deref().is_some_and(|it| it.starts_with(start)), "{found:?}")
            }
            None => assert_eq!(found, None, "{text}"),
        }
    }
}

#[test]
fn a_managers_version_is_read_from_its_package() {
    let dir = tempfile::tempdir().unwrap();
    let package = dir.path().join("lib/node_modules/yarn");
    std::fs::create_dir_all(package.join("bin")).unwrap();
    std::fs::write(package.join("package.json"), r#"{"name": "yarn", "version": "1.22.22"}"#)
        .unwrap();
    std::fs::write(package.join("bin/yarn.js"), "").unwrap();
    for name in ["yarn", "pnpm"] {
        std::os::unix::fs::symlink(package.join("bin/yarn.js"), dir.path().join(name)).unwrap();
    }
    let path = format!("/nowhere:{}", dir.path().display());
    assert_eq!(version_of_package("yarn", &path).as_deref(), Some("1.22.22"));
    assert_eq!(
        version_of_package("pnpm", &path),
        None,
        "a link of another package, as corepack makes them"
    );
    assert_eq!(version_of_package("npm", &path), None);
}

#[test]
fn a_program_that_was_killed_may_have_taken_too_much_memory() {
    for (raw, is_explained) in [(9, true), (137 << 8, true), (15, false), (1 << 8, false)] {
        assert_eq!(!of_memory(ExitStatus::from_raw(raw)).is_empty(), is_explained, "{raw}");
    }
}

#[test]
fn the_error_is_the_output_without_irrelevant_lines() {
    let stderr = "npm warn deprecated x\nnpm error code E404\nnpm error 404 Not Found\n\
                  npm error A complete log of this run can be found in: /home/ada/.npm/_logs/x.log\n";
    let exited = |stdout: &str, stderr: &str| Exited {
        status: ExitStatus::from_raw(256),
        stdout: stdout.to_owned(),
        stderr: stderr.to_owned(),
    };
    assert_eq!(error_output(&exited("", stderr)), "npm error code E404\nnpm error 404 Not Found");
    assert_eq!(
        error_output(&exited(
            "\n> a@1.0.0 build\n> tsc\n\na.ts(1,7): error TS2322\n",
            "npm error x\n"
        )),
        "a.ts(1,7): error TS2322\nnpm error x"
    );
    let yarn = "yarn run v1.22.22\n$ node build.js\ninfo Visit https://yarnpkg.com/en/docs/cli/run for documentation.\n";
    let failed = "no template x.hbs\nerror Command failed with exit code 3.\n";
    assert_eq!(error_output(&exited(yarn, failed)), "no template x.hbs");
    let pnpm = "\n> a@1.0.0 gcp-build /workspace\n> node build.js\n\n ELIFECYCLE  Command failed with exit code 3.\n";
    assert_eq!(error_output(&exited(pnpm, "no template x.hbs\n")), "no template x.hbs");
    let help = "npm error code EUSAGE\nnpm error\nnpm error Missing: a@1 from lock file\nnpm error\n\
                npm error Clean install a project\nnpm error Usage:\nnpm error npm ci\n";
    assert_eq!(
        error_output(&exited("", help)),
        "npm error code EUSAGE\nnpm error Missing: a@1 from lock file"
    );
    assert_eq!(error_output(&exited("", "")), "exit status: 1");
    assert_eq!(error_output(&exited(&"line\n".repeat(100), "")).lines().count(), ERROR_LINES);
}
