//! Setting and updating: what is stored afterwards, what is told, and in how many requests. What goes wrong
//! on the way is in writes.rs.

use doorkey::{Call, SecretAttributes, Sensitive, Status};
use doorkey_emulator::{Denied, Emulator, SecretOptions, VaultOperation, tags};

use super::*;

fn everything_said() -> SecretAttributes {
    SecretAttributes {
        content_type: Some("text/plain".into()),
        is_enabled: Some(true),
        not_before_unix: Some(1_600_000_000),
        expires_at_unix: Some(1_900_000_000),
        tags: Some(vec![
            ("owner".into(), "ops".into()),
            ("stufe".into(), "t\u{e9}\u{1F600}st".into()),
        ]),
    }
}

fn as_stored() -> SecretOptions {
    SecretOptions {
        content_type: Some("text/plain".into()),
        enabled: Some(true),
        not_before: Some(1_600_000_000),
        expires: Some(1_900_000_000),
        tags: Some(tags([("owner", "ops"), ("stufe", "t\u{e9}\u{1F600}st")])),
        managed: false,
    }
}

/// An emulator whose secret has everything that can be said of one.
fn with_everything() -> Emulator {
    let emulator = emulator();
    emulator.set_secret_with(None, NAME, VALUE, as_stored());
    emulator
}

#[test]
fn a_secret_is_stored_with_all_that_was_said_of_it() {
    let emulator = emulator();
    let secret = set_with(&client(&emulator), OTHER, "v1", &everything_said()).unwrap();
    let stored = stored(&emulator, OTHER);
    assert_eq!(stored.len(), 1);
    assert_eq!(
        (stored[0].value.as_str(), &stored[0].options),
        ("v1", &as_stored())
    );
    assert_eq!(secret.value().as_str(), Some("v1"));
    assert_eq!(
        (secret.name(), secret.version()),
        (OTHER, stored[0].id.as_str())
    );
    assert_eq!(secret.content_type(), Some("text/plain"));
    assert_eq!(
        (secret.not_before_unix(), secret.expires_at_unix()),
        (Some(1_600_000_000), Some(1_900_000_000))
    );
    let tags: Vec<_> = secret.tags().collect();
    assert_eq!(tags, [("owner", "ops"), ("stufe", "t\u{e9}\u{1F600}st")]);
    assert_eq!(
        secret.properties().recovery_level(),
        Some("Recoverable+Purgeable")
    );
    assert_eq!(sent(&emulator), ["PUT /secrets/another-secret"]);
}

#[test]
fn what_is_not_said_of_a_secret_is_not_sent() {
    let emulator = emulator();
    let secret = set(&client(&emulator), OTHER, "v1").unwrap();
    assert_eq!(
        stored(&emulator, OTHER)[0].options,
        SecretOptions::default()
    );
    assert!(secret.is_enabled());
    assert_eq!((secret.content_type(), secret.tags().len()), (None, 0));
}

#[test]
fn a_second_set_makes_the_latest_version_and_keeps_the_first() {
    let emulator = emulator();
    let client = client(&emulator);
    let second = set(&client, NAME, "newer").unwrap();
    let stored = stored(&emulator, NAME);
    let values: Vec<_> = stored.iter().map(|version| &*version.value).collect();
    assert_eq!(values, [VALUE, "newer"]);
    assert_eq!(second.version(), stored[1].id);
    assert_eq!(get(&client, NAME).unwrap().version(), second.version());
}

#[test]
fn a_secret_is_set_by_its_id_and_by_its_name_in_other_letters() {
    let emulator = emulator();
    let client = client(&emulator);
    let id = format!("{}/secrets/{NAME}", emulator.vault_url(VAULT));
    for (vault, name) in [(id.as_str(), None), (VAULT, Some("MYTESTSECRET"))] {
        let attributes = SecretAttributes::default();
        let operation = client.set_secret(
            vault,
            name,
            Sensitive::new(b"newer"),
            &attributes,
            &Call::default(),
        );
        assert_eq!(operation.unwrap().take().unwrap().name(), NAME);
    }
    assert_eq!(stored(&emulator, NAME).len(), 3);
    assert_eq!(emulator.stored_names(None), [NAME]);
}

