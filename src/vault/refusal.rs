//! What a vault's refusals mean: one table from HTTP status, codes and words to our status and advice
//! (Microsoft Learn: "Azure Key Vault REST API error codes"). What it means that there was no answer at
//! all is the transport's failure.rs.

use serde::Deserialize;

use crate::error::{Error, Status};
use crate::sensitive::Sensitive;
use crate::transport::answer::Answer;
use crate::transport::text;
use crate::transport::work::MAY_HAVE_WORKED;
use crate::vault::challenge::{self, Demand};
use crate::vault::deed::Deed;
use crate::vault::requests::Request;

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

/// Inner errors may be nested; the innermost code says most, but the outer one is what is documented.
#[derive(Deserialize)]
struct Inner {
    code: Option<String>,
}

/// One meaning.
struct Row {
    http: u16,
    /// The code or inner code, where the status alone does not say it.
    code: Option<&'static str>,
    /// What the message begins with or holds, where the codes do not say it.
    words: Option<&'static str>,
    status: Status,
    /// `{who}`, `{role}`, `{where}` and `{permission}` are filled in.
    advice: &'static str,
}

const fn row(http: u16, status: Status, advice: &'static str) -> Row {
    Row {
        http,
        code: None,
        words: None,
        status,
        advice,
    }
}

impl Row {
    const fn code(self, code: &'static str) -> Self {
        Self {
            code: Some(code),
            ..self
        }
    }

    const fn words(self, words: &'static str) -> Self {
        Self {
            words: Some(words),
            ..self
        }
    }

    fn fits(&self, http: u16, said: &Words<'_>) -> bool {
        let is = |wanted| said.inner == Some(wanted) || said.code == Some(wanted);
        self.http == http
            && self.code.is_none_or(is)
            && self
                .words
                .is_none_or(|words| said.message.is_some_and(|message| message.contains(words)))
    }
}

/// What it means that a vault is not there: Azure says it by DNS, the emulator in words.
pub(super) const NO_SUCH_VAULT: &str = "the vault does not exist, its name is misspelt, or this network's DNS lacks its private endpoint";

/// What helps with a proxy that wants to know who asks.
pub(super) const PROXY_CREDENTIALS: &str =
    "the proxy wants credentials: put them into HTTPS_PROXY, or exempt the vault with NO_PROXY";

/// What helps where access policies decide.
const POLICY: &str = "add an access policy with the permission \"{permission}\" for secrets for {who}; if the vault uses roles instead, it needs \"{role}\"";

/// What helps while the vault is at something.
const UNDER_WAY: &str = "the secret is being deleted or recovered; try again in a moment";

