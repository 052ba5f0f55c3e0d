//! Hosts of no known cloud: the challenge comes first and is verified before anything is kept, asked
//! for or sent. And what happens when a token is no longer good.

use std::sync::Arc;
use std::time::Duration;

use doorkey::{Client, ClientOptions, Sensitive, Status, VaultSuffix};
use doorkey_emulator::{Emulator, Fault};

use crate::common::*;

/// A client to which the emulator's suffix is unknown.
pub fn stranger(emulator: &Emulator) -> Client {
    Client::new(stranger_options(emulator)).unwrap()
}

pub fn stranger_options(emulator: &Emulator) -> ClientOptions {
    ClientOptions {
        environment: environment(emulator, &[("DOORKEY_VAULT_SUFFIX", "")]),
        ..options(emulator)
    }
}

#[test]
fn an_unknown_host_is_asked_first_and_gets_the_token_then() {
    let emulator = emulator();
    let client = stranger(&emulator);
    secret_in(&client, &emulator.vault_url(VAULT)).unwrap();
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 2));
    assert_eq!(emulator.log()[0].header("authorization"), None);
}

#[test]
fn a_verified_challenge_is_remembered() {
    let emulator = emulator();
    let client = stranger(&emulator);
    for _ in 0..2 {
        secret_in(&client, &emulator.vault_url(VAULT)).unwrap();
    }
    assert_eq!(emulator.requests().vault, 3);
}

#[test]
fn a_rejected_challenge_leaves_no_trace() {
    let emulator = emulator();
    let client = stranger(&emulator);
    emulator.fault(Fault::vault().always().challenge(r#"Bearer authorization="https://login.windows.net/x", resource="https://management.azure.com""#));
    for _ in 0..2 {
        let error = failure(secret_in(&client, &emulator.vault_url(VAULT)));
        assert_eq!(error.status(), Status::Unauthorized);
        assert!(
            error.message().contains("belongs to another host"),
            "{error}"
        );
    }
    assert_eq!(emulator.requests().token, 0);
    assert!(
        emulator
            .log()
            .iter()
            .all(|request| request.header("authorization").is_none())
    );
}

#[test]
fn an_address_instead_of_a_host_never_fits_an_audience() {
    let emulator = emulator();
    let url = format!("https://127.0.0.1:{}", emulator.vault_address().port());
    let error = failure(secret_in(&stranger(&emulator), &url));
    assert_eq!(error.status(), Status::Unauthorized);
    assert_eq!(emulator.requests().token, 0);
}

#[test]
fn verification_can_be_switched_off_for_emulators() {
    let emulator = emulator();
    let url = format!("https://127.0.0.1:{}", emulator.vault_address().port());
    let options = ClientOptions {
        trust_any_challenge: true,
        ..stranger_options(&emulator)
    };
    secret_in(&Client::new(options).unwrap(), &url).unwrap();
}

#[test]
fn a_host_that_gives_values_to_anybody_is_no_vault() {
    let emulator = emulator();
    emulator.fault(
        Fault::vault()
            .always()
            .status(200)
            .body(r#"{"value":"x","id":"https://a.b/secrets/MyTestSecret/1"}"#),
    );
    let error = failure(secret_in(&stranger(&emulator), &emulator.vault_url(VAULT)));
    assert_eq!(error.status(), Status::Protocol);
}

#[test]
fn a_revoked_token_is_replaced_once() {
    let emulator = start(Emulator::builder());
    let client = client(&emulator);
    secret(&client).unwrap();
    emulator.revoke_tokens();
    secret(&client).unwrap();
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (2, 3));
}

#[test]
fn a_vault_that_accepts_no_token_is_given_up_after_one_more_try() {
    let emulator = emulator();
    let challenge = emulator.challenge();
    emulator.fault(Fault::vault().always().challenge(&challenge));
    let error = failure(secret(&client(&emulator)));
    assert_eq!(error.status(), Status::Unauthorized);
    assert_eq!(
        (emulator.requests().token, emulator.requests().vault),
        (2, 2)
    );
}

#[test]
fn a_known_vault_cannot_ask_for_another_audience() {
    let emulator = emulator();
    emulator.fault(
        Fault::vault()
            .always()
            .challenge(r#"Bearer resource="https://graph.microsoft.com""#),
    );
    let error = failure(secret(&client(&emulator)));
    assert_eq!(error.status(), Status::Unauthorized);
    assert_eq!(
        emulator.requests().token,
        1,
        "no token for the other audience"
    );
}

#[test]
fn a_token_that_expires_on_the_way_is_replaced() {
    let emulator = start(
        Emulator::builder()
            .token_lifetime(Duration::from_secs(200))
            .token_cache(false),
    );
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    secret(&client).unwrap();
    clock.advance(Duration::from_secs(201));
    secret(&client).unwrap();
    assert_eq!(emulator.requests().token, 2);
}

#[test]
fn a_brought_token_goes_to_no_host_of_an_unknown_cloud() {
    let emulator = emulator();
    let options = ClientOptions {
        access_token: Some(Arc::new(Sensitive::new(b"brought"))),
        ..stranger_options(&emulator)
    };
    let client = Client::new(options).unwrap();
    let error = failure(secret_in(&client, &emulator.vault_url(VAULT)));
    assert_eq!(error.status(), Status::InvalidArgument);
    assert!(error.message().starts_with("vault: "), "{error}");
    assert_eq!(emulator.requests().connections_vault, 0);
}

#[test]
fn a_suffix_with_an_audience_of_its_own_survives_a_revoked_token() {
    // The suffix says `vault.localhost` is for the audience that the vaults really have, written out.
    let emulator = emulator();
    let suffix = VaultSuffix::new(&emulator.vault_suffix(), Some(VAULT_AUDIENCE)).unwrap();
    let options = ClientOptions {
        vault_suffixes: vec![suffix],
        ..stranger_options(&emulator)
    };
    let client = Client::new(options).unwrap();
    secret(&client).unwrap();
    emulator.revoke_tokens();
    secret(&client).unwrap();
}
