//! Retries, as schedules on a clock that never waits: of token endpoints here, of vaults in the files below.

mod budgets;
mod once;
mod vault;
mod waits;

use std::time::Duration;

use doorkey::{Call, Client, ClientOptions};
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

/// Whether the delays are those of the table, each of them drawn from nothing up to what it says.
fn assert_jitter(slept: &[Duration], table_ms: &[u64]) {
    assert_eq!(slept.len(), table_ms.len(), "{slept:?}");
    for (delay, most) in slept.iter().zip(table_ms) {
        assert!(*delay <= Duration::from_millis(*most), "{slept:?}");
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
