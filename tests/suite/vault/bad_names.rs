//! Which secret is meant, given badly, to every call: told at once by argument and rule, and not a byte is
//! sent.

use std::sync::Arc;

use doorkey::{Call, Client, ClientOptions, Sensitive, Status};

use super::every_call::{self, GET, OF_DELETED, OF_VAULT, OF_WHOLE, UPDATE};
use super::*;

/// A client whose emulator must never hear of it.
struct Silent {
    emulator: Emulator,
    client: Client,
}

impl Silent {
    fn new() -> Self {
        let emulator = emulator();
        let client = client(&emulator);
        Self { emulator, client }
    }

    /// Begins a call that must be refused in these words.
    fn refuses(
        &self,
        (what, begin): every_call::Named,
        (vault, name): (&str, Option<&str>),
        words: &[&str],
    ) {
        let given = format!("{what}({vault:.60?}, {name:.60?})");
        let error = match begin(&self.client, vault, name, &Call::default()) {
            Ok(()) => panic!("{given} is not refused"),
            Err(error) => error,
        };
        assert_eq!(error.status(), Status::InvalidArgument, "{given}: {error}");
        for word in words {
            assert!(error.message().contains(word), "{given}: {error}");
        }
        assert!(error.message().len() < 300, "{given}: {error}");
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let requests = self.emulator.requests();
            let connections = (requests.connections_imds, requests.connections_vault);
            assert_eq!(connections, (0, 0));
        }
    }
}

#[test]
fn a_vault_that_is_none_is_refused_by_every_call() {
    let silent = Silent::new();
    let long = format!("https://{}.example", "a".repeat(2048));
    for call in every_call::all() {
        for (vault, rule) in [
            ("", "must not be empty"),
            ("ab", "3 to 24"),
            ("abcdefghijklmnopqrstuvwxy", "3 to 24"),
            ("-demo", "no '-' at either end"),
            ("demo-", "no '-' at either end"),
            ("de--mo", "no two in a row"),
            ("de_mo", "letters, digits or '-'"),
            ("de mo", "spaces"),
            ("demo\r\nX: y", "control"),
            ("demo\0", "control"),
            ("d\u{e9}mo", "non-ASCII"),
            ("demo%2f", "'%'"),
            ("u@demo", "'@'"),
            ("demo\\x", "'\\'"),
            ("../demo", "must be"),
            ("demo/secrets", "must be"),
            ("evilvault.azure.net", "only looks like one"),
            ("demo.vault.azure.net.evil.example", "only looks like one"),
            ("kv.corp.example", "no known cloud"),
            ("demo.vault.azure.net:1", "looks like one"),
            ("demo.vault.azure.net.", "must be"),
            ("http://demo.vault.azure.net", "https"),
            ("ftp://demo.vault.azure.net", "https"),
            ("https://u@demo.vault.azure.net", "'@'"),
            ("https://demo.vault.azure.net?x=y", "query"),
            ("https://demo.vault.azure.net#x", "fragment"),
            ("https://demo.vault.azure.net//secrets/n", "empty segments"),
            ("https://demo.vault.azure.net/../secrets/n", "'..'"),
            ("https://", "must"),
            ("https://[::1", "must"),
            (&long, "2048"),
        ] {
            silent.refuses(call, (vault, Some(NAME)), &["vault: ", rule]);
        }
    }
}

#[test]
fn a_name_that_is_none_is_refused_by_every_call_about_a_secret() {
    let silent = Silent::new();
    let long = "a".repeat(128);
    for call in every_call::of_secret() {
        for name in [
            "",
            " ",
            "a b",
            "a_b",
            "a.b",
            "a/b",
            "/",
            "..",
            "../x",
            "a%2fb",
            "a\0",
            "a\n",
            "\u{e9}",
            "\u{1F511}",
            "a?b",
            "a#b",
            "*",
            &long,
        ] {
            silent.refuses(call, (VAULT, Some(name)), &["name: ", "1 to 127"]);
        }
    }
}

#[test]
fn a_name_may_be_missing_only_where_there_is_an_id() {
    let silent = Silent::new();
    let url = silent.emulator.vault_url(VAULT);
    for call in every_call::of_secret() {
        silent.refuses(call, (VAULT, None), &["name: ", "missing"]);
        silent.refuses(call, (&url, None), &["name: ", "missing"]);
        let id = format!("{url}/secrets/{NAME}");
        silent.refuses(call, (&id, Some(NAME)), &["vault: ", "holds a path"]);
    }
}

#[test]
fn an_id_that_is_no_secrets_is_refused_by_every_call_about_a_secret() {
    let silent = Silent::new();
    let url = silent.emulator.vault_url(VAULT);
    for call in every_call::of_secret() {
        for path in ["secrets", "secrets/", "keys/n", "secrets/n/1/2", "n"] {
            let id = format!("{url}/{path}");
            silent.refuses(call, (&id, None), &["vault: ", "no secret id"]);
        }
        let id = format!("{url}/certificates/n");
        silent.refuses(call, (&id, None), &["vault: ", "write /secrets/"]);
        let id = format!("{url}/secrets/a_b");
        silent.refuses(call, (&id, None), &["name: ", "1 to 127"]);
        let id = format!("{url}/secrets/n/1-2");
        silent.refuses(call, (&id, None), &["version: ", "1 to 64"]);
    }
}

