//! Deleting, and what is told of a deleted secret. A deletion is done when the vault shows it. Recovering and
//! purging are in recovery.rs.

use std::time::{Duration, UNIX_EPOCH};

use doorkey::{Call, SecretAttributes, Sensitive, Status};
use doorkey_emulator::{Denied, Fault, SecretOptions, VaultOperation};

use super::*;

fn date(unix: Option<i64>) -> String {
    let since = Duration::from_secs(unix.unwrap().try_into().unwrap());
    httpdate::fmt_http_date(UNIX_EPOCH + since)
}

/// The requests of a deletion that is seen after so many looks.
fn deletion(looks: usize) -> Vec<String> {
    let look = format!("GET /deletedsecrets/{NAME}");
    let mut sent = vec![format!("DELETE /secrets/{NAME}")];
    sent.extend(std::iter::repeat_n(look, looks));
    sent
}

#[test]
fn a_deleted_secret_is_told_with_its_dates_and_can_be_had_back() {
    let emulator = emulator();
    let deleted = delete(&client(&emulator), NAME).unwrap();
    assert_eq!(deleted.name(), NAME);
    let recovery_id = deleted.recovery_id().unwrap();
    assert!(recovery_id.ends_with(&format!("/deletedsecrets/{NAME}")));
    let days = deleted.scheduled_purge_at_unix().unwrap() - deleted.deleted_at_unix().unwrap();
    assert_eq!(days / 86_400, 90);
    assert_eq!(deleted.recoverable_days(), Some(90));
    assert_eq!(emulator.stored_deleted(None), [NAME]);
    assert_eq!(stored(&emulator, NAME).len(), 1);
    assert_eq!(sent(&emulator), deletion(1));
}

#[test]
fn a_server_whose_recovery_id_is_the_secrets_own_is_understood() {
    let emulator = emulator();
    let id = format!("{}/secrets/{NAME}/0123", emulator.vault_url(VAULT));
    let body = format!(r#"{{"id":"{id}","recoveryId":"{id}"}}"#);
    emulator.fault(Fault::vault().method("DELETE").after_effect().body(body));
    let deleted = delete(&client(&emulator), NAME).unwrap();
    assert_eq!(deleted.recovery_id(), Some(id.as_str()));
    assert_eq!(sent(&emulator), deletion(1));
}

#[test]
fn a_deletion_is_waited_for_until_the_vault_shows_it() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.set_consistency_lag(5);
    delete(&client_on(&emulator, &clock), NAME).unwrap();
    assert_eq!(sent(&emulator), deletion(6));
    assert_eq!(slept_ms(&clock), [500, 1000, 2000, 2000, 2000]);
}

#[test]
fn whoever_may_not_look_does_not_wait() {
    for reason in [Denied::Rbac, Denied::AccessPolicy] {
        let emulator = emulator();
        let clock = TestClock::new();
        emulator.set_consistency_lag(5);
        emulator.deny(VaultOperation::Get, reason);
        delete(&client_on(&emulator, &clock), NAME).unwrap();
        assert_eq!(sent(&emulator), deletion(1));
        assert!(clock.slept().is_empty());
    }
}

#[test]
fn a_disabled_secret_is_deleted_although_the_vault_does_not_show_it() {
    let emulator = emulator();
    emulator.disable_secret(NAME);
    let deleted = delete(&client(&emulator), NAME).unwrap();
    assert!(!deleted.is_enabled());
    assert_eq!(sent(&emulator), deletion(1));
}

#[test]
fn a_secret_that_never_was_is_not_deleted() {
    let emulator = emulator();
    let error = failure(delete(&client(&emulator), OTHER));
    assert_eq!(
        (error.status(), error.http_status()),
        (Status::SecretNotFound, Some(404))
    );
    let look = format!("GET /deletedsecrets/{OTHER}");
    assert_eq!(sent(&emulator), [format!("DELETE /secrets/{OTHER}"), look]);
}