/// The first row that fits counts.
const TABLE: &[Row] = &[
    row(
        400,
        Status::Rejected,
        "the vault does not know this version of its API: say one that it knows in the client's options",
    )
    .words("The specified version ("),
    row(
        400,
        Status::Rejected,
        "the backup is damaged, or is no backup of a secret: restore it from another copy",
    )
    .words("Backup blob contains"),
    row(
        400,
        Status::Rejected,
        "the backup cannot be read by this vault: restore it to one of the same subscription and geography",
    )
    .words("Cannot decrypt backup"),
    row(
        401,
        Status::Unauthorized,
        "the identity's token is of another tenant than the vault's: use an identity of the vault's tenant; a vault whose subscription was moved keeps the old tenant until it is told the new one",
    )
    .words("AKV10032"),
    row(
        401,
        Status::Unauthorized,
        "the token is for another audience: it must be for https:// and the vault's suffix, which is https://vault.azure.net in the public cloud",
    )
    .words("AKV10022"),
    row(
        401,
        Status::Unauthorized,
        "the vault takes the token for expired: check this machine's clock, and a token of your own",
    )
    .words("[TokenExpired]"),
    row(
        401,
        Status::Unauthorized,
        "the vault does not accept the token: it must be for the vault's audience (https://vault.azure.net in the public cloud), not expired, and of the vault's tenant",
    ),
    row(
        403,
        Status::SecretDisabled,
        "enable this version of the secret, or ask for another one; a deleted one has to be recovered first, and is shown in the list of deleted secrets",
    )
    .code("SecretDisabled"),
    row(
        403,
        Status::Forbidden,
        "give {who} the role \"{role}\" on {where}; a new assignment may take ten minutes to arrive",
    )
    .code("ForbiddenByRbac"),
    row(403, Status::Forbidden, POLICY).code("AccessDenied"),
    // Newer versions of the service say the same by it (terraform-provider-azurerm#26691).
    row(403, Status::Forbidden, POLICY).code("ForbiddenByPolicy"),
    row(
        403,
        Status::Forbidden,
        "the secret is the private key of a certificate: change or delete the certificate instead",
    )
    .code("SecretManagedByKeyVault"),
    row(
        403,
        Status::Forbidden,
        "the vault's network security perimeter refuses this machine: add an inbound rule for its address or its subscription",
    )
    .code("ForbiddenByFirewall")
    .words("NSP"),
    row(
        403,
        Status::Forbidden,
        "the vault's firewall refuses this machine's address: add its address or network to the vault's rules",
    )
    .code("ForbiddenByFirewall"),
    row(
        403,
        Status::Forbidden,
        "the vault is closed to the public network: call from the network of its private endpoint, and check that its name resolves to a private address there",
    )
    .code("ForbiddenByConnection"),
    row(
        403,
        Status::Forbidden,
        "the vault has purge protection: what is deleted is purged when its time is over, and not before",
    )
    .words("purge protection"),
    row(
        403,
        Status::Forbidden,
        "give {who} the role \"{role}\" on {where}, or the permission \"{permission}\" for secrets in an access policy",
    ),
    row(404, Status::Rejected, NO_SUCH_VAULT).code("VaultNotFound"),
    row(
        404,
        Status::SecretNotFound,
        "no deleted secret has this name: there is nothing to recover or to purge. A secret that is there has to be deleted first; one that was purged is gone",
    )
    .code("SecretNotFound")
    .words("Deleted Secret not found"),
    row(
        404,
        Status::SecretNotFound,
        "check name and version, and that it is this vault; a deleted secret can be recovered",
    )
    .code("SecretNotFound"),
    row(
        409,
        Status::SecretDeleted,
        "recover the secret, or purge it to use its name again",
    )
    .code("ObjectIsDeletedButRecoverable"),
    row(409, Status::Conflict, UNDER_WAY).code("ObjectIsBeingDeleted"),
    row(409, Status::Conflict, UNDER_WAY).code("ObjectIsBeingRecovered"),
    row(
        409,
        Status::Conflict,
        "a secret of this name exists already, or another operation on it is under way: delete the one, or try again in a moment",
    ),
    row(
        429,
        Status::Throttled,
        "the vault has had too many requests; wait, and keep values instead of asking again",
    ),
];

/// What an error's body says.
#[derive(Clone, Copy, Default)]
struct Words<'a> {
    code: Option<&'a str>,
    inner: Option<&'a str>,
    message: Option<&'a str>,
}

/// The error for an answer that is not a success.
pub(crate) fn read(answer: &Answer, request: &Request, held: &[&Sensitive]) -> Error {
    let said = serde_json::from_slice::<Body>(&answer.body)
        .ok()
        .and_then(|body| body.error);
    // Judged as it was said: masking is for show, and a short secret may be part of a code.
    let words = said.as_ref().map(|said| Words {
        code: said.code.as_deref(),
        inner: said.innererror.as_ref().and_then(|i| i.code.as_deref()),
        message: said.message.as_deref(),
    });
    let (status, advice) = triage(answer, request.deed, words);
    let words = words.unwrap_or_default();
    let shown = |code: Option<&str>| code.and_then(|code| text::code(code, held));
    let message = words
        .message
        .map(|message| text::message(message, held))
        .filter(|message| !message.is_empty());
    let advice = advice.map(|advice| {
        let who = principal(message.as_deref().unwrap_or_default());
        advice
            .replace("{who}", who.as_deref().unwrap_or("the identity"))
            .replace("{role}", request.deed.role())
            .replace("{where}", request.deed.scope())
            .replace("{permission}", request.deed.permission())
    });
    let said = message.map_or_else(String::new, |message| format!(": {message}"));
    let error = Error::new(
        status,
        format!("{}: HTTP {}{said}", request.subject, answer.status),
    )
    .with_http_status(answer.status)
    .with_codes(shown(words.code), shown(words.inner))
    .with_request_id(shown(answer.request_id.as_deref()))
    .with_retry_after(answer.retry_after);
    match advice {
        Some(advice) => error.advise(advice),
        None => error,
    }
}

