//! Deletions, recoveries and purges that take a while: counted in the requests that they matter to.

mod common;

use common::{Reply, Vault, assert_error, assert_inner};
use doorkey_emulator::Emulator;
use serde_json::json;

fn with_lag(requests: u32) -> Emulator {
    Emulator::builder()
        .secret("slow", "v")
        .consistency_lag(requests)
        .start()
        .expect("an emulator")
}

/// The same request until it is answered otherwise than with this status, and how often it was.
fn until_not(status: u16, ask: impl Fn() -> Reply) -> (usize, Reply) {
    let mut count = 0;
    loop {
        let reply = ask();
        if reply.status != status {
            return (count, reply);
        }
        count += 1;
    }
}

#[test]
fn a_deleted_secret_is_found_after_so_many_looks() {
    let emulator = with_lag(3);
    let vault = Vault::new(&emulator);
    assert_eq!(vault.send("DELETE", "/secrets/slow").status, 200);
    let (count, reply) = until_not(404, || vault.send("GET", "/deletedsecrets/slow"));
    assert_eq!((count, reply.status), (3, 200));
}

#[test]
fn while_it_is_being_deleted_it_is_in_no_list_and_not_found() {
    let emulator = with_lag(1);
    let vault = Vault::new(&emulator);
    vault.send("DELETE", "/secrets/slow");
    for path in ["/secrets", "/deletedsecrets"] {
        assert_eq!(vault.send("GET", path).json()["value"], json!([]), "{path}");
    }
    for _ in 0..3 {
        // These do not bring it nearer: their answer will be the same when it is done.
        assert_eq!(vault.send("GET", "/secrets/slow").status, 404);
        assert_eq!(vault.send("DELETE", "/secrets/slow").status, 404);
    }
    let reply = vault.send("GET", "/deletedsecrets/slow");
    assert_error(
        &reply,
        404,
        "SecretNotFound",
        "Deleted Secret not found: slow",
    );
}

#[test]
fn a_purge_or_recovery_that_comes_too_early_is_a_conflict() {
    for (method, path, status) in [("DELETE", "", 204), ("POST", "/recover", 200)] {
        let emulator = with_lag(2);
        let vault = Vault::new(&emulator);
        vault.send("DELETE", "/secrets/slow");
        let path = format!("/deletedsecrets/slow{path}");
        let reply = vault.send(method, &path);
        let message = "Secret is currently being deleted.";
        assert_inner(&reply, 409, "Conflict", "ObjectIsBeingDeleted", message);
        let (count, reply) = until_not(409, || vault.send(method, &path));
        assert_eq!((count, reply.status), (1, status));
    }
}

#[test]
fn a_secret_that_is_being_deleted_cannot_be_set() {
    let emulator = with_lag(1);
    let vault = Vault::new(&emulator);
    vault.send("DELETE", "/secrets/slow");
    for (inner, message) in [
        (
            "ObjectIsBeingDeleted",
            "Secret slow is currently being deleted and cannot be re-created; retry later.",
        ),
        (
            "ObjectIsDeletedButRecoverable",
            "Secret slow is currently in a deleted but recoverable state",
        ),
    ] {
        let reply = vault.put("slow", r#"{"value":"v"}"#);
        assert_inner(&reply, 409, "Conflict", inner, message);
    }
}

#[test]
fn a_recovered_secret_is_found_after_so_many_looks() {
    let emulator = with_lag(0);
    let vault = Vault::new(&emulator);
    vault.send("DELETE", "/secrets/slow");
    emulator.set_consistency_lag(2);
    let reply = vault.send("POST", "/deletedsecrets/slow/recover");
    assert_eq!(reply.status, 200);
    assert_eq!(vault.send("GET", "/secrets").json()["value"], json!([]));
    let (count, reply) = until_not(404, || vault.send("GET", "/secrets/slow"));
    assert_eq!((count, reply.json()["value"].as_str()), (2, Some("v")));
}

#[test]
fn a_secret_that_is_being_recovered_cannot_be_set() {
    let emulator = with_lag(0);
    let vault = Vault::new(&emulator);
    vault.send("DELETE", "/secrets/slow");
    emulator.set_consistency_lag(1);
    vault.send("POST", "/deletedsecrets/slow/recover");
    let reply = vault.put("slow", r#"{"value":"w"}"#);
    let message = "Secret slow is currently being recovered and cannot be re-created; retry later.";
    assert_inner(&reply, 409, "Conflict", "ObjectIsBeingRecovered", message);
    assert_eq!(vault.put("slow", r#"{"value":"w"}"#).status, 200);
}

#[test]
fn a_purged_secret_is_gone_at_once_and_its_name_free_after_so_many_attempts() {
    let emulator = with_lag(0);
    let vault = Vault::new(&emulator);
    vault.send("DELETE", "/secrets/slow");
    emulator.set_consistency_lag(2);
    assert_eq!(vault.send("DELETE", "/deletedsecrets/slow").status, 204);
    assert!(emulator.stored(None, "slow").is_none());
    for path in ["/secrets/slow", "/deletedsecrets/slow"] {
        assert_eq!(vault.send("GET", path).status, 404, "{path}");
    }
    let reply = vault.put("slow", r#"{"value":"w"}"#);
    assert_inner(
        &reply,
        409,
        "Conflict",
        "ObjectIsBeingDeleted",
        "Secret slow",
    );
    let (count, reply) = until_not(409, || vault.put("slow", r#"{"value":"w"}"#));
    assert_eq!((count, reply.status), (1, 200));
    assert_eq!(emulator.stored(None, "slow").map(|all| all.len()), Some(1));
}
