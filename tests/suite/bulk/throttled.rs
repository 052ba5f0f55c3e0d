//! A vault that throttles one request of a call slows them all. On a clock that stands until it is advanced.

use std::time::Duration;

use doorkey::{Call, Status};
use doorkey_emulator::{Emulator, Fault};

use super::*;
use crate::clocks::*;
use crate::common::*;

const KEPT: Call = Call {
    force_refresh: false,
    claims: None,
    timeout: None,
    max_age: Some(Duration::from_secs(3600)),
    stale_if_error: None,
    newer_than_version: None,
    concurrency: Some(4),
};

/// Of four requests at once the first is throttled, and the others are answered then: none of the workers
/// sends anything before the time is over.
fn assert_all_are_held(call: &Call) {
    let emulator = start(with_numbered(12));
    let clock = StepClock::new();
    let client = client_by(&emulator, &clock);
    let throttled = emulator.hold(
        Fault::vault()
            .target_contains("/s-1/")
            .status(429)
            .header("Retry-After", "7"),
    );
    let others = emulator.hold(Fault::vault().times(3));
    let operation = start_all(&client, 12, call);
    throttled.wait_for(1);
    others.wait_for(3);
    throttled.release();
    clock.wait_for_sleepers(1);
    others.release();
    clock.wait_for_sleepers(4);
    clock.advance(Duration::from_millis(6999));
    assert!(!operation.wait(Some(Duration::ZERO)).unwrap());
    clock.wait_for_sleepers(4);
    assert_eq!(emulator.requests().vault, 4);
    clock.advance(Duration::from_millis(1));
    assert_all(&operation.take().unwrap(), 12);
    assert_eq!(emulator.requests().vault, 13);
}

#[test]
fn all_wait_for_the_time_that_one_was_told() {
    assert_all_are_held(&at_once(4));
}

#[test]
fn all_wait_too_where_what_is_read_is_kept() {
    assert_all_are_held(&KEPT);
}

#[test]
fn a_time_that_is_not_told_holds_all_as_well() {
    let emulator = start(with_numbered(6));
    let clock = StepClock::new();
    let client = client_by(&emulator, &clock);
    let throttled = emulator.hold(Fault::vault().target_contains("/s-0/").status(429));
    let operation = start_all(&client, 6, &at_once(1));
    throttled.wait_for(1);
    throttled.release();
    // Somewhere below a second, possibly at once.
    while !operation.wait(Some(Duration::from_millis(1))).unwrap() {
        clock.advance(Duration::from_millis(100));
    }
    assert_all(&operation.take().unwrap(), 6);
    assert_eq!(emulator.requests().vault, 7);
}

#[test]
fn a_longer_wait_than_there_is_time_is_not_begun_and_nothing_more_is_sent() {
    let emulator = start(with_numbered(6));
    let clock = StepClock::new();
    let client = client_by(&emulator, &clock);
    emulator.fault(not_for_an_hour("/s-2/"));
    let outcomes = start_all(&client, 6, &at_once(1)).take().unwrap();
    assert_eq!(outline(&outcomes[..2]), [Ok("value 0"), Ok("value 1")]);
    for (at, outcome) in outcomes.iter().enumerate().skip(2) {
        let error = failure(outcome.clone());
        assert_eq!(error.status(), Status::Throttled);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
        assert!(error.message().contains(&format!("s-{at}")), "{error}");
    }
    assert_eq!(emulator.requests().vault, 3);
    let later = get(&client, &["s-3"], &Call::default());
    assert_eq!(outline(&later), [Ok("value 3")]);
}

#[test]
fn what_is_under_way_when_the_vault_says_so_is_taken() {
    let emulator = start(with_numbered(4));
    let client = client(&emulator);
    let throttled = emulator.hold(not_for_an_hour("/s-1/"));
    let others = emulator.hold(Fault::vault().times(3));
    let operation = start_all(&client, 4, &at_once(4));
    throttled.wait_for(1);
    others.wait_for(3);
    throttled.release();
    others.release();
    let outcomes = operation.take().unwrap();
    assert_eq!(
        outline(&outcomes),
        [
            Ok("value 0"),
            Err(Status::Throttled),
            Ok("value 2"),
            Ok("value 3")
        ]
    );
}

#[test]
fn two_calls_do_not_hold_each_other() {
    let emulator: Emulator = start(with_numbered(4));
    let clock = StepClock::new();
    let client = client_by(&emulator, &clock);
    let fault = Fault::vault().target_contains("/s-0/").status(429);
    emulator.fault(fault.header("Retry-After", "7"));
    let held = start_all(&client, 1, &Call::default());
    clock.wait_for_sleepers(1);
    let outcomes = get(&client, &["s-1", "s-2"], &Call::default());
    assert_eq!(outline(&outcomes), [Ok("value 1"), Ok("value 2")]);
    clock.advance(Duration::from_secs(7));
    assert_all(&held.take().unwrap(), 1);
}
