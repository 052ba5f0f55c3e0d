//! When the body of a request leaves: with the first request to a vault that is known; to another host only once its challenge
//! is believed, for the body of a first request might be meant for a vault and read by somebody else. And no body is ever that
//! of another request.

use super::*;
use crate::challenge::stranger;

/// Method and length of the body of every request to a vault.
fn lengths(emulator: &Emulator) -> Vec<(String, usize)> {
    let log = emulator.log();
    let vault = log.into_iter().filter(|r| r.endpoint == Endpoint::Vault);
    vault.map(|r| (r.method, r.body_bytes)).collect()
}

/// The length of the body that sets this value.
fn length_of(value: &str) -> usize {
    format!(r#"{{"value":"{value}"}}"#).len()
}

fn value_of(emulator: &Emulator, vault: &str, name: &str) -> String {
    let versions = emulator.stored(Some(vault), name).unwrap();
    versions.last().unwrap().value.clone()
}

#[test]
fn a_body_goes_with_the_first_request_to_a_known_vault() {
    let emulator = emulator();
    set_in(&client(&emulator), VAULT, "new").unwrap();
    assert_eq!(legs(&emulator), [Leg::of("PUT", true, true)]);
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn an_unknown_host_gets_the_whole_body_once_its_challenge_is_believed() {
    let emulator = emulator();
    let value = "x".repeat(25_000);
    set_in(&stranger(&emulator), &emulator.vault_url(VAULT), &value).unwrap();
    let whole = length_of(&value);
    assert_eq!(
        lengths(&emulator),
        [("PUT".to_owned(), 0), ("PUT".to_owned(), whole)]
    );
    assert_eq!(value_of(&emulator, VAULT, NAME), value);
}

#[test]
fn a_withheld_body_is_announced_as_none_and_has_no_type() {
    let emulator = emulator();
    set_in(&stranger(&emulator), &emulator.vault_url(VAULT), "new").unwrap();
    let log = emulator.log();
    let (first, last) = (&log[0], log.last().unwrap());
    assert_eq!(first.header("content-length"), Some("0"));
    assert_eq!(first.header("content-type"), None);
    assert_eq!(last.header("content-type"), Some("application/json"));
    assert_eq!(
        (&first.method, &first.target),
        (&last.method, &last.target),
        "the same request otherwise"
    );
}

#[test]
fn every_kind_of_write_withholds_its_body() {
    let emulator = emulator();
    let (call, vault) = (Call::default(), emulator.vault_url(VAULT));
    let attributes = SecretAttributes {
        content_type: Some("text/plain".to_owned()),
        ..SecretAttributes::default()
    };
    let client = stranger(&emulator);
    let update = client.update_secret(&vault, Some(NAME), None, &attributes, &call);
    update.unwrap().take().unwrap();
    assert_eq!(
        legs(&emulator),
        [Leg::of("PATCH", false, false), Leg::of("PATCH", true, true)]
    );
    let backup = client.backup_secret(&vault, Some(NAME), &call);
    let backup = backup.unwrap().take().unwrap();
    emulator.delete_secret(None, NAME);
    let purge = client.purge_secret(&vault, Some(NAME), &call);
    purge.unwrap().take().unwrap();
    emulator.reset_requests();
    let restore = stranger(&emulator).restore_secret(&vault, backup.as_bytes(), &call);
    restore.unwrap().take().unwrap();
    assert_eq!(
        legs(&emulator),
        [Leg::of("POST", false, false), Leg::of("POST", true, true)]
    );
}

#[test]
fn a_write_without_a_body_has_none_on_either_leg() {
    let emulator = emulator();
    emulator.delete_secret(None, NAME);
    let client = stranger(&emulator);
    let vault = emulator.vault_url(VAULT);
    let recover = client.recover_secret(&vault, Some(NAME), &Call::default());
    recover.unwrap().take().unwrap();
    assert_eq!(
        legs(&emulator)[..2],
        [Leg::of("POST", false, false), Leg::of("POST", true, false)]
    );
}

#[test]
fn no_body_comes_back_in_a_later_request_to_another_vault() {
    let emulator = start(
        Emulator::builder()
            .vault(VAULT)
            .vault("other")
            .secret_in("other", NAME, "theirs"),
    );
    let client = stranger(&emulator);
    set_in(&client, &emulator.vault_url(VAULT), "ours").unwrap();
    let other = emulator.vault_url("other");
    let read = secret_in(&client, &other).unwrap();
    assert_eq!(read.value().as_str(), Some("theirs"));
    let deleted = client.delete_secret(&other, Some(NAME), &Call::default());
    deleted.unwrap().take().unwrap();
    let ours = length_of("ours");
    let expected = [
        ("PUT", 0),
        ("PUT", ours),
        ("GET", 0),
        ("GET", 0),
        ("DELETE", 0),
        ("GET", 0),
    ];
    let seen = lengths(&emulator);
    let seen: Vec<_> = seen
        .iter()
        .map(|(method, bytes)| (method.as_str(), *bytes))
        .collect();
    assert_eq!(seen, expected);
}

#[test]
fn no_body_comes_back_in_a_later_request_that_is_challenged_again() {
    let emulator = emulator();
    let client = stranger(&emulator);
    let vault = emulator.vault_url(VAULT);
    set_in(&client, &vault, "ours").unwrap();
    let challenge = emulator.challenge();
    emulator.fault(Fault::vault().challenge(&challenge));
    secret_in(&client, &vault).unwrap();
    let reads: Vec<_> = lengths(&emulator).split_off(2);
    assert_eq!(reads, [("GET".to_owned(), 0), ("GET".to_owned(), 0)]);
}

#[test]
fn the_bodies_of_concurrent_writes_stay_their_own() {
    let emulator = emulator();
    let client = stranger(&emulator);
    let vault = emulator.vault_url(VAULT);
    let names: Vec<_> = (0..8).map(|number| format!("secret-{number}")).collect();
    let value = |number: usize| "v".repeat(100 + number);
    let gate = emulator.hold(Fault::vault().times(8));
    let operations: Vec<_> = (0..8)
        .map(|number| {
            let value = Sensitive::new(value(number).as_bytes());
            let attributes = SecretAttributes::default();
            client
                .set_secret(
                    &vault,
                    Some(&names[number]),
                    value,
                    &attributes,
                    &Call::default(),
                )
                .unwrap()
        })
        .collect();
    gate.wait_for(8);
    gate.release();
    for operation in operations {
        operation.take().unwrap();
    }
    for (number, name) in names.iter().enumerate() {
        assert_eq!(value_of(&emulator, VAULT, name), value(number));
    }
    let withheld = lengths(&emulator)
        .iter()
        .filter(|(_, bytes)| *bytes == 0)
        .count();
    assert_eq!((withheld, emulator.requests().vault), (8, 16));
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn a_body_is_withheld_again_from_a_host_that_is_no_longer_believed() {
    let emulator = emulator();
    let client = stranger(&emulator);
    let vault = emulator.vault_url(VAULT);
    set_in(&client, &vault, "one").unwrap();
    emulator.fault(Fault::vault().status(401));
    failure(set_in(&client, &vault, "two"));
    emulator.reset_requests();
    set_in(&client, &vault, "three").unwrap();
    assert_eq!(
        legs(&emulator),
        [Leg::of("PUT", false, false), Leg::of("PUT", true, true)]
    );
    let stored = emulator.stored(None, NAME).unwrap();
    assert_eq!(stored.len(), 3, "the second was not carried out");
}

#[test]
fn a_body_goes_whole_with_every_leg_that_has_a_token() {
    let emulator = emulator();
    let client = client(&emulator);
    secret(&client).unwrap();
    emulator.revoke_tokens();
    emulator.demand_claims(r#"{"access_token":{}}"#);
    emulator.reset_requests();
    set_in(&client, VAULT, "new").unwrap();
    let whole = length_of("new");
    let each = ("PUT".to_owned(), whole);
    assert_eq!(lengths(&emulator), [each.clone(), each]);
    assert_eq!(emulator.stored(None, NAME).unwrap().len(), 2, "once more");
}

#[test]
fn a_host_that_is_busy_before_it_asks_for_a_token_gets_no_body_either() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::vault().times(2).status(503));
    let client = Client::new(ClientOptions {
        clock: doorkey::clock::Clock::from_source(clock.clone()),
        ..crate::challenge::stranger_options(&emulator)
    });
    set_in(&client.unwrap(), &emulator.vault_url(VAULT), "new").unwrap();
    let with_body: Vec<_> = legs(&emulator).iter().map(|leg| leg.with_body).collect();
    assert_eq!(with_body, [false, false, false, true]);
    assert_eq!(clock.slept().len(), 2);
}
