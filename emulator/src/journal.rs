//! What has happened: counters, and a log of requests with what each was answered.
//! Tests read it to say how many round trips something took, and that a refused call sent nothing.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::HeaderMap;
use serde::Serialize;

/// An emulator that runs for days must not grow with its log.
const LOG_MAX: usize = 10_000;

/// The two endpoints that are emulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Endpoint {
    /// The token endpoint, whatever the host is.
    Token,
    /// Key Vault.
    Vault,
}

/// Counters since the start, or since `Emulator::reset_requests`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Requests {
    /// Requests that reached the token endpoint, faulty ones included.
    pub token: u64,
    /// Requests that reached the vault, faulty ones included.
    pub vault: u64,
    /// Connections accepted by the token endpoint.
    pub connections_imds: u64,
    /// Connections accepted by the vault, before any TLS.
    pub connections_vault: u64,
    /// TLS handshakes with the vault that succeeded.
    pub tls_handshakes: u64,
    /// TLS handshakes with the vault that failed: the client did not trust the certificate, or went away.
    pub tls_failures: u64,
    /// TLS handshakes with the token endpoint that succeeded, on hosts whose token endpoint has TLS.
    pub token_tls_handshakes: u64,
    /// TLS handshakes with the token endpoint that failed.
    pub token_tls_failures: u64,
    /// The most requests that were at the token endpoint at the same time.
    pub token_at_once: u64,
    /// The most requests that were at the vault at the same time.
    pub vault_at_once: u64,
}

/// One request, with what its client sent.
#[derive(Clone, Debug, Serialize)]
pub struct RequestRecord {
    /// Which endpoint it reached.
    pub endpoint: Endpoint,
    /// The method, as sent.
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    /// The headers in the order sent, names in lower case, values as sent (the Authorization header too).
    pub headers: Vec<(String, String)>,
    /// The body of a request to the token endpoint, as sent; that of a request to the vault is not kept.
    pub body: String,
    /// How many bytes of body were sent, to whichever endpoint.
    pub body_bytes: usize,
    /// The status of the answer; 0 while there is none, and for good when the connection was dropped instead.
    pub status: u16,
}

impl RequestRecord {
    /// The target without its query.
    pub fn path(&self) -> &str {
        let path = self.target.split('?').next();
        path.unwrap_or_default()
    }

    /// The value of a header, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
pub(crate) struct Journal(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    counters: Requests,
    token_now: u64,
    vault_now: u64,
    log: VecDeque<RequestRecord>,
    /// How many records have been dropped from the front; a record's number counts from the very first.
    dropped: usize,
}

impl Journal {
    pub(crate) fn counters(&self) -> Requests {
        self.pages().counters
    }

    pub(crate) fn log(&self) -> Vec<RequestRecord> {
        self.pages().log.iter().cloned().collect()
    }

    /// Sets the counters to zero and empties the log; requests under way stay counted as being under way.
    pub(crate) fn reset(&self) {
        let mut pages = self.pages();
        pages.dropped += pages.log.len();
        pages.log.clear();
        pages.counters = Requests {
            token_at_once: pages.token_now,
            vault_at_once: pages.vault_now,
            ..Requests::default()
        };
    }

    pub(crate) fn connected(&self, endpoint: Endpoint) {
        let counters = &mut self.pages().counters;
        match endpoint {
            Endpoint::Token => counters.connections_imds += 1,
            Endpoint::Vault => counters.connections_vault += 1,
        }
    }

    pub(crate) fn handshaken(&self, endpoint: Endpoint, success: bool) {
        let counters = &mut self.pages().counters;
        let counter = match (endpoint, success) {
            (Endpoint::Token, true) => &mut counters.token_tls_handshakes,
            (Endpoint::Token, false) => &mut counters.token_tls_failures,
            (Endpoint::Vault, true) => &mut counters.tls_handshakes,
            (Endpoint::Vault, false) => &mut counters.tls_failures,
        };
        *counter += 1;
    }

