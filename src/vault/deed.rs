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
            Deed::Get | Deed::List | Deed::ListVersions | Deed::GetDeleted | Deed::ListDeleted => {
                USER
            }
            _ => OFFICER,
        }
    }

    /// Where the role has to be given: one secret's does not do for what is about all of them.
    pub fn scope(self) -> &'static str {
        match self {
            Deed::List | Deed::ListDeleted | Deed::Restore => "the vault",
            _ => "the vault or the secret",
        }
    }

    /// Whether it may be sent again when it is not known what became of it. A second set makes a
    /// second version, a second purge may hit a new secret of the same name, and a second restore
    /// fails where the first one worked; the rest comes to the same, or is seen to have worked.
    pub fn is_repeatable(self) -> bool {
        !matches!(self, Deed::Set | Deed::Purge | Deed::Restore)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_not_happen_twice_is_a_set_a_purge_and_a_restore() {
        let once: Vec<_> = Deed::ALL.iter().filter(|d| !d.is_repeatable()).collect();
        assert_eq!(once, [&Deed::Set, &Deed::Purge, &Deed::Restore]);
    }

    #[test]
    fn the_readers_role_is_enough_to_read_and_to_list_and_for_nothing_else() {
        let read: Vec<_> = Deed::ALL.iter().filter(|d| d.role() == USER).collect();
        let wanted = [
            &Deed::Get,
            &Deed::List,
            &Deed::ListVersions,
            &Deed::GetDeleted,
            &Deed::ListDeleted,
        ];
        assert_eq!(read, wanted);
    }

    #[test]
    fn every_permission_is_one_that_an_access_policy_knows() {
        let known = [
            "get", "list", "set", "delete", "recover", "purge", "backup", "restore",
        ];
        for deed in Deed::ALL {
            assert!(known.contains(&deed.permission()), "{deed:?}");
        }
    }

    #[test]
    fn no_two_operations_are_told_in_the_same_words() {
        let words: std::collections::HashSet<_> = Deed::ALL.iter().map(|d| d.words()).collect();
        assert_eq!(words.len(), Deed::ALL.len());
    }
}