#[test]
fn a_secret_may_be_set_disabled_and_is_told_so() {
    let emulator = emulator();
    let client = client(&emulator);
    let attributes = SecretAttributes {
        is_enabled: Some(false),
        ..SecretAttributes::default()
    };
    assert!(
        !set_with(&client, OTHER, "v1", &attributes)
            .unwrap()
            .is_enabled()
    );
    assert_eq!(
        failure(get(&client, OTHER)).status(),
        Status::SecretDisabled
    );
}

#[test]
fn an_update_changes_what_it_names_and_keeps_the_rest() {
    let one = SecretAttributes::default;
    let stored_with = |change: fn(&mut SecretOptions)| {
        let mut options = as_stored();
        change(&mut options);
        options
    };
    let cases = [
        (
            SecretAttributes {
                content_type: Some("application/json".into()),
                ..one()
            },
            stored_with(|options| options.content_type = Some("application/json".into())),
        ),
        (
            SecretAttributes {
                is_enabled: Some(false),
                ..one()
            },
            stored_with(|options| options.enabled = Some(false)),
        ),
        (
            SecretAttributes {
                not_before_unix: Some(0),
                ..one()
            },
            stored_with(|options| options.not_before = Some(0)),
        ),
        (
            SecretAttributes {
                expires_at_unix: Some(doorkey::limits::TIME_UNIX_MAX),
                ..one()
            },
            stored_with(|options| options.expires = Some(doorkey::limits::TIME_UNIX_MAX)),
        ),
        (
            SecretAttributes {
                tags: Some(vec![("stage".into(), "test".into())]),
                ..one()
            },
            stored_with(|options| options.tags = Some(tags([("stage", "test")]))),
        ),
    ];
    for (attributes, expected) in cases {
        let emulator = with_everything();
        update(&client(&emulator), None, &attributes).unwrap();
        let stored = stored(&emulator, NAME);
        assert_eq!(stored[1].options, expected, "{attributes:?}");
        assert_eq!(stored[1].value, VALUE);
        assert_eq!(stored[0].options, SecretOptions::default());
        assert_eq!(sent(&emulator), [format!("PATCH /secrets/{NAME}/")]);
    }
}

#[test]
fn an_update_tells_what_is_known_afterwards() {
    let emulator = with_everything();
    let attributes = SecretAttributes {
        content_type: Some("application/json".into()),
        ..SecretAttributes::default()
    };
    let updated = update(&client(&emulator), None, &attributes).unwrap();
    assert_eq!(updated.content_type(), Some("application/json"));
    assert_eq!(
        updated.version(),
        Some(stored(&emulator, NAME)[1].id.as_str())
    );
    assert_eq!(updated.expires_at_unix(), Some(1_900_000_000));
    assert_eq!(updated.tags().len(), 2);
}

#[test]
fn no_tags_take_all_tags_away() {
    let emulator = with_everything();
    let attributes = SecretAttributes {
        tags: Some(Vec::new()),
        ..SecretAttributes::default()
    };
    let updated = update(&client(&emulator), None, &attributes).unwrap();
    assert_eq!(updated.tags().len(), 0);
    assert_eq!(stored(&emulator, NAME)[1].options.tags, Some(tags([])));
}

#[test]
fn an_update_of_a_version_leaves_the_latest_alone() {
    let emulator = emulator();
    let client = client(&emulator);
    set(&client, NAME, "newer").unwrap();
    let old = stored(&emulator, NAME)[0].id.clone();
    let attributes = SecretAttributes {
        is_enabled: Some(false),
        ..SecretAttributes::default()
    };
    let updated = update(&client, Some(&old), &attributes).unwrap();
    assert_eq!(updated.version(), Some(old.as_str()));
    assert!(!updated.is_enabled());
    let enabled = |at: usize| stored(&emulator, NAME)[at].options.enabled;
    assert_eq!((enabled(0), enabled(1)), (Some(false), None));
}

#[test]
fn a_version_is_updated_by_its_id() {
    let emulator = emulator();
    let client = client(&emulator);
    let id = get(&client, NAME).unwrap().id().to_owned();
    set(&client, NAME, "newer").unwrap();
    let attributes = SecretAttributes {
        content_type: Some("old".into()),
        ..SecretAttributes::default()
    };
    let operation = client.update_secret(&id, None, None, &attributes, &Call::default());
    assert_eq!(operation.unwrap().take().unwrap().id(), id);
    let stored = stored(&emulator, NAME);
    assert_eq!(stored[0].options.content_type.as_deref(), Some("old"));
    assert_eq!(stored[1].options.content_type, None);
}

