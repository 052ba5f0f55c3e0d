//! Every shape in which a host was seen to tell when a token ends, whose it is, or why there is none.

use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use doorkey::{Client, Identity, Status};
use doorkey_emulator::{Builder, DateFormat, Emulator, Expiry, Fault, Host, UserAssigned};

use super::*;
use crate::common::*;

const LIFE_S: i64 = 24 * 3600;

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

/// When the token that such a machine gives ends by the client, and when it may.
fn expiry(builder: Builder) -> (i64, RangeInclusive<i64>) {
    let emulator = start(builder);
    let before = now();
    let token = token(&client_as(&emulator, Identity::Default)).unwrap();
    // The seconds of two roundings, one on each side.
    (
        token.expires_at_unix(),
        before + LIFE_S - 2..=now() + LIFE_S + 2,
    )
}

const LOCAL: [Host; 7] = [
    Host::Imds,
    Host::AppService,
    Host::AppService2017,
    Host::AzureMl,
    Host::CloudShell,
    Host::Arc,
    Host::ServiceFabric,
];

#[test]
fn each_host_tells_in_its_own_way_when_a_token_ends() {
    for host in Host::ALL {
        let (found, expected) = expiry(on(host));
        assert!(expected.contains(&found), "{}", host.name());
    }
}

#[test]
fn either_field_may_be_a_number_a_text_or_empty_in_either_order() {
    use Expiry::{InEmpty, InNumber, InText, OnEmpty, OnNumber, OnText};
    let shapes: &[&[Expiry]] = &[
        &[InNumber],
        &[InText],
        &[OnNumber],
        &[OnText],
        &[InText, OnText],
        &[OnText, InText],
        &[InNumber, OnNumber],
        &[OnNumber, InNumber],
        &[InEmpty, OnText],
        &[OnText, InEmpty],
        &[InEmpty, OnNumber],
        &[OnEmpty, InText],
        &[InNumber, OnEmpty],
    ];
    for shape in shapes {
        let (found, expected) = expiry(on(Host::AppService).expiry(shape.to_vec()));
        assert!(expected.contains(&found), "{shape:?}: {found}");
    }
}

#[test]
fn every_host_may_write_either_field_in_another_form_than_today() {
    use Expiry::{InNumber, InText, OnNumber, OnText};
    for host in LOCAL {
        for shape in [vec![InNumber], vec![InText, OnNumber], vec![OnText]] {
            let (found, expected) = expiry(on(host).expiry(shape.clone()));
            assert!(expected.contains(&found), "{}: {shape:?}", host.name());
        }
    }
}

const DATES: [DateFormat; 4] = [
    DateFormat::Linux,
    DateFormat::Windows,
    DateFormat::Iso,
    DateFormat::Space,
];

#[test]
fn dates_are_read_in_every_format() {
    for format in DATES {
        let (found, expected) = expiry(on(Host::AppService2017).date_format(format));
        assert!(expected.contains(&found), "{format:?}: {found}");
        for host in LOCAL {
            let (found, expected) = expiry(on(host).expiry([Expiry::OnDate(format)]));
            assert!(expected.contains(&found), "{}: {format:?}", host.name());
        }
    }
}

#[test]
fn a_token_without_an_end_is_refused() {
    let empty = [Expiry::InEmpty, Expiry::OnEmpty];
    for shape in [vec![], vec![Expiry::OnEmpty], empty.to_vec()] {
        for host in [Host::Imds, Host::AppService, Host::Arc, Host::CloudShell] {
            let emulator = start(on(host).expiry(shape.clone()));
            let error = failure(token(&client(&emulator)));
            assert_eq!(error.status(), Status::Protocol, "{error}");
            assert!(
                error.message().contains("when the token expires"),
                "{error}"
            );
        }
    }
}

/// A client whose clock is this much after (or before) 2025.
fn skewed(emulator: &Emulator, ahead: Duration) -> (Client, i64) {
    let clock = TestClock::new();
    clock.advance(ahead);
    let options = options_for(emulator, Identity::Default, &[]);
    let now = doorkey::clock::TimeSource::now_unix(&*clock);
    (Client::new(on_test_clock(options, &clock)).unwrap(), now)
}

const YEARS: Duration = Duration::from_secs(20 * 366 * 24 * 3600);

