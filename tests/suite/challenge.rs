//! Hosts of no known cloud: the challenge comes first and is verified before anything is kept, asked
//! for or sent. And what happens when a token is no longer good.

use std::sync::Arc;
use std::time::Duration;

use doorkey::{Call, Client, ClientOptions, Sensitive, Status, VaultSuffix, limits};
use doorkey_emulator::{Emulator, Endpoint, Fault};

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

/// Whether each request to a vault bore a token.
fn bore_token(emulator: &Emulator) -> Vec<bool> {
    let log = emulator.log();
    let vault = log.iter().filter(|r| r.endpoint == Endpoint::Vault);
    vault.map(|r| r.header("authorization").is_some()).collect()
}

/// What the metadata service would say of this token.
fn granted(token: &str) -> Fault {
    let body = format!(
        r#"{{"access_token":"{token}","expires_in":"86400","resource":"{VAULT_AUDIENCE}","token_type":"Bearer"}}"#
    );
    Fault::token()
        .body(body)
        .header("Server", "IMDS/150.870.65.1854")
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
fn what_is_told_of_a_known_vaults_odd_challenge_does_not_deny_that_a_token_was_sent() {
    let emulator = emulator();
    let challenge = r#"Bearer resource="https://vault.azure.net""#;
    let fault = Fault::vault().status(401);
    emulator.fault(fault.header("WWW-Authenticate", challenge));
    let error = failure(secret(&client(&emulator)));
    assert_eq!(error.status(), Status::Unauthorized);
    let advice = error.advice().unwrap_or_default();
    assert!(advice.contains("the token that was sent"), "{error}");
    assert!(!advice.contains("no token was"), "{error}");
    assert_eq!(emulator.requests().token, 1);
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

#[test]
fn concurrent_first_requests_to_an_unknown_host_take_one_token() {
    let emulator = emulator();
    let client = stranger(&emulator);
    let vault = emulator.vault_url(VAULT);
    let gate = emulator.hold(Fault::vault().times(10));
    let operations: Vec<_> = (0..10)
        .map(|_| client.get_secret(&vault, Some(NAME), None, &Call::default()))
        .collect();
    gate.wait_for(10);
    gate.release();
    for operation in operations {
        operation.unwrap().take().unwrap();
    }
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 20));
}

#[test]
fn many_secrets_of_an_unknown_host_take_one_challenge() {
    let names: Vec<_> = (0..20).map(|number| format!("secret-{number}")).collect();
    let emulator = start(Emulator::builder().secrets(names.iter().map(|name| (name, VALUE))));
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let vault = emulator.vault_url(VAULT);
    let read = stranger(&emulator).get_secrets(Some(&vault), &names, &Call::default());
    for outcome in read.unwrap().take().unwrap() {
        outcome.unwrap();
    }
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 21));
}

#[test]
fn many_secrets_of_a_host_that_is_not_believed_take_no_token() {
    let emulator = emulator();
    let vault = format!("https://127.0.0.1:{}", emulator.vault_address().port());
    let names = [NAME, "other", "third"];
    let read = stranger(&emulator).get_secrets(Some(&vault), &names, &Call::default());
    for outcome in read.unwrap().take().unwrap() {
        assert_eq!(failure(outcome).status(), Status::Unauthorized);
    }
    assert_eq!(emulator.requests().token, 0);
    assert!(bore_token(&emulator).iter().all(|bore| !bore));
}

#[test]
fn what_one_client_takes_unverified_another_one_still_verifies() {
    let emulator = emulator();
    let vault = format!("https://127.0.0.1:{}", emulator.vault_address().port());
    let trusting = Client::new(ClientOptions {
        trust_any_challenge: true,
        ..stranger_options(&emulator)
    });
    let trusting = trusting.unwrap();
    secret_in(&trusting, &vault).unwrap();
    emulator.reset_requests();
    let strict = stranger(&emulator);
    for _ in 0..2 {
        let error = failure(secret_in(&strict, &vault));
        assert!(error.message().contains("is not believed"), "{error}");
    }
    assert_eq!(bore_token(&emulator), [false, false]);
    assert_eq!(emulator.requests().token, 0);
    secret_in(&trusting, &vault).unwrap();
    assert_eq!(bore_token(&emulator), [false, false, true]);
}

