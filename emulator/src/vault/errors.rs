//! What Key Vault says when it refuses: `{"error":{"code","message","innererror":{"code"}}}`, in the real service's own words.
//! When it says which is decided beside this file.

use serde::Serialize;

use crate::answer::Answer;
use crate::vault::store::Obstacle;

#[derive(Serialize)]
struct Envelope<'a> {
    error: ErrorBody<'a>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    innererror: Option<Inner<'a>>,
}

#[derive(Serialize)]
struct Inner<'a> {
    code: &'a str,
}

/// An error without an inner one.
pub(crate) fn plain(status: u16, code: &str, message: &str) -> Answer {
    envelope(status, code, message, None)
}

/// An error with an inner one.
pub(crate) fn with_inner(status: u16, code: &str, message: &str, inner: &str) -> Answer {
    envelope(status, code, message, Some(inner))
}

fn envelope(status: u16, code: &str, message: &str, inner: Option<&str>) -> Answer {
    let innererror = inner.map(|code| Inner { code });
    let error = ErrorBody {
        code,
        message,
        innererror,
    };
    Answer::json(status, &Envelope { error })
}

pub(crate) fn bad_parameter(message: &str) -> Answer {
    plain(400, "BadParameter", message)
}

pub(crate) fn invalid_name(name: &str) -> Answer {
    let message = format!("The request URI contains an invalid name: {name}");
    bad_parameter(&message)
}

pub(crate) fn unknown_version_of_api(version: &str, latest: &str) -> Answer {
    let message = format!(
        "The specified version ({version}) is not recognized. Consider using the latest supported version ({latest})."
    );
    bad_parameter(&message)
}

/// `what` is the secret's name, with its version behind a slash when one was asked for.
pub(crate) fn secret_not_found(what: &str) -> Answer {
    let message = format!(
        "A secret with (name/id) {what} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182"
    );
    plain(404, "SecretNotFound", &message)
}

pub(crate) fn secret_disabled() -> Answer {
    let message = "Operation get is not allowed on a disabled secret.";
    with_inner(403, "Forbidden", message, "SecretDisabled")
}

/// Source: recordings of azure-sdk-for-js, `GET /deletedsecrets/…` while a deletion is not done.
pub(crate) fn deleted_secret_not_found(name: &str) -> Answer {
    let message = format!("Deleted Secret not found: {name}");
    plain(404, "SecretNotFound", &message)
}

/// Source: AzureTRE#1951, Azure/sap-automation#200.
fn purge_protected(vault: &str) -> Answer {
    let message = format!(
        "Operation \"purge\" is not allowed because purge protection is enabled for this vault. Key Vault service will automatically purge it after the retention period has passed.\r\nVault: {vault};location=westeurope"
    );
    plain(403, "Forbidden", &message)
}

/// The secret of a certificate. Source: terraform-provider-azurerm#5659 and newer reports of the longer words.
pub(crate) fn managed(operation: &str) -> Answer {
    let message = format!(
        "Operation \"{operation}\" is not allowed on this secret, since it is associated with a certificate. Perform the operation on the corresponding certificate. For more information refer to https://docs.microsoft.com/en-us/azure/key-vault/certificates/about-certificates#composition-of-a-certificate"
    );
    with_inner(403, "Forbidden", &message, "SecretManagedByKeyVault")
}

/// Why the name cannot be set or restored to. Sources: terraform-provider-azurerm#5659 and AzureTRE#2824 (being deleted,
/// being recovered), azure-sdk-for-net's recorded answers (deleted). The words for a name that exists are ours.
pub(crate) fn unwritable(obstacle: Obstacle, name: &str) -> Answer {
    let (inner, message) = match obstacle {
        Obstacle::Absent => return secret_not_found(name),
        Obstacle::Managed => return managed("set"),
        Obstacle::Exists => {
            return plain(409, "Conflict", &format!("Secret {name} already exists."));
        }
        Obstacle::BeingDeleted => (
            "ObjectIsBeingDeleted",
            format!(
                "Secret {name} is currently being deleted and cannot be re-created; retry later."
            ),
        ),
        Obstacle::BeingRecovered => (
            "ObjectIsBeingRecovered",
            format!(
                "Secret {name} is currently being recovered and cannot be re-created; retry later."
            ),
        ),
        Obstacle::Deleted | Obstacle::PurgeProtected => (
            "ObjectIsDeletedButRecoverable",
            format!(
                "Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged."
            ),
        ),
    };
    with_inner(409, "Conflict", &message, inner)
}

