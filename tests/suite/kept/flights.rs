//! One read at a time for a secret, whoever asks: of those whose call says that what is read may be kept.

use std::time::Duration;

use doorkey::{Call, Client, Operation, Secret, Status};
use doorkey_emulator::Fault;

use super::*;

/// So many operations, all of which have begun to wait or to ask.
fn many(client: &Client, count: usize, call: &Call) -> Vec<Operation<Secret>> {
    let operations = (0..count).map(|_| begin(client, call)).collect();
    after_all(client);
    operations
}

#[test]
fn a_hundred_cold_calls_make_one_request() {
    let emulator = emulator();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault().always());
    let operations = many(&client, 100, &aged(600));
    gate.wait_for(1);
    gate.release();
    for operation in operations {
        assert_eq!(operation.take().unwrap().value().as_str(), Some(VALUE));
    }
    assert_eq!(emulator.requests().vault, 1);
}

#[test]
fn calls_that_say_nothing_share_nothing() {
    let emulator = emulator();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault().always());
    let operations = many(&client, 10, &Call::default());
    gate.wait_for(10);
    gate.release();
    for operation in operations {
        operation.take().unwrap();
    }
    assert_eq!(emulator.requests().vault, 10);
}

#[test]
fn who_wants_a_new_token_does_not_join_a_read_with_any() {
    let emulator = emulator();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault().always());
    let any = begin(&client, &aged(600));
    gate.wait_for(1);
    let forced = Call {
        force_refresh: true,
        ..aged(600)
    };
    let own = begin(&client, &forced);
    gate.wait_for(2);
    gate.release();
    for operation in [any, own] {
        assert_eq!(operation.take().unwrap().value().as_str(), Some(VALUE));
    }
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (2, 2));
}

#[test]
fn a_failure_is_shared_and_not_remembered() {
    let emulator = emulator();
    let client = client(&emulator);
    emulator.disable_secret(NAME);
    let gate = emulator.hold(Fault::vault());
    let operations = many(&client, 10, &aged(600));
    gate.wait_for(1);
    gate.release();
    for operation in operations {
        let error = failure(operation.take());
        assert_eq!(error.status(), Status::SecretDisabled);
    }
    assert_eq!(emulator.requests().vault, 1);
    emulator.change_secret(None, NAME, None, |options| options.enabled = Some(true));
    get(&client, &aged(600)).unwrap();
}

#[test]
fn one_who_gives_up_does_not_disturb_the_others() {
    let emulator = emulator();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault().always());
    let first = begin(&client, &aged(600));
    gate.wait_for(1);
    let second = begin(&client, &aged(600));
    after_all(&client);
    first.cancel();
    gate.release();
    assert_eq!(second.take().unwrap().value().as_str(), Some(VALUE));
    assert_eq!(failure(first.take()).status(), Status::Cancelled);
}

#[test]
fn when_all_have_given_up_the_read_is_given_up() {
    let emulator = emulator();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault().always());
    let operations = many(&client, 5, &aged(600));
    gate.wait_for(1);
    drop(operations);
    gate.wait_for_abandoned(1);
    gate.release();
    get(&client, &aged(600)).unwrap();
}

#[test]
fn an_impatient_first_caller_does_not_shorten_the_read_for_a_patient_one() {
    let emulator = emulator();
    let client = client(&emulator);
    token(&client).unwrap();
    let gate = emulator.hold(Fault::vault().always());
    let impatient = Call {
        timeout: Some(Duration::from_millis(50)),
        ..aged(600)
    };
    let first = begin(&client, &impatient);
    let second = begin(&client, &aged(600));
    after_all(&client);
    assert_eq!(failure(first.take()).status(), Status::Timeout);
    gate.release();
    second.take().unwrap();
    assert_eq!(emulator.requests().vault, 1);
}

#[test]
fn latest_and_version_are_two_reads() {
    let emulator = emulator();
    let client = client(&emulator);
    let version = emulator.stored(None, NAME).unwrap()[0].id.clone();
    let gate = emulator.hold(Fault::vault().always());
    let latest = begin(&client, &aged(600));
    let exact = client.get_secret(VAULT, Some(NAME), Some(&version), &aged(600));
    gate.wait_for(2);
    gate.release();
    latest.take().unwrap();
    exact.unwrap().take().unwrap();
}

#[test]
fn a_refused_token_is_replaced_within_the_shared_read() {
    let emulator = emulator();
    let client = client(&emulator);
    token(&client).unwrap();
    let gate = emulator.hold(Fault::vault());
    let operations = many(&client, 10, &aged(600));
    gate.wait_for(1);
    // Also the one that was forced meanwhile.
    emulator.revoke_tokens();
    gate.release();
    for operation in operations {
        operation.take().unwrap();
    }
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (3, 2), "one was forced");
}
