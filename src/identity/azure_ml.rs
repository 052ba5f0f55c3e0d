//! Azure Machine Learning: the protocol of 2017 with a client id that has to be there, also for the
//! compute's own identity (Microsoft Learn: "Set up authentication between Azure Machine Learning and
//! other services").

use crate::environment::Snapshot;
use crate::error::{Error, Result};
use crate::identity::endpoint::{self, Form, Ids, check_secret, missing};
use crate::identity::request::Request;
use crate::identity::{Identity, Source, app_service, resource as rules};

const API_VERSION: &str = "2017-09-01";

pub(crate) const IDS: Ids = Ids {
    client: Some("clientid"),
    object: None,
    resource: None,
    reason: "Azure Machine Learning knows client ids only",
    advice: "name the identity by its client id",
};

/// The request for a token.
pub(crate) fn request(snapshot: &Snapshot, identity: &Identity, resource: &str) -> Result<Request> {
    let (Some(endpoint), Some(secret)) = (&snapshot.msi_endpoint, &snapshot.msi_secret) else {
        return Err(missing(
            Source::AzureMl,
            "MSI_ENDPOINT and MSI_SECRET are not both set",
        ));
    };
    let url = endpoint::parse("MSI_ENDPOINT", endpoint, Form::Endpoint)?;
    let identity = match IDS.identity(identity, snapshot)? {
        Identity::Default => own(snapshot)?,
        named => named,
    };
    let mut request = Request::near(
        Source::AzureMl,
        identity,
        resource,
        url,
        &app_service::POLICY,
    )
    .asking(API_VERSION, &IDS)?;
    request.headers = vec![
        ("secret", check_secret("MSI_SECRET", secret)?),
        Request::metadata(),
    ];
    Ok(request)
}

/// The compute's own identity, which its environment names.
fn own(snapshot: &Snapshot) -> Result<Identity> {
    const NAME: &str = "DEFAULT_IDENTITY_CLIENT_ID";
    let Some(id) = &snapshot.default_identity_client_id else {
        return Err(Error::invalid(
            NAME,
            "is not set, and Azure Machine Learning gives no token without a client id",
        )
        .advise("name the identity by its client id, or set AZURE_CLIENT_ID; where MSI_ENDPOINT and MSI_SECRET come from App Service, ask for the source app-service-2017"));
    };
    rules::check_guid(NAME, id)?;
    Ok(Identity::ClientId(id.clone()))
}
