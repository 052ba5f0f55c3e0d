//! Which operation a request asks for: the table of methods and paths of the secrets API.
//! Source: azure-rest-api-specs, specification/keyvault/data-plane/Secrets.

use crate::vault::permissions::VaultOperation;

/// An operation with what its path names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Route<'a> {
    List,
    Versions {
        name: &'a str,
    },
    Get {
        name: &'a str,
        version: Option<&'a str>,
    },
    Set {
        name: &'a str,
    },
    Update {
        name: &'a str,
        version: Option<&'a str>,
    },
    Delete {
        name: &'a str,
    },
    Backup {
        name: &'a str,
    },
    Restore,
    ListDeleted,
    GetDeleted {
        name: &'a str,
    },
    Recover {
        name: &'a str,
    },
    Purge {
        name: &'a str,
    },
}

/// Why there is no operation for a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unrouted {
    Method,
    Path,
}

impl<'a> Route<'a> {
    /// `segments` are those of the path that are not empty, decoded.
    pub(super) fn of(method: &str, segments: &[&'a str]) -> Result<Self, Unrouted> {
        Ok(match (method, segments) {
            ("GET", &["secrets"]) => Self::List,
            ("POST", &["secrets", "restore"]) => Self::Restore,
            ("GET", &["secrets", name]) => Self::Get {
                name,
                version: None,
            },
            ("PUT", &["secrets", name]) => Self::Set { name },
            // An SDK updates the latest version with a slash behind the name, as it reads it.
            ("PATCH", &["secrets", name]) => Self::Update {
                name,
                version: None,
            },
            ("DELETE", &["secrets", name]) => Self::Delete { name },
            ("GET", &["secrets", name, "versions"]) => Self::Versions { name },
            ("POST", &["secrets", name, "backup"]) => Self::Backup { name },
            ("GET", &["secrets", name, version]) => Self::Get {
                name,
                version: Some(version),
            },
            ("PATCH", &["secrets", name, version]) => Self::Update {
                name,
                version: Some(version),
            },
            ("GET", &["deletedsecrets"]) => Self::ListDeleted,
            ("GET", &["deletedsecrets", name]) => Self::GetDeleted { name },
            ("DELETE", &["deletedsecrets", name]) => Self::Purge { name },
            ("POST", &["deletedsecrets", name, "recover"]) => Self::Recover { name },
            (
                _,
                &["secrets" | "deletedsecrets"]
                | &["secrets" | "deletedsecrets", _]
                | &["secrets", _, _]
                | &["deletedsecrets", _, "recover"],
            ) => {
                return Err(Unrouted::Method);
            }
            _ => return Err(Unrouted::Path),
        })
    }

    /// What a caller must be permitted to do.
    pub(super) fn operation(self) -> VaultOperation {
        match self {
            Self::List | Self::Versions { .. } | Self::ListDeleted => VaultOperation::List,
            Self::Get { .. } | Self::GetDeleted { .. } => VaultOperation::Get,
            Self::Set { .. } => VaultOperation::Set,
            Self::Update { .. } => VaultOperation::Update,
            Self::Delete { .. } => VaultOperation::Delete,
            Self::Backup { .. } => VaultOperation::Backup,
            Self::Restore => VaultOperation::Restore,
            Self::Recover { .. } => VaultOperation::Recover,
            Self::Purge { .. } => VaultOperation::Purge,
        }
    }

    /// The secret that the path names.
    pub(super) fn name(self) -> Option<&'a str> {
        match self {
            Self::List | Self::ListDeleted | Self::Restore => None,
            Self::Versions { name }
            | Self::Get { name, .. }
            | Self::Set { name }
            | Self::Update { name, .. }
            | Self::Delete { name }
            | Self::Backup { name }
            | Self::GetDeleted { name }
            | Self::Recover { name }
            | Self::Purge { name } => Some(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_without_that_method_is_told_from_one_that_is_not_there() {
        for (method, segments, reason) in [
            ("PUT", &["secrets"][..], Unrouted::Method),
            ("POST", &["secrets", "a"], Unrouted::Method),
            ("DELETE", &["secrets", "a", "b"], Unrouted::Method),
            ("PUT", &["deletedsecrets", "a"], Unrouted::Method),
            ("GET", &["deletedsecrets", "a", "recover"], Unrouted::Method),
            ("GET", &["deletedsecrets", "a", "b"], Unrouted::Path),
            ("GET", &["secrets", "a", "b", "c"], Unrouted::Path),
            ("GET", &["keys"], Unrouted::Path),
            ("GET", &[], Unrouted::Path),
        ] {
            assert_eq!(
                Route::of(method, segments),
                Err(reason),
                "{method} {segments:?}"
            );
        }
    }
}
