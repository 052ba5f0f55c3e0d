//! Recovering and purging: begun when the deletion before is done, done when the vault shows it.

use std::time::Duration;

use doorkey::{Call, Status};
use doorkey_emulator::{Denied, Emulator, Fault, VaultOperation};

use super::*;

/// An emulator whose secret is being deleted, as so many requests will meet it.
fn with_deletion_under_way(requests: u32) -> Emulator {
    let emulator = emulator();
    emulator.set_consistency_lag(requests);
    emulator.delete_secret(None, NAME);
    emulator
}

fn count(emulator: &Emulator, wanted: &str) -> usize {
    let sent = sent(emulator);
    sent.iter().filter(|sent| sent.starts_with(wanted)).count()
}

#[test]
fn a_recovered_secret_is_there_again_with_all_its_versions() {
    let emulator = emulator();
    let client = client(&emulator);
    emulator.set_secret(NAME, "newer");
    let before = stored(&emulator, NAME);
    emulator.delete_secret(None, NAME);
    let recovered = recover(&client, NAME).unwrap();
    assert_eq!(recovered.version(), Some(before[1].id.as_str()));
    assert_eq!(
        (recovered.deleted_at_unix(), recovered.recovery_id()),
        (None, None)
    );
    assert_eq!(stored(&emulator, NAME), before);
    assert_eq!(emulator.stored_names(None), [NAME]);
    assert_eq!(
        sent(&emulator),
        [
            format!("POST /deletedsecrets/{NAME}/recover"),
            format!("GET /secrets/{NAME}/")
        ]
    );
    assert_eq!(get(&client, NAME).unwrap().value().as_str(), Some("newer"));
}

#[test]
fn a_recovery_is_waited_for_until_the_vault_shows_the_secret() {
    let emulator = with_deleted();
    let clock = TestClock::new();
    emulator.set_consistency_lag(4);
    recover(&client_on(&emulator, &clock), NAME).unwrap();
    assert_eq!(count(&emulator, "POST"), 1);
    assert_eq!(count(&emulator, "GET"), 5);
    assert_eq!(slept_ms(&clock), [500, 1000, 2000, 2000]);
}

#[test]
fn a_recovery_right_behind_a_deletion_begins_when_that_is_done() {
    let emulator = with_deletion_under_way(3);
    let clock = TestClock::new();
    recover(&client_on(&emulator, &clock), NAME).unwrap();
    assert_eq!((count(&emulator, "POST"), count(&emulator, "GET")), (4, 4));
    assert_eq!(slept_ms(&clock), [500, 1000, 2000, 500, 1000, 2000]);
    assert_eq!(emulator.stored_names(None), [NAME]);
}

#[test]
fn whoever_may_not_read_does_not_wait_for_a_recovery() {
    let emulator = with_deleted();
    let clock = TestClock::new();
    emulator.set_consistency_lag(4);
    emulator.deny(VaultOperation::Get, Denied::Rbac);
    recover(&client_on(&emulator, &clock), NAME).unwrap();
    assert_eq!(sent(&emulator).len(), 2);
    assert_eq!(emulator.stored_names(None), [NAME]);
}

#[test]
fn a_disabled_secret_is_recovered_although_it_cannot_be_read() {
    let emulator = emulator();
    emulator.disable_secret(NAME);
    emulator.delete_secret(None, NAME);
    let recovered = recover(&client(&emulator), NAME).unwrap();
    assert!(!recovered.is_enabled());
    assert_eq!(emulator.stored_names(None), [NAME]);
}

#[test]
fn a_recovery_whose_answer_was_lost_is_seen_to_have_worked() {
    for fault in [Fault::vault().drop_connection(), Fault::vault().status(503)] {
        let emulator = with_deleted();
        let clock = TestClock::new();
        emulator.set_consistency_lag(2);
        emulator.fault(fault.after_effect());
        let recovered = recover(&client_on(&emulator, &clock), NAME).unwrap();
        assert_eq!(recovered.name(), NAME);
        assert_eq!(emulator.stored_names(None), [NAME]);
        assert_eq!((count(&emulator, "POST"), count(&emulator, "GET")), (2, 3));
    }
}

#[test]
fn a_recovery_whose_answer_was_lost_may_have_worked_where_the_secret_is_disabled() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.disable_secret(NAME);
    emulator.delete_secret(None, NAME);
    emulator.fault(Fault::vault().after_effect().drop_connection());
    let error = failure(recover(&client_on(&emulator, &clock), NAME));
    assert_eq!(error.status(), Status::SecretNotFound);
    assert!(advice(&error).contains("may have done it"), "{error}");
    assert_eq!(emulator.stored_names(None), [NAME]);
}

#[test]
fn a_secret_that_never_was_is_not_recovered_not_even_behind_a_failure() {
    for failures in [0, 1] {
        let emulator = emulator();
        let clock = TestClock::new();
        if failures > 0 {
            emulator.fault(Fault::vault().times(failures).status(503));
        }
        let error = failure(recover(&client_on(&emulator, &clock), OTHER));
        assert_eq!(error.status(), Status::SecretNotFound);
    }
}

