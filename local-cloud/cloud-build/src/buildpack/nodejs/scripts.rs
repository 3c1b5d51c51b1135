//! Which scripts of `package.json` a build runs, and what that means for the dependencies. Pure.

use super::manager::Manager;
use super::manifest::Manifest;
use super::plan::Plan;
use crate::buildpack::contract::Workspace;

/// The scripts to run, separated by commas; empty for none.
const SCRIPTS_VARIABLE: &str = "GOOGLE_NODE_RUN_SCRIPTS";

/// Determines whether dependencies are for development or for production.
pub(super) const NODE_ENV: &str = "NODE_ENV";

const PRODUCTION: &str = "production";

/// The plan of a build, by the rules of Google's buildpacks for each manager. Those for Yarn run
/// only `gcp-build`.
pub(super) fn plan(manager: Manager, manifest: &Manifest, workspace: &Workspace) -> Plan {
    let (scripts, by_default) = match manager {
        Manager::Npm | Manager::Pnpm | Manager::Bun => scripts(manifest, workspace),
        Manager::Yarn | Manager::Berry => (gcp_build(manifest).into_iter().collect(), false),
    };
    let set = workspace.environment().get(NODE_ENV).cloned();
    let node_env = match manager {
        Manager::Npm | Manager::Pnpm | Manager::Bun if set.is_none() => {
            Some(if scripts.is_empty() { PRODUCTION } else { "development" }.to_owned())
        }
        Manager::Npm | Manager::Pnpm | Manager::Bun | Manager::Yarn | Manager::Berry => set.clone(),
    };
    let has_dev = !manifest.dev_dependencies.is_empty();
    let for_production = launch_node_env(workspace) == PRODUCTION;
    let prunes = match manager {
        Manager::Npm => !scripts.is_empty() && has_dev && for_production,
        Manager::Yarn => !scripts.is_empty() && for_production,
        Manager::Berry => has_dev && for_production,
        Manager::Pnpm | Manager::Bun => !scripts.is_empty() && has_dev && set.is_none(),
    };
    Plan { scripts, by_default, node_env, prunes }
}

/// `NODE_ENV` of the image.
pub(super) fn launch_node_env(workspace: &Workspace) -> &str {
    workspace.variable(NODE_ENV).unwrap_or(PRODUCTION)
}

/// A warning about a script that Google would not run, although the user may expect it.
pub(super) fn warning(manager: Manager, manifest: &Manifest, plan: &Plan) -> Option<String> {
    let forgotten = matches!(manager, Manager::Yarn | Manager::Berry)
        && plan.scripts.is_empty()
        && manifest.scripts.get("build").is_some_and(|script| !script.trim().is_empty());
    forgotten.then(|| {
        "the script `build` is not run: with Yarn, Google's buildpacks run only `gcp-build`"
            .to_owned()
    })
}

/// The scripts of `GOOGLE_NODE_RUN_SCRIPTS`, or `gcp-build`, or `build`. An empty one of them means
/// none.
fn scripts(manifest: &Manifest, workspace: &Workspace) -> (Vec<String>, bool) {
    if let Some(named) = workspace.environment().get(SCRIPTS_VARIABLE) {
        let names = named.split(',').map(str::trim).filter(|name| !name.is_empty());
        return (names.map(str::to_owned).collect(), false);
    }
    if manifest.scripts.contains_key("gcp-build") {
        return (gcp_build(manifest).into_iter().collect(), false);
    }
    (script(manifest, "build").into_iter().collect(), true)
}

fn gcp_build(manifest: &Manifest) -> Option<String> {
    script(manifest, "gcp-build")
}

/// The name of the script, if it is not empty.
fn script(manifest: &Manifest, name: &str) -> Option<String> {
    manifest.scripts.get(name).filter(|script| !script.trim().is_empty()).map(|_| name.to_owned())
}

