//! App Service's first protocol: only when it is asked for, client ids only, dates in place of seconds.

use doorkey::{Call, Client, ClientOptions, Identity, Source, Status};
use doorkey_emulator::{Host, UserAssigned};

use super::*;
use crate::common::*;

const HOST: Host = Host::AppService2017;

#[test]
fn an_old_app_reads_a_secret_with_its_own_identity() {
    let emulator = machine(HOST);
    let client = client_as(&emulator, Identity::Default);
    assert_eq!(secret(&client).unwrap().value().as_str(), Some(VALUE));
    let token = token(&client).unwrap();
    assert_eq!(token.source(), Source::AppService2017);
    assert_eq!(token.client_id(), Some(own_id(&emulator)));
}

#[test]
fn the_request_is_that_of_2017() {
    let emulator = machine(HOST);
    token(&client_as(&emulator, Identity::Default)).unwrap();
    let request = only(&emulator);
    assert_eq!(request.method, "GET");
    assert_eq!(
        request.target,
        format!("/msi/token/?api-version=2017-09-01&{RESOURCE}")
    );
    let secret = emulator.secret_header().unwrap();
    assert_eq!(own_headers(&request), [("secret", secret.as_str())]);
}

#[test]
fn without_being_asked_for_it_is_never_chosen() {
    let emulator = machine(HOST);
    let options = ClientOptions {
        source: None,
        ..options_for(&emulator, Identity::Default, &[])
    };
    let error = failure(token(&Client::new(options).unwrap()));
    // Azure Machine Learning has the same variables, and one more.
    assert!(
        error.message().contains("DEFAULT_IDENTITY_CLIENT_ID"),
        "{error}"
    );
    assert!(error.advice().unwrap().contains("app-service-2017"));
    assert_eq!(emulator.requests().connections_imds, 0);
}

#[test]
fn a_client_id_goes_by_its_old_name() {
    let (emulator, one) = machine_with(HOST);
    let id = one.client_id.as_str();
    let named = client_as(&emulator, Identity::ClientId(id.to_owned()));
    assert_eq!(token(&named).unwrap().client_id(), Some(id));
    let target = only(&emulator).target;
    assert!(target.ends_with(&format!("&clientid={id}")), "{target}");
    let by_variable = client_in(&emulator, &[("AZURE_CLIENT_ID", id)]);
    assert_eq!(forced_token(&by_variable).unwrap().client_id(), Some(id));
}

#[test]
fn other_ids_than_client_ids_are_refused_before_anything_is_sent() {
    let emulator = machine(HOST);
    let [_, object, resource] = ids_of(&UserAssigned::random("one"));
    assert_id_refused(&emulator, object, "client ids only");
    assert_id_refused(&emulator, resource, "client ids only");
}

#[test]
fn an_identity_that_the_app_does_not_have_is_not_found() {
    let emulator = machine(HOST);
    let nobody = Identity::ClientId(NOBODY.to_owned());
    let error = failure(token(&client_as(&emulator, nobody)));
    assert_says(&error, Status::IdentityNotFound, 400, "correct the id");
}

#[test]
fn a_secret_that_the_app_does_not_know_is_refused_with_the_reason() {
    let emulator = machine(HOST);
    let more = [("MSI_SECRET", "S3NT1NEL-other")];
    let error = failure(token(&client_in(&emulator, &more)));
    assert_says(&error, Status::IdentityRefused, 401, "MSI_SECRET");
    assert!(!format!("{error:?}").contains("S3NT1NEL"));
}

#[test]
fn the_vague_answer_to_an_unknown_resource_leads_to_the_resource() {
    let emulator = machine(HOST);
    let client = patient_client_in(&emulator, &[]);
    let call = Call::default();
    let operation = client.get_token("https://nobody.example", &call).unwrap();
    let error = failure(operation.take());
    assert_says(
        &error,
        Status::ServiceUnavailable,
        500,
        "check the resource",
    );
}

#[test]
fn an_endpoint_that_is_none_is_refused_by_its_name() {
    assert_odd_endpoints_refused(&machine(HOST), "MSI_ENDPOINT");
}

#[test]
fn without_its_variables_the_source_is_refused_by_name() {
    let emulator = machine(HOST);
    for missing in ["MSI_ENDPOINT", "MSI_SECRET"] {
        let error = failure(token(&client_in(&emulator, &[(missing, "")])));
        assert_eq!(error.status(), Status::IdentityUnavailable);
        assert!(error.message().contains(missing), "{error}");
    }
    assert_eq!(emulator.requests().connections_imds, 0);
}
