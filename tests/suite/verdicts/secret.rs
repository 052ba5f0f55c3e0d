//! What is wrong with the secret that was asked for.

use doorkey::{SecretAttributes, Sensitive, Status};
use doorkey_emulator::{Fault, SecretOptions};

use super::*;

#[test]
fn a_disabled_secret_is_to_be_enabled() {
    let emulator = emulator();
    emulator.disable_secret(NAME);
    let error = failure(secret(&client(&emulator)));
    let verdict = Verdict {
        status: Status::SecretDisabled,
        http: Some(403),
        code: Some("Forbidden"),
        inner: Some("SecretDisabled"),
        says: "Operation get is not allowed on a disabled secret.",
        fixes: &["enable this version", "ask for another one"],
    };
    assert_verdict(&error, &verdict);
}

#[test]
fn a_secret_that_never_was_is_a_wrong_name() {
    let emulator = emulator();
    let error = failure(get(&client(&emulator), "nothing", None));
    let verdict = Verdict {
        status: Status::SecretNotFound,
        http: Some(404),
        code: Some("SecretNotFound"),
        inner: None,
        says: "A secret with (name/id) nothing was not found in this key vault.",
        fixes: &["check name and version", "that it is this vault"],
    };
    assert_verdict(&error, &verdict);
}

#[test]
fn a_version_that_never_was_is_a_wrong_version() {
    let emulator = emulator();
    let version = "0123456789abcdef0123456789abcdef";
    let error = failure(get(&client(&emulator), NAME, Some(version)));
    let says = format!("A secret with (name/id) {NAME}/{version} was not found");
    let verdict = Verdict {
        status: Status::SecretNotFound,
        http: Some(404),
        code: Some("SecretNotFound"),
        inner: None,
        says: &says,
        fixes: &["check name and version"],
    };
    assert_verdict(&error, &verdict);
}

#[test]
fn a_deleted_secret_can_be_recovered() {
    let emulator = emulator();
    emulator.delete_secret(None, NAME);
    let error = failure(secret(&client(&emulator)));
    let verdict = Verdict {
        status: Status::SecretDeleted,
        http: Some(404),
        code: Some("SecretNotFound"),
        inner: None,
        says: "it was deleted on ",
        fixes: &["recover the secret", "purge it"],
    };
    assert_verdict(&error, &verdict);
    assert!(
        error.message().contains("can be recovered until"),
        "{error}"
    );
}

#[test]
fn the_name_of_a_deleted_secret_is_to_be_recovered_or_purged() {
    let emulator = emulator();
    emulator.delete_secret(None, NAME);
    let (value, attributes) = (Sensitive::new(b"x"), SecretAttributes::default());
    let call = doorkey::Call::default();
    let operation = client(&emulator).set_secret(VAULT, Some(NAME), value, &attributes, &call);
    let error = failure(operation.unwrap().take());
    let verdict = Verdict {
        status: Status::SecretDeleted,
        http: Some(409),
        code: Some("Conflict"),
        inner: Some("ObjectIsDeletedButRecoverable"),
        says: "is currently in a deleted but recoverable state",
        fixes: &["recover the secret", "purge it to use its name again"],
    };
    assert_verdict(&error, &verdict);
}

#[test]
fn a_secret_that_is_being_recovered_is_to_be_waited_for() {
    let emulator = emulator();
    let client = client_on(&emulator, &TestClock::new());
    let conflict = Fault::vault().method("PUT").always().status(409);
    emulator.fault(conflict.inner_code("ObjectIsBeingRecovered"));
    let (value, attributes) = (Sensitive::new(b"x"), SecretAttributes::default());
    let call = doorkey::Call::default();
    let operation = client.set_secret(VAULT, Some(NAME), value, &attributes, &call);
    let error = failure(operation.unwrap().take());
    let verdict = Verdict {
        status: Status::Conflict,
        http: Some(409),
        code: Some("Conflict"),
        inner: Some("ObjectIsBeingRecovered"),
        says: "is currently being recovered",
        fixes: &["try again in a moment"],
    };
    assert_verdict(&error, &verdict);
}

#[test]
fn a_certificates_secret_is_the_certificates_business() {
    let emulator = emulator();
    let managed = SecretOptions {
        managed: true,
        ..SecretOptions::default()
    };
    emulator.set_secret_with(None, "cert", "pem", managed);
    let call = doorkey::Call::default();
    let operation = client(&emulator).delete_secret(VAULT, Some("cert"), &call);
    let error = failure(operation.unwrap().take());
    let verdict = forbidden(
        Some("SecretManagedByKeyVault"),
        "it is associated with a certificate",
        &["change or delete the certificate instead"],
    );
    assert_verdict(&error, &verdict);
}

#[test]
fn purge_protection_is_to_be_waited_out() {
    let emulator = start(doorkey_emulator::Emulator::builder().purge_protection(true));
    emulator.delete_secret(None, NAME);
    let call = doorkey::Call::default();
    let operation = client(&emulator).purge_secret(VAULT, Some(NAME), &call);
    let error = failure(operation.unwrap().take());
    let verdict = forbidden(
        None,
        "purge protection is enabled for this vault",
        &["purged when its time is over, and not before"],
    );
    assert_verdict(&error, &verdict);
}

#[test]
fn a_version_of_the_api_that_the_vault_does_not_know_is_an_option_to_change() {
    let emulator = emulator();
    let options = ClientOptions {
        vault_api_version: Some("7.9".to_owned()),
        ..options(&emulator)
    };
    let error = failure(secret(&Client::new(options).unwrap()));
    let verdict = Verdict {
        status: Status::Rejected,
        http: Some(400),
        code: Some("BadParameter"),
        inner: None,
        says: "The specified version (7.9) is not recognized.",
        fixes: &["one that it knows in the client's options"],
    };
    assert_verdict(&error, &verdict);
}

#[test]
fn of_many_secrets_each_has_the_verdict_that_it_would_have_alone() {
    let emulator = emulator();
    emulator.set_secret("off", "x");
    emulator.disable_secret("off");
    emulator.set_secret("gone", "x");
    emulator.delete_secret(None, "gone");
    let client = client(&emulator);
    let names = ["off", "gone", "nothing"];
    let call = doorkey::Call::default();
    let operation = client.get_secrets(Some(VAULT), &names, &call);
    let outcomes = operation.unwrap().take().unwrap();
    for (name, outcome) in names.into_iter().zip(outcomes) {
        let (many, one) = (failure(outcome), failure(get(&client, name, None)));
        assert_eq!(many.message(), one.message());
        assert_eq!(many.advice(), one.advice());
        assert_eq!(
            (many.http_status(), many.code(), many.inner_code()),
            (one.http_status(), one.code(), one.inner_code())
        );
    }
}
