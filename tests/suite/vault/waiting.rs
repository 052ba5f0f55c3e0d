//! What is told when a vault has accepted something and it cannot be seen to its end.

use std::time::Duration;

use doorkey::{Call, Client, Error, Operation, Result, Status};
use doorkey_emulator::{Emulator, Fault, Gate};

use super::*;

/// What an error says when the vault has said that it is at it.
const ACCEPTED: &str = "has accepted the change";

#[test]
fn a_deletion_that_is_not_done_in_time_is_told_to_have_been_accepted() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.set_consistency_lag(1000);
    let error = failure(delete(&client_on(&emulator, &clock), NAME));
    assert_eq!(error.status(), Status::Timeout);
    for part in [
        "the deletion of secret MyTestSecret in vault demo",
        "accepted",
    ] {
        assert!(error.message().contains(part), "{error}");
    }
    // No look is begun for which there is no time.
    assert!(clock.slept().iter().sum::<Duration>() < Duration::from_secs(60));
    assert_eq!(emulator.stored_deleted(None), [NAME]);
}

#[test]
fn a_look_that_is_not_answered_in_time_does_not_hide_what_was_accepted() {
    let error = timed_out(|call| {
        let emulator = emulator();
        let client = client(&emulator);
        get(&client, NAME).unwrap();
        let _gate = emulator.hold(Fault::vault().target_contains("/deletedsecrets/"));
        let operation = client.delete_secret(VAULT, Some(NAME), call);
        let error = failure(operation.unwrap().take());
        // Read, deleted, looked.
        (sent(&emulator).len() == 3).then_some(error)
    });
    assert_eq!(error.status(), Status::Timeout);
    assert!(error.message().contains("the deletion of"), "{error}");
    assert!(error.message().contains("accepted"), "{error}");
}

#[test]
fn a_look_that_fails_does_not_hide_what_was_accepted() {
    for (status, told) in [
        (503, Status::ServiceUnavailable),
        (429, Status::Throttled),
        (400, Status::Rejected),
    ] {
        let emulator = emulator();
        let clock = TestClock::new();
        let looks = Fault::vault().target_contains("/deletedsecrets/");
        emulator.fault(looks.always().status(status));
        let error = failure(delete(&client_on(&emulator, &clock), NAME));
        assert_eq!(error.status(), told);
        assert!(advice(&error).contains(ACCEPTED), "{error}");
    }
}

#[test]
fn a_recovery_that_is_not_done_in_time_is_told_to_have_been_accepted() {
    let emulator = with_deleted();
    let clock = TestClock::new();
    emulator.set_consistency_lag(1000);
    let error = failure(recover(&client_on(&emulator, &clock), NAME));
    assert_eq!(error.status(), Status::Timeout);
    for part in [
        "the recovery of secret MyTestSecret in vault demo",
        "accepted",
    ] {
        assert!(error.message().contains(part), "{error}");
    }
    assert!(clock.slept().iter().sum::<Duration>() < Duration::from_secs(60));
    assert_eq!(emulator.stored_names(None), [NAME]);
}

#[test]
fn a_recovery_whose_looks_fail_is_told_to_have_been_accepted() {
    let emulator = with_deleted();
    let clock = TestClock::new();
    emulator.fault(Fault::vault().method("GET").always().drop_connection());
    let error = failure(recover(&client_on(&emulator, &clock), NAME));
    assert_eq!(error.status(), Status::Network);
    assert!(advice(&error).contains(ACCEPTED), "{error}");
}

