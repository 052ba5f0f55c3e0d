//! Which source this machine has, from one snapshot of its environment, or the one that was asked for.

use crate::environment::Snapshot;
use crate::error::Result;
use crate::identity::arc_key::ArcPaths;
use crate::identity::request::Request;
use crate::identity::{
    Identity, Source, app_service, arc, azure_ml, cloud_shell, imds, service_fabric, workload,
};

/// The checked request that a snapshot leads to.
pub(crate) fn choose(
    snapshot: &Snapshot,
    forced: Option<Source>,
    identity: &Identity,
    resource: &str,
    paths: &ArcPaths,
) -> Result<Request> {
    let source = forced.unwrap_or_else(|| find(snapshot, identity, paths));
    let request = match source {
        Source::ServiceFabric => service_fabric::request,
        Source::AppService => app_service::request,
        Source::AppService2017 => app_service::request_2017,
        Source::AzureMl => azure_ml::request,
        Source::CloudShell => cloud_shell::request,
        Source::Arc => arc::request,
        Source::WorkloadIdentity => workload::request,
        Source::Imds => imds::request,
    };
    let mut request = request(snapshot, identity, resource)?;
    if *identity == Identity::Default && request.identity != Identity::Default {
        request.named_by = Some(match snapshot.client_id {
            Some(_) => "AZURE_CLIENT_ID",
            None => "DEFAULT_IDENTITY_CLIENT_ID",
        });
    }
    if source == Source::Imds && forced.is_none() {
        request.looked_for = Some(looked_for(snapshot));
    }
    Ok(request)
}

/// The order matters: Container Apps set `MSI_ENDPOINT` beside `IDENTITY_ENDPOINT`, and every
/// source's variables are a part of another's.
fn find(snapshot: &Snapshot, identity: &Identity, paths: &ArcPaths) -> Source {
    let has_endpoint = snapshot.identity_endpoint.is_some();
    let has_header = snapshot.identity_header.is_some();
    let has_msi = snapshot.msi_endpoint.is_some();
    if has_endpoint && has_header && snapshot.identity_server_thumbprint.is_some() {
        Source::ServiceFabric
    } else if has_endpoint && has_header {
        Source::AppService
    } else if has_msi && snapshot.msi_secret.is_some() {
        Source::AzureMl
    } else if has_msi {
        Source::CloudShell
    } else if (has_endpoint && snapshot.imds_endpoint.is_some()) || paths.agent_is_installed() {
        Source::Arc
    } else if workload::is_here(snapshot, identity) {
        Source::WorkloadIdentity
    } else {
        Source::Imds
    }
}

/// What was looked for before the metadata service, with variables that are there and did not do.
fn looked_for(snapshot: &Snapshot) -> String {
    let halves = [
        ("IDENTITY_ENDPOINT", snapshot.identity_endpoint.is_some()),
        ("IDENTITY_HEADER", snapshot.identity_header.is_some()),
        ("MSI_SECRET", snapshot.msi_secret.is_some()),
        (
            "AZURE_FEDERATED_TOKEN_FILE",
            snapshot.federated_token_file.is_some(),
        ),
    ];
    let there: Vec<_> = halves
        .iter()
        .filter(|(_, set)| *set)
        .map(|(n, _)| *n)
        .collect();
    let mut text = "neither a host's variables (IDENTITY_ENDPOINT with IDENTITY_HEADER, MSI_ENDPOINT, AZURE_FEDERATED_TOKEN_FILE with AZURE_TENANT_ID and AZURE_CLIENT_ID) nor an Azure Arc agent was found".to_owned();
    if !there.is_empty() {
        text.push_str(&format!(
            " ({} is set, but not what belongs to it)",
            there.join(", ")
        ));
    }
    text
}
