//! Arc-enabled Kubernetes: App Service's protocol at the metadata service's path, and every cluster has
//! the same header.

use doorkey::{Identity, Source, Status};
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
    let (emulator, one) = machine_with(HOST);
    for identity in ids_of(&one) {
        let found = token(&client_as(&emulator, identity)).unwrap();
        assert_eq!(found.client_id(), Some(one.client_id.as_str()));
    }
    let variable = [("AZURE_CLIENT_ID", one.client_id.as_str())];
    let found = forced_token(&client_in(&emulator, &variable)).unwrap();
    assert_eq!(found.client_id(), Some(one.client_id.as_str()));
}

#[test]
fn an_identity_that_the_cluster_does_not_have_is_not_found() {
    let emulator = machine(HOST);
    let nobody = Identity::ObjectId(NOBODY.to_owned());
    let error = failure(token(&client_as(&emulator, nobody)));
    assert_says(&error, Status::IdentityNotFound, 400, "correct the id");
}

#[test]
fn an_imds_endpoint_beside_it_makes_it_no_server_with_an_agent() {
    let emulator = machine(HOST);
    let endpoint = variable(&emulator, "IDENTITY_ENDPOINT");
    let found = token(&client_in(&emulator, &[("IMDS_ENDPOINT", &endpoint)]));
    assert_eq!(found.unwrap().source(), Source::AppService);
}
