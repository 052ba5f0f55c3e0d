//! One request from its arrival to its answer: noted in the journal, held up or replaced by a fault, else given to its endpoint.
//! Sockets and TLS are in server.rs.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use hyper::body::{Body, Incoming};
use hyper::{Request, Response};

use crate::answer::Answer;
use crate::body::{Delivery, ScriptedBody};
use crate::journal::{Endpoint, RequestRecord, listed};
use crate::query::Query;
use crate::world::World;
use crate::{hosts, vault};

/// Room for the largest backup: 500 versions of 25 KiB, in base64 twice.
const REQUEST_BODY_MAX: usize = 32 * 1024 * 1024;

/// A fault wants the connection closed without an answer.
#[derive(Debug)]
pub(crate) struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a fault asked for the connection to be dropped")
    }
}

impl std::error::Error for Dropped {}

/// The listener a request has come in by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Entrance {
    Token,
    /// The proxy before the token endpoint.
    TokenProxy,
    Vault,
}

impl Entrance {
    pub(crate) fn endpoint(self) -> Endpoint {
        match self {
            Self::Token | Self::TokenProxy => Endpoint::Token,
            Self::Vault => Endpoint::Vault,
        }
    }
}

/// Serves one request of either endpoint.
pub(crate) async fn serve(
    world: Arc<World>,
    entrance: Entrance,
    request: Request<Incoming>,
) -> Result<Response<ScriptedBody>, Dropped> {
    let endpoint = entrance.endpoint();
    let (mut record, body) = record_of(endpoint, request);
    let body = read(body).await;
    record.body_bytes = body.as_ref().map_or(0, Vec::len);
    if let (Endpoint::Token, Some(body)) = (endpoint, &body) {
        record.body = String::from_utf8_lossy(body).into_owned();
    }
    let entry = world.journal.arrived(record.clone());
    let fault = world.faults.take(&record);
    let before = fault
        .as_ref()
        .filter(|fault| fault.after_effect)
        .map(|_| genuine(&world, entrance, &record, body.as_deref()));
    if let Some(fault) = &fault {
        if let Some(gate) = &fault.gate {
            gate.pass().await;
        }
        if let Some(delay) = fault.delay {
            tokio::time::sleep(delay).await;
        }
        if fault.drops {
            return Err(Dropped);
        }
    }
    let denied = |reason| vault::denial(&world, &record, reason);
    let replacement = fault
        .as_ref()
        .and_then(|fault| fault.replacement(world.machine.host, &record, denied));
    let mut answer = match (replacement, endpoint) {
        (Some(answer), Endpoint::Token) => answer,
        (Some(answer), Endpoint::Vault) => vault::with_service_headers(answer, &record),
        (None, _) => before.unwrap_or_else(|| genuine(&world, entrance, &record, body.as_deref())),
    };
    let mut delivery = Delivery::default();
    if let Some(fault) = &fault {
        fault.dress(&mut answer);
        delivery = fault.delivery();
    }
    entry.answered(answer.status);
    Ok(answer.into_response(delivery))
}

fn genuine(
    world: &World,
    entrance: Entrance,
    record: &RequestRecord,
    body: Option<&[u8]>,
) -> Answer {
    let (path, query) = match record.target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (record.target.as_str(), None),
    };
    let query = Query::parse(query);
    let Some(body) = body else {
        return Answer::new(413, "text/plain", "The request is too large or broken.");
    };
    match entrance {
        Entrance::Token => hosts::answer(world, record, path, &query, false),
        Entrance::TokenProxy => hosts::answer(world, record, path, &query, true),
        Entrance::Vault => vault::answer(world, record, path, &query, body),
    }
}

fn record_of(endpoint: Endpoint, request: Request<Incoming>) -> (RequestRecord, Incoming) {
    let (head, body) = request.into_parts();
    let record = RequestRecord {
        endpoint,
        method: head.method.to_string(),
        target: head.uri.to_string(),
        headers: listed(&head.headers),
        body: String::new(),
        body_bytes: 0,
        status: 0,
    };
    (record, body)
}

/// The whole body of a request; `None` when it is too long or does not come to its end.
pub(crate) async fn read(mut body: Incoming) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let frame = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
        let Some(frame) = frame else {
            return Some(whole);
        };
        if let Ok(data) = frame.ok()?.into_data() {
            whole.extend_from_slice(&data);
        }
        if whole.len() > REQUEST_BODY_MAX {
            return None;
        }
    }
}
