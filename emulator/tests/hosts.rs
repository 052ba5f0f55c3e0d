//! Which vault answers to which host, and what ids and challenge name for it.

mod common;

use common::{Ask, Vault};
use doorkey_emulator::Emulator;

const GET: &str = "/secrets/name?api-version=7.4";

#[test]
fn each_vault_has_its_own_secrets_and_the_first_has_the_loopback_names() {
    let emulator = Emulator::builder()
        .vault("one")
        .vault("two")
        .secret("name", "first")
        .secret_in("TWO", "name", "second")
        .start()
        .expect("an emulator");
    let port = emulator.vault_address().port();
    for (host, value) in [
        ("one.vault.localhost", "first"),
        ("two.vault.localhost", "second"),
        ("TWO.Vault.LocalHost", "second"),
        ("localhost", "first"),
        ("127.0.0.1", "first"),
    ] {
        let vault = Vault::at(&emulator, &format!("{host}:{port}"));
        let body = vault.get(GET).json();
        assert_eq!(body["value"], value, "{host}");
        let id = body["id"].as_str().expect("an id");
        let origin = format!("https://{}:{port}/secrets/name/", host.to_lowercase());
        assert!(id.starts_with(&origin), "{id}");
    }
}

#[test]
fn a_host_that_is_no_vault_is_told_so_before_any_challenge() {
    let emulator = Emulator::builder().start().expect("an emulator");
    let port = emulator.vault_address().port();
    for host in [
        "other.vault.localhost",
        "vault.localhost",
        "demo.vault.azure.net",
        "",
    ] {
        let vault = Vault::at(&emulator, &format!("{host}:{port}"));
        let mut stream = Vault::new(&emulator).open();
        let reply = common::exchange(&mut stream, &vault.host, &Ask::get(GET)).expect("an answer");
        assert_eq!(reply.status, 404, "{host}");
        assert_eq!(reply.json()["error"]["code"], "VaultNotFound");
        assert!(reply.header("WWW-Authenticate").is_none(), "{host}");
    }
}

#[test]
fn another_suffix_moves_audience_challenge_and_ids_along() {
    let emulator = Emulator::builder()
        .vault_suffix("vault.azure.net")
        .secret("name", "value")
        .start()
        .expect("an emulator");
    assert_eq!(emulator.vault_suffix(), "vault.azure.net");
    assert_eq!(emulator.vault_url("demo"), "https://demo.vault.azure.net");
    let vault = Vault::at(&emulator, "demo.vault.azure.net");
    let challenged = vault.ask(&Ask::get(GET));
    let challenge = challenged.header("WWW-Authenticate").expect("a challenge");
    assert!(challenge.ends_with("resource=\"https://vault.azure.net\""));
    let body = vault.get(GET).json();
    let id = body["id"].as_str().expect("an id");
    assert!(
        id.starts_with("https://demo.vault.azure.net/secrets/name/"),
        "{id}"
    );
}
