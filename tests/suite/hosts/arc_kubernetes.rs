//! Arc-enabled Kubernetes: App Service's protocol at the metadata service's path, and every cluster has
//! the same header.

use doorkey::{Identity, Source};
use doorkey_emulator::Host;

use super::*;
use crate::common::*;

const HOST: Host = Host::ArcKubernetes;

#[test]
fn a_pod_reads_a_secret_with_the_clusters_identity() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    assert_eq!(secret(&client).unwrap().value().as_str(), Some(VALUE));
    let token = token(&client).unwrap();
    assert_eq!(token.source(), Source::AppService);
    assert_eq!(token.client_id(), Some(own_id(&emulator)));
}

#[test]
fn the_request_is_app_services_at_the_metadata_services_path() {
    let emulator = machine(HOST);
    token(&client(&emulator)).unwrap();
    let request = only(&emulator);
    assert_eq!(request.method, "GET");
    assert_eq!(
        request.target,
        format!("/metadata/identity/oauth2/token?api-version=2019-08-01&{RESOURCE}")
    );
    assert_eq!(
        own_headers(&request),
        [("x-identity-header", "ArcK8s"), ("metadata", "true")]
    );
}

#[test]
fn a_pod_takes_every_kind_of_id_and_azure_client_id() {
    assert_every_id_taken(HOST);
}

#[test]
fn an_identity_that_the_cluster_does_not_have_is_not_found() {
    assert_nobody_found(HOST, Identity::ObjectId(NOBODY.to_owned()));
}

#[test]
fn an_imds_endpoint_beside_it_makes_it_no_server_with_an_agent() {
    let emulator = machine(HOST);
    let endpoint = variable(&emulator, "IDENTITY_ENDPOINT");
    let found = token(&client_in(&emulator, &[("IMDS_ENDPOINT", &endpoint)]));
    assert_eq!(found.unwrap().source(), Source::AppService);
}