#[test]
fn a_wrong_clock_does_no_harm_where_the_seconds_are_told() {
    use Expiry::{InText, OnText};
    for ahead in [Duration::ZERO, YEARS] {
        for shape in [[InText, OnText], [OnText, InText]] {
            let emulator = start(on(Host::Imds).expiry(shape));
            let (client, now) = skewed(&emulator, ahead);
            let found = token(&client).unwrap().expires_at_unix();
            // A loaded machine may lose some seconds between the two.
            let expected = now + LIFE_S - 600..=now + LIFE_S;
            assert!(expected.contains(&found), "{shape:?}: {found}");
            // It is cached, too.
            token(&client).unwrap();
            assert_eq!(emulator.requests().token, 1);
        }
    }
}

#[test]
fn a_clock_that_is_far_ahead_is_named_where_only_the_date_is_told() {
    for host in [Host::AppService, Host::ServiceFabric, Host::AppService2017] {
        let emulator = machine(host);
        let (client, _) = skewed(&emulator, YEARS);
        let error = failure(token(&client));
        assert_eq!(error.status(), Status::Protocol, "{error}");
        assert!(error.message().contains("this machine's clock"), "{error}");
    }
}

#[test]
fn an_expires_on_that_can_be_no_date_counts_from_now() {
    let emulator = machine(Host::AppService);
    let body = r#"{"access_token":"a","expires_on":"86399"}"#;
    emulator.fault(Fault::token().body(body));
    let (client, now) = skewed(&emulator, Duration::ZERO);
    assert_eq!(token(&client).unwrap().expires_at_unix(), now + 86_399);
}

#[test]
fn where_hosts_do_not_tell_whose_token_it_is_only_arc_is_refused() {
    for host in [Host::Imds, Host::AppService, Host::AzureMl] {
        let one = UserAssigned::random("one");
        let silent = on(host).user_assigned(one.clone()).client_id_echo(false);
        let emulator = start(silent);
        let client = client_as(&emulator, Identity::ClientId(one.client_id));
        assert_eq!(token(&client).unwrap().client_id(), None, "{}", host.name());
    }
}

