//! Answers without sense and connections that break, for each family of sources: a clear status, one
//! request, and nothing of the body.

use std::time::Duration;

use doorkey::{Call, Status};
use doorkey_emulator::{Emulator, Fault, Host};

use crate::common::*;

const FAMILIES: [Host; 8] = [
    Host::Imds,
    Host::AppService,
    Host::Automation,
    Host::Arc,
    Host::CloudShell,
    Host::ServiceFabric,
    Host::AzureMl,
    Host::WorkloadIdentity,
];

/// Requests before the one that brings the token.
fn before(host: Host) -> u64 {
    u64::from(host == Host::Arc)
}

/// A fault of the answer that should bring a token, signed as the metadata service signs.
fn fault(emulator: &Emulator, fault: Fault) {
    let skip = before(emulator.host());
    let fault = fault.skip(skip).always();
    emulator.fault(fault.header("Server", "IMDS/150.870.65.1854"));
}

/// That the answer is refused as one without sense, at once.
fn assert_senseless(what: &str, make: impl Fn() -> Fault) {
    for host in FAMILIES {
        let emulator = machine(host);
        fault(&emulator, make());
        let clock = TestClock::new();
        let error = failure(token(&client_on(&emulator, &clock)));
        let said = format!("{error:?}");
        let what = format!("{what} from {}: {said}", host.name());
        assert_eq!(error.status(), Status::Protocol, "{what}");
        assert!(error.advice().is_some(), "{what}");
        assert!(!said.contains("S3NT1NEL"), "{what}");
        assert!(clock.slept().is_empty(), "{what}");
        assert_eq!(emulator.requests().token, before(host) + 1, "{what}");
    }
}

