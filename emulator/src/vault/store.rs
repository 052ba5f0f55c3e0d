//! All vaults of an emulator, and everything that can be done to what they hold.
//! What a deletion, a recovery or a purge has not yet reached is counted in requests, never in time, so that tests can say
//! exactly what a client will meet.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::random;
use crate::tokens::now_unix;
use crate::vault::secrets::{Phase, Secret, SecretOptions, Standing, Version};

/// One vault's secrets, by their names in capitals: the order in which the service lists them.
type Contents = BTreeMap<String, Secret>;

/// All vaults. The first is the one that answers on `localhost` and `127.0.0.1`.
pub(crate) struct Vaults {
    names: Vec<String>,
    secrets: Mutex<Vec<Contents>>,
    /// How many requests meet a deletion, a recovery or a purge that is not finished.
    lag: AtomicU32,
    purge_protection: bool,
}

/// The place of a vault among the vaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct VaultIndex(usize);

/// Why something cannot be done to the secret of a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Obstacle {
    Absent,
    Exists,
    BeingDeleted,
    Deleted,
    BeingRecovered,
    Managed,
    PurgeProtected,
}

impl Vaults {
    pub(crate) fn new(names: Vec<String>, purge_protection: bool) -> Self {
        let secrets = Mutex::new(names.iter().map(|_| Contents::new()).collect());
        Self {
            names,
            secrets,
            lag: AtomicU32::new(0),
            purge_protection,
        }
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn first(&self) -> VaultIndex {
        VaultIndex(0)
    }

    pub(crate) fn find(&self, name: &str) -> Option<VaultIndex> {
        self.names
            .iter()
            .position(|vault| vault.eq_ignore_ascii_case(name))
            .map(VaultIndex)
    }

    pub(crate) fn name_of(&self, vault: VaultIndex) -> &str {
        &self.names[vault.0]
    }

    pub(crate) fn is_purge_protected(&self) -> bool {
        self.purge_protection
    }

    pub(crate) fn set_lag(&self, requests: u32) {
        self.lag.store(requests, Ordering::Relaxed);
    }

    fn lag(&self) -> u32 {
        self.lag.load(Ordering::Relaxed)
    }

    /// Adds a version, which becomes the latest.
    pub(crate) fn set(
        &self,
        vault: VaultIndex,
        name: &str,
        value: String,
        options: SecretOptions,
    ) -> Result<(String, Version), Obstacle> {
        self.put(vault, name, value, options, None)
    }

    /// Adds a version as if it had been set at `created`, or now.
    pub(crate) fn put(
        &self,
        vault: VaultIndex,
        name: &str,
        value: String,
        options: SecretOptions,
        created: Option<u64>,
    ) -> Result<(String, Version), Obstacle> {
        let at = created.unwrap_or_else(now_unix);
        let version = Version {
            id: random::hex32(),
            value: value.into(),
            options,
            created: at,
            updated: at,
        };
        let key = key_of(name);
        let mut secrets = self.lock();
        let contents = &mut secrets[vault.0];
        writable(met(contents, &key))?;
        let secret = contents
            .entry(key)
            .or_insert_with(|| Secret::new(name, Vec::new()));
        secret.versions.push(version.clone());
        secret.sort();
        Ok((secret.name.clone(), version))
    }

    /// Puts a whole secret, as a backup has it, where none is.
    pub(crate) fn restore(
        &self,
        vault: VaultIndex,
        name: &str,
        versions: Vec<Version>,
    ) -> Result<Secret, Obstacle> {
        let key = key_of(name);
        let mut secrets = self.lock();
        let contents = &mut secrets[vault.0];
        let standing = met(contents, &key);
        writable(standing)?;
        if standing == Standing::Live {
            return Err(Obstacle::Exists);
        }
        let secret = Secret::new(name, versions);
        contents.insert(key, secret.clone());
        Ok(secret)
    }

    /// Changes the latest version, or the one named; `None` when there is none. It need not be one that requests can see.
    pub(crate) fn change(
        &self,
        vault: VaultIndex,
        name: &str,
        version: Option<&str>,
        change: impl FnOnce(&mut Version),
    ) -> Option<Version> {
        let mut secrets = self.lock();
        let secret = secrets[vault.0].get_mut(&key_of(name))?;
        let id = secret.version(version)?.id.clone();
        change(secret.version_mut(version)?);
        secret.sort();
        secret.version(Some(&id)).cloned()
    }

    /// A secret that is neither deleted nor on its way back.
    pub(crate) fn get(&self, vault: VaultIndex, name: &str) -> Option<Secret> {
        let key = key_of(name);
        let mut secrets = self.lock();
        let contents = &mut secrets[vault.0];
        let standing = match standing(contents, &key) {
            Standing::BeingRecovered => met(contents, &key),
            settled => settled,
        };
        contents
            .get(&key)
            .filter(|_| standing == Standing::Live)
            .cloned()
    }

    /// A secret as it is stored, deleted or not.
    pub(crate) fn stored(&self, vault: VaultIndex, name: &str) -> Option<Secret> {
        self.lock()[vault.0]
            .get(&key_of(name))
            .filter(|secret| secret.phase != Phase::Purged)
            .cloned()
    }

    /// The names of the secrets in these phases, in the order of a list.
    pub(crate) fn named(&self, vault: VaultIndex, phase: impl Fn(Phase) -> bool) -> Vec<String> {
        self.lock()[vault.0]
            .values()
            .filter(|secret| phase(secret.phase))
            .map(|secret| secret.name.clone())
            .collect()
    }

    /// Deletes a secret with all its versions, so that it can be recovered.
    pub(crate) fn delete(&self, vault: VaultIndex, name: &str) -> Result<Secret, Obstacle> {
        let lag = self.lag();
        let key = key_of(name);
        let mut secrets = self.lock();
        let contents = &mut secrets[vault.0];
        match standing(contents, &key) {
            Standing::Live => {}
            Standing::BeingRecovered => {
                met(contents, &key);
                return Err(Obstacle::BeingRecovered);
            }
            _ => return Err(Obstacle::Absent),
        }
        let secret = contents.get_mut(&key).ok_or(Obstacle::Absent)?;
        if secret.is_managed() {
            return Err(Obstacle::Managed);
        }
        secret.phase = Phase::Deleted { since: now_unix() };
        secret.lag = lag;
        Ok(secret.clone())
    }

    /// A deleted secret, once the deletion is done.
    pub(crate) fn deleted(&self, vault: VaultIndex, name: &str) -> Result<Secret, Obstacle> {
        let key = key_of(name);
        let mut secrets = self.lock();
        let contents = &mut secrets[vault.0];
        deleted_there(contents, &key)?;
        contents.get(&key).cloned().ok_or(Obstacle::Absent)
    }

    /// Undoes a deletion that is done.
    pub(crate) fn recover(&self, vault: VaultIndex, name: &str) -> Result<Secret, Obstacle> {
        let lag = self.lag();
        let key = key_of(name);
        let mut secrets = self.lock();
        let contents = &mut secrets[vault.0];
        deleted_there(contents, &key)?;
        let secret = contents.get_mut(&key).ok_or(Obstacle::Absent)?;
        secret.phase = Phase::Live;
        secret.lag = lag;
        Ok(secret.clone())
    }

    /// Removes a deleted secret for good.
    pub(crate) fn purge(&self, vault: VaultIndex, name: &str) -> Result<(), Obstacle> {
        let lag = self.lag();
        let key = key_of(name);
        let mut secrets = self.lock();
        let contents = &mut secrets[vault.0];
        deleted_there(contents, &key)?;
        if self.purge_protection {
            return Err(Obstacle::PurgeProtected);
        }
        if lag == 0 {
            contents.remove(&key);
        } else if let Some(secret) = contents.get_mut(&key) {
            secret.phase = Phase::Purged;
            secret.lag = lag;
            secret.versions.clear();
        }
        Ok(())
    }

    /// Up to `count` of the items that `pick` takes, from the names in capitals after `marker` on, and the last name when
    /// there are more. It costs what the page costs, however many secrets there are.
    pub(crate) fn after<Item>(
        &self,
        vault: VaultIndex,
        marker: &str,
        count: usize,
        pick: impl Fn(&Secret) -> Option<Item>,
    ) -> (Vec<Item>, Option<String>) {
        let secrets = self.lock();
        let mut rest = secrets[vault.0]
            .range::<str, _>((Bound::Excluded(marker), Bound::Unbounded))
            .filter_map(|(name, secret)| Some((name, pick(secret)?)));
        let mut last = None;
        let page = rest
            .by_ref()
            .take(count)
            .map(|(name, item)| {
                last = Some(name);
                item
            })
            .collect();
        let has_more = rest.next().is_some();
        (page, last.filter(|_| has_more).cloned())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Contents>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key_of(name: &str) -> String {
    name.to_ascii_uppercase()
}

fn standing(contents: &Contents, key: &str) -> Standing {
    contents.get(key).map_or(Standing::Absent, Secret::standing)
}

/// How a name stands for a request that is affected by a change that is not finished. The change is one request nearer to
/// its end afterwards.
fn met(contents: &mut Contents, key: &str) -> Standing {
    let found = standing(contents, key);
    if let Some(secret) = contents.get_mut(key) {
        secret.lag = secret.lag.saturating_sub(1);
        if secret.standing() == Standing::Absent {
            contents.remove(key);
        }
    }
    found
}

/// Whether a name may be written to.
fn writable(standing: Standing) -> Result<(), Obstacle> {
    match standing {
        Standing::Absent | Standing::Live => Ok(()),
        Standing::Deleted => Err(Obstacle::Deleted),
        Standing::BeingDeleted | Standing::BeingPurged => Err(Obstacle::BeingDeleted),
        Standing::BeingRecovered => Err(Obstacle::BeingRecovered),
    }
}

/// Whether there is a deleted secret of that name. What is being purged or recovered is one no more, from the first moment.
fn deleted_there(contents: &mut Contents, key: &str) -> Result<(), Obstacle> {
    match standing(contents, key) {
        Standing::Deleted => Ok(()),
        Standing::BeingDeleted => {
            met(contents, key);
            Err(Obstacle::BeingDeleted)
        }
        _ => Err(Obstacle::Absent),
    }
}
