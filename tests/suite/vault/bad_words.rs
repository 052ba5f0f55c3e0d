//! What is said beside the secret's name, said badly: attributes, backups and what a call may say, refused
//! with the limit in the message and before a byte is sent.

use std::time::Duration;

use doorkey::{Call, SecretAttributes, Sensitive, Status};

use super::every_call::{self, GET, OF_MANY};
use super::*;

/// Attributes with these tags.
fn tagged(tags: Vec<(String, String)>) -> SecretAttributes {
    SecretAttributes {
        tags: Some(tags),
        ..SecretAttributes::default()
    }
}

fn tag(name: &str, value: &str) -> SecretAttributes {
    tagged(vec![(name.into(), value.into())])
}

fn content_type(text: &str) -> SecretAttributes {
    SecretAttributes {
        content_type: Some(text.into()),
        ..SecretAttributes::default()
    }
}

/// Attributes that no vault would store, the argument, and what is said of it.
fn bad_attributes() -> Vec<(SecretAttributes, &'static str, &'static str)> {
    let long = "\u{1F511}".repeat(257);
    let many: Vec<_> = (0..16).map(|n| (n.to_string(), "v".to_owned())).collect();
    let twice = vec![
        ("a".to_owned(), "1".to_owned()),
        ("a".to_owned(), "2".to_owned()),
    ];
    let mut bad = vec![
        (
            content_type(&long[..256 * 4]),
            "content_type",
            "255 characters",
        ),
        (content_type("a\0b"), "content_type", "NUL"),
        (tagged(many), "tags", "15 tags"),
        (tagged(twice), "tags", "twice"),
        (tag("", "v"), "tags", "empty"),
        (tag(&long, "v"), "tags", "256 characters"),
        (tag("a", &long), "tags", "256 characters"),
        (tag("a\0", "v"), "tags", "NUL"),
        (tag("a", "v\0"), "tags", "NUL"),
    ];
    for time in [-1, doorkey::limits::TIME_UNIX_MAX + 1, i64::MIN, i64::MAX] {
        let not_before = SecretAttributes {
            not_before_unix: Some(time),
            ..SecretAttributes::default()
        };
        let expires = SecretAttributes {
            expires_at_unix: Some(time),
            ..SecretAttributes::default()
        };
        bad.push((not_before, "not_before", "1970 to 9999"));
        bad.push((expires, "expires", "1970 to 9999"));
    }
    bad
}

#[test]
fn attributes_beyond_the_services_limits_are_refused_with_the_limit() {
    let emulator = emulator();
    let client = client(&emulator);
    for (attributes, argument, rule) in bad_attributes() {
        for error in [
            failure(set_with(&client, NAME, "v", &attributes)),
            failure(update(&client, None, &attributes)),
        ] {
            assert_eq!(error.status(), Status::InvalidArgument);
            let named = error.message().starts_with(&format!("{argument}: "));
            assert!(named && error.message().contains(rule), "{error}");
            assert!(error.message().len() < 300, "{error}");
        }
    }
    assert_eq!(emulator.requests().connections_vault, 0);
}

#[test]
fn an_update_that_would_change_nothing_is_refused() {
    let emulator = emulator();
    let error = failure(update(
        &client(&emulator),
        None,
        &SecretAttributes::default(),
    ));
    assert_eq!(error.status(), Status::InvalidArgument);
    assert!(error.message().starts_with("attributes: "), "{error}");
    assert_eq!(emulator.requests().connections_vault, 0);
}

#[test]
fn what_cannot_be_a_backup_is_refused() {
    let emulator = emulator();
    let client = client(&emulator);
    let max = doorkey::limits::BACKUP_BYTES_MAX;
    let large = vec![b'A'; max + 1];
    let limit = max.to_string();
    for (backup, rule) in [
        (&b""[..], "empty"),
        (&large, limit.as_str()),
        (b" ", "base64"),
        (b"QUJD RA", "base64"),
        (b"QUJDRA\n", "base64"),
        (b"QUJD\0RA", "base64"),
        (b"\"QUJDRA\"", "base64"),
        (b"{\"value\":\"QUJDRA\"}", "base64"),
        ("QUJDR\u{e9}".as_bytes(), "base64"),
        (b"\xff\xfe\x00\x01", "base64"),
    ] {
        let error = failure(restore(&client, backup));
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.message().starts_with("backup: "), "{error}");
        assert!(error.message().contains(rule), "{error}");
    }
    assert_eq!(emulator.requests().connections_vault, 0);
}