#[test]
fn a_page_in_the_place_of_a_token_is_no_token() {
    assert_senseless("HTML", || {
        let page = "<html>S3NT1NEL</html>";
        Fault::token().content_type("text/html").body(page)
    });
    assert_senseless("nothing", || Fault::token().body(""));
    assert_senseless("a list", || Fault::token().body(r#"["S3NT1NEL"]"#));
    assert_senseless("no UTF-8", || Fault::token().body(vec![b'"', 0xff, b'"']));
    assert_senseless("deep", || Fault::token().body("[".repeat(100_000)));
}

#[test]
fn a_body_without_a_good_token_is_refused() {
    for (what, body) in [
        ("no token", r#"{"expires_in":3600,"token_type":"Bearer"}"#),
        ("an empty one", r#"{"access_token":"","expires_in":3600}"#),
        ("null", r#"{"access_token":null,"expires_in":3600}"#),
        ("a number", r#"{"access_token":7,"expires_in":3600}"#),
        (
            "two lines",
            r#"{"access_token":"S3NT1NEL\r\nX: 1","expires_in":3600}"#,
        ),
        (
            "another type",
            r#"{"access_token":"S3NT1NEL","expires_in":3600,"token_type":"pop"}"#,
        ),
    ] {
        assert_senseless(what, || Fault::token().body(body));
    }
}

#[test]
fn a_token_that_has_expired_is_refused() {
    for body in [
        r#"{"access_token":"S3NT1NEL","expires_in":0}"#,
        r#"{"access_token":"S3NT1NEL","expires_on":"1600000000"}"#,
        r#"{"access_token":"S3NT1NEL","expires_on":"2020-09-13T12:26:40Z"}"#,
        r#"{"access_token":"S3NT1NEL","expires_in":-5}"#,
        r#"{"access_token":"S3NT1NEL","expires_in":"soon"}"#,
        r#"{"access_token":"S3NT1NEL","expires_in":1e300}"#,
    ] {
        assert_senseless(body, || Fault::token().body(body));
    }
}

#[test]
fn a_body_that_says_something_twice_is_refused() {
    for body in [
        r#"{"access_token":"S3NT1NEL","access_token":"S3NT1NEL2","expires_in":3600}"#,
        r#"{"access_token":"S3NT1NEL","expires_in":3600,"expires_in":7}"#,
        r#"{"access_token":"S3NT1NEL","expires_on":1,"expires_in":3600,"expires_on":2}"#,
        r#"{"access_token":"S3NT1NEL","expires_in":3600,"client_id":"a","client_id":"b"}"#,
    ] {
        assert_senseless(body, || Fault::token().body(body));
    }
}

#[test]
fn a_body_that_is_too_large_is_not_read() {
    assert_senseless("large", || Fault::token().oversized(300 * 1024));
    assert_senseless("large", || Fault::token().oversized(300 * 1024).chunked());
}

#[test]
fn a_body_that_is_cut_off_is_never_a_token() {
    for host in FAMILIES {
        for cut in [0, 1, 40, 200] {
            let emulator = machine(host);
            fault(&emulator, Fault::token().truncate_body(cut));
            let clock = TestClock::new();
            let error = failure(token(&client_on(&emulator, &clock)));
            let what = format!("{cut} from {}: {error:?}", host.name());
            let broken = [Status::Protocol, Status::Network];
            assert!(broken.contains(&error.status()), "{what}");
            assert!(!what.contains("eyJ"), "{what}");
            assert!(emulator.requests().token <= before(host) + 6, "{what}");
        }
    }
}

#[test]
fn a_connection_that_breaks_once_does_no_harm() {
    for host in FAMILIES {
        let emulator = machine(host);
        let clock = TestClock::new();
        emulator.fault(Fault::token().skip(before(host)).drop_connection());
        token(&client_on(&emulator, &clock)).unwrap();
        assert_eq!(clock.slept().len(), 1, "{}", host.name());
    }
}

#[test]
fn a_slow_drip_is_read_whole_or_cut_off_at_the_deadline() {
    for host in FAMILIES {
        let emulator = machine(host);
        let client = client(&emulator);
        let drip = Fault::token().slow_drip(64, Duration::from_millis(1));
        emulator.fault(drip.skip(before(host)));
        token(&client).unwrap();
        fault(
            &emulator,
            Fault::token().slow_drip(1, Duration::from_millis(50)),
        );
        let call = Call {
            timeout: Some(Duration::from_millis(500)),
            force_refresh: true,
            ..Call::default()
        };
        let error = failure(client.get_token(VAULT_AUDIENCE, &call).unwrap().take());
        assert_eq!(error.status(), Status::Timeout, "{}: {error}", host.name());
    }
}

#[test]
fn an_error_body_of_any_size_gives_a_bounded_message() {
    let words = "m ".repeat(50_000);
    for host in FAMILIES {
        for body in [
            format!(r#"{{"error":"invalid_request","error_description":"{words}"}}"#),
            format!(r#"{{"statusCode":400,"message":"{words}"}}"#),
            format!(r#"{{"error":{{"code":"{words}","message":"{words}"}}}}"#),
            words.clone(),
        ] {
            let emulator = machine(host);
            fault(&emulator, Fault::token().status(400).body(body));
            let clock = TestClock::new();
            let error = failure(token(&client_on(&emulator, &clock)));
            let what = format!("{}: {}", host.name(), error.status().name());
            assert_eq!(error.http_status(), Some(400), "{what}");
            assert!(format!("{error:?}").len() < 4000, "{what}");
            assert!(clock.slept().is_empty(), "{what}");
        }
    }
}

#[test]
fn a_success_of_another_kind_is_no_token() {
    for status in [201, 202, 204, 206] {
        assert_senseless("another 2xx", || Fault::token().status(status).body(""));
    }
}

#[test]
fn a_failed_answer_is_not_remembered() {
    for host in FAMILIES {
        let emulator = machine(host);
        let client = client(&emulator);
        let once = Fault::token().skip(before(host)).body("");
        emulator.fault(once.header("Server", "IMDS/150.870.65.1854"));
        assert_eq!(failure(token(&client)).status(), Status::Protocol);
        token(&client).unwrap_or_else(|e| panic!("{}: {e:?}", host.name()));
    }
}
