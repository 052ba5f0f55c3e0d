//! Every row of the table, in the service's own words where they are known; how refusals reach it over sockets
//! is tests/suite/verdicts.rs's.

use reqwest::Method;
use serde_json::json;
use url::Url;

use super::*;
use said::SAID;

mod said;

fn request(deed: Deed) -> Request {
    Request {
        deed,
        method: Method::GET,
        url: Url::parse("https://demo.vault.azure.net/secrets/n/?api-version=7.4").unwrap(),
        subject: "secret n in vault demo".to_owned(),
        body: None,
        secret: None,
    }
}

fn body(code: Option<&str>, inner: Option<&str>, message: &str) -> String {
    let inner = inner.map(|code| json!({ "code": code }));
    json!({ "error": { "code": code, "message": message, "innererror": inner } }).to_string()
}

fn refusal(status: u16, body: &str) -> Error {
    read(&Answer::of(status, body), &request(Deed::Get), &[])
}

/// The place of the row that judges a refusal.
fn place(http: u16, said: &Words<'_>) -> Option<usize> {
    TABLE.iter().position(|row| row.fits(http, said))
}

#[test]
fn every_row_is_reached_by_its_code_outside_or_inside_and_by_its_words() {
    for (at, row) in TABLE.iter().enumerate() {
        let message = row.words.map(|words| format!("Behind {words} and more."));
        let message = message.as_deref();
        for (code, inner) in [(row.code, None), (None, row.code)] {
            let said = Words {
                code: code.or(Some("Other")),
                inner,
                message,
            };
            assert_eq!(place(row.http, &said), Some(at), "row {at}: {}", row.advice);
        }
    }
}

#[test]
fn no_row_hides_another_one() {
    for (at, row) in TABLE.iter().enumerate() {
        let hides = |later: &&Row| {
            let code = row.code.is_none() || row.code == later.code;
            let words = match (row.words, later.words) {
                (None, _) => true,
                (Some(words), Some(later)) => later.contains(words),
                (Some(_), None) => false,
            };
            row.http == later.http && code && words
        };
        let hidden = TABLE[at + 1..].iter().find(hides);
        assert!(
            hidden.is_none(),
            "row {at} hides {}",
            hidden.unwrap().advice
        );
    }
}

#[test]
fn the_codes_of_one_status_mean_nothing_with_another() {
    for row in TABLE {
        let Some(code) = row.code else { continue };
        let said = Words {
            code: Some(code),
            inner: Some(code),
            message: row.words,
        };
        for http in [400, 402, 405, 410, 412, 418, 500, 503] {
            assert_eq!(place(http, &said), None, "{http} {code}");
        }
    }
}

#[test]
fn what_the_service_says_has_its_status_codes_and_fix() {
    for (http, code, inner, message, status, fix) in SAID {
        let error = refusal(*http, &body(Some(code), *inner, message));
        assert_eq!(error.status(), *status, "{error}");
        assert_eq!(error.http_status(), Some(*http));
        assert_eq!((error.code(), error.inner_code()), (Some(*code), *inner));
        let advice = error.advice().unwrap_or_default();
        assert!(advice.contains(fix), "{message}: {advice}");
        let first_line = message.lines().next().unwrap();
        assert!(error.message().contains(first_line), "{error}");
        assert!(error.message().starts_with("secret n in vault demo: HTTP "));
    }
}

#[test]
fn every_row_is_what_the_service_says_somewhere() {
    let reached: std::collections::BTreeSet<_> = SAID
        .iter()
        .filter_map(|(http, code, inner, message, _, _)| {
            let said = Words {
                code: Some(code),
                inner: *inner,
                message: Some(message),
            };
            place(*http, &said)
        })
        .collect();
    assert_eq!(reached.len(), TABLE.len());
}

#[test]
fn no_advice_has_a_gap_left() {
    for row in TABLE {
        for deed in Deed::ALL {
            let words = row.words.unwrap_or_default();
            let said = body(row.code, row.code, words);
            let error = read(&Answer::of(row.http, &said), &request(*deed), &[]);
            let advice = error.advice().unwrap();
            assert!(!advice.contains(['{', '}']), "{advice}");
        }
    }
}

