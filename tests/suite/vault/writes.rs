//! What must not happen twice: set, purge and restore are sent again only where the first try was certainly
//! not carried out; the rest is sent again, because it comes to the same.

use std::time::Duration;

use doorkey::{ClientOptions, SecretAttributes, Sensitive, Status};
use doorkey_emulator::{Fault, dead_port};

use super::*;

#[test]
fn a_set_that_was_throttled_or_did_not_arrive_is_sent_again() {
    for status in [408, 429] {
        let emulator = emulator();
        let clock = TestClock::new();
        emulator.fault(Fault::vault().times(2).status(status));
        set(&client_on(&emulator, &clock), OTHER, "v").unwrap();
        assert_eq!(stored(&emulator, OTHER).len(), 1, "{status}");
        assert_eq!((sent(&emulator).len(), clock.slept().len()), (3, 2));
    }
}

#[test]
fn a_set_waits_as_long_as_a_throttling_vault_says() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::vault().status(429).header("Retry-After", "7"));
    set(&client_on(&emulator, &clock), OTHER, "v").unwrap();
    assert_eq!(clock.slept(), [Duration::from_secs(7)]);
    assert_eq!(stored(&emulator, OTHER).len(), 1);
}

#[test]
fn a_set_that_was_throttled_to_the_end_has_taken_no_effect_and_says_nothing_else() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::vault().always().status(429));
    let error = failure(set(&client_on(&emulator, &clock), OTHER, "v"));
    assert_eq!(error.status(), Status::Throttled);
    assert!(!advice(&error).contains(MAY_HAVE_WORKED), "{error}");
    assert!(stored(&emulator, OTHER).is_empty());
}

#[test]
fn a_set_that_a_server_failed_at_is_not_sent_again() {
    for status in [500, 502, 503, 504] {
        let emulator = emulator();
        let clock = TestClock::new();
        emulator.fault(Fault::vault().always().status(status));
        let error = failure(set(&client_on(&emulator, &clock), OTHER, "v"));
        assert_eq!(error.status(), Status::ServiceUnavailable);
        assert!(advice(&error).contains(MAY_HAVE_WORKED), "{error}");
        assert_eq!((sent(&emulator).len(), clock.slept().len()), (1, 0));
    }
}

#[test]
fn a_set_whose_answer_was_lost_has_made_one_version_and_says_that_it_may_have() {
    for (fault, status) in [
        (Fault::vault().drop_connection(), Status::Network),
        (Fault::vault().truncate_body(40), Status::Protocol),
        (Fault::vault().status(503), Status::ServiceUnavailable),
        (Fault::vault().body("<html>"), Status::Protocol),
        (Fault::vault().oversized(5 * 1024 * 1024), Status::Protocol),
        (
            Fault::vault().header("Content-Encoding", "gzip"),
            Status::Protocol,
        ),
    ] {
        let emulator = emulator();
        let clock = TestClock::new();
        emulator.fault(fault.always().after_effect());
        let error = failure(set(&client_on(&emulator, &clock), OTHER, "v"));
        assert_eq!(error.status(), status, "{error}");
        assert!(advice(&error).contains(MAY_HAVE_WORKED), "{error}");
        assert_eq!(stored(&emulator, OTHER).len(), 1, "{error}");
        assert_eq!((sent(&emulator).len(), clock.slept().len()), (1, 0));
    }
}

#[test]
fn a_set_whose_connection_broke_is_not_sent_again_whatever_became_of_it() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::vault().drop_connection());
    let error = failure(set(&client_on(&emulator, &clock), OTHER, "v"));
    assert_eq!(error.status(), Status::Network);
    assert!(advice(&error).contains(MAY_HAVE_WORKED), "{error}");
    assert_eq!(sent(&emulator).len(), 1);
    assert!(stored(&emulator, OTHER).is_empty());
}

#[test]
fn a_set_that_finds_no_connection_is_tried_twice_more_and_has_taken_no_effect() {
    let emulator = emulator();
    let clock = TestClock::new();
    let dead = dead_port().replace("http://127.0.0.1", "vault.localhost");
    let options = ClientOptions {
        environment: environment(&emulator, &[("DOORKEY_VAULT_SUFFIX", &dead)]),
        clock: doorkey::clock::Clock::from_source(clock.clone()),
        ..options(&emulator)
    };
    let client = doorkey::Client::new(options).unwrap();
    let error = failure(set(&client, OTHER, "v"));
    assert_eq!(error.status(), Status::Network);
    assert!(!advice(&error).contains(MAY_HAVE_WORKED), "{error}");
    assert_eq!(clock.slept().len(), 2);
}

