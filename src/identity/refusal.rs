//! The one table from what a token endpoint refuses with to a status and an advice. Microsoft asks not
//! to branch on descriptions, but several hosts give nothing else to tell these apart by; an unknown
//! text falls to the general row of its HTTP status.

use crate::error::{Error, Status};
use crate::identity::request::Request;
use crate::identity::response::{self, Refusal};
use crate::identity::{Identity, Source, imds};
use crate::sensitive::Sensitive;
use crate::transport::answer::Answer;

type Verdict = (Status, Option<&'static str>);

const ASSIGN: &str = "assign this identity to the host, or correct the id; a client id, an object id and a resource id are different things";
const ENABLE: &str = "assign a system-assigned identity to this host, or name a user-assigned one that it has, by an id or in AZURE_CLIENT_ID";
const SEVERAL: &str = "this host has several user-assigned identities: name one by client id, object id or resource id, or set AZURE_CLIENT_ID";
const RESOURCE: &str =
    "correct the resource; for Key Vault it is https://vault.azure.net, without a slash at the end";
const SECRET: &str = "the host did not take the secret of IDENTITY_HEADER (MSI_SECRET): it changes from time to time, so read the variables anew, in a process that the host has started";
const ANOTHER_HOSTS: &str = "the endpoint is another kind of host's: leave the source to be found, or correct the variable that names the endpoint";
const LATER: &str = "the token endpoint failed; try again in a moment";

/// The error for an answer that is none of ours to use.
pub(crate) fn read(request: &Request, answer: &Answer, held: &[&Sensitive]) -> Error {
    let refusal = response::parse_refusal(&answer.body, held);
    let said = refusal
        .message
        .clone()
        .map_or_else(String::new, |message| format!(": {message}"));
    let (status, advice) = triage(request, answer.status, &refusal);
    let asked = match (status, request.which()) {
        (Status::IdentityNotFound, Some(which)) => format!(", asked for {which},"),
        _ => String::new(),
    };
    let whom = request.whom();
    let error = Error::new(
        status,
        format!("{whom}{asked} answered HTTP {}{said}", answer.status),
    )
    .with_http_status(answer.status)
    .with_codes(refusal.code, None)
    .with_request_id(answer.request_id.clone().or(refusal.correlation_id))
    .with_retry_after(answer.retry_after);
    match advice {
        Some(advice) => error.advise(advice),
        None => error,
    }
}

/// What to do when nobody listens at a local endpoint.
pub(crate) fn absent_advice(source: Source) -> &'static str {
    match source {
        Source::Imds => imds::NO_ENDPOINT_ADVICE,
        Source::Arc => {
            "start the Azure Connected Machine agent: the service himds (azcmagent show tells its state); containers on the machine cannot reach it"
        }
        Source::ServiceFabric => {
            "the cluster's managed identity service does not answer: check that it is enabled and running on this node"
        }
        _ => {
            "the host's variables are set, but its token endpoint does not listen: in a container or a job that has just begun try again in a moment; otherwise check that the identity is enabled, and that no variable was copied from elsewhere"
        }
    }
}

fn triage(request: &Request, http: u16, refusal: &Refusal) -> Verdict {
    use Status as S;
    let text = refusal.message.as_deref().unwrap_or_default();
    let text = text.to_ascii_lowercase();
    let code = refusal.code.as_deref().unwrap_or_default();
    let is_named = request.identity != Identity::Default;
    let own = match request.source {
        Source::Imds => on_imds(http, &text, is_named),
        Source::AppService | Source::AppService2017 => on_app_service(http, &text, is_named),
        Source::AzureMl => {
            on_app_service(http, &text, is_named).or_else(|| on_azure_ml(http, is_named))
        }
        Source::Arc => on_arc(http, &text, is_named),
        Source::ServiceFabric => on_service_fabric(http, code),
        Source::WorkloadIdentity => on_entra(http, code, &refusal.codes),
        Source::CloudShell => None,
    };
    own.or_else(|| about_resource(http, code, &text, &refusal.codes))
        .unwrap_or(match http {
            429 => (
                S::Throttled,
                Some("too many token requests from this host; wait, and keep one client instead of making many"),
            ),
            410 => (
                S::ServiceUnavailable,
                Some("the token endpoint is being updated; allow 70 seconds and try again"),
            ),
            408 | 500.. => (S::ServiceUnavailable, Some(LATER)),
            405 => (S::IdentityRefused, Some(ANOTHER_HOSTS)),
            300..=399 => (
                S::Protocol,
                Some("no token endpoint redirects; look for an intercepting proxy or gateway"),
            ),
            _ => (S::IdentityRefused, None),
        })
}

fn about_resource(http: u16, code: &str, text: &str, codes: &[u64]) -> Option<Verdict> {
    // 50001, 500011: no application of that name; 70011, 1002012: no scope of that form.
    let is_unknown = codes
        .iter()
        .any(|code| matches!(code, 50_001 | 500_011 | 70_011 | 1_002_012));
    let is_about = is_unknown
        || matches!(
            code,
            "invalid_resource" | "invalid_scope" | "AudienceNotSupported"
        )
        || (http == 400 && text.contains("audience") && text.contains("not supported"));
    is_about.then_some((Status::IdentityRefused, Some(RESOURCE)))
}

