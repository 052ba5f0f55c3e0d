//! What must not happen twice is sent again only where it has certainly not happened.

use doorkey::{Call, Client, SecretAttributes, Sensitive, Status};
use doorkey_emulator::{Emulator, Fault};

use super::vault::nowhere;
use crate::common::*;

type Deed = fn(&Client) -> doorkey::Result<()>;

/// Each write that is sent once, and the method of its request.
const WRITES: [(&str, Deed); 3] = [
    ("PUT", |client| {
        let (value, attributes) = (Sensitive::new(b"newer"), SecretAttributes::default());
        let call = Call::default();
        let operation = client.set_secret(VAULT, Some(NAME), value, &attributes, &call)?;
        operation.take().map(drop)
    }),
    ("DELETE", |client| {
        let call = Call::default();
        client.purge_secret(VAULT, Some("gone"), &call)?.take()
    }),
    ("POST", |client| {
        let operation = client.restore_secret(VAULT, b"bm8gYmFja3Vw", &Call::default())?;
        operation.take().map(drop)
    }),
];

fn emulator_with_a_deleted_secret() -> Emulator {
    let emulator = start(Emulator::builder().secret("gone", "x"));
    emulator.delete_secret(None, "gone");
    emulator
}

/// How many requests of this method came.
fn count(emulator: &Emulator, method: &str) -> usize {
    let log = emulator.log();
    log.iter().filter(|r| r.method == method).count()
}

#[test]
fn a_write_that_was_not_carried_out_is_sent_again() {
    for (method, write) in WRITES {
        for status in [408, 429] {
            let emulator = emulator_with_a_deleted_secret();
            let clock = TestClock::new();
            emulator.fault(Fault::vault().method(method).times(2).status(status));
            // The restore is refused by the vault itself at last.
            let _ = write(&client_on(&emulator, &clock));
            assert_eq!(count(&emulator, method), 3, "{method}, {status}");
        }
    }
}

#[test]
fn a_write_that_may_have_been_carried_out_is_sent_once_and_says_so() {
    for (method, write) in WRITES {
        for fault in [500, 502, 503, 504, 505]
            .map(|status| Fault::vault().status(status).header("Retry-After", "1"))
            .into_iter()
            .chain([Fault::vault().drop_connection()])
        {
            let emulator = emulator_with_a_deleted_secret();
            let clock = TestClock::new();
            emulator.fault(fault.method(method).always());
            let error = failure(write(&client_on(&emulator, &clock)));
            let expected = match error.http_status() {
                Some(_) => Status::ServiceUnavailable,
                None => Status::Network,
            };
            assert_eq!(error.status(), expected, "{method}");
            let advice = error.advice().unwrap();
            assert!(advice.contains("may have taken effect"), "{advice}");
            assert_eq!(count(&emulator, method), 1, "{method}: {error}");
            assert!(clock.slept().is_empty(), "{method}");
        }
    }
}

#[test]
fn a_write_that_finds_no_connection_is_tried_twice_more() {
    for (method, write) in WRITES {
        let emulator = emulator_with_a_deleted_secret();
        let clock = TestClock::new();
        let error = failure(write(&nowhere(&emulator, &clock, 5)));
        assert_eq!(error.status(), Status::Network, "{method}");
        assert_eq!(clock.slept().len(), 2, "{method}");
        let advice = error.advice().unwrap();
        assert!(!advice.contains("may have taken effect"), "{advice}");
    }
}

#[test]
fn one_secret_that_is_set_while_the_vault_throttles_has_one_new_version() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::vault().times(5).status(429));
    let (_, set) = WRITES[0];
    set(&client_on(&emulator, &clock)).unwrap();
    assert_eq!(emulator.stored(None, NAME).unwrap().len(), 2);
}
