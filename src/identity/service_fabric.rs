//! Service Fabric: a self-signed endpoint whose certificate's thumbprint the environment gives
//! (Microsoft Learn: "How to leverage a Service Fabric application's managed identity to access Azure
//! services").

use crate::environment::Snapshot;
use crate::error::{Error, Result};
use crate::identity::endpoint::{self, Form, Ids, check_secret, missing};
use crate::identity::request::{Request, Way};
use crate::identity::{Identity, Source};
use crate::transport::pinned::Thumbprint;
use crate::transport::retry::Policy;

/// What the service is of today, unless the environment names another one.
const API_VERSION: &str = "2020-05-01";

/// The documented table: 404 means an unknown secret and is not tried again.
pub(crate) const POLICY: Policy = Policy {
    statuses: &[408, 429],
    server_errors: true,
    delays_ms: &[1000, 2000, 4000, 8000, 16000],
    retries_max: 5,
    gone: None,
    connects_ms: &[500, 1000],
    is_repeatable: true,
    has_full_jitter: false,
};

pub(crate) const IDS: Ids = Ids {
    client: None,
    object: Some("principalId"),
    resource: None,
    reason: "on Service Fabric the application's manifest chooses the identity, and only an object id can name one",
    advice: "assign the identity in the application's manifest and leave the id away, or name it by its object id",
};

/// The request for a token.
pub(crate) fn request(snapshot: &Snapshot, identity: &Identity, resource: &str) -> Result<Request> {
    let (Some(endpoint), Some(header), Some(thumbprint)) = (
        &snapshot.identity_endpoint,
        &snapshot.identity_header,
        &snapshot.identity_server_thumbprint,
    ) else {
        return Err(missing(
            Source::ServiceFabric,
            "IDENTITY_ENDPOINT, IDENTITY_HEADER and IDENTITY_SERVER_THUMBPRINT are not all set",
        ));
    };
    let url = endpoint::parse("IDENTITY_ENDPOINT", endpoint, Form::Secured)?;
    let thumbprint = Thumbprint::parse(thumbprint).ok_or_else(|| {
        Error::invalid(
            "IDENTITY_SERVER_THUMBPRINT",
            "must be a SHA-1 thumbprint of 40 hexadecimal digits",
        )
    })?;
    let identity = IDS.identity(identity, snapshot)?;
    let mut request = Request::near(Source::ServiceFabric, identity, resource, url, &POLICY)
        .asking(&api_version(snapshot)?, &IDS)?;
    request.headers = vec![("secret", check_secret("IDENTITY_HEADER", header)?)];
    request.way = Way::Pinned(thumbprint);
    Ok(request)
}

fn api_version(snapshot: &Snapshot) -> Result<String> {
    let Some(version) = &snapshot.identity_api_version else {
        return Ok(API_VERSION.to_owned());
    };
    let is_plain = version.len() <= 64
        && version
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    if is_plain {
        return Ok(version.clone());
    }
    Err(Error::invalid(
        "IDENTITY_API_VERSION",
        "must be a version such as 2020-05-01",
    ))
}
