//! What Key Vault says when it refuses: `{"error":{"code","message","innererror":{"code"}}}`, in the real service's own words.
//! When it says which is decided beside this file.

use serde::Serialize;

use crate::answer::Answer;
use crate::random;

/// Why the vault forbids something to a caller whose token is good. Each has its own inner code and words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denied {
    /// No role assignment allows it (`ForbiddenByRbac`).
    Rbac,
    /// No access policy allows it (`AccessDenied`).
    AccessPolicy,
    /// The vault's firewall does not know the client's address (`ForbiddenByFirewall`).
    Firewall,
    /// The vault is reachable through private links alone (`ForbiddenByConnection`).
    PrivateLink,
}

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
    envelope(403, "Forbidden", message, Some("SecretDisabled"))
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

/// What a refusal for this reason looks like.
pub(crate) fn denied(reason: Denied) -> Answer {
    let caller = format!(
        "appid={0};oid={1};iss=https://sts.windows.net/{2}/",
        random::guid(),
        random::guid(),
        random::guid()
    );
    let (inner, message) = match reason {
        Denied::Rbac => (
            "ForbiddenByRbac",
            format!(
                "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: {caller}\r\nAction: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'\r\nResource: '/subscriptions/doorkey/resourcegroups/doorkey/providers/microsoft.keyvault/vaults/demo/secrets/secret'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\nVault: demo;location=westeurope\r\n"
            ),
        ),
        Denied::AccessPolicy => (
            "AccessDenied",
            format!(
                "The user, group or application '{caller}' does not have secrets get permission on key vault 'demo;location=westeurope'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287"
            ),
        ),
        Denied::Firewall => (
            "ForbiddenByFirewall",
            format!(
                "Client address is not authorized and caller is not a trusted service.\r\nClient address: 127.0.0.1\r\nCaller: {caller}\r\nVault: demo;location=westeurope"
            ),
        ),
        Denied::PrivateLink => (
            "ForbiddenByConnection",
            "Public network access is disabled and request is not from a trusted service nor via an approved private link.".to_owned(),
        ),
    };
    envelope(403, "Forbidden", &message, Some(inner))
}

/// What the service says when a script makes it fail with `status`.
pub(crate) fn failure(status: u16) -> Answer {
    let (code, message) = match status {
        401 => (
            "Unauthorized",
            "AKV10000: Request is missing a Bearer or PoP token.",
        ),
        403 => return denied(Denied::AccessPolicy),
        409 => {
            let message = "Secret is currently being deleted.";
            return envelope(409, "Conflict", message, Some("ObjectIsBeingDeleted"));
        }
        429 => (
            "Throttled",
            "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached",
        ),
        503 => (
            "ServiceUnavailable",
            "The service is temporarily unavailable.",
        ),
        500.. => ("InternalServerError", "An internal error has occurred."),
        404 => return secret_not_found("secret"),
        _ => ("BadParameter", "The request was refused."),
    };
    plain(status, code, message)
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
    fn each_reason_has_its_inner_code() {
        for (reason, code) in [
            (Denied::Rbac, "ForbiddenByRbac"),
            (Denied::AccessPolicy, "AccessDenied"),
            (Denied::Firewall, "ForbiddenByFirewall"),
            (Denied::PrivateLink, "ForbiddenByConnection"),
        ] {
            let answer = denied(reason);
            let body: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
            assert_eq!(answer.status, 403);
            assert_eq!(body["error"]["innererror"]["code"], code);
        }
    }
}
