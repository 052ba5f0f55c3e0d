//! The instance metadata service: the exact request, its ids, the forms of its variable, its refusals.

use std::sync::Arc;

use doorkey::{Call, Client, Identity, Source, Status};
use doorkey_emulator::{Fault, Host, UserAssigned};

use super::*;
use crate::common::*;

const HOST: Host = Host::Imds;

#[test]
fn a_virtual_machine_reads_a_secret_with_its_own_identity() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    assert_eq!(secret(&client).unwrap().value().as_str(), Some(VALUE));
    let token = token(&client).unwrap();
    assert_eq!(token.source(), Source::Imds);
    assert_eq!(token.client_id(), Some(own_id(&emulator)));
}

#[test]
fn the_request_has_one_header_of_its_own() {
    let emulator = machine(HOST);
    token(&client(&emulator)).unwrap();
    let request = only(&emulator);
    assert_eq!(request.method, "GET");
    assert_eq!(
        request.target,
        format!("/metadata/identity/oauth2/token?api-version=2018-02-01&{RESOURCE}")
    );
    assert_eq!(own_headers(&request), [("metadata", "true")]);
    assert_eq!(request.body, "");
}

#[test]
fn every_kind_of_id_goes_by_the_spelling_that_container_instances_know_too() {
    let (emulator, one) = machine_with(HOST);
    for (identity, parameter) in ids_of(&one).into_iter().zip([
        "&client_id=",
        "&object_id=",
        "&msi_res_id=%2Fsubscriptions%2F",
    ]) {
        emulator.reset_requests();
        let client = client_as(&emulator, identity);
        let found = token(&client).unwrap();
        assert_eq!(found.client_id(), Some(one.client_id.as_str()));
        let target = only(&emulator).target;
        assert!(target.contains(parameter), "{target}");
        secret(&client).unwrap();
    }
}

#[test]
fn an_id_in_another_case_is_the_same_identity_and_the_same_token() {
    let (emulator, one) = machine_with(HOST);
    let upper = Identity::ClientId(one.client_id.to_uppercase());
    token(&client_as(&emulator, upper)).unwrap();
    token(&client_as(&emulator, Identity::ClientId(one.client_id))).unwrap();
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn one_text_as_two_kinds_of_id_is_two_tokens() {
    let one = UserAssigned {
        object_id: NOBODY.to_owned(),
        ..UserAssigned::random("one")
    };
    let two = UserAssigned {
        client_id: NOBODY.to_owned(),
        ..UserAssigned::random("two")
    };
    let emulator = start(on(HOST).user_assigned(one.clone()).user_assigned(two));
    let as_object = token(&client_as(&emulator, Identity::ObjectId(NOBODY.to_owned())));
    let as_client = token(&client_as(&emulator, Identity::ClientId(NOBODY.to_owned())));
    assert_eq!(as_object.unwrap().client_id(), Some(one.client_id.as_str()));
    assert_eq!(as_client.unwrap().client_id(), Some(NOBODY));
}

#[test]
fn of_the_endpoints_variable_only_the_origin_counts() {
    let emulator = machine(HOST);
    let origin = token_endpoint(&emulator);
    for tail in ["", "/", "/some/path", "/some/path/"] {
        emulator.reset_requests();
        let more = [(
            "AZURE_POD_IDENTITY_AUTHORITY_HOST",
            format!("{origin}{tail}"),
        )];
        let more = more.each_ref().map(|(n, v)| (*n, v.as_str()));
        forced_token(&client_in(&emulator, &more)).unwrap();
        assert!(
            only(&emulator)
                .target
                .starts_with("/metadata/identity/oauth2/token?"),
            "{tail}"
        );
    }
}

#[test]
fn an_endpoint_that_is_none_is_refused_by_its_name() {
    let emulator = machine(HOST);
    let name = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
    assert_odd_endpoints_refused(&emulator, name);
    assert_variable_refused(&emulator, name, "http://127.0.0.1/?own=1", "query");
}

#[test]
fn an_azure_client_id_that_is_no_guid_is_refused_by_its_name() {
    let emulator = machine(HOST);
    assert_variable_refused(&emulator, "AZURE_CLIENT_ID", "my-identity", "GUID");
}

#[test]
fn an_identity_that_is_no_id_is_refused_before_there_is_a_client() {
    let emulator = machine(HOST);
    for identity in [
        Identity::ClientId(String::new()),
        Identity::ObjectId("one".to_owned()),
        Identity::ResourceId("/subscriptions/one".to_owned()),
    ] {
        let refused = Client::new(options_for(&emulator, identity, &[]));
        assert_eq!(refused.unwrap_err().status(), Status::InvalidArgument);
    }
}

#[test]
fn several_identities_of_which_none_is_named_are_told_with_the_way_out() {
    let emulator = start(
        on(HOST)
            .system_assigned(false)
            .user_assigned(UserAssigned::random("one"))
            .user_assigned(UserAssigned::random("two")),
    );
    let error = failure(token(&client(&emulator)));
    assert_says(&error, Status::IdentityAmbiguous, 400, "AZURE_CLIENT_ID");
    assert_eq!(error.code(), Some("invalid_request"));
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn the_only_user_assigned_identity_need_not_be_named() {
    let one = UserAssigned::random("one");
    let emulator = start(on(HOST).system_assigned(false).user_assigned(one.clone()));
    let found = token(&client(&emulator)).unwrap();
    assert_eq!(found.client_id(), Some(one.client_id.as_str()));
}

#[test]
fn an_identity_that_is_missing_is_told_with_the_way_out() {
    let nobody = Identity::ClientId(NOBODY.to_owned());
    let emulator = start(on(HOST).system_assigned(false));
    let error = failure(token(&client_as(&emulator, nobody)));
    assert_says(
        &error,
        Status::IdentityNotFound,
        400,
        "assign this identity",
    );
    let error = failure(token(&client(&emulator)));
    assert_says(&error, Status::IdentityNotFound, 400, "system-assigned");
}

#[test]
fn an_unknown_resource_is_told_with_the_way_out() {
    let emulator = machine(HOST);
    let call = Call::default();
    let operation = client(&emulator).get_token("https://nobody.example", &call);
    let error = failure(operation.unwrap().take());
    assert_says(
        &error,
        Status::IdentityRefused,
        400,
        "https://vault.azure.net",
    );
    assert_eq!(error.code(), Some("invalid_resource"));
}

#[test]
fn the_service_that_starts_in_its_stead_is_waited_for() {
    let emulator = machine(HOST);
    let clock = TestClock::new();
    let starting = Fault::token()
        .times(2)
        .status(500)
        .content_type("text/plain")
        .body("pod list is empty")
        .header("Server", "Microsoft-IIS/10.0");
    emulator.fault(starting);
    token(&client_on(&emulator, &clock)).unwrap();
    assert_eq!(clock.slept().len(), 2);
}

#[test]
fn no_more_than_five_requests_are_at_the_service_at_once() {
    let builder = (0..16).fold(on(HOST), |builder, n| {
        builder.resource(&format!("https://r{n}.example"))
    });
    let emulator = start(builder);
    let client = Arc::new(client(&emulator));
    let gate = emulator.hold(Fault::token().always());
    let operations: Vec<_> = (0..16)
        .map(|n| {
            let resource = format!("https://r{n}.example");
            client.get_token(&resource, &Call::default()).unwrap()
        })
        .collect();
    gate.wait_for(5);
    gate.release();
    for operation in operations {
        operation.take().unwrap();
    }
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.token_at_once), (16, 5));
}
