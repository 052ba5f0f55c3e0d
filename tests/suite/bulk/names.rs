//! What may stand for a secret in a call for many, and what comes of each.

use doorkey::{Call, Status};
use doorkey_emulator::{Emulator, Fault};

use super::*;
use crate::common::*;

#[test]
fn outcomes_have_the_order_of_the_names_and_not_that_of_the_answers() {
    let emulator = start(with_numbered(8));
    let client = client(&emulator);
    let first = emulator.hold(Fault::vault().target_contains("/s-0/"));
    let last = emulator.hold(Fault::vault().target_contains("/s-7/"));
    let operation = start_all(&client, 8, &at_once(2));
    first.wait_for(1);
    // The others have passed it.
    last.wait_for(1);
    last.release();
    first.release();
    assert_all(&operation.take().unwrap(), 8);
}

#[test]
fn each_name_has_a_verdict_of_its_own() {
    let builder = Emulator::builder().secrets([("off", "x"), ("gone", "y"), ("two", "old")]);
    let emulator = start(builder);
    let new = emulator.set_secret("two", "new");
    let versions = emulator.stored(None, "two").unwrap();
    let old = versions[0].id.clone();
    emulator.disable_secret("off");
    emulator.delete_secret(None, "gone");
    let (by_old, by_new) = (format!("two/{old}"), format!("two/{new}"));
    let names = [
        NAME,
        "not a name",
        "off",
        "nothing",
        "gone",
        &by_old,
        &by_new,
        "two/0123456789abcdef0123456789abcdef",
        "two",
        "",
    ];
    let outcomes = get(&client(&emulator), &names, &Call::default());
    let expected = [
        Ok(VALUE),
        Err(Status::InvalidArgument),
        Err(Status::SecretDisabled),
        Err(Status::SecretNotFound),
        Err(Status::SecretDeleted),
        Ok("old"),
        Ok("new"),
        Err(Status::SecretNotFound),
        Ok("new"),
        Err(Status::InvalidArgument),
    ];
    assert_eq!(outline(&outcomes), expected);
}

#[test]
fn a_name_that_breaks_a_rule_is_told_which_and_costs_no_request() {
    let emulator = emulator();
    let long = "n".repeat(128);
    for (name, rule) in [
        ("", "name: must be"),
        ("under_score", "name: must be"),
        ("schlüssel", "name: must be"),
        ("a\0b", "name: must be"),
        ("..", "name: must be"),
        (long.as_str(), "name: must be"),
        ("name/", "version: must be"),
        ("name/ver-sion", "version: must be"),
        ("name/1/2", "version: must be"),
        ("/1", "name: must be"),
        ("https://demo.vault.localhost/secrets/a", "name: must be"),
    ] {
        let outcomes = get(&client(&emulator), &[name], &Call::default());
        let error = outcomes[0].as_ref().unwrap_err();
        assert_eq!(error.status(), Status::InvalidArgument, "{name}");
        assert!(error.message().starts_with(rule), "{name}: {error}");
    }
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (0, 0));
}

#[test]
fn what_is_named_twice_in_whatever_letters_is_read_once() {
    let emulator = emulator();
    let client = client(&emulator);
    let version = emulator.stored(None, NAME).unwrap()[0].id.clone();
    let upper = NAME.to_uppercase();
    let (exact, shouted) = (
        format!("{NAME}/{version}"),
        format!("{upper}/{}", version.to_uppercase()),
    );
    let names = [NAME, &upper, &exact, "mytestsecret", &shouted, NAME];
    let outcomes = get(&client, &names, &Call::default());
    assert_eq!(outline(&outcomes), [Ok(VALUE); 6]);
    assert_eq!(
        emulator.requests().vault,
        2,
        "the latest version, and the one that is named"
    );
}

#[test]
fn a_failure_that_is_asked_for_twice_is_one_failure() {
    let emulator = emulator();
    let names = ["nothing", NAME, "NOTHING"];
    let outcomes = get(&client(&emulator), &names, &Call::default());
    let missing = Err(Status::SecretNotFound);
    assert_eq!(outline(&outcomes), [missing, Ok(VALUE), missing]);
    // The missing one, whether it was deleted, and the other one.
    assert_eq!(emulator.requests().vault, 3);
}

#[test]
fn no_names_are_no_outcomes_and_no_request() {
    let emulator = emulator();
    assert!(get(&client(&emulator), &[], &Call::default()).is_empty());
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (0, 0));
}

#[test]
fn one_secrets_refusal_hinders_no_other() {
    let emulator = start(with_numbered(20));
    emulator.fault(
        Fault::vault()
            .target_contains("/s-3/")
            .denied(doorkey_emulator::Denied::Rbac),
    );
    emulator.fault(
        Fault::vault()
            .target_contains("/s-5/")
            .status(200)
            .body("<html>"),
    );
    let outcomes = start_all(&client(&emulator), 20, &Call::default());
    let outcomes = outcomes.take().unwrap();
    for (at, outcome) in outcomes.iter().enumerate() {
        let status = outcome.as_ref().err().map(doorkey::Error::status);
        let expected = match at {
            3 => Some(Status::Forbidden),
            5 => Some(Status::Protocol),
            _ => None,
        };
        assert_eq!(status, expected, "{at}");
    }
}

#[test]
fn a_name_with_an_older_version_does_not_stand_for_the_latest() {
    let emulator = emulator();
    let old = emulator.stored(None, NAME).unwrap()[0].id.clone();
    emulator.set_secret(NAME, "newer");
    let exact = format!("{NAME}/{old}");
    let outcomes = get(&client(&emulator), &[&exact, NAME], &Call::default());
    assert_eq!(outline(&outcomes), [Ok(VALUE), Ok("newer")]);
}

#[test]
fn a_version_that_stopped_working_can_be_said_of_one_secret_only() {
    let emulator = emulator();
    let client = client(&emulator);
    let call = Call {
        newer_than_version: Some("1".into()),
        ..Call::default()
    };
    for error in [
        failure(client.get_secrets(Some(VAULT), &[NAME], &call)),
        failure(client.stream_secrets(Some(VAULT), &[NAME], &call)),
    ] {
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.message().contains("newer_than_version"), "{error}");
    }
}