#[test]
fn a_set_whose_token_was_revoked_makes_one_version_with_a_new_one() {
    let emulator = emulator();
    let client = client(&emulator);
    get(&client, NAME).unwrap();
    emulator.revoke_tokens();
    emulator.reset_requests();
    set(&client, OTHER, "v").unwrap();
    assert_eq!(stored(&emulator, OTHER).len(), 1);
    assert_eq!(sent(&emulator).len(), 2);
}

#[test]
fn a_set_that_times_out_on_its_way_says_that_it_may_have_taken_effect() {
    let error = timed_out(|call| {
        let emulator = emulator();
        let client = client(&emulator);
        get(&client, NAME).unwrap();
        let _gate = emulator.hold(Fault::vault().after_effect());
        let attributes = SecretAttributes::default();
        let value = Sensitive::new(b"v");
        let operation = client.set_secret(VAULT, Some(OTHER), value, &attributes, call);
        let error = failure(operation.unwrap().take());
        (sent(&emulator).len() == 2).then_some(error)
    });
    assert_eq!(error.status(), Status::Timeout);
    assert!(advice(&error).contains(MAY_HAVE_WORKED), "{error}");
    assert!(error.message().contains("to set"), "{error}");
}

#[test]
fn a_get_that_times_out_promises_no_effect() {
    let error = timed_out(|call| {
        let emulator = emulator();
        let _gate = emulator.hold(Fault::vault());
        let operation = client(&emulator).get_secret(VAULT, Some(NAME), None, call);
        let error = failure(operation.unwrap().take());
        (sent(&emulator).len() == 1).then_some(error)
    });
    assert_eq!(error.status(), Status::Timeout);
    assert!(!advice(&error).contains(MAY_HAVE_WORKED), "{error}");
}

#[test]
fn an_update_whose_answer_was_lost_is_sent_again() {
    for fault in [Fault::vault().drop_connection(), Fault::vault().status(503)] {
        let emulator = emulator();
        let clock = TestClock::new();
        emulator.fault(fault.after_effect());
        let attributes = SecretAttributes {
            content_type: Some("text/plain".into()),
            ..SecretAttributes::default()
        };
        let updated = update(&client_on(&emulator, &clock), None, &attributes).unwrap();
        assert_eq!(updated.content_type(), Some("text/plain"));
        assert_eq!(sent(&emulator).len(), 2);
    }
}

#[test]
fn a_purge_that_was_throttled_is_sent_again() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.delete_secret(None, NAME);
    emulator.fault(Fault::vault().status(429));
    purge(&client_on(&emulator, &clock), NAME).unwrap();
    assert!(emulator.stored(None, NAME).is_none());
}

#[test]
fn a_purge_whose_answer_was_lost_is_not_sent_again() {
    for (fault, status) in [
        (Fault::vault().drop_connection(), Status::Network),
        (Fault::vault().status(500), Status::ServiceUnavailable),
        (Fault::vault().status(504), Status::ServiceUnavailable),
    ] {
        let emulator = emulator();
        let clock = TestClock::new();
        emulator.delete_secret(None, NAME);
        emulator.fault(fault.after_effect());
        let error = failure(purge(&client_on(&emulator, &clock), NAME));
        assert_eq!(error.status(), status);
        assert!(advice(&error).contains(MAY_HAVE_WORKED), "{error}");
        assert_eq!(sent(&emulator), [format!("DELETE /deletedsecrets/{NAME}")]);
        assert!(emulator.stored(None, NAME).is_none());
    }
}

#[test]
fn a_restore_whose_answer_was_lost_is_not_sent_again() {
    for (fault, status) in [
        (Fault::vault().drop_connection(), Status::Network),
        (Fault::vault().status(503), Status::ServiceUnavailable),
        (Fault::vault().body(""), Status::Protocol),
    ] {
        let emulator = emulator();
        let clock = TestClock::new();
        let client = client_on(&emulator, &clock);
        let blob = backup(&client, NAME).unwrap();
        delete(&client, NAME).unwrap();
        purge(&client, NAME).unwrap();
        emulator.reset_requests();
        emulator.fault(fault.after_effect());
        let error = failure(restore(&client, blob.as_bytes()));
        assert_eq!(error.status(), status, "{error}");
        assert!(advice(&error).contains(MAY_HAVE_WORKED), "{error}");
        assert_eq!(sent(&emulator), ["POST /secrets/restore"]);
        assert_eq!(stored(&emulator, NAME).len(), 1);
    }
}

#[test]
fn a_set_with_no_retries_is_sent_once_although_it_was_throttled() {
    let emulator = emulator();
    emulator.fault(Fault::vault().status(429));
    let options = ClientOptions {
        retries_max: Some(0),
        ..options(&emulator)
    };
    let error = failure(set(&doorkey::Client::new(options).unwrap(), OTHER, "v"));
    assert_eq!(error.status(), Status::Throttled);
    assert_eq!(sent(&emulator).len(), 1);
}
