//! Faults on demand: what is to go wrong, with which requests, how often.
//! A fault either takes the place of the answer or changes the genuine one on its way out; exchange.rs applies it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::answer::Answer;
use crate::body::Delivery;
use crate::gate::Gate;
use crate::hosts::{self, Host};
use crate::journal::{Endpoint, RequestRecord};
use crate::vault;
use crate::vault::errors;
use crate::vault::permissions::Denied;

/// Something that goes wrong with the next request, or with several. Faults are tried in the order they were given;
/// the first that fits a request and is not used up is the one that happens.
#[derive(Clone, Debug)]
pub struct Fault {
    endpoint: Endpoint,
    method: Option<String>,
    target: Option<String>,
    skip: u64,
    times: Option<u64>,
    status: Option<u16>,
    inner_code: Option<String>,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    content_type: Option<String>,
    denied: Option<Denied>,
    challenge: Option<String>,
    echo: bool,
    oversized: Option<usize>,
    without_server_header: bool,
    delivery: Delivery,
    pub(crate) delay: Option<Duration>,
    pub(crate) gate: Option<Gate>,
    pub(crate) drops: bool,
    pub(crate) after_effect: bool,
}

impl Fault {
    /// A fault of the token endpoint. Without more it does nothing, once.
    pub fn token() -> Self {
        Self::of(Endpoint::Token)
    }

    /// A fault of the vault. Without more it does nothing, once.
    pub fn vault() -> Self {
        Self::of(Endpoint::Vault)
    }

