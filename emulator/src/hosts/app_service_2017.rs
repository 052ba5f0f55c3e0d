//! The token endpoint of App Service in its first version, 2017-09-01: header `secret`, parameter `clientid`, the end as a date.
//! Sources: the same page as app_service.rs, as it was before 2019; azure-docs#43543. The version after it is in app_service.rs.

use serde::Serialize;

use crate::answer::Answer;
use crate::hosts::grant::{Expiry, Grant};
use crate::hosts::{app_service, resources};
use crate::identities::{Selector, UserAssigned};
use crate::journal::RequestRecord;
use crate::query::Query;
use crate::random;
use crate::world::World;

pub(crate) const API_VERSION: &str = "2017-09-01";

/// Any other spelling is ignored.
const SELECTORS: [Selector; 1] = [("clientid", |identity| &identity.client_id)];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorAnswer<'a> {
    status_code: u16,
    message: &'a str,
    correlation_id: String,
}

pub(crate) fn answer(world: &World, request: &RequestRecord, path: &str, query: &Query) -> Answer {
    if let Some(refused) = refusal(world, request, path, query) {
        return refused;
    }
    let resource = query.get("resource").unwrap_or_default();
    if resource.is_empty() {
        return error(400, "The parameter 'resource' is missing.");
    }
    if !resources::is_known(world, resource) {
        return error(500, app_service::UNEXPECTED);
    }
    let identities = &world.identities;
    let named = identities.named(query, &SELECTORS);
    let chosen = named.ok().and_then(|named| named.or(identities.system()));
    match chosen {
        Some(identity) => granted(world, identity, resource),
        None => error(400, "No MSI found for specified ClientId/ResourceId."),
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
    if !machine.knows(request.header("secret")) {
        let rule = "The secret header is missing or its value is not valid.";
        return Some(error(401, rule));
    }
    if query.get("api-version") != Some(API_VERSION) {
        let version = query.get("api-version").unwrap_or_default();
        let rule = format!("The api-version '{version}' is not supported.");
        return Some(error(400, &rule));
    }
    None
}

fn granted(world: &World, identity: &UserAssigned, resource: &str) -> Answer {
    let format = world.machine.shape.dates;
    Grant::new(world, identity, resource)
        .access_token()
        .expiry(&[Expiry::OnDate(format)])
        .field("resource", resource)
        .field("token_type", "Bearer")
        .echo("client_id", &identity.client_id)
        .answer()
}

/// What the service says when a script makes it fail with `status`.
pub(crate) fn failure(status: u16) -> Answer {
    error(status, app_service::failure_text(status))
}

pub(crate) fn error(status: u16, text: &str) -> Answer {
    let body = ErrorAnswer {
        status_code: status,
        message: text,
        correlation_id: random::guid(),
    };
    Answer::json(status, &body)
}
