//! App Service: the request, its ids, the variables' odd forms, and what a refusal means.

use doorkey::{Call, Client, ClientOptions, Identity, Source, Status};
use doorkey_emulator::{Fault, Host, dead_port};

use super::*;
use crate::common::*;

const HOST: Host = Host::AppService;

#[test]
fn an_app_reads_a_secret_with_its_own_identity() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    assert_eq!(secret(&client).unwrap().value().as_str(), Some(VALUE));
    let token = token(&client).unwrap();
    assert_eq!(token.source(), Source::AppService);
    assert_eq!(token.client_id(), Some(own_id(&emulator)));
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 1));
}

#[test]
fn the_request_is_the_documented_one_with_both_headers() {
    let emulator = machine(HOST);
    token(&client(&emulator)).unwrap();
    let request = only(&emulator);
    assert_eq!(request.method, "GET");
    assert_eq!(
        request.target,
        format!("/msi/token/?api-version=2019-08-01&{RESOURCE}")
    );
    let header = emulator.secret_header().unwrap();
    assert_eq!(
        own_headers(&request),
        [("x-identity-header", header.as_str()), ("metadata", "true")]
    );
    assert!(
        request
            .header("user-agent")
            .unwrap()
            .starts_with("doorkey/")
    );
    assert_eq!(request.body, "");
}

#[test]
fn every_kind_of_id_goes_by_the_parameter_that_is_not_ignored() {
    let (emulator, one) = machine_with(HOST);
    for (identity, parameter) in ids_of(&one).into_iter().zip([
        "&client_id=",
        "&principal_id=",
        "&mi_res_id=%2Fsubscriptions%2F",
    ]) {
        emulator.reset_requests();
        let client = client_as(&emulator, identity);
        let token = token(&client).unwrap();
        assert_eq!(token.client_id(), Some(one.client_id.as_str()));
        let target = only(&emulator).target;
        assert!(target.contains(parameter), "{target}");
        assert_eq!(target.matches('&').count(), 2, "{target}");
        secret(&client).unwrap();
    }
}

#[test]
fn azure_client_id_names_the_identity_unless_the_caller_does() {
    let (emulator, one) = machine_with(HOST);
    let variable = [("AZURE_CLIENT_ID", one.client_id.as_str())];
    let found = token(&client_in(&emulator, &variable)).unwrap();
    assert_eq!(found.client_id(), Some(one.client_id.as_str()));
    let other = [("AZURE_CLIENT_ID", NOBODY)];
    let identity = Identity::ObjectId(one.object_id.clone());
    let client = Client::new(options_for(&emulator, identity, &other)).unwrap();
    token(&client).unwrap();
    let target = asked(&emulator).pop().unwrap().target;
    assert!(
        target.ends_with(&format!("&principal_id={}", one.object_id)),
        "{target}"
    );
}

