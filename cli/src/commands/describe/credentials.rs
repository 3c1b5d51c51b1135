//! A specification without the credentials of its build: people paste what this command prints.

use serde_json::Value;

/// What stands in for a credential, as in the log of a build.
const MASK: &str = "****";

/// Ends of the names of variables whose values are credentials, such as `NPM_TOKEN`.
const NAMES: [&str; 6] = ["TOKEN", "PASSWORD", "PASSWD", "SECRET", "_AUTH", "API_KEY"];

/// Masks the values of such variables in the environment of the build. A reference to a variable is
/// no credential.
pub(super) fn without_credentials(mut specification: Value) -> Value {
    let environment =
        specification.pointer_mut("/build/environment").and_then(Value::as_object_mut);
    for (name, value) in environment.into_iter().flatten() {
        let name = name.to_ascii_uppercase();
        let is_reference = value.as_str().is_some_and(|value| value.starts_with('$'));
        if NAMES.iter().any(|end| name.ends_with(end)) && !is_reference {
            *value = Value::from(MASK);
        }
    }
    specification
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn credentials_of_a_build_are_masked() {
        let specification = |token: &str| {
            let environment = json!({"NPM_TOKEN": token, "NODE_ENV": "test", "A_AUTH": "$TOKEN"});
            json!({"name": "hello", "build": {"environment": environment}})
        };
        assert_eq!(without_credentials(specification("npm_x")), specification("****"));
        assert_eq!(without_credentials(json!({"name": "hello"})), json!({"name": "hello"}));
    }
}
