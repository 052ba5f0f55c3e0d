//! The instance metadata service: how its request looks, and how a stranger in its place is told
//! (Microsoft Learn: "How to use managed identities for Azure resources on an Azure VM to acquire an
//! access token", "Azure Instance Metadata Service").

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::sync::Semaphore;
use url::Url;

use crate::engine::lock;
use crate::environment::Snapshot;
use crate::error::{Error, Result};
use crate::identity::endpoint::{self, Form, Ids};
use crate::identity::request::Request;
use crate::identity::{Identity, Source, response};
use crate::limits;
use crate::transport::answer::Answer;
use crate::transport::retry::Policy;

const DEFAULT_ENDPOINT: &str = "http://169.254.169.254";
const PATH: &str = "/metadata/identity/oauth2/token";
const API_VERSION: &str = "2018-02-01";

/// Microsoft's table: retry 404, 429 and 5xx with exponential delays; 410 means the service is
/// being updated and back within 70 s. No connection is a verdict, not a reason to wait.
pub(crate) const POLICY: Policy = Policy {
    statuses: &[404, 408, 429],
    server_errors: true,
    delays_ms: &[1000, 2000, 4000],
    retries_max: 3,
    gone: Some((10_000, 7)),
    connects_ms: &[],
    is_repeatable: true,
    has_full_jitter: false,
};

/// Container instances know only `msi_res_id`, virtual machines both spellings.
pub(crate) const IDS: Ids = Ids {
    client: Some("client_id"),
    object: Some("object_id"),
    resource: Some("msi_res_id"),
    reason: "",
    advice: "",
};

pub(crate) const NO_ENDPOINT_ADVICE: &str = "run this on an Azure host with a managed identity, check that the route to the endpoint is open, or set AZURE_POD_IDENTITY_AUTHORITY_HOST where another endpoint serves tokens";

/// The request for a token. The path of `AZURE_POD_IDENTITY_AUTHORITY_HOST` is dropped, as the
/// official libraries do.
pub(crate) fn request(snapshot: &Snapshot, identity: &Identity, resource: &str) -> Result<Request> {
    let mut url = match &snapshot.authority_host {
        Some(host) => endpoint::parse("AZURE_POD_IDENTITY_AUTHORITY_HOST", host, Form::Origin)?,
        None => Url::parse(DEFAULT_ENDPOINT).map_err(|e| Error::internal(e.to_string()))?,
    };
    url.set_path(PATH);
    let identity = IDS.identity(identity, snapshot)?;
    let mut request =
        Request::near(Source::Imds, identity, resource, url, &POLICY).asking(API_VERSION, &IDS)?;
    request.headers = vec![Request::metadata()];
    Ok(request)
}

/// The service takes five requests at once from one machine: the places of each endpoint.
pub(crate) fn places(endpoint: &Url) -> Arc<Semaphore> {
    static PLACES: OnceLock<Mutex<HashMap<String, Arc<Semaphore>>>> = OnceLock::new();
    let mut places = lock(PLACES.get_or_init(Mutex::default));
    if places.len() >= limits::CACHED_TOKENS_MAX {
        places.retain(|_, places| Arc::strong_count(places) > 1);
    }
    let new = || Arc::new(Semaphore::new(limits::IMDS_CONCURRENCY_MAX));
    Arc::clone(places.entry(endpoint.to_string()).or_insert_with(new))
}

/// Whether this answer comes from somebody else's metadata service or a captive gateway: it lacks
/// the service's own `Server` line, and refuses or makes no sense.
pub(crate) fn is_strangers(answer: &Answer) -> bool {
    let is_genuine = answer
        .server
        .as_deref()
        .is_some_and(|server| server.starts_with("IMDS/"));
    // While the real one restarts, its stand-in answers 500 without that line: to be retried,
    // as are the other passing statuses.
    let is_odd = match answer.status {
        403 | 404 | 300..=399 => true,
        408 | 410 | 429 => false,
        200..=299 | 400..=499 => !response::is_json(&answer.body),
        _ => false,
    };
    is_odd && !is_genuine
}

/// Kept for the tests of the deadline: the verdict off Azure must come within 3 s.
const _: () =
    assert!(limits::LOCAL_CONNECT_TIMEOUT.as_millis() < Duration::from_secs(3).as_millis());

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;
    use crate::identity::exchange;
    use crate::transport::clients::Clients;

    fn asked(identity: Identity) -> Request {
        let snapshot = Environment::given::<&str, &str>([])
            .unwrap()
            .snapshot()
            .unwrap();
        request(&snapshot, &identity, "https://vault.azure.net").unwrap()
    }

    #[test]
    fn the_request_is_the_tutorials() {
        assert_eq!(
            exchange::url(&asked(Identity::Default), &[]).as_str(),
            "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net"
        );
    }

    #[test]
    fn each_kind_of_id_has_its_own_parameter() {
        let query = |identity| {
            let url = exchange::url(&asked(identity), &[]);
            url.query().unwrap().to_owned()
        };
        assert!(query(Identity::ClientId("c".into())).ends_with("&client_id=c"));
        assert!(query(Identity::ObjectId("o".into())).ends_with("&object_id=o"));
        assert!(query(Identity::ResourceId("/r".into())).ends_with("&msi_res_id=%2Fr"));
    }

    #[test]
    fn the_same_text_as_two_kinds_of_id_has_two_cache_keys() {
        let snapshot = Environment::given::<&str, &str>([])
            .unwrap()
            .snapshot()
            .unwrap();
        let clients = Clients::new(String::new(), None, Vec::new());
        let key = |identity| asked(identity).key(&snapshot, &clients);
        assert!(key(Identity::ClientId("x".into())) != key(Identity::ObjectId("x".into())));
        assert!(key(Identity::ClientId("x".into())) == key(Identity::ClientId("X".into())));
    }
}
