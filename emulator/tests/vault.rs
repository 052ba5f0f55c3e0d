//! Key Vault's rules, over real TLS: reading and setting secrets, paths and methods, the service's headers. Who may ask is in
//! authentication.rs and permissions.rs.
//! Which vault answers is in hosts.rs, lists are in paging.rs, TLS itself is in tls.rs.

mod common;

use common::{Ask, Vault, assert_error, assert_inner};
use doorkey_emulator::{Emulator, SecretOptions, tags};
use serde_json::json;

const GET: &str = "/secrets/MyTestSecret?api-version=7.4";

fn emulator() -> Emulator {
    Emulator::builder()
        .secret("MyTestSecret", "p@ssw0rd!")
        .start()
        .expect("an emulator")
}

#[test]
fn the_api_version_is_required_and_must_be_known() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    for (query, version) in [
        ("", ""),
        ("?api-version=", ""),
        ("?api-version=7.7", "7.7"),
        ("?api-version=2018-02-01", "2018-02-01"),
    ] {
        let reply = vault.get(&format!("/secrets/MyTestSecret{query}"));
        let message = format!(
            "The specified version ({version}) is not recognized. Consider using the latest supported version (2026-04-01)."
        );
        assert_error(&reply, 400, "BadParameter", &message);
    }
}

#[test]
fn the_latest_version_is_given_with_and_without_a_slash_at_the_end() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let version = emulator.set_secret("MyTestSecret", "newer");
    for path in [
        "/secrets/MyTestSecret",
        "/secrets/MyTestSecret/",
        "//secrets/mytestsecret",
    ] {
        let reply = vault.get(&format!("{path}?api-version=7.4"));
        assert_eq!(reply.status, 200, "{path}");
        let body = reply.json();
        assert_eq!(body["value"], "newer");
        let id = format!("https://{}/secrets/MyTestSecret/{version}", vault.host);
        assert_eq!(body["id"], id);
    }
}

#[test]
fn every_version_is_given_by_its_name_in_any_case() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let first = emulator.set_secret("two", "1");
    let second = emulator.set_secret("two", "2");
    assert_eq!(first.len(), 32);
    assert!(
        first
            .bytes()
            .all(|byte| b"0123456789abcdef".contains(&byte))
    );
    for (version, value) in [(&first, "1"), (&second, "2"), (&first.to_uppercase(), "1")] {
        let reply = vault.get(&format!("/secrets/two/{version}?api-version=7.4"));
        assert_eq!(reply.json()["value"], value);
    }
}

#[test]
fn a_secret_looks_as_the_real_service_shows_it() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let options = SecretOptions {
        content_type: Some("text/plain".into()),
        not_before: Some(1),
        expires: Some(2),
        tags: Some(tags([("a", "b")])),
        ..SecretOptions::default()
    };
    emulator.set_secret_with(None, "full", "v", options);
    let body = vault.get("/secrets/full?api-version=7.4").json();
    let created = &body["attributes"]["created"];
    assert!(created.is_i64());
    assert_eq!(body["contentType"], "text/plain");
    assert_eq!(body["tags"], json!({"a": "b"}));
    assert_eq!(
        body["attributes"],
        json!({
            "enabled": true,
            "nbf": 1,
            "exp": 2,
            "created": created,
            "updated": created,
            "recoveryLevel": "Recoverable+Purgeable",
            "recoverableDays": 90,
        })
    );
}

#[test]
fn what_is_not_set_is_not_shown() {
    let emulator = emulator();
    let body = Vault::new(&emulator).get(GET).json();
    let names = |value: &serde_json::Value| -> Vec<String> {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect()
    };
    assert_eq!(names(&body), ["attributes", "id", "value"]);
    assert!(body["attributes"].get("exp").is_none());
}

#[test]
fn recoverable_days_came_with_version_7_1() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    for (version, shown) in [("2016-10-01", false), ("7.0", false), ("7.1", true)] {
        let target = format!("/secrets/MyTestSecret?api-version={version}");
        let body = vault.get(&target).json();
        let days = body["attributes"].get("recoverableDays");
        assert_eq!(days.is_some(), shown, "{version}");
    }
}

#[test]
fn expired_and_not_yet_valid_secrets_are_given_all_the_same() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    emulator.change_secret(None, "MyTestSecret", None, |options| {
        options.expires = Some(1);
        options.not_before = Some(4_000_000_000);
    });
    assert_eq!(vault.get(GET).json()["value"], "p@ssw0rd!");
}

