//! What a vault's refusals mean: one table from HTTP status and codes to our status and advice
//! (Microsoft Learn: "Azure Key Vault REST API error codes").

use serde::Deserialize;

use crate::error::{Error, Status};
use crate::sensitive::Sensitive;
use crate::transport::answer::Answer;
use crate::transport::text;
use crate::vault::address::Address;

#[derive(Deserialize)]
struct Body {
    error: Option<Said>,
}

#[derive(Deserialize)]
struct Said {
    code: Option<String>,
    message: Option<String>,
    innererror: Option<Inner>,
}

#[derive(Deserialize)]
struct Inner {
    code: Option<String>,
}

/// A row: HTTP status, code (or inner code) that must match, meaning, advice.
type Row = (u16, Option<&'static str>, Status, &'static str);

/// What it means that a vault is not there: Azure says it by DNS, the emulator in words.
pub(super) const NO_SUCH_VAULT: &str = "the vault does not exist, its name is misspelt, or this network's DNS lacks its private endpoint";

/// The first row that fits counts.
const TABLE: &[Row] = &[
    (
        401,
        None,
        Status::Unauthorized,
        "the vault does not accept the token: it must be for the vault's audience (https://vault.azure.net in the public cloud), not expired, and of the vault's tenant",
    ),
    (
        403,
        Some("SecretDisabled"),
        Status::SecretDisabled,
        "enable this version of the secret, or ask for another one",
    ),
    (
        403,
        Some("ForbiddenByRbac"),
        Status::Forbidden,
        "give the identity the role \"Key Vault Secrets User\" on the vault; a new assignment may take minutes to arrive",
    ),
    (
        403,
        Some("AccessDenied"),
        Status::Forbidden,
        "add an access policy with the permission \"get\" for secrets for this identity, or give it the role \"Key Vault Secrets User\"",
    ),
    (
        403,
        Some("ForbiddenByFirewall"),
        Status::Forbidden,
        "the vault's firewall refuses this machine's address: add its address or network to the vault's rules",
    ),
    (
        403,
        Some("ForbiddenByConnection"),
        Status::Forbidden,
        "the vault is closed to the public network: call from the network of its private endpoint",
    ),
    (
        403,
        None,
        Status::Forbidden,
        "give the identity the permission to read secrets of this vault",
    ),
    (404, Some("VaultNotFound"), Status::Rejected, NO_SUCH_VAULT),
    (
        404,
        Some("SecretNotFound"),
        Status::SecretNotFound,
        "check name and version; a deleted secret can be recovered",
    ),
    (
        409,
        Some("ObjectIsDeletedButRecoverable"),
        Status::SecretDeleted,
        "recover the secret, or purge it to use its name again",
    ),
    (
        409,
        None,
        Status::Conflict,
        "another operation on this secret is under way; try again in a moment",
    ),
    (
        429,
        None,
        Status::Throttled,
        "the vault has had too many requests; wait, and keep values instead of asking again",
    ),
];

/// The error for an answer that is not a success.
pub(crate) fn read(answer: &Answer, address: &Address, held: &[&Sensitive]) -> Error {
    let said = serde_json::from_slice::<Body>(&answer.body)
        .ok()
        .and_then(|body| body.error);
    let is_service = said.is_some();
    let (code, message, inner) = match said {
        Some(said) => (
            said.code,
            said.message,
            said.innererror.and_then(|i| i.code),
        ),
        None => (None, None, None),
    };
    // Judged as it was said: masking is for show, and a short secret may be part of a code.
    let (status, advice) = triage(answer.status, is_service, code.as_deref(), inner.as_deref());
    let shown = |code: Option<String>| code.and_then(|code| text::code(&code, held));
    let (code, inner) = (shown(code), shown(inner));
    let said = message
        .map(|message| text::message(&message, held))
        .filter(|message| !message.is_empty())
        .map_or_else(String::new, |message| format!(": {message}"));
    let mut error = Error::new(
        status,
        format!("{}: HTTP {}{said}", address.describe(), answer.status),
    )
    .with_http_status(answer.status)
    .with_codes(code, inner)
    .with_request_id(answer.request_id.clone())
    .with_retry_after(answer.retry_after);
    if let Some(advice) = advice {
        error = error.advise(advice);
    }
    error
}

fn triage(
    http_status: u16,
    is_service: bool,
    code: Option<&str>,
    inner: Option<&str>,
) -> (Status, Option<&'static str>) {
    let row = TABLE.iter().find(|(status, wanted, _, _)| {
        *status == http_status && wanted.is_none_or(|w| inner == Some(w) || code == Some(w))
    });
    match (row, http_status) {
        (Some((_, _, status, advice)), _) => (*status, Some(advice)),
        (None, 300..=399) => (
            Status::Protocol,
            Some(
                "the vault's host answers with a redirect, which is never followed with a token; check the host",
            ),
        ),
        (None, 407) => (
            Status::Proxy,
            Some(
                "the proxy wants credentials: put them into HTTPS_PROXY, or exempt the vault with NO_PROXY",
            ),
        ),
        (None, 408 | 500..) => (
            Status::ServiceUnavailable,
            Some("the service failed; try again in a moment"),
        ),
        (None, _) if !is_service => (
            Status::Protocol,
            Some(
                "something other than Key Vault answered; check the host, and look for an intercepting proxy or gateway",
            ),
        ),
        (None, _) => (Status::Rejected, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_can_be_reached() {
        for (http_status, wanted, status, advice) in TABLE {
            let got = triage(*http_status, true, None, *wanted);
            assert_eq!(got, (*status, Some(*advice)), "{http_status} {wanted:?}");
        }
    }

    #[test]
    fn what_is_not_in_the_table_is_told_apart_by_status() {
        let status = |http_status, is_service| triage(http_status, is_service, None, None).0;
        assert_eq!(status(400, true), Status::Rejected);
        assert_eq!(status(400, false), Status::Protocol);
        assert_eq!(status(404, false), Status::Protocol);
        assert_eq!(status(302, false), Status::Protocol);
        assert_eq!(status(407, false), Status::Proxy);
        assert_eq!(status(503, false), Status::ServiceUnavailable);
    }
}