#[test]
fn a_disabled_secret_is_enabled_by_an_update() {
    let emulator = emulator();
    let client = client(&emulator);
    emulator.disable_secret(NAME);
    let attributes = SecretAttributes {
        is_enabled: Some(true),
        ..SecretAttributes::default()
    };
    assert!(update(&client, None, &attributes).unwrap().is_enabled());
    assert_eq!(get(&client, NAME).unwrap().value().as_str(), Some(VALUE));
}

#[test]
fn a_secret_or_version_that_is_not_there_is_not_updated() {
    let emulator = emulator();
    let client = client(&emulator);
    let attributes = SecretAttributes {
        is_enabled: Some(true),
        ..SecretAttributes::default()
    };
    let no_version = "0123456789abcdef0123456789abcdef";
    let error = failure(update(&client, Some(no_version), &attributes));
    assert_eq!(error.status(), Status::SecretNotFound);
    let operation = client.update_secret(VAULT, Some(OTHER), None, &attributes, &Call::default());
    let error = failure(operation.unwrap().take());
    assert_eq!(error.status(), Status::SecretNotFound);
    assert!(stored(&emulator, OTHER).is_empty());
}

#[test]
fn a_secret_that_is_a_certificates_can_neither_be_set_nor_deleted() {
    let emulator = emulator();
    let client = client(&emulator);
    let managed = SecretOptions {
        managed: true,
        ..SecretOptions::default()
    };
    emulator.set_secret_with(None, OTHER, "pem", managed);
    for error in [
        failure(set(&client, OTHER, "v")),
        failure(delete(&client, OTHER)),
    ] {
        assert_eq!(error.status(), Status::Forbidden);
        assert_eq!(error.inner_code(), Some("SecretManagedByKeyVault"));
    }
    let secret = get(&client, OTHER).unwrap();
    assert!(secret.properties().is_managed());
    assert!(secret.properties().key_id().unwrap().contains("/keys/"));
}

/// Every operation, begun and waited for.
fn carry_out(client: &Client, operation: VaultOperation) -> Result<()> {
    let attributes = SecretAttributes {
        is_enabled: Some(true),
        ..SecretAttributes::default()
    };
    match operation {
        VaultOperation::Get => get(client, NAME).map(drop),
        VaultOperation::List => page(&list(client)?).map(drop),
        VaultOperation::Set => set(client, NAME, "v").map(drop),
        VaultOperation::Update => update(client, None, &attributes).map(drop),
        VaultOperation::Delete => delete(client, NAME).map(drop),
        VaultOperation::Recover => recover(client, NAME).map(drop),
        VaultOperation::Purge => purge(client, NAME),
        VaultOperation::Backup => backup(client, NAME).map(drop),
        VaultOperation::Restore => restore(client, b"AAAA").map(drop),
    }
}

#[test]
fn whoever_may_not_is_told_the_permission_and_the_role() {
    let emulator = emulator();
    let client = client(&emulator);
    for (operation, permission) in [
        (VaultOperation::Get, "get"),
        (VaultOperation::List, "list"),
        (VaultOperation::Set, "set"),
        (VaultOperation::Update, "set"),
        (VaultOperation::Delete, "delete"),
        (VaultOperation::Recover, "recover"),
        (VaultOperation::Purge, "purge"),
        (VaultOperation::Backup, "backup"),
        (VaultOperation::Restore, "restore"),
    ] {
        let is_read = matches!(operation, VaultOperation::Get | VaultOperation::List);
        let role = match is_read {
            true => "Key Vault Secrets User",
            false => "Key Vault Secrets Officer",
        };
        emulator.reset_requests();
        emulator.deny(operation, Denied::AccessPolicy);
        let error = failure(carry_out(&client, operation));
        assert_eq!(
            (error.status(), error.inner_code()),
            (Status::Forbidden, Some("AccessDenied"))
        );
        let wanted = format!("the permission \"{permission}\"");
        assert!(advice(&error).contains(&wanted), "{operation:?}: {error}");
        emulator.deny(operation, Denied::Rbac);
        let error = failure(carry_out(&client, operation));
        assert!(advice(&error).contains(role), "{operation:?}: {error}");
        assert_eq!(sent(&emulator).len(), 2, "{operation:?}");
    }
}