#[test]
fn a_disabled_secret_is_forbidden_with_the_real_answer() {
    let emulator = emulator();
    emulator.disable_secret("MyTestSecret");
    let reply = Vault::new(&emulator).get(GET);
    assert_error(
        &reply,
        403,
        "Forbidden",
        "Operation get is not allowed on a disabled secret.",
    );
    assert_eq!(
        reply.json()["error"]["innererror"]["code"],
        "SecretDisabled"
    );
    assert_eq!(reply.header("Content-Length"), Some("132"));
}

#[test]
fn what_is_not_there_is_not_found() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let no_version = "0".repeat(32);
    for what in ["nobody".to_owned(), format!("MyTestSecret/{no_version}")] {
        let reply = vault.get(&format!("/secrets/{what}?api-version=7.4"));
        let message = format!("A secret with (name/id) {what} was not found in this key vault.");
        assert_error(&reply, 404, "SecretNotFound", &message);
        assert!(reply.json()["error"].get("innererror").is_none());
    }
}

#[test]
fn a_name_outside_the_rule_is_a_bad_parameter() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let too_long = "a".repeat(128);
    for (written, name) in [
        ("a_b", "a_b"),
        ("a%2Fb", "a/b"),
        ("..", ".."),
        ("%2e%2e", ".."),
        ("a%20b", "a b"),
        (&too_long, &too_long),
    ] {
        let reply = vault.get(&format!("/secrets/{written}?api-version=7.4"));
        let message = format!("The request URI contains an invalid name: {name}");
        assert_error(&reply, 400, "BadParameter", &message);
    }
}

#[test]
fn a_secret_is_set_and_read_again() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let reply = vault.put(
        "fresh",
        r#"{"value":"ü\u0000","contentType":"text/plain","attributes":{"enabled":true,"nbf":5,"exp":6},"tags":{"t":""},"unknown":1}"#,
    );
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()["value"], "ü\0");
    let again = vault.get("/secrets/fresh?api-version=7.4");
    assert_eq!(again.json(), reply.json());
}

#[test]
fn setting_makes_a_new_version_and_keeps_the_first_spelling_of_the_name() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let first = vault.put("Name", r#"{"value":"1"}"#).json();
    let second = vault.put("NAME", r#"{"value":"2"}"#).json();
    assert_ne!(first["id"], second["id"]);
    let id = second["id"].as_str().expect("an id");
    assert!(id.contains("/secrets/Name/"), "{id}");
    let latest = vault.get("/secrets/name?api-version=7.4").json();
    assert_eq!(latest["value"], "2");
}

#[test]
fn values_from_empty_to_25_kib_are_legal() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    for length in [0, 25 * 1024] {
        let body = json!({"value": "v".repeat(length)}).to_string();
        assert_eq!(vault.put("sized", &body).status, 200, "{length}");
    }
}

#[test]
fn what_breaks_a_limit_is_a_bad_parameter_and_stores_nothing() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let many: std::collections::BTreeMap<String, &str> =
        (0..16).map(|number| (number.to_string(), "")).collect();
    let long = "x".repeat(257);
    for body in [
        json!({"value": "v".repeat(25 * 1024 + 1)}),
        json!({"value": "ü".repeat(13 * 1024)}),
        json!({"value": "v", "contentType": "c".repeat(256)}),
        json!({"value": "v", "tags": many}),
        json!({"value": "v", "tags": {"t": &long}}),
        json!({"value": "v", "tags": {&long: "t"}}),
        json!({"value": 1}),
        json!({"value": "v", "attributes": {"exp": "soon"}}),
        json!({"value": null}),
        json!({}),
        json!([]),
    ] {
        let body = body.to_string();
        let reply = vault.put("limited", &body);
        assert_error(&reply, 400, "BadParameter", "");
    }
    let reply = vault.get("/secrets/limited?api-version=7.4");
    assert_eq!(reply.status, 404);
}

#[test]
fn a_body_that_is_not_json_is_refused() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let reply = vault.put("broken", r#"{"value":"#);
    assert_error(&reply, 400, "BadParameter", "");
    let mut ask = Ask::new("PUT", "/secrets/broken?api-version=7.4");
    ask.body = r#"{"value":"v"}"#;
    let reply = vault.call(ask.header("Content-Type", "text/plain"));
    assert_error(&reply, 415, "UnsupportedMediaType", "");
}