#[test]
fn a_token_of_another_identity_is_refused_on_every_host_that_tells() {
    for host in [
        Host::Imds,
        Host::AppService,
        Host::AppService2017,
        Host::AzureMl,
    ] {
        let (emulator, one) = machine_with(host);
        let id = one.client_id.to_uppercase();
        for (echo, is_good) in [(id.as_str(), true), (NOBODY, false)] {
            let body = format!(r#"{{"access_token":"a","expires_in":3600,"client_id":"{echo}"}}"#);
            emulator.fault(Fault::token().body(body));
            let named = Identity::ClientId(one.client_id.clone());
            let result = forced_token(&client_as(&emulator, named));
            let status = result.map_or_else(|e| e.status(), |_| Status::Ok);
            let expected = if is_good {
                Status::Ok
            } else {
                Status::IdentityNotFound
            };
            assert_eq!(status, expected, "{}: {echo}", host.name());
        }
    }
}

#[test]
fn an_id_in_an_answer_that_is_none_is_not_shown() {
    let emulator = machine(Host::AppService);
    let body = r#"{"access_token":"a","expires_in":3600,"client_id":"<script>"}"#;
    emulator.fault(Fault::token().body(body));
    assert_eq!(token(&client(&emulator)).unwrap().client_id(), None);
}

#[test]
fn members_that_nobody_knows_and_a_type_in_any_case_are_no_matter() {
    let emulator = machine(Host::CloudShell);
    let body = r#"{"new":{"a":[1,2]},"token_type":"bearer","refresh_token":"","resource":5,"access_token":"a","expires_in":"3600","not_before":"x"}"#;
    emulator.fault(Fault::token().body(body));
    assert_eq!(
        token(&client(&emulator)).unwrap().value().as_str(),
        Some("a")
    );
}

/// What an error must show: the message, the code, the id to quote.
type Shown = (&'static str, Option<&'static str>, Option<&'static str>);

#[test]
fn a_refusal_is_read_in_every_shape() {
    let rows: &[(&str, Shown)] = &[
        (
            r#"{"statusCode":400,"message":"The words.","correlationId":"c-1"}"#,
            ("The words.", None, Some("c-1")),
        ),
        (
            r#"{"StatusCode":400,"Message":"The words.","CorrelationId":"c-1"}"#,
            ("The words.", None, None),
        ),
        (
            r#"{"error":{"code":"Nested","message":"The words.","innererror":{"trace":"t"}}}"#,
            ("The words.", Some("Nested"), None),
        ),
        (
            r#"{"error":{"correlationId":"c-1","code":"Nested","message":"The words."}}"#,
            ("The words.", Some("Nested"), Some("c-1")),
        ),
        (
            r#"{"error":"flat","error_description":"The words."}"#,
            ("The words.", Some("flat"), None),
        ),
        (
            r#"{"error":"flat","error_description":"AADSTS1: The words.","error_codes":[1],"trace_id":"t-1","correlation_id":"c-1"}"#,
            ("AADSTS1: The words.", Some("flat"), Some("c-1")),
        ),
        (
            r#"{"error":"Bad request. The words are here.","newest-versions":["2025-04-07"]}"#,
            ("Bad request. The words are here.", None, None),
        ),
        (
            r#"{"error":"flat"}"#,
            ("answered HTTP 400", Some("flat"), None),
        ),
        (
            r#"{"error":{},"message":7}"#,
            ("answered HTTP 400", None, None),
        ),
        (r#"{"error":null}"#, ("answered HTTP 400", None, None)),
        ("null", ("answered HTTP 400", None, None)),
        ("", ("answered HTTP 400", None, None)),
    ];
    for (body, (message, code, id)) in rows {
        for host in [Host::AppService, Host::CloudShell, Host::ServiceFabric] {
            let emulator = machine(host);
            emulator.fault(Fault::token().status(400).body(*body));
            let error = failure(token(&client(&emulator)));
            assert_eq!(error.http_status(), Some(400), "{body}");
            assert!(error.message().contains(message), "{body}: {error}");
            assert_eq!((error.code(), error.request_id()), (*code, *id), "{body}");
            assert_eq!(emulator.requests().token, 1, "{body}");
        }
    }
}

#[test]
fn a_refusal_that_is_no_json_is_not_repeated() {
    for (kind, body) in [
        ("text/html", "<html>S3NT1NEL</html>"),
        ("text/plain", "S3NT1NEL"),
        ("application/json", "{\"error\":\"S3NT1NEL"),
    ] {
        for status in [400, 401, 403] {
            let emulator = machine(Host::AppService);
            let fault = Fault::token().status(status).content_type(kind).body(body);
            emulator.fault(fault);
            let error = failure(token(&client(&emulator)));
            assert_eq!(error.status(), Status::IdentityRefused, "{error}");
            assert!(!format!("{error:?}").contains("S3NT1NEL"));
        }
    }
}

#[test]
fn each_http_status_without_words_has_its_verdict() {
    for (http, status) in [
        (400, Status::IdentityRefused),
        (401, Status::IdentityRefused),
        (403, Status::IdentityRefused),
        (404, Status::IdentityRefused),
        (405, Status::IdentityRefused),
        (408, Status::ServiceUnavailable),
        (410, Status::ServiceUnavailable),
        (429, Status::Throttled),
        (500, Status::ServiceUnavailable),
        (503, Status::ServiceUnavailable),
        (301, Status::Protocol),
        (307, Status::Protocol),
    ] {
        for host in [Host::AppService, Host::CloudShell] {
            let emulator = machine(host);
            emulator.fault(Fault::token().always().status(http).body("{}"));
            let error = failure(token(&patient_client_in(&emulator, &[])));
            assert_eq!(error.status(), status, "{http}: {error}");
            assert_eq!(error.http_status(), Some(http));
        }
    }
}

#[test]
fn a_word_that_every_request_carries_is_not_masked() {
    let emulator = machine(Host::AppService);
    let body = r#"{"statusCode":400,"message":"it is true that nothing works"}"#;
    emulator.fault(Fault::token().status(400).body(body));
    let error = failure(token(&client_as(&emulator, Identity::Default)));
    assert!(error.message().contains("it is true that"), "{error}");
}

#[test]
fn an_identity_that_is_not_found_is_named_with_the_variable_that_named_it() {
    let emulator = machine(Host::AppService);
    let variable = [("AZURE_CLIENT_ID", NOBODY)];
    let error = failure(token(&client_in(&emulator, &variable)));
    let which = format!("asked for the client id {NOBODY} of AZURE_CLIENT_ID, answered HTTP 400");
    assert!(error.message().contains(&which), "{error}");
    let nobody = Identity::ObjectId(NOBODY.to_owned());
    let error = failure(token(&client_as(&emulator, nobody)));
    let which = format!("asked for the object id {NOBODY}, answered HTTP 400");
    assert!(error.message().contains(&which), "{error}");
}
