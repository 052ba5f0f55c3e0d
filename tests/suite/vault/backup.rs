//! Backups: a blob that holds a whole secret, and where it can be restored.

use doorkey::{Call, Status};
use doorkey_emulator::{Emulator, Fault, SecretOptions, tags};

use super::*;

#[test]
fn a_backup_restores_the_secret_with_all_its_versions_in_another_vault() {
    let emulator = start(Emulator::builder().vault(VAULT).vault("other"));
    let client = client(&emulator);
    let more = SecretOptions {
        content_type: Some("text/plain".into()),
        enabled: Some(false),
        tags: Some(tags([("owner", "ops")])),
        ..SecretOptions::default()
    };
    emulator.set_secret_with(None, NAME, "newer \u{1F511}\0", more);
    let blob = backup(&client, NAME).unwrap();
    let operation = client.restore_secret("other", blob.as_bytes(), &Call::default());
    let restored = operation.unwrap().take().unwrap();
    let versions = emulator.stored(Some("other"), NAME).unwrap();
    assert_eq!(versions, stored(&emulator, NAME));
    assert_eq!((restored.vault(), restored.name()), ("other", NAME));
    assert_eq!(restored.version(), Some(versions[1].id.as_str()));
    assert!(!restored.is_enabled());
    assert_eq!(
        sent(&emulator),
        [
            format!("POST /secrets/{NAME}/backup"),
            "POST /secrets/restore".to_owned()
        ]
    );
}

#[test]
fn a_backup_changes_nothing() {
    let emulator = emulator();
    let client = client(&emulator);
    let before = stored(&emulator, NAME);
    let first = backup(&client, NAME).unwrap();
    let second = backup(&client, NAME).unwrap();
    assert!(!first.is_empty() && !second.is_empty());
    assert_eq!(stored(&emulator, NAME), before);
}

#[test]
fn a_backup_by_id_is_that_of_the_same_secret() {
    let emulator = emulator();
    let client = client(&emulator);
    let id = format!("{}/secrets/{NAME}", emulator.vault_url(VAULT));
    let operation = client.backup_secret(&id, None, &Call::default());
    let blob = operation.unwrap().take().unwrap();
    delete(&client, NAME).unwrap();
    purge(&client, NAME).unwrap();
    assert_eq!(restore(&client, blob.as_bytes()).unwrap().name(), NAME);
    assert_eq!(stored(&emulator, NAME)[0].value, VALUE);
}

#[test]
fn a_secret_that_is_not_there_has_no_backup() {
    let emulator = emulator();
    let error = failure(backup(&client(&emulator), OTHER));
    assert_eq!(error.status(), Status::SecretNotFound);
}

#[test]
fn a_name_that_is_taken_is_a_conflict_and_stays_as_it_is() {
    let emulator = emulator();
    let client = client(&emulator);
    let blob = backup(&client, NAME).unwrap();
    set(&client, NAME, "newer").unwrap();
    let error = failure(restore(&client, blob.as_bytes()));
    assert_eq!(
        (error.status(), error.http_status()),
        (Status::Conflict, Some(409))
    );
    assert!(advice(&error).contains("exists already"), "{error}");
    assert_eq!(stored(&emulator, NAME).len(), 2);
}

#[test]
fn the_name_of_a_deleted_secret_cannot_be_restored_to() {
    let emulator = emulator();
    let client = client(&emulator);
    let blob = backup(&client, NAME).unwrap();
    delete(&client, NAME).unwrap();
    let error = failure(restore(&client, blob.as_bytes()));
    assert_eq!(
        (error.status(), error.inner_code()),
        (Status::SecretDeleted, Some("ObjectIsDeletedButRecoverable"))
    );
    assert_eq!(emulator.stored_deleted(None), [NAME]);
}

#[test]
fn what_is_no_backup_is_refused_by_the_vault_in_its_own_words() {
    let emulator = emulator();
    let error = failure(restore(&client(&emulator), b"QUJDRA"));
    assert_eq!(
        (error.status(), error.http_status(), error.code()),
        (Status::Rejected, Some(400), Some("BadParameter"))
    );
    assert!(error.message().contains("Backup blob"), "{error}");
}

#[test]
fn a_backup_of_another_place_cannot_be_read() {
    let (emulator, elsewhere) = (emulator(), emulator());
    let blob = backup(&client(&elsewhere), NAME).unwrap();
    emulator.delete_secret(None, NAME);
    let error = failure(restore(&client(&emulator), blob.as_bytes()));
    assert_eq!(error.status(), Status::Rejected);
    assert!(error.message().contains("Cannot decrypt"), "{error}");
}

#[test]
fn a_backup_that_was_changed_on_its_way_cannot_be_read() {
    let emulator = emulator();
    let client = client(&emulator);
    let mut blob = backup(&client, NAME).unwrap().as_bytes().to_vec();
    let last = blob.len() - 10;
    blob[last] = if blob[last] == b'A' { b'B' } else { b'A' };
    let error = failure(restore(&client, &blob));
    assert_eq!(error.status(), Status::Rejected, "{error}");
}

#[test]
fn an_answer_that_is_no_backup_is_a_protocol_error() {
    for body in [
        "",
        "<html>",
        "{}",
        "[]",
        r#"["QUJDRA"]"#,
        r#"{"value":null}"#,
        r#"{"value":""}"#,
        r#"{"value":7}"#,
        r#"{"value":"two words"}"#,
        r#"{"value":"QUJD\u0000RA"}"#,
        r#"{"value":"QUJDRA","value":"QUJDRA"}"#,
        r#"{"value":"QUJDRA"} and more"#,
    ] {
        let emulator = emulator();
        emulator.fault(Fault::vault().body(body));
        let error = failure(backup(&client(&emulator), NAME));
        assert_eq!(error.status(), Status::Protocol, "{body}");
    }
}

#[test]
fn an_answer_to_a_restore_names_a_secret_or_is_a_protocol_error() {
    for body in ["", "{}", r#"{"id":"https://demo.vault.localhost/keys/x"}"#] {
        let emulator = emulator();
        emulator.fault(Fault::vault().body(body));
        let error = failure(restore(&client(&emulator), b"QUJDRA"));
        assert_eq!(error.status(), Status::Protocol, "{body}");
        assert!(advice(&error).contains(MAY_HAVE_WORKED), "{error}");
    }
}

#[test]
fn a_secret_with_too_many_versions_has_no_backup_and_the_vault_says_why() {
    let emulator = emulator();
    for n in 0..501 {
        emulator.set_secret_created_at(None, OTHER, "v", 1_700_000_000 + n);
    }
    let error = failure(backup(&client(&emulator), OTHER));
    assert_eq!(error.status(), Status::Rejected);
    assert!(error.message().contains("500 versions"), "{error}");
}
