//! `Secret`, a value, and `SecretProperties`, what is known of a secret besides. The JSON they come
//! in is read in bundle.rs.

use std::fmt;
use std::sync::Arc;

use crate::nul_ended::NulEnded;
use crate::sensitive::Sensitive;

/// A secret with its value. Cheap to clone: clones share one wiped buffer.
#[derive(Clone)]
pub struct Secret {
    value: Arc<Sensitive>,
    properties: SecretProperties,
}

/// What is known of a secret besides its value. Cheap to clone.
#[derive(Clone)]
pub struct SecretProperties(Arc<Fields>);

pub(super) struct Fields {
    pub id: NulEnded,
    pub vault: NulEnded,
    pub name: NulEnded,
    pub version: Option<NulEnded>,
    pub content_type: Option<NulEnded>,
    pub key_id: Option<NulEnded>,
    pub recovery_level: Option<NulEnded>,
    pub recovery_id: Option<NulEnded>,
    pub is_enabled: bool,
    pub is_managed: bool,
    pub created_at_unix: Option<i64>,
    pub updated_at_unix: Option<i64>,
    pub expires_at_unix: Option<i64>,
    pub not_before_unix: Option<i64>,
    pub recoverable_days: Option<i32>,
    pub deleted_at_unix: Option<i64>,
    pub scheduled_purge_at_unix: Option<i64>,
    pub tags: Box<[(NulEnded, NulEnded)]>,
}

/// What may be said of a secret that is set or updated. What is left out is not set, and in an update
/// stays as it is: the service has no way to take a date away again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretAttributes {
    /// What kind of text the value is, e.g. `text/plain`: 255 characters at most. An empty one takes it
    /// away.
    pub content_type: Option<String>,
    /// Whether the value can be read.
    pub is_enabled: Option<bool>,
    /// From when on it is meant to be used, in seconds since 1970. Informational: the service hands
    /// it out all the same.
    pub not_before_unix: Option<i64>,
    /// When it expires, in seconds since 1970. Informational, too.
    pub expires_at_unix: Option<i64>,
    /// All tags, which take the place of those there were: 15 at most, names and values of 256
    /// characters at most.
    pub tags: Option<Vec<(String, String)>>,
}

impl Secret {
    pub(super) fn new(value: Sensitive, properties: SecretProperties) -> Self {
        Self {
            value: Arc::new(value),
            properties,
        }
    }

    /// The value, as stored: any text, also an empty one.
    pub fn value(&self) -> &Sensitive {
        &self.value
    }

    #[cfg(feature = "capi")]
    pub(crate) fn into_parts(self) -> (Arc<Sensitive>, SecretProperties) {
        (self.value, self.properties)
    }

    /// All that is known of it besides.
    pub fn properties(&self) -> &SecretProperties {
        &self.properties
    }

    /// The whole id, a URL with vault, name and version.
    pub fn id(&self) -> &str {
        self.properties.id()
    }

    /// The vault's name; for a host of no known cloud the host.
    pub fn vault(&self) -> &str {
        self.properties.vault()
    }

    /// The name, as the service writes it.
    pub fn name(&self) -> &str {
        self.properties.name()
    }

    /// The version.
    pub fn version(&self) -> &str {
        self.properties.version().unwrap_or_default()
    }

    /// The content type, where one was set.
    pub fn content_type(&self) -> Option<&str> {
        self.properties.content_type()
    }

    /// Whether it is enabled; the service hands out no disabled value.
    pub fn is_enabled(&self) -> bool {
        self.properties.is_enabled()
    }

    /// When it was created, in seconds since 1970.
    pub fn created_at_unix(&self) -> Option<i64> {
        self.properties.created_at_unix()
    }

    /// When it was last changed, in seconds since 1970.
    pub fn updated_at_unix(&self) -> Option<i64> {
        self.properties.updated_at_unix()
    }

    /// When it expires, in seconds since 1970. Informational: the service hands out expired
    /// secrets.
    pub fn expires_at_unix(&self) -> Option<i64> {
        self.properties.expires_at_unix()
    }

    /// From when on it is meant to be used, in seconds since 1970. Informational.
    pub fn not_before_unix(&self) -> Option<i64> {
        self.properties.not_before_unix()
    }

    /// The tags, by name.
    pub fn tags(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.properties.tags()
    }
}