/// What only reading takes.
fn keeping() -> [(&'static str, Call); 3] {
    let age = Some(Duration::from_secs(60));
    [
        (
            "max_age",
            Call {
                max_age: age,
                ..Call::default()
            },
        ),
        (
            "stale_if_error",
            Call {
                stale_if_error: age,
                ..Call::default()
            },
        ),
        (
            "newer_than_version",
            Call {
                newer_than_version: Some("01".into()),
                ..Call::default()
            },
        ),
    ]
}

#[test]
fn what_only_reading_takes_is_refused_by_every_other_call() {
    let emulator = emulator();
    let client = client(&emulator);
    let reads = [GET.0, OF_MANY[0].0, OF_MANY[1].0];
    for (what, begin) in every_call::all().filter(|(what, _)| !reads.contains(what)) {
        for (argument, call) in keeping() {
            let error = failure(begin(&client, VAULT, Some(NAME), &call));
            assert_eq!(error.status(), Status::Unsupported, "{what}: {error}");
            let named = error.message().starts_with(&format!("{argument}: "));
            assert!(named, "{what}: {error}");
        }
    }
    for (argument, call) in keeping() {
        let error = failure(client.get_token(VAULT_AUDIENCE, &call));
        assert_eq!(error.status(), Status::Unsupported, "{argument}");
    }
    let requests = emulator.requests();
    assert_eq!(
        (requests.connections_vault, requests.connections_imds),
        (0, 0)
    );
}

#[test]
fn concurrency_is_for_many_secrets_and_has_its_limits() {
    let emulator = emulator();
    let client = client(&emulator);
    let with = |concurrency| Call {
        concurrency: Some(concurrency),
        ..Call::default()
    };
    for (what, begin) in every_call::all() {
        let is_of_many = OF_MANY.iter().any(|(many, _)| *many == what);
        if !is_of_many {
            let error = failure(begin(&client, VAULT, Some(NAME), &with(4)));
            assert_eq!(error.status(), Status::Unsupported, "{what}: {error}");
            assert!(
                error.message().starts_with("concurrency: "),
                "{what}: {error}"
            );
        }
    }
    for (what, begin) in OF_MANY {
        for concurrency in [0, 65, usize::MAX] {
            let error = failure(begin(&client, VAULT, Some(NAME), &with(concurrency)));
            assert_eq!(error.status(), Status::InvalidArgument, "{what}");
            assert_eq!(error.message(), "concurrency: must be 1 to 64", "{what}");
        }
    }
    assert_eq!(emulator.requests().connections_vault, 0);
}

#[test]
fn more_names_than_may_be_asked_for_at_once_are_refused_with_the_limit() {
    let emulator = emulator();
    let client = client(&emulator);
    let names = vec![NAME; 4097];
    let call = Call::default();
    for error in [
        failure(client.get_secrets(Some(VAULT), &names, &call)),
        failure(client.stream_secrets(Some(VAULT), &names, &call)),
    ] {
        assert_eq!(error.status(), Status::LimitExceeded);
        for part in ["names: ", "4096", "4097"] {
            assert!(error.message().contains(part), "{error}");
        }
    }
    assert_eq!(emulator.requests().token, 0);
    assert_eq!(emulator.requests().connections_vault, 0);
    // One fewer is one secret, read once.
    let operation = client.get_secrets(Some(VAULT), &names[1..], &call);
    assert_eq!(operation.unwrap().take().unwrap().len(), 4096);
    assert_eq!(emulator.requests().vault, 1);
}

#[test]
fn an_age_that_no_call_may_accept_is_refused() {
    let emulator = emulator();
    let client = client(&emulator);
    for age in [
        doorkey::limits::AGE_MAX + Duration::from_millis(1),
        Duration::MAX,
    ] {
        let max_age = Call {
            max_age: Some(age),
            ..Call::default()
        };
        let stale = Call {
            stale_if_error: Some(age),
            ..Call::default()
        };
        for (argument, call) in [("max_age", max_age), ("stale_if_error", stale)] {
            for (what, begin) in [GET].into_iter().chain(OF_MANY) {
                let error = failure(begin(&client, VAULT, Some(NAME), &call));
                assert_eq!(error.status(), Status::InvalidArgument, "{what}");
                assert!(error.message().starts_with(argument), "{what}: {error}");
                assert!(error.message().contains("49 days"), "{what}: {error}");
            }
        }
    }
    assert_eq!(emulator.requests().connections_vault, 0);
}

#[test]
fn a_version_that_stopped_working_is_one_of_the_latest_ones_of_one_secret() {
    let emulator = emulator();
    let client = client(&emulator);
    let newer_than = |version: &str| Call {
        newer_than_version: Some(version.into()),
        ..Call::default()
    };
    let long = "a".repeat(65);
    for version in ["", "a-b", "a b", "\u{e9}", &long] {
        let error = failure(client.get_secret(VAULT, Some(NAME), None, &newer_than(version)));
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.message().contains("1 to 64"), "{error}");
    }
    let id = format!("{}/secrets/{NAME}/01", emulator.vault_url(VAULT));
    for error in [
        failure(client.get_secret(VAULT, Some(NAME), Some("02"), &newer_than("01"))),
        failure(client.get_secret(&id, None, None, &newer_than("02"))),
        failure(client.get_secrets(Some(VAULT), &[NAME], &newer_than("01"))),
        failure(client.stream_secrets(Some(VAULT), &[NAME], &newer_than("01"))),
    ] {
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(
            error.message().starts_with("newer_than_version: "),
            "{error}"
        );
    }
    assert_eq!(emulator.requests().connections_vault, 0);
}

