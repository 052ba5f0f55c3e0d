//! The vaults' contents: secrets, their versions, and how they look as JSON.
//! Which request reads or writes them is in requests.rs, lists are in paging.rs.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::random;
use crate::tokens::now_unix;

/// Everything about a secret's version that a caller may set.
#[derive(Clone, Debug, Default)]
pub struct SecretOptions {
    /// The content type, if any.
    pub content_type: Option<String>,
    /// Whether the value can be read; nothing said means yes.
    pub enabled: Option<bool>,
    /// Not valid before this time (Unix seconds); the real service, too, gives the value all the same.
    pub not_before: Option<i64>,
    /// Expires at this time (Unix seconds); the real service, too, gives the value all the same.
    pub expires: Option<i64>,
    /// Tags, if any.
    pub tags: Option<BTreeMap<String, String>>,
}

/// One version of a secret.
#[derive(Clone)]
pub(crate) struct Version {
    /// 32 lower-case hexadecimal digits.
    pub(crate) id: String,
    pub(crate) value: String,
    pub(crate) options: SecretOptions,
    created: u64,
    updated: u64,
}

impl Version {
    pub(crate) fn is_enabled(&self) -> bool {
        self.options.enabled.unwrap_or(true)
    }
}

/// A secret: its name as first written, its versions from the oldest to the latest.
#[derive(Clone)]
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) versions: Vec<Version>,
}

impl Secret {
    pub(crate) fn latest(&self) -> Option<&Version> {
        self.versions.last()
    }
}

/// All vaults. The first is the one that answers on `localhost` and `127.0.0.1`.
pub(crate) struct Vaults {
    names: Vec<String>,
    /// By vault, then by the secret's name in capitals: the order in which the service lists them.
    secrets: Mutex<Vec<BTreeMap<String, Secret>>>,
}

/// The place of a vault among the vaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct VaultIndex(usize);

impl Vaults {
    pub(crate) fn new(names: Vec<String>) -> Self {
        let secrets = Mutex::new(names.iter().map(|_| BTreeMap::new()).collect());
        Self { names, secrets }
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

    /// Adds a version, which becomes the latest.
    pub(crate) fn set(
        &self,
        vault: VaultIndex,
        name: &str,
        value: String,
        options: SecretOptions,
    ) -> (String, Version) {
        let now = now_unix();
        let version = Version {
            id: random::hex32(),
            value,
            options,
            created: now,
            updated: now,
        };
        let mut secrets = self.lock();
        let secret = secrets[vault.0]
            .entry(name.to_ascii_uppercase())
            .or_insert_with(|| Secret {
                name: name.to_owned(),
                versions: Vec::new(),
            });
        secret.versions.push(version.clone());
        (secret.name.clone(), version)
    }

    /// Changes the options of the latest version, or of the one named; `None` when there is none.
    pub(crate) fn change(
        &self,
        vault: VaultIndex,
        name: &str,
        version: Option<&str>,
        change: impl FnOnce(&mut SecretOptions),
    ) -> Option<()> {
        let mut secrets = self.lock();
        let secret = secrets[vault.0].get_mut(&name.to_ascii_uppercase())?;
        let version = match version {
            Some(id) => secret
                .versions
                .iter_mut()
                .find(|version| version.id.eq_ignore_ascii_case(id))?,
            None => secret.versions.last_mut()?,
        };
        change(&mut version.options);
        version.updated = now_unix();
        Some(())
    }

    pub(crate) fn get(&self, vault: VaultIndex, name: &str) -> Option<Secret> {
        self.lock()[vault.0]
            .get(&name.to_ascii_uppercase())
            .cloned()
    }

    /// Up to `count` secrets whose name in capitals comes after `marker`, and whether there are more.
    pub(crate) fn after(
        &self,
        vault: VaultIndex,
        marker: &str,
        count: usize,
    ) -> (Vec<Secret>, bool) {
        let secrets = self.lock();
        let mut rest = secrets[vault.0]
            .iter()
            .filter(|(name, _)| name.as_str() > marker)
            .map(|(_, secret)| secret.clone());
        let page = rest.by_ref().take(count).collect();
        (page, rest.next().is_some())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<BTreeMap<String, Secret>>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The JSON of a secret with its value.
#[derive(Serialize)]
pub(crate) struct SecretBundle<'a> {
    value: &'a str,
    #[serde(flatten)]
    item: SecretItem<'a>,
}

/// The JSON of a secret in a list: never a value.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecretItem<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    id: String,
    attributes: Attributes,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a BTreeMap<String, String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    created: u64,
    updated: u64,
    recovery_level: &'static str,
    /// Came with version 7.1 of the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    recoverable_days: Option<u32>,
}

impl<'a> SecretItem<'a> {
    /// `id` is the whole URL; `with_days` follows the version of the API.
    pub(crate) fn new(id: String, version: &'a Version, with_days: bool) -> Self {
        let options = &version.options;
        Self {
            content_type: options.content_type.as_deref(),
            id,
            attributes: Attributes {
                enabled: version.is_enabled(),
                nbf: options.not_before,
                exp: options.expires,
                created: version.created,
                updated: version.updated,
                recovery_level: "Recoverable+Purgeable",
                recoverable_days: with_days.then_some(90),
            },
            tags: options.tags.as_ref(),
        }
    }

    pub(crate) fn with_value(self, version: &'a Version) -> SecretBundle<'a> {
        SecretBundle {
            value: &version.value,
            item: self,
        }
    }
}
