//! What is told when a vault has accepted something and it cannot be seen to its end.

use std::time::Duration;

use doorkey::Status;
use doorkey_emulator::Fault;

use super::*;

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
        assert!(
            advice(&error).contains("has accepted the deletion"),
            "{error}"
        );
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
    assert!(
        advice(&error).contains("has accepted the recovery"),
        "{error}"
    );
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
    assert!(advice(&error).contains("has accepted the purge"), "{error}");
}