impl SecretProperties {
    pub(super) fn new(fields: Fields) -> Self {
        Self(Arc::new(fields))
    }

    /// The whole id, a URL with vault and name, and with the version where the answer names one.
    pub fn id(&self) -> &str {
        self.0.id.as_str()
    }

    /// The vault's name; for a host of no known cloud the host.
    pub fn vault(&self) -> &str {
        self.0.vault.as_str()
    }

    /// The name, as the service writes it.
    pub fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// The version. A list of secrets names none: what it says is the latest's.
    pub fn version(&self) -> Option<&str> {
        text(&self.0.version)
    }

    /// The content type, where one was set.
    pub fn content_type(&self) -> Option<&str> {
        text(&self.0.content_type)
    }

    /// Whether its value can be read.
    pub fn is_enabled(&self) -> bool {
        self.0.is_enabled
    }

    /// When it was created, in seconds since 1970.
    pub fn created_at_unix(&self) -> Option<i64> {
        self.0.created_at_unix
    }

    /// When it was last changed, in seconds since 1970.
    pub fn updated_at_unix(&self) -> Option<i64> {
        self.0.updated_at_unix
    }

    /// When it expires, in seconds since 1970. Informational: the service hands out expired
    /// secrets.
    pub fn expires_at_unix(&self) -> Option<i64> {
        self.0.expires_at_unix
    }

    /// From when on it is meant to be used, in seconds since 1970. Informational.
    pub fn not_before_unix(&self) -> Option<i64> {
        self.0.not_before_unix
    }

    /// The tags, by name.
    pub fn tags(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let tags = self.0.tags.iter();
        tags.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a certificate's service manages it: it is the certificate's private key then.
    pub fn is_managed(&self) -> bool {
        self.0.is_managed
    }

    /// The id of the key behind it, where a certificate's service manages it.
    pub fn key_id(&self) -> Option<&str> {
        text(&self.0.key_id)
    }

    /// What becomes of it when it is deleted, e.g. `Recoverable+Purgeable`.
    pub fn recovery_level(&self) -> Option<&str> {
        text(&self.0.recovery_level)
    }

    /// For how many days it can be recovered once it is deleted.
    pub fn recoverable_days(&self) -> Option<i32> {
        self.0.recoverable_days
    }

    /// The id by which a deleted secret is recovered or purged.
    pub fn recovery_id(&self) -> Option<&str> {
        text(&self.0.recovery_id)
    }

    /// When it was deleted, in seconds since 1970.
    pub fn deleted_at_unix(&self) -> Option<i64> {
        self.0.deleted_at_unix
    }

    /// When the service will purge it, in seconds since 1970.
    pub fn scheduled_purge_at_unix(&self) -> Option<i64> {
        self.0.scheduled_purge_at_unix
    }
}

/// The same texts, each with a NUL behind it.
#[cfg(feature = "capi")]
impl SecretProperties {
    pub(crate) fn id_with_nul(&self) -> &str {
        self.0.id.with_nul()
    }

    pub(crate) fn vault_with_nul(&self) -> &str {
        self.0.vault.with_nul()
    }

    pub(crate) fn name_with_nul(&self) -> &str {
        self.0.name.with_nul()
    }

    pub(crate) fn version_with_nul(&self) -> Option<&str> {
        self.0.version.as_ref().map(NulEnded::with_nul)
    }

    pub(crate) fn content_type_with_nul(&self) -> Option<&str> {
        self.0.content_type.as_ref().map(NulEnded::with_nul)
    }

    pub(crate) fn key_id_with_nul(&self) -> Option<&str> {
        self.0.key_id.as_ref().map(NulEnded::with_nul)
    }

    pub(crate) fn recovery_level_with_nul(&self) -> Option<&str> {
        self.0.recovery_level.as_ref().map(NulEnded::with_nul)
    }

    pub(crate) fn recovery_id_with_nul(&self) -> Option<&str> {
        self.0.recovery_id.as_ref().map(NulEnded::with_nul)
    }

    /// Tag number `at`: name and value.
    pub(crate) fn tag_with_nul(&self, at: usize) -> Option<(&str, &str)> {
        let (name, value) = self.0.tags.get(at)?;
        Some((name.with_nul(), value.with_nul()))
    }
}

fn text(text: &Option<NulEnded>) -> Option<&str> {
    text.as_ref().map(NulEnded::as_str)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("id", &self.id())
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SecretProperties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretProperties")
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