/// Whether a refusal is in a vault's words, and not a gateway's or a stranger's.
pub(crate) fn is_in_words(answer: &Answer) -> bool {
    let body = serde_json::from_slice::<Body>(&answer.body).ok();
    body.is_some_and(|body| body.error.is_some())
}

/// Whether an answer says that there is no such secret, and not that something else answered.
pub(crate) fn says_not_found(answer: &Answer) -> bool {
    has_code(answer, 404, "SecretNotFound")
}

/// Whether an answer says that a deletion is still under way.
pub(crate) fn says_deleting(answer: &Answer) -> bool {
    has_code(answer, 409, "ObjectIsBeingDeleted")
}

/// Whether an answer says that a deletion, a recovery or a purge is still under way.
pub(crate) fn says_under_way(answer: &Answer) -> bool {
    says_deleting(answer) || has_code(answer, 409, "ObjectIsBeingRecovered")
}

fn has_code(answer: &Answer, http: u16, wanted: &str) -> bool {
    if answer.status != http {
        return false;
    }
    let body = serde_json::from_slice::<Body>(&answer.body).ok();
    body.and_then(|body| body.error).is_some_and(|said| {
        let inner = said.innererror.and_then(|inner| inner.code);
        inner.as_deref() == Some(wanted) || said.code.as_deref() == Some(wanted)
    })
}

fn triage(answer: &Answer, deed: Deed, words: Option<Words<'_>>) -> (Status, Option<&'static str>) {
    let http = answer.status;
    if http == 401 {
        if let Some(advice) = clock_advice(answer) {
            return (Status::Unauthorized, Some(advice));
        }
        if challenge::demand(&answer.challenges) != Demand::Token {
            return (Status::Unauthorized, Some(CLAIMS));
        }
    }
    let said = words.unwrap_or_default();
    // A gateway or proxy refuses with pages of its own, and knows nothing of roles; but whoever says that
    // it is too much, or that a token is wanted, is to be believed.
    let is_believed = words.is_some() || matches!(http, 401 | 429);
    let row = TABLE.iter().find(|row| row.fits(http, &said));
    if let Some(row) = row.filter(|_| is_believed) {
        return (row.status, Some(row.advice));
    }
    match http {
        300..=399 => (
            Status::Protocol,
            Some(
                "the vault's host answers with a redirect, which is never followed with a token; check the host",
            ),
        ),
        407 => (Status::Proxy, Some(PROXY_CREDENTIALS)),
        408 | 500.. if http != 408 && !deed.is_repeatable() => {
            (Status::ServiceUnavailable, Some(MAY_HAVE_WORKED))
        }
        408 | 500.. => (
            Status::ServiceUnavailable,
            Some("the service failed; try again in a moment"),
        ),
        _ if words.is_none() => (
            Status::Protocol,
            Some(
                "something other than Key Vault answered; check the host, and look for an intercepting proxy or gateway",
            ),
        ),
        _ => (Status::Rejected, None),
    }
}

const CLAIMS: &str = "the vault demands a token with claims (continuous access evaluation) that the new one does not fulfil either: the identity's sessions were revoked, or a condition on its location does not hold; wait some minutes, then check its Conditional Access policies";

/// A difference that no token endpoint and no vault forgives.
const SKEW_S: i64 = 300;

fn clock_advice(answer: &Answer) -> Option<&'static str> {
    let skew = answer.received_unix.saturating_sub(answer.date_unix?);
    (skew.abs() > SKEW_S).then_some(if skew > 0 {
        "this machine's clock is ahead of the vault's by more than five minutes, so that good tokens look expired or too new: set the clock"
    } else {
        "this machine's clock is behind the vault's by more than five minutes, so that expired tokens look good: set the clock"
    })
}

/// Whom a refusal is about, by the ids in its own words.
fn principal(message: &str) -> Option<String> {
    let id = |name: &str| {
        let at = message.find(name)? + name.len();
        let rest = &message[at..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        let id = &rest[..end.unwrap_or(rest.len())];
        (id.len() >= 8).then(|| id.to_owned())
    };
    let object = id("oid=").map(|id| format!("the identity with object id {id}"));
    object.or_else(|| id("appid=").map(|id| format!("the identity with client id {id}")))
}

#[cfg(test)]
mod tests;
