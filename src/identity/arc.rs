//! Azure Arc-enabled servers: the agent's endpoint asks the caller to read a file that only members of
//! its group can read (Microsoft Learn: "Authenticate against Azure resources with Azure Arc-enabled
//! servers"). What may be read as that file is in arc_key.rs.

use std::sync::Mutex;

use crate::engine::lock;
use crate::environment::Snapshot;
use crate::error::{Error, Result, Status};
use crate::identity::arc_key::{self, ArcPaths};
use crate::identity::endpoint::{self, Form, Ids};
use crate::identity::exchange::{Demand, Exchange, Extra};
use crate::identity::request::{EchoRule, Request};
use crate::identity::{Identity, Source};
use crate::sensitive::Sensitive;
use crate::transport::retry::{Attempt, Policy};

/// The agent listens on IPv4 in every version, on IPv6 only in later ones.
const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:40342/metadata/identity/oauth2/token";
const API_VERSION: &str = "2020-06-01";

/// As the other hosts near by; an agent that refuses connections is stopped or being updated.
pub(crate) const POLICY: Policy = Policy {
    statuses: &[404, 408, 410, 429, 500, 502, 503, 504],
    server_errors: false,
    delays_ms: &[1000],
    retries_max: 3,
    gone: None,
    connects_ms: &[500, 1000],
    is_repeatable: true,
    has_full_jitter: false,
};

/// Agents before 2026 ignore these and answer for the system-assigned identity, so the answer has
/// to repeat the id.
pub(crate) const IDS: Ids = Ids {
    client: Some("client_id"),
    object: Some("object_id"),
    resource: Some("msi_res_id"),
    reason: "",
    advice: "",
};

/// The request for a token.
pub(crate) fn request(snapshot: &Snapshot, identity: &Identity, resource: &str) -> Result<Request> {
    // With a header but no IMDS_ENDPOINT it is another kind of host's.
    let is_own = snapshot.identity_header.is_none() || snapshot.imds_endpoint.is_some();
    let endpoint = snapshot.identity_endpoint.as_deref().filter(|_| is_own);
    let url = endpoint::parse(
        "IDENTITY_ENDPOINT",
        endpoint.unwrap_or(DEFAULT_ENDPOINT),
        Form::Endpoint,
    )?;
    let identity = IDS.identity(identity, snapshot)?;
    let mut request =
        Request::near(Source::Arc, identity, resource, url, &POLICY).asking(API_VERSION, &IDS)?;
    request.headers = vec![Request::metadata()];
    request.echo = EchoRule::Required;
    Ok(request)
}

/// Asks, reads the file that the challenge names, and asks again with what is in it. The key is
/// good for one request, so that a retry begins with a challenge of its own; the last one is kept
/// only until its answer was read, which must not repeat it.
pub(crate) async fn ask(
    exchange: &Exchange<'_>,
    paths: &ArcPaths,
    demand: &Demand,
) -> Result<(Attempt, Option<Sensitive>)> {
    // Agents from 1.66 on then ask Azure anew; older ones do not know it.
    let parameters: &[_] = match demand.is_forced {
        true => &[("bypass_cache", "true")],
        false => &[],
    };
    let last = Mutex::new(None);
    let last_key = &last;
    let attempt = exchange
        .ask_by(|| async move {
            let (attempt, key) = handshake(exchange, paths, parameters).await?;
            *lock(last_key) = key;
            Ok(attempt)
        })
        .await?;
    let key = lock(&last).take();
    Ok((attempt, key))
}

async fn handshake(
    exchange: &Exchange<'_>,
    paths: &ArcPaths,
    parameters: &[(&'static str, &str)],
) -> Result<(Attempt, Option<Sensitive>)> {
    let plain = Extra {
        parameters,
        ..Extra::default()
    };
    let first = match exchange.attempt(&plain).await? {
        Ok(answer) if answer.status == 401 => answer,
        // Whoever listens there in the agent's place must not be believed.
        Ok(answer) if answer.is_success() => {
            return Err(Error::new(
                Status::Protocol,
                format!(
                    "{} gave a token without its challenge and is not the agent",
                    exchange.request.whom()
                ),
            )
            .advise("find out which program listens there")
            .with_http_status(answer.status));
        }
        other => return Ok((other, None)),
    };
    let stem = arc_key::file_stem(&first.challenges)?;
    let key = arc_key::read(paths, &stem).await?;
    let mut line = zeroize::Zeroizing::new(Vec::with_capacity(key.len() + 6));
    line.extend_from_slice(b"Basic ");
    line.extend_from_slice(key.as_bytes());
    let authorization = Sensitive::new(&line);
    let answered = exchange
        .attempt(&Extra {
            header: Some(("Authorization", &authorization)),
            parameters,
            held: &[&key],
        })
        .await?;
    Ok((answered, Some(key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::Environment;

    #[test]
    fn another_hosts_endpoint_is_not_taken_for_the_agents() {
        let own = "http://localhost:40342/own";
        let header = ("IDENTITY_HEADER", "header");
        let cases: [(&[(&str, &str)], &str); 4] = [
            (&[("IDENTITY_ENDPOINT", own)], own),
            (&[("IDENTITY_ENDPOINT", own), header], DEFAULT_ENDPOINT),
            (
                &[("IDENTITY_ENDPOINT", own), header, ("IMDS_ENDPOINT", own)],
                own,
            ),
            (&[], DEFAULT_ENDPOINT),
        ];
        for (pairs, expected) in cases {
            let environment = Environment::given(pairs.iter().copied()).unwrap();
            let snapshot = environment.snapshot().unwrap();
            let request = request(&snapshot, &Identity::Default, "r").unwrap();
            assert_eq!(request.url.as_str(), expected, "{pairs:?}");
        }
    }
}
