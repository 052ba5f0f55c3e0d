//! Whom the client trusts over TLS, and what it says when it does not.

use std::sync::Arc;

use doorkey::{Client, ClientOptions, Status};
use doorkey_emulator::{Emulator, Fault};

use crate::common::*;

fn client_with(emulator: &Emulator, more: &[(&str, &str)], ca_pem: Option<&str>) -> Client {
    Client::new(ClientOptions {
        environment: environment(emulator, more),
        ca_pem: ca_pem.map(Arc::from),
        ..options(emulator)
    })
    .unwrap()
}

#[test]
fn an_unknown_authority_is_a_tls_error_that_names_the_variable() {
    let emulator = emulator();
    let clock = TestClock::new();
    let options = ClientOptions {
        environment: environment(&emulator, &[("DOORKEY_CA_FILE", "")]),
        clock: doorkey::clock::Clock::from_source(clock.clone()),
        ..options(&emulator)
    };
    let error = failure(secret(&Client::new(options).unwrap()));
    assert_eq!(error.status(), Status::Tls);
    assert!(
        error.advice().unwrap().contains("DOORKEY_CA_FILE"),
        "{error}"
    );
    assert!(
        clock.slept().is_empty(),
        "trust does not come back by waiting"
    );
}

#[test]
fn roots_given_with_the_options_are_trusted() {
    let emulator = emulator();
    let client = client_with(
        &emulator,
        &[("DOORKEY_CA_FILE", "")],
        Some(emulator.ca_pem()),
    );
    secret(&client).unwrap();
}

#[cfg(all(unix, not(target_vendor = "apple")))]
#[test]
fn ssl_cert_file_of_a_given_environment_is_trusted() {
    let emulator = emulator();
    let file = emulator.ca_file().to_str().unwrap();
    let client = client_with(
        &emulator,
        &[("DOORKEY_CA_FILE", ""), ("SSL_CERT_FILE", file)],
        None,
    );
    secret(&client).unwrap();
}

#[cfg(all(unix, not(target_vendor = "apple")))]
#[test]
fn an_ssl_cert_file_without_roots_is_named_with_the_fix() {
    let emulator = emulator();
    let client = client_with(
        &emulator,
        &[
            ("DOORKEY_CA_FILE", ""),
            ("SSL_CERT_FILE", "/nonexistent/roots.pem"),
        ],
        None,
    );
    let error = failure(secret(&client));
    assert_eq!(error.status(), Status::Tls);
    assert!(
        error.message().contains("SSL_CERT_FILE")
            && error.advice().unwrap().contains("DOORKEY_CA_FILE"),
        "{error}"
    );
}

#[test]
fn a_token_over_http_needs_no_trust_store_at_all() {
    let emulator = emulator();
    let client = client_with(
        &emulator,
        &[
            ("DOORKEY_CA_FILE", "/nonexistent"),
            ("SSL_CERT_FILE", "/nonexistent"),
        ],
        None,
    );
    token(&client).unwrap();
}

#[test]
fn a_ca_file_that_cannot_be_read_is_named_before_any_byte_is_sent() {
    let emulator = emulator();
    let client = client_with(
        &emulator,
        &[("DOORKEY_CA_FILE", "/nonexistent/ca.pem")],
        None,
    );
    let error = failure(secret(&client));
    assert_eq!(error.status(), Status::InvalidArgument);
    assert!(
        error
            .message()
            .starts_with("DOORKEY_CA_FILE: /nonexistent/ca.pem"),
        "{error}"
    );
    assert_eq!(
        (
            emulator.requests().connections_imds,
            emulator.requests().connections_vault
        ),
        (0, 0)
    );
}

#[test]
fn a_ca_file_that_is_not_pem_is_named() {
    let emulator = emulator();
    let file = std::env::temp_dir().join(format!("doorkey-not-pem-{}", std::process::id()));
    std::fs::write(&file, "no certificate").unwrap();
    let client = client_with(
        &emulator,
        &[("DOORKEY_CA_FILE", file.to_str().unwrap())],
        None,
    );
    let error = failure(secret(&client));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(error.status(), Status::InvalidArgument);
    assert!(error.message().contains("PEM"), "{error}");
}

#[test]
fn an_expired_certificate_is_a_tls_error() {
    let emulator = start(Emulator::builder().expired_certificate());
    let error = failure(secret(&client(&emulator)));
    assert_eq!(error.status(), Status::Tls);
    assert!(
        error.message().to_lowercase().contains("expired"),
        "{error}"
    );
}

#[test]
fn a_server_that_speaks_tls_1_2_only_will_do() {
    let emulator = start(Emulator::builder().tls12_only());
    secret(&client(&emulator)).unwrap();
}

#[test]
fn a_certificate_for_another_name_is_refused_and_gets_no_token() {
    let emulator = emulator();
    let options = ClientOptions {
        environment: environment(&emulator, &[("DOORKEY_VAULT_SUFFIX", "")]),
        dial: vec![(
            "demo.vault.azure.net".to_owned(),
            Some(emulator.vault_address()),
        )],
        ..options(&emulator)
    };
    let error = failure(secret(&Client::new(options).unwrap()));
    assert_eq!(error.status(), Status::Tls);
    assert_eq!(emulator.requests().vault, 0);
}

#[test]
fn plain_http_on_the_vaults_port_is_told_from_a_refused_certificate() {
    let emulator = emulator();
    // The token endpoint speaks plain http.
    let suffix = format!("vault.localhost:{}", emulator.imds_address().port());
    let client = client_with(&emulator, &[("DOORKEY_VAULT_SUFFIX", &suffix)], None);
    emulator.fault(Fault::vault().always());
    let error = failure(secret(&client));
    assert!(
        matches!(error.status(), Status::Tls | Status::Network),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_ca_file_that_is_no_regular_file_is_refused_and_not_waited_for() {
    for path in ["/dev/zero", "/"] {
        let emulator = emulator();
        let error = failure(secret(&client_with(
            &emulator,
            &[("DOORKEY_CA_FILE", path)],
            None,
        )));
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.message().contains("no regular file"), "{error}");
    }
}

#[cfg(all(unix, not(target_vendor = "apple")))]
#[test]
fn an_ssl_cert_file_without_roots_is_named_also_beside_a_ca_file() {
    let emulator = emulator();
    let client = client_with(&emulator, &[("SSL_CERT_FILE", "/nonexistent")], None);
    let error = failure(secret(&client));
    assert_eq!(error.status(), Status::Tls);
    assert!(error.message().contains("SSL_CERT_FILE"), "{error}");
}

#[test]
fn a_ca_file_that_was_put_right_under_the_same_name_is_read_again() {
    let (right, wrong) = (emulator(), emulator());
    let file = std::env::temp_dir().join(format!("doorkey-rotated-{}.pem", std::process::id()));
    std::fs::write(&file, format!("{}\n", wrong.ca_pem())).unwrap();
    let client = client_with(&right, &[("DOORKEY_CA_FILE", file.to_str().unwrap())], None);
    let before = secret(&client).map_err(|error| error.status());
    std::fs::write(&file, right.ca_pem()).unwrap();
    let after = secret(&client);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(before.err(), Some(Status::Tls));
    after.unwrap();
}
