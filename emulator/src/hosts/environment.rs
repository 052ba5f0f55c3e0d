//! What each kind of machine has in its environment, odd extras included. What answers under these URLs is in the hosts' own files.

use std::net::SocketAddr;

use crate::hosts::{Host, Machine, service_fabric, workload};
use crate::world::World;

type Variables = Vec<(&'static str, String)>;

/// The platform's own variables.
pub(crate) fn of(world: &World, address: SocketAddr) -> Variables {
    let machine = &world.machine;
    let endpoint = machine.endpoint(address);
    let secret = machine.secret().unwrap_or_default();
    match machine.host {
        Host::Imds => vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", machine.origin(address))],
        Host::AppService | Host::Functions => both_generations(endpoint, secret),
        Host::Automation | Host::HybridWorker => {
            let mut variables = both_generations(endpoint, secret);
            variables.push(("AZUREPS_HOST_ENVIRONMENT", "AzureAutomation".to_owned()));
            variables
        }
        // No MSI_SECRET beside it, which is what misleads a search for Cloud Shell.
        Host::ContainerApps => vec![
            ("IDENTITY_ENDPOINT", endpoint.clone()),
            ("IDENTITY_HEADER", secret),
            ("MSI_ENDPOINT", endpoint),
        ],
        Host::Arc => vec![
            ("IDENTITY_ENDPOINT", endpoint),
            ("IMDS_ENDPOINT", machine.origin(address)),
        ],
        Host::ArcKubernetes => vec![("IDENTITY_ENDPOINT", endpoint), ("IDENTITY_HEADER", secret)],
        Host::CloudShell => vec![("MSI_ENDPOINT", endpoint)],
        Host::ServiceFabric => cluster(machine, endpoint, secret),
        Host::AzureMl => compute(world, endpoint, secret),
        Host::WorkloadIdentity => pod(world, address),
        Host::AppService2017 => vec![("MSI_ENDPOINT", endpoint), ("MSI_SECRET", secret)],
    }
}

/// The old names have the new values.
fn both_generations(endpoint: String, secret: String) -> Variables {
    vec![
        ("IDENTITY_ENDPOINT", endpoint.clone()),
        ("IDENTITY_HEADER", secret.clone()),
        ("MSI_ENDPOINT", endpoint),
        ("MSI_SECRET", secret),
    ]
}

fn cluster(machine: &Machine, endpoint: String, secret: String) -> Variables {
    let mut variables = vec![
        (
            "IDENTITY_API_VERSION",
            service_fabric::API_VERSION.to_owned(),
        ),
        ("IDENTITY_ENDPOINT", endpoint),
        ("IDENTITY_HEADER", secret),
    ];
    if let Some(cluster) = &machine.cluster {
        variables.push(("IDENTITY_SERVER_THUMBPRINT", cluster.thumbprint()));
    }
    variables
}

fn compute(world: &World, endpoint: String, secret: String) -> Variables {
    let mut variables = vec![("MSI_ENDPOINT", endpoint), ("MSI_SECRET", secret)];
    if let Ok(identity) = world.identities.unnamed() {
        let client_id = identity.client_id.clone();
        variables.insert(0, ("DEFAULT_IDENTITY_CLIENT_ID", client_id));
    }
    variables
}

/// A client id is there when the service account's annotation gives one, for which the system-assigned identity stands.
fn pod(world: &World, address: SocketAddr) -> Variables {
    let machine = &world.machine;
    let mut variables = vec![
        (
            "AZURE_AUTHORITY_HOST",
            format!("{}/", machine.origin(address)),
        ),
        ("AZURE_TENANT_ID", world.tokens.tenant().to_owned()),
    ];
    if let Some(identity) = world.identities.system() {
        variables.push(("AZURE_CLIENT_ID", identity.client_id.clone()));
    }
    if let Some(file) = machine.assertion_file() {
        let file = file.to_string_lossy().into_owned();
        variables.push(("AZURE_FEDERATED_TOKEN_FILE", file));
    }
    if let Some(proxy) = &machine.proxy {
        let url = format!(
            "https://localhost:{}{}",
            proxy.address.port(),
            workload::PROXY_PATH
        );
        let ca_file = proxy.ca_file.path().to_string_lossy().into_owned();
        variables.push(("AZURE_KUBERNETES_CA_FILE", ca_file));
        variables.push(("AZURE_KUBERNETES_SNI_NAME", proxy.name.clone()));
        variables.push(("AZURE_KUBERNETES_TOKEN_PROXY", url));
    }
    variables
}
