//! How old a kept value may be, by either clock, and that nothing is kept for who says nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use doorkey::{Call, Client, ClientOptions, Environment, SecretAttributes, Sensitive, Status};

use super::*;
use crate::clocks::*;

#[test]
fn a_value_serves_for_as_long_as_the_call_says() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    get(&client, &aged(600)).unwrap();
    emulator.set_secret(NAME, "newer");
    clock.advance(Duration::from_secs(600));
    assert_eq!(value(&client, &aged(600)), VALUE);
    assert_eq!(emulator.requests().vault, 1);
    clock.advance(Duration::from_millis(1));
    assert_eq!(value(&client, &aged(600)), "newer");
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn each_call_has_an_age_of_its_own() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    get(&client, &aged(1)).unwrap();
    clock.advance(Duration::from_secs(100));
    get(&client, &aged(200)).unwrap();
    assert_eq!(emulator.requests().vault, 1);
    get(&client, &aged(50)).unwrap();
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn what_was_served_from_memory_is_as_old_as_before() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    for _ in 0..3 {
        get(&client, &aged(100)).unwrap();
        clock.advance(Duration::from_secs(60));
    }
    // Read at 0 and at 120.
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn a_value_is_as_old_as_its_question() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    let gate = emulator.hold(doorkey_emulator::Fault::vault());
    let operation = begin(&client, &aged(100));
    gate.wait_for(1);
    clock.advance(Duration::from_secs(50));
    gate.release();
    operation.take().unwrap();
    clock.advance(Duration::from_secs(51));
    get(&client, &aged(100)).unwrap();
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn a_hit_is_a_finished_operation_that_looks_at_no_variable() {
    let emulator = emulator();
    let looks = Arc::new(AtomicUsize::new(0));
    let (count, pairs) = (Arc::clone(&looks), variables(&emulator));
    let environment = Environment::from_lookup(move |name| {
        count.fetch_add(1, Ordering::Relaxed);
        let found = pairs.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    });
    let client = Client::new(ClientOptions {
        environment,
        ..ClientOptions::default()
    })
    .unwrap();
    get(&client, &aged(600)).unwrap();
    let before = looks.load(Ordering::Relaxed);
    let hit = begin(&client, &aged(600));
    assert!(hit.is_finished());
    assert_eq!(hit.take().unwrap().value().as_str(), Some(VALUE));
    assert_eq!(looks.load(Ordering::Relaxed), before);
    assert_eq!(emulator.requests().vault, 1);
}

#[test]
fn nothing_is_kept_when_nobody_asks() {
    let emulator = emulator();
    let client = client(&emulator);
    let nothing = Call {
        max_age: Some(Duration::ZERO),
        stale_if_error: Some(Duration::ZERO),
        ..Call::default()
    };
    for call in [Call::default(), nothing] {
        emulator.reset_requests();
        get(&client, &call).unwrap();
        get(&client, &aged(600)).unwrap();
        assert_eq!(emulator.requests().vault, 2);
        client.clear_cache();
    }
}

#[test]
fn who_says_nothing_always_asks_and_what_is_kept_grows_no_older_by_it() {
    let emulator = emulator();
    let client = client(&emulator);
    get(&client, &aged(600)).unwrap();
    emulator.set_secret(NAME, "newer");
    assert_eq!(value(&client, &Call::default()), "newer");
    emulator.reset_requests();
    assert_eq!(value(&client, &aged(600)), "newer");
    assert_eq!(emulator.requests().vault, 0);
}

#[test]
fn a_machine_that_slept_has_older_values() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    get(&client, &aged(600)).unwrap();
    // The monotonic clock stands while a machine sleeps.
    clock.move_wall(700);
    get(&client, &aged(600)).unwrap();
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn a_clock_that_is_set_back_makes_nothing_younger() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    get(&client, &aged(600)).unwrap();
    clock.move_wall(-1_000_000);
    clock.run(Duration::from_secs(600));
    get(&client, &aged(600)).unwrap();
    assert_eq!(emulator.requests().vault, 1);
    clock.run(Duration::from_secs(1));
    get(&client, &aged(600)).unwrap();
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn a_clock_that_is_set_to_1970_or_to_2100_does_no_harm() {
    let emulator = emulator();
    for unix in [0, 4_102_444_800] {
        let clock = WallClock::new();
        let client = client_by(&emulator, &clock);
        get(&client, &aged(600)).unwrap();
        clock.set_wall(unix);
        get(&client, &aged(600)).unwrap();
        clock.run(Duration::from_secs(601));
        get(&client, &aged(600)).unwrap();
    }
}

#[test]
fn the_longest_age_is_what_32_bits_hold() {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    let longest = Duration::from_millis(u32::MAX.into());
    let ages = |age| {
        let max_age = Call {
            max_age: Some(age),
            ..Call::default()
        };
        let stale_if_error = Call {
            stale_if_error: Some(age),
            ..Call::default()
        };
        [("max_age", max_age), ("stale_if_error", stale_if_error)]
    };
    for (argument, call) in ages(longest + Duration::from_millis(1)) {
        let error = failure(client.get_secret(VAULT, Some(NAME), None, &call));
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.message().starts_with(argument), "{error}");
    }
    assert_eq!(emulator.requests().token, 0);
    for (_, call) in ages(longest) {
        get(&client, &call).unwrap();
    }
    clock.advance(longest);
    let (_, call) = &ages(longest)[0];
    get(&client, call).unwrap();
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn what_reads_no_values_takes_no_word_on_kept_ones() {
    let emulator = emulator();
    let client = client(&emulator);
    let attributes = SecretAttributes::default();
    for (argument, call) in [
        ("max_age", aged(1)),
        ("stale_if_error", stale(1)),
        ("newer_than_version", newer_than("1")),
    ] {
        let name = Some(NAME);
        let value = Sensitive::new(b"x");
        let errors = [
            failure(client.get_token(VAULT_AUDIENCE, &call)),
            failure(client.set_secret(VAULT, name, value, &attributes, &call)),
            failure(client.delete_secret(VAULT, name, &call)),
            failure(client.get_deleted_secret(VAULT, name, &call)),
            failure(client.recover_secret(VAULT, name, &call)),
            failure(client.purge_secret(VAULT, name, &call)),
            failure(client.backup_secret(VAULT, name, &call)),
            failure(client.restore_secret(VAULT, b"x", &call)),
            failure(client.list_secrets(VAULT, &call)),
            failure(client.list_versions(VAULT, name, &call)),
            failure(client.list_deleted(VAULT, &call)),
        ];
        for error in errors {
            assert_eq!(error.status(), Status::Unsupported, "{error}");
            assert!(error.message().starts_with(argument), "{error}");
        }
    }
    assert_eq!(emulator.requests().token, 0);
}
