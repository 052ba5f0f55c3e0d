//! One token for all of a call's requests, and one more for all when it is refused.

use doorkey::{Call, Client, ClientOptions, Secret, Status};
use doorkey_emulator::{Emulator, Fault};

use super::*;
use crate::common::*;

#[test]
fn a_cold_call_asks_for_one_token() {
    let emulator = start(with_numbered(40));
    let gate = emulator.hold(Fault::token().always());
    let operation = start_all(&client(&emulator), 40, &Call::default());
    gate.wait_for(1);
    assert_eq!(emulator.requests().vault, 0);
    gate.release();
    assert_all(&operation.take().unwrap(), 40);
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 40));
}

#[test]
fn a_host_of_no_known_cloud_is_asked_once_what_the_token_must_be_for() {
    let emulator = start(with_numbered(40));
    let options = ClientOptions {
        environment: environment(&emulator, &[("DOORKEY_VAULT_SUFFIX", "")]),
        ..options(&emulator)
    };
    let names = names_of(40);
    let url = emulator.vault_url(VAULT);
    let client = Client::new(options).unwrap();
    let operation = client.get_secrets(Some(&url), &texts(&names), &Call::default());
    assert_all(&operation.unwrap().take().unwrap(), 40);
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 41));
    let without_token = |r: &&doorkey_emulator::RequestRecord| {
        r.endpoint == doorkey_emulator::Endpoint::Vault && r.header("authorization").is_none()
    };
    assert_eq!(emulator.log().iter().filter(without_token).count(), 1);
}

/// Gets forty secrets with a token that is there; `change` happens while the first sixteen are asked for.
fn get_and_meanwhile(emulator: &Emulator, change: impl FnOnce()) -> Vec<doorkey::Result<Secret>> {
    let client = client(emulator);
    token(&client).unwrap();
    let gate = emulator.hold(Fault::vault().always());
    let operation = start_all(&client, 40, &Call::default());
    gate.wait_for(16);
    change();
    gate.release();
    operation.take().unwrap()
}

#[test]
fn sixteen_requests_that_are_refused_together_get_one_new_token() {
    let emulator = start(with_numbered(40));
    let outcomes = get_and_meanwhile(&emulator, || emulator.revoke_tokens());
    assert_all(&outcomes, 40);
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (2, 40 + 16));
}

#[test]
fn a_refusal_that_comes_late_takes_the_token_that_the_others_got() {
    let emulator = start(with_numbered(10));
    let client = client(&emulator);
    token(&client).unwrap();
    let late = emulator.hold(Fault::vault().target_contains("/s-0/"));
    let last = emulator.hold(Fault::vault().target_contains("/s-9/"));
    let operation = start_all(&client, 10, &at_once(2));
    late.wait_for(1);
    emulator.revoke_tokens();
    // The other worker has come to the end by itself.
    last.wait_for(1);
    late.release();
    last.release();
    assert_all(&operation.take().unwrap(), 10);
    assert_eq!(emulator.requests().token, 2);
}

#[test]
fn claims_that_are_demanded_midway_take_one_new_token_for_all() {
    let emulator = start(with_numbered(40));
    let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1726077595"}}}"#;
    let outcomes = get_and_meanwhile(&emulator, || emulator.demand_claims(claims));
    assert_all(&outcomes, 40);
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (2, 40 + 16));
}

#[test]
fn a_token_that_cannot_be_had_is_one_verdict_for_all() {
    let emulator = start(with_numbered(40));
    let clock = TestClock::new();
    emulator.fault(Fault::token().always().status(503));
    let operation = start_all(&client_on(&emulator, &clock), 40, &Call::default());
    let outcomes = operation.take().unwrap();
    assert_eq!(
        outline(&outcomes),
        vec![Err(Status::ServiceUnavailable); 40]
    );
    let requests = emulator.requests();
    assert_eq!(
        (requests.token, requests.vault),
        (clock.slept().len() as u64 + 1, 0)
    );
    assert_eq!(requests.token, 4, "one request and its retries");
}

#[test]
fn a_new_token_that_cannot_be_had_midway_ends_all_that_is_left() {
    let emulator = start(with_numbered(40));
    let refusal = Fault::token()
        .always()
        .status(400)
        .body(r#"{"error":"invalid_request","error_description":"Identity not found"}"#);
    let outcomes = get_and_meanwhile(&emulator, || {
        emulator.revoke_tokens();
        emulator.fault(refusal);
    });
    let statuses: Vec<_> = outcomes
        .iter()
        .map(|o| o.as_ref().unwrap_err().status())
        .collect();
    assert_eq!(statuses, vec![statuses[0]; 40]);
    let requests = emulator.requests();
    assert_eq!(
        (requests.token, requests.vault),
        (2, 16),
        "none is sent without a good token"
    );
}

#[test]
fn a_forced_refresh_is_one_for_all() {
    let emulator = start(with_numbered(20));
    let client = client(&emulator);
    token(&client).unwrap();
    let call = Call {
        force_refresh: true,
        ..Call::default()
    };
    assert_all(&start_all(&client, 20, &call).take().unwrap(), 20);
    assert_eq!(emulator.requests().token, 2);
}

#[test]
fn a_token_of_the_callers_own_serves_all_and_is_not_replaced() {
    use std::sync::Arc;
    let emulator = start(with_numbered(20));
    let options = ClientOptions {
        access_token: Some(Arc::new(doorkey::Sensitive::new(b"of-no-vault"))),
        ..options(&emulator)
    };
    let client = Client::new(options).unwrap();
    let outcomes = start_all(&client, 20, &Call::default()).take().unwrap();
    assert_eq!(outline(&outcomes), vec![Err(Status::Unauthorized); 20]);
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (0, 20));
}

#[test]
fn a_vault_that_accepts_no_token_is_asked_with_two_at_most() {
    let emulator = start(with_numbered(40));
    let challenge = emulator.challenge();
    emulator.fault(Fault::vault().always().challenge(&challenge));
    let outcomes = start_all(&client(&emulator), 40, &at_once(4))
        .take()
        .unwrap();
    assert_eq!(outline(&outcomes), vec![Err(Status::Unauthorized); 40]);
    assert_eq!(emulator.requests().token, 2);
}

#[test]
fn claims_that_no_token_fulfils_are_asked_for_once() {
    let emulator = start(with_numbered(40));
    let client = client(&emulator);
    let demand = r#"Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ==""#;
    emulator.fault(Fault::vault().always().challenge(demand));
    let outcomes = start_all(&client, 40, &at_once(4)).take().unwrap();
    assert_eq!(outline(&outcomes), vec![Err(Status::Unauthorized); 40]);
    assert_eq!(emulator.requests().token, 2);
}

#[test]
fn a_new_token_that_was_accepted_may_be_refused_again() {
    let emulator = start(with_numbered(12));
    let client = client(&emulator);
    token(&client).unwrap();
    let challenge = emulator.challenge();
    for name in ["/s-3/", "/s-7/"] {
        emulator.fault(Fault::vault().target_contains(name).challenge(&challenge));
    }
    assert_all(&start_all(&client, 12, &at_once(1)).take().unwrap(), 12);
    assert_eq!(emulator.requests().token, 3);
}
