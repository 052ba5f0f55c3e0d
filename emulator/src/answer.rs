//! An answer before it becomes bytes: status, headers, body, as the endpoints and the faults make it.
//! How the body travels (cut off, drop by drop) is in body.rs.

use hyper::Response;
use hyper::header::{HeaderName, HeaderValue};
use serde::Serialize;

use crate::body::{Delivery, ScriptedBody};

pub(crate) const JSON: &str = "application/json; charset=utf-8";

/// One answer of an endpoint.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names as their service writes them; a name may come several times.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("our own structures serialise");
        Self::new(status, JSON, body)
    }

    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".into(), content_type.into())],
            body: body.into(),
        }
    }

    /// An answer without a body, and without a type of one.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a header, beside any other of that name.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets a header in the place of every other of that name.
    pub(crate) fn replace_header(&mut self, name: &str, value: &str) {
        self.remove_header(name);
        self.headers.push((name.into(), value.into()));
    }

    pub(crate) fn remove_header(&mut self, name: &str) {
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    }

    /// The answer as hyper sends it. A header that no server could send is left out: it was a script's mistake.
    pub(crate) fn into_response(self, delivery: Delivery) -> Response<ScriptedBody> {
        let mut response = Response::new(ScriptedBody::new(self.body, delivery));
        if let Ok(status) = hyper::StatusCode::from_u16(self.status) {
            *response.status_mut() = status;
        }
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}
