//! The token cache: what is kept how long, and one fetch at a time.

use std::sync::Arc;
use std::time::Duration;

use doorkey::{Call, Client, ClientOptions, Identity, Status, Token};
use doorkey_emulator::{Emulator, Fault, UserAssigned};

use crate::common::*;

fn same(a: &Token, b: &Token) -> bool {
    a.value().as_bytes() == b.value().as_bytes()
}

#[test]
fn a_second_token_comes_from_memory() {
    let emulator = emulator();
    let client = client(&emulator);
    let first = token(&client).unwrap();
    let second = token(&client).unwrap();
    assert_eq!(first.value().as_bytes(), second.value().as_bytes());
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn a_hit_is_a_finished_operation_and_looks_at_no_variable() {
    let emulator = emulator();
    let looks = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let (count, pairs) = (Arc::clone(&looks), variables(&emulator));
    let environment = doorkey::Environment::from_lookup(move |name| {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        pairs
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    });
    let client = Client::new(ClientOptions {
        environment,
        ..ClientOptions::default()
    })
    .unwrap();
    token(&client).unwrap();
    let before = looks.load(std::sync::atomic::Ordering::Relaxed);
    let hit = client.get_token(VAULT_AUDIENCE, &Call::default()).unwrap();
    assert!(hit.is_finished());
    assert_eq!(looks.load(std::sync::atomic::Ordering::Relaxed), before);
}

#[test]
fn clients_with_the_same_identity_share_a_token() {
    let emulator = emulator();
    token(&client(&emulator)).unwrap();
    token(&client(&emulator)).unwrap();
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn identities_and_resources_do_not_share_tokens() {
    let one = UserAssigned::random("one");
    let emulator = start(Emulator::builder().user_assigned(one.clone()));
    let own = client(&emulator);
    let named = Client::new(ClientOptions {
        identity: Identity::ClientId(one.client_id.clone()),
        ..options(&emulator)
    })
    .unwrap();
    let a = token(&own).unwrap();
    let b = token(&named).unwrap();
    assert_ne!(a.value().as_bytes(), b.value().as_bytes());
    let call = Call::default();
    let other = own
        .get_token("https://management.azure.com/", &call)
        .unwrap()
        .take()
        .unwrap();
    assert_ne!(a.value().as_bytes(), other.value().as_bytes());
    assert_eq!(emulator.requests().token, 3);
}

#[test]
fn a_client_id_in_other_letters_is_the_same_identity() {
    let one = UserAssigned::random("one");
    let emulator = start(Emulator::builder().user_assigned(one.clone()));
    for id in [one.client_id.to_lowercase(), one.client_id.to_uppercase()] {
        let options = ClientOptions {
            identity: Identity::ClientId(id),
            ..options(&emulator)
        };
        token(&Client::new(options).unwrap()).unwrap();
    }
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn a_token_is_used_until_five_minutes_before_it_expires() {
    let emulator = start(Emulator::builder().token_lifetime(Duration::from_secs(3600)));
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    token(&client).unwrap();
    clock.advance(Duration::from_secs(3600 - 301));
    token(&client).unwrap();
    assert_eq!(emulator.requests().token, 1);
    clock.advance(Duration::from_secs(2));
    token(&client).unwrap();
    assert_eq!(emulator.requests().token, 2);
}

#[test]
fn a_token_that_never_had_five_minutes_is_used_until_it_expires() {
    let emulator = start(Emulator::builder().token_lifetime(Duration::from_secs(200)));
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    token(&client).unwrap();
    clock.advance(Duration::from_secs(150));
    token(&client).unwrap();
    assert_eq!(emulator.requests().token, 1);
    clock.advance(Duration::from_secs(51));
    token(&client).unwrap();
    assert_eq!(emulator.requests().token, 2);
}

#[test]
fn in_its_last_minutes_a_token_still_serves_when_the_endpoint_fails() {
    let emulator = start(Emulator::builder().token_lifetime(Duration::from_secs(3600)));
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    let first = token(&client).unwrap();
    clock.advance(Duration::from_secs(3500));
    emulator.fault(Fault::token().always().status(503));
    assert_eq!(
        token(&client).unwrap().value().as_bytes(),
        first.value().as_bytes()
    );
    clock.advance(Duration::from_secs(101));
    assert_eq!(failure(token(&client)).status(), Status::ServiceUnavailable);
}

#[test]
fn a_forced_refresh_asks_although_there_is_a_good_token() {
    let emulator = emulator();
    let client = client(&emulator);
    token(&client).unwrap();
    forced_token(&client).unwrap();
    assert_eq!(emulator.requests().token, 2);
}

#[test]
fn a_forced_refresh_that_fails_says_so() {
    let emulator = emulator();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    token(&client).unwrap();
    emulator.fault(Fault::token().always().status(503));
    assert_eq!(
        failure(forced_token(&client)).status(),
        Status::ServiceUnavailable
    );
}

#[test]
fn an_error_is_not_remembered() {
    let emulator = emulator();
    let client = client(&emulator);
    emulator.fault(
        Fault::token()
            .times(1)
            .status(400)
            .body(r#"{"error":"invalid_request"}"#),
    );
    failure(token(&client));
    token(&client).unwrap();
}

#[test]
fn a_cleared_cache_asks_again() {
    let emulator = emulator();
    let client = client(&emulator);
    token(&client).unwrap();
    client.clear_cache();
    token(&client).unwrap();
    assert_eq!(emulator.requests().token, 2);
}

#[test]
fn a_thousand_cold_threads_make_one_request() {
    let emulator = emulator();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::token().always());
    let barrier = Arc::new(std::sync::Barrier::new(1001));
    let threads: Vec<_> = (0..1000)
        .map(|_| {
            let (client, barrier) = (client.clone(), Arc::clone(&barrier));
            std::thread::Builder::new()
                .stack_size(128 * 1024)
                .spawn(move || {
                    let operation = client.get_token(VAULT_AUDIENCE, &Call::default());
                    barrier.wait();
                    operation
                        .unwrap()
                        .take()
                        .map(|token| token.value().as_bytes().to_vec())
                })
                .unwrap()
        })
        .collect();
    // All thousand operations are under way before the one request is answered.
    barrier.wait();
    gate.wait_for(1);
    gate.release();
    let mut tokens: Vec<_> = threads
        .into_iter()
        .map(|t| t.join().unwrap().unwrap())
        .collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn one_waiters_cancel_does_not_disturb_the_other() {
    let emulator = emulator();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::token().always());
    let first = client.get_token(VAULT_AUDIENCE, &Call::default()).unwrap();
    let second = client.get_token(VAULT_AUDIENCE, &Call::default()).unwrap();
    gate.wait_for(1);
    first.cancel();
    assert_eq!(failure(first.take()).status(), Status::Cancelled);
    gate.release();
    second.take().unwrap();
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn when_the_last_waiter_has_gone_the_request_is_given_up() {
    let emulator = emulator();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::token().always());
    let first = client.get_token(VAULT_AUDIENCE, &Call::default()).unwrap();
    let second = client.get_token(VAULT_AUDIENCE, &Call::default()).unwrap();
    gate.wait_for(1);
    first.cancel();
    drop(second);
    gate.wait_for_abandoned(1);
    gate.release();
    emulator.clear_faults();
    token(&client).unwrap();
}

#[test]
fn an_impatient_first_caller_does_not_shorten_the_fetch_for_a_patient_one() {
    let emulator = emulator();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::token().always());
    let impatient = Call {
        timeout: Some(Duration::from_millis(50)),
        ..Call::default()
    };
    let first = client.get_token(VAULT_AUDIENCE, &impatient).unwrap();
    let second = client.get_token(VAULT_AUDIENCE, &Call::default()).unwrap();
    gate.wait_for(1);
    assert_eq!(failure(first.take()).status(), Status::Timeout);
    gate.release();
    second.take().unwrap();
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn more_than_five_requests_at_once_wait_for_a_place() {
    let emulator = start((0..8).fold(Emulator::builder(), |builder, n| {
        builder.resource(&format!("https://r{n}.example"))
    }));
    let client = client(&emulator);
    let gate = emulator.hold(Fault::token().always());
    let operations: Vec<_> = (0..8)
        .map(|n| {
            client
                .get_token(&format!("https://r{n}.example"), &Call::default())
                .unwrap()
        })
        .collect();
    gate.wait_for(5);
    assert_eq!(gate.held(), 5);
    gate.release();
    for operation in operations {
        operation.take().unwrap();
    }
    assert_eq!(emulator.requests().token, 8);
}

#[test]
fn a_fetch_that_began_before_a_clear_is_not_kept() {
    let emulator = emulator();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::token());
    let operation = client.get_token(VAULT_AUDIENCE, &Call::default()).unwrap();
    gate.wait_for(1);
    client.clear_cache();
    gate.release();
    operation.take().unwrap();
    token(&client).unwrap();
    assert_eq!(emulator.requests().token, 2);
}

#[test]
fn in_its_last_minutes_a_token_still_serves_when_the_endpoint_is_silent() {
    let emulator = start(Emulator::builder().token_lifetime(Duration::from_secs(3600)));
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    let first = token(&client).unwrap();
    clock.advance(Duration::from_secs(3500));
    let _gate = emulator.hold(Fault::token().always());
    assert_eq!(
        token(&client).unwrap().value().as_bytes(),
        first.value().as_bytes()
    );
}

#[test]
fn in_its_last_minutes_a_token_still_serves_when_a_new_one_is_refused() {
    let emulator = start(Emulator::builder().token_lifetime(Duration::from_secs(3600)));
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    let first = token(&client).unwrap();
    clock.advance(Duration::from_secs(3500));
    emulator.fault(Fault::token().always().status(401));
    assert!(same(&token(&client).unwrap(), &first));
    clock.advance(Duration::from_secs(101));
    assert_eq!(failure(token(&client)).status(), Status::IdentityRefused);
}

#[test]
fn in_its_last_minutes_a_token_serves_before_a_short_deadline() {
    let emulator = start(Emulator::builder().token_lifetime(Duration::from_secs(3600)));
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    let first = token(&client).unwrap();
    clock.advance(Duration::from_secs(3500));
    let _gate = emulator.hold(Fault::token().always());
    let call = Call {
        timeout: Some(Duration::from_secs(2)),
        ..Call::default()
    };
    let operation = client.get_token(VAULT_AUDIENCE, &call).unwrap();
    assert!(same(&operation.take().unwrap(), &first));
}

#[test]
fn what_a_slow_endpoint_answers_in_a_tokens_last_minutes_is_kept() {
    let hour = Duration::from_secs(3600);
    let emulator = start(Emulator::builder().token_cache(false).token_lifetime(hour));
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    let first = token(&client).unwrap();
    clock.advance(Duration::from_secs(3500));
    let gate = emulator.hold(Fault::token());
    // Of two calls that give up waiting, the second joins what the first began.
    for _ in 0..2 {
        let call = Call {
            timeout: Some(Duration::from_secs(1)),
            ..Call::default()
        };
        let operation = client.get_token(VAULT_AUDIENCE, &call).unwrap();
        assert!(same(&operation.take().unwrap(), &first));
    }
    gate.release();
    let patience = std::time::Instant::now() + Duration::from_secs(60);
    while same(&token(&client).unwrap(), &first) {
        assert!(std::time::Instant::now() < patience, "no other token came");
    }
    assert_eq!(emulator.requests().token, 2);
}
