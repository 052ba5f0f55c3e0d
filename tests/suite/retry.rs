//! Retries, as schedules on a clock that never waits.

use std::time::Duration;

use doorkey::{Call, Client, ClientOptions, Status};
use doorkey_emulator::Fault;

use crate::common::*;

/// Whether the delays are those of the table, each with up to a quarter of jitter.
fn assert_schedule(slept: &[Duration], table_ms: &[u64]) {
    assert_eq!(slept.len(), table_ms.len(), "{slept:?}");
    for (delay, base) in slept.iter().zip(table_ms) {
        let ms = delay.as_millis() as u64;
        assert!((*base..=base + base / 4).contains(&ms), "{slept:?}");
    }
}

#[test]
fn passing_failures_of_the_metadata_service_are_tried_again_by_the_table() {
    for status in [404, 429, 500, 503] {
        let emulator = emulator();
        let clock = TestClock::new();
        emulator.fault(Fault::token().times(3).status(status));
        token(&client_on(&emulator, &clock)).unwrap();
        assert_schedule(&clock.slept(), &[1000, 2000, 4000]);
    }
}

#[test]
fn an_updating_metadata_service_is_given_seventy_seconds() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::token().times(7).status(410));
    let options = ClientOptions {
        clock: doorkey::clock::Clock::from_source(clock.clone()),
        timeout: Some(Duration::from_secs(100)),
        ..options(&emulator)
    };
    token(&Client::new(options).unwrap()).unwrap();
    assert_schedule(&clock.slept(), &[10_000; 7]);
}

#[test]
fn a_refusal_is_not_tried_again() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(
        Fault::token()
            .always()
            .status(400)
            .body(r#"{"error":"invalid_request"}"#),
    );
    failure(token(&client_on(&emulator, &clock)));
    assert!(clock.slept().is_empty());
}

#[test]
fn a_throttled_vault_is_asked_again_after_the_time_it_says() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::vault().status(429).header("Retry-After", "7"));
    secret(&client_on(&emulator, &clock)).unwrap();
    assert_eq!(clock.slept(), [Duration::from_secs(7)]);
}

#[test]
fn a_vault_that_refuses_connections_is_tried_twice_more() {
    let emulator = emulator();
    let clock = TestClock::new();
    let dead = doorkey_emulator::dead_port().replace("http://127.0.0.1", "vault.localhost");
    let options = ClientOptions {
        environment: environment(&emulator, &[("DOORKEY_VAULT_SUFFIX", &dead)]),
        clock: doorkey::clock::Clock::from_source(clock.clone()),
        ..options(&emulator)
    };
    let error = failure(secret(&Client::new(options).unwrap()));
    assert_eq!(error.status(), Status::Network);
    assert_schedule(&clock.slept(), &[800, 1600]);
}

#[test]
fn a_forbidden_secret_is_not_tried_again() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(
        Fault::vault()
            .always()
            .denied(doorkey_emulator::Denied::Rbac),
    );
    failure(secret(&client_on(&emulator, &clock)));
    assert!(clock.slept().is_empty());
}

#[test]
fn a_wait_past_the_deadline_is_not_begun_and_the_reason_is_kept() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(
        Fault::vault()
            .always()
            .status(429)
            .header("Retry-After", "3600"),
    );
    let error = failure(secret(&client_on(&emulator, &clock)));
    assert_eq!(error.status(), Status::Throttled);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert!(clock.slept().is_empty());
}

#[test]
fn the_number_of_retries_is_the_options() {
    for retries in [0, 2] {
        let emulator = emulator();
        let clock = TestClock::new();
        emulator.fault(Fault::vault().always().status(503));
        let options = ClientOptions {
            clock: doorkey::clock::Clock::from_source(clock.clone()),
            retries_max: Some(retries),
            ..options(&emulator)
        };
        let error = failure(secret(&Client::new(options).unwrap()));
        assert_eq!(error.status(), Status::ServiceUnavailable);
        assert_eq!(clock.slept().len(), retries as usize);
    }
}

#[test]
fn one_retry_on_the_real_clock_really_waits_and_succeeds() {
    let emulator = emulator();
    emulator.fault(Fault::vault().status(503));
    let call = Call::default();
    client(&emulator)
        .get_secret(VAULT, Some(NAME), None, &call)
        .unwrap()
        .take()
        .unwrap();
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn no_retries_means_none_for_an_updating_metadata_service_too() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::token().always().status(410));
    let options = ClientOptions {
        clock: doorkey::clock::Clock::from_source(clock.clone()),
        retries_max: Some(0),
        ..options(&emulator)
    };
    failure(token(&Client::new(options).unwrap()));
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn other_failures_take_nothing_from_the_time_of_an_update() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::token().times(3).status(503));
    emulator.fault(Fault::token().times(7).status(410));
    let options = ClientOptions {
        clock: doorkey::clock::Clock::from_source(clock.clone()),
        timeout: Some(Duration::from_secs(200)),
        ..options(&emulator)
    };
    token(&Client::new(options).unwrap()).unwrap();
    assert_eq!(clock.slept().len(), 10);
    assert_eq!(emulator.requests().token, 11);
}