/// The note of Google's buildpacks about a failed `build` that was not requested.
pub(super) fn hint(plan: &Plan) -> String {
    if !plan.by_default {
        return String::new();
    }
    format!(
        "\nNOTE: Running the default build script can be skipped by passing the empty environment variable \"{SCRIPTS_VARIABLE}=\" to the build"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type Pairs<'a> = &'a [(&'a str, &'a str)];

    fn pairs(pairs: Pairs<'_>) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn planned(manager: Manager, scripts: Pairs<'_>, environment: Pairs<'_>) -> Plan {
        let manifest = Manifest {
            scripts: pairs(scripts),
            dev_dependencies: pairs(&[("typescript", "5")]),
            ..Manifest::default()
        };
        plan(manager, &manifest, &Workspace::new("/nowhere".into(), pairs(environment)))
    }

    const BUILD: (&str, &str) = ("build", "tsc");
    const GCP_BUILD: (&str, &str) = ("gcp-build", "tsc -p .");

    #[test]
    fn the_most_specific_script_is_run() {
        type Case<'a> = (Manager, Pairs<'a>, Pairs<'a>, &'a [&'a str]);
        let table: [Case<'_>; 11] = [
            (Manager::Npm, &[], &[], &[]),
            (Manager::Npm, &[BUILD], &[], &["build"]),
            (Manager::Npm, &[BUILD, GCP_BUILD], &[], &["gcp-build"]),
            (Manager::Npm, &[BUILD, ("gcp-build", "")], &[], &[]),
            (Manager::Npm, &[("build", " ")], &[], &[]),
            (
                Manager::Npm,
                &[BUILD, GCP_BUILD],
                &[("GOOGLE_NODE_RUN_SCRIPTS", "lint, pack")],
                &["lint", "pack"],
            ),
            (Manager::Npm, &[BUILD], &[("GOOGLE_NODE_RUN_SCRIPTS", "")], &[]),
            (Manager::Pnpm, &[BUILD], &[], &["build"]),
            (Manager::Yarn, &[BUILD], &[], &[]),
            (
                Manager::Yarn,
                &[BUILD, GCP_BUILD],
                &[("GOOGLE_NODE_RUN_SCRIPTS", "lint")],
                &["gcp-build"],
            ),
            (Manager::Berry, &[GCP_BUILD], &[], &["gcp-build"]),
        ];
        for (manager, scripts, environment, expected) in table {
            assert_eq!(
                planned(manager, scripts, environment).scripts,
                expected,
                "{manager:?} {scripts:?} {environment:?}"
            );
        }
    }

    #[test]
    fn scripts_need_development_packages_which_are_removed_afterwards() {
        type Case<'a> = (Manager, Pairs<'a>, Pairs<'a>, Option<&'a str>, bool);
        let table: [Case<'_>; 11] = [
            (Manager::Npm, &[], &[], Some("production"), false),
            (Manager::Npm, &[BUILD], &[], Some("development"), true),
            (Manager::Npm, &[BUILD], &[("NODE_ENV", "test")], Some("test"), false),
            (Manager::Npm, &[BUILD], &[("NODE_ENV", "production")], Some("production"), true),
            (Manager::Pnpm, &[BUILD], &[], Some("development"), true),
            (Manager::Pnpm, &[BUILD], &[("NODE_ENV", "production")], Some("production"), false),
            (Manager::Bun, &[], &[], Some("production"), false),
            (Manager::Bun, &[BUILD], &[], Some("development"), true),
            (Manager::Yarn, &[], &[], None, false),
            (Manager::Yarn, &[GCP_BUILD], &[], None, true),
            (Manager::Yarn, &[GCP_BUILD], &[("NODE_ENV", "test")], Some("test"), false),
        ];
        for (manager, scripts, environment, node_env, prunes) in table {
            let plan = planned(manager, scripts, environment);
            assert_eq!(
                (plan.node_env.as_deref(), plan.prunes),
                (node_env, prunes),
                "{manager:?} {scripts:?} {environment:?}"
            );
        }
    }

    #[test]
    fn only_a_build_script_that_was_not_requested_is_explained() {
        assert!(hint(&planned(Manager::Npm, &[BUILD], &[])).contains("GOOGLE_NODE_RUN_SCRIPTS="));
        assert_eq!(hint(&planned(Manager::Npm, &[GCP_BUILD], &[])), "");
        let manifest = Manifest { scripts: pairs(&[BUILD]), ..Manifest::default() };
        assert!(
            warning(Manager::Yarn, &manifest, &Plan::default()).unwrap().contains("`gcp-build`")
        );
        assert_eq!(warning(Manager::Npm, &manifest, &Plan::default()), None);
    }
}
