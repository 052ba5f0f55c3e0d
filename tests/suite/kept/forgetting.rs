//! What makes a client forget what it keeps.

use std::time::Duration;

use doorkey::{Client, SecretAttributes, Sensitive, Status};
use doorkey_emulator::{Denied, Emulator, Fault};

use super::*;
use crate::clocks::*;

/// Keeps the secret and one version of it; tells that version.
fn keep(client: &Client) -> String {
    let secret = get(client, &aged(600)).unwrap();
    let version = secret.version().to_owned();
    at(client, &version).unwrap();
    version
}

fn at(client: &Client, version: &str) -> doorkey::Result<doorkey::Secret> {
    let operation = client.get_secret(VAULT, Some(NAME), Some(version), &aged(600));
    operation.unwrap().take()
}

fn set(client: &Client, value: &str) -> doorkey::Result<doorkey::Secret> {
    let (value, attributes) = (
        Sensitive::new(value.as_bytes()),
        SecretAttributes::default(),
    );
    let call = doorkey::Call::default();
    let operation = client.set_secret(VAULT, Some(NAME), value, &attributes, &call);
    operation.unwrap().take()
}

fn tag(client: &Client) -> doorkey::Result<doorkey::SecretProperties> {
    let attributes = SecretAttributes {
        content_type: Some("text/plain".into()),
        ..SecretAttributes::default()
    };
    let call = doorkey::Call::default();
    let operation = client.update_secret(VAULT, Some(NAME), None, &attributes, &call);
    operation.unwrap().take()
}

fn delete(client: &Client) -> doorkey::Result<doorkey::SecretProperties> {
    let call = doorkey::Call::default();
    let operation = client.delete_secret(VAULT, Some("MYTESTSECRET"), &call);
    operation.unwrap().take()
}

#[test]
fn a_secret_that_the_client_sets_is_read_anew() {
    let emulator = emulator();
    let client = client(&emulator);
    let version = keep(&client);
    set(&client, "newer").unwrap();
    emulator.reset_requests();
    assert_eq!(value(&client, &aged(600)), "newer");
    at(&client, &version).unwrap();
    assert_eq!(emulator.requests().vault, 2, "every version is forgotten");
}

#[test]
fn a_secret_that_the_client_updates_is_read_anew() {
    let emulator = emulator();
    let client = client(&emulator);
    keep(&client);
    tag(&client).unwrap();
    let secret = get(&client, &aged(600)).unwrap();
    assert_eq!(secret.content_type(), Some("text/plain"));
}

#[test]
fn a_secret_that_the_client_deletes_and_recovers_is_read_anew() {
    let emulator = emulator();
    let client = client(&emulator);
    keep(&client);
    delete(&client).unwrap();
    let gone = failure(get(&client, &aged(600)));
    assert_eq!(gone.status(), Status::SecretDeleted);
    let call = doorkey::Call::default();
    let recover = client.recover_secret(VAULT, Some(NAME), &call);
    recover.unwrap().take().unwrap();
    emulator.reset_requests();
    get(&client, &aged(600)).unwrap();
    assert_eq!(emulator.requests().vault, 1);
}

#[test]
fn a_change_that_fails_may_have_worked_and_is_forgotten_too() {
    let emulator = emulator();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    keep(&client);
    let lost = Fault::vault().method("PUT").after_effect();
    emulator.fault(lost.drop_connection());
    failure(set(&client, "newer"));
    assert_eq!(value(&client, &aged(600)), "newer");
}

#[test]
fn a_change_that_is_cancelled_on_its_way_is_forgotten_too() {
    let emulator = emulator();
    let client = client(&emulator);
    let put = Fault::vault().method("PUT").after_effect();
    let gate = emulator.hold(put);
    let (value, attributes) = (Sensitive::new(b"newer"), SecretAttributes::default());
    let call = doorkey::Call::default();
    let operation = client.set_secret(VAULT, Some(NAME), value, &attributes, &call);
    let operation = operation.unwrap();
    gate.wait_for(1);
    // What others read meanwhile is from before as far as anybody can tell.
    keep(&client);
    operation.cancel();
    assert_eq!(operation.take().unwrap_err().status(), Status::Cancelled);
    emulator.reset_requests();
    get(&client, &aged(600)).unwrap();
    assert_eq!(emulator.requests().vault, 1, "nothing was kept any more");
    gate.release();
}

