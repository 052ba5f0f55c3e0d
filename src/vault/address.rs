//! Which secret is meant: vault, name and version in every form a caller may give them, checked
//! before any byte leaves. The forms of a vault alone are origin.rs's.

use crate::error::{Error, Result};
use crate::limits;
use crate::vault::clouds::Suffixes;
use crate::vault::origin::{self, Vault};

/// A secret, latest or one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub vault: Vault,
    pub name: String,
    pub version: Option<String>,
}

/// What an id is the id of, and what a call wants one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collection {
    Secrets,
    Deleted,
    Certificates,
}

impl Address {
    /// `vault`: a bare name, a host below a known suffix, an https URL, or, with `name` absent, a
    /// whole secret id. A call about deleted secrets takes an id of either kind.
    pub fn parse(
        vault: &str,
        name: Option<&str>,
        version: Option<&str>,
        wanted: Collection,
        suffixes: &Suffixes,
    ) -> Result<Self> {
        if let Some(version) = version {
            check_version(version)?;
        }
        let (parsed, path) = origin::parse(vault, suffixes)?;
        let version = version.map(str::to_owned);
        match (name, path) {
            (Some(name), None) => {
                check_name(name)?;
                Ok(Self {
                    vault: parsed,
                    name: name.to_owned(),
                    version,
                })
            }
            (Some(_), Some(_)) => Err(Error::invalid(
                "vault",
                "holds a path although a name is given; give the vault alone, or a whole secret id without a name",
            )),
            (None, None) => Err(Error::invalid(
                "name",
                "is missing; it may be left out only when vault is a whole secret id",
            )),
            (None, Some(path)) => Self::from_id(parsed, &path, version, wanted),
        }
    }

    /// The same for a call that concerns a secret with all its versions.
    pub fn parse_whole(
        vault: &str,
        name: Option<&str>,
        wanted: Collection,
        suffixes: &Suffixes,
    ) -> Result<Self> {
        let address = Self::parse(vault, name, None, wanted, suffixes)?;
        if address.version.is_none() {
            return Ok(address);
        }
        Err(Error::invalid(
            "vault",
            "is the id of one version, and this call concerns the secret with all of them; leave the version out",
        ))
    }

    /// One of many: `NAME` or `NAME/VERSION` in `vault`; without one a whole secret id.
    pub fn parse_item(vault: Option<&Vault>, item: &str, suffixes: &Suffixes) -> Result<Self> {
        let Some(vault) = vault else {
            return Self::parse(item, None, None, Collection::Secrets, suffixes);
        };
        let (name, version) = match item.split_once('/') {
            Some((name, version)) => (name, Some(version)),
            None => (item, None),
        };
        check_name(name)?;
        if let Some(version) = version {
            check_version(version)?;
        }
        Ok(Self {
            vault: vault.clone(),
            name: name.to_owned(),
            version: version.map(str::to_owned),
        })
    }

    fn from_id(
        vault: Vault,
        path: &str,
        version: Option<String>,
        wanted: Collection,
    ) -> Result<Self> {
        let no_id = || {
            Error::invalid(
                "vault",
                "is no secret id; it must look like https://VAULT/secrets/NAME or https://VAULT/secrets/NAME/VERSION",
            )
        };
        let (collection, name, in_id) = split_id(path).ok_or_else(no_id)?;
        match (collection, wanted) {
            (Collection::Certificates, _) => {
                return Err(Error::invalid(
                    "vault",
                    "is the id of a certificate; its private key is the secret of the same name: write /secrets/ instead of /certificates/",
                ));
            }
            (Collection::Deleted, Collection::Secrets) => {
                return Err(Error::invalid(
                    "vault",
                    "is the id of a deleted secret; recover it first",
                ));
            }
            _ => {}
        }
        check_name(name)?;
        if let Some(in_id) = in_id {
            check_version(in_id)?;
        }
        let version = match (version, in_id) {
            (Some(asked), Some(in_id)) if !asked.eq_ignore_ascii_case(in_id) => {
                return Err(Error::invalid("version", "is not the one in the secret id"));
            }
            (asked, in_id) => asked.or(in_id.map(str::to_owned)),
        };
        Ok(Self {
            vault,
            name: name.to_owned(),
            version,
        })
    }

    /// In words, for messages.
    pub fn describe(&self) -> String {
        format!("secret {} in vault {}", self.name, self.vault.name)
    }
}

/// `/secrets/NAME[/VERSION]` (with an optional slash at the end) → what it is, name and version.
pub(crate) fn split_id(path: &str) -> Option<(Collection, &str, Option<&str>)> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut segments = path.split('/');
    let kind = segments.next()?;
    let (_, collection) = [
        ("secrets", Collection::Secrets),
        ("deletedsecrets", Collection::Deleted),
        ("certificates", Collection::Certificates),
    ]
    .into_iter()
    .find(|(name, _)| kind.eq_ignore_ascii_case(name))?;
    match (segments.next(), segments.next(), segments.next()) {
        (Some(name), version, None) => Some((collection, name, version)),
        _ => None,
    }
}

/// Whether a text may be a secret's name (Key Vault REST reference).
pub(crate) fn is_name(name: &str) -> bool {
    (1..=limits::SECRET_NAME_LENGTH_MAX).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Whether a text may be a secret's version.
pub(crate) fn is_version(version: &str) -> bool {
    (1..=limits::SECRET_VERSION_LENGTH_MAX).contains(&version.len())
        && version.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn check_name(name: &str) -> Result<()> {
    if is_name(name) {
        return Ok(());
    }
    Err(Error::invalid(
        "name",
        "must be 1 to 127 letters, digits or '-'",
    ))
}

fn check_version(version: &str) -> Result<()> {
    if is_version(version) {
        return Ok(());
    }
    Err(Error::invalid(
        "version",
        "must be 1 to 64 letters or digits; leave it out for the latest version",
    ))
}

#[cfg(test)]
mod tests;