/// Why a secret cannot be deleted. The words for one that is being recovered are made after those of [`undeletable`].
pub(crate) fn unremovable(obstacle: Obstacle, name: &str) -> Answer {
    match obstacle {
        Obstacle::Managed => managed("delete"),
        Obstacle::BeingRecovered => {
            let message = "Secret is currently being recovered.";
            with_inner(409, "Conflict", message, "ObjectIsBeingRecovered")
        }
        _ => secret_not_found(name),
    }
}

/// Why a deleted secret cannot be recovered or purged. Source: azure-sdk-for-net#7199.
pub(crate) fn undeletable(obstacle: Obstacle, name: &str, vault: &str) -> Answer {
    match obstacle {
        Obstacle::BeingDeleted => conflict("ObjectIsBeingDeleted", name),
        Obstacle::PurgeProtected => purge_protected(vault),
        _ => deleted_secret_not_found(name),
    }
}

/// A conflict of this inner code.
fn conflict(inner: &str, name: &str) -> Answer {
    match inner {
        "ObjectIsDeletedButRecoverable" => unwritable(Obstacle::Deleted, name),
        "ObjectIsBeingRecovered" => unwritable(Obstacle::BeingRecovered, name),
        _ => with_inner(409, "Conflict", "Secret is currently being deleted.", inner),
    }
}

pub(crate) fn method_not_allowed(method: &str) -> Answer {
    let message = format!("HTTP {method} not allowed");
    plain(405, "MethodNotAllowed", &message)
}

/// In Azure such a name does not resolve, so the real service never says this.
pub(crate) fn no_such_vault(host: &str, served: &str) -> Answer {
    let message = format!(
        "No vault answers to '{host}' in this emulator (in Azure the name would not resolve). It serves: {served}."
    );
    plain(404, "VaultNotFound", &message)
}

pub(crate) fn no_such_route(path: &str) -> Answer {
    let message = format!("The emulator's vaults hold secrets only and know nothing of '{path}'.");
    plain(404, "NotFound", &message)
}

/// What the service says when a script makes it fail with `status`, and with this inner code if any. `secret` is whom the
/// request was about.
pub(crate) fn failure(status: u16, inner: Option<&str>, secret: &str) -> Answer {
    let (code, message) = match (status, inner) {
        (401, _) => (
            "Unauthorized",
            "AKV10000: Request is missing a Bearer or PoP token.",
        ),
        (403, Some("SecretDisabled")) => return secret_disabled(),
        (403, _) => ("Forbidden", "The operation is forbidden."),
        (404, None) => return secret_not_found(secret),
        (404, _) => ("SecretNotFound", "The secret was not found."),
        (409, inner) => return conflict(inner.unwrap_or("ObjectIsBeingDeleted"), secret),
        (429, _) => (
            "Throttled",
            "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached",
        ),
        (503, _) => (
            "ServiceUnavailable",
            "The service is temporarily unavailable.",
        ),
        (500.., _) => ("InternalServerError", "An internal error has occurred."),
        _ => ("BadParameter", "The request was refused."),
    };
    envelope(status, code, message, inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disabled_answer_is_as_long_as_the_real_one() {
        // The recorded answer of the real service bears Content-Length: 132.
        assert_eq!(secret_disabled().body.len(), 132);
    }

    #[test]
    fn the_answer_to_an_early_purge_is_as_long_as_the_real_one() {
        // azure-sdk-for-net#7199 shows Content-Length: 121.
        let refusal = undeletable(Obstacle::BeingDeleted, "any", "demo");
        assert_eq!(refusal.body.len(), 121);
    }
}