#[test]
fn a_rejected_challenge_gets_no_token_that_is_cached_already() {
    let emulator = emulator();
    secret(&client(&emulator)).unwrap();
    emulator.reset_requests();
    let url = format!("https://127.0.0.1:{}", emulator.vault_address().port());
    failure(secret_in(&stranger(&emulator), &url));
    assert_eq!(bore_token(&emulator), [false]);
}

#[test]
fn a_refusal_that_says_no_good_audience_clears_what_was_known_of_a_host() {
    // The malformed headers of the Python suite.
    for header in [
        None,
        Some(""),
        Some(" "),
        Some("Bearer"),
        Some(r#"Bearer authorization="https://authority.net/tenant""#),
        Some(
            r#"Bearer authorization="https://authority.net/tenant", resource=https://other.example"#,
        ),
        Some(r#"Bearer authorization="https://authority.net/tenant", scope=invalid"#),
        Some(r#"Bearer authorization="https://authority.net/tenant", scope=https://[invalid"#),
    ] {
        let emulator = emulator();
        let client = stranger(&emulator);
        let vault = emulator.vault_url(VAULT);
        secret_in(&client, &vault).unwrap();
        let refused = Fault::vault().status(401);
        emulator.fault(match header {
            None => refused,
            Some(header) => refused.challenge(header),
        });
        let error = failure(secret_in(&client, &vault));
        assert_eq!(error.status(), Status::Unauthorized, "{header:?}");
        emulator.reset_requests();
        secret_in(&client, &vault).unwrap();
        assert_eq!(bore_token(&emulator), [false, true], "{header:?}");
        assert_eq!(emulator.requests().token, 0, "{header:?}");
    }
}

#[test]
fn a_host_that_asks_for_another_audience_later_gets_that_from_then_on() {
    let emulator = start(
        Emulator::builder()
            .vault_suffix("vault.stack.example")
            .resource("https://stack.example"),
    );
    let client = Client::new(ClientOptions {
        dial: vec![(
            "demo.vault.stack.example".to_owned(),
            Some(emulator.vault_address()),
        )],
        ..stranger_options(&emulator)
    });
    let client = client.unwrap();
    let vault = emulator.vault_url(VAULT);
    secret_in(&client, &vault).unwrap();
    emulator.fault(Fault::vault().challenge("Bearer resource=https://stack.example"));
    // The emulator would not take a token for it.
    let id = format!("{vault}/secrets/{NAME}/0123456789abcdef0123456789abcdef");
    let body = format!(r#"{{"value":"other","id":"{id}"}}"#);
    emulator.fault(Fault::vault().always().body(body));
    for _ in 0..2 {
        secret_in(&client, &vault).unwrap();
    }
    assert_eq!(bore_token(&emulator), [false, true, true, true, true]);
    let log = emulator.log();
    let last = log.iter().rfind(|r| r.endpoint == Endpoint::Token).unwrap();
    assert!(last.target.contains("resource=https%3A%2F%2Fstack.example"));
    assert_eq!(emulator.requests().token, 2);
}

#[test]
fn a_client_remembers_the_challenges_of_so_many_hosts() {
    let names: Vec<_> = (0..=limits::CHALLENGES_MAX)
        .map(|n| format!("vault-{n}"))
        .collect();
    let builder = names.iter().fold(Emulator::builder(), |builder, name| {
        builder.vault(name).secret_in(name, NAME, VALUE)
    });
    let emulator = builder.start().unwrap();
    let client = stranger(&emulator);
    let read = |name: &str| {
        emulator.reset_requests();
        secret_in(&client, &emulator.vault_url(name)).unwrap();
        emulator.requests().vault
    };
    for name in &names {
        read(name);
    }
    assert_eq!(read(names.last().unwrap()), 1);
    assert_eq!(read(&names[0]), 2, "the oldest made room");
}

#[test]
fn a_vault_that_moved_to_another_tenant_is_read_with_one_fresh_token() {
    let emulator = emulator();
    let client = client(&emulator);
    secret(&client).unwrap();
    emulator.move_tenant();
    emulator.reset_requests();
    secret(&client).unwrap();
    secret(&client).unwrap();
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 3));
}

#[test]
fn an_unknown_host_that_moved_to_another_tenant_is_not_asked_without_a_token_again() {
    let emulator = emulator();
    let client = stranger(&emulator);
    let vault = emulator.vault_url(VAULT);
    secret_in(&client, &vault).unwrap();
    emulator.move_tenant();
    emulator.reset_requests();
    secret_in(&client, &vault).unwrap();
    secret_in(&client, &vault).unwrap();
    assert_eq!(bore_token(&emulator), [true, true, true]);
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn many_secrets_of_a_vault_that_moved_take_one_fresh_token() {
    let names: Vec<_> = (0..12).map(|number| format!("secret-{number}")).collect();
    let emulator = start(Emulator::builder().secrets(names.iter().map(|name| (name, VALUE))));
    let client = client(&emulator);
    secret(&client).unwrap();
    emulator.move_tenant();
    emulator.reset_requests();
    let gate = emulator.hold(Fault::vault().times(12));
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let read = client.get_secrets(Some(VAULT), &names, &Call::default());
    gate.wait_for(12);
    gate.release();
    for outcome in read.unwrap().take().unwrap() {
        outcome.unwrap();
    }
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 24));
}

#[test]
fn an_identity_that_stays_at_the_old_tenant_is_told_so() {
    let emulator = emulator();
    let old = emulator.issue_token(VAULT_AUDIENCE, Duration::from_secs(86_400));
    emulator.move_tenant();
    emulator.fault(granted(&old).always());
    let error = failure(secret(&client(&emulator)));
    assert_eq!(error.status(), Status::Unauthorized);
    assert!(error.message().contains("AKV10032"), "{error}");
    assert!(error.advice().unwrap().contains("tenant"), "{error}");
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (2, 2));
}

