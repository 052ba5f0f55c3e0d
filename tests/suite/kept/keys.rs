//! Which calls mean the same kept value, and which never meet.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use doorkey::{Call, Client, ClientOptions, Environment, Identity, Sensitive};
use doorkey_emulator::{Emulator, UserAssigned};

use super::*;

#[test]
fn a_name_in_other_letters_is_the_same_kept_value() {
    let emulator = emulator();
    let client = client(&emulator);
    get(&client, &aged(600)).unwrap();
    for name in ["mytestsecret", "MYTESTSECRET", "MyTestSecret"] {
        let operation = client.get_secret("DEMO", Some(name), None, &aged(600));
        assert_eq!(operation.unwrap().take().unwrap().name(), NAME);
    }
    assert_eq!(emulator.requests().vault, 1);
}

/// Vault and name in every form that leads to the tutorial's secret.
fn forms(emulator: &Emulator) -> Vec<(String, Option<&'static str>)> {
    let url = emulator.vault_url(VAULT);
    let host = url.trim_start_matches("https://").to_owned();
    vec![
        (VAULT.to_owned(), Some(NAME)),
        (host, Some(NAME)),
        (format!("{url}/"), Some(NAME)),
        (url.to_uppercase().replacen("HTTPS", "https", 1), Some(NAME)),
        (format!("{url}/secrets/{NAME}"), None),
        (format!("{url}/secrets/{NAME}/"), None),
        (url, Some(NAME)),
    ]
}

#[test]
fn every_form_of_an_address_leads_to_the_same_kept_value() {
    let emulator = emulator();
    let client = client(&emulator);
    for (vault, name) in forms(&emulator) {
        let operation = client.get_secret(&vault, name, None, &aged(600));
        operation.unwrap().take().unwrap();
        assert_eq!(emulator.requests().vault, 1, "{vault}");
    }
}

#[test]
fn every_form_is_known_by_its_second_use() {
    let emulator = emulator();
    let client = client(&emulator);
    for (vault, name) in forms(&emulator) {
        let begin = || client.get_secret(&vault, name, None, &aged(600)).unwrap();
        begin().take().unwrap();
        assert!(begin().is_finished(), "{vault}");
    }
}

#[test]
fn words_beyond_the_quick_way_are_kept_as_well() {
    let emulator = Emulator::builder().secret(&"n".repeat(127), VALUE);
    let emulator = emulator.start().unwrap();
    let client = client(&emulator);
    // 127 letters, 32 digits and a host with as many leading zeros in its port as it takes.
    let name = "n".repeat(127);
    let version = emulator.stored(None, &name).unwrap()[0].id.clone();
    let id = format!("{}/secrets/{name}/{version}", emulator.vault_url(VAULT));
    let padded = id.replacen("localhost:", &format!("localhost:{}", "0".repeat(300)), 1);
    for _ in 0..2 {
        let operation = client.get_secret(&padded, None, None, &aged(600));
        assert_eq!(operation.unwrap().take().unwrap().version(), version);
    }
    assert_eq!(emulator.requests().vault, 1);
}

#[test]
fn a_version_is_kept_by_itself() {
    let emulator = emulator();
    let client = client(&emulator);
    let old = get(&client, &aged(600)).unwrap().version().to_owned();
    emulator.set_secret(NAME, "newer");
    let by_version = |version: &str| {
        let operation = client.get_secret(VAULT, Some(NAME), Some(version), &aged(600));
        let secret = operation.unwrap().take().unwrap();
        secret.value().as_str().unwrap().to_owned()
    };
    // The kept latest one happens to be that version, but is not that question.
    assert_eq!(by_version(&old), VALUE);
    assert_eq!(by_version(&old.to_uppercase()), VALUE);
    let id = format!("{}/secrets/{NAME}/{old}", emulator.vault_url(VAULT));
    let by_id = client.get_secret(&id, None, None, &aged(600)).unwrap();
    assert_eq!(by_id.take().unwrap().version(), old);
    assert_eq!(emulator.requests().vault, 2);
    assert_eq!(value(&client, &aged(600)), VALUE);
}