#[test]
fn a_secret_that_never_was_is_not_found_behind_a_failure_either() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::vault().status(503));
    let error = failure(delete(&client_on(&emulator, &clock), OTHER));
    assert_eq!(error.status(), Status::SecretNotFound);
    assert_eq!(
        clock.slept()[1..],
        [500, 1000, 2000].map(Duration::from_millis)
    );
    assert_eq!(sent(&emulator).len(), 6);
}

#[test]
fn a_deletion_whose_answer_was_lost_is_seen_to_have_worked() {
    for fault in [
        Fault::vault().drop_connection(),
        Fault::vault().status(503),
        Fault::vault().status(500),
    ] {
        let emulator = emulator();
        let clock = TestClock::new();
        emulator.set_consistency_lag(2);
        emulator.fault(fault.after_effect());
        let deleted = delete(&client_on(&emulator, &clock), NAME).unwrap();
        assert_eq!(deleted.name(), NAME);
        assert!(deleted.deleted_at_unix().is_some());
        assert_eq!(emulator.stored_deleted(None), [NAME]);
    }
}

#[test]
fn a_deletion_whose_answer_was_lost_is_seen_in_the_conflict_of_the_next_try() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.set_consistency_lag(9);
    let first = Fault::vault().method("DELETE");
    emulator.fault(first.clone().after_effect().drop_connection());
    let conflict = first.status(409).inner_code("ObjectIsBeingDeleted");
    emulator.fault(conflict);
    delete(&client_on(&emulator, &clock), NAME).unwrap();
    assert_eq!(emulator.stored_deleted(None), [NAME]);
    assert_eq!(sent(&emulator).len(), 2 + 10);
}

#[test]
fn a_deletion_whose_answer_was_lost_may_have_worked_for_whoever_may_not_look() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.deny(VaultOperation::Get, Denied::Rbac);
    emulator.fault(Fault::vault().after_effect().drop_connection());
    let error = failure(delete(&client_on(&emulator, &clock), NAME));
    assert_eq!(error.status(), Status::SecretNotFound);
    assert!(advice(&error).contains("may have done it"), "{error}");
    assert_eq!(emulator.stored_deleted(None), [NAME]);
}

#[test]
fn somebody_elses_deletion_under_way_is_a_conflict() {
    let emulator = emulator();
    let conflict = Fault::vault().status(409);
    emulator.fault(conflict.inner_code("ObjectIsBeingDeleted"));
    let error = failure(delete(&client(&emulator), NAME));
    assert_eq!(error.status(), Status::Conflict);
    assert_eq!(sent(&emulator).len(), 1);
}

