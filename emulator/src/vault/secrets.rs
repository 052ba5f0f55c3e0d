//! What a vault holds: secrets, their versions, and how far a deletion or a recovery has come.
//! What is done to them is in store.rs, how they look as JSON in json.rs.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Everything about a secret's version that a caller may set, and whether a certificate stands behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretOptions {
    /// The content type, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Whether the value can be read; nothing said means yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Not valid before this time (Unix seconds); the real service, too, gives the value all the same.
    #[serde(default, rename = "nbf", skip_serializing_if = "Option::is_none")]
    pub not_before: Option<i64>,
    /// Expires at this time (Unix seconds); the real service, too, gives the value all the same.
    #[serde(default, rename = "exp", skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
    /// Tags, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
    /// Whether this is the secret of a certificate, which Key Vault manages: it is shown as `managed`, with a `kid`, and can
    /// neither be set nor deleted.
    #[serde(default)]
    pub managed: bool,
}

/// One version of a secret as it is stored, for tests that look behind the vault's answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredVersion {
    /// 32 lower-case hexadecimal digits.
    pub id: String,
    /// The value.
    pub value: String,
    /// The rest of what can be set.
    #[serde(flatten)]
    pub options: SecretOptions,
    /// When it was made (Unix seconds).
    pub created: u64,
    /// When its options were last changed (Unix seconds).
    pub updated: u64,
}

/// One version of a secret.
#[derive(Clone)]
pub(crate) struct Version {
    /// 32 lower-case hexadecimal digits.
    pub(crate) id: String,
    /// Shared, because a list of versions is made from copies.
    pub(crate) value: Arc<str>,
    pub(crate) options: SecretOptions,
    pub(crate) created: u64,
    pub(crate) updated: u64,
}

impl Version {
    pub(crate) fn is_enabled(&self) -> bool {
        self.options.enabled.unwrap_or(true)
    }
}

impl From<&Version> for StoredVersion {
    fn from(version: &Version) -> Self {
        Self {
            id: version.id.clone(),
            value: version.value.to_string(),
            options: version.options.clone(),
            created: version.created,
            updated: version.updated,
        }
    }
}

impl From<StoredVersion> for Version {
    fn from(stored: StoredVersion) -> Self {
        Self {
            id: stored.id,
            value: stored.value.into(),
            options: stored.options,
            created: stored.created,
            updated: stored.updated,
        }
    }
}

/// Where a secret has got to, or is getting to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Phase {
    Live,
    /// Soft-deleted, since this time.
    Deleted {
        since: u64,
    },
    Purged,
}

/// How a name stands in a vault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Standing {
    Absent,
    Live,
    BeingDeleted,
    Deleted,
    BeingRecovered,
    BeingPurged,
}

/// A secret: its name as first written, its versions from the oldest to the latest.
#[derive(Clone)]
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) versions: Vec<Version>,
    pub(crate) phase: Phase,
    /// How many requests will yet find the phase not reached.
    pub(crate) lag: u32,
}

impl Secret {
    pub(crate) fn new(name: &str, versions: Vec<Version>) -> Self {
        Self {
            name: name.to_owned(),
            versions,
            phase: Phase::Live,
            lag: 0,
        }
    }

    pub(crate) fn latest(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// The latest version, or the one named, in any case.
    pub(crate) fn version(&self, id: Option<&str>) -> Option<&Version> {
        match id {
            Some(id) => self
                .versions
                .iter()
                .find(|version| version.id.eq_ignore_ascii_case(id)),
            None => self.latest(),
        }
    }

    pub(crate) fn version_mut(&mut self, id: Option<&str>) -> Option<&mut Version> {
        match id {
            Some(id) => self
                .versions
                .iter_mut()
                .find(|version| version.id.eq_ignore_ascii_case(id)),
            None => self.versions.last_mut(),
        }
    }

    /// The latest version is the one that was made last, whoever says when that was. Of one second, the one that came last.
    pub(crate) fn sort(&mut self) {
        self.versions.sort_by_key(|version| version.created);
    }

    pub(crate) fn standing(&self) -> Standing {
        match (self.phase, self.lag) {
            (Phase::Live, 0) => Standing::Live,
            (Phase::Live, _) => Standing::BeingRecovered,
            (Phase::Deleted { .. }, 0) => Standing::Deleted,
            (Phase::Deleted { .. }, _) => Standing::BeingDeleted,
            (Phase::Purged, 0) => Standing::Absent,
            (Phase::Purged, _) => Standing::BeingPurged,
        }
    }

    /// Whether a certificate stands behind it.
    pub(crate) fn is_managed(&self) -> bool {
        self.latest().is_some_and(|version| version.options.managed)
    }
}
