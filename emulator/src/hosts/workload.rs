//! The directory as a pod with workload identity meets it: an assertion in a file is exchanged for a token. The file is in assertion.rs.
//! Sources: Microsoft Learn, "Microsoft identity platform and the OAuth 2.0 client credentials flow" and "Microsoft Entra
//! authentication and authorization error codes"; azure-workload-identity#693; azure-cli#22145.

use serde::Serialize;

use crate::answer::Answer;
use crate::hosts::assertion::Verdict;
use crate::hosts::grant::{Expiry, Grant};
use crate::hosts::resources;
use crate::identities::UserAssigned;
use crate::journal::RequestRecord;
use crate::moment::Civil;
use crate::query::Query;
use crate::random;
use crate::tokens::now_unix;
use crate::world::World;

/// The path at which the token proxy stands, before the directory's own.
pub(crate) const PROXY_PATH: &str = "/token-proxy";
const TOKEN_PATH: &str = "/oauth2/v2.0/token";
const FORM: &str = "application/x-www-form-urlencoded";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[derive(Serialize)]
struct ErrorAnswer<'a> {
    error: &'a str,
    error_description: String,
    error_codes: [u32; 1],
    timestamp: String,
    trace_id: String,
    correlation_id: String,
    error_uri: String,
}

pub(crate) fn answer(world: &World, request: &RequestRecord, path: &str, proxied: bool) -> Answer {
    let path = match (path.strip_prefix(PROXY_PATH), proxied) {
        (Some(rest), true) => rest,
        (None, false) => path,
        _ => return with_headers(Answer::new(404, "text/html", "")),
    };
    with_headers(refusal(world, request, path).unwrap_or_else(|| exchange(world, request)))
}

/// What the directory sends along with everything, its cookie too.
fn with_headers(answer: Answer) -> Answer {
    let cookie = format!("fpc={}; path=/; secure; HttpOnly", random::hex32());
    answer
        .header("Cache-Control", "no-store, no-cache")
        .header("Pragma", "no-cache")
        .header("x-ms-request-id", random::guid())
        .header("Set-Cookie", cookie)
}

fn refusal(world: &World, request: &RequestRecord, path: &str) -> Option<Answer> {
    let tenant = path
        .strip_suffix(TOKEN_PATH)
        .and_then(|path| path.strip_prefix('/'));
    let Some(tenant) = tenant.filter(|tenant| !tenant.is_empty() && !tenant.contains('/')) else {
        return Some(Answer::new(404, "text/html", ""));
    };
    if request.method != "POST" {
        let text = format!(
            "The endpoint only accepts POST requests. Received a {} request.",
            request.method
        );
        return Some(error(400, "invalid_request", 900_561, &text));
    }
    if !world.tokens.knows_tenant(tenant) {
        let text = format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
        );
        return Some(error(400, "invalid_request", 90_002, &text));
    }
    None
}

fn exchange(world: &World, request: &RequestRecord) -> Answer {
    let form = form_of(request);
    let client = match client_of(world, &form) {
        Ok(client) => client,
        Err(refused) => return refused,
    };
    let resource = match resource_of(world, &form) {
        Ok(resource) => resource,
        Err(refused) => return refused,
    };
    if let Some(refused) = unproven(world, &form) {
        return refused;
    }
    let grant = match form.get("claims") {
        Some(claims) => Grant::of(world, world.tokens.for_claims(client, resource, claims)),
        None => Grant::new(world, client, resource),
    };
    let remaining = grant.remaining();
    grant
        .field("token_type", "Bearer")
        .expiry(&[Expiry::InNumber])
        .field("ext_expires_in", remaining)
        .access_token()
        .answer()
}

/// The form; a body of another type is none.
fn form_of(request: &RequestRecord) -> Query {
    let kind = request.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let is_form = kind.eq_ignore_ascii_case(FORM);
    Query::parse(is_form.then_some(request.body.as_str()))
}

