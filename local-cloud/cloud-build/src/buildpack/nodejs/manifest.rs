//! The parts of `package.json` that a build needs.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::buildpack::contract::{BuildError, Workspace};

pub(super) const PACKAGE_JSON: &str = "package.json";

/// npm package of the Functions Framework.
pub(super) const FRAMEWORK: &str = "@google-cloud/functions-framework";

/// Scripts that a package manager runs during an installation. They depend on the source, and may
/// change it.
const LIFECYCLE: [&str; 7] =
    ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"];

/// Fields that determine what is installed, and may name directories of the source.
const DEPENDENCY_FIELDS: [&str; 7] = [
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "peerDependencies",
    "overrides",
    "resolutions",
    "pnpm",
];

/// Fields that do not affect what is installed. All others are part of the cache key.
const IRRELEVANT_FIELDS: [&str; 14] = [
    "name",
    "version",
    "description",
    "main",
    "module",
    "types",
    "scripts",
    "keywords",
    "author",
    "contributors",
    "license",
    "homepage",
    "repository",
    "bugs",
];

/// Prefixes of dependencies on files or directories of the source.
const LOCAL: [&str; 8] = ["file:", "link:", "portal:", "workspace:", "patch:", "./", "../", "/"];

/// The manifest of a package.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Manifest {
    /// The file that is loaded; empty means the default.
    pub(super) main: String,
    pub(super) scripts: BTreeMap<String, String>,
    pub(super) dependencies: BTreeMap<String, String>,
    pub(super) dev_dependencies: BTreeMap<String, String>,
    /// Requested versions of Node.js and package managers.
    pub(super) engines: BTreeMap<String, String>,
    /// Such as `yarn@1.22.22`.
    pub(super) package_manager: String,
    /// All fields.
    #[serde(skip)]
    pub(super) whole: Map<String, Value>,
}

impl Manifest {
    /// The manifest of the source, or an empty one if it is missing, as on Google.
    ///
    /// # Errors
    /// [`BuildError::User`] if it cannot be parsed.
    pub(super) fn read(workspace: &Workspace) -> Result<Self, BuildError> {
        if !workspace.has(PACKAGE_JSON) {
            return Ok(Self::default());
        }
        let text = workspace.read(PACKAGE_JSON).map_err(BuildError::host("read package.json"))?;
        Self::parse(&text)
            .map_err(|error| BuildError::User(format!("unmarshalling package.json: {error}")))
    }

    fn parse(text: &[u8]) -> serde_json::Result<Self> {
        let whole: Map<String, Value> = serde_json::from_slice(text)?;
        let read: Self = serde_json::from_value(Value::Object(whole.clone()))?;
        Ok(Self { whole, ..read })
    }

    /// Whether the function depends on the Functions Framework.
    pub(super) fn has_framework(&self) -> bool {
        self.dependencies.contains_key(FRAMEWORK)
    }

    /// A warning about a framework that a function can use only while it is developed.
    pub(super) fn framework_warning(&self) -> Option<String> {
        let is_lost = self.dev_dependencies.contains_key(FRAMEWORK) && !self.has_framework();
        is_lost.then(|| {
            format!(
                "{FRAMEWORK} is in devDependencies, which Google's builder leaves out of an image: if the function loads it, \
                 move it to dependencies"
            )
        })
    }

    /// Whether there is anything to install.
    pub(super) fn has_dependencies(&self) -> bool {
        ["dependencies", "devDependencies", "optionalDependencies"].iter().any(|field| {
            self.whole
                .get(*field)
                .and_then(Value::as_object)
                .is_some_and(|packages| !packages.is_empty())
        })
    }

    /// The fields that determine what is installed.
    pub(super) fn determining_fields(&self) -> BTreeMap<&str, &Value> {
        let fields =
            self.whole.iter().filter(|(name, _)| !IRRELEVANT_FIELDS.contains(&name.as_str()));
        fields.map(|(name, value)| (name.as_str(), value)).collect()
    }

    /// The reason why an installation depends on more of the source than on this file and the lock
    /// file, if it does.
    pub(super) fn uses_source(&self) -> Option<String> {
        if let Some(script) =
            LIFECYCLE.into_iter().find(|script| self.scripts.contains_key(*script))
        {
            return Some(format!("package.json has a `{script}` script"));
        }
        if self.whole.contains_key("workspaces") {
            return Some("package.json has workspaces".to_owned());
        }
        let mut fields = DEPENDENCY_FIELDS.iter().filter_map(|field| self.whole.get(*field));
        fields
            .find_map(local_dependency)
            .map(|path| format!("a dependency is in the source: {path}"))
    }
}

/// The first string in it that names a part of the source.
fn local_dependency(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => LOCAL.iter().any(|prefix| text.starts_with(prefix)).then_some(text),
        Value::Array(items) => items.iter().find_map(local_dependency),
        Value::Object(fields) => fields.values().find_map(local_dependency),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(text: &str) -> Manifest {
        Manifest::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn scripts_and_local_dependencies_use_the_source() {
        let table = [
            (r#"{"scripts": {"start": "x", "build": "tsc"}}"#, None),
            (r#"{"dependencies": {"a": "^1.0.0", "b": "github:x/y"}}"#, None),
            (
                r#"{"scripts": {"postinstall": "patch-package"}}"#,
                Some("package.json has a `postinstall` script"),
            ),
            (r#"{"scripts": {"prepare": "husky"}}"#, Some("package.json has a `prepare` script")),
            (r#"{"workspaces": ["packages/*"]}"#, Some("package.json has workspaces")),
            (
                r#"{"dependencies": {"a": "file:../a"}}"#,
                Some("a dependency is in the source: file:../a"),
            ),
            (r#"{"devDependencies": {"a": "./a"}}"#, Some("a dependency is in the source: ./a")),
            (
                r#"{"overrides": {"a": {"b": "file:b.tgz"}}}"#,
                Some("a dependency is in the source: file:b.tgz"),
            ),
        ];
        for (text, expected) in table {
            assert_eq!(manifest(text).uses_source().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_key_ignores_irrelevant_fields() {
        let one = manifest(
            r#"{"name": "a", "version": "1.0.0", "main": "a.js", "scripts": {"x": "y"}, "dependencies": {"d": "1"}}"#,
        );
        let two = manifest(r#"{"dependencies": {"d": "1"}, "description": "another"}"#);
        assert_eq!(one.determining_fields(), two.determining_fields());
        for other in [
            r#"{"dependencies": {"d": "2"}}"#,
            r#"{"dependencies": {"d": "1"}, "overrides": {"e": "1"}}"#,
        ] {
            assert_ne!(one.determining_fields(), manifest(other).determining_fields(), "{other}");
        }
    }

    #[test]
    fn a_framework_for_development_only_is_a_warning() {
        for (text, is_warned_about) in [
            (r#"{"devDependencies": {"@google-cloud/functions-framework": "3"}}"#, true),
            (r#"{"dependencies": {"@google-cloud/functions-framework": "3"}}"#, false),
            ("{}", false),
        ] {
            assert_eq!(manifest(text).framework_warning().is_some(), is_warned_about, "{text}");
        }
    }

    #[test]
    fn a_manifest_without_packages_needs_no_installation() {
        assert!(!manifest(r#"{"name": "a", "dependencies": {}}"#).has_dependencies());
        assert!(manifest(r#"{"optionalDependencies": {"d": "1"}}"#).has_dependencies());
    }

    #[test]
    fn invalid_manifests_are_rejected() {
        for text in ["", "[]", "{", r#"{"main": 1}"#] {
            assert!(Manifest::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