#[test]
fn a_cancelled_set_says_that_it_may_have_taken_effect() {
    let emulator = emulator();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault().method("PUT"));
    let (value, attributes) = (Sensitive::new(b"newer"), SecretAttributes::default());
    let call = doorkey::Call::default();
    let operation = client.set_secret(VAULT, Some(NAME), value, &attributes, &call);
    let operation = operation.unwrap();
    gate.wait_for(1);
    operation.cancel();
    let error = failure(operation.take());
    assert!(
        error.advice().unwrap().contains("may have taken effect"),
        "{error}"
    );
    gate.release();
}

#[test]
fn a_restore_makes_all_of_its_vault_forgotten() {
    let emulator = emulator();
    let client = client(&emulator);
    let call = doorkey::Call::default();
    let backup = client.backup_secret(VAULT, Some(NAME), &call);
    let backup = backup.unwrap().take().unwrap();
    emulator.set_secret(NAME, "newer");
    keep(&client);
    emulator.delete_secret(None, NAME);
    let other = crate::common::client(&emulator);
    let purge = other.purge_secret(VAULT, Some(NAME), &call);
    purge.unwrap().take().unwrap();
    let restore = client.restore_secret(VAULT, backup.as_bytes(), &call);
    restore.unwrap().take().unwrap();
    assert_eq!(value(&client, &aged(600)), VALUE);
}

#[test]
fn a_backup_changes_nothing_that_is_kept() {
    let emulator = emulator();
    let client = client(&emulator);
    keep(&client);
    let call = doorkey::Call::default();
    let backup = client.backup_secret(VAULT, Some(NAME), &call);
    backup.unwrap().take().unwrap();
    emulator.reset_requests();
    get(&client, &aged(600)).unwrap();
    assert_eq!(emulator.requests().vault, 0);
}

#[test]
fn a_change_of_one_secret_leaves_the_others() {
    let emulator = start(Emulator::builder().secret("other", "x"));
    let client = client(&emulator);
    let other = || {
        let operation = client.get_secret(VAULT, Some("other"), None, &aged(600));
        operation.unwrap().take().unwrap()
    };
    other();
    keep(&client);
    set(&client, "newer").unwrap();
    emulator.reset_requests();
    other();
    assert_eq!(emulator.requests().vault, 0);
}

#[test]
fn a_read_that_began_before_a_change_is_not_kept() {
    let emulator = emulator();
    let client = client(&emulator);
    // Answered as it was when it came, and on its way for a while.
    let gate = emulator.hold(Fault::vault().method("GET").after_effect());
    let early = begin(&client, &aged(600));
    gate.wait_for(1);
    set(&client, "newer").unwrap();
    gate.release();
    assert_eq!(early.take().unwrap().value().as_str(), Some(VALUE));
    assert_eq!(value(&client, &aged(600)), "newer");
}

#[test]
fn who_asks_after_a_change_does_not_join_a_read_from_before() {
    let emulator = emulator();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault().method("GET").after_effect());
    let early = begin(&client, &aged(600));
    gate.wait_for(1);
    set(&client, "newer").unwrap();
    let late = begin(&client, &aged(600));
    assert_eq!(late.take().unwrap().value().as_str(), Some("newer"));
    gate.release();
    early.take().unwrap();
    assert_eq!(value(&client, &aged(600)), "newer");
}

#[test]
fn a_cleared_client_asks_again() {
    let emulator = emulator();
    let client = client(&emulator);
    let held = get(&client, &aged(600)).unwrap();
    client.clear_cache();
    emulator.set_secret(NAME, "newer");
    assert_eq!(value(&client, &aged(600)), "newer");
    assert_eq!(held.value().as_str(), Some(VALUE), "whoever has it has it");
}

#[test]
fn a_read_that_began_before_a_clear_is_not_kept() {
    let emulator = emulator();
    let client = client(&emulator);
    let gate = emulator.hold(Fault::vault());
    let operation = begin(&client, &aged(600));
    gate.wait_for(1);
    client.clear_cache();
    gate.release();
    operation.take().unwrap();
    get(&client, &aged(600)).unwrap();
    assert_eq!(emulator.requests().vault, 2);
}

