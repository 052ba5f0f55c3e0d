//! What a test sees behind the vault's answers, and ages that it gives to versions.

mod common;

use std::time::Duration;

use common::{Ask, Vault};
use doorkey_emulator::{Emulator, SecretOptions};
use serde_json::json;

#[test]
fn a_value_of_any_kind_is_stored_byte_for_byte() {
    let emulator = Emulator::builder().start().expect("an emulator");
    let vault = Vault::new(&emulator);
    let longest = "v".repeat(25 * 1024);
    for value in ["", "\0", "\u{1f511} \"\\", &longest] {
        let body = json!({"value": value}).to_string();
        assert_eq!(vault.put("any", &body).status, 200);
        let stored = emulator.stored(None, "ANY").expect("a secret");
        assert_eq!(stored.last().expect("a version").value, value);
    }
}

#[test]
fn what_is_not_there_is_not_stored() {
    let emulator = Emulator::builder().start().expect("an emulator");
    assert_eq!(emulator.stored(None, "nobody"), None);
    assert!(emulator.stored_names(None).is_empty());
}

#[test]
fn versions_have_the_ages_that_they_are_given() {
    let emulator = Emulator::builder()
        .secret_created_at("aged", "young", 2_000)
        .secret_created_at("aged", "old", 1_000)
        .start()
        .expect("an emulator");
    let middle = emulator.set_secret_created_at(None, "aged", "middle", 1_500);
    let stored = emulator.stored(None, "aged").expect("a secret");
    let ages: Vec<_> = stored
        .iter()
        .map(|version| (version.value.as_str(), version.created))
        .collect();
    assert_eq!(ages, [("old", 1_000), ("middle", 1_500), ("young", 2_000)]);
    let vault = Vault::new(&emulator);
    assert_eq!(vault.send("GET", "/secrets/aged").json()["value"], "young");
    emulator.set_secret_times(None, "aged", Some(&middle), 3_000, 4_000);
    let latest = vault.send("GET", "/secrets/aged").json();
    assert_eq!(latest["value"], "middle");
    assert_eq!(latest["attributes"]["created"], 3_000);
    assert_eq!(latest["attributes"]["updated"], 4_000);
}

#[test]
fn a_deleted_secret_is_still_stored() {
    let builder = Emulator::builder().secret("a", "1").secret("B", "2");
    let emulator = builder.start().expect("an emulator");
    emulator.delete_secret(None, "b");
    assert_eq!(emulator.stored_names(None), ["a"]);
    assert_eq!(emulator.stored_deleted(None), ["B"]);
    assert_eq!(emulator.stored(None, "b").expect("a secret")[0].value, "2");
}

#[test]
fn ten_thousand_secrets_are_listed_page_by_page() {
    let secrets = (0..10_000).map(|number| (format!("secret-{number:05}"), number.to_string()));
    let builder = Emulator::builder().secrets(secrets);
    let emulator = builder.start().expect("an emulator");
    let vault = Vault::new(&emulator);
    let token = emulator.issue_token(&emulator.audience(), Duration::from_secs(600));
    let mut stream = vault.open();
    let origin = format!("https://{}", vault.host);
    let mut next = Some("/secrets?api-version=7.4".to_owned());
    let (mut pages, mut items) = (0, 0);
    while let Some(target) = next {
        let ask = Ask::get(&target).bearer(&token);
        let reply = common::exchange(&mut stream, &vault.host, &ask).expect("an answer");
        let page = reply.json();
        pages += 1;
        items += page["value"].as_array().expect("items").len();
        let link = page["nextLink"].as_str();
        next = link.map(|link| link.strip_prefix(&origin).expect("ours").to_owned());
    }
    assert_eq!((pages, items), (400, 10_000));
}

#[test]
fn the_log_tells_how_long_a_body_was_but_not_what_was_in_it() {
    let emulator = Emulator::builder().start().expect("an emulator");
    let vault = Vault::new(&emulator);
    vault.ask(&Ask::new("PUT", "/secrets/a?api-version=7.4"));
    vault.put("a", r#"{"value":"v"}"#);
    let log = emulator.log();
    let puts: Vec<_> = log.iter().filter(|record| record.method == "PUT").collect();
    assert_eq!((puts[0].status, puts[0].body_bytes), (401, 0));
    assert_eq!((puts[1].status, puts[1].body_bytes), (200, 13));
    assert_eq!(puts[1].body, "");
}

#[test]
fn a_name_of_a_deleted_secret_cannot_be_set_behind_the_vault_s_back() {
    let builder = Emulator::builder().secret("gone", "v");
    let emulator = builder.start().expect("an emulator");
    emulator.delete_secret(None, "gone");
    let set = || emulator.set_secret_with(None, "gone", "w", SecretOptions::default());
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(set)).expect_err("the name is taken");
}