#[test]
fn an_app_without_an_identity_of_its_own_is_told_to_name_one() {
    let one = doorkey_emulator::UserAssigned::random("one");
    let emulator = start(on(HOST).system_assigned(false).user_assigned(one));
    let error = failure(token(&client(&emulator)));
    assert_says(&error, Status::IdentityNotFound, 400, "AZURE_CLIENT_ID");
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn an_id_that_the_app_does_not_have_is_not_found() {
    let (emulator, one) = machine_with(HOST);
    for identity in [
        Identity::ClientId(NOBODY.to_owned()),
        Identity::ObjectId(one.client_id),
        Identity::ResourceId(format!("{}2", one.resource_id)),
    ] {
        let error = failure(token(&client_as(&emulator, identity)));
        assert_says(&error, Status::IdentityNotFound, 400, "correct the id");
    }
}

#[test]
fn a_header_that_the_app_does_not_know_is_refused_with_the_reason() {
    let emulator = machine(HOST);
    let more = [("IDENTITY_HEADER", "S3NT1NEL-other")];
    let error = failure(token(&client_in(&emulator, &more)));
    assert_says(&error, Status::IdentityRefused, 401, "IDENTITY_HEADER");
    assert_eq!(emulator.requests().token, 1, "not tried again");
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
    assert!(error.message().contains("unexpected error"), "{error}");
    assert!(error.request_id().is_some(), "its correlation id");
}

#[test]
fn the_token_of_another_identity_than_the_one_asked_for_is_refused() {
    let (emulator, one) = machine_with(HOST);
    let body = format!(
        r#"{{"access_token":"S3NT1NEL","client_id":"{}","expires_on":"32503680000","token_type":"Bearer"}}"#,
        own_id(&emulator)
    );
    emulator.fault(Fault::token().body(body));
    let client = client_as(&emulator, Identity::ClientId(one.client_id));
    let error = failure(token(&client));
    assert_eq!(error.status(), Status::IdentityNotFound, "{error}");
    assert!(error.advice().unwrap().contains("assign the identity"));
    assert!(!format!("{error:?}").contains("S3NT1NEL"));
}

#[test]
fn what_the_endpoints_variable_holds_is_kept() {
    let emulator = machine(HOST);
    let origin = token_endpoint(&emulator);
    for (path, target) in [
        ("/msi/token", "/msi/token?"),
        ("/msi/token/", "/msi/token/?"),
        ("/msi/token?", "/msi/token?"),
        ("/msi/token?own=1", "/msi/token?own=1&"),
        ("/msi/token/?a=b&c=%20d", "/msi/token/?a=b&c=%20d&"),
    ] {
        emulator.reset_requests();
        let endpoint = format!("{origin}{path}");
        token(&client_in(&emulator, &[("IDENTITY_ENDPOINT", &endpoint)])).unwrap();
        assert_eq!(
            only(&emulator).target,
            format!("{target}api-version=2019-08-01&{RESOURCE}")
        );
    }
}

#[test]
fn an_endpoint_that_is_none_is_refused_by_its_name() {
    assert_odd_endpoints_refused(&machine(HOST), "IDENTITY_ENDPOINT");
}

#[test]
fn a_header_that_cannot_be_one_is_refused_without_being_shown() {
    let emulator = machine(HOST);
    for value in ["hunter2 and more", "hunter2\r\nX-Other: 1", "hunter2é"] {
        assert_variable_refused(&emulator, "IDENTITY_HEADER", value, "characters");
    }
}

#[test]
fn an_https_endpoint_is_trusted_like_a_vault_before_the_header_is_sent() {
    let emulator = machine(HOST);
    let endpoint = emulator.vault_url("token");
    let granted = r#"{"access_token":"granted","expires_in":"3600"}"#;
    emulator.fault(Fault::vault().target_contains("2019-08-01").body(granted));
    let trusting = client_in(&emulator, &[("IDENTITY_ENDPOINT", &endpoint)]);
    let found = token(&trusting).unwrap();
    assert_eq!(found.value().as_str(), Some("granted"));
    assert_eq!(emulator.requests().token, 0);
    emulator.reset_requests();
    let more = [
        ("IDENTITY_ENDPOINT", endpoint.as_str()),
        ("DOORKEY_CA_FILE", ""),
    ];
    let error = failure(forced_token(&client_in(&emulator, &more)));
    assert_eq!(error.status(), Status::Tls, "{error}");
    assert_eq!(emulator.requests().vault, 0);
}

#[test]
fn an_endpoint_where_nobody_listens_is_named_with_what_to_do() {
    let emulator = machine(HOST);
    let dead = dead_port();
    let error = failure(token(&patient_client_in(
        &emulator,
        &[("IDENTITY_ENDPOINT", &dead)],
    )));
    assert_eq!(error.status(), Status::IdentityUnavailable, "{error}");
    assert!(error.message().contains(&dead), "{error}");
    assert!(error.advice().unwrap().contains("does not listen"));
}

#[test]
fn the_older_generation_beside_the_newer_is_not_looked_at() {
    let emulator = machine(HOST);
    let dead = dead_port();
    let more = [("MSI_ENDPOINT", dead.as_str()), ("MSI_SECRET", "S3NT1NEL")];
    let found = token(&client_in(&emulator, &more)).unwrap();
    assert_eq!(found.source(), Source::AppService);
    let request = only(&emulator);
    assert!(!format!("{request:?}").contains("S3NT1NEL"));
}

#[test]
fn without_its_variables_the_source_is_refused_by_name() {
    let emulator = machine(HOST);
    for missing in ["IDENTITY_ENDPOINT", "IDENTITY_HEADER"] {
        let options = ClientOptions {
            source: Some(Source::AppService),
            ..options_for(&emulator, Identity::Default, &[(missing, "")])
        };
        let error = failure(token(&Client::new(options).unwrap()));
        assert_eq!(error.status(), Status::IdentityUnavailable);
        assert!(error.message().contains(missing), "{error}");
    }
    assert_eq!(emulator.requests().connections_imds, 0);
}
