//! What a Rust test does to the vaults of a running emulator, and how it looks behind their answers.
//! What a client can do to them over HTTP is in the vault module.

use crate::emulator::Emulator;
use crate::tokens::now_unix;
use crate::vault::permissions::{Denied, VaultOperation};
use crate::vault::secrets::{Phase, SecretOptions, StoredVersion, Version};
use crate::vault::store::VaultIndex;

impl Emulator {
    /// Sets a secret of the first vault, which makes a new version; gives that version.
    ///
    /// # Panics
    /// When the name belongs to a deleted secret.
    pub fn set_secret(&self, name: &str, value: &str) -> String {
        self.set_secret_with(None, name, value, SecretOptions::default())
    }

    /// Sets a secret with everything that can be said of one, in the first vault or the one named; gives the new version.
    ///
    /// # Panics
    /// When there is no such vault, or the name belongs to a deleted secret.
    pub fn set_secret_with(
        &self,
        vault: Option<&str>,
        name: &str,
        value: &str,
        options: SecretOptions,
    ) -> String {
        self.put(vault, (name, value), options, None)
    }

    /// Sets a secret as if that had been done at this time (Unix seconds), in the first vault or the one named; gives the new
    /// version, which is the latest if no other is younger.
    ///
    /// # Panics
    /// When there is no such vault, or the name belongs to a deleted secret.
    pub fn set_secret_created_at(
        &self,
        vault: Option<&str>,
        name: &str,
        value: &str,
        created: u64,
    ) -> String {
        let options = SecretOptions::default();
        self.put(vault, (name, value), options, Some(created))
    }

    fn put(
        &self,
        vault: Option<&str>,
        (name, value): (&str, &str),
        options: SecretOptions,
        created: Option<u64>,
    ) -> String {
        let vault = self.vault(vault);
        let vaults = &self.world.vaults;
        match vaults.put(vault, name, value.to_owned(), options, created) {
            Ok((_, version)) => version.id,
            Err(obstacle) => panic!("the name '{name}' is not free: {obstacle:?}"),
        }
    }

    /// Disables the latest version of a secret of the first vault.
    ///
    /// # Panics
    /// When there is no such secret.
    pub fn disable_secret(&self, name: &str) {
        self.change_secret(None, name, None, |options| options.enabled = Some(false));
    }

    /// Changes the options of a secret's latest version, or of the version named, in the first vault or the one named. A
    /// deleted secret can be changed too.
    ///
    /// # Panics
    /// When there is no such vault, secret or version.
    pub fn change_secret(
        &self,
        vault: Option<&str>,
        name: &str,
        version: Option<&str>,
        change: impl FnOnce(&mut SecretOptions),
    ) {
        self.change(vault, name, version, |version| {
            change(&mut version.options);
            version.updated = now_unix();
        });
    }

    /// Makes a secret's latest version, or the version named, one that was made and last changed at these times (Unix
    /// seconds), in the first vault or the one named. The youngest version is the latest.
    ///
    /// # Panics
    /// When there is no such vault, secret or version.
    pub fn set_secret_times(
        &self,
        vault: Option<&str>,
        name: &str,
        version: Option<&str>,
        created: u64,
        updated: u64,
    ) {
        self.change(vault, name, version, |version| {
            version.created = created;
            version.updated = updated;
        });
    }

    fn change(
        &self,
        vault: Option<&str>,
        name: &str,
        version: Option<&str>,
        change: impl FnOnce(&mut Version),
    ) {
        let vault = self.vault(vault);
        self.world
            .vaults
            .change(vault, name, version, change)
            .unwrap_or_else(|| panic!("there is no secret '{name}' of that version"));
    }

    /// Deletes a secret as a client would, in the first vault or the one named.
    ///
    /// # Panics
    /// When there is no such vault or secret.
    pub fn delete_secret(&self, vault: Option<&str>, name: &str) {
        let deleted = self.world.vaults.delete(self.vault(vault), name);
        if let Err(obstacle) = deleted {
            panic!("the secret '{name}' cannot be deleted: {obstacle:?}");
        }
    }

    /// The versions of a secret as they are stored, from the oldest to the latest, in the first vault or the one named;
    /// whether or not it is deleted. `None` when there is none.
    ///
    /// # Panics
    /// When there is no such vault.
    pub fn stored(&self, vault: Option<&str>, name: &str) -> Option<Vec<StoredVersion>> {
        let secret = self.world.vaults.stored(self.vault(vault), name)?;
        Some(secret.versions.iter().map(StoredVersion::from).collect())
    }

    /// The names of the deleted secrets of the first vault or the one named, in the order of a list.
    ///
    /// # Panics
    /// When there is no such vault.
    pub fn stored_deleted(&self, vault: Option<&str>) -> Vec<String> {
        self.world.vaults.named(self.vault(vault), |phase| {
            matches!(phase, Phase::Deleted { .. })
        })
    }

    /// The names of the secrets of the first vault or the one named that are not deleted, in the order of a list.
    ///
    /// # Panics
    /// When there is no such vault.
    pub fn stored_names(&self, vault: Option<&str>) -> Vec<String> {
        self.world
            .vaults
            .named(self.vault(vault), |phase| phase == Phase::Live)
    }

    /// From now on, so many requests will meet a deletion, a recovery or a purge as not yet done; 0 makes everything be done at
    /// once. What has begun keeps the number it began with. The count goes down with each request whose answer depends on it:
    ///
    /// - after a deletion, with each `GET` of the deleted secret (404), purge, recovery (409), and set or restore of the name (409)
    /// - after a recovery, with each `GET` of the secret or its versions, update and backup (404), set and deletion (409)
    /// - after a purge, with each set or restore of the name (409); the secret itself is gone at once
    pub fn set_consistency_lag(&self, requests: u32) {
        self.world.vaults.set_lag(requests);
    }

    /// Takes a permission from the caller: from now on the operation is refused for this reason.
    pub fn deny(&self, operation: VaultOperation, reason: Denied) {
        self.world.permissions.deny(operation, reason);
    }

    /// Gives a permission back.
    pub fn allow(&self, operation: VaultOperation) {
        self.world.permissions.allow(operation);
    }

    /// From now on an empty page comes before every page of a list, or no longer.
    pub fn send_empty_pages(&self, send: bool) {
        self.world.settings.send_empty_pages(send);
    }

    fn vault(&self, name: Option<&str>) -> VaultIndex {
        match name {
            None => self.world.vaults.first(),
            Some(name) => self
                .world
                .vaults
                .find(name)
                .unwrap_or_else(|| panic!("there is no vault '{name}'")),
        }
    }
}
