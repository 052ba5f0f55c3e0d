//! Deleting secrets, and what can be done to them then: looked at, listed, recovered, purged. How long it takes is in lag.rs.

mod common;

use common::{Reply, Vault, assert_error, assert_inner};
use doorkey_emulator::{Emulator, SecretOptions, tags};
use serde_json::{Value, json};

const DAY_S: u64 = 86_400;

fn emulator() -> Emulator {
    Emulator::builder()
        .secret("Gone", "first")
        .secret("Gone", "second")
        .secret("kept", "value")
        .start()
        .expect("an emulator")
}

fn deleted(emulator: &Emulator) -> (Vault<'_>, Reply) {
    let vault = Vault::new(emulator);
    let reply = vault.send("DELETE", "/secrets/gone");
    assert_eq!(reply.status, 200, "{}", reply.text());
    (vault, reply)
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["value"].as_array().expect("items");
    items
        .iter()
        .filter_map(|item| item["id"].as_str()?.rsplit('/').next())
        .collect()
}

#[test]
fn the_answer_shows_the_latest_version_and_the_dates_of_the_deletion() {
    let emulator = Emulator::builder().start().expect("an emulator");
    let options = SecretOptions {
        content_type: Some("text/plain".into()),
        tags: Some(tags([("a", "b")])),
        ..SecretOptions::default()
    };
    let version = emulator.set_secret_with(None, "Gone", "v", options);
    let (vault, reply) = deleted(&emulator);
    let body = reply.json();
    let date = body["deletedDate"].as_u64().expect("a date");
    let origin = format!("https://{}", vault.host);
    assert_eq!(
        body,
        json!({
            "recoveryId": format!("{origin}/deletedsecrets/Gone"),
            "deletedDate": date,
            "scheduledPurgeDate": date + 90 * DAY_S,
            "contentType": "text/plain",
            "id": format!("{origin}/secrets/Gone/{version}"),
            "attributes": body["attributes"],
            "tags": {"a": "b"},
        })
    );
}

#[test]
fn a_deleted_secret_is_not_found_nor_listed_nor_changed() {
    let emulator = emulator();
    let (vault, _) = deleted(&emulator);
    for (method, path) in [
        ("GET", "/secrets/gone"),
        ("GET", "/secrets/gone/versions"),
        ("DELETE", "/secrets/gone"),
        ("POST", "/secrets/gone/backup"),
        ("PATCH", "/secrets/gone"),
    ] {
        let reply = vault.send_json(method, path, "{}");
        let message = "A secret with (name/id) gone was not found in this key vault.";
        assert_error(&reply, 404, "SecretNotFound", message);
    }
    assert_eq!(names(&vault.send("GET", "/secrets").json()), ["kept"]);
}

#[test]
fn the_name_of_a_deleted_secret_cannot_be_set() {
    let emulator = emulator();
    let (vault, _) = deleted(&emulator);
    let reply = vault.put("gone", r#"{"value":"v"}"#);
    let message = "Secret gone is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.";
    let inner = "ObjectIsDeletedButRecoverable";
    assert_inner(&reply, 409, "Conflict", inner, message);
}

#[test]
fn a_deleted_secret_can_be_looked_at_without_its_value() {
    let emulator = emulator();
    let (vault, reply) = deleted(&emulator);
    let look = vault.send("GET", "/deletedsecrets/GONE");
    assert_eq!(look.json(), reply.json());
    assert!(!look.text().contains("second"));
}

#[test]
fn a_deleted_secret_that_is_disabled_is_forbidden() {
    let emulator = emulator();
    emulator.disable_secret("gone");
    let (vault, _) = deleted(&emulator);
    let reply = vault.send("GET", "/deletedsecrets/gone");
    let message = "Operation get is not allowed on a disabled secret.";
    assert_inner(&reply, 403, "Forbidden", "SecretDisabled", message);
}

#[test]
fn what_was_never_deleted_is_no_deleted_secret() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    for name in ["kept", "nobody"] {
        for (method, path) in [("GET", ""), ("DELETE", ""), ("POST", "/recover")] {
            let reply = vault.send(method, &format!("/deletedsecrets/{name}{path}"));
            let message = format!("Deleted Secret not found: {name}");
            assert_error(&reply, 404, "SecretNotFound", &message);
            assert!(reply.json()["error"].get("innererror").is_none());
        }
    }
}

#[test]
fn a_name_outside_the_rule_is_a_bad_parameter_there_too() {
    let emulator = emulator();
    let reply = Vault::new(&emulator).send("GET", "/deletedsecrets/a_b");
    let message = "The request URI contains an invalid name: a_b";
    assert_error(&reply, 400, "BadParameter", message);
}

