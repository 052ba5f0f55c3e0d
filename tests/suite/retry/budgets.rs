//! How often a vault is tried: as often as the options allow, and as long as there is time.

use std::sync::Arc;
use std::time::Duration;

use doorkey::clock::Clock;
use doorkey::{Client, ClientOptions, Status};
use doorkey_emulator::{Emulator, Fault};

use super::assert_jitter;
use super::vault::{AGAIN, CALLS, nowhere};
use crate::common::*;

fn client_with(emulator: &Emulator, clock: &Arc<TestClock>, retries: u32, seconds: u64) -> Client {
    let options = ClientOptions {
        clock: Clock::from_source(clock.clone()),
        retries_max: Some(retries),
        timeout: Some(Duration::from_secs(seconds)),
        ..options(emulator)
    };
    Client::new(options).unwrap()
}

#[test]
fn a_vault_is_tried_as_often_as_the_options_allow() {
    let emulator = emulator();
    for retries in [0, 1, 2, 5, 20] {
        let clock = TestClock::new();
        let client = client_with(&emulator, &clock, retries, 10_000);
        for status in AGAIN {
            let before = clock.slept().len();
            emulator.reset_requests();
            emulator.fault(Fault::vault().always().status(status));
            let error = failure(secret(&client));
            assert_eq!(error.http_status(), Some(status));
            let slept = clock.slept().len() - before;
            assert_eq!(slept, retries as usize, "{status}");
            assert_eq!(emulator.requests().vault, u64::from(retries) + 1);
            emulator.clear_faults();
        }
    }
}

#[test]
fn five_retries_are_the_default() {
    let emulator = emulator();
    for (what, call) in CALLS {
        let clock = TestClock::new();
        emulator.fault(Fault::vault().always().status(503));
        failure(call(&client_on(&emulator, &clock)));
        assert_eq!(clock.slept().len(), 5, "{what}");
        emulator.clear_faults();
    }
}

#[test]
fn the_longest_delay_is_sixteen_seconds() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::vault().always().status(503));
    failure(secret(&client_with(&emulator, &clock, 20, 10_000)));
    let mut table = vec![1000, 2000, 4000, 8000];
    table.resize(20, 16_000);
    assert_jitter(&clock.slept(), &table);
}

#[test]
fn when_the_next_delay_would_pass_the_deadline_the_last_failure_is_told() {
    let emulator = emulator();
    let clock = TestClock::new();
    let client = client_with(&emulator, &clock, 20, 10);
    for (what, call) in CALLS {
        for status in AGAIN {
            let before = clock.slept().len();
            let fault = Fault::vault().always().status(status);
            emulator.fault(fault.header("Retry-After", "4"));
            let error = failure(call(&client));
            assert_eq!(error.http_status(), Some(status), "{what}");
            assert_eq!(error.retry_after(), Some(Duration::from_secs(4)));
            let slept = &clock.slept()[before..];
            let all: Duration = slept.iter().sum();
            assert!(all < Duration::from_secs(10), "{what}, {status}");
            assert_eq!(slept[0], Duration::from_secs(4));
            emulator.clear_faults();
        }
    }
}

#[test]
fn a_deadline_is_that_of_all_tries_together() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::vault().always().status(500));
    let error = failure(secret(&client_with(&emulator, &clock, 20, 2)));
    assert_eq!(error.status(), Status::ServiceUnavailable);
    let slept: Duration = clock.slept().iter().sum();
    assert!(slept < Duration::from_secs(2), "{:?}", clock.slept());
}

#[test]
fn who_allows_fewer_tries_gets_fewer_connections_too() {
    let emulator = emulator();
    for (retries, table) in [(0, &[][..]), (1, &[1000]), (2, &[1000, 2000])] {
        let clock = TestClock::new();
        let error = failure(secret(&nowhere(&emulator, &clock, retries)));
        assert_eq!(error.status(), Status::Network);
        assert_jitter(&clock.slept(), table);
    }
}

#[test]
fn every_request_of_a_call_has_tries_of_its_own() {
    let emulator = emulator();
    let clock = TestClock::new();
    // The token, the secret, and whether one that is not there was deleted.
    emulator.fault(Fault::token().times(3).status(503));
    emulator.fault(Fault::vault().times(5).status(503));
    let deleted = Fault::vault().target_contains("deletedsecrets");
    emulator.fault(deleted.times(5).status(503));
    let client = client_with(&emulator, &clock, 5, 10_000);
    let call = doorkey::Call::default();
    let operation = client.get_secret(VAULT, Some("nothing"), None, &call);
    let error = failure(operation.unwrap().take());
    assert_eq!(error.status(), Status::SecretNotFound);
    assert_eq!(clock.slept().len(), 13);
}

#[test]
fn different_failures_share_one_count() {
    let emulator = emulator();
    let clock = TestClock::new();
    for fault in [
        Fault::vault().status(503),
        Fault::vault().drop_connection(),
        Fault::vault().status(429),
        Fault::vault().always().status(500),
    ] {
        emulator.fault(fault);
    }
    let error = failure(secret(&client_with(&emulator, &clock, 4, 10_000)));
    assert_eq!(error.http_status(), Some(500));
    assert_jitter(&clock.slept(), &[1000, 2000, 4000, 8000]);
}

#[test]
fn a_refused_token_begins_the_count_anew() {
    let emulator = emulator();
    let clock = TestClock::new();
    let client = client_with(&emulator, &clock, 2, 10_000);
    token(&client).unwrap();
    let challenge = emulator.challenge();
    emulator.fault(Fault::vault().times(2).status(503));
    emulator.fault(Fault::vault().challenge(&challenge));
    emulator.fault(Fault::vault().times(2).status(503));
    secret(&client).unwrap();
    assert_eq!(clock.slept().len(), 4);
}