#[test]
fn a_vault_that_keeps_no_deleted_secrets_is_not_looked_at() {
    let emulator = emulator();
    let id = format!("{}/secrets/{NAME}", emulator.vault_url(VAULT));
    emulator.fault(Fault::vault().body(format!(r#"{{"id":"{id}"}}"#)));
    let deleted = delete(&client(&emulator), NAME).unwrap();
    assert_eq!(
        (deleted.recovery_id(), deleted.deleted_at_unix()),
        (None, None)
    );
    assert_eq!(sent(&emulator), deletion(0));
}

#[test]
fn a_deleted_secret_that_is_asked_for_is_told_to_be_deleted_and_until_when() {
    let emulator = emulator();
    let client = client(&emulator);
    let deleted = delete(&client, NAME).unwrap();
    emulator.reset_requests();
    let error = failure(get(&client, NAME));
    assert_eq!(
        (error.status(), error.http_status(), error.code()),
        (Status::SecretDeleted, Some(404), Some("SecretNotFound"))
    );
    assert!(error.request_id().is_some());
    for date in [
        date(deleted.deleted_at_unix()),
        date(deleted.scheduled_purge_at_unix()),
    ] {
        assert!(error.message().contains(&date), "{error}");
    }
    assert!(advice(&error).contains("recover the secret"), "{error}");
    let look = format!("GET /deletedsecrets/{NAME}");
    assert_eq!(sent(&emulator), [format!("GET /secrets/{NAME}/"), look]);
}

#[test]
fn a_version_of_a_deleted_secret_is_told_to_be_deleted_too() {
    let emulator = emulator();
    let client = client(&emulator);
    let version = get(&client, NAME).unwrap().version().to_owned();
    delete(&client, NAME).unwrap();
    let call = Call::default();
    let operation = client.get_secret(VAULT, Some(NAME), Some(&version), &call);
    let error = failure(operation.unwrap().take());
    assert_eq!(error.status(), Status::SecretDeleted);
}

#[test]
fn a_deleted_secret_that_was_disabled_is_told_to_be_deleted() {
    let emulator = emulator();
    emulator.disable_secret(NAME);
    emulator.delete_secret(None, NAME);
    let error = failure(get(&client(&emulator), NAME));
    assert_eq!(error.status(), Status::SecretDeleted);
}

#[test]
fn dates_that_make_no_sense_are_left_out() {
    for dates in [
        r#""deletedDate":-1,"scheduledPurgeDate":-9223372036854775808"#,
        r#""deletedDate":9223372036854775807,"scheduledPurgeDate":253402300800"#,
        r#""deletedDate":null"#,
    ] {
        let emulator = emulator();
        emulator.delete_secret(None, NAME);
        let id = format!("{}/secrets/{NAME}", emulator.vault_url(VAULT));
        let body = format!(r#"{{"id":"{id}",{dates}}}"#);
        let look = Fault::vault().target_contains("/deletedsecrets/");
        emulator.fault(look.body(body));
        let error = failure(get(&client(&emulator), NAME));
        assert_eq!(error.status(), Status::SecretDeleted);
        assert!(error.message().ends_with("it was deleted"), "{error}");
    }
}

#[test]
fn a_secret_that_never_was_stays_not_found_after_one_more_request() {
    let emulator = emulator();
    let error = failure(get(&client(&emulator), OTHER));
    assert_eq!(error.status(), Status::SecretNotFound);
    assert_eq!(sent(&emulator).len(), 2);
}

#[test]
fn a_secret_of_which_nothing_more_can_be_learned_stays_not_found() {
    for look in [
        Fault::vault().denied(Denied::Rbac),
        Fault::vault().always().status(503),
        Fault::vault().always().drop_connection(),
        Fault::vault().body("<html>"),
    ] {
        let emulator = emulator();
        let clock = TestClock::new();
        emulator.delete_secret(None, NAME);
        emulator.fault(look.target_contains("/deletedsecrets/"));
        let error = failure(get(&client_on(&emulator, &clock), NAME));
        assert_eq!(error.status(), Status::SecretNotFound, "{error}");
    }
}

#[test]
fn a_secret_that_is_not_found_is_told_although_the_look_for_a_deleted_one_hangs() {
    let error = timed_out(|call| {
        let emulator = emulator();
        let _gate = emulator.hold(Fault::vault().target_contains("/deletedsecrets/"));
        let operation = client(&emulator).get_secret(VAULT, Some(OTHER), None, call);
        let error = failure(operation.unwrap().take());
        (sent(&emulator).len() == 2).then_some(error)
    });
    assert_eq!(error.status(), Status::SecretNotFound, "{error}");
}

#[test]
fn what_is_not_the_vaults_404_is_not_taken_for_a_missing_secret() {
    let emulator = emulator();
    let page = Fault::vault().status(404).content_type("text/html");
    emulator.fault(page.body("<html>not found</html>"));
    let error = failure(get(&client(&emulator), NAME));
    assert_eq!(error.status(), Status::Protocol);
    assert_eq!(sent(&emulator).len(), 1);
}

#[test]
fn a_deleted_secret_is_described_by_name_and_by_either_id() {
    let emulator = emulator();
    let client = client(&emulator);
    let more = SecretOptions {
        content_type: Some("text/plain".into()),
        ..SecretOptions::default()
    };
    emulator.set_secret_with(None, NAME, "newer", more);
    let first = delete(&client, NAME).unwrap();
    let url = emulator.vault_url(VAULT);
    let ids = ["secrets", "deletedsecrets"].map(|kind| format!("{url}/{kind}/{NAME}"));
    let call = Call::default();
    for (vault, name) in [(VAULT, Some(NAME)), (&ids[0], None), (&ids[1], None)] {
        let operation = client.get_deleted_secret(vault, name, &call);
        let deleted = operation.unwrap().take().unwrap();
        assert_eq!(deleted.id(), first.id());
        assert_eq!(deleted.content_type(), Some("text/plain"));
        assert_eq!(deleted.recovery_id(), Some(ids[1].as_str()));
        assert_eq!(deleted.deleted_at_unix(), first.deleted_at_unix());
    }
}

#[test]
fn a_secret_that_is_not_deleted_is_no_deleted_secret() {
    let emulator = emulator();
    let error = failure(get_deleted(&client(&emulator), NAME));
    assert_eq!(error.status(), Status::SecretNotFound);
    assert_eq!(sent(&emulator).len(), 1);
}

#[test]
fn the_deleted_secrets_are_listed_and_the_others_are_not() {
    let emulator = emulator();
    let client = client(&emulator);
    for n in 0..30 {
        let name = format!("s{n:02}");
        emulator.set_secret(&name, "v");
        emulator.delete_secret(None, &name);
    }
    let pager = client.list_deleted(VAULT, &Call::default()).unwrap();
    let all = rest(&pager).unwrap();
    assert_eq!(names(&all), emulator.stored_deleted(None));
    assert_eq!(all.len(), 30);
    for deleted in &all {
        assert!(deleted.deleted_at_unix().is_some() && deleted.recovery_id().is_some());
    }
    let live = rest(&list(&client).unwrap()).unwrap();
    assert_eq!(names(&live), [NAME]);
}

#[test]
fn the_name_of_a_deleted_secret_cannot_be_set() {
    let emulator = emulator();
    let client = client(&emulator);
    delete(&client, NAME).unwrap();
    emulator.reset_requests();
    let error = failure(set(&client, NAME, "newer"));
    assert_eq!(
        (error.status(), error.http_status(), error.inner_code()),
        (
            Status::SecretDeleted,
            Some(409),
            Some("ObjectIsDeletedButRecoverable")
        )
    );
    assert!(
        advice(&error).contains("recover the secret, or purge it"),
        "{error}"
    );
    assert_eq!(sent(&emulator).len(), 1);
    assert_eq!(stored(&emulator, NAME).len(), 1);
}

#[test]
fn the_name_of_a_secret_that_is_being_deleted_is_taken_by_the_deleted_one_in_the_end() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.set_consistency_lag(3);
    emulator.delete_secret(None, NAME);
    let error = failure(set(&client_on(&emulator, &clock), NAME, "newer"));
    assert_eq!(
        (error.status(), error.inner_code()),
        (Status::SecretDeleted, Some("ObjectIsDeletedButRecoverable"))
    );
    assert_eq!(clock.slept().len(), 3);
}

#[test]
fn a_deletion_that_takes_longer_than_the_call_is_a_conflict_for_a_set() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.set_consistency_lag(1000);
    emulator.delete_secret(None, NAME);
    let error = failure(set(&client_on(&emulator, &clock), NAME, "newer"));
    assert_eq!(
        (error.status(), error.inner_code()),
        (Status::Conflict, Some("ObjectIsBeingDeleted"))
    );
    assert!(advice(&error).contains("try again"), "{error}");
}

#[test]
fn a_whole_id_deletes_its_secret() {
    let emulator = emulator();
    let client = client(&emulator);
    let id = format!("{}/secrets/{NAME}", emulator.vault_url(VAULT));
    let operation = client.delete_secret(&id, None, &Call::default());
    operation.unwrap().take().unwrap();
    assert_eq!(emulator.stored_deleted(None), [NAME]);
    // Its name in other letters is the same one.
    let attributes = SecretAttributes::default();
    let value = Sensitive::new(b"v");
    let call = Call::default();
    let operation = client.set_secret(VAULT, Some("mytestsecret"), value, &attributes, &call);
    assert_eq!(
        failure(operation.unwrap().take()).status(),
        Status::SecretDeleted
    );
}