#[test]
fn a_token_that_the_vault_takes_for_expired_is_replaced_whatever_was_said_of_it() {
    let emulator = emulator();
    let expired = emulator.issue_token(VAULT_AUDIENCE, Duration::ZERO);
    emulator.fault(granted(&expired));
    secret(&client(&emulator)).unwrap();
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (2, 2));
}

#[test]
fn a_token_that_is_expired_again_is_a_matter_of_clocks() {
    let emulator = emulator();
    let expired = emulator.issue_token(VAULT_AUDIENCE, Duration::ZERO);
    emulator.fault(granted(&expired).always());
    let error = failure(secret(&client(&emulator)));
    assert_eq!(error.status(), Status::Unauthorized);
    assert!(error.advice().unwrap().contains("clock"), "{error}");
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (2, 2));
}

#[test]
fn a_token_of_another_audience_is_told_by_the_vaults_words() {
    let emulator = emulator();
    let other = emulator.issue_token("https://graph.microsoft.com", Duration::from_secs(600));
    emulator.fault(granted(&other).always());
    let error = failure(secret(&client(&emulator)));
    assert_eq!(error.status(), Status::Unauthorized);
    assert!(error.message().contains("AKV10022"), "{error}");
    assert!(error.advice().unwrap().contains("audience"), "{error}");
}

#[test]
fn a_known_vault_that_refuses_without_a_challenge_gets_one_fresh_token() {
    let emulator = emulator();
    emulator.fault(Fault::vault().status(401));
    secret(&client(&emulator)).unwrap();
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (2, 2));
}

#[test]
fn an_unknown_host_that_forbids_at_once_gets_no_token() {
    let emulator = emulator();
    emulator.fault(Fault::vault().denied(doorkey_emulator::Denied::Firewall));
    let error = failure(secret_in(&stranger(&emulator), &emulator.vault_url(VAULT)));
    assert_eq!(error.status(), Status::Forbidden);
    assert_eq!(emulator.requests().token, 0);
}
