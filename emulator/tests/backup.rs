//! Backups and restores. How a blob is made is tested beside its code.

mod common;

use common::{Vault, assert_error, assert_inner};
use doorkey_emulator::{Emulator, SecretOptions, tags};
use serde_json::{Value, json};

fn emulator() -> Emulator {
    let emulator = Emulator::builder()
        .vault("one")
        .vault("two")
        .start()
        .expect("an emulator");
    let options = SecretOptions {
        enabled: Some(false),
        content_type: Some("text/plain".into()),
        expires: Some(5),
        tags: Some(tags([("a", "b")])),
        ..SecretOptions::default()
    };
    emulator.set_secret_created_at(None, "Both", "first", 1_000);
    emulator.set_secret_with(None, "Both", "\u{1f511}\0", options);
    emulator
}

fn vault<'a>(emulator: &'a Emulator, name: &str) -> Vault<'a> {
    let port = emulator.vault_address().port();
    Vault::at(emulator, &format!("{name}.vault.localhost:{port}"))
}

/// The body of a restore: a backup as it was answered.
fn backup(emulator: &Emulator) -> String {
    let reply = vault(emulator, "one").send("POST", "/secrets/both/backup");
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(reply.json()["value"].is_string());
    reply.text()
}

#[test]
fn a_backup_restores_every_version_as_it_was_in_another_vault() {
    let emulator = emulator();
    let body = backup(&emulator);
    let reply = vault(&emulator, "two").send_json("POST", "/secrets/restore", &body);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(reply.json().get("value").is_none());
    assert_eq!(reply.json()["attributes"]["enabled"], false);
    let restored = emulator.stored(Some("two"), "both");
    assert_eq!(restored.as_ref().map(Vec::len), Some(2));
    assert_eq!(restored, emulator.stored(Some("one"), "both"));
}

#[test]
fn a_purged_secret_can_be_restored() {
    let emulator = emulator();
    let body = backup(&emulator);
    let vault = vault(&emulator, "one");
    vault.send("DELETE", "/secrets/both");
    vault.send("DELETE", "/deletedsecrets/both");
    let reply = vault.send_json("POST", "/secrets/restore", &body);
    assert_eq!(reply.status, 200);
    assert_eq!(emulator.stored(None, "both").map(|all| all.len()), Some(2));
}

#[test]
fn a_name_that_is_taken_is_a_conflict() {
    let emulator = emulator();
    let body = backup(&emulator);
    let vault = vault(&emulator, "one");
    let reply = vault.send_json("POST", "/secrets/restore", &body);
    assert_error(&reply, 409, "Conflict", "");
    vault.send("DELETE", "/secrets/both");
    let reply = vault.send_json("POST", "/secrets/restore", &body);
    let inner = "ObjectIsDeletedButRecoverable";
    assert_inner(&reply, 409, "Conflict", inner, "Secret Both is currently");
}

#[test]
fn another_emulator_cannot_decrypt_it() {
    let (ours, theirs) = (emulator(), emulator());
    let body = backup(&theirs);
    let reply = vault(&ours, "two").send_json("POST", "/secrets/restore", &body);
    assert_error(&reply, 400, "BadParameter", "Cannot decrypt backup blob");
}

#[test]
fn what_is_no_backup_is_a_bad_parameter() {
    let emulator = emulator();
    let vault = vault(&emulator, "two");
    for body in [
        json!({"value": "AAAA"}),
        json!({"value": ""}),
        json!({"value": "no base64!"}),
    ] {
        let reply = vault.send_json("POST", "/secrets/restore", &body.to_string());
        let message = "Backup blob contains invalid or corrupt version.";
        assert_error(&reply, 400, "BadParameter", message);
    }
    for body in ["{}", r#"{"value":null}"#, "{"] {
        let reply = vault.send_json("POST", "/secrets/restore", body);
        assert_error(&reply, 400, "BadParameter", "");
    }
    let reply = vault.send("POST", "/secrets/restore");
    assert_error(&reply, 415, "UnsupportedMediaType", "");
}

#[test]
fn what_is_not_there_has_no_backup() {
    let emulator = emulator();
    let reply = vault(&emulator, "one").send("POST", "/secrets/nobody/backup");
    assert_error(&reply, 404, "SecretNotFound", "");
}

#[test]
fn a_backup_holds_500_versions_at_most() {
    let emulator = Emulator::builder().start().expect("an emulator");
    let vault = Vault::new(&emulator);
    let value = "v".repeat(25 * 1024);
    for _ in 0..500 {
        emulator.set_secret("many", &value);
    }
    let largest = vault.send("POST", "/secrets/many/backup");
    assert_eq!(largest.status, 200);
    emulator.set_secret("many", &value);
    let reply = vault.send("POST", "/secrets/many/backup");
    assert_error(&reply, 400, "BadParameter", "");
    let other = Emulator::builder().start().expect("an emulator");
    let reply = Vault::new(&other).send_json("POST", "/secrets/restore", &largest.text());
    // The whole of it has been read: it is refused for what it is, not for its size.
    assert_error(&reply, 400, "BadParameter", "Cannot decrypt backup blob");
}

#[test]
fn the_blob_is_base64url_and_shows_nothing() {
    let emulator = emulator();
    let body: Value = serde_json::from_str(&backup(&emulator)).expect("JSON");
    let blob = body["value"].as_str().expect("a text");
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    assert!(blob.bytes().all(allowed));
}
