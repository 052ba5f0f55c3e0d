//! Cloud Shell: a form, the signed-in user's token, and no ids at all.

use doorkey::{Call, Identity, Source, Status};
use doorkey_emulator::{Fault, Host, UserAssigned};

use super::*;
use crate::common::*;

const HOST: Host = Host::CloudShell;

#[test]
fn a_user_reads_a_secret() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    assert_eq!(secret(&client).unwrap().value().as_str(), Some(VALUE));
    let token = token(&client).unwrap();
    assert_eq!(token.source(), Source::CloudShell);
    assert_eq!(token.client_id(), None, "the token is no identity's");
}

#[test]
fn the_request_is_a_form_with_the_resource_alone() {
    let emulator = machine(HOST);
    token(&client(&emulator)).unwrap();
    let request = only(&emulator);
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("POST", "/oauth2/token")
    );
    assert_eq!(request.body, RESOURCE);
    assert_eq!(
        own_headers(&request),
        [
            ("content-type", "application/x-www-form-urlencoded"),
            ("metadata", "true")
        ]
    );
}

#[test]
fn every_id_is_refused_before_anything_is_sent() {
    let emulator = machine(HOST);
    for identity in ids_of(&UserAssigned::random("one")) {
        assert_id_refused(&emulator, identity, "the signed-in user's token only");
    }
}

#[test]
fn azure_client_id_is_not_looked_at() {
    let emulator = machine(HOST);
    for value in [NOBODY, "no-guid"] {
        forced_token(&client_in(&emulator, &[("AZURE_CLIENT_ID", value)])).unwrap();
        assert_eq!(asked(&emulator).pop().unwrap().body, RESOURCE);
    }
}

#[test]
fn what_the_endpoints_variable_holds_is_kept() {
    let emulator = machine(HOST);
    let origin = token_endpoint(&emulator);
    for path in ["/oauth2/token/", "/oauth2/token?own=1"] {
        emulator.reset_requests();
        let endpoint = format!("{origin}{path}");
        token(&client_in(&emulator, &[("MSI_ENDPOINT", &endpoint)])).unwrap();
        assert_eq!(only(&emulator).target, path);
    }
}

#[test]
fn an_endpoint_that_is_none_is_refused_by_its_name() {
    assert_odd_endpoints_refused(&machine(HOST), "MSI_ENDPOINT");
}

#[test]
fn an_audience_that_is_not_supported_leads_to_the_resource() {
    let emulator = machine(HOST);
    let call = Call::default();
    let operation = client(&emulator).get_token("https://nobody.example", &call);
    let error = failure(operation.unwrap().take());
    assert_says(&error, Status::IdentityRefused, 400, "correct the resource");
    assert_eq!(error.code(), Some("AudienceNotSupported"));
    assert!(error.message().contains("not a supported"), "{error}");
}

#[test]
fn a_nested_refusal_is_read() {
    let emulator = machine(HOST);
    let body = r#"{"error":{"code":"Unauthorized","message":"There is no signed-in user.","innererror":{"trace":"x"}}}"#;
    emulator.fault(Fault::token().status(401).body(body));
    let error = failure(token(&client(&emulator)));
    assert_eq!(error.status(), Status::IdentityRefused);
    assert_eq!(error.code(), Some("Unauthorized"));
    assert!(error.message().contains("no signed-in user"), "{error}");
    assert_eq!(emulator.requests().token, 1, "not tried again");
}

#[test]
fn a_user_assigned_identity_in_the_variables_of_another_host_is_not_asked_for() {
    let emulator = machine(HOST);
    let more = [("DEFAULT_IDENTITY_CLIENT_ID", NOBODY)];
    let options = options_for(&emulator, Identity::Default, &more);
    token(&doorkey::Client::new(options).unwrap()).unwrap();
    assert_eq!(only(&emulator).body, RESOURCE);
}
