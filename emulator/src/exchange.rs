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
use crate::{imds, vault};

/// Far above the largest secret, far below what hurts.
const REQUEST_BODY_MAX: usize = 1024 * 1024;

/// A fault wants the connection closed without an answer.
#[derive(Debug)]
pub(crate) struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a fault asked for the connection to be dropped")
    }
}

impl std::error::Error for Dropped {}

/// Serves one request of either endpoint.
pub(crate) async fn serve(
    world: Arc<World>,
    endpoint: Endpoint,
    request: Request<Incoming>,
) -> Result<Response<ScriptedBody>, Dropped> {
    let record = record_of(endpoint, &request);
    let entry = world.journal.arrived(record.clone());
    let fault = world.faults.take(&record);
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
    let replacement = fault.as_ref().and_then(|fault| fault.replacement(&record));
    let mut answer = match (replacement, endpoint) {
        (Some(answer), Endpoint::Token) => answer,
        (Some(answer), Endpoint::Vault) => vault::with_service_headers(answer, &record),
        (None, _) => genuine(&world, &record, request).await,
    };
    let mut delivery = Delivery::default();
    if let Some(fault) = &fault {
        fault.dress(&mut answer);
        delivery = fault.delivery();
    }
    entry.answered(answer.status);
    Ok(answer.into_response(delivery))
}

async fn genuine(world: &World, record: &RequestRecord, request: Request<Incoming>) -> Answer {
    let uri = request.uri().clone();
    let query = Query::parse(uri.query());
    match record.endpoint {
        Endpoint::Token => imds::answer(world, record, uri.path(), &query),
        Endpoint::Vault => match read(request.into_body()).await {
            Some(body) => vault::answer(world, record, uri.path(), &query, &body),
            None => Answer::new(413, "text/plain", "The request is too large or broken."),
        },
    }
}

fn record_of(endpoint: Endpoint, request: &Request<Incoming>) -> RequestRecord {
    RequestRecord {
        endpoint,
        method: request.method().to_string(),
        target: request.uri().to_string(),
        headers: listed(request.headers()),
        status: 0,
    }
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