#[test]
fn an_id_with_a_version_is_refused_where_the_whole_secret_is_meant() {
    let silent = Silent::new();
    let url = silent.emulator.vault_url(VAULT);
    for call in OF_WHOLE.into_iter().chain(OF_DELETED) {
        let id = format!("{url}/secrets/{NAME}/0123456789abcdef0123456789abcdef");
        silent.refuses(call, (&id, None), &["vault: ", "leave the version out"]);
    }
}

#[test]
fn the_id_of_a_deleted_secret_is_refused_where_one_that_lives_is_meant() {
    let silent = Silent::new();
    let url = silent.emulator.vault_url(VAULT);
    for call in [GET, UPDATE].into_iter().chain(OF_WHOLE) {
        let id = format!("{url}/deletedsecrets/{NAME}");
        silent.refuses(call, (&id, None), &["vault: ", "deleted secret"]);
    }
}

#[test]
fn a_secrets_id_is_refused_where_a_vault_is_meant() {
    let silent = Silent::new();
    let id = format!("{}/secrets/{NAME}", silent.emulator.vault_url(VAULT));
    for call in OF_VAULT.into_iter().chain(every_call::OF_MANY) {
        silent.refuses(call, (&id, None), &["vault: ", "give the vault alone"]);
    }
}

#[test]
fn a_version_that_is_none_is_refused_for_reading_and_updating() {
    let silent = Silent::new();
    let client = &silent.client;
    let (call, attributes) = (Call::default(), every_call::some_attributes());
    let long = "a".repeat(65);
    for version in [
        "", " ", "a-b", "../x", "a/b", "%31", "\u{e9}", "1\0", "latest?", &long,
    ] {
        let name = Some(NAME);
        for error in [
            failure(client.get_secret(VAULT, name, Some(version), &call)),
            failure(client.update_secret(VAULT, name, Some(version), &attributes, &call)),
        ] {
            assert_eq!(error.status(), Status::InvalidArgument);
            assert!(error.message().starts_with("version: "), "{error}");
            assert!(error.message().contains("1 to 64"), "{error}");
        }
    }
    let id = format!("{}/secrets/{NAME}/01", silent.emulator.vault_url(VAULT));
    for error in [
        failure(client.get_secret(&id, None, Some("02"), &call)),
        failure(client.update_secret(&id, None, Some("02"), &attributes, &call)),
    ] {
        assert!(error.message().starts_with("version: "), "{error}");
    }
}

#[test]
fn a_broken_suffix_in_the_environment_is_named_by_every_call() {
    let emulator = emulator();
    let options = ClientOptions {
        environment: environment(&emulator, &[("DOORKEY_VAULT_SUFFIX", "https://x/")]),
        ..options(&emulator)
    };
    let client = Client::new(options).unwrap();
    for (what, begin) in every_call::all() {
        let error = failure(begin(&client, VAULT, Some(NAME), &Call::default()));
        assert_eq!(error.status(), Status::InvalidArgument, "{what}");
        let names = error.message().contains("DOORKEY_VAULT_SUFFIX");
        assert!(names, "{what}: {error}");
    }
    assert_eq!(emulator.requests().connections_vault, 0);
}

#[test]
fn a_token_of_ones_own_goes_to_no_stranger_by_any_call() {
    let emulator = emulator();
    let stranger = emulator.vault_url(VAULT);
    let options = ClientOptions {
        environment: environment(&emulator, &[("DOORKEY_VAULT_SUFFIX", "")]),
        access_token: Some(Arc::new(Sensitive::new(b"a-token-of-ones-own"))),
        ..options(&emulator)
    };
    let client = Client::new(options).unwrap();
    for (what, begin) in every_call::all() {
        let error = failure(begin(&client, &stranger, Some(NAME), &Call::default()));
        assert_eq!(error.status(), Status::InvalidArgument, "{what}: {error}");
        assert!(error.message().starts_with("vault: "), "{what}: {error}");
    }
    assert_eq!(emulator.requests().connections_vault, 0);
}

#[test]
fn of_many_names_a_bad_one_is_its_own_items_error() {
    let emulator = emulator();
    let client = client(&emulator);
    let names = [
        "",
        "a b",
        NAME,
        "a/",
        "/1",
        "a/1/2",
        "a/1-2",
        "mytestsecret",
    ];
    let operation = client.get_secrets(Some(VAULT), &names, &Call::default());
    let results = operation.unwrap().take().unwrap();
    for (name, result) in names.iter().zip(&results) {
        match result {
            Ok(secret) => assert_eq!(secret.value().as_str(), Some(VALUE), "{name}"),
            Err(error) => assert_eq!(error.status(), Status::InvalidArgument, "{name}"),
        }
    }
    let good: Vec<_> = results.iter().map(Result::is_ok).collect();
    assert_eq!(good, [false, false, true, false, false, false, false, true]);
    assert_eq!(emulator.requests().vault, 1);
}

#[test]
fn without_a_vault_each_of_many_is_a_whole_id() {
    let silent = Silent::new();
    let names = [NAME, "https://evilvault.azure.net/secrets/n", "", "demo"];
    let operation = silent.client.get_secrets(None, &names, &Call::default());
    for result in operation.unwrap().take().unwrap() {
        assert_eq!(failure(result).status(), Status::InvalidArgument);
    }
}
