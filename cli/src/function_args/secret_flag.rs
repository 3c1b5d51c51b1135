//! The value of `--set-secrets`.

/// One item of `--set-secrets`, in gcloud's syntax: `NAME=SECRET:VERSION` or
/// `/PATH/FILE=SECRET:VERSION`, where `/PATH:/FILE` says which part of a longer path is the
/// directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SecretFlag {
    Variable { name: String, secret: String, version: String },
    File { directory: String, file: String, secret: String, version: String },
}

impl SecretFlag {
    /// The variable, or the path of the file.
    pub(crate) fn target(&self) -> String {
        match self {
            Self::Variable { name, .. } => name.clone(),
            Self::File { directory, file, .. } => format!("{directory}/{file}"),
        }
    }

    /// The default version is `latest`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let expected = "expected NAME=SECRET:VERSION or /PATH/FILE=SECRET:VERSION";
        let (target, secret) = text.split_once('=').ok_or(expected)?;
        let (secret, version) = secret.rsplit_once(':').unwrap_or((secret, "latest"));
        if [target, secret, version].iter().any(|part| part.is_empty()) {
            return Err(expected.to_owned());
        }
        let (secret, version) = (secret.to_owned(), version.to_owned());
        if target.contains('/') && !target.starts_with('/') {
            return Err(format!("'{target}' is not an absolute path; {expected}"));
        }
        if !target.starts_with('/') {
            return Ok(Self::Variable { name: target.to_owned(), secret, version });
        }
        let path = without_repeated_slashes(target);
        match path.split_once(":/").or_else(|| path.rsplit_once('/')) {
            Some((directory, file)) if !directory.is_empty() && !file.is_empty() => {
                Ok(Self::File {
                    directory: directory.to_owned(),
                    file: file.to_owned(),
                    secret,
                    version,
                })
            }
            _ => Err(format!("'{target}' is not a file in a directory; {expected}")),
        }
    }
}

/// As gcloud does, so that one path has one spelling.
fn without_repeated_slashes(path: &str) -> String {
    let mut kept = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !kept.ends_with('/') {
            kept.push(c);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::SecretFlag;

    #[test]
    fn a_flag_sets_a_variable_or_a_file() {
        let variable = |secret: &str, version: &str| SecretFlag::Variable {
            name: "KEY".into(),
            secret: secret.into(),
            version: version.into(),
        };
        assert_eq!(SecretFlag::parse("KEY=s:3"), Ok(variable("s", "3")));
        assert_eq!(SecretFlag::parse("KEY=s"), Ok(variable("s", "latest")));
        assert_eq!(
            SecretFlag::parse("KEY=projects/p/secrets/s:latest"),
            Ok(variable("projects/p/secrets/s", "latest"))
        );
        let file = SecretFlag::File {
            directory: "/etc/keys".into(),
            file: "key.pem".into(),
            secret: "s".into(),
            version: "3".into(),
        };
        for text in ["/etc/keys/key.pem=s:3", "//etc//keys///key.pem=s:3", "/etc/keys:/key.pem=s:3"]
        {
            assert_eq!(SecretFlag::parse(text), Ok(file.clone()), "{text}");
        }
        let inside = SecretFlag::File {
            directory: "/etc".into(),
            file: "keys/key.pem".into(),
            secret: "s".into(),
            version: "latest".into(),
        };
        assert_eq!(SecretFlag::parse("/etc:/keys/key.pem=s"), Ok(inside));
        for bad in [
            "",
            "KEY",
            "KEY=",
            "=s",
            "KEY=s:",
            "/key=s",
            "/keys/=s",
            "/keys:/=s",
            "keys/key=s",
            "./key=s",
        ] {
            assert!(SecretFlag::parse(bad).is_err(), "{bad}");
        }
    }
}