#[test]
fn a_refused_caller_is_named_by_its_own_ids() {
    let object = "0e7b26f1-7f0b-4f13-8b0e-0d6d3a1b2c3d";
    let client = "9c9c4f2e-38b3-4f57-9f3c-9e6f4f1f2a11";
    for (caller, who) in [
        (
            format!("appid={client};oid={object};iss=https://sts.windows.net/1/"),
            format!("the identity with object id {object} the role"),
        ),
        (
            format!("name=x;appid={client}"),
            format!("the identity with client id {client} the role"),
        ),
        (
            format!("oid={object}"),
            format!("the identity with object id {object} the role"),
        ),
        (
            "appid=***;oid=***".to_owned(),
            "give the identity the role".to_owned(),
        ),
        (String::new(), "give the identity the role".to_owned()),
        ("oid=".to_owned(), "give the identity the role".to_owned()),
    ] {
        let said = body(
            Some("Forbidden"),
            Some("ForbiddenByRbac"),
            &format!("Caller: {caller}\r\n"),
        );
        let error = refusal(403, &said);
        assert!(error.advice().unwrap().contains(&who), "{error}");
    }
}

#[test]
fn each_deed_is_told_its_own_permission_and_role() {
    for deed in Deed::ALL {
        for (inner, wanted) in [
            ("ForbiddenByRbac", format!("\"{}\"", deed.role())),
            ("AccessDenied", format!("\"{}\"", deed.permission())),
            ("ForbiddenByPolicy", format!("\"{}\"", deed.permission())),
        ] {
            let said = body(Some("Forbidden"), Some(inner), "");
            let error = read(&Answer::of(403, &said), &request(*deed), &[]);
            assert!(
                error.advice().unwrap().contains(&wanted),
                "{deed:?}: {error}"
            );
        }
    }
}

#[test]
fn what_no_row_knows_is_judged_by_its_http_status() {
    let json = body(Some("Strange"), None, "Never heard of.");
    for (http, status, fix) in [
        (201, Status::Rejected, None),
        (302, Status::Protocol, Some("redirect")),
        (400, Status::Rejected, None),
        (404, Status::Rejected, None),
        (405, Status::Rejected, None),
        (407, Status::Proxy, Some("wants credentials")),
        (408, Status::ServiceUnavailable, Some("try again")),
        (410, Status::Rejected, None),
        (500, Status::ServiceUnavailable, Some("try again")),
        (503, Status::ServiceUnavailable, Some("try again")),
        (599, Status::ServiceUnavailable, Some("try again")),
    ] {
        let error = refusal(http, &json);
        assert_eq!(
            (error.status(), error.code()),
            (status, Some("Strange")),
            "{http}"
        );
        match fix {
            Some(fix) => assert!(error.advice().unwrap().contains(fix), "{http}: {error}"),
            None => assert_eq!(error.advice(), None, "{http}"),
        }
    }
}

#[test]
fn what_is_not_the_services_form_is_somebody_elses() {
    for body in [
        "",
        "<html>blocked</html>",
        "[]",
        "{}",
        "{\"error\":null}",
        "{\"error\":\"no\"}",
        "\"Forbidden\"",
        "{\"error\":{\"code\":7}}",
    ] {
        for (http, status) in [
            (400, Status::Protocol),
            (403, Status::Protocol),
            (404, Status::Protocol),
            (409, Status::Protocol),
            (401, Status::Unauthorized),
            (429, Status::Throttled),
            (407, Status::Proxy),
            (408, Status::ServiceUnavailable),
            (502, Status::ServiceUnavailable),
            (200, Status::Protocol),
        ] {
            let error = refusal(http, body);
            assert_eq!(error.status(), status, "{http} {body}");
            assert_eq!((error.code(), error.inner_code()), (None, None));
        }
    }
}

#[test]
fn a_failure_of_what_must_not_happen_twice_says_that_it_may_have() {
    for deed in Deed::ALL {
        for (http, is_uncertain) in [(500, true), (503, true), (408, false), (429, false)] {
            let error = read(&Answer::of(http, ""), &request(*deed), &[]);
            let says_so = error.advice() == Some(MAY_HAVE_WORKED);
            assert_eq!(
                says_so,
                is_uncertain && !deed.is_repeatable(),
                "{deed:?} {http}"
            );
        }
    }
}

