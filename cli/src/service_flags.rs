//! Applies flags to the service settings of a manifest.

use std::collections::{BTreeMap, BTreeSet};

use longshore_messages::proto::{
    self, FunctionSpec, SecretVariable, SecretVolume, ServiceSettings,
};

use crate::function_args::{FunctionArgs, IngressFlag, SecretFlag};

/// Flags that contradict each other or the manifest, so that one of them would be lost.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ServiceFlagsError {
    #[error("{flags} sets {name} more than once")]
    Twice { flags: &'static str, name: String },
    /// Cloud Run mounts one secret in each directory.
    #[error("the directory {directory} would have files of two secrets, {one} and {other}")]
    TwoSecrets { directory: String, one: String, other: String },
}

impl ServiceFlagsError {
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::Twice { .. } => "set it once",
            Self::TwoSecrets { .. } => {
                "give each secret a directory of its own: Cloud Run mounts only one secret in a \
                 directory"
            }
        }
    }
}

/// Overrides the service settings of the manifest. Without flags they stay unchanged.
///
/// # Errors
/// [`ServiceFlagsError`] if something that was requested would be lost.
pub(crate) fn apply(
    flags: &FunctionArgs,
    spec: &mut FunctionSpec,
) -> Result<(), ServiceFlagsError> {
    check_names(flags)?;
    let mut service = spec.service.clone().unwrap_or_default();
    let texts = [
        (&mut service.memory, &flags.memory),
        (&mut service.cpu, &flags.cpu),
        (&mut service.service_account, &flags.service_account),
        (&mut service.description, &flags.description),
    ];
    for (field, flag) in texts {
        if let Some(value) = flag {
            field.clone_from(value);
        }
    }
    if let Some(seconds) = flags.timeout {
        service.timeout = Some(std::time::Duration::from_secs(seconds.into()).into());
    }
    service.concurrency = flags.concurrency.or(service.concurrency);
    service.min_instances = flags.min_instances.or(service.min_instances);
    service.max_instances = flags.max_instances.or(service.max_instances);
    if flags.use_http2 || flags.no_use_http2 {
        service.use_http2 = Some(flags.use_http2);
    }
    service.environment.extend(flags.environment.iter().cloned());
    service.labels.extend(flags.labels.iter().cloned());
    let mut mounted = BTreeMap::new();
    for secret in &flags.set_secrets {
        set_secret(&mut service, secret, &mut mounted)?;
    }
    if let Some(ingress) = flags.ingress {
        service.ingress = match ingress {
            IngressFlag::All => proto::Ingress::All,
            IngressFlag::Internal => proto::Ingress::Internal,
            IngressFlag::InternalAndCloudLoadBalancing => proto::Ingress::InternalAndLoadBalancer,
        }
        .into();
    }
    if flags.public {
        service.access = proto::Access::Public.into();
    }
    if spec.service.is_some() || service != ServiceSettings::default() {
        spec.service = Some(service);
    }
    Ok(())
}

/// Rejects names that flags set more than once.
fn check_names(flags: &FunctionArgs) -> Result<(), ServiceFlagsError> {
    let secrets: Vec<String> = flags.set_secrets.iter().map(SecretFlag::target).collect();
    let names = |pairs: &[(String, String)]| -> Vec<String> {
        pairs.iter().map(|(name, _)| name.clone()).collect()
    };
    let environment = names(&flags.environment);
    once("--set-secrets", &secrets)?;
    once("--env", &environment)?;
    once("--env and --set-secrets", &[environment, secrets].concat())?;
    once("--build-env", &names(&flags.build_environment))?;
    once("--label", &names(&flags.labels))
}

fn once(flags: &'static str, names: &[String]) -> Result<(), ServiceFlagsError> {
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        Some(name) => Err(ServiceFlagsError::Twice { flags, name: name.clone() }),
        None => Ok(()),
    }
}

