//! What the caller may do, and the words with which the service says no: what the token is worth is in challenge.rs.
//! Sources: Microsoft Learn, "Azure Key Vault REST API error codes" and "Migrate from vault access policy to Azure role-based
//! access control"; reports of the messages are named at each.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::answer::Answer;
use crate::random;
use crate::tokens;
use crate::vault::errors;

/// What a caller does to a vault, as far as permissions go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VaultOperation {
    /// Reads a secret, or one that is deleted.
    Get,
    /// Lists secrets, versions or deleted secrets.
    List,
    /// Sets a secret.
    Set,
    /// Changes the attributes, the content type or the tags of a version. Access policies call it `set` too.
    Update,
    /// Deletes a secret.
    Delete,
    /// Recovers a deleted secret.
    Recover,
    /// Purges a deleted secret.
    Purge,
    /// Makes a backup.
    Backup,
    /// Restores a backup.
    Restore,
}

impl VaultOperation {
    /// Every one of them.
    pub const ALL: [Self; 9] = [
        Self::Get,
        Self::List,
        Self::Set,
        Self::Update,
        Self::Delete,
        Self::Recover,
        Self::Purge,
        Self::Backup,
        Self::Restore,
    ];

    /// The permission of an access policy that allows it.
    fn permission(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Set | Self::Update => "set",
            Self::Delete => "delete",
            Self::Recover => "recover",
            Self::Purge => "purge",
            Self::Backup => "backup",
            Self::Restore => "restore",
        }
    }

    /// The action of a role that allows it, without the provider. Deletion alone is no `/action`.
    fn action(self) -> &'static str {
        match self {
            Self::Get => "getSecret/action",
            Self::List => "readMetadata/action",
            Self::Set => "setSecret/action",
            Self::Update => "update/action",
            Self::Delete => "delete",
            Self::Recover => "recover/action",
            Self::Purge => "purge/action",
            Self::Backup => "backup/action",
            Self::Restore => "restore/action",
        }
    }
}

/// Why the vault forbids something to a caller whose token is good. Each has its own inner code and words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denied {
    /// No role assignment allows it (`ForbiddenByRbac`).
    Rbac,
    /// No access policy allows it (`AccessDenied`).
    AccessPolicy,
    /// No access policy allows it, as newer versions of the service say it (`ForbiddenByPolicy`).
    Policy,
    /// The vault's firewall does not know the client's address (`ForbiddenByFirewall`).
    Firewall,
    /// A network security perimeter stands before the vault (`ForbiddenByFirewall`).
    NetworkPerimeter,
    /// The vault is reachable through private links alone (`ForbiddenByConnection`).
    PrivateLink,
    /// The caller is a service of Azure's that the vault is closed to (`AccessDenied`).
    FirstParty,
}

/// What the caller may not do. Everything else it may.
#[derive(Default)]
pub(crate) struct Permissions(Mutex<BTreeMap<VaultOperation, Denied>>);

impl Permissions {
    pub(crate) fn deny(&self, operation: VaultOperation, reason: Denied) {
        self.denied().insert(operation, reason);
    }

    pub(crate) fn allow(&self, operation: VaultOperation) {
        self.denied().remove(&operation);
    }

    pub(crate) fn denial(&self, operation: VaultOperation) -> Option<Denied> {
        self.denied().get(&operation).copied()
    }

    fn denied(&self) -> MutexGuard<'_, BTreeMap<VaultOperation, Denied>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a denial names.
pub(super) struct Attempt<'a> {
    pub(super) operation: VaultOperation,
    pub(super) vault: &'a str,
    pub(super) secret: Option<&'a str>,
    /// The bearer token, if there is one.
    pub(super) token: Option<&'a str>,
}