#[test]
fn a_purge_that_is_not_done_in_time_is_told_to_have_been_accepted() {
    let emulator = with_deleted();
    let clock = TestClock::new();
    let id = format!("{}/secrets/{NAME}", emulator.vault_url(VAULT));
    let still_there = Fault::vault().method("GET").always();
    emulator.fault(still_there.body(format!(r#"{{"id":"{id}"}}"#)));
    let error = failure(purge(&client_on(&emulator, &clock), NAME));
    assert_eq!(error.status(), Status::Timeout);
    for part in ["the purge of secret MyTestSecret in vault demo", "accepted"] {
        assert!(error.message().contains(part), "{error}");
    }
}

#[test]
fn a_purge_whose_looks_fail_is_told_to_have_been_accepted() {
    let emulator = with_deleted();
    let clock = TestClock::new();
    emulator.fault(Fault::vault().method("GET").always().status(500));
    let error = failure(purge(&client_on(&emulator, &clock), NAME));
    assert_eq!(error.status(), Status::ServiceUnavailable);
    assert!(advice(&error).contains(ACCEPTED), "{error}");
}

type Make = fn(&Client) -> Error;

/// Every change that is waited for, of a secret that is there or among the deleted ones.
const CHANGES: [(&str, Make); 3] = [
    ("deletion", |client| failure(delete(client, NAME))),
    ("recovery", |client| failure(recover(client, NAME))),
    ("purge", |client| failure(purge(client, NAME))),
];

fn for_change(change: &str) -> Emulator {
    match change {
        "deletion" => emulator(),
        _ => with_deleted(),
    }
}

#[test]
fn a_look_that_something_else_answers_is_not_taken_for_the_vaults() {
    for (change, make) in CHANGES {
        for look in [
            Fault::vault().body("<html>"),
            Fault::vault().body(""),
            Fault::vault().body(r#"{"id":"https://demo.vault.localhost/secrets/other"}"#),
            Fault::vault().status(403).body("<html>"),
            Fault::vault().status(404).body("<html>"),
        ] {
            let emulator = for_change(change);
            emulator.fault(look.method("GET").always());
            let error = make(&client_on(&emulator, &TestClock::new()));
            assert_eq!(error.status(), Status::Protocol, "{change}: {error}");
            let is_told = advice(&error).contains(ACCEPTED);
            assert!(is_told, "{change}: {error}");
        }
    }
}

#[test]
fn a_purge_that_something_else_answers_is_a_protocol_error_at_once() {
    for answer in ["<html>", "{}", " "] {
        let emulator = with_deleted();
        emulator.fault(Fault::vault().method("DELETE").body(answer));
        emulator.reset_requests();
        let error = failure(purge(&client(&emulator), NAME));
        assert_eq!(error.status(), Status::Protocol, "{answer}: {error}");
        let told = advice(&error).contains(MAY_HAVE_WORKED);
        assert!(told, "{error}");
        assert_eq!(emulator.requests().vault, 1);
        assert_eq!(emulator.stored_deleted(None), [NAME]);
    }
}

#[test]
fn a_wait_that_is_cancelled_says_that_the_change_was_accepted() {
    for (change, look) in [
        ("deletion", "/deletedsecrets/"),
        ("recovery", "/secrets/"),
        ("purge", "/deletedsecrets/"),
    ] {
        let emulator = for_change(change);
        let client = client(&emulator);
        let gate = emulator.hold(Fault::vault().method("GET").target_contains(look));
        let (name, call) = (Some(NAME), Call::default());
        let error = match change {
            "deletion" => cancelled(client.delete_secret(VAULT, name, &call), &gate),
            "recovery" => cancelled(client.recover_secret(VAULT, name, &call), &gate),
            _ => cancelled(client.purge_secret(VAULT, name, &call), &gate),
        };
        assert_eq!(error.status(), Status::Cancelled);
        let is_told = advice(&error).contains(ACCEPTED);
        assert!(is_told, "{change}: {error}");
        gate.release();
    }
}

/// Cancels an operation once its look is on the way.
fn cancelled<T: doorkey::Output>(begun: Result<Operation<T>>, gate: &Gate) -> Error {
    let operation = begun.unwrap();
    gate.wait_for(1);
    operation.cancel();
    failure(operation.take().map(|_| ()))
}
