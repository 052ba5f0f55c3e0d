//! Updating a version: everything but its value can be changed.

mod common;

use common::{Ask, Vault, assert_error};
use doorkey_emulator::{Emulator, SecretOptions, tags};
use serde_json::json;

/// One secret with everything set, made long ago.
fn emulator() -> Emulator {
    let emulator = Emulator::builder().start().expect("an emulator");
    let options = SecretOptions {
        content_type: Some("text/plain".into()),
        not_before: Some(1),
        expires: Some(2),
        tags: Some(tags([("a", "b"), ("c", "d")])),
        ..SecretOptions::default()
    };
    emulator.set_secret_with(None, "full", "v", options);
    emulator.set_secret_times(None, "full", None, 1_000, 1_000);
    emulator
}

#[test]
fn the_latest_version_is_updated_when_none_is_named() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    for path in ["/secrets/full/", "/secrets/full"] {
        let reply = vault.send_json("PATCH", path, r#"{"contentType":"new"}"#);
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.json()["contentType"], "new");
    }
}

#[test]
fn an_older_version_is_updated_by_its_name() {
    let emulator = Emulator::builder().start().expect("an emulator");
    let vault = Vault::new(&emulator);
    let first = emulator.set_secret("two", "1");
    emulator.set_secret("two", "2");
    let path = format!("/secrets/two/{first}");
    let body = r#"{"attributes":{"enabled":false}}"#;
    let reply = vault.send_json("PATCH", &path, body);
    assert_eq!(reply.json()["id"], format!("https://{}{path}", vault.host));
    assert_eq!(vault.send("GET", &path).status, 403);
    assert_eq!(vault.send("GET", "/secrets/two").status, 200);
}

#[test]
fn the_answer_has_no_value() {
    let emulator = emulator();
    let reply = Vault::new(&emulator).send_json("PATCH", "/secrets/full/", r#"{"value":"x"}"#);
    assert_eq!(reply.status, 200);
    assert!(reply.json().get("value").is_none());
    assert_eq!(
        emulator.stored(None, "full").expect("a secret")[0].value,
        "v"
    );
}

#[test]
fn what_is_not_given_or_null_stays() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let before = vault.send("GET", "/secrets/full").json();
    let nulls = json!({
        "contentType": null,
        "attributes": {"enabled": null, "nbf": null, "exp": null},
        "tags": null,
    });
    for body in ["{}", r#"{"attributes":null}"#, &nulls.to_string()] {
        vault.send_json("PATCH", "/secrets/full/", body);
        let mut after = vault.send("GET", "/secrets/full").json();
        after["attributes"]["updated"] = before["attributes"]["updated"].clone();
        assert_eq!(after, before, "{body}");
    }
}

#[test]
fn given_tags_replace_all_tags() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    for (body, tags) in [
        (r#"{"tags":{"e":"f"}}"#, json!({"e": "f"})),
        (r#"{"tags":{}}"#, json!({})),
    ] {
        let reply = vault.send_json("PATCH", "/secrets/full/", body);
        assert_eq!(reply.json()["tags"], tags);
    }
}

#[test]
fn the_time_of_the_update_moves_and_that_of_the_creation_stays() {
    let emulator = emulator();
    let reply = Vault::new(&emulator).send_json("PATCH", "/secrets/full/", "{}");
    let attributes = &reply.json()["attributes"];
    assert_eq!(attributes["created"], 1_000);
    assert!(attributes["updated"].as_u64() > Some(1_000));
}

#[test]
fn what_breaks_a_limit_is_a_bad_parameter_and_changes_nothing() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let before = emulator.stored(None, "full");
    let bodies = [
        json!({"contentType": "c".repeat(256)}).to_string(),
        json!({"tags": {"t": "x".repeat(257)}}).to_string(),
        r#"{"attributes":{"exp":"soon"}}"#.to_owned(),
        "{".to_owned(),
    ];
    for body in bodies {
        let reply = vault.send_json("PATCH", "/secrets/full/", &body);
        assert_error(&reply, 400, "BadParameter", "");
    }
    assert_eq!(emulator.stored(None, "full"), before);
}

#[test]
fn a_body_that_does_not_say_it_is_json_is_refused() {
    let emulator = emulator();
    let mut ask = Ask::new("PATCH", "/secrets/full/?api-version=7.4");
    ask.body = "{}";
    let reply = Vault::new(&emulator).call(ask);
    assert_error(&reply, 415, "UnsupportedMediaType", "");
}

#[test]
fn what_is_not_there_cannot_be_updated() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    for what in ["nobody".to_owned(), format!("full/{}", "0".repeat(32))] {
        let reply = vault.send_json("PATCH", &format!("/secrets/{what}"), "{}");
        let message = format!("A secret with (name/id) {what} was not found");
        assert_error(&reply, 404, "SecretNotFound", &message);
    }
}