#[test]
fn a_clock_that_is_more_than_five_minutes_wrong_is_why_a_token_is_refused() {
    let at = |date: Option<i64>, received| {
        let said = body(
            Some("Unauthorized"),
            None,
            "[TokenExpired] Error validating token: 'S2S12086'.",
        );
        let answer = Answer {
            date_unix: date,
            received_unix: received,
            ..Answer::of(401, &said)
        };
        let error = read(&answer, &request(Deed::Get), &[]);
        assert_eq!(error.status(), Status::Unauthorized);
        error.advice().unwrap().to_owned()
    };
    let now = 1_750_000_000;
    assert!(at(Some(now), now + 301).contains("is ahead of the vault's"));
    assert!(at(Some(now), now - 301).contains("is behind the vault's"));
    for right in [
        at(Some(now), now + 300),
        at(Some(now), now - 300),
        at(None, now),
    ] {
        assert!(right.contains("takes the token for expired"), "{right}");
    }
    assert!(at(Some(i64::MIN), i64::MAX).contains("is ahead"));
    assert!(at(Some(i64::MAX), 0).contains("is behind"));
}

#[test]
fn a_wrong_clock_is_no_reason_for_anything_but_a_refused_token() {
    let said = body(Some("Forbidden"), Some("SecretDisabled"), "");
    let answer = Answer {
        date_unix: Some(0),
        received_unix: 1_750_000_000,
        ..Answer::of(403, &said)
    };
    let error = read(&answer, &request(Deed::Get), &[]);
    assert_eq!(error.status(), Status::SecretDisabled);
}

#[test]
fn a_demand_for_claims_is_told_to_be_one() {
    let claims = "eyJhY2Nlc3NfdG9rZW4iOnt9fQ==";
    let challenge =
        format!("Bearer realm=\"\", error=\"insufficient_claims\", claims=\"{claims}\"");
    let answer = Answer {
        challenges: vec![challenge],
        ..Answer::of(401, "")
    };
    let error = read(&answer, &request(Deed::Get), &[]);
    assert!(
        error
            .advice()
            .unwrap()
            .contains("continuous access evaluation")
    );
}

#[test]
fn the_outer_of_nested_inner_codes_is_the_documented_one() {
    let said = json!({ "error": { "code": "Forbidden", "message": "m", "innererror": {
        "code": "ForbiddenByRbac", "innererror": { "code": "Deeper" } } } });
    let error = refusal(403, &said.to_string());
    assert_eq!(error.inner_code(), Some("ForbiddenByRbac"));
}

#[test]
fn what_is_held_is_masked_and_judged_all_the_same() {
    let held = Sensitive::new(b"ForbiddenByRbac");
    let said = body(
        Some("Forbidden"),
        Some("ForbiddenByRbac"),
        "It was ForbiddenByRbac.",
    );
    let error = read(&Answer::of(403, &said), &request(Deed::Get), &[&held]);
    assert!(error.advice().unwrap().contains("Key Vault Secrets User"));
    assert!(!format!("{error:?}").contains("ForbiddenByRbac"));
}

#[test]
fn only_the_vaults_own_word_counts_for_not_found_and_under_way() {
    let not_found = body(Some("SecretNotFound"), None, "");
    assert!(says_not_found(&Answer::of(404, &not_found)));
    for (http, body) in [
        (404, ""),
        (404, "<html>not found</html>"),
        (404, "{\"error\":{\"code\":\"ResourceNotFound\"}}"),
        (200, not_found.as_str()),
        (403, not_found.as_str()),
    ] {
        assert!(!says_not_found(&Answer::of(http, body)), "{http} {body}");
    }
    let under_way = body(Some("Conflict"), Some("ObjectIsBeingDeleted"), "");
    assert!(says_under_way(&Answer::of(409, &under_way)));
    let deleted = body(Some("Conflict"), Some("ObjectIsDeletedButRecoverable"), "");
    assert!(!says_under_way(&Answer::of(409, &deleted)));
    assert!(!says_under_way(&Answer::of(404, &under_way)));
}
