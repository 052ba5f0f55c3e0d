//! The environment of a client: read when a source must be asked, checked before a byte is sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use doorkey::{Call, Client, ClientOptions, Environment, Status};
use doorkey_emulator::Emulator;

use crate::common::*;

/// An environment whose variables a test changes, as a process's are.
fn changeable(emulator: &Emulator) -> (Arc<Mutex<HashMap<String, String>>>, Client) {
    let values: Arc<Mutex<HashMap<_, _>>> =
        Arc::new(Mutex::new(variables(emulator).into_iter().collect()));
    let read = Arc::clone(&values);
    let client = Client::new(ClientOptions {
        environment: Environment::from_lookup(move |name| read.lock().unwrap().get(name).cloned()),
        ..ClientOptions::default()
    });
    (values, client.unwrap())
}

#[test]
fn a_changed_variable_is_seen_at_the_next_request() {
    let (one, two) = (emulator(), emulator());
    let (values, client) = changeable(&one);
    secret(&client).unwrap();
    values.lock().unwrap().extend(variables(&two));
    forced_token(&client).unwrap();
    assert_eq!((one.requests().token, two.requests().token), (1, 1));
    secret(&client).unwrap();
    assert_eq!((one.requests().vault, two.requests().vault), (1, 1));
}

#[test]
fn a_bad_variable_is_named_before_any_byte_is_sent() {
    for (name, value) in [
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://token.example"),
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "nonsense"),
        ("AZURE_CLIENT_ID", "not-a-guid"),
        ("DOORKEY_VAULT_SUFFIX", "https://vault.localhost"),
    ] {
        let emulator = emulator();
        let options = ClientOptions {
            environment: environment(&emulator, &[(name, value)]),
            ..options(&emulator)
        };
        let client = Client::new(options).unwrap();
        let error = failure(client.get_secret(VAULT, Some(NAME), None, &Call::default()));
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.message().starts_with(&format!("{name}: ")), "{error}");
        assert_eq!(
            (
                emulator.requests().connections_imds,
                emulator.requests().connections_vault
            ),
            (0, 0)
        );
    }
}

#[test]
fn a_given_environment_does_not_see_the_process() {
    let client = Client::new(ClientOptions {
        // Only this: a PATH or HOME of the process plays no part, nor does the default endpoint.
        environment: Environment::given([(
            "AZURE_POD_IDENTITY_AUTHORITY_HOST",
            doorkey_emulator::dead_port(),
        )])
        .unwrap(),
        ..ClientOptions::default()
    });
    assert_eq!(
        failure(token(&client.unwrap())).status(),
        Status::IdentityUnavailable
    );
}

#[test]
fn a_call_reads_each_variable_once_and_on_the_callers_thread() {
    let emulator = emulator();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (record, pairs) = (Arc::clone(&asked), variables(&emulator));
    let environment = Environment::from_lookup(move |name| {
        let thread = std::thread::current().id();
        record.lock().unwrap().push((name.to_owned(), thread));
        pairs
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    });
    let client = Client::new(ClientOptions {
        environment,
        ..ClientOptions::default()
    });
    secret(&client.unwrap()).unwrap();
    let mut asked = asked.lock().unwrap().clone();
    let caller = std::thread::current().id();
    assert!(asked.iter().all(|(_, thread)| *thread == caller));
    let count = asked.len();
    asked.sort_by(|a, b| a.0.cmp(&b.0));
    asked.dedup_by(|a, b| a.0 == b.0);
    assert_eq!(asked.len(), count);
}