#[test]
fn methods_that_a_path_does_not_have_are_refused() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    for (method, path) in [
        ("PUT", "/secrets/"),
        ("PUT", "/secrets"),
        ("POST", "/secrets/a"),
        ("DELETE", "/secrets"),
        ("DELETE", "/secrets/a/0123"),
        ("PUT", "/secrets/a/0123"),
        ("POST", "/secrets/a/versions"),
        ("PUT", "/deletedsecrets/a"),
        ("PATCH", "/deletedsecrets/a"),
        ("DELETE", "/deletedsecrets/a/recover"),
    ] {
        let reply = vault.send_json(method, path, "{}");
        let message = format!("HTTP {method} not allowed");
        assert_error(&reply, 405, "MethodNotAllowed", &message);
    }
}

#[test]
fn every_operation_needs_a_version_of_the_api() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    for (method, path) in [
        ("GET", "/secrets"),
        ("PUT", "/secrets/a"),
        ("PATCH", "/secrets/a/"),
        ("DELETE", "/secrets/a"),
        ("POST", "/secrets/a/backup"),
        ("POST", "/secrets/restore"),
        ("GET", "/deletedsecrets"),
        ("GET", "/deletedsecrets/a"),
        ("DELETE", "/deletedsecrets/a"),
        ("POST", "/deletedsecrets/a/recover"),
    ] {
        let reply = vault.call(Ask::new(method, path).json("{}"));
        assert_error(&reply, 400, "BadParameter", "The specified version ()");
    }
}

#[test]
fn a_body_of_a_request_that_needs_none_is_ignored() {
    let emulator = emulator();
    let reply = Vault::new(&emulator).call(Ask::get(GET).json("nonsense"));
    assert_eq!(reply.status, 200);
}

#[test]
fn a_path_that_is_none_of_the_secrets_is_not_found() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    for path in ["/", "/keys", "/secrets/a/b/c", "/deletedsecrets/a/b"] {
        assert_error(&vault.send("GET", path), 404, "NotFound", "");
    }
}

#[test]
fn the_secret_of_a_certificate_shows_its_key_and_cannot_be_set_or_deleted() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let options = SecretOptions {
        content_type: Some("application/x-pkcs12".into()),
        managed: true,
        ..SecretOptions::default()
    };
    let version = emulator.set_secret_with(None, "cert", "MII", options);
    let body = vault.send("GET", "/secrets/cert").json();
    assert_eq!(body["managed"], true);
    assert_eq!(
        body["kid"],
        format!("https://{}/keys/cert/{version}", vault.host)
    );
    let refusals = [
        (vault.put("cert", r#"{"value":"v"}"#), "set"),
        (vault.send("DELETE", "/secrets/cert"), "delete"),
    ];
    for (reply, operation) in refusals {
        let message = format!("Operation \"{operation}\" is not allowed on this secret");
        assert_inner(
            &reply,
            403,
            "Forbidden",
            "SecretManagedByKeyVault",
            &message,
        );
    }
    let list = vault.send("GET", "/secrets").json();
    assert_eq!(list["value"][0]["managed"], true);
    assert!(list["value"][1].get("managed").is_none());
}

#[test]
fn every_answer_bears_the_service_s_headers() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let refused = vault.ask(&Ask::get(GET).header("x-ms-client-request-id", "mine"));
    let granted = vault.call(Ask::get(GET).header("x-ms-client-request-id", "mine"));
    for reply in [refused, granted] {
        for (name, value) in [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Cache-Control", "no-cache"),
            (
                "Strict-Transport-Security",
                "max-age=31536000;includeSubDomains",
            ),
            ("x-ms-client-request-id", "mine"),
            (
                "x-ms-keyvault-network-info",
                "conn_type=Ipv4;addr=127.0.0.1;act_addr_fam=InterNetwork;",
            ),
        ] {
            assert_eq!(reply.header(name), Some(value), "{name}");
        }
        for name in ["x-ms-keyvault-region", "x-ms-keyvault-service-version"] {
            assert!(reply.header(name).is_some(), "{name}");
        }
        assert_eq!(reply.header("x-ms-request-id").map(str::len), Some(36));
    }
}
