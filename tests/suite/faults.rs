//! Answers that make no sense, connections that break: a clear status, never a panic, never the
//! body.

use std::time::Duration;

use doorkey::{Call, Status};
use doorkey_emulator::Fault;

use crate::common::*;

/// How the genuine metadata service signs its answers.
const GENUINE: &str = "IMDS/150.870.65.1854";

const SENTINEL: &str = "S3NT1NEL-of-a-body";

/// Every fault that is an answer without sense, for either endpoint.
fn nonsense(fault: fn() -> Fault) -> Vec<(&'static str, Fault)> {
    let html = format!("<html>{SENTINEL}</html>");
    vec![
        (
            "html",
            fault().status(200).content_type("text/html").body(html),
        ),
        ("empty", fault().status(200).body("")),
        ("truncated", fault().truncate_body(40)),
        ("oversized", fault().status(200).oversized(5 * 1024 * 1024)),
        (
            "oversized without a length",
            fault().status(200).oversized(5 * 1024 * 1024).chunked(),
        ),
        (
            "another type",
            fault().status(200).body(format!("[\"{SENTINEL}\"]")),
        ),
        (
            "a wrong member",
            fault().status(200).body(format!(
                "{{\"value\":7,\"access_token\":7,\"x\":\"{SENTINEL}\"}}"
            )),
        ),
        (
            "deep nesting",
            fault().status(200).body("[".repeat(100_000)),
        ),
        (
            "not UTF-8",
            fault().status(200).body(vec![b'"', 0xff, 0xfe, b'"']),
        ),
    ]
}

#[test]
fn a_token_answer_without_sense_is_a_protocol_error_without_the_body() {
    for (what, fault) in nonsense(Fault::token) {
        let emulator = emulator();
        emulator.fault(fault.always().header("Server", GENUINE));
        let error = failure(token(&client(&emulator)));
        assert_eq!(error.status(), Status::Protocol, "{what}: {error}");
        assert!(!format!("{error:?}").contains(SENTINEL), "{what}");
    }
}

#[test]
fn a_page_in_the_place_of_the_metadata_service_means_that_there_is_no_managed_identity() {
    for (status, body) in [
        (200, "<html>sign in to the hotel's network</html>"),
        (200, ""),
        (200, "ami-id\ninstance-id\n"),
        (403, "<html>blocked</html>"),
        (404, "not found"),
        (302, ""),
    ] {
        let emulator = emulator();
        emulator.fault(
            Fault::token()
                .always()
                .status(status)
                .content_type("text/html")
                .body(body)
                .without_server_header(),
        );
        let error = failure(token(&client(&emulator)));
        assert_eq!(
            error.status(),
            Status::IdentityUnavailable,
            "{status}: {error}"
        );
        assert_eq!(emulator.requests().token, 1, "no retry of a stranger");
    }
}

#[test]
fn a_secret_answer_without_sense_is_a_protocol_error_without_the_body() {
    for (what, fault) in nonsense(Fault::vault) {
        let emulator = emulator();
        emulator.fault(fault.always());
        let error = failure(secret(&client(&emulator)));
        assert_eq!(error.status(), Status::Protocol, "{what}: {error}");
        assert!(!format!("{error:?}").contains(SENTINEL), "{what}");
    }
}

#[test]
fn another_secret_than_the_one_asked_for_is_refused() {
    let emulator = emulator();
    emulator.fault(Fault::vault().status(200).body(format!(
        r#"{{"value":"{SENTINEL}","id":"https://demo.vault.localhost/secrets/other/0123456789abcdef0123456789abcdef"}}"#
    )));
    let error = failure(secret(&client(&emulator)));
    assert_eq!(error.status(), Status::Protocol);
    assert!(!format!("{error:?}").contains(SENTINEL));
}

#[test]
fn an_id_that_is_none_is_refused() {
    let emulator = emulator();
    for id in [
        "",
        "MyTestSecret",
        "https://demo.vault.localhost/keys/MyTestSecret/1",
        "https://demo.vault.localhost/secrets/MyTestSecret",
        "https://demo.vault.localhost/secrets/MyTestSecret//",
        "https://demo.vault.localhost/secrets/MyTestSecret/1\\nid",
        "https://demo.vault.localhost/secrets/MyTestSecret/1/2",
    ] {
        let body = format!(r#"{{"value":"{SENTINEL}","id":"{id}"}}"#);
        emulator.fault(Fault::vault().status(200).body(body));
        assert_eq!(
            failure(secret(&client(&emulator))).status(),
            Status::Protocol,
            "{id}"
        );
    }
}

#[test]
fn an_error_body_of_any_size_gives_a_bounded_message() {
    let emulator = emulator();
    let body = format!(
        r#"{{"error":{{"code":"BadParameter","message":"{}"}}}}"#,
        "m ".repeat(50_000)
    );
    emulator.fault(Fault::vault().status(400).body(body));
    let error = failure(secret(&client(&emulator)));
    assert_eq!(
        (error.status(), error.code()),
        (Status::Rejected, Some("BadParameter"))
    );
    assert!(error.message().len() < 1500);
}

#[test]
fn a_dropped_connection_is_tried_again() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::token().drop_connection());
    emulator.fault(Fault::vault().drop_connection());
    secret(&client_on(&emulator, &clock)).unwrap();
    assert_eq!(clock.slept().len(), 2);
}

#[test]
fn a_connection_that_always_breaks_is_a_network_error() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::vault().always().drop_connection());
    let error = failure(secret(&client_on(&emulator, &clock)));
    assert_eq!(error.status(), Status::Network, "{error}");
}

#[test]
fn a_slow_drip_is_cut_off_at_the_deadline() {
    let emulator = emulator();
    emulator.fault(
        Fault::vault()
            .always()
            .slow_drip(1, Duration::from_millis(20)),
    );
    let call = Call {
        timeout: Some(Duration::from_millis(300)),
        ..Call::default()
    };
    let operation = client(&emulator).get_secret(VAULT, Some(NAME), None, &call);
    assert_eq!(failure(operation.unwrap().take()).status(), Status::Timeout);
}

#[test]
fn a_slow_drip_within_the_deadline_is_read_whole() {
    let emulator = emulator();
    emulator.fault(Fault::vault().slow_drip(16, Duration::from_millis(1)));
    assert_eq!(
        secret(&client(&emulator)).unwrap().value().as_str(),
        Some(VALUE)
    );
}

#[test]
fn redirects_of_a_vault_are_not_followed() {
    let emulator = emulator();
    let elsewhere = crate::common::emulator();
    emulator.fault(
        Fault::vault()
            .always()
            .status(307)
            .header("Location", &elsewhere.vault_url(VAULT)),
    );
    let error = failure(secret(&client(&emulator)));
    assert_eq!(error.status(), Status::Protocol);
    assert!(error.advice().unwrap().contains("redirect"));
    assert_eq!(elsewhere.requests().connections_vault, 0);
}

#[test]
fn a_success_of_another_kind_is_no_token() {
    for status in [201, 202, 203, 204, 206] {
        let emulator = emulator();
        let fault = Fault::token().always().status(status).body("");
        emulator.fault(fault.header("Server", GENUINE));
        assert_eq!(
            failure(token(&client(&emulator))).status(),
            Status::Protocol,
            "{status}"
        );
    }
}