    /// Takes down a request that has just come in; the entry lives until the answer is under way.
    pub(crate) fn arrived(&self, record: RequestRecord) -> Entry<'_> {
        let endpoint = record.endpoint;
        let mut pages = self.pages();
        pages.count(endpoint);
        if pages.log.len() == LOG_MAX {
            pages.log.pop_front();
            pages.dropped += 1;
        }
        pages.log.push_back(record);
        let number = pages.dropped + pages.log.len() - 1;
        Entry {
            journal: self,
            endpoint,
            number,
        }
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn count(&mut self, endpoint: Endpoint) {
        let counters = &mut self.counters;
        let (total, now, most) = match endpoint {
            Endpoint::Token => (
                &mut counters.token,
                &mut self.token_now,
                &mut counters.token_at_once,
            ),
            Endpoint::Vault => (
                &mut counters.vault,
                &mut self.vault_now,
                &mut counters.vault_at_once,
            ),
        };
        *total += 1;
        *now += 1;
        *most = (*most).max(*now);
    }
}

/// A request under way.
pub(crate) struct Entry<'a> {
    journal: &'a Journal,
    endpoint: Endpoint,
    number: usize,
}

impl Entry<'_> {
    pub(crate) fn answered(self, status: u16) {
        let mut pages = self.journal.pages();
        // Gone from the log when it was emptied or overflowed meanwhile.
        if let Some(index) = self.number.checked_sub(pages.dropped)
            && let Some(record) = pages.log.get_mut(index)
        {
            record.status = status;
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let mut pages = self.journal.pages();
        match self.endpoint {
            Endpoint::Token => pages.token_now -= 1,
            Endpoint::Vault => pages.vault_now -= 1,
        }
    }
}

/// The headers as the log keeps them. What is no text is shown as well as it can be.
pub(crate) fn listed(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str) -> RequestRecord {
        RequestRecord {
            endpoint: Endpoint::Vault,
            method: "GET".into(),
            target: target.into(),
            headers: vec![("accept".into(), "a".into())],
            body: String::new(),
            body_bytes: 0,
            status: 0,
        }
    }

    #[test]
    fn a_record_gets_its_status_when_it_is_answered() {
        let journal = Journal::default();
        let first = journal.arrived(request("/1"));
        let second = journal.arrived(request("/2"));
        second.answered(404);
        assert_eq!(journal.log()[0].status, 0);
        assert_eq!(journal.log()[1].status, 404);
        drop(first);
        assert_eq!(journal.log()[0].status, 0, "it was dropped, not answered");
    }

    #[test]
    fn the_most_at_once_is_remembered() {
        let journal = Journal::default();
        let both = (journal.arrived(request("/")), journal.arrived(request("/")));
        drop(both);
        journal.arrived(request("/")).answered(200);
        assert_eq!(journal.counters().vault_at_once, 2);
        assert_eq!(journal.counters().vault, 3);
    }

    #[test]
    fn the_log_keeps_the_newest() {
        let journal = Journal::default();
        for number in 0..=LOG_MAX {
            journal
                .arrived(request(&format!("/{number}")))
                .answered(200);
        }
        let log = journal.log();
        assert_eq!(log.len(), LOG_MAX);
        assert_eq!(log[0].target, "/1");
        assert_eq!(log[LOG_MAX - 1].status, 200);
    }

    #[test]
    fn a_reset_forgets_what_was_but_not_what_is_under_way() {
        let journal = Journal::default();
        let under_way = journal.arrived(request("/old"));
        journal.reset();
        assert_eq!(journal.counters().vault, 0);
        assert_eq!(journal.counters().vault_at_once, 1);
        under_way.answered(200);
        assert!(journal.log().is_empty());
    }

    #[test]
    fn a_header_is_found_in_any_case() {
        assert_eq!(request("/").header("Accept"), Some("a"));
        assert_eq!(request("/").header("Metadata"), None);
    }
}
