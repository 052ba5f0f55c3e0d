//! Azure Arc servers: challenge and key, ids that the answer has to repeat, and refusals. What a
//! challenge may not lead to is in arc_challenge.rs.

use doorkey::{ArcPaths, Call, Client, ClientOptions, Identity, Source, Status};
use doorkey_emulator::{Fault, Host, UserAssigned, dead_port};

use super::*;
use crate::common::*;

const HOST: Host = Host::Arc;
const PATH: &str = "/metadata/identity/oauth2/token";

#[test]
fn a_server_reads_a_secret_with_its_own_identity() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    assert_eq!(secret(&client).unwrap().value().as_str(), Some(VALUE));
    let token = token(&client).unwrap();
    assert_eq!(token.source(), Source::Arc);
}

#[test]
fn the_two_requests_differ_by_the_key_alone() {
    let emulator = machine(HOST);
    token(&client(&emulator)).unwrap();
    let asked = asked(&emulator);
    assert_eq!(asked.len(), 2);
    let keys = emulator.arc_keys();
    assert_eq!(keys.len(), 1);
    let authorization = format!("Basic {}", keys[0]);
    for (request, status) in asked.iter().zip([401, 200]) {
        assert_eq!((request.method.as_str(), request.status), ("GET", status));
        assert_eq!(
            request.target,
            format!("{PATH}?api-version=2020-06-01&{RESOURCE}")
        );
    }
    assert_eq!(own_headers(&asked[0]), [("metadata", "true")]);
    assert_eq!(
        own_headers(&asked[1]),
        [
            ("metadata", "true"),
            ("authorization", authorization.as_str())
        ]
    );
}

#[test]
fn each_token_takes_a_key_of_its_own() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    for _ in 0..3 {
        forced_token(&client).unwrap();
    }
    let keys = emulator.arc_keys();
    assert_eq!(keys.len(), 3);
    for key in keys {
        let sent = format!("Basic {key}");
        let log = emulator.log();
        let with_it = log
            .iter()
            .filter(|request| format!("{request:?}").contains(&key));
        let with_it: Vec<_> = with_it.collect();
        assert_eq!(with_it.len(), 1, "sent once, and to nobody else");
        assert_eq!(with_it[0].header("authorization"), Some(sent.as_str()));
    }
}

#[test]
fn every_kind_of_id_is_taken_when_the_answer_repeats_it() {
    let (emulator, one) = machine_with(HOST);
    for (identity, parameter) in ids_of(&one).into_iter().zip([
        "&client_id=",
        "&object_id=",
        "&msi_res_id=%2Fsubscriptions%2F",
    ]) {
        emulator.reset_requests();
        let client = client_as(&emulator, identity);
        token(&client).unwrap();
        for request in asked(&emulator) {
            assert!(request.target.contains(parameter), "{}", request.target);
        }
        secret(&client).unwrap();
    }
}

