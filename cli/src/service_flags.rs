//! Applies flags to the service settings of a manifest.

use longshore_messages::proto::{
    self, FunctionSpec, SecretVariable, SecretVolume, ServiceSettings,
};

use crate::function_args::{FunctionArgs, IngressFlag, SecretFlag};

/// Overrides the service settings of the manifest. Without flags they stay unchanged.
pub(crate) fn apply(flags: &FunctionArgs, spec: &mut FunctionSpec) {
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
    service.environment.extend(flags.environment.iter().cloned());
    service.labels.extend(flags.labels.iter().cloned());
    for secret in &flags.set_secrets {
        set_secret(&mut service, secret);
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
}

/// A variable replaces the plain or secret variable with the same name. A file replaces the volume
/// of another secret in its directory.
fn set_secret(service: &mut ServiceSettings, flag: &SecretFlag) {
    match flag {
        SecretFlag::Variable { name, secret, version } => {
            service.environment.remove(name);
            service.secret_environment.retain(|variable| variable.name != *name);
            let (name, secret, version) = (name.clone(), secret.clone(), version.clone());
            service.secret_environment.push(SecretVariable { name, secret, version });
        }
        SecretFlag::File { directory, file, secret, version } => {
            let same = |volume: &&mut SecretVolume| {
                volume.mount_path == *directory && volume.secret == *secret
            };
            match service.secret_volumes.iter_mut().find(same) {
                Some(volume) => drop(volume.files.insert(file.clone(), version.clone())),
                None => {
                    service.secret_volumes.retain(|volume| volume.mount_path != *directory);
                    let files = [(file.clone(), version.clone())].into();
                    service.secret_volumes.push(SecretVolume {
                        mount_path: directory.clone(),
                        secret: secret.clone(),
                        files,
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn flags(secrets: &[&str]) -> FunctionArgs {
        let set_secrets = secrets.iter().map(|text| SecretFlag::parse(text).unwrap()).collect();
        FunctionArgs { set_secrets, ..FunctionArgs::default() }
    }

    #[test]
    fn without_flags_the_service_settings_are_unchanged() {
        let mut spec = FunctionSpec::default();
        apply(&FunctionArgs::default(), &mut spec);
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
            labels: vec![("team".into(), "a".into())],
            ..flags(&["KEY=key:2", "OLD=new", "/keys/a=key:1", "/keys/b=key", "/other/c=pem"])
        };
        apply(&flags, &mut spec);
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
}