#[test]
fn deleted_secrets_are_listed_in_pages_with_ids_without_version() {
    let names = (0..30).map(|number| (format!("secret-{number:02}"), "v"));
    let emulator = Emulator::builder()
        .secrets(names)
        .secret("kept", "v")
        .start()
        .expect("an emulator");
    for number in 0..30 {
        emulator.delete_secret(None, &format!("secret-{number:02}"));
    }
    let vault = Vault::new(&emulator);
    let first = vault.send("GET", "/deletedsecrets").json();
    assert_eq!(self::names(&first).len(), 25);
    let item = &first["value"][0];
    let origin = format!("https://{}", vault.host);
    assert_eq!(item["id"], format!("{origin}/secrets/secret-00"));
    assert_eq!(
        item["recoveryId"],
        format!("{origin}/deletedsecrets/secret-00")
    );
    assert!(item["deletedDate"].is_u64() && item["scheduledPurgeDate"].is_u64());
    let link = first["nextLink"].as_str().expect("a link");
    assert!(link.starts_with(&format!(
        "{origin}/deletedsecrets?api-version=7.4&$skiptoken="
    )));
    let rest = vault.get(link.strip_prefix(&origin).expect("the same origin"));
    assert_eq!(self::names(&rest.json()).len(), 5);
    assert_eq!(rest.json()["nextLink"], Value::Null);
}

#[test]
fn an_empty_page_comes_before_deleted_secrets_too_when_asked_for() {
    let emulator = emulator();
    emulator.send_empty_pages(true);
    let (vault, _) = deleted(&emulator);
    let page = vault.send("GET", "/deletedsecrets").json();
    assert_eq!(page["value"], json!([]));
    assert!(page["nextLink"].is_string());
}

#[test]
fn a_skiptoken_of_one_list_does_not_lead_into_another() {
    let names = (0..26).map(|number| (format!("secret-{number:02}"), "v"));
    let builder = Emulator::builder().secrets(names);
    let emulator = builder.start().expect("an emulator");
    let vault = Vault::new(&emulator);
    let page = vault.send("GET", "/secrets").json();
    let link = page["nextLink"].as_str().expect("a link");
    let (_, query) = link.split_once('?').expect("a query");
    let reply = vault.get(&format!("/deletedsecrets?{query}"));
    assert_error(&reply, 400, "BadParameter", "");
}

#[test]
fn a_recovered_secret_is_back_with_all_its_versions() {
    let emulator = emulator();
    let before = emulator.stored(None, "gone");
    let (vault, _) = deleted(&emulator);
    let reply = vault.send("POST", "/deletedsecrets/gone/recover");
    assert_eq!(reply.status, 200);
    let body = reply.json();
    assert!(body.get("value").is_none() && body.get("recoveryId").is_none());
    assert!(
        body["id"]
            .as_str()
            .expect("an id")
            .contains("/secrets/Gone/")
    );
    assert_eq!(emulator.stored(None, "gone"), before);
    assert_eq!(vault.send("GET", "/secrets/gone").json()["value"], "second");
    assert_eq!(vault.send("GET", "/deletedsecrets/gone").status, 404);
}

#[test]
fn a_purged_secret_is_gone_and_its_name_free() {
    let emulator = emulator();
    let (vault, _) = deleted(&emulator);
    let reply = vault.send("DELETE", "/deletedsecrets/gone");
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    assert_eq!(reply.header("Content-Type"), None);
    assert!(reply.header("x-ms-request-id").is_some());
    assert_eq!(vault.send("GET", "/deletedsecrets/gone").status, 404);
    assert_eq!(emulator.stored(None, "gone"), None);
    assert_eq!(vault.put("gone", r#"{"value":"new"}"#).status, 200);
    assert_eq!(emulator.stored(None, "gone").map(|all| all.len()), Some(1));
}

#[test]
fn a_protected_vault_purges_nothing() {
    let emulator = Emulator::builder()
        .secret("gone", "v")
        .purge_protection(true)
        .start()
        .expect("an emulator");
    let (vault, reply) = deleted(&emulator);
    assert_eq!(reply.json()["attributes"]["recoveryLevel"], "Recoverable");
    let reply = vault.send("DELETE", "/deletedsecrets/gone");
    let message = "Operation \"purge\" is not allowed because purge protection is enabled for this vault. Key Vault service will automatically purge it after the retention period has passed.\r\nVault: demo;location=westeurope";
    assert_error(&reply, 403, "Forbidden", message);
    let recovered = vault.send("POST", "/deletedsecrets/gone/recover");
    assert_eq!(recovered.status, 200);
}

#[test]
fn each_vault_deletes_its_own() {
    let emulator = Emulator::builder()
        .vault("one")
        .vault("two")
        .secret_in("one", "gone", "v")
        .secret_in("two", "gone", "v")
        .start()
        .expect("an emulator");
    emulator.delete_secret(Some("two"), "gone");
    assert!(emulator.stored_deleted(Some("one")).is_empty());
    assert_eq!(emulator.stored_deleted(Some("two")), ["gone"]);
    let port = emulator.vault_address().port();
    let one = Vault::at(&emulator, &format!("one.vault.localhost:{port}"));
    assert_eq!(one.send("GET", "/secrets/gone").status, 200);
}