/// Has the vault refuse, once a kept value has become too old for a call; then an older one would do.
fn assert_forgotten(
    refuse: impl FnOnce(&Emulator),
    accept: impl FnOnce(&Emulator),
    status: Status,
) {
    let emulator = emulator();
    let clock = WallClock::new();
    let client = client_by(&emulator, &clock);
    get(&client, &aged(600)).unwrap();
    clock.advance(Duration::from_secs(100));
    refuse(&emulator);
    assert_eq!(failure(get(&client, &aged(50))).status(), status);
    accept(&emulator);
    emulator.reset_requests();
    let _ = get(&client, &aged(600));
    assert!(emulator.requests().vault > 0, "{status:?}");
}

#[test]
fn a_secret_that_the_vault_refuses_is_forgotten() {
    let nothing = |_: &Emulator| ();
    for denied in [
        Denied::Rbac,
        Denied::AccessPolicy,
        Denied::Policy,
        Denied::Firewall,
        Denied::PrivateLink,
    ] {
        let refuse = |emulator: &Emulator| emulator.fault(Fault::vault().denied(denied));
        assert_forgotten(refuse, nothing, Status::Forbidden);
    }
}

#[test]
fn a_secret_that_is_disabled_deleted_or_gone_is_forgotten() {
    let nothing = |_: &Emulator| ();
    assert_forgotten(|e| e.disable_secret(NAME), nothing, Status::SecretDisabled);
    assert_forgotten(
        |e| e.delete_secret(None, NAME),
        nothing,
        Status::SecretDeleted,
    );
    let not_found = |e: &Emulator| e.fault(Fault::vault().status(404));
    assert_forgotten(not_found, nothing, Status::SecretNotFound);
}

#[test]
fn a_secret_for_which_no_token_is_good_is_forgotten() {
    let refuse = |e: &Emulator| {
        let challenge = e.challenge();
        e.fault(Fault::vault().always().challenge(&challenge));
    };
    // On a clock that differs from the vault's by years.
    assert_forgotten(refuse, Emulator::clear_faults, Status::Unauthorized);
}

#[test]
fn a_failure_that_is_no_refusal_leaves_what_is_kept() {
    for fault in [
        Fault::vault().always().status(500),
        Fault::vault().always().status(429),
        Fault::vault().always().status(400),
        Fault::vault().always().drop_connection(),
        Fault::vault().always().status(200).body("<html>"),
    ] {
        let emulator = emulator();
        let clock = WallClock::new();
        let client = client_by(&emulator, &clock);
        get(&client, &aged(600)).unwrap();
        clock.advance(Duration::from_secs(100));
        emulator.fault(fault);
        failure(get(&client, &aged(50)));
        assert_eq!(value(&client, &aged(6000)), VALUE);
    }
}

#[test]
fn an_error_is_not_kept() {
    let emulator = emulator();
    let client = client(&emulator);
    for _ in 0..2 {
        let operation = client.get_secret(VAULT, Some("late"), None, &aged(600));
        let error = failure(operation.unwrap().take());
        assert_eq!(error.status(), Status::SecretNotFound);
    }
    emulator.set_secret("late", "there");
    let operation = client.get_secret(VAULT, Some("late"), None, &aged(600));
    assert_eq!(
        operation.unwrap().take().unwrap().value().as_str(),
        Some("there")
    );
}

#[test]
fn of_more_than_1024_secrets_those_go_that_were_not_used_for_the_longest() {
    let pair = |n| (format!("s-{n}"), format!("value {n}"));
    let pairs: Vec<_> = (0..1030).map(pair).collect();
    let emulator = start(Emulator::builder().secrets(pairs.clone()));
    let client = client(&emulator);
    let call = doorkey::Call {
        concurrency: Some(1),
        ..aged(6000)
    };
    // Gets these, one after the other; tells how many requests that took.
    let read = |from: usize, to: usize| {
        let names: Vec<_> = pairs[from..to].iter().map(|(n, _)| n.as_str()).collect();
        emulator.reset_requests();
        let operation = client.get_secrets(Some(VAULT), &names, &call);
        let outcomes = operation.unwrap().take().unwrap();
        for (outcome, (_, value)) in outcomes.iter().zip(&pairs[from..]) {
            let read = outcome.as_ref().unwrap().value();
            assert_eq!(read.as_str(), Some(value.as_str()));
        }
        emulator.requests().vault
    };
    assert_eq!(read(0, 1024), 1024);
    assert_eq!(read(0, 1024), 0, "so many are kept");
    assert_eq!(read(0, 10), 0, "and now the eleventh is the oldest");
    assert_eq!(read(1024, 1030), 6);
    assert_eq!((read(0, 10), read(16, 1030)), (0, 0));
    assert_eq!(read(10, 16), 6);
}
