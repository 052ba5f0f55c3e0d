//! App Service and all that speak its protocol: Functions, Container Apps, Azure Automation,
//! Arc-enabled Kubernetes (Microsoft Learn: "How to use managed identities for App Service and Azure
//! Functions", "Managed identities in Azure Container Apps", "Using a managed identity for Azure
//! Automation"). Also its first protocol, of 2017, for those who ask for it.

use crate::environment::Snapshot;
use crate::error::Result;
use crate::identity::endpoint::{self, Form, Ids, check_secret, missing};
use crate::identity::request::Request;
use crate::identity::{Identity, Source};
use crate::transport::retry::Policy;

const API_VERSION: &str = "2019-08-01";
const API_VERSION_2017: &str = "2017-09-01";

/// The official libraries' table for hosts without one of their own. A container's token endpoint
/// may begin to listen some seconds after the container itself.
pub(crate) const POLICY: Policy = Policy {
    statuses: &[404, 408, 429, 500, 502, 503, 504],
    server_errors: false,
    delays_ms: &[1000],
    retries_max: 3,
    gone: None,
    connects_ms: &[500, 1000, 2000, 4000, 4000],
    is_repeatable: true,
    has_full_jitter: false,
};

/// `msi_res_id` is silently ignored here and would bring the system-assigned identity's token.
pub(crate) const IDS: Ids = Ids {
    client: Some("client_id"),
    object: Some("principal_id"),
    resource: Some("mi_res_id"),
    reason: "",
    advice: "",
};

pub(crate) const IDS_2017: Ids = Ids {
    client: Some("clientid"),
    object: None,
    resource: None,
    reason: "App Service's protocol of 2017 knows client ids only",
    advice: "name the identity by its client id, or leave the source to be found: IDENTITY_ENDPOINT takes every kind of id",
};

/// The request for a token.
pub(crate) fn request(snapshot: &Snapshot, identity: &Identity, resource: &str) -> Result<Request> {
    let (Some(endpoint), Some(header)) = (&snapshot.identity_endpoint, &snapshot.identity_header)
    else {
        return Err(missing(
            Source::AppService,
            "IDENTITY_ENDPOINT and IDENTITY_HEADER are not both set",
        ));
    };
    let url = endpoint::parse("IDENTITY_ENDPOINT", endpoint, Form::Endpoint)?;
    let identity = IDS.identity(identity, snapshot)?;
    let mut request = Request::near(Source::AppService, identity, resource, url, &POLICY)
        .asking(API_VERSION, &IDS)?;
    // Automation wants both headers, the others ignore the second.
    request.headers = vec![
        (
            "X-IDENTITY-HEADER",
            check_secret("IDENTITY_HEADER", header)?,
        ),
        Request::metadata(),
    ];
    Ok(request)
}

/// The request for a token by the protocol of 2017.
pub(crate) fn request_2017(
    snapshot: &Snapshot,
    identity: &Identity,
    resource: &str,
) -> Result<Request> {
    let (Some(endpoint), Some(secret)) = (&snapshot.msi_endpoint, &snapshot.msi_secret) else {
        return Err(missing(
            Source::AppService2017,
            "MSI_ENDPOINT and MSI_SECRET are not both set",
        ));
    };
    let url = endpoint::parse("MSI_ENDPOINT", endpoint, Form::Endpoint)?;
    let identity = IDS_2017.identity(identity, snapshot)?;
    let mut request = Request::near(Source::AppService2017, identity, resource, url, &POLICY)
        .asking(API_VERSION_2017, &IDS_2017)?;
    request.headers = vec![("secret", check_secret("MSI_SECRET", secret)?)];
    Ok(request)
}
