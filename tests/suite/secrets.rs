//! Reading a secret: every form of its address, everything that is known of it, and how many
//! requests that takes.

use doorkey::{Call, Client, ClientOptions, Sensitive, Status, VaultSuffix};
use doorkey_emulator::{Denied, Emulator, Fault, SecretOptions, tags};
use std::sync::Arc;
use std::time::Duration;

use crate::common::*;

#[test]
fn the_tutorials_secret_arrives_whole() {
    let emulator = emulator();
    let secret = secret(&client(&emulator)).unwrap();
    assert_eq!(secret.value().as_str(), Some(VALUE));
    assert_eq!((secret.vault(), secret.name()), (VAULT, NAME));
    assert_eq!(secret.version().len(), 32);
    assert!(
        secret
            .id()
            .ends_with(&format!("/secrets/{NAME}/{}", secret.version()))
    );
    assert!(
        secret.is_enabled()
            && secret.created_at_unix().is_some()
            && secret.updated_at_unix().is_some()
    );
    assert_eq!(
        (
            secret.expires_at_unix(),
            secret.not_before_unix(),
            secret.content_type()
        ),
        (None, None, None)
    );
}

#[test]
fn a_cold_secret_of_a_known_suffix_takes_two_round_trips() {
    let emulator = emulator();
    secret(&client(&emulator)).unwrap();
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 1));
}

#[test]
fn the_built_in_suffixes_take_two_round_trips_and_their_own_audience() {
    for suffix in [
        "vault.azure.net",
        "vault.azure.cn",
        "vault.usgovcloudapi.net",
    ] {
        let emulator = start(Emulator::builder().vault_suffix(suffix));
        let host = format!("demo.{suffix}");
        let options = ClientOptions {
            environment: environment(&emulator, &[("DOORKEY_VAULT_SUFFIX", "")]),
            dial: vec![(host.clone(), Some(emulator.vault_address()))],
            ..options(&emulator)
        };
        let client = Client::new(options).unwrap();
        let vault = if suffix == "vault.azure.net" {
            VAULT
        } else {
            host.as_str()
        };
        assert_eq!(
            secret_in(&client, vault).unwrap().value().as_str(),
            Some(VALUE)
        );
        let requests = emulator.requests();
        assert_eq!((requests.token, requests.vault), (1, 1), "{suffix}");
        assert!(
            emulator.log()[0]
                .target
                .contains(&format!("resource=https%3A%2F%2F{suffix}"))
        );
    }
}

#[test]
fn a_second_secret_takes_one_round_trip_on_the_same_connection() {
    let emulator = emulator();
    let client = client(&emulator);
    secret(&client).unwrap();
    secret(&client).unwrap();
    let requests = emulator.requests();
    assert_eq!(
        (requests.token, requests.vault, requests.tls_handshakes),
        (1, 2, 1)
    );
}

#[test]
fn name_host_url_and_id_lead_to_the_same_secret() {
    let emulator = emulator();
    let client = client(&emulator);
    let url = emulator.vault_url(VAULT);
    let host = url.trim_start_matches("https://");
    let first = secret(&client).unwrap();
    for vault in [VAULT, "DEMO", host, url.as_str(), &format!("{url}/")] {
        assert_eq!(
            secret_in(&client, vault).unwrap().id(),
            first.id(),
            "{vault}"
        );
    }
    for id in [first.id().to_owned(), format!("{url}/secrets/{NAME}")] {
        let by_id = client
            .get_secret(&id, None, None, &Call::default())
            .unwrap()
            .take()
            .unwrap();
        assert_eq!(by_id.id(), first.id());
    }
}

#[test]
fn an_older_version_is_read_by_its_version() {
    let emulator = emulator();
    let client = client(&emulator);
    let first = secret(&client).unwrap();
    emulator.set_secret(NAME, "newer");
    assert_eq!(secret(&client).unwrap().value().as_str(), Some("newer"));
    let call = Call::default();
    let old = client
        .get_secret(VAULT, Some(NAME), Some(first.version()), &call)
        .unwrap()
        .take()
        .unwrap();
    assert_eq!(old.value().as_str(), Some(VALUE));
}

#[test]
fn a_name_in_other_letters_is_the_same_secret() {
    let emulator = emulator();
    let call = Call::default();
    let operation = client(&emulator).get_secret(VAULT, Some("MYTESTSECRET"), None, &call);
    assert_eq!(operation.unwrap().take().unwrap().name(), NAME);
}

#[test]
fn content_type_dates_and_tags_are_told() {
    let emulator = emulator();
    let more = SecretOptions {
        content_type: Some("text/plain".into()),
        expires: Some(1_900_000_000),
        not_before: Some(1_600_000_000),
        tags: Some(tags([("owner", "ops"), ("stage", "té\u{1F600}st")])),
        ..SecretOptions::default()
    };
    emulator.set_secret_with(None, NAME, VALUE, more);
    let secret = secret(&client(&emulator)).unwrap();
    assert_eq!(secret.content_type(), Some("text/plain"));
    assert_eq!(
        (secret.expires_at_unix(), secret.not_before_unix()),
        (Some(1_900_000_000), Some(1_600_000_000))
    );
    let tags: Vec<_> = secret.tags().collect();
    assert_eq!(tags, [("owner", "ops"), ("stage", "té\u{1F600}st")]);
}

#[test]
fn values_of_every_kind_arrive_unchanged() {
    let emulator = emulator();
    let client = client(&emulator);
    let large = "x".repeat(25_000);
    for value in [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{1F511} schlüssel\r\n\t\"\\/",
        large.as_str(),
    ] {
        emulator.set_secret(NAME, value);
        assert_eq!(
            secret(&client).unwrap().value().as_bytes(),
            value.as_bytes()
        );
    }
}

