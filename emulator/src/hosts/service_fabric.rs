//! The token endpoint of a Service Fabric cluster: TLS with a certificate that only its thumbprint vouches for, header `secret`,
//! and the identity that the cluster's configuration gives the application.
//! Source: Microsoft Learn, "How to leverage a Service Fabric application's managed identity to access Azure services".

use serde::Serialize;

use crate::answer::Answer;
use crate::hosts::grant::{Expiry, Grant};
use crate::hosts::{app_service, resources};
use crate::identities::{Selector, UserAssigned};
use crate::journal::RequestRecord;
use crate::query::Query;
use crate::random;
use crate::world::World;

/// The value of `IDENTITY_API_VERSION`.
pub(crate) const API_VERSION: &str = "2020-05-01";
const API_VERSIONS: [&str; 2] = ["2019-07-01-preview", API_VERSION];

/// Of the ids there are, only this one is looked at; the others are the configuration's business.
const SELECTORS: [Selector; 1] = [("principalId", |identity| &identity.object_id)];

#[derive(Serialize)]
struct ErrorAnswer<'a> {
    error: ErrorBody<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody<'a> {
    correlation_id: String,
    code: &'a str,
    message: &'a str,
}

pub(crate) fn answer(world: &World, request: &RequestRecord, path: &str, query: &Query) -> Answer {
    if let Some(refused) = refusal(world, request, path, query) {
        return refused;
    }
    let resource = query.get("resource").unwrap_or_default();
    if !resources::is_known(world, resource) {
        return failure(500);
    }
    let identities = &world.identities;
    let chosen = match identities.named(query, &SELECTORS) {
        Ok(None) => identities.unnamed(),
        Ok(Some(identity)) => Ok(identity),
        Err(reason) => Err(reason),
    };
    match chosen {
        Ok(identity) => {
            // MSAL names the token that was refused, so that the cluster does not hand it out again.
            let refused = query.get("token_sha256_to_refresh").unwrap_or_default();
            if world.tokens.remembers(identity, resource, refused) {
                world.tokens.forget(identity, resource);
            }
            granted(world, identity, resource)
        }
        Err(_) => not_found(),
    }
}

fn refusal(world: &World, request: &RequestRecord, path: &str, query: &Query) -> Option<Answer> {
    let machine = &world.machine;
    if !app_service::is_path(machine.host.path(), path) {
        return Some(Answer::new(404, "text/plain", ""));
    }
    if request.method != "GET" {
        return Some(Answer::new(405, "text/plain", "").header("Allow", "GET"));
    }
    let Some(secret) = request.header("secret").filter(|value| !value.is_empty()) else {
        let rule = "Secret is not found in the request headers.";
        return Some(error(400, "SecretHeaderNotFound", rule));
    };
    let version = query.get("api-version").unwrap_or_default();
    if !API_VERSIONS.contains(&version) {
        let rule = format!(
            "The api-version '{version}' is not supported. Supported version is '{API_VERSION}'."
        );
        return Some(error(400, "InvalidApiVersion", &rule));
    }
    if query.get("resource").unwrap_or_default().is_empty() {
        let rule = "The parameter 'resource' should not be null or empty string.";
        return Some(error(400, "ArgumentNullOrEmpty", rule));
    }
    // The code says which application asks; an unknown one belongs to none.
    (!machine.knows(Some(secret))).then(not_found)
}

fn not_found() -> Answer {
    let text = "Managed identity not found for the specified application host.";
    error(404, "ManagedIdentityNotFound", text)
}

fn granted(world: &World, identity: &UserAssigned, resource: &str) -> Answer {
    Grant::new(world, identity, resource)
        .field("token_type", "Bearer")
        .access_token()
        .expiry(&[Expiry::OnNumber])
        .field("resource", resource)
        .answer()
}

pub(crate) fn error(status: u16, code: &str, message: &str) -> Answer {
    let error = ErrorBody {
        correlation_id: random::guid(),
        code,
        message,
    };
    Answer::json(status, &ErrorAnswer { error })
}

/// What the service says when a script makes it fail with `status`.
pub(crate) fn failure(status: u16) -> Answer {
    let (code, text) = match status {
        404 => return not_found(),
        429 => ("TooManyRequests", "Too many requests."),
        500.. => ("InternalServerError", "An error occurred."),
        _ => ("BadRequest", "The request was refused."),
    };
    error(status, code, text)
}