/// What a refusal for this reason looks like.
pub(super) fn denied(reason: Denied, attempt: &Attempt<'_>) -> Answer {
    let caller = caller(attempt.token);
    let vault = format!("{};location=westeurope", attempt.vault);
    let permission = attempt.operation.permission();
    let (inner, message) = match reason {
        Denied::Rbac => ("ForbiddenByRbac", rbac(attempt, &caller, &vault)),
        Denied::AccessPolicy | Denied::Policy => (
            // The same words under both codes: terraform-provider-azurerm#26691 has the second one.
            if reason == Denied::Policy {
                "ForbiddenByPolicy"
            } else {
                "AccessDenied"
            },
            format!(
                "The user, group or application '{caller}' does not have secrets {permission} permission on key vault '{vault}'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287"
            ),
        ),
        Denied::Firewall => (
            "ForbiddenByFirewall",
            format!(
                "Client address is not authorized and caller is not a trusted service.\r\nClient address: 127.0.0.1\r\nCaller: {caller}\r\nVault: {vault}"
            ),
        ),
        Denied::NetworkPerimeter => (
            "ForbiddenByFirewall",
            format!(
                "Request was not allowed by NSP rules and the client address is not authorized and caller was ignored because bypass is set to None\r\nClient address: 127.0.0.1\r\nCaller: {caller}\r\nVault: {vault}"
            ),
        ),
        Denied::PrivateLink => (
            "ForbiddenByConnection",
            // The lines behind the first are in microsoft/multimodal-ai#171.
            format!(
                "Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\nCaller: {caller}\r\nVault: {vault}"
            ),
        ),
        Denied::FirstParty => (
            "AccessDenied",
            format!("Access denied to first party service.\r\nCaller: {caller}\r\nVault: {vault}"),
        ),
    };
    errors::with_inner(403, "Forbidden", &message, inner)
}

fn rbac(attempt: &Attempt<'_>, caller: &str, vault: &str) -> String {
    let action = attempt.operation.action();
    let secret = attempt
        .secret
        .map(|name| format!("/secrets/{name}"))
        .unwrap_or_default();
    format!(
        "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: {caller}\r\nAction: 'Microsoft.KeyVault/vaults/secrets/{action}'\r\nResource: '/subscriptions/doorkey/resourcegroups/doorkey/providers/microsoft.keyvault/vaults/{}{secret}'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\nVault: {vault}\r\n",
        attempt.vault.to_ascii_lowercase()
    )
}

/// The caller as its token says it; somebody, when it says nothing.
fn caller(token: Option<&str>) -> String {
    token.and_then(tokens::caller).unwrap_or_else(|| {
        let (appid, oid, tenant) = (random::guid(), random::guid(), random::guid());
        format!("appid={appid};oid={oid};iss=https://sts.windows.net/{tenant}/")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(reason: Denied, operation: VaultOperation) -> (String, String) {
        let attempt = Attempt {
            operation,
            vault: "Mine",
            secret: Some("mine-too"),
            token: None,
        };
        let answer = denied(reason, &attempt);
        assert_eq!(answer.status, 403);
        let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        let error = &body["error"];
        let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
        (text(&error["innererror"]["code"]), text(&error["message"]))
    }

    #[test]
    fn each_reason_has_its_inner_code() {
        for (reason, code) in [
            (Denied::Rbac, "ForbiddenByRbac"),
            (Denied::AccessPolicy, "AccessDenied"),
            (Denied::Policy, "ForbiddenByPolicy"),
            (Denied::Firewall, "ForbiddenByFirewall"),
            (Denied::NetworkPerimeter, "ForbiddenByFirewall"),
            (Denied::PrivateLink, "ForbiddenByConnection"),
            (Denied::FirstParty, "AccessDenied"),
        ] {
            assert_eq!(message(reason, VaultOperation::Get).0, code);
        }
    }

    #[test]
    fn a_role_s_refusal_names_action_vault_and_secret() {
        let (_, text) = message(Denied::Rbac, VaultOperation::Set);
        assert!(text.contains("Action: 'Microsoft.KeyVault/vaults/secrets/setSecret/action'\r\n"));
        assert!(text.contains("/vaults/mine/secrets/mine-too'"), "{text}");
    }

    #[test]
    fn a_policy_s_refusal_names_the_permission() {
        for operation in VaultOperation::ALL {
            let (_, text) = message(Denied::AccessPolicy, operation);
            let permission = operation.permission();
            assert!(text.contains(&format!(
                "does not have secrets {permission} permission on key vault 'Mine;"
            )));
        }
    }
}
