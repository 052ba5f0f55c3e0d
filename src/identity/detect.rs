//! Which source this machine has, from one snapshot of its environment.

use crate::environment::Snapshot;
use crate::error::Result;
use crate::identity::imds;
use crate::identity::{Identity, resource};

/// The request that a snapshot leads to. A named identity wins; else a non-empty
/// `AZURE_CLIENT_ID` names one, as the official default credential reads it.
pub(crate) fn choose(
    snapshot: &Snapshot,
    identity: &Identity,
    resource: &str,
) -> Result<imds::Request> {
    let identity = match (identity, &snapshot.client_id) {
        (Identity::Default, Some(id)) => {
            resource::check_guid("AZURE_CLIENT_ID", id)?;
            Identity::ClientId(id.clone())
        }
        (identity, _) => identity.clone(),
    };
    imds::Request::new(snapshot, identity, resource)
}