/// The application that asks.
fn client_of<'a>(world: &'a World, form: &Query) -> Result<&'a UserAssigned, Answer> {
    for needed in ["grant_type", "client_id", "scope"] {
        if form.get(needed).unwrap_or_default().is_empty() {
            let text =
                format!("The request body must contain the following parameter: '{needed}'.");
            return Err(error(400, "invalid_request", 900_144, &text));
        }
    }
    let grant_type = form.get("grant_type").unwrap_or_default();
    if grant_type != "client_credentials" {
        let text = format!("The app requested an unsupported grant type '{grant_type}'.");
        return Err(error(400, "unsupported_grant_type", 70_003, &text));
    }
    let client_id = form.get("client_id").unwrap_or_default();
    world.identities.of_client(client_id).ok_or_else(|| {
        let text = format!(
            "Application with identifier '{client_id}' was not found in the directory '{}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
            world.tokens.tenant()
        );
        error(400, "unauthorized_client", 700_016, &text)
    })
}

/// What the token shall be for.
fn resource_of<'a>(world: &World, form: &'a Query) -> Result<&'a str, Answer> {
    let scope = form.get("scope").unwrap_or_default();
    let resource = scope.strip_suffix("/.default");
    let Some(resource) = resource.filter(|resource| !resource.contains(' ')) else {
        let text = format!(
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
        );
        return Err(error(400, "invalid_scope", 1_002_012, &text));
    };
    if !resources::is_known(world, resource) {
        let text = format!(
            "The resource principal named {resource} was not found in the tenant named {}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.",
            world.tokens.tenant()
        );
        return Err(error(400, "invalid_resource", 500_011, &text));
    }
    Ok(resource)
}

/// What is wrong with the assertion.
fn unproven(world: &World, form: &Query) -> Option<Answer> {
    let assertion = form.get("client_assertion").unwrap_or_default();
    if assertion.is_empty() {
        let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        return Some(error(401, "invalid_client", 7_000_218, text));
    }
    if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
        let text = format!(
            "The request body must contain the following parameter: 'client_assertion_type' with value '{ASSERTION_TYPE}'."
        );
        return Some(error(400, "invalid_request", 900_144, &text));
    }
    let federation = world.machine.federation.as_ref()?;
    match federation.judge(assertion) {
        Verdict::Good => None,
        Verdict::Malformed => {
            let text = "JWT token is invalid or malformed.";
            Some(error(401, "invalid_client", 50_027, text))
        }
        Verdict::Expired { from, until } => {
            let text = format!(
                "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry time of assertion {}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .",
                Civil::of(now_unix()).zulu(),
                Civil::of(from).zulu(),
                Civil::of(until).zulu()
            );
            Some(error(401, "invalid_client", 700_024, &text))
        }
        Verdict::Unknown { issuer, subject } => {
            let text = format!(
                "No matching federated identity record found for presented assertion. Assertion Issuer: '{issuer}'. Assertion Subject: '{subject}'. Assertion Audience: 'api://AzureADTokenExchange'. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
            );
            Some(error(401, "invalid_client", 70_021, &text))
        }
    }
}

/// An error of the directory, with its ids behind the words.
pub(crate) fn error(status: u16, code: &str, number: u32, text: &str) -> Answer {
    let timestamp = format!("{}Z", Civil::of(now_unix()).spaced());
    let (trace_id, correlation_id) = (random::guid(), random::guid());
    let body = ErrorAnswer {
        error: code,
        error_description: format!(
            "AADSTS{number}: {text} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
        ),
        error_codes: [number],
        timestamp,
        trace_id,
        correlation_id,
        error_uri: format!("https://login.microsoftonline.com/error?code={number}"),
    };
    Answer::json(status, &body)
}

/// What the directory says when a script makes it fail with `status`.
pub(crate) fn failure(status: u16) -> Answer {
    let (code, number, text) = match status {
        429 => (
            "temporarily_unavailable",
            90_055,
            "The server is terminating the request because of too many requests.",
        ),
        500.. => (
            "temporarily_unavailable",
            90_033,
            "A transient error has occurred. Please try again.",
        ),
        _ => ("invalid_request", 90_014, "The request was refused."),
    };
    with_headers(error(status, code, number, text))
}