#[test]
fn a_time_limit_that_is_zero_or_endless_is_refused_by_every_call() {
    let emulator = emulator();
    let client = client(&emulator);
    let over = doorkey::limits::TIMEOUT_MAX + Duration::from_millis(1);
    for (what, begin) in every_call::all() {
        for timeout in [Duration::ZERO, over, Duration::MAX] {
            let call = Call {
                timeout: Some(timeout),
                ..Call::default()
            };
            let error = failure(begin(&client, VAULT, Some(NAME), &call));
            assert_eq!(error.status(), Status::InvalidArgument, "{what}");
            assert!(error.message().starts_with("timeout: "), "{what}: {error}");
        }
    }
    assert_eq!(emulator.requests().connections_vault, 0);
}

#[test]
fn claims_that_are_none_are_refused_by_every_call() {
    let emulator = emulator();
    let client = client(&emulator);
    for (what, begin) in every_call::all() {
        for claims in ["", "eyJhIjoxfQ", "[]"] {
            let call = Call {
                claims: Some(claims.into()),
                ..Call::default()
            };
            let error = failure(begin(&client, VAULT, Some(NAME), &call));
            assert_eq!(error.status(), Status::InvalidArgument, "{what}");
            assert!(error.message().starts_with("claims: "), "{what}: {error}");
        }
    }
    assert_eq!(emulator.requests().connections_vault, 0);
}

#[test]
fn a_refused_call_keeps_no_place_and_no_value() {
    let emulator = emulator();
    let client = client(&emulator);
    // More than may be under way at once.
    for _ in 0..5000 {
        let value = Sensitive::new(b"v");
        let attributes = tag("", "v");
        let operation = client.set_secret(VAULT, Some(NAME), value, &attributes, &Call::default());
        assert_eq!(failure(operation).status(), Status::InvalidArgument);
    }
    set(&client, NAME, "v").unwrap();
}
