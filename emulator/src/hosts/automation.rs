//! The token endpoint of Azure Automation, in the cloud sandbox and on hybrid workers: App Service's answers behind stricter guards,
//! an optional api-version, and POST beside GET. Sources: Microsoft Learn, "Using a system-assigned managed identity for an Azure
//! Automation account"; azure-powershell#23115; azure-cli#20540.

use crate::answer::Answer;
use crate::hosts::{app_service, imds};
use crate::journal::RequestRecord;
use crate::query::Query;
use crate::world::World;

/// The older sandboxes and the newer ones have different paths.
const PATHS: [&str; 2] = ["/oauth2/token", imds::TOKEN_PATH];

pub(crate) fn answer(world: &World, request: &RequestRecord, path: &str, query: &Query) -> Answer {
    if let Some(refused) = refusal(world, request, path) {
        return refused;
    }
    let form;
    let query = if request.method == "POST" {
        form = Query::parse(Some(&request.body));
        &form
    } else {
        query
    };
    let version = query.get("api-version");
    if version.is_some_and(|version| version != app_service::API_VERSION) {
        return app_service::unknown_version(query);
    }
    // An account without user-assigned identities does not know the parameter at all.
    let names = query.get("client_id").is_some();
    if names && !world.identities.has_user_assigned() {
        let rule = "User assigned identity is currently not supported clientID must not be passed in request.";
        return app_service::error(400, rule);
    }
    app_service::answer_for(world, query)
}

fn refusal(world: &World, request: &RequestRecord, path: &str) -> Option<Answer> {
    if !PATHS.iter().any(|own| app_service::is_path(own, path)) {
        return Some(Answer::new(404, "text/plain", ""));
    }
    if !["GET", "POST"].contains(&request.method.as_str()) {
        return Some(Answer::new(405, "text/plain", "").header("Allow", "GET, POST"));
    }
    if request.header("x-forwarded-for").is_some() {
        let rule = "The X-Forwarded-For header must not be present.";
        return Some(app_service::error(400, rule));
    }
    let metadata = request.header("metadata").unwrap_or_default();
    if !metadata.eq_ignore_ascii_case("true") {
        let rule = "The Metadata header must be present.";
        return Some(app_service::error(400, rule));
    }
    let machine = &world.machine;
    let secret = request
        .header(app_service::HEADER)
        .or_else(|| request.header("secret"));
    if !machine.knows(secret) {
        let rule = "The secret or X-IDENTITY-HEADER header is missing or its value is not valid.";
        return Some(app_service::error(400, rule));
    }
    None
}
