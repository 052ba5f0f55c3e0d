//! The token endpoint of the Instance Metadata Service, as strict as the real one and with its words.
//! Which identity a request means is in identities.rs, how a token is made in tokens.rs.

use serde::Serialize;

use crate::answer::Answer;
use crate::hosts::grant::{Expiry, Grant};
use crate::hosts::resources;
use crate::identities::{Unchosen, UserAssigned};
use crate::journal::RequestRecord;
use crate::query::Query;
use crate::world::World;

pub(crate) const TOKEN_PATH: &str = "/metadata/identity/oauth2/token";
/// Every answer of the genuine service bears a `Server` header of this form.
const SERVER: &str = "IMDS/150.870.65.1854";

/// The versions the service knows, newest last. Tokens came with the first of these.
const API_VERSIONS: [&str; 31] = [
    "2018-02-01",
    "2018-04-02",
    "2018-10-01",
    "2019-02-01",
    "2019-03-11",
    "2019-04-30",
    "2019-06-01",
    "2019-06-04",
    "2019-08-01",
    "2019-08-15",
    "2019-11-01",
    "2020-06-01",
    "2020-07-15",
    "2020-09-01",
    "2020-10-01",
    "2020-12-01",
    "2021-01-01",
    "2021-02-01",
    "2021-03-01",
    "2021-05-01",
    "2021-10-01",
    "2021-11-01",
    "2021-11-15",
    "2021-12-13",
    "2023-07-01",
    "2023-11-15",
    "2024-03-15",
    "2024-07-17",
    "2024-10-01",
    "2025-01-01",
    "2025-04-07",
];

#[derive(Serialize)]
struct ErrorAnswer<'a> {
    error: &'a str,
    error_description: &'a str,
}

#[derive(Serialize)]
struct VersionAnswer<'a> {
    error: &'a str,
    #[serde(rename = "newest-versions")]
    newest_versions: [&'a str; 3],
}

#[derive(Serialize)]
struct PlainAnswer<'a> {
    error: &'a str,
}

/// Answers one request to the token endpoint.
pub(crate) fn answer(world: &World, request: &RequestRecord, path: &str, query: &Query) -> Answer {
    refusal(request, path, query)
        .or_else(|| unknown_resource(world, query))
        .unwrap_or_else(|| grant(world, query))
        .header("Server", SERVER)
}

/// The rules a request breaks before it comes to identities and resources. The guards against forged requests come first.
fn refusal(request: &RequestRecord, path: &str, query: &Query) -> Option<Answer> {
    if request.header("x-forwarded-for").is_some() {
        let rule = "Requests with an X-Forwarded-For header are not accepted";
        return Some(error(400, "invalid_request", rule));
    }
    if request.header("metadata") != Some("true") {
        let rule = "Required metadata header not specified";
        return Some(error(400, "invalid_request", rule));
    }
    if path != TOKEN_PATH {
        return Some(Answer::json(404, &PlainAnswer { error: "Not found" }));
    }
    if request.method != "GET" {
        let refused = PlainAnswer {
            error: "Method not allowed",
        };
        return Some(Answer::json(405, &refused).header("Allow", "GET"));
    }
    if let Some(name) = query.duplicate() {
        let rule = format!("The query parameter '{name}' is included more than once");
        return Some(error(400, "invalid_request", &rule));
    }
    if !API_VERSIONS.contains(&query.get("api-version").unwrap_or_default()) {
        return Some(unknown_version());
    }
    None
}

fn unknown_version() -> Answer {
    let [.., third, second, newest] = API_VERSIONS;
    let refused = VersionAnswer {
        error: "Bad request. api-version is invalid or was not specified in the request. For more information refer to aka.ms/azureimds",
        newest_versions: [newest, second, third],
    };
    Answer::json(400, &refused)
}

fn unknown_resource(world: &World, query: &Query) -> Option<Answer> {
    let resource = query.get("resource").unwrap_or_default();
    if resource.is_empty() {
        let rule = "Required query variable 'resource' is missing";
        return Some(error(400, "invalid_request", rule));
    }
    (!resources::is_known(world, resource)).then(|| {
        let text = resources::not_found_with_ids(world, resource);
        error(400, "invalid_resource", &text)
    })
}

fn grant(world: &World, query: &Query) -> Answer {
    let resource = query.get("resource").unwrap_or_default();
    match world.identities.choose(query) {
        Ok(identity) => granted(world, identity, resource),
        Err(reason) => error(400, "invalid_request", description(&reason)),
    }
}

/// A 200: everything but the names is a string.
fn granted(world: &World, identity: &UserAssigned, resource: &str) -> Answer {
    let grant = Grant::new(world, identity, resource);
    let remaining = grant.remaining().to_string();
    grant
        .access_token()
        .echo("client_id", &identity.client_id)
        .expiry(&[Expiry::InText, Expiry::OnText])
        .field("ext_expires_in", remaining)
        .not_before()
        .field("refresh_token", "")
        .field("resource", resource)
        .field("token_type", "Bearer")
        .answer()
}

pub(crate) fn description(reason: &Unchosen) -> &'static str {
    match reason {
        Unchosen::NotFound => "Identity not found",
        Unchosen::SeveralExist => {
            "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request"
        }
        Unchosen::SeveralIds => {
            "Only one of client_id, object_id and msi_res_id can be specified in the token request"
        }
        Unchosen::EmptyId => {
            "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed"
        }
    }
}

/// An error in the shape most of them have.
pub(crate) fn error(status: u16, code: &str, text: &str) -> Answer {
    let body = ErrorAnswer {
        error: code,
        error_description: text,
    };
    Answer::json(status, &body)
}

/// What the service says when a script makes it fail with `status`.
pub(crate) fn failure(status: u16) -> Answer {
    let (code, text) = match status {
        404 => ("not_found", "The identity endpoint is being updated"),
        410 => (
            "gone",
            "The identity endpoint is being updated and will be available within 70 seconds",
        ),
        429 => ("too_many_requests", "Too many requests"),
        500.. => (
            "unknown",
            "Failed to retrieve token from the Active directory. For details see logs in <file path>",
        ),
        _ => ("invalid_request", "The request was refused"),
    };
    error(status, code, text).header("Server", SERVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_are_in_order_and_the_newest_three_are_named() {
        assert!(API_VERSIONS.is_sorted());
        let body: serde_json::Value =
            serde_json::from_slice(&unknown_version().body).expect("JSON");
        let newest = API_VERSIONS[API_VERSIONS.len() - 1];
        assert_eq!(body["newest-versions"][0], newest);
    }
}
