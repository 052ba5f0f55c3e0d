//! The token endpoint of App Service, Functions, Container Apps and Arc-enabled Kubernetes: `X-IDENTITY-HEADER`, version 2019-08-01.
//! Sources: Microsoft Learn, "Use managed identities for App Service and Azure Functions"; azure-docs#121176; azure-container-apps#502.
//! Automation, which adds rules of its own, is in automation.rs; the version before is in app_service_2017.rs.

use serde::Serialize;

use crate::answer::Answer;
use crate::hosts::grant::{Expiry, Grant};
use crate::hosts::{Host, app_service_2017, resources};
use crate::identities::{Selector, Unchosen, UserAssigned};
use crate::journal::RequestRecord;
use crate::query::Query;
use crate::random;
use crate::world::World;

pub(crate) const API_VERSION: &str = "2019-08-01";
/// The platform's spelling.
pub(crate) const UNEXPECTED: &str = "An unexpected error occured while fetching the AAD Token.";
pub(crate) const HEADER: &str = "x-identity-header";

/// `msi_res_id` is not among them: it is ignored, as everything is that the endpoint does not know.
pub(crate) const SELECTORS: [Selector; 4] = [
    ("client_id", |identity| &identity.client_id),
    ("principal_id", |identity| &identity.object_id),
    ("object_id", |identity| &identity.object_id),
    ("mi_res_id", |identity| &identity.resource_id),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorAnswer<'a> {
    status_code: u16,
    message: &'a str,
    correlation_id: String,
}

pub(crate) fn answer(world: &World, request: &RequestRecord, path: &str, query: &Query) -> Answer {
    // The two older platforms kept the version before.
    let is_older = matches!(world.machine.host, Host::AppService | Host::Functions);
    if is_older && query.get("api-version") == Some(app_service_2017::API_VERSION) {
        return app_service_2017::answer(world, request, path, query);
    }
    refusal(world, request, path, query).unwrap_or_else(|| answer_for(world, query))
}

fn refusal(world: &World, request: &RequestRecord, path: &str, query: &Query) -> Option<Answer> {
    let machine = &world.machine;
    if !is_path(machine.host.path(), path) {
        return Some(Answer::new(404, "text/plain", ""));
    }
    if request.method != "GET" {
        return Some(Answer::new(405, "text/plain", "").header("Allow", "GET"));
    }
    if !machine.knows(request.header(HEADER)) {
        let rule = "The X-IDENTITY-HEADER header is missing or its value is not valid.";
        return Some(error(401, rule));
    }
    (query.get("api-version") != Some(API_VERSION)).then(|| unknown_version(query))
}

pub(crate) fn unknown_version(query: &Query) -> Answer {
    let version = query.get("api-version").unwrap_or_default();
    let rule = format!("The api-version '{version}' is not supported.");
    error(400, &rule)
}

/// The path of the endpoint, with or without a slash at its end.
pub(crate) fn is_path(own: &str, path: &str) -> bool {
    path.strip_suffix('/').unwrap_or(path) == own.strip_suffix('/').unwrap_or(own)
}

/// What a request gets whose head is in order.
pub(crate) fn answer_for(world: &World, query: &Query) -> Answer {
    let resource = query.get("resource").unwrap_or_default();
    if resource.is_empty() {
        return error(400, "The parameter 'resource' is missing.");
    }
    if !resources::is_known(world, resource) {
        // The endpoint says no more than this, whatever the directory has told it.
        return error(500, UNEXPECTED);
    }
    match chosen(world, query) {
        Ok(identity) => granted(world, identity, resource),
        Err(reason) => error(400, description(&reason, named(query))),
    }
}

/// The identity that is named; the system-assigned one, and no other, when none is.
fn chosen<'a>(world: &'a World, query: &Query) -> Result<&'a UserAssigned, Unchosen> {
    let identities = &world.identities;
    match identities.named(query, &SELECTORS)? {
        Some(identity) => Ok(identity),
        None => identities.system().ok_or(Unchosen::NotFound),
    }
}

fn named(query: &Query) -> bool {
    SELECTORS.iter().any(|(name, _)| query.get(name).is_some())
}

fn description(reason: &Unchosen, named: bool) -> &'static str {
    match reason {
        Unchosen::NotFound | Unchosen::EmptyId if named => {
            "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."
        }
        Unchosen::SeveralIds => {
            "Only one of client_id, principal_id and mi_res_id may be specified."
        }
        _ => "No Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
    }
}

fn granted(world: &World, identity: &UserAssigned, resource: &str) -> Answer {
    let expiry: &[Expiry] = match world.machine.host {
        // It passes on what the agent on the cluster's node answers.
        Host::ArcKubernetes => &[Expiry::InText, Expiry::OnText],
        _ => &[Expiry::OnText],
    };
    Grant::new(world, identity, resource)
        .access_token()
        .expiry(expiry)
        .not_before()
        .field("resource", resource)
        .field("token_type", "Bearer")
        .echo("client_id", &identity.client_id)
        .answer()
}

pub(crate) fn error(status: u16, text: &str) -> Answer {
    let body = ErrorAnswer {
        status_code: status,
        message: text,
        correlation_id: random::guid(),
    };
    Answer::json(status, &body)
}

/// What the service says when a script makes it fail with `status`.
pub(crate) fn failure(status: u16) -> Answer {
    error(status, failure_text(status))
}

pub(crate) fn failure_text(status: u16) -> &'static str {
    match status {
        429 => "Too many requests.",
        503 => "The service is unavailable.",
        500.. => UNEXPECTED,
        _ => "The request was refused.",
    }
}
