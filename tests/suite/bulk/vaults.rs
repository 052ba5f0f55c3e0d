//! Whole ids instead of names: secrets of several vaults in one call.

use doorkey::{Call, Client, ClientOptions, Status};
use doorkey_emulator::{Denied, Emulator, Fault};

use super::*;
use crate::common::*;

fn two_vaults() -> Emulator {
    let builder = Emulator::builder().vault("one").vault("two");
    let builder = builder.secret_in("one", "a", "a of one");
    let builder = builder.secret_in("two", "a", "a of two");
    builder
        .secret_in("two", "b", "b of two")
        .start()
        .expect("the emulator starts")
}

fn get_ids(client: &Client, ids: &[&str]) -> Vec<doorkey::Result<doorkey::Secret>> {
    let operation = client.get_secrets(None, ids, &Call::default());
    operation.unwrap().take().unwrap()
}

#[test]
fn ids_of_several_vaults_are_read_with_one_token() {
    let emulator = two_vaults();
    let (one, two) = (emulator.vault_url("one"), emulator.vault_url("two"));
    let b = &emulator.stored(Some("two"), "b").unwrap()[0].id;
    let ids = [
        format!("{two}/secrets/a"),
        format!("{one}/secrets/a"),
        format!("{two}/secrets/b/{b}"),
        format!("{one}/secrets/b"),
    ];
    let outcomes = get_ids(&client(&emulator), &texts(&ids));
    let expected = [
        Ok("a of two"),
        Ok("a of one"),
        Ok("b of two"),
        Err(Status::SecretNotFound),
    ];
    assert_eq!(outline(&outcomes), expected);
    let vaults: Vec<_> = outcomes[..3]
        .iter()
        .map(|o| o.as_ref().unwrap().vault())
        .collect();
    assert_eq!(vaults, ["two", "one", "two"]);
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn the_same_name_in_two_vaults_is_two_secrets() {
    let emulator = two_vaults();
    let ids: Vec<_> = ["one", "two", "ONE", "two"]
        .map(|vault| format!("{}/SECRETS/a/", emulator.vault_url(vault)))
        .to_vec();
    let outcomes = get_ids(&client(&emulator), &texts(&ids));
    let (one, two) = (Ok("a of one"), Ok("a of two"));
    assert_eq!(outline(&outcomes), [one, two, one, two]);
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn what_is_no_id_is_its_own_items_error() {
    let emulator = two_vaults();
    let one = emulator.vault_url("one");
    let ids = [
        format!("{one}/secrets/a"),
        "a".to_owned(),
        "one".to_owned(),
        String::new(),
        one.clone(),
        format!("{one}/keys/a"),
        format!("{one}/certificates/a"),
        format!("{one}/deletedsecrets/a"),
        format!("{one}/secrets/a_b"),
        format!("{one}/secrets/a?x=1"),
        one.replace("https", "http") + "/secrets/a",
    ];
    let outcomes = get_ids(&client(&emulator), &texts(&ids));
    let mut expected = vec![Err(Status::InvalidArgument); ids.len()];
    expected[0] = Ok("a of one");
    assert_eq!(outline(&outcomes), expected);
    assert_eq!(emulator.requests().vault, 1);
}

#[test]
fn a_refusal_of_one_vault_hinders_no_other() {
    let emulator = two_vaults();
    let (one, two) = (emulator.vault_url("one"), emulator.vault_url("two"));
    let host = one.trim_start_matches("https://").to_owned();
    emulator.fault(
        Fault::vault()
            .target_contains("/secrets/a/")
            .denied(Denied::Firewall),
    );
    let ids = [format!("{one}/secrets/a"), format!("{two}/secrets/b")];
    let outcomes = get_ids(&client(&emulator), &texts(&ids));
    assert_eq!(
        outline(&outcomes),
        [Err(Status::Forbidden), Ok("b of two")],
        "{host}"
    );
}

#[test]
fn a_vault_that_is_not_to_be_asked_for_an_hour_hinders_no_other() {
    let emulator = two_vaults();
    let (one, two) = (emulator.vault_url("one"), emulator.vault_url("two"));
    emulator.fault(not_for_an_hour("/secrets/a/"));
    let ids = [
        format!("{one}/secrets/a"),
        format!("{two}/secrets/a"),
        format!("{one}/secrets/b"),
        format!("{two}/secrets/b"),
    ];
    let operation = client(&emulator).get_secrets(None, &texts(&ids), &at_once(1));
    let outcomes = operation.unwrap().take().unwrap();
    let throttled = Err(Status::Throttled);
    assert_eq!(
        outline(&outcomes),
        [throttled, Ok("a of two"), throttled, Ok("b of two")]
    );
    assert_eq!(emulator.requests().vault, 3);
}

#[test]
fn a_vault_that_is_not_there_hinders_no_other() {
    let emulator = two_vaults();
    let dead = doorkey_emulator::dead_port().replace("http://127.0.0.1", "https://dead.localhost");
    let clock = TestClock::new();
    let options = ClientOptions {
        clock: doorkey::clock::Clock::from_source(clock.clone()),
        ..options(&emulator)
    };
    let two = emulator.vault_url("two");
    let ids = [
        format!("{dead}/secrets/a"),
        format!("{two}/secrets/a"),
        format!("{dead}/secrets/b"),
        format!("{two}/secrets/b"),
    ];
    let outcomes = get_ids(&Client::new(options).unwrap(), &texts(&ids));
    let lost = Err(Status::Network);
    assert_eq!(
        outline(&outcomes),
        [lost, Ok("a of two"), lost, Ok("b of two")]
    );
}

#[test]
fn a_vault_beside_ids_is_a_name_that_is_none() {
    let emulator = two_vaults();
    let id = format!("{}/secrets/a", emulator.vault_url("two"));
    let call = Call::default();
    let operation = client(&emulator).get_secrets(Some("one"), &[&id, "a"], &call);
    let outcomes = operation.unwrap().take().unwrap();
    assert_eq!(
        outline(&outcomes),
        [Err(Status::InvalidArgument), Ok("a of one")]
    );
}

#[test]
fn a_bad_vault_is_the_calls_own_error() {
    let emulator = two_vaults();
    let client = client(&emulator);
    for vault in ["", "a b", "http://one.vault.localhost", "x--y"] {
        let error = failure(client.get_secrets(Some(vault), &["a"], &Call::default()));
        assert_eq!(error.status(), Status::InvalidArgument, "{vault}");
        assert!(error.message().starts_with("vault: "), "{error}");
    }
    assert_eq!(emulator.requests().token, 0);
}
