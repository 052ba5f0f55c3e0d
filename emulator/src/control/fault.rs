//! A fault as tests in other languages describe it: `POST /fault` of the control endpoint.
//! What its parts do is said in faults.rs.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::faults::Fault;
use crate::gate::Gate;
use crate::journal::Endpoint;
use crate::vault::permissions::Denied;

/// The body of `POST /fault`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultBody {
    endpoint: Endpoint,
    /// Absent means once, null means always.
    #[serde(default = "once")]
    times: Option<u64>,
    #[serde(default)]
    skip: u64,
    target_contains: Option<String>,
    method: Option<String>,
    status: Option<u16>,
    inner_code: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<String>,
    /// A body that is no text: gzip, most likely.
    body_base64: Option<String>,
    content_type: Option<String>,
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    drop: bool,
    #[serde(default)]
    after_effect: bool,
    truncate: Option<usize>,
    #[serde(default)]
    echo: bool,
    #[serde(default)]
    hold: bool,
    oversized: Option<usize>,
    #[serde(default)]
    chunked: bool,
    drip_bytes: Option<usize>,
    #[serde(default)]
    drip_ms: u64,
    challenge: Option<String>,
    denied: Option<Denied>,
    #[serde(default)]
    without_server_header: bool,
}

fn once() -> Option<u64> {
    Some(1)
}

impl FaultBody {
    /// The fault. If it holds, it does so at this gate.
    pub(super) fn into_fault(self, gate: &Gate) -> Result<Fault, String> {
        let mut fault = Fault::of(self.endpoint).skip(self.skip);
        fault = match self.times {
            Some(times) => fault.times(times),
            None => fault.always(),
        };
        if let Some(text) = &self.target_contains {
            fault = fault.target_contains(text);
        }
        if let Some(method) = &self.method {
            fault = fault.method(method);
        }
        if self.hold {
            fault = fault.hold(gate);
        }
        if self.drop {
            fault = fault.drop_connection();
        }
        if self.after_effect {
            fault = fault.after_effect();
        }
        if self.delay_ms > 0 {
            fault = fault.delay(Duration::from_millis(self.delay_ms));
        }
        let fault = self.with_body(fault)?;
        Ok(self.with_kind(self.with_delivery(fault)))
    }

    fn with_body(&self, fault: Fault) -> Result<Fault, String> {
        match (&self.body, &self.body_base64) {
            (Some(_), Some(_)) => Err("body and body_base64 exclude each other".to_owned()),
            (Some(body), None) => Ok(fault.body(body.as_bytes())),
            (None, Some(body)) => {
                let body = STANDARD.decode(body);
                let body = body.map_err(|error| format!("body_base64 is not base64: {error}"))?;
                Ok(fault.body(body))
            }
            (None, None) => Ok(fault),
        }
    }

    /// How the answer travels.
    fn with_delivery(&self, mut fault: Fault) -> Fault {
        if let Some(bytes) = self.truncate {
            fault = fault.truncate_body(bytes);
        }
        if let Some(bytes) = self.drip_bytes {
            fault = fault.slow_drip(bytes, Duration::from_millis(self.drip_ms));
        }
        if self.chunked {
            fault = fault.chunked();
        }
        fault
    }

    /// What the answer is like.
    fn with_kind(&self, mut fault: Fault) -> Fault {
        if let Some(status) = self.status {
            fault = fault.status(status);
        }
        if let Some(code) = &self.inner_code {
            fault = fault.inner_code(code);
        }
        for (name, value) in &self.headers {
            fault = fault.header(name, value);
        }
        if let Some(content_type) = &self.content_type {
            fault = fault.content_type(content_type);
        }
        if let Some(bytes) = self.oversized {
            fault = fault.oversized(bytes);
        }
        if let Some(challenge) = &self.challenge {
            fault = fault.challenge(challenge);
        }
        if let Some(reason) = self.denied {
            fault = fault.denied(reason);
        }
        if self.echo {
            fault = fault.echo_request_headers();
        }
        if self.without_server_header {
            fault = fault.without_server_header();
        }
        fault
    }
}