/// A variable replaces the plain or secret variable of the manifest with the same name. The files of
/// a directory replace the manifest's volume of another secret there, if they are all of its files.
/// `mounted`: the files of every directory that a flag has set, so far.
fn set_secret<'a>(
    service: &mut ServiceSettings,
    flag: &'a SecretFlag,
    mounted: &mut BTreeMap<&'a str, BTreeSet<&'a str>>,
) -> Result<(), ServiceFlagsError> {
    match flag {
        SecretFlag::Variable { name, secret, version } => {
            service.environment.remove(name);
            service.secret_environment.retain(|variable| variable.name != *name);
            let (name, secret, version) = (name.clone(), secret.clone(), version.clone());
            service.secret_environment.push(SecretVariable { name, secret, version });
        }
        SecretFlag::File { directory, file, secret, version } => {
            let of_flags = mounted.entry(directory).or_default();
            let at = service.secret_volumes.iter().position(|it| it.mount_path == *directory);
            let Some(volume) = at.and_then(|at| service.secret_volumes.get_mut(at)) else {
                of_flags.insert(file);
                service.secret_volumes.push(SecretVolume {
                    mount_path: directory.clone(),
                    secret: secret.clone(),
                    files: [(file.clone(), version.clone())].into(),
                });
                return Ok(());
            };
            if volume.secret != *secret {
                let is_replaced = of_flags.is_empty()
                    && volume.files.len() == 1
                    && volume.files.contains_key(file);
                if !is_replaced {
                    return Err(ServiceFlagsError::TwoSecrets {
                        directory: directory.clone(),
                        one: volume.secret.clone(),
                        other: secret.clone(),
                    });
                }
                volume.secret.clone_from(secret);
                volume.files.clear();
            }
            of_flags.insert(file);
            volume.files.insert(file.clone(), version.clone());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(secrets: &[&str]) -> FunctionArgs {
        let set_secrets = secrets.iter().map(|text| SecretFlag::parse(text).unwrap()).collect();
        FunctionArgs { set_secrets, ..FunctionArgs::default() }
    }

    #[test]
    fn without_flags_the_service_settings_are_unchanged() {
        let mut spec = FunctionSpec::default();
        apply(&FunctionArgs::default(), &mut spec).unwrap();
        assert_eq!(spec, FunctionSpec::default());
    }

    #[test]
    fn flags_override_the_manifest() {
        let manifest = ServiceSettings {
            cpu: "1".into(),
            concurrency: Some(7),
            environment: BTreeMap::from([("KEY".into(), "plain".into())]),
            secret_environment: vec![SecretVariable {
                name: "OLD".into(),
                secret: "old".into(),
                version: "1".into(),
            }],
            ..ServiceSettings::default()
        };
        let mut spec = FunctionSpec { service: Some(manifest), ..FunctionSpec::default() };
        let flags = FunctionArgs {
            cpu: Some("2".into()),
            timeout: Some(5),
            min_instances: Some(0),
            ingress: Some(IngressFlag::Internal),
            use_http2: true,
            labels: vec![("team".into(), "a".into())],
            ..flags(&["KEY=key:2", "OLD=new", "/keys/a=key:1", "/keys/b=key", "/other/c=pem"])
        };
        apply(&flags, &mut spec).unwrap();
        let service = spec.service.unwrap();
        assert_eq!(
            (service.cpu.as_str(), service.concurrency, service.min_instances),
            ("2", Some(7), Some(0))
        );
        assert_eq!(
            (service.timeout.unwrap().seconds, service.ingress),
            (5, proto::Ingress::Internal.into())
        );
        assert!(service.environment.is_empty());
        assert_eq!(service.use_http2, Some(true));
        let off = FunctionArgs { no_use_http2: true, ..FunctionArgs::default() };
        let mut spec = FunctionSpec { service: Some(service.clone()), ..FunctionSpec::default() };
        apply(&off, &mut spec).unwrap();
        assert_eq!(spec.service.unwrap().use_http2, Some(false));
        let variable = |name: &str, secret: &str, version: &str| SecretVariable {
            name: name.into(),
            secret: secret.into(),
            version: version.into(),
        };
        assert_eq!(
            service.secret_environment,
            [variable("KEY", "key", "2"), variable("OLD", "new", "latest")]
        );
        let keys = BTreeMap::from([("a".into(), "1".into()), ("b".into(), "latest".into())]);
        assert_eq!(
            service.secret_volumes[0],
            SecretVolume { mount_path: "/keys".into(), secret: "key".into(), files: keys }
        );
        assert_eq!(service.secret_volumes[1].mount_path, "/other");
    }

    #[test]
    fn what_would_be_lost_is_rejected() {
        let pairs = |names: &[&str]| -> Vec<(String, String)> {
            names.iter().map(|name| ((*name).to_owned(), "1".to_owned())).collect()
        };
        let manifest = ServiceSettings {
            secret_volumes: vec![
                SecretVolume {
                    mount_path: "/one".into(),
                    secret: "m".into(),
                    files: [("crt".into(), "1".into())].into(),
                },
                SecretVolume {
                    mount_path: "/two".into(),
                    secret: "m".into(),
                    files: [("crt".into(), "1".into()), ("key".into(), "1".into())].into(),
                },
            ],
            ..ServiceSettings::default()
        };
        let plain = |names: &[&str]| FunctionArgs { environment: pairs(names), ..flags(&[]) };
        for (flags, rejected) in [
            (flags(&["/tls/crt=a:1", "/tls/key=b:1"]), Some("/tls")),
            (flags(&["/tls/crt=a:1", "/tls/key=a:2"]), None),
            (flags(&["/tls/crt=a:1", "/tls/crt=a:2"]), Some("/tls/crt")),
            (flags(&["/tls/crt=a:1", "/tls/sub/key=b:1"]), None),
            (flags(&["/one/crt=a:1"]), None),
            (flags(&["/one/key=a:1"]), Some("/one")),
            (flags(&["/two/crt=a:1"]), Some("/two")),
            (flags(&["/two/crt=m:2"]), None),
            (flags(&["A=a:1", "A=b:1"]), Some("A")),
            (FunctionArgs { environment: pairs(&["A"]), ..flags(&["A=a:1"]) }, Some("A")),
            (plain(&["A", "B"]), None),
            (plain(&["A", "A"]), Some("A")),
            (FunctionArgs { labels: pairs(&["a", "a"]), ..flags(&[]) }, Some("a")),
            (FunctionArgs { build_environment: pairs(&["A", "A"]), ..flags(&[]) }, Some("A")),
        ] {
            let service = Some(manifest.clone());
            let mut spec = FunctionSpec { service, ..FunctionSpec::default() };
            match (apply(&flags, &mut spec), rejected) {
                (Ok(()), None) => {}
                (Err(error), Some(name)) => {
                    assert!(error.to_string().contains(name), "{error}");
                }
                (applied, _) => panic!("{flags:?}: {applied:?}"),
            }
        }
    }
}
