//! The surroundings of a container: ingress, sandbox and network.

use google_cloud_run_v2::model::vpc_access::NetworkInterface;
use google_cloud_run_v2::model::{self, IngressTraffic};
use longshore_messages::{ExecutionEnvironment, Ingress, VpcAccess};

pub(super) fn ingress(ingress: Ingress) -> IngressTraffic {
    match ingress {
        Ingress::All => IngressTraffic::All,
        Ingress::Internal => IngressTraffic::InternalOnly,
        Ingress::InternalAndLoadBalancer => IngressTraffic::InternalLoadBalancer,
    }
}

pub(super) fn observed_ingress(ingress: &IngressTraffic) -> Option<Ingress> {
    match ingress {
        IngressTraffic::All => Some(Ingress::All),
        IngressTraffic::InternalOnly => Some(Ingress::Internal),
        IngressTraffic::InternalLoadBalancer => Some(Ingress::InternalAndLoadBalancer),
        // Unset, NONE, and values that Cloud Run adds: a request cannot set them.
        _ => None,
    }
}

pub(super) fn execution_environment(
    environment: ExecutionEnvironment,
) -> model::ExecutionEnvironment {
    match environment {
        ExecutionEnvironment::Gen1 => model::ExecutionEnvironment::Gen1,
        ExecutionEnvironment::Gen2 => model::ExecutionEnvironment::Gen2,
    }
}

pub(super) fn observed_environment(
    environment: &model::ExecutionEnvironment,
) -> Option<ExecutionEnvironment> {
    match environment {
        model::ExecutionEnvironment::Gen1 => Some(ExecutionEnvironment::Gen1),
        model::ExecutionEnvironment::Gen2 => Some(ExecutionEnvironment::Gen2),
        _ => None,
    }
}

/// Sets the connector or the network. The egress setting and the network tags stay as other tools
/// have set them.
pub(super) fn vpc_access(live: model::VpcAccess, requested: &VpcAccess) -> model::VpcAccess {
    let tags =
        live.network_interfaces.first().map(|interface| interface.tags.clone()).unwrap_or_default();
    let access = live.set_connector("").set_network_interfaces(Vec::<NetworkInterface>::new());
    match requested {
        VpcAccess::Connector(connector) => access.set_connector(connector),
        VpcAccess::Direct { network, subnetwork } => {
            let interface = NetworkInterface::new()
                .set_network(network)
                .set_subnetwork(subnetwork)
                .set_tags(tags);
            access.set_network_interfaces([interface])
        }
    }
}

pub(super) fn observed_vpc(access: &model::VpcAccess) -> Option<VpcAccess> {
    if !access.connector.is_empty() {
        return Some(VpcAccess::Connector(access.connector.clone()));
    }
    let interface = access.network_interfaces.first()?;
    Some(VpcAccess::Direct {
        network: interface.network.clone(),
        subnetwork: interface.subnetwork.clone(),
    })
}