#[test]
fn a_disabled_secret_a_missing_one_and_a_missing_version_are_told_apart() {
    let emulator = emulator();
    let client = client(&emulator);
    let call = Call::default();
    let error = failure(
        client
            .get_secret(VAULT, Some("nothing"), None, &call)
            .unwrap()
            .take(),
    );
    assert_eq!(
        (error.status(), error.http_status(), error.code()),
        (Status::SecretNotFound, Some(404), Some("SecretNotFound"))
    );
    let no_version = "0123456789abcdef0123456789abcdef";
    let error = failure(
        client
            .get_secret(VAULT, Some(NAME), Some(no_version), &call)
            .unwrap()
            .take(),
    );
    assert_eq!(error.status(), Status::SecretNotFound);
    emulator.disable_secret(NAME);
    let error = failure(secret(&client));
    assert_eq!(
        (error.status(), error.http_status(), error.inner_code()),
        (Status::SecretDisabled, Some(403), Some("SecretDisabled"))
    );
    assert!(error.request_id().is_some());
    assert!(error.advice().unwrap().contains("enable"));
}

#[test]
fn every_kind_of_403_names_its_fix() {
    let emulator = emulator();
    let client = client(&emulator);
    for (denied, inner, fix) in [
        (Denied::Rbac, "ForbiddenByRbac", "Key Vault Secrets User"),
        (Denied::AccessPolicy, "AccessDenied", "access policy"),
        (Denied::Firewall, "ForbiddenByFirewall", "firewall"),
        (
            Denied::PrivateLink,
            "ForbiddenByConnection",
            "private endpoint",
        ),
    ] {
        emulator.fault(Fault::vault().denied(denied));
        let error = failure(secret(&client));
        assert_eq!(
            (error.status(), error.inner_code()),
            (Status::Forbidden, Some(inner))
        );
        assert!(error.advice().unwrap().contains(fix), "{error}");
    }
}

#[test]
fn a_vault_of_that_name_that_does_not_exist_is_not_found_by_dns() {
    let emulator = emulator();
    let options = ClientOptions {
        environment: environment(&emulator, &[("DOORKEY_VAULT_SUFFIX", "")]),
        access_token: Some(Arc::new(Sensitive::new(b"t"))),
        dial: vec![("demo.vault.azure.net".to_owned(), None)],
        ..options(&emulator)
    };
    let error = failure(secret(&Client::new(options).unwrap()));
    assert_eq!(error.status(), Status::Dns);
    assert!(
        error.advice().unwrap().contains("private endpoint"),
        "{error}"
    );
}

#[test]
fn a_brought_token_is_used_and_no_endpoint_is_asked() {
    let emulator = emulator();
    let brought = emulator.issue_token(VAULT_AUDIENCE, Duration::from_secs(600));
    let options = ClientOptions {
        access_token: Some(Arc::new(Sensitive::new(brought.as_bytes()))),
        ..options(&emulator)
    };
    let client = Client::new(options).unwrap();
    assert_eq!(secret(&client).unwrap().value().as_str(), Some(VALUE));
    assert_eq!(emulator.requests().token, 0);
    assert_eq!(
        failure(client.get_token(VAULT_AUDIENCE, &Call::default())).status(),
        Status::Unsupported
    );
}

#[test]
fn a_brought_token_that_is_refused_is_not_replaced() {
    let emulator = emulator();
    let options = ClientOptions {
        access_token: Some(Arc::new(Sensitive::new(b"not-a-token-of-this-place"))),
        ..options(&emulator)
    };
    let error = failure(secret(&Client::new(options).unwrap()));
    assert_eq!(error.status(), Status::Unauthorized);
    assert_eq!(emulator.requests().token, 0);
    assert!(!format!("{error:?}{error}").contains("not-a-token"));
}

#[test]
fn an_options_suffix_behaves_as_the_built_in_ones_do() {
    let emulator = emulator();
    let options = ClientOptions {
        environment: environment(&emulator, &[("DOORKEY_VAULT_SUFFIX", "")]),
        vault_suffixes: vec![VaultSuffix::new(&emulator.vault_suffix(), None).unwrap()],
        ..options(&emulator)
    };
    secret(&Client::new(options).unwrap()).unwrap();
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 1));
}

#[test]
fn a_forced_refresh_gets_a_new_token_for_the_secret() {
    let emulator = emulator();
    let client = client(&emulator);
    secret(&client).unwrap();
    let call = Call {
        force_refresh: true,
        ..Call::default()
    };
    client
        .get_secret(VAULT, Some(NAME), None, &call)
        .unwrap()
        .take()
        .unwrap();
    assert_eq!(emulator.requests().token, 2);
}

#[test]
fn many_cold_secrets_share_one_pool_of_connections() {
    let emulator = emulator();
    let client = client(&emulator);
    let all_at_once = || {
        let gate = emulator.hold(Fault::vault().times(16));
        let operations: Vec<_> = (0..16)
            .map(|_| {
                client
                    .get_secret(VAULT, Some(NAME), None, &Call::default())
                    .unwrap()
            })
            .collect();
        gate.wait_for(16);
        gate.release();
        for operation in operations {
            operation.take().unwrap();
        }
    };
    all_at_once();
    assert_eq!(emulator.requests().tls_handshakes, 16);
    all_at_once();
    assert_eq!(
        emulator.requests().tls_handshakes,
        16,
        "the second round needs no new connection"
    );
    assert_eq!(emulator.requests().token, 1);
}