fn not_found(is_named: bool) -> Verdict {
    let advice = if is_named { ASSIGN } else { ENABLE };
    (Status::IdentityNotFound, Some(advice))
}

fn on_imds(http: u16, text: &str, is_named: bool) -> Option<Verdict> {
    match http {
        400 if text.contains("multiple user assigned") => {
            Some((Status::IdentityAmbiguous, Some(SEVERAL)))
        }
        400 if text.contains("identity not found") => Some(not_found(is_named)),
        _ => None,
    }
}

fn on_app_service(http: u16, text: &str, is_named: bool) -> Option<Verdict> {
    match http {
        400 if text.contains("multiple user assigned") => {
            Some((Status::IdentityAmbiguous, Some(SEVERAL)))
        }
        400 if text.contains("user assigned identity is currently not supported") => Some((
            Status::IdentityNotFound,
            Some("this Automation account takes no ids: name none, and remove AZURE_CLIENT_ID"),
        )),
        400 if text.contains("x-identity-header") => Some((Status::IdentityRefused, Some(SECRET))),
        400 | 404 if is_no_identity(text) => Some(not_found(is_named)),
        401 | 403 => Some((Status::IdentityRefused, Some(SECRET))),
        500 => Some((
            Status::ServiceUnavailable,
            Some(
                "try again in a moment; an unknown resource is answered in this way too, so check the resource",
            ),
        )),
        _ => None,
    }
}

fn is_no_identity(text: &str) -> bool {
    (text.contains("identity") && text.contains("found"))
        || text.contains("identity not found")
        || text.contains("no managed identity")
        || text.contains("no msi found")
}

/// It passes on the status of what stands behind it, and no reason.
fn on_azure_ml(http: u16, is_named: bool) -> Option<Verdict> {
    match http {
        400 => Some((
            Status::IdentityRefused,
            Some(
                "check the resource and the client id: the endpoint does not say which of them it refuses",
            ),
        )),
        404 => Some(not_found(is_named)),
        _ => None,
    }
}

fn on_arc(http: u16, text: &str, is_named: bool) -> Option<Verdict> {
    match http {
        400 | 404 if is_no_identity(text) => Some(not_found(is_named)),
        401 => Some((
            Status::IdentityRefused,
            Some(
                "the agent did not take the key from its own file; restart the service himds, and look into its log",
            ),
        )),
        403 => Some((
            Status::IdentityRefused,
            Some(
                "add the account to the group himds (Linux) or Hybrid agent extension applications (Windows), and start a new session",
            ),
        )),
        _ => None,
    }
}

/// Codes of the Service Fabric documentation.
fn on_service_fabric(http: u16, code: &str) -> Option<Verdict> {
    match code {
        "ManagedIdentityNotFound" => Some((
            Status::IdentityNotFound,
            Some(
                "assign a managed identity to the application in its manifest and deploy it anew, or correct the object id",
            ),
        )),
        "SecretHeaderNotFound" => Some((
            Status::IdentityRefused,
            Some(
                "the service did not take the secret of IDENTITY_HEADER: read the variables anew, in a process that the platform has started",
            ),
        )),
        "ArgumentNullOrEmpty" => Some((Status::IdentityRefused, Some(RESOURCE))),
        "InvalidApiVersion" => Some((
            Status::IdentityRefused,
            Some("the cluster does not know the version of IDENTITY_API_VERSION"),
        )),
        "InternalServerError" => Some((
            Status::ServiceUnavailable,
            Some(
                "try again in a moment; an unknown resource may be answered in this way too, so check the resource",
            ),
        )),
        // An unknown secret, by the documentation.
        _ if http == 404 => Some((
            Status::IdentityNotFound,
            Some(
                "the service does not know this application's secret: assign a managed identity to the application, and start it anew",
            ),
        )),
        _ => None,
    }
}

/// Numbers of "Microsoft Entra authentication and authorization error codes".
fn on_entra(http: u16, code: &str, codes: &[u64]) -> Option<Verdict> {
    let has = |numbers: &[u64]| codes.iter().any(|code| numbers.contains(code));
    if has(&[700_016]) {
        return Some((
            Status::IdentityNotFound,
            Some(
                "no identity with this client id is in the tenant: correct the id or AZURE_TENANT_ID",
            ),
        ));
    }
    if has(&[90_002, 900_023]) {
        return Some((
            Status::IdentityNotFound,
            Some(
                "there is no such tenant: correct AZURE_TENANT_ID, and AZURE_AUTHORITY_HOST in other clouds",
            ),
        ));
    }
    if has(&[70_021, 700_211, 700_212, 700_213]) {
        return Some((
            Status::IdentityRefused,
            Some(
                "the identity has no federated credential for this service account: its issuer, subject and audience must be those of the token in AZURE_FEDERATED_TOKEN_FILE; a new one takes some minutes",
            ),
        ));
    }
    if has(&[700_024]) {
        return Some((
            Status::IdentityRefused,
            Some(
                "the token in AZURE_FEDERATED_TOKEN_FILE has expired or is not valid yet: check that the cluster renews the file, and the clocks",
            ),
        ));
    }
    (matches!(http, 400 | 401) && code == "invalid_client").then_some((
        Status::IdentityRefused,
        Some("Microsoft Entra ID did not take the token in AZURE_FEDERATED_TOKEN_FILE; check the identity's federated credential"),
    ))
}
