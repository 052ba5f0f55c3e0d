//! Every call with secrets, begun and never waited for: for what is refused before anything is sent.

use doorkey::{Call, Client, Result, SecretAttributes, Sensitive};

/// Begins a call; what it began is dropped at once.
pub type Begin = fn(&Client, &str, Option<&str>, &Call) -> Result<()>;

/// A call by its name.
pub type Named = (&'static str, Begin);

pub const GET: Named = ("get_secret", |client, vault, name, call| {
    client.get_secret(vault, name, None, call).map(drop)
});

pub const UPDATE: Named = ("update_secret", |client, vault, name, call| {
    let attributes = some_attributes();
    let operation = client.update_secret(vault, name, None, &attributes, call);
    operation.map(drop)
});

/// Those that concern a secret with all its versions.
pub const OF_WHOLE: [Named; 4] = [
    ("list_versions", |client, vault, name, call| {
        client.list_versions(vault, name, call).map(drop)
    }),
    ("set_secret", |client, vault, name, call| {
        let (value, attributes) = (Sensitive::new(b"v"), SecretAttributes::default());
        let operation = client.set_secret(vault, name, value, &attributes, call);
        operation.map(drop)
    }),
    ("delete_secret", |client, vault, name, call| {
        client.delete_secret(vault, name, call).map(drop)
    }),
    ("backup_secret", |client, vault, name, call| {
        client.backup_secret(vault, name, call).map(drop)
    }),
];

/// Those that concern a deleted secret.
pub const OF_DELETED: [Named; 3] = [
    ("get_deleted_secret", |client, vault, name, call| {
        client.get_deleted_secret(vault, name, call).map(drop)
    }),
    ("recover_secret", |client, vault, name, call| {
        client.recover_secret(vault, name, call).map(drop)
    }),
    ("purge_secret", |client, vault, name, call| {
        client.purge_secret(vault, name, call).map(drop)
    }),
];

/// Those that concern a vault. The name, where they take one, is one of many.
pub const OF_VAULT: [Named; 3] = [
    ("list_secrets", |client, vault, _, call| {
        client.list_secrets(vault, call).map(drop)
    }),
    ("list_deleted", |client, vault, _, call| {
        client.list_deleted(vault, call).map(drop)
    }),
    ("restore_secret", |client, vault, _, call| {
        client.restore_secret(vault, b"QUJDRA", call).map(drop)
    }),
];

/// Those that read many.
pub const OF_MANY: [Named; 2] = [
    ("get_secrets", |client, vault, name, call| {
        let names: Vec<_> = name.into_iter().collect();
        client.get_secrets(Some(vault), &names, call).map(drop)
    }),
    ("stream_secrets", |client, vault, name, call| {
        let names: Vec<_> = name.into_iter().collect();
        client.stream_secrets(Some(vault), &names, call).map(drop)
    }),
];

/// Those that take a secret by vault and name, or by its id.
pub fn of_secret() -> impl Iterator<Item = Named> {
    [GET, UPDATE].into_iter().chain(OF_WHOLE).chain(OF_DELETED)
}

/// All of them.
pub fn all() -> impl Iterator<Item = Named> {
    of_secret().chain(OF_VAULT).chain(OF_MANY)
}

pub fn some_attributes() -> SecretAttributes {
    SecretAttributes {
        is_enabled: Some(true),
        ..SecretAttributes::default()
    }
}
