//! `Verdict`: what one request of an operation found out that goes for all the others to its vault, which
//! then end the same way without being sent.

use std::time::Duration;

use crate::error::Error;
use crate::transport::answer::Answer;
use crate::transport::failure::{Failure, Kind};
use crate::transport::retry::Attempt;
use crate::transport::work::{MAY_HAVE_WORKED, Work};
use crate::vault::origin::Vault;
use crate::vault::refusal;
use crate::vault::requests::Request;

pub(super) enum Verdict {
    /// There is no way to the vault.
    Unreachable(Failure),
    /// The vault is not to be asked before this, on the clock's monotonic time.
    Throttled(Duration, Answer),
}

impl Verdict {
    /// What the last attempt of one request says of the others, if it does.
    pub fn of(attempt: &Attempt, work: &Work) -> Option<Self> {
        match attempt {
            Ok(answer) => {
                let wait = answer.retry_after.filter(|_| answer.status == 429)?;
                let until = work.clock().monotonic().saturating_add(wait);
                (wait >= work.time_left()).then(|| Self::Throttled(until, answer.clone()))
            }
            // Any other one may be this request's own.
            Err(failure) => (!matches!(failure.kind, Kind::Broken | Kind::Nonsense))
                .then(|| Self::Unreachable(failure.clone())),
        }
    }

    /// How a request ends that need not be sent any more.
    pub fn attempt(&self, work: &Work) -> Option<Attempt> {
        match self {
            Self::Unreachable(failure) => Some(Err(failure.clone())),
            Self::Throttled(until, answer) => {
                let wait = until.saturating_sub(work.clock().monotonic());
                let mut answer = answer.clone();
                answer.retry_after = Some(wait);
                // Who has more time may still wait for it.
                (wait >= work.time_left()).then_some(Ok(answer))
            }
        }
    }
}

/// The error for a failure on the way to the vault.
pub(super) fn explain(
    mut failure: Failure,
    is_proxied: bool,
    vault: &Vault,
    request: &Request,
) -> Error {
    // With a proxy in between it is the proxy that was looked up and connected to.
    if is_proxied && matches!(failure.kind, Kind::Dns | Kind::Connect) {
        failure.cause = format!("the proxy cannot be reached: {}", failure.cause);
        failure.kind = Kind::Proxy;
    }
    let kind = failure.kind;
    // What the library for HTTP calls a 407 to a CONNECT.
    let wants_credentials = failure.cause.contains("proxy authorization required");
    // A host of no known cloud is its vault's name already.
    let whom = if vault.name == vault.host() {
        request.subject.clone()
    } else {
        format!("{}: {}", request.subject, vault.host())
    };
    let error = failure.into_error(&whom);
    match kind {
        Kind::Dns => error.advise(refusal::NO_SUCH_VAULT),
        Kind::Proxy if wants_credentials => error.advise(refusal::PROXY_CREDENTIALS),
        Kind::Connect => {
            let port = vault.origin.port_or_known_default().unwrap_or(443);
            error.advise(format!(
                "check that this network may reach the vault on port {port}, or set HTTPS_PROXY"
            ))
        }
        Kind::Broken | Kind::Nonsense if !request.deed.is_repeatable() => {
            error.advise(MAY_HAVE_WORKED)
        }
        _ => error,
    }
}
