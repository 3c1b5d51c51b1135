//! Converts service settings to protobuf.

use super::spec::{Access, ExecutionEnvironment, Ingress, ServiceSettings, VpcAccess};
use crate::proto;

pub(super) fn service(service: &ServiceSettings) -> proto::ServiceSettings {
    proto::ServiceSettings {
        environment: service.environment.clone(),
        memory: service.memory.clone().unwrap_or_default(),
        cpu: service.cpu.clone().unwrap_or_default(),
        timeout: service.timeout.map(Into::into),
        concurrency: service.concurrency,
        min_instances: service.min_instances,
        max_instances: service.max_instances,
        service_account: service.service_account.clone().unwrap_or_default(),
        labels: service.labels.clone(),
        access: access(service.access).into(),
        description: service.description.clone().unwrap_or_default(),
        secret_environment: secret_environment(service),
        secret_volumes: secret_volumes(service),
        ingress: ingress(service.ingress).into(),
        execution_environment: execution_environment(service.execution_environment).into(),
        cpu_boost: service.cpu_boost,
        use_http2: service.use_http2,
        vpc: service.vpc.as_ref().map(vpc),
    }
}

fn access(access: Option<Access>) -> proto::Access {
    match access {
        None => proto::Access::Unspecified,
        Some(Access::Authenticated) => proto::Access::Authenticated,
        Some(Access::Public) => proto::Access::Public,
    }
}

fn secret_environment(service: &ServiceSettings) -> Vec<proto::SecretVariable> {
    let variable = |(name, value): (&String, &super::SecretVersion)| proto::SecretVariable {
        name: name.clone(),
        secret: value.secret.clone(),
        version: value.version.clone(),
    };
    service.secret_environment.iter().map(variable).collect()
}

fn secret_volumes(service: &ServiceSettings) -> Vec<proto::SecretVolume> {
    let volume = |(path, volume): (&String, &super::SecretVolume)| proto::SecretVolume {
        mount_path: path.clone(),
        secret: volume.secret.clone(),
        files: volume.files.clone(),
    };
    service.secret_volumes.iter().map(volume).collect()
}

fn ingress(ingress: Option<Ingress>) -> proto::Ingress {
    match ingress {
        None => proto::Ingress::Unspecified,
        Some(Ingress::All) => proto::Ingress::All,
        Some(Ingress::Internal) => proto::Ingress::Internal,
        Some(Ingress::InternalAndLoadBalancer) => proto::Ingress::InternalAndLoadBalancer,
    }
}

fn execution_environment(environment: Option<ExecutionEnvironment>) -> proto::ExecutionEnvironment {
    match environment {
        None => proto::ExecutionEnvironment::Unspecified,
        Some(ExecutionEnvironment::Gen1) => proto::ExecutionEnvironment::Gen1,
        Some(ExecutionEnvironment::Gen2) => proto::ExecutionEnvironment::Gen2,
    }
}

fn vpc(vpc: &VpcAccess) -> proto::VpcAccess {
    match vpc {
        VpcAccess::Connector(connector) => {
            proto::VpcAccess { connector: connector.clone(), ..proto::VpcAccess::default() }
        }
        VpcAccess::Direct { network, subnetwork } => proto::VpcAccess {
            connector: String::new(),
            network: network.clone(),
            subnetwork: subnetwork.clone(),
        },
    }
}
