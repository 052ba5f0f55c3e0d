//! Bad arguments and options: told at once, by name and rule, and without a byte on the network. Those of every call
//! with secrets are in vault/bad_names.rs and vault/bad_words.rs.

use std::sync::Arc;
use std::time::Duration;

use doorkey::{Call, Client, ClientOptions, Identity, Sensitive, Status};

use crate::common::*;

#[test]
fn bad_vaults_names_versions_and_resources_send_nothing() {
    let emulator = emulator();
    let client = client(&emulator);
    let call = Call::default();
    let long = "a".repeat(5000);
    for vault in [
        "",
        "http://demo.vault.localhost",
        "https://evilvault.azure.net.example",
        "evilvault.azure.net",
        "demo\r\n",
        "../demo",
        "demo%2f",
        "https://u@demo.vault.azure.net",
        &long,
    ] {
        let error = failure(client.get_secret(vault, Some(NAME), None, &call));
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.message().starts_with("vault: "), "{vault:?}: {error}");
    }
    for name in ["", "../x", "x%2fy", "x/y", "x\0", "é", &long] {
        let error = failure(client.get_secret(VAULT, Some(name), None, &call));
        assert!(error.message().starts_with("name: "), "{name:?}: {error}");
    }
    for version in ["", "../x", "a-b", &long] {
        let error = failure(client.get_secret(VAULT, Some(NAME), Some(version), &call));
        assert!(
            error.message().starts_with("version: "),
            "{version:?}: {error}"
        );
    }
    for resource in ["", "a b", "https://x?y", "x\ny", &long] {
        let error = failure(client.get_token(resource, &call));
        assert!(
            error.message().starts_with("resource: "),
            "{resource:?}: {error}"
        );
    }
    let requests = emulator.requests();
    assert_eq!(
        (requests.connections_imds, requests.connections_vault),
        (0, 0)
    );
}

#[test]
fn a_missing_name_is_told_apart_from_a_bad_one() {
    let emulator = emulator();
    let error = failure(client(&emulator).get_secret(VAULT, None, None, &Call::default()));
    assert!(error.message().starts_with("name: is missing"), "{error}");
}

#[test]
fn bad_options_are_named() {
    let token = |bytes: &[u8]| Some(Arc::new(Sensitive::new(bytes)));
    let cases = [
        (
            "client_id",
            ClientOptions {
                identity: Identity::ClientId("x".into()),
                ..ClientOptions::default()
            },
        ),
        (
            "object_id",
            ClientOptions {
                identity: Identity::ObjectId(String::new()),
                ..ClientOptions::default()
            },
        ),
        (
            "resource_id",
            ClientOptions {
                identity: Identity::ResourceId("/x".into()),
                ..ClientOptions::default()
            },
        ),
        (
            "access_token",
            ClientOptions {
                access_token: token(b""),
                ..ClientOptions::default()
            },
        ),
        (
            "access_token",
            ClientOptions {
                access_token: token(b"a b"),
                ..ClientOptions::default()
            },
        ),
        (
            "access_token",
            ClientOptions {
                access_token: token(b"a\r\nX: y"),
                ..ClientOptions::default()
            },
        ),
        (
            "timeout",
            ClientOptions {
                timeout: Some(Duration::ZERO),
                ..ClientOptions::default()
            },
        ),
        (
            "retries_max",
            ClientOptions {
                retries_max: Some(21),
                ..ClientOptions::default()
            },
        ),
        (
            "ca_pem",
            ClientOptions {
                ca_pem: Some("x".into()),
                ..ClientOptions::default()
            },
        ),
        (
            "user_agent",
            ClientOptions {
                user_agent: Some("a\r\nb".into()),
                ..ClientOptions::default()
            },
        ),
    ];
    for (argument, options) in cases {
        let error = failure(Client::new(options));
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.message().starts_with(argument), "{error}");
    }
}

#[test]
fn a_time_limit_that_is_zero_or_endless_is_refused() {
    let emulator = emulator();
    for timeout in [Duration::ZERO, Duration::MAX] {
        let call = Call {
            timeout: Some(timeout),
            ..Call::default()
        };
        let error = failure(client(&emulator).get_token(VAULT_AUDIENCE, &call));
        assert!(error.message().starts_with("timeout: "), "{error}");
    }
}
