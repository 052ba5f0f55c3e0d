//! What a caller says of a secret beside its value: checked against the service's limits before a byte
//! is sent, and as JSON.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::error::{Error, Result, Status};
use crate::limits;
use crate::sensitive::Sensitive;
use crate::vault::model::SecretAttributes;

/// The member `attributes` of a body.
#[derive(Default, serde::Serialize)]
pub(super) struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
}

impl Attributes {
    pub fn is_empty(&self) -> bool {
        self.enabled.is_none() && self.nbf.is_none() && self.exp.is_none()
    }
}

impl From<&SecretAttributes> for Attributes {
    fn from(given: &SecretAttributes) -> Self {
        Self {
            enabled: given.is_enabled,
            nbf: given.not_before_unix,
            exp: given.expires_at_unix,
        }
    }
}

/// The member `tags`.
pub(super) struct Tags<'a>(pub &'a [(String, String)]);

impl Serialize for Tags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl SecretAttributes {
    /// The service's limits (Microsoft Learn: "About Azure Key Vault secrets").
    pub(crate) fn check(&self) -> Result<()> {
        if let Some(content_type) = &self.content_type {
            let length = content_type.chars().count();
            if length > limits::CONTENT_TYPE_LENGTH_MAX {
                return Err(too_large(
                    "content_type",
                    length,
                    limits::CONTENT_TYPE_LENGTH_MAX,
                    "characters",
                ));
            }
            no_nul("content_type", content_type)?;
        }
        for (argument, time) in [
            ("not_before", self.not_before_unix),
            ("expires", self.expires_at_unix),
        ] {
            if time.is_some_and(|time| !(0..=limits::TIME_UNIX_MAX).contains(&time)) {
                return Err(Error::invalid(
                    argument,
                    "must be a time from 1970 to 9999, in seconds since 1970",
                ));
            }
        }
        self.tags.as_deref().map_or(Ok(()), check_tags)
    }
}

fn check_tags(tags: &[(String, String)]) -> Result<()> {
    if tags.len() > limits::TAGS_SET_MAX {
        return Err(too_large("tags", tags.len(), limits::TAGS_SET_MAX, "tags"));
    }
    for (at, (name, value)) in tags.iter().enumerate() {
        if name.is_empty() {
            return Err(Error::invalid("tags", "a tag's name must not be empty"));
        }
        if tags[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(Error::invalid("tags", "a name is given twice"));
        }
        for text in [name, value] {
            let length = text.chars().count();
            if length > limits::TAG_LENGTH_MAX {
                return Err(too_large(
                    "tags",
                    length,
                    limits::TAG_LENGTH_MAX,
                    "characters in a name or value",
                ));
            }
            no_nul("tags", text)?;
        }
    }
    Ok(())
}

/// A value that the service would store as it is.
pub(crate) fn check_value(value: &Sensitive) -> Result<()> {
    if value.len() > limits::SECRET_VALUE_SET_BYTES_MAX {
        return Err(too_large(
            "value",
            value.len(),
            limits::SECRET_VALUE_SET_BYTES_MAX,
            "bytes of UTF-8",
        ));
    }
    match value.as_str() {
        Some(_) => Ok(()),
        None => Err(Error::invalid("value", "is not valid UTF-8")),
    }
}

/// The blob of a backup: base64url, as the service gives it out.
pub(crate) fn check_backup(backup: &[u8]) -> Result<()> {
    if backup.is_empty() {
        return Err(Error::invalid("backup", "must not be empty"));
    }
    if backup.len() > limits::BACKUP_BYTES_MAX {
        return Err(too_large(
            "backup",
            backup.len(),
            limits::BACKUP_BYTES_MAX,
            "bytes",
        ));
    }
    let is_blob = |b: &u8| b.is_ascii_alphanumeric() || b"-_=+/".contains(b);
    if backup.iter().all(is_blob) {
        return Ok(());
    }
    Err(Error::invalid(
        "backup",
        "is none: it must be the base64 text that a backup gave, without spaces or line ends",
    ))
}

fn too_large(argument: &str, is: usize, max: usize, unit: &str) -> Error {
    Error::new(
        Status::InvalidArgument,
        format!("{argument}: must be {max} {unit} at most, and has {is}"),
    )
}

fn no_nul(argument: &str, text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::invalid(argument, "must not hold NUL"));
    }
    Ok(())
}
