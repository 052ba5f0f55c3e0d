//! Nothing secret in an error, a log or Debug output, whatever a server sends back.

use std::fmt::Write;

use doorkey::{Client, ClientOptions, Error, Sensitive};
use doorkey_emulator::{Emulator, Fault};
use std::sync::Arc;

use crate::common::*;

const SENTINEL: &str = "S3NT1NEL-secret-value";

/// All that an error shows.
pub fn everything(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    for part in [
        error.advice(),
        error.code(),
        error.inner_code(),
        error.request_id(),
    ] {
        write!(text, " {part:?}").unwrap();
    }
    text
}

#[test]
fn a_vault_that_echoes_the_request_gets_no_token_into_an_error() {
    for status in [400, 401, 403, 404, 429, 500, 502] {
        let emulator = emulator();
        let clock = TestClock::new();
        emulator.fault(
            Fault::vault()
                .always()
                .status(status)
                .echo_request_headers(),
        );
        let error = failure(secret(&client_on(&emulator, &clock)));
        let sent = emulator
            .log()
            .iter()
            .rev()
            .find_map(|r| r.header("authorization").map(str::to_owned));
        let token = sent.unwrap().trim_start_matches("Bearer ").to_owned();
        let text = everything(&error);
        assert!(!text.contains(&token), "{status}: {text}");
        for part in token.split('.') {
            assert!(
                !text.contains(part),
                "{status}: a part of the token: {text}"
            );
        }
    }
}

#[test]
fn a_brought_token_of_any_shape_does_not_come_back() {
    let emulator = emulator();
    let options = ClientOptions {
        access_token: Some(Arc::new(Sensitive::new(SENTINEL.as_bytes()))),
        retries_max: Some(0),
        ..options(&emulator)
    };
    let client = Client::new(options.clone()).unwrap();
    for (body, header) in [
        (
            format!(
                r#"{{"error":{{"code":"{SENTINEL}","message":"a {SENTINEL} b","innererror":{{"code":"{SENTINEL}"}}}}}}"#
            ),
            SENTINEL,
        ),
        (
            format!(r#"{{"error":{{"code":"x","message":"{SENTINEL}{SENTINEL}"}}}}"#),
            "fine",
        ),
    ] {
        emulator.fault(
            Fault::vault()
                .status(403)
                .body(body)
                .header("x-ms-request-id", header),
        );
        assert!(!everything(&failure(secret(&client))).contains(SENTINEL));
    }
    assert!(!format!("{options:?}{client:?}").contains(SENTINEL));
}

#[test]
fn a_value_is_in_no_debug_output() {
    let emulator = Emulator::builder().secret(NAME, SENTINEL).start().unwrap();
    let client = client(&emulator);
    let operation = client
        .get_secret(VAULT, Some(NAME), None, &doorkey::Call::default())
        .unwrap();
    operation.wait(None).unwrap();
    let mut text = format!("{operation:?}");
    let secret = operation.take().unwrap();
    let token = token(&client).unwrap();
    write!(text, "{secret:?} {secret:#?} {token:?} {client:?}").unwrap();
    assert!(!text.contains(SENTINEL) && !text.contains(token.value().as_str().unwrap()));
}

#[test]
fn a_half_read_value_is_in_no_error() {
    let emulator = Emulator::builder().secret(NAME, SENTINEL).start().unwrap();
    let client = client(&emulator);
    for cut in [30, 40, 60, 100] {
        emulator.fault(Fault::vault().truncate_body(cut));
        assert!(!everything(&failure(secret(&client))).contains("S3NT"));
    }
}
