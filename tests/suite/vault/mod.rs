//! All that can be done with the secrets of a vault, over the emulator: one file per matter. Here is what
//! they share: every operation as one line, and what the emulator saw of it.

mod answers;
mod backup;
mod bad_names;
mod bad_words;
mod broken_tls;
mod deletion;
mod every_call;
mod links;
mod members;
mod operations;
mod paging;
mod recovery;
mod secrecy;
mod values;
mod versions;
mod waiting;
mod writes;

use std::time::Duration;

use doorkey::{
    Call, Client, Error, Pager, Result, Secret, SecretAttributes, SecretProperties, Sensitive,
};
use doorkey_emulator::{Emulator, Endpoint, StoredVersion};

use crate::common::*;

/// A secret that no vault has from the start.
pub const OTHER: &str = "another-secret";

/// What an error says when something may have been done although it failed.
pub const MAY_HAVE_WORKED: &str = "may have taken effect";

/// An emulator whose secret is deleted.
pub fn with_deleted() -> Emulator {
    let emulator = emulator();
    emulator.delete_secret(None, NAME);
    emulator
}

pub fn get(client: &Client, name: &str) -> Result<Secret> {
    client
        .get_secret(VAULT, Some(name), None, &Call::default())?
        .take()
}

pub fn set(client: &Client, name: &str, value: &str) -> Result<Secret> {
    set_with(client, name, value, &SecretAttributes::default())
}

pub fn set_with(
    client: &Client,
    name: &str,
    value: &str,
    attributes: &SecretAttributes,
) -> Result<Secret> {
    let value = Sensitive::new(value.as_bytes());
    client
        .set_secret(VAULT, Some(name), value, attributes, &Call::default())?
        .take()
}

pub fn update(
    client: &Client,
    version: Option<&str>,
    attributes: &SecretAttributes,
) -> Result<SecretProperties> {
    client
        .update_secret(VAULT, Some(NAME), version, attributes, &Call::default())?
        .take()
}

pub fn delete(client: &Client, name: &str) -> Result<SecretProperties> {
    client
        .delete_secret(VAULT, Some(name), &Call::default())?
        .take()
}

pub fn get_deleted(client: &Client, name: &str) -> Result<SecretProperties> {
    client
        .get_deleted_secret(VAULT, Some(name), &Call::default())?
        .take()
}

pub fn recover(client: &Client, name: &str) -> Result<SecretProperties> {
    client
        .recover_secret(VAULT, Some(name), &Call::default())?
        .take()
}

pub fn purge(client: &Client, name: &str) -> Result<()> {
    client
        .purge_secret(VAULT, Some(name), &Call::default())?
        .take()
}

pub fn backup(client: &Client, name: &str) -> Result<Sensitive> {
    client
        .backup_secret(VAULT, Some(name), &Call::default())?
        .take()
}

pub fn restore(client: &Client, backup: &[u8]) -> Result<SecretProperties> {
    client
        .restore_secret(VAULT, backup, &Call::default())?
        .take()
}

pub fn list(client: &Client) -> Result<Pager<SecretProperties>> {
    client.list_secrets(VAULT, &Call::default())
}

pub fn list_versions(client: &Client, name: &str) -> Result<Pager<SecretProperties>> {
    client.list_versions(VAULT, Some(name), &Call::default())
}

pub fn page<T: doorkey::Item>(pager: &Pager<T>) -> Result<Vec<T>> {
    pager.next()?.take()
}

/// All that is still to come.
pub fn rest<T: doorkey::Item>(pager: &Pager<T>) -> Result<Vec<T>> {
    let mut all = Vec::new();
    loop {
        let items = page(pager)?;
        if items.is_empty() {
            return Ok(all);
        }
        all.extend(items);
    }
}

pub fn names(items: &[SecretProperties]) -> Vec<&str> {
    items.iter().map(SecretProperties::name).collect()
}

/// An error's advice; empty when it has none.
pub fn advice(error: &Error) -> &str {
    error.advice().unwrap_or_default()
}

/// The error of an attempt with a short time limit, or with a longer one where a busy machine did not get as
/// far as the test is about in the short one.
pub fn timed_out(attempt: impl Fn(&Call) -> Option<Error>) -> Error {
    let limits = [300, 3_000, 30_000].map(Duration::from_millis);
    let mut calls = limits.into_iter().map(|limit| Call {
        timeout: Some(limit),
        ..Call::default()
    });
    let error = calls.find_map(|call| attempt(&call));
    error.expect("half a minute is enough to get there")
}

/// The versions of a secret that the first vault holds, deleted or not; none when there is no secret.
pub fn stored(emulator: &Emulator, name: &str) -> Vec<StoredVersion> {
    emulator.stored(None, name).unwrap_or_default()
}

/// The requests that reached the vault: method and path.
pub fn sent(emulator: &Emulator) -> Vec<String> {
    let log = emulator.log();
    let to_vault = log.iter().filter(|sent| sent.endpoint == Endpoint::Vault);
    to_vault
        .map(|sent| format!("{} {}", sent.method, sent.path()))
        .collect()
}

/// The delays that were asked for, in milliseconds.
pub fn slept_ms(clock: &TestClock) -> Vec<u128> {
    clock
        .slept()
        .iter()
        .map(|slept| slept.as_millis())
        .collect()
}
