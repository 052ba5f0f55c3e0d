//! What can be done at a vault, as a table: the words for it, what a caller must be allowed, and whether
//! it may be sent twice. How each request looks is in requests.rs.

/// One operation of the secrets API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Get,
    List,
    ListVersions,
    Set,
    Update,
    Delete,
    GetDeleted,
    ListDeleted,
    Recover,
    Purge,
    Backup,
    Restore,
}

/// The role with which secrets can be read (Azure built-in role 4633458b-17de-408a-b874-0445c86b69e6).
const USER: &str = "Key Vault Secrets User";
/// The role with which all can be done with secrets.
const OFFICER: &str = "Key Vault Secrets Officer";

impl Deed {
    #[cfg(test)]
    pub const ALL: &[Deed] = &[
        Deed::Get,
        Deed::List,
        Deed::ListVersions,
        Deed::Set,
        Deed::Update,
        Deed::Delete,
        Deed::GetDeleted,
        Deed::ListDeleted,
        Deed::Recover,
        Deed::Purge,
        Deed::Backup,
        Deed::Restore,
    ];

    /// Words that follow "asking HOST".
    pub fn words(self) -> &'static str {
        match self {
            Deed::Get => "for",
            Deed::List => "for the list of secrets in",
            Deed::ListVersions => "for the versions of",
            Deed::Set => "to set",
            Deed::Update => "to update",
            Deed::Delete => "to delete",
            Deed::GetDeleted => "for the deleted",
            Deed::ListDeleted => "for the list of deleted secrets in",
            Deed::Recover => "to recover",
            Deed::Purge => "to purge",
            Deed::Backup => "for a backup of",
            Deed::Restore => "to restore a secret in",
        }
    }

    /// The permission for secrets in an access policy (Key Vault REST reference).
    pub fn permission(self) -> &'static str {
        match self {
            Deed::Get | Deed::GetDeleted => "get",
            Deed::List | Deed::ListVersions | Deed::ListDeleted => "list",
            Deed::Set | Deed::Update => "set",
            Deed::Delete => "delete",
            Deed::Recover => "recover",
            Deed::Purge => "purge",
            Deed::Backup => "backup",
            Deed::Restore => "restore",
        }
    }

    /// The least of the built-in roles that allows it.
    pub fn role(self) -> &'static str {
        match self {
            Deed::Get | Deed::List | Deed::ListVersions => USER,
            _ => OFFICER,
        }
    }

    /// Whether it may be sent again when it is not known what became of it. A second set makes a
    /// second version, a second purge may hit a new secret of the same name, and a second restore
    /// fails where the first one worked; the rest comes to the same, or is seen to have worked.
    pub fn is_repeatable(self) -> bool {
        !matches!(self, Deed::Set | Deed::Purge | Deed::Restore)
    }
}