#[test]
fn a_secret_that_is_not_deleted_is_not_recovered() {
    let emulator = emulator();
    let error = failure(recover(&client(&emulator), NAME));
    assert_eq!(error.status(), Status::SecretNotFound);
    assert_eq!(sent(&emulator).len(), 1);
}

#[test]
fn a_purged_secret_is_gone_and_its_name_is_free() {
    let emulator = with_deleted();
    let client = client(&emulator);
    purge(&client, NAME).unwrap();
    assert!(emulator.stored(None, NAME).is_none());
    assert!(emulator.stored_deleted(None).is_empty());
    assert_eq!(
        sent(&emulator),
        [
            format!("DELETE /deletedsecrets/{NAME}"),
            format!("GET /deletedsecrets/{NAME}")
        ]
    );
    set(&client, NAME, "another life").unwrap();
    assert_eq!(stored(&emulator, NAME).len(), 1);
}

#[test]
fn a_purge_right_behind_a_deletion_begins_when_that_is_done() {
    let emulator = with_deletion_under_way(4);
    let clock = TestClock::new();
    purge(&client_on(&emulator, &clock), NAME).unwrap();
    assert_eq!(
        (count(&emulator, "DELETE"), count(&emulator, "GET")),
        (5, 1)
    );
    assert_eq!(slept_ms(&clock), [500, 1000, 2000, 2000]);
    assert!(emulator.stored(None, NAME).is_none());
}

#[test]
fn a_purge_is_waited_for_until_the_vault_shows_the_secret_no_more() {
    let emulator = with_deleted();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    let id = format!("{}/secrets/{NAME}", emulator.vault_url(VAULT));
    let still_there = Fault::vault().method("GET").times(3);
    emulator.fault(still_there.body(format!(r#"{{"id":"{id}"}}"#)));
    purge(&client, NAME).unwrap();
    assert_eq!(
        (count(&emulator, "DELETE"), count(&emulator, "GET")),
        (1, 4)
    );
    assert_eq!(slept_ms(&clock), [500, 1000, 2000]);
}

#[test]
fn a_set_waits_until_the_name_of_a_purged_secret_is_free() {
    let emulator = with_deleted();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    emulator.set_consistency_lag(2);
    purge(&client, NAME).unwrap();
    assert!(clock.slept().is_empty());
    set(&client, NAME, "another life").unwrap();
    assert_eq!(clock.slept().len(), 2);
    assert_eq!(stored(&emulator, NAME).len(), 1);
}

#[test]
fn whoever_may_not_look_does_not_wait_for_a_purge() {
    let emulator = with_deleted();
    emulator.deny(VaultOperation::Get, Denied::AccessPolicy);
    purge(&client(&emulator), NAME).unwrap();
    assert_eq!(sent(&emulator).len(), 2);
    assert!(emulator.stored(None, NAME).is_none());
}

#[test]
fn a_deletion_that_is_not_done_in_time_is_why_a_secret_is_neither_purged_nor_recovered() {
    type Undo = fn(&Client) -> Result<()>;
    let purging: Undo = |client| purge(client, NAME);
    let recovering: Undo = |client| recover(client, NAME).map(drop);
    for undo in [purging, recovering] {
        let emulator = with_deletion_under_way(1000);
        let clock = TestClock::new();
        let error = failure(undo(&client_on(&emulator, &clock)));
        assert_eq!(
            (error.status(), error.inner_code()),
            (Status::Conflict, Some("ObjectIsBeingDeleted"))
        );
        assert!(clock.slept().iter().sum::<Duration>() < Duration::from_secs(60));
        assert_eq!(emulator.stored_deleted(None), [NAME]);
    }
}

#[test]
fn a_vault_with_purge_protection_says_so() {
    let emulator = start(Emulator::builder().purge_protection(true));
    let client = client(&emulator);
    let deleted = delete(&client, NAME).unwrap();
    assert_eq!(deleted.recovery_level(), Some("Recoverable"));
    emulator.reset_requests();
    let error = failure(purge(&client, NAME));
    assert_eq!(
        (error.status(), error.http_status()),
        (Status::Forbidden, Some(403))
    );
    assert!(advice(&error).contains("purge protection"), "{error}");
    assert_eq!(sent(&emulator).len(), 1);
    assert_eq!(emulator.stored_deleted(None), [NAME]);
}

#[test]
fn what_is_not_deleted_cannot_be_purged() {
    let emulator = emulator();
    let client = client(&emulator);
    for name in [NAME, OTHER] {
        let error = failure(purge(&client, name));
        assert_eq!(error.status(), Status::SecretNotFound);
    }
    assert_eq!(stored(&emulator, NAME).len(), 1);
}

#[test]
fn a_deleted_secrets_own_id_recovers_and_purges_it() {
    let emulator = emulator();
    let client = client(&emulator);
    let call = Call::default();
    let id = delete(&client, NAME).unwrap();
    let operation = client.recover_secret(id.recovery_id().unwrap(), None, &call);
    operation.unwrap().take().unwrap();
    let id = delete(&client, NAME).unwrap();
    let operation = client.purge_secret(id.recovery_id().unwrap(), None, &call);
    operation.unwrap().take().unwrap();
    assert!(emulator.stored(None, NAME).is_none());
}
