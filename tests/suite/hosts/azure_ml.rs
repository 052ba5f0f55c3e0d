//! Azure Machine Learning: a client id with every request, also for the compute's own identity.

use doorkey::{Call, Identity, Source, Status};
use doorkey_emulator::{Host, UserAssigned};

use super::*;
use crate::common::*;

const HOST: Host = Host::AzureMl;

#[test]
fn a_compute_reads_a_secret_with_its_own_identity() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    assert_eq!(secret(&client).unwrap().value().as_str(), Some(VALUE));
    let token = token(&client).unwrap();
    assert_eq!(token.source(), Source::AzureMl);
    assert_eq!(token.client_id(), Some(own_id(&emulator)));
}

#[test]
fn the_request_names_the_computes_own_client_id() {
    let emulator = machine(HOST);
    token(&client(&emulator)).unwrap();
    let request = only(&emulator);
    assert_eq!(request.method, "GET");
    let id = own_id(&emulator);
    assert_eq!(
        request.target,
        format!("/MSI/token?api-version=2017-09-01&{RESOURCE}&clientid={id}")
    );
    let secret = emulator.secret_header().unwrap();
    assert_eq!(
        own_headers(&request),
        [("secret", secret.as_str()), ("metadata", "true")]
    );
}

#[test]
fn a_named_identity_wins_over_azure_client_id_and_that_over_the_default() {
    let (emulator, one) = machine_with(HOST);
    let variable = [("AZURE_CLIENT_ID", one.client_id.as_str())];
    let found = token(&client_in(&emulator, &variable)).unwrap();
    assert_eq!(found.client_id(), Some(one.client_id.as_str()));
    let own = Identity::ClientId(own_id(&emulator).to_owned());
    let options = options_for(&emulator, own, &variable);
    let found = token(&doorkey::Client::new(options).unwrap()).unwrap();
    assert_eq!(found.client_id(), Some(own_id(&emulator)));
}

#[test]
fn other_ids_than_client_ids_are_refused_before_anything_is_sent() {
    let emulator = machine(HOST);
    let [_, object, resource] = ids_of(&UserAssigned::random("one"));
    assert_id_refused(&emulator, object, "client ids only");
    assert_id_refused(&emulator, resource, "client ids only");
}

#[test]
fn a_compute_without_a_default_identity_has_to_be_told_one() {
    let emulator = machine(HOST);
    let name = "DEFAULT_IDENTITY_CLIENT_ID";
    assert_variable_refused(&emulator, name, "", "is not set");
    assert_variable_refused(&emulator, name, "mine", "GUID");
    let error = failure(token(&client_in(&emulator, &[(name, "")])));
    assert!(error.advice().unwrap().contains("app-service-2017"));
}

#[test]
fn an_identity_that_the_compute_does_not_have_is_not_found() {
    let emulator = machine(HOST);
    let more = [("AZURE_CLIENT_ID", NOBODY)];
    let error = failure(token(&patient_client_in(&emulator, &more)));
    assert_says(&error, Status::IdentityNotFound, 404, "correct the id");
}

#[test]
fn a_secret_that_comes_back_in_a_refusal_is_not_shown() {
    let emulator = machine(HOST);
    let more = [("MSI_SECRET", "S3NT1NEL-other")];
    let error = failure(token(&client_in(&emulator, &more)));
    assert_says(&error, Status::IdentityRefused, 401, "MSI_SECRET");
    assert!(!format!("{error:?}").contains("S3NT1NEL"));
    assert_eq!(emulator.requests().token, 1, "not tried again");
}

#[test]
fn an_unknown_resource_is_refused() {
    let emulator = machine(HOST);
    let call = Call::default();
    let operation = client(&emulator).get_token("https://nobody.example", &call);
    let error = failure(operation.unwrap().take());
    assert_says(&error, Status::IdentityRefused, 400, "resource");
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn what_the_endpoints_variable_holds_is_kept() {
    let emulator = machine(HOST);
    let origin = token_endpoint(&emulator);
    for (path, target) in [
        ("/MSI/token/", "/MSI/token/?"),
        ("/MSI/token?own=1", "/MSI/token?own=1&"),
    ] {
        emulator.reset_requests();
        let endpoint = format!("{origin}{path}");
        token(&client_in(&emulator, &[("MSI_ENDPOINT", &endpoint)])).unwrap();
        let target = format!("{target}api-version=2017-09-01&");
        assert!(only(&emulator).target.starts_with(&target));
    }
}

#[test]
fn an_endpoint_that_is_none_is_refused_by_its_name() {
    assert_odd_endpoints_refused(&machine(HOST), "MSI_ENDPOINT");
}

#[test]
fn a_secret_that_cannot_be_a_header_is_refused_without_being_shown() {
    let emulator = machine(HOST);
    assert_variable_refused(&emulator, "MSI_SECRET", "hunter2\nX: 1", "characters");
}
