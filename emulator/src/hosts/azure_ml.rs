//! The token endpoint of Azure Machine Learning: header `secret`, a client id with every request, errors in plain text.
//! Sources: microsoft-authentication-library-for-dotnet#5167 and #5183; azure-sdk-for-net#46932; azure-sdk-for-python#31071.

use crate::answer::Answer;
use crate::hosts::app_service_2017::API_VERSION;
use crate::hosts::grant::{Expiry, Grant};
use crate::hosts::{app_service, resources};
use crate::identities::UserAssigned;
use crate::journal::RequestRecord;
use crate::query::Query;
use crate::world::World;

const PLAIN: &str = "text/plain; charset=utf-8";

pub(crate) fn answer(world: &World, request: &RequestRecord, path: &str, query: &Query) -> Answer {
    if let Some(refused) = refusal(world, request, path, query) {
        return refused;
    }
    let resource = query.get("resource").unwrap_or_default();
    if !resources::is_known(world, resource) {
        return failure(400, "Request failure status code: 400");
    }
    // The compute's own identity has to be named as any other.
    let client_id = query.get("clientid").unwrap_or_default();
    match world.identities.of_client(client_id) {
        Some(identity) => granted(world, identity, resource),
        None => failure(404, "Request failure status code: 404"),
    }
}

fn refusal(world: &World, request: &RequestRecord, path: &str, query: &Query) -> Option<Answer> {
    let machine = &world.machine;
    if !app_service::is_path(machine.host.path(), path) {
        return Some(Answer::new(404, PLAIN, "404 page not found\n"));
    }
    if request.method != "GET" {
        return Some(Answer::new(405, PLAIN, "").header("Allow", "GET"));
    }
    let secret = request.header("secret");
    if !machine.knows(secret) {
        // The service repeats what it was sent.
        let text = format!(
            "Invalid secret token header: {}.",
            secret.unwrap_or_default()
        );
        return Some(Answer::new(401, PLAIN, text));
    }
    if query.get("api-version") != Some(API_VERSION) {
        let version = query.get("api-version").unwrap_or_default();
        let text = format!("Unsupported api-version: {version}.");
        return Some(Answer::new(400, PLAIN, text));
    }
    for needed in ["resource", "clientid"] {
        if query.get(needed).unwrap_or_default().is_empty() {
            let text = format!("Missing query parameter: {needed}.");
            return Some(Answer::new(400, PLAIN, text));
        }
    }
    None
}

fn granted(world: &World, identity: &UserAssigned, resource: &str) -> Answer {
    Grant::new(world, identity, resource)
        .access_token()
        .echo("client_id", &identity.client_id)
        .expiry(&[Expiry::OnNumber])
        .field("resource", resource)
        .field("token_type", "Bearer")
        .answer()
}

/// An error of what stands behind the endpoint.
pub(crate) fn failure(status: u16, info: &str) -> Answer {
    let text = format!("InternalError - :{{\nInfo: {info}\n\n}}");
    Answer::new(status, PLAIN, text)
}