#[test]
fn the_same_name_in_another_vault_is_another_secret() {
    let builder = Emulator::builder().vault("one").vault("two");
    let builder = builder.secret_in("one", NAME, "of one");
    let emulator = builder.secret_in("two", NAME, "of two").start().unwrap();
    let client = client(&emulator);
    for _ in 0..2 {
        for (vault, expected) in [("one", "of one"), ("two", "of two")] {
            let operation = client.get_secret(vault, Some(NAME), None, &aged(600));
            let secret = operation.unwrap().take().unwrap();
            assert_eq!(secret.value().as_str(), Some(expected));
        }
    }
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn one_call_and_a_call_for_many_share_what_is_kept() {
    let emulator = emulator();
    let client = client(&emulator);
    let many = || {
        let operation = client.get_secrets(Some(VAULT), &[NAME], &aged(600));
        operation.unwrap().take().unwrap().remove(0).unwrap()
    };
    many();
    get(&client, &aged(600)).unwrap();
    many();
    assert_eq!(emulator.requests().vault, 1);
}

#[test]
fn clients_keep_nothing_for_each_other() {
    let emulator = emulator();
    for _ in 0..2 {
        get(&client(&emulator), &aged(600)).unwrap();
    }
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn clones_of_a_client_share_what_is_kept() {
    let emulator = emulator();
    let client = client(&emulator);
    get(&client.clone(), &aged(600)).unwrap();
    get(&client, &aged(600)).unwrap();
    assert_eq!(emulator.requests().vault, 1);
}

/// The tokens that reads were sent with, in order.
fn tokens_sent(emulator: &Emulator) -> Vec<String> {
    let log = emulator.log();
    let sent = log.iter().filter(|r| r.path().starts_with("/secrets/"));
    sent.map(|r| r.header("authorization").unwrap().to_owned())
        .collect()
}

#[test]
fn two_identities_and_a_token_of_the_callers_own_never_meet() {
    let (one, two) = (UserAssigned::random("one"), UserAssigned::random("two"));
    let builder = Emulator::builder()
        .user_assigned(one.clone())
        .user_assigned(two.clone());
    let emulator = start(builder);
    let by = |identity: &UserAssigned| ClientOptions {
        identity: Identity::ClientId(identity.client_id.clone()),
        ..options(&emulator)
    };
    let brought = emulator.issue_token(VAULT_AUDIENCE, Duration::from_secs(600));
    let with_token = ClientOptions {
        access_token: Some(Arc::new(Sensitive::new(brought.as_bytes()))),
        ..options(&emulator)
    };
    let clients = [by(&one), by(&two), with_token].map(|o| Client::new(o).unwrap());
    for _ in 0..2 {
        for client in &clients {
            get(client, &aged(600)).unwrap();
        }
    }
    let mut sent = tokens_sent(&emulator);
    assert_eq!(sent.len(), 3);
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), 3, "each was read with a token of its own");
}

#[test]
fn an_identity_that_the_environment_changes_does_not_meet_what_another_one_read() {
    let (one, two) = (UserAssigned::random("one"), UserAssigned::random("two"));
    let builder = Emulator::builder()
        .user_assigned(one.clone())
        .user_assigned(two.clone());
    let emulator = start(builder);
    let which = Arc::new(AtomicUsize::new(0));
    let (at, pairs) = (Arc::clone(&which), variables(&emulator));
    let ids = [one.client_id, two.client_id];
    let environment = Environment::from_lookup(move |name| {
        if name == "AZURE_CLIENT_ID" {
            return Some(ids[at.load(Ordering::SeqCst)].clone());
        }
        let found = pairs.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    });
    let client = Client::new(ClientOptions {
        environment,
        ..options(&emulator)
    })
    .unwrap();
    let many = || {
        let operation = client.get_secrets(Some(VAULT), &[NAME], &aged(600));
        operation.unwrap().take().unwrap().remove(0).unwrap();
    };
    many();
    which.store(1, Ordering::SeqCst);
    many();
    assert_eq!(emulator.requests().vault, 2);
    which.store(0, Ordering::SeqCst);
    many();
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn a_host_of_no_known_cloud_has_its_values_kept_too() {
    let emulator = emulator();
    let options = ClientOptions {
        environment: environment(&emulator, &[("DOORKEY_VAULT_SUFFIX", "")]),
        ..options(&emulator)
    };
    let client = Client::new(options).unwrap();
    let url = emulator.vault_url(VAULT);
    for _ in 0..2 {
        let operation = client.get_secret(&url, Some(NAME), None, &aged(600));
        operation.unwrap().take().unwrap();
    }
    // The challenge, and one read.
    assert_eq!(emulator.requests().vault, 2);
}

#[test]
fn a_bad_address_is_refused_whatever_is_kept() {
    let emulator = emulator();
    let client = client(&emulator);
    get(&client, &aged(600)).unwrap();
    let call: Call = aged(600);
    for (vault, name, version) in [
        (VAULT, None, None),
        (VAULT, Some(""), None),
        (VAULT, Some(NAME), Some("")),
        ("", Some(NAME), None),
        ("demo\0", Some(NAME), None),
        ("demo", Some("MyTestSecret\0"), None),
        ("demo\0=MyTestSecret", None, None),
    ] {
        let refused = failure(client.get_secret(vault, name, version, &call));
        assert_eq!(refused.status(), doorkey::Status::InvalidArgument);
    }
}
