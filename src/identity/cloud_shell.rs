//! Cloud Shell: a form posted to `MSI_ENDPOINT`; the token is the signed-in user's.

use crate::environment::Snapshot;
use crate::error::Result;
use crate::identity::endpoint::{self, Form, Ids, missing};
use crate::identity::request::{Carrier, Request};
use crate::identity::{Identity, Source, app_service};

pub(crate) const IDS: Ids = Ids {
    client: None,
    object: None,
    resource: None,
    reason: "Cloud Shell gives the signed-in user's token only and would ignore the id",
    advice: "leave the id away",
};

/// The request for a token.
pub(crate) fn request(snapshot: &Snapshot, identity: &Identity, resource: &str) -> Result<Request> {
    let Some(endpoint) = &snapshot.msi_endpoint else {
        return Err(missing(Source::CloudShell, "MSI_ENDPOINT is not set"));
    };
    let url = endpoint::parse("MSI_ENDPOINT", endpoint, Form::Endpoint)?;
    let identity = IDS.identity(identity, snapshot)?;
    IDS.parameter(&identity)?;
    let mut request = Request::near(
        Source::CloudShell,
        identity,
        resource,
        url,
        &app_service::POLICY,
    );
    request.carrier = Carrier::Form;
    request.parameters = vec![("resource", resource.to_owned())];
    request.headers = vec![Request::metadata()];
    Ok(request)
}