    /// A fault of the given endpoint.
    pub fn of(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            method: None,
            target: None,
            skip: 0,
            times: Some(1),
            status: None,
            inner_code: None,
            headers: Vec::new(),
            body: None,
            content_type: None,
            denied: None,
            challenge: None,
            echo: false,
            oversized: None,
            without_server_header: false,
            delivery: Delivery::default(),
            delay: None,
            gate: None,
            drops: false,
            after_effect: false,
        }
    }

    /// Happens to this many requests; once is the default.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Happens to every request until the faults are cleared.
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// Leaves this many fitting requests alone first.
    pub fn skip(mut self, requests: u64) -> Self {
        self.skip = requests;
        self
    }

    /// Happens only to requests whose path and query contain this text.
    pub fn target_contains(mut self, text: &str) -> Self {
        self.target = Some(text.to_owned());
        self
    }

    /// Happens only to requests with this method.
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Answers with this status, and with the body the service has for it unless another is given.
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Puts this inner code into the body that the vault has for a status: `ObjectIsBeingDeleted`, `ObjectIsBeingRecovered` and
    /// `ObjectIsDeletedButRecoverable` with 409 and `SecretDisabled` with 403 have the service's words.
    pub fn inner_code(mut self, code: &str) -> Self {
        self.inner_code = Some(code.to_owned());
        self
    }

    /// Adds a header to the answer, whichever it is. Of Content-Type, Server and WWW-Authenticate the answer's own are replaced.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Answers with this body, status 200 unless another is given.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The content type of the answer.
    pub fn content_type(mut self, content_type: &str) -> Self {
        self.content_type = Some(content_type.to_owned());
        self
    }

    /// Refuses as the vault does when the caller may not: 403 with the inner code and words of that reason.
    pub fn denied(mut self, reason: Denied) -> Self {
        self.denied = Some(reason);
        self
    }

    /// Answers 401 with this `WWW-Authenticate` header, whether or not the request bore a good token.
    pub fn challenge(mut self, challenge: &str) -> Self {
        self.challenge = Some(challenge.to_owned());
        self
    }

    /// Answers with an error (400 unless a status is given) whose text repeats every header of the request.
    /// With a content type that is not JSON, the text is the whole body.
    pub fn echo_request_headers(mut self) -> Self {
        self.echo = true;
        self
    }

    /// Answers with a body of this many bytes, correct JSON of the kind the endpoint sends, status 200 unless another is given.
    pub fn oversized(mut self, bytes: usize) -> Self {
        self.oversized = Some(bytes);
        self
    }

    /// Waits this long before it answers.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// Does what was asked before anything else of the fault happens: the answer is what goes wrong, not the effect.
    pub fn after_effect(mut self) -> Self {
        self.after_effect = true;
        self
    }

    /// Closes the connection without an answer, and without having done what was asked unless
    /// [`after_effect`](Self::after_effect) is set.
    pub fn drop_connection(mut self) -> Self {
        self.drops = true;
        self
    }

    /// Announces the whole body, sends this many bytes of it, and closes the connection.
    pub fn truncate_body(mut self, bytes: usize) -> Self {
        self.delivery.cut_after = Some(bytes);
        self
    }

    /// Sends the body this many bytes at a time, with a pause before each piece but the first.
    pub fn slow_drip(mut self, bytes: usize, every: Duration) -> Self {
        self.delivery.drip = Some((bytes, every));
        self
    }

    /// Does not announce the body's length: it goes out in chunks.
    pub fn chunked(mut self) -> Self {
        self.delivery.unannounced = true;
        self
    }

    /// Leaves the `Server` header out, which only the genuine token endpoint sends.
    pub fn without_server_header(mut self) -> Self {
        self.without_server_header = true;
        self
    }

    /// Holds the request until the gate is released; then the rest of the fault happens, or the genuine answer is given.
    pub fn hold(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }

    /// The answer that takes the place of the genuine one, if this fault is of that kind. `denied` is how the vault denies
    /// this request.
    pub(crate) fn replacement(
        &self,
        host: Host,
        request: &RequestRecord,
        denied: impl FnOnce(Denied) -> Answer,
    ) -> Option<Answer> {
        if let Some(body) = &self.body {
            let content_type = self.content_type.as_deref().unwrap_or(crate::answer::JSON);
            return Some(Answer::new(
                self.status.unwrap_or(200),
                content_type,
                body.clone(),
            ));
        }
        if let Some(reason) = self.denied {
            return Some(denied(reason));
        }
        if self.echo {
            return Some(self.echo_of(host, request));
        }
        if let Some(bytes) = self.oversized {
            let body = padded(self.endpoint, bytes);
            return Some(Answer::new(
                self.status.unwrap_or(200),
                crate::answer::JSON,
                body,
            ));
        }
        let unauthorized = self.challenge.as_ref().map(|_| 401);
        let status = self.status.or(unauthorized)?;
        Some(match self.endpoint {
            Endpoint::Token => hosts::failure(host, status),
            Endpoint::Vault => {
                let secret = vault::subject(request.path());
                errors::failure(status, self.inner_code.as_deref(), &secret)
            }
        })
    }

    /// What is changed in any answer, genuine or not.
    pub(crate) fn dress(&self, answer: &mut Answer) {
        if self.without_server_header {
            answer.remove_header("Server");
        }
        if let Some(challenge) = &self.challenge {
            answer.replace_header("WWW-Authenticate", challenge);
        }
        if let Some(content_type) = &self.content_type {
            answer.replace_header("Content-Type", content_type);
        }
        for (name, _) in &self.headers {
            if ["content-type", "server", "www-authenticate"]
                .iter()
                .any(|own| own.eq_ignore_ascii_case(name))
            {
                answer.remove_header(name);
            }
        }
        answer.headers.extend(self.headers.iter().cloned());
    }

    pub(crate) fn delivery(&self) -> Delivery {
        self.delivery
    }

    fn echo_of(&self, host: Host, request: &RequestRecord) -> Answer {
        let lines: Vec<String> = request
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let text = lines.join("\r\n");
        let status = self.status.unwrap_or(400);
        match &self.content_type {
            Some(kind) if !kind.contains("json") => Answer::new(status, kind, text),
            _ => match self.endpoint {
                Endpoint::Token => hosts::error(host, status, &text),
                Endpoint::Vault => errors::plain(status, "BadParameter", &text),
            },
        }
    }

    fn fits(&self, request: &RequestRecord) -> bool {
        self.endpoint == request.endpoint
            && self.times != Some(0)
            && self
                .method
                .as_ref()
                .is_none_or(|method| request.method.eq_ignore_ascii_case(method))
            && self
                .target
                .as_ref()
                .is_none_or(|text| request.target.contains(text))
    }
}

