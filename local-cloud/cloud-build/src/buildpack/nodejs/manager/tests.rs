use super::*;
use crate::buildpack::tests::workspace;

type Files<'a> = &'a [(&'a str, &'a str)];

fn choose(files: Files<'_>, environment: Files<'_>) -> Result<Option<Manager>, String> {
    let (_dir, workspace) = workspace(files, environment);
    let manifest = Manifest::read(&workspace).unwrap();
    Manager::choose(&workspace, &manifest).map_err(|error| error.to_string())
}

const EMPTY: (&str, &str) = (PACKAGE_JSON, "{}");
const WITH_FRAMEWORK: (&str, &str) =
    (PACKAGE_JSON, r#"{"dependencies": {"@google-cloud/functions-framework": "^3"}}"#);
const BERRY: (&str, &str) = (YARN_LOCK, "# x\n\n__metadata:\n  version: 6\n");
const MODULES: (&str, &str) = (".yarnrc.yml", "nodeLinker: \"node-modules\"\n");

#[test]
fn the_lock_file_or_the_environment_chooses_the_manager() {
    let table: [(Files<'_>, Files<'_>, Option<Manager>); 12] = [
        (&[], &[], None),
        (&[EMPTY], &[], Some(Manager::Npm)),
        (&[EMPTY, ("package-lock.json", "{}")], &[], Some(Manager::Npm)),
        (&[EMPTY, (YARN_LOCK, "")], &[], Some(Manager::Yarn)),
        (&[EMPTY], &[(MANAGER_VARIABLE, "Yarn")], Some(Manager::Yarn)),
        (&[EMPTY, (YARN_LOCK, ""), ("package-lock.json", "{}")], &[], Some(Manager::Yarn)),
        (&[EMPTY, BERRY, MODULES], &[], Some(Manager::Berry)),
        (&[WITH_FRAMEWORK, (PNPM_LOCK, "")], &[], Some(Manager::Pnpm)),
        (&[EMPTY], &[(MANAGER_VARIABLE, "pnpm")], Some(Manager::Pnpm)),
        (&[WITH_FRAMEWORK, ("bun.lock", "")], &[], Some(Manager::Bun)),
        (&[WITH_FRAMEWORK, ("bun.lockb", "")], &[], Some(Manager::Bun)),
        (&[EMPTY], &[(MANAGER_VARIABLE, "bun")], Some(Manager::Bun)),
    ];
    for (files, environment, expected) in table {
        assert_eq!(choose(files, environment), Ok(expected), "{files:?} {environment:?}");
    }
}

#[test]
fn incompatible_settings_are_rejected_with_googles_text() {
    let other = (PACKAGE_JSON, r#"{"packageManager": "pnpm@9.1.0"}"#);
    let both = (
        PACKAGE_JSON,
        r#"{"packageManager": "pnpm@9.1.0", "dependencies": {"@google-cloud/functions-framework": "^3"}}"#,
    );
    let table: [(Files<'_>, Files<'_>, &str); 6] = [
        (
            &[EMPTY, (PNPM_LOCK, "")],
            &[],
            "using pnpm but you have not included the Functions Framework",
        ),
        (
            &[EMPTY, BERRY],
            &[],
            "using Yarn Plug'n'Play but you have not included the Functions Framework",
        ),
        (&[WITH_FRAMEWORK, BERRY], &[], "nodeLinker: node-modules"),
        (
            &[EMPTY, ("bun.lock", "")],
            &[],
            "using bun but you have not included the Functions Framework",
        ),
        (
            &[other, (YARN_LOCK, "")],
            &[],
            "yarn was detected but pnpm is set in the packageManager package.json field.",
        ),
        (
            &[both, ("bun.lock", "")],
            &[],
            "bun was detected but pnpm is set in the packageManager package.json field.",
        ),
    ];
    for (files, environment, expected) in table {
        let refused = choose(files, environment).unwrap_err();
        assert!(refused.contains(expected), "{files:?}: {refused}");
    }
}

#[test]
fn the_arguments_enforce_the_lock_file() {
    let scripts = Plan { scripts: vec!["gcp-build".to_owned()], ..Plan::default() };
    let production = Plan { node_env: Some("production".to_owned()), ..Plan::default() };
    let table: [(Files<'_>, Manager, &Plan, &str); 9] = [
        (
            &[("npm-shrinkwrap.json", "")],
            Manager::Npm,
            &production,
            "ci --quiet --no-fund --no-audit",
        ),
        (&[], Manager::Npm, &production, "install --quiet --no-fund --no-audit --no-package-lock"),
        (
            &[(YARN_LOCK, "")],
            Manager::Yarn,
            &Plan::default(),
            "install --non-interactive --prefer-offline --frozen-lockfile",
        ),
        (
            &[],
            Manager::Yarn,
            &scripts,
            "install --non-interactive --prefer-offline --no-lockfile --production=false",
        ),
        (&[BERRY], Manager::Berry, &scripts, "install --immutable"),
        (&[(PNPM_LOCK, "")], Manager::Pnpm, &production, "install --prod"),
        (&[(PNPM_LOCK, "")], Manager::Pnpm, &scripts, "install"),
        (
            &[("bun.lock", "")],
            Manager::Bun,
            &production,
            "install --no-progress --backend=copyfile --frozen-lockfile",
        ),
        (&[], Manager::Bun, &production, "install --no-progress --backend=copyfile --no-save"),
    ];
    for (files, manager, plan, expected) in table {
        let (_dir, workspace) = workspace(files, &[]);
        assert_eq!(manager.install(plan, &workspace).join(" "), expected, "{files:?} {manager:?}");
    }
}

#[test]
fn pnpm_workspaces_and_patches_use_the_source() {
    let (_dir, plain) =
        workspace(&[("pnpm-workspace.yaml", "onlyBuiltDependencies:\n  - a\n")], &[]);
    assert_eq!(Manager::Pnpm.uses_source(&plain), None);
    let (_dir, packages) = workspace(&[("pnpm-workspace.yaml", "packages:\n  - a\n")], &[]);
    assert_eq!(
        Manager::Pnpm.uses_source(&packages).unwrap(),
        "pnpm-workspace.yaml has `packages:`"
    );
    let (_dir, native) = workspace(&[("binding.gyp", "")], &[]);
    assert!(Manager::Npm.uses_source(&native).is_some());
    let patched = r#"{"patchedDependencies": {"a@1.0.0": "patches/a.patch"}}"#;
    let (_dir, patched) = workspace(&[(PACKAGE_JSON, patched)], &[]);
    for manager in [Manager::Bun, Manager::Pnpm] {
        assert_eq!(manager.uses_source(&patched).unwrap(), "package.json has patches");
    }
}

#[test]
fn lock_files_that_are_no_text_differ() {
    let (dir, workspace) = workspace(&[], &[]);
    let mut seen = Vec::new();
    for content in [[0xff_u8, 1], [0xfe, 1]] {
        std::fs::write(dir.path().join("bun.lockb"), content).unwrap();
        seen.push(Manager::Bun.determining_files(&workspace));
    }
    assert_ne!(seen[0], seen[1]);
}

#[test]
fn configuration_and_lock_file_determine_what_is_installed() {
    let (_dir, workspace) = workspace(
        &[("package-lock.json", "l"), (".npmrc", "c"), (YARN_LOCK, "other"), ("index.js", "")],
        &[],
    );
    let files = Manager::Npm.determining_files(&workspace);
    assert_eq!(files, [("package-lock.json", "l".to_owned()), (".npmrc", "c".to_owned())]);
}
