//! Tokens from the instance metadata service.

use std::time::Duration;

use doorkey::{Call, Client, ClientOptions, Identity, Status};
use doorkey_emulator::{Emulator, Fault, UserAssigned, black_hole, dead_port};

use crate::common::*;

fn client_for(emulator: &Emulator, identity: Identity) -> Client {
    Client::new(ClientOptions {
        identity,
        ..options(emulator)
    })
    .unwrap()
}

#[test]
fn the_machines_own_identity_gets_a_token() {
    let emulator = emulator();
    let token = token(&client(&emulator)).unwrap();
    assert_eq!(token.source().name(), "imds");
    assert_eq!(token.resource(), VAULT_AUDIENCE);
    assert!(token.client_id().is_some());
    assert!(token.value().as_str().unwrap().starts_with("eyJ"));
}

#[test]
fn the_request_is_exactly_the_tutorials() {
    let emulator = emulator();
    token(&client(&emulator)).unwrap();
    let log = emulator.log();
    assert_eq!(log.len(), 1);
    assert_eq!(
        log[0].target,
        "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.localhost"
    );
    assert_eq!(log[0].header("metadata"), Some("true"));
    assert!(log[0].header("user-agent").unwrap().starts_with("doorkey/"));
}

#[test]
fn a_scope_is_the_same_token_as_its_resource() {
    let emulator = emulator();
    let client = client(&emulator);
    token(&client).unwrap();
    let scope = format!("{VAULT_AUDIENCE}/.default");
    client
        .get_token(&scope, &Call::default())
        .unwrap()
        .take()
        .unwrap();
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn every_kind_of_id_chooses_its_user_assigned_identity() {
    let one = UserAssigned::random("one");
    let emulator = start(
        Emulator::builder()
            .user_assigned(one.clone())
            .user_assigned(UserAssigned::random("two")),
    );
    for identity in [
        Identity::ClientId(one.client_id.clone()),
        Identity::ObjectId(one.object_id.clone()),
        Identity::ResourceId(one.resource_id.clone()),
    ] {
        let token = token(&client_for(&emulator, identity)).unwrap();
        assert_eq!(token.client_id(), Some(one.client_id.as_str()));
    }
    assert_eq!(emulator.requests().token, 3);
}

#[test]
fn azure_client_id_names_the_identity_when_the_caller_names_none() {
    let one = UserAssigned::random("one");
    let emulator = start(Emulator::builder().user_assigned(one.clone()));
    let options = ClientOptions {
        environment: environment(&emulator, &[("AZURE_CLIENT_ID", &one.client_id)]),
        ..options(&emulator)
    };
    let token = token(&Client::new(options).unwrap()).unwrap();
    assert_eq!(token.client_id(), Some(one.client_id.as_str()));
}

#[test]
fn an_id_that_the_machine_does_not_have_is_not_found() {
    let emulator = emulator();
    let nobody = Identity::ClientId("11111111-2222-3333-4444-555555555555".into());
    let error = failure(token(&client_for(&emulator, nobody)));
    assert_eq!(error.status(), Status::IdentityNotFound);
    assert_eq!(error.http_status(), Some(400));
    assert_eq!(error.code(), Some("invalid_request"));
    assert!(error.message().contains("Identity not found"), "{error}");
    assert!(error.advice().unwrap().contains("correct the id"));
}

#[test]
fn several_identities_and_no_id_is_ambiguous_and_the_advice_names_the_variable() {
    let emulator = start(
        Emulator::builder()
            .system_assigned(false)
            .user_assigned(UserAssigned::random("one"))
            .user_assigned(UserAssigned::random("two")),
    );
    let error = failure(token(&client(&emulator)));
    assert_eq!(error.status(), Status::IdentityAmbiguous);
    assert!(error.advice().unwrap().contains("AZURE_CLIENT_ID"));
}

#[test]
fn a_machine_without_any_identity_is_told_to_get_one() {
    let emulator = start(Emulator::builder().system_assigned(false));
    let error = failure(token(&client(&emulator)));
    assert_eq!(error.status(), Status::IdentityNotFound);
    assert!(
        error
            .advice()
            .unwrap()
            .contains("assign a system-assigned identity")
    );
}

#[test]
fn an_unknown_resource_is_refused_with_the_services_words() {
    let emulator = emulator();
    let call = Call::default();
    let operation = client(&emulator)
        .get_token("https://nobody.example", &call)
        .unwrap();
    let error = failure(operation.take());
    assert_eq!(error.status(), Status::IdentityRefused);
    assert_eq!(error.code(), Some("invalid_resource"));
}

#[test]
fn no_endpoint_is_a_verdict_that_says_what_was_tried_and_what_to_do() {
    let emulator = emulator();
    let dead = dead_port();
    let options = ClientOptions {
        environment: environment(&emulator, &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &dead)]),
        ..options(&emulator)
    };
    let error = failure(token(&Client::new(options).unwrap()));
    assert_eq!(error.status(), Status::IdentityUnavailable);
    assert!(error.message().contains(&dead), "{error}");
    assert!(error.advice().unwrap().contains("managed identity"));
}

#[test]
fn an_endpoint_that_swallows_packets_is_given_up_after_one_connect_timeout() {
    let emulator = emulator();
    let hole = black_hole().unwrap();
    let clock = TestClock::new();
    let options = ClientOptions {
        environment: environment(
            &emulator,
            &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &hole.url())],
        ),
        clock: doorkey::clock::Clock::from_source(clock.clone()),
        ..options(&emulator)
    };
    let error = failure(token(&Client::new(options).unwrap()));
    assert_eq!(error.status(), Status::IdentityUnavailable);
    assert!(error.message().contains("connect timeout"), "{error}");
    // No retry: the one connect timeout of 2.5 s is all there is to wait for.
    assert!(clock.slept().is_empty());
}

#[test]
fn a_silent_endpoint_times_out_at_the_deadline_and_says_whom_it_asked() {
    let emulator = emulator();
    let _gate = emulator.hold(Fault::token().always());
    let call = Call {
        timeout: Some(Duration::from_millis(200)),
        ..Call::default()
    };
    let error = failure(
        client(&emulator)
            .get_token(VAULT_AUDIENCE, &call)
            .unwrap()
            .take(),
    );
    assert_eq!(error.status(), Status::Timeout);
    assert!(
        error.message().contains("instance metadata service"),
        "{error}"
    );
}

#[test]
fn somebody_elses_metadata_service_is_no_managed_identity() {
    for status in [400, 403, 404] {
        let emulator = emulator();
        let clock = TestClock::new();
        emulator.fault(
            Fault::token()
                .always()
                .status(status)
                .body("denied")
                .without_server_header(),
        );
        let error = failure(token(&client_on(&emulator, &clock)));
        assert_eq!(error.status(), Status::IdentityUnavailable);
        assert_eq!(emulator.requests().token, 1, "no retry of a stranger");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let emulator = emulator();
    let elsewhere = crate::common::emulator();
    let location = format!("{}/metadata/identity/oauth2/token", elsewhere.imds_url());
    emulator.fault(
        Fault::token()
            .always()
            .status(302)
            .header("Location", &location),
    );
    let error = failure(token(&client(&emulator)));
    assert_eq!(error.status(), Status::Protocol, "{error}");
    assert!(error.advice().unwrap().contains("redirect"));
    assert_eq!(elsewhere.requests().connections_imds, 0);
}