/// A body of exactly `bytes` bytes, as long as that is enough for its frame.
fn padded(endpoint: Endpoint, bytes: usize) -> Vec<u8> {
    let (before, after) = match endpoint {
        Endpoint::Token => (r#"{"token_type":"Bearer","access_token":""#, r#""}"#),
        Endpoint::Vault => (r#"{"value":""#, r#""}"#),
    };
    let mut body = before.as_bytes().to_vec();
    body.resize(bytes.saturating_sub(after.len()).max(body.len()), b'A');
    body.extend_from_slice(after.as_bytes());
    body
}

/// The faults that are waiting to happen.
#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        self.waiting().push(fault);
    }

    pub(crate) fn clear(&self) {
        self.waiting().clear();
    }

    /// The fault for this request, used up by one.
    pub(crate) fn take(&self, request: &RequestRecord) -> Option<Fault> {
        let mut waiting = self.waiting();
        let index = waiting.iter_mut().position(|fault| {
            let fits = fault.fits(request);
            if fits && fault.skip > 0 {
                fault.skip -= 1;
                return false;
            }
            fits
        })?;
        let fault = waiting[index].clone();
        if let Some(times) = &mut waiting[index].times {
            *times -= 1;
            if *times == 0 {
                waiting.remove(index);
            }
        }
        Some(fault)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(endpoint: Endpoint, target: &str) -> RequestRecord {
        RequestRecord {
            endpoint,
            method: "GET".into(),
            target: target.into(),
            headers: vec![("authorization".into(), "Bearer x".into())],
            body: String::new(),
            body_bytes: 0,
            status: 0,
        }
    }

    fn statuses(faults: &Faults, target: &str, count: usize) -> Vec<Option<u16>> {
        (0..count)
            .map(|_| faults.take(&request(Endpoint::Vault, target))?.status)
            .collect()
    }

    #[test]
    fn a_fault_happens_once_unless_told_otherwise() {
        let faults = Faults::default();
        faults.add(Fault::vault().status(500));
        assert_eq!(statuses(&faults, "/", 2), [Some(500), None]);
        faults.add(Fault::vault().status(500).times(2));
        assert_eq!(statuses(&faults, "/", 3), [Some(500), Some(500), None]);
        faults.add(Fault::vault().status(500).always());
        assert_eq!(statuses(&faults, "/", 3), [Some(500); 3]);
        faults.clear();
        assert_eq!(statuses(&faults, "/", 1), [None]);
    }

    #[test]
    fn faults_happen_in_the_order_they_were_given() {
        let faults = Faults::default();
        faults.add(Fault::vault().status(429));
        faults.add(Fault::vault().status(503));
        assert_eq!(statuses(&faults, "/", 3), [Some(429), Some(503), None]);
    }

    #[test]
    fn a_fault_can_let_some_requests_pass_first() {
        let faults = Faults::default();
        faults.add(Fault::vault().status(401).skip(2));
        assert_eq!(statuses(&faults, "/", 4), [None, None, Some(401), None]);
    }

    #[test]
    fn a_fault_is_for_its_endpoint_and_target_only() {
        let faults = Faults::default();
        faults.add(Fault::vault().status(500).target_contains("/b").always());
        assert_eq!(statuses(&faults, "/a", 1), [None]);
        assert_eq!(statuses(&faults, "/b", 1), [Some(500)]);
        assert!(faults.take(&request(Endpoint::Token, "/b")).is_none());
    }

    #[test]
    fn an_oversized_body_has_the_size_asked_for_and_is_json() {
        for endpoint in [Endpoint::Token, Endpoint::Vault] {
            let body = padded(endpoint, 300_000);
            assert_eq!(body.len(), 300_000);
            serde_json::from_slice::<serde_json::Value>(&body).expect("JSON");
        }
    }

    #[test]
    fn an_echo_repeats_the_headers() {
        let fault = Fault::vault().echo_request_headers();
        let answer = fault
            .replacement(Host::Imds, &request(Endpoint::Vault, "/"), |_| {
                unreachable!("nothing is denied")
            })
            .expect("an answer");
        let text = String::from_utf8(answer.body).expect("text");
        assert!(text.contains("authorization: Bearer x"), "{text}");
    }

    #[test]
    fn a_header_of_the_service_is_replaced_and_any_other_added() {
        let fault = Fault::vault()
            .header("server", "Microsoft-IIS/10.0")
            .header("Retry-After", "1");
        let mut answer = Answer::new(500, "text/plain", "no").header("Server", "IMDS/1");
        fault.dress(&mut answer);
        let names: Vec<&str> = answer
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["Content-Type", "server", "Retry-After"]);
    }
}