#[test]
fn the_other_spelling_of_a_resource_id_is_as_good_an_echo() {
    let (emulator, one) = machine_with(HOST);
    let id = one.resource_id;
    let body = format!(r#"{{"access_token":"a","expires_in":"3600","mi_res_id":"{id}"}}"#);
    emulator.fault(Fault::token().skip(1).body(body));
    let client = client_as(&emulator, Identity::ResourceId(id));
    assert_eq!(token(&client).unwrap().value().as_str(), Some("a"));
}

#[test]
fn an_agent_that_does_not_repeat_the_id_is_not_believed() {
    let one = UserAssigned::random("one");
    let old = on(HOST).user_assigned(one.clone()).arc_ignores_ids(true);
    let silent = on(HOST).user_assigned(one.clone()).client_id_echo(false);
    for builder in [old, silent] {
        let emulator = start(builder);
        for identity in ids_of(&one) {
            let error = failure(token(&client_as(&emulator, identity)));
            assert_eq!(error.status(), Status::IdentityNotFound, "{error}");
            assert!(
                error
                    .advice()
                    .unwrap()
                    .contains("update the Azure Connected")
            );
        }
        let more = [("AZURE_CLIENT_ID", one.client_id.as_str())];
        let error = failure(token(&client_in(&emulator, &more)));
        assert_eq!(error.status(), Status::IdentityNotFound, "{error}");
        // Without an id there is nothing to repeat.
        token(&client(&emulator)).unwrap();
    }
}

#[test]
fn an_echo_of_another_id_is_refused() {
    let (emulator, one) = machine_with(HOST);
    let body = format!(r#"{{"access_token":"a","expires_in":"3600","client_id":"{NOBODY}"}}"#);
    emulator.fault(Fault::token().skip(1).body(body));
    let client = client_as(&emulator, Identity::ClientId(one.client_id));
    let error = failure(token(&client));
    assert_eq!(error.status(), Status::IdentityNotFound, "{error}");
    assert!(error.message().contains("another identity"), "{error}");
}

#[test]
fn a_forced_token_makes_the_agent_bypass_its_cache_and_no_other_does() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    token(&client).unwrap();
    forced_token(&client).unwrap();
    let tails = ["", "", "&bypass_cache=true", "&bypass_cache=true"];
    for (request, tail) in asked(&emulator).iter().zip(tails) {
        let expected = format!("{PATH}?api-version=2020-06-01&{RESOURCE}{tail}");
        assert_eq!(request.target, expected);
    }
    assert_eq!(emulator.requests().token, 4);
}

#[test]
fn azure_client_id_names_the_identity() {
    let (emulator, one) = machine_with(HOST);
    let more = [("AZURE_CLIENT_ID", one.client_id.as_str())];
    let found = token(&client_in(&emulator, &more)).unwrap();
    assert_eq!(found.client_id(), Some(one.client_id.as_str()));
}

#[test]
fn an_identity_that_the_server_does_not_have_is_not_found() {
    let emulator = machine(HOST);
    let nobody = Identity::ClientId(NOBODY.to_owned());
    let error = failure(token(&client_as(&emulator, nobody)));
    assert_says(&error, Status::IdentityNotFound, 400, "correct the id");
}

#[test]
fn an_unknown_resource_is_told_with_the_way_out() {
    let emulator = machine(HOST);
    let call = Call::default();
    let operation = client(&emulator).get_token("https://nobody.example", &call);
    let error = failure(operation.unwrap().take());
    assert_says(&error, Status::IdentityRefused, 400, "correct the resource");
    assert_eq!(error.code(), Some("invalid_resource"));
}

#[test]
fn a_key_that_the_agent_does_not_take_is_not_sent_again() {
    let emulator = machine(HOST);
    emulator.fault(Fault::token().skip(1).status(401));
    let error = failure(token(&client(&emulator)));
    assert_says(&error, Status::IdentityRefused, 401, "himds");
    assert_eq!(emulator.requests().token, 2);
}

#[test]
fn an_account_without_the_right_is_told_which_group_to_join() {
    let emulator = machine(HOST);
    emulator.fault(Fault::token().skip(1).status(403));
    let error = failure(token(&client(&emulator)));
    assert_says(&error, Status::IdentityRefused, 403, "group himds");
    let advice = error.advice().unwrap();
    assert!(advice.contains("Hybrid agent extension applications"));
}

#[test]
fn whoever_gives_a_token_without_a_challenge_is_no_agent() {
    let emulator = machine(HOST);
    let granted = r#"{"access_token":"S3NT1NEL","expires_in":"3600"}"#;
    emulator.fault(Fault::token().always().body(granted));
    let error = failure(token(&client(&emulator)));
    assert_says(&error, Status::Protocol, 200, "which program listens");
    assert!(!format!("{error:?}").contains("S3NT1NEL"));
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn what_the_endpoints_variable_holds_is_kept() {
    let emulator = machine(HOST);
    let endpoint = format!("{}{PATH}?own=1", token_endpoint(&emulator));
    token(&client_in(&emulator, &[("IDENTITY_ENDPOINT", &endpoint)])).unwrap();
    for request in asked(&emulator) {
        assert_eq!(
            request.target,
            format!("{PATH}?own=1&api-version=2020-06-01&{RESOURCE}")
        );
    }
}

#[test]
fn an_endpoint_that_is_none_is_refused_by_its_name() {
    assert_odd_endpoints_refused(&machine(HOST), "IDENTITY_ENDPOINT");
}

#[test]
fn an_agent_found_by_its_program_is_asked_where_the_variable_says() {
    let emulator = machine(HOST);
    let program = temporary_folder();
    std::fs::write(&program, "").unwrap();
    let options = ClientOptions {
        arc_paths: ArcPaths {
            agent: Some(program.clone()),
            tokens: Some(emulator.arc_tokens().to_owned()),
        },
        ..options_for(&emulator, Identity::Default, &[("IMDS_ENDPOINT", "")])
    };
    let found = token(&Client::new(options).unwrap());
    std::fs::remove_file(&program).unwrap();
    assert_eq!(found.unwrap().source(), Source::Arc);
}

#[test]
fn an_agent_that_does_not_run_is_told_with_what_to_start() {
    let emulator = machine(HOST);
    let dead = dead_port();
    let more = [("IDENTITY_ENDPOINT", dead.as_str())];
    let error = failure(token(&patient_client_in(&emulator, &more)));
    assert_eq!(error.status(), Status::IdentityUnavailable, "{error}");
    assert!(error.advice().unwrap().contains("himds"));
    assert!(error.message().contains(&dead), "{error}");
}
