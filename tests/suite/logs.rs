//! What the library and the libraries under it say to `tracing` and `log`: enough to follow a
//! request, and nothing secret at any level.

use std::fmt::{Debug, Write};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use doorkey::{Client, ClientOptions};
use doorkey_emulator::{Emulator, Fault};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata};

use crate::common::*;

/// Everything said by any thread of this process, at every level.
static HEARD: Mutex<String> = Mutex::new(String::new());

/// Everything that was said so far.
pub fn heard() -> MutexGuard<'static, String> {
    HEARD.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Listener;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl tracing::Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line(String::new());
        span.record(&mut line);
        *heard() += &line.0;
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line(String::new());
        values.record(&mut line);
        *heard() += &line.0;
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        writeln!(heard(), "{}", line.0).unwrap();
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl log::Log for Listener {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        writeln!(heard(), "{} {}", record.target(), record.args()).unwrap();
    }

    fn flush(&self) {}
}

/// Listens from now on, once for the process.
pub fn listen() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        tracing::subscriber::set_global_default(Listener).unwrap();
        log::set_logger(&Listener).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
}

#[test]
fn a_request_can_be_followed_and_no_log_line_holds_a_token_or_a_value() {
    const SENTINEL: &str = "S3NT1NEL-for-the-logs";
    listen();
    let emulator = Emulator::builder().secret(NAME, SENTINEL).start().unwrap();
    emulator.fault(Fault::vault().status(400).echo_request_headers());
    let client = client(&emulator);
    failure(secret(&client));
    secret(&client).unwrap();
    let token = token(&client).unwrap();
    let text = heard().clone();
    assert!(
        text.contains(&format!("endpoint={}", token_endpoint(&emulator))),
        "{text}"
    );
    assert!(
        text.contains(&format!("vault={}", emulator.vault_url(VAULT))),
        "{text}"
    );
    assert!(!text.contains(SENTINEL));
    for part in token.value().as_str().unwrap().split('.') {
        assert!(!text.contains(part));
    }
}

#[test]
fn a_proxys_credentials_are_in_no_log_line() {
    listen();
    let emulator = emulator();
    let dead =
        doorkey_emulator::dead_port().replace("http://", "http://user:hunter2-for-the-logs@");
    let options = ClientOptions {
        environment: environment(
            &emulator,
            &[("DOORKEY_VAULT_SUFFIX", ""), ("HTTPS_PROXY", &dead)],
        ),
        retries_max: Some(0),
        ..options(&emulator)
    };
    let error = failure(secret_in(
        &Client::new(options).unwrap(),
        "https://kv.corp.example",
    ));
    let text = format!("{}{error:?}", heard());
    assert!(!text.contains("hunter2-for-the-logs"), "{text}");
    // "user:hunter2-for-the-logs" as the header would have it.
    assert!(!text.contains("dXNlcjpodW50ZXIyLWZvci10aGUtbG9ncw"));
}
