//! The token endpoint of Cloud Shell: a form by POST, tokens of the signed-in user, errors in an object of their own.
//! Sources: Azure/CloudShell#351 and #477.

use serde::Serialize;

use crate::answer::Answer;
use crate::hosts::grant::{Expiry, Grant};
use crate::hosts::{app_service, resources};
use crate::journal::RequestRecord;
use crate::query::Query;
use crate::random;
use crate::world::World;

const FORM: &str = "application/x-www-form-urlencoded";
/// There is one identity: the user's.
const IDS: [&str; 6] = [
    "client_id",
    "clientid",
    "object_id",
    "principal_id",
    "msi_res_id",
    "mi_res_id",
];

#[derive(Serialize)]
struct ErrorAnswer<'a> {
    error: ErrorBody<'a>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    innererror: Option<InnerError>,
}

#[derive(Serialize)]
struct InnerError {
    trace: String,
}

pub(crate) fn answer(world: &World, request: &RequestRecord, path: &str, query: &Query) -> Answer {
    if let Some(refused) = refusal(world, request, path) {
        return refused;
    }
    let form = Query::parse(Some(&request.body));
    if let Some(id) = IDS
        .iter()
        .find(|id| form.get(id).is_some() || query.get(id).is_some())
    {
        let rule = format!("The parameter '{id}' is not supported.");
        return error(400, "BadRequest", &rule);
    }
    let resource = form.get("resource").unwrap_or_default();
    if resource.is_empty() {
        return error(400, "BadRequest", "The parameter 'resource' is required.");
    }
    if !resources::is_known(world, resource) {
        let text = format!("Audience {resource} is not a supported MSI token audience.");
        return error(400, "AudienceNotSupported", &text);
    }
    match world.identities.system() {
        Some(user) => Grant::new(world, user, resource)
            .access_token()
            .field("refresh_token", "")
            .expiry(&[Expiry::InText, Expiry::OnText])
            .not_before()
            .field("resource", resource)
            .field("token_type", "Bearer")
            .answer(),
        None => error(401, "Unauthorized", "There is no signed-in user."),
    }
}

fn refusal(world: &World, request: &RequestRecord, path: &str) -> Option<Answer> {
    if !app_service::is_path(world.machine.host.path(), path) {
        return Some(error(404, "NotFound", "The resource was not found."));
    }
    if request.method != "POST" {
        let rule = "The method is not allowed.";
        return Some(error(405, "MethodNotAllowed", rule).header("Allow", "POST"));
    }
    if request.header("metadata") != Some("true") {
        let rule = "Required metadata header not specified";
        return Some(error(400, "BadRequest", rule));
    }
    let kind = request.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case(FORM) {
        let rule = format!("The content type must be {FORM}.");
        return Some(error(415, "UnsupportedMediaType", &rule));
    }
    None
}

pub(crate) fn error(status: u16, code: &str, text: &str) -> Answer {
    body(status, code, text, None)
}

/// What the service says when a script makes it fail with `status`.
pub(crate) fn failure(status: u16) -> Answer {
    let (code, text) = match status {
        429 => ("TooManyRequests", "Too many requests."),
        500.. => ("InternalServerError", "The token could not be had."),
        _ => ("BadRequest", "The request was refused."),
    };
    let trace = random::guid();
    body(status, code, text, Some(InnerError { trace }))
}

fn body(status: u16, code: &str, message: &str, innererror: Option<InnerError>) -> Answer {
    let error = ErrorBody {
        code,
        message,
        innererror,
    };
    Answer::json(status, &ErrorAnswer { error })
}
