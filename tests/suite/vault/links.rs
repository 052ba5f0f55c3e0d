//! Where a page leads to: nextLink is followed within the vault's own origin, to its end, and never in a
//! circle.

use std::collections::BTreeSet;
use std::sync::Arc;

use doorkey::{Client, ClientOptions, Sensitive, Status};
use doorkey_emulator::{Emulator, Fault};
use serde_json::{Value, json};

use super::*;

const SENTINEL: &str = "S3NT1NEL-of-a-link";

/// A page with one secret of this name, which leads on to `next`.
fn leading(emulator: &Emulator, name: &str, next: Value) -> Fault {
    let id = format!("{}/secrets/{name}", emulator.vault_url(VAULT));
    let body = json!({"value": [{"id": id}], "nextLink": next});
    Fault::vault().body(body.to_string())
}

/// An emulator whose first page leads to `next`, and whose second one, behind `at=2`, is the last.
fn with_link(next: impl FnOnce(&Emulator) -> Value) -> Emulator {
    let emulator = emulator();
    let next = next(&emulator);
    let second = leading(&emulator, "second", Value::Null);
    emulator.fault(second.target_contains("at=2"));
    emulator.fault(leading(&emulator, "first", next));
    emulator
}

#[test]
fn a_link_is_followed_in_every_form_that_leads_to_the_same_vault() {
    type Link = fn(&str) -> String;
    let links: [Link; 6] = [
        |url| format!("{url}/secrets?api-version=7.4&at=2"),
        |url| {
            format!(
                "{}/secrets?at=2",
                url.to_ascii_uppercase().replace("HTTPS", "https")
            )
        },
        |url| format!("HTTPS{}/secrets?at=2", &url[5..]),
        |_| "/secrets?api-version=7.4&at=2".to_owned(),
        |_| "?at=2".to_owned(),
        |_| "secrets?at=2".to_owned(),
    ];
    for link in links {
        let emulator = with_link(|emulator| link(&emulator.vault_url(VAULT)).into());
        let pager = list(&client(&emulator)).unwrap();
        assert_eq!(names(&rest(&pager).unwrap()), ["first", "second"]);
        assert_eq!(emulator.requests().vault, 2);
    }
}

#[test]
fn a_link_with_the_port_of_https_leads_to_the_same_vault() {
    let builder = Emulator::builder().vault_suffix("vault.azure.net");
    let emulator = start(builder.secrets((0..30).map(|n| (format!("s{n:02}"), "v"))));
    let options = ClientOptions {
        environment: environment(&emulator, &[("DOORKEY_VAULT_SUFFIX", "")]),
        dial: vec![(
            "demo.vault.azure.net".to_owned(),
            Some(emulator.vault_address()),
        )],
        ..options(&emulator)
    };
    let pager = list(&Client::new(options).unwrap()).unwrap();
    assert_eq!(names(&rest(&pager).unwrap()), emulator.stored_names(None));
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 2));
}

#[test]
fn a_list_ends_without_a_link_with_null_and_with_an_empty_one() {
    let id = |emulator: &Emulator| format!("{}/secrets/{NAME}", emulator.vault_url(VAULT));
    for end in ["", r#","nextLink":null"#, r#","nextLink":"""#] {
        let emulator = emulator();
        let body = format!(r#"{{"value":[{{"id":"{}"}}]{end}}}"#, id(&emulator));
        emulator.fault(Fault::vault().body(body));
        let pager = list(&client(&emulator)).unwrap();
        assert_eq!(rest(&pager).unwrap().len(), 1, "{end}");
        assert_eq!(emulator.requests().vault, 1);
    }
}

#[test]
fn a_link_to_anywhere_else_is_not_followed_and_takes_no_token_along() {
    let elsewhere = emulator();
    let foreign = elsewhere.vault_url(VAULT);
    type Link = fn(&str, &str) -> String;
    let links: [Link; 10] = [
        |_, foreign| format!("{foreign}/secrets?{SENTINEL}"),
        |_, foreign| format!("{}/secrets?{SENTINEL}", &foreign[6..]),
        |own, _| format!("{}/secrets?{SENTINEL}", own.replace("https", "http")),
        |own, _| format!("{}/secrets?{SENTINEL}", own.replace("demo.", "other.")),
        |own, _| {
            format!(
                "{}/secrets?{SENTINEL}",
                own.replace("https://", "https://u@")
            )
        },
        |own, _| {
            format!(
                "{}/secrets?{SENTINEL}",
                own.replace("https://", "https://u:p@")
            )
        },
        |own, foreign| format!("{own}@{}/secrets?{SENTINEL}", &foreign[8..]),
        |own, _| format!("{own}.evil.example/secrets?{SENTINEL}"),
        |_, _| format!("https://127.0.0.1/secrets?{SENTINEL}"),
        |_, _| format!("javascript:{SENTINEL}"),
    ];
    for link in links {
        let own = |emulator: &Emulator| link(&emulator.vault_url(VAULT), &foreign).into();
        let emulator = with_link(own);
        let pager = list(&client(&emulator)).unwrap();
        let error = failure(page(&pager));
        assert_eq!(error.status(), Status::Protocol, "{error}");
        assert!(error.message().contains("nextLink"), "{error}");
        assert!(!format!("{error:?}").contains(SENTINEL), "{error}");
        assert_eq!(emulator.requests().vault, 1);
    }
    let requests = elsewhere.requests();
    assert_eq!(
        (requests.connections_vault, requests.connections_imds),
        (0, 0)
    );
}

#[test]
fn a_link_that_is_no_url_is_a_protocol_error() {
    let long = format!("/secrets?{}", "x".repeat(8192));
    for link in [
        "https://",
        "https://[",
        "http:\\\\x",
        "/secrets?a b",
        "/secrets?\u{e9}",
        "/secrets?\r\nX: y",
        "/secrets?\0",
        &long,
    ] {
        let emulator = with_link(|_| link.into());
        let pager = list(&client(&emulator)).unwrap();
        let error = failure(page(&pager));
        assert_eq!(error.status(), Status::Protocol, "{link}");
        assert!(error.message().contains("is no URL"), "{error}");
        assert_eq!(emulator.requests().vault, 1);
    }
}

#[test]
fn a_link_that_is_no_text_is_a_protocol_error() {
    for link in [json!(7), json!(true), json!(["/secrets"]), json!({})] {
        let emulator = with_link(|_| link);
        let pager = list(&client(&emulator)).unwrap();
        assert_eq!(failure(page(&pager)).status(), Status::Protocol);
    }
}

/// An emulator whose pages, each found by what is in its target, lead on as it is said.
fn with_ways(first: &str, ways: &[(&str, &str)]) -> Emulator {
    let emulator = emulator();
    for (place, next) in ways {
        let page = leading(&emulator, &place.replace('=', "-"), (*next).into());
        emulator.fault(page.always().target_contains(place));
    }
    let page = leading(&emulator, "first", first.into());
    emulator.fault(page.always());
    emulator
}

fn assert_no_secret_comes_twice(emulator: &Emulator) {
    let pager = list(&client(emulator)).unwrap();
    let mut seen = Vec::new();
    let error = loop {
        match page(&pager) {
            Ok(items) => seen.extend(names(&items).into_iter().map(str::to_owned)),
            Err(error) => break error,
        }
    };
    assert_eq!(error.status(), Status::Protocol, "{error}");
    assert!(error.message().contains("leads back"), "{error}");
    let different: BTreeSet<_> = seen.iter().collect();
    assert_eq!(different.len(), seen.len(), "{seen:?}");
}

#[test]
fn a_page_that_leads_to_itself_is_noticed() {
    let emulator = with_ways("/secrets?api-version=7.4", &[]);
    assert_no_secret_comes_twice(&emulator);
    assert_eq!(emulator.requests().vault, 1);
    let emulator = with_ways("/secrets?api-version=7.4#again", &[]);
    assert_no_secret_comes_twice(&emulator);
    let emulator = with_ways("?at=2", &[("at=2", "?at=2")]);
    assert_no_secret_comes_twice(&emulator);
}

#[test]
fn a_circle_of_pages_is_noticed_before_a_secret_comes_twice() {
    let circle = [("at=2", "?at=3"), ("at=3", "?at=4"), ("at=4", "?at=2")];
    assert_no_secret_comes_twice(&with_ways("?at=2", &circle));
    let to_the_first = [("at=2", "?at=3"), ("at=3", "/secrets?api-version=7.4")];
    assert_no_secret_comes_twice(&with_ways("?at=2", &to_the_first));
    let by_a_fragment = [("at=2", "?at=3#x"), ("at=3", "?at=2#y")];
    assert_no_secret_comes_twice(&with_ways("?at=2", &by_a_fragment));
    let by_another_one = [("at=2", "?at=3#x"), ("at=3", "?at=4"), ("at=4", "?at=3#y")];
    assert_no_secret_comes_twice(&with_ways("?at=2", &by_another_one));
}

#[test]
fn a_circle_of_empty_pages_is_noticed_too() {
    let emulator = emulator();
    for (place, next) in [("at=2", "?at=3"), ("at=3", "?at=2")] {
        let body = json!({"value": [], "nextLink": next}).to_string();
        emulator.fault(Fault::vault().always().body(body).target_contains(place));
    }
    let body = json!({"value": [], "nextLink": "?at=2"}).to_string();
    emulator.fault(Fault::vault().always().body(body));
    let error = failure(page(&list(&client(&emulator)).unwrap()));
    assert_eq!(error.status(), Status::Protocol);
    assert_eq!(emulator.requests().vault, 3);
}

#[test]
fn a_page_that_is_asked_for_again_leads_where_it_led() {
    let emulator = emulator();
    let pager = list(&client(&emulator)).unwrap();
    // A link is noted before its page is given out: a page that is lost then must not look like a circle.
    for _ in 0..3 {
        let body = json!({"value": [], "nextLink": "?at=2"}).to_string();
        emulator.fault(Fault::vault().body(body));
        emulator.fault(Fault::vault().target_contains("at=2").body("<html>"));
        let error = failure(page(&pager));
        assert!(!error.message().contains("leads back"), "{error}");
        emulator.clear_faults();
    }
    assert_eq!(names(&rest(&pager).unwrap()), [NAME]);
}

#[test]
fn a_link_that_is_bad_is_as_bad_the_next_time() {
    let emulator = emulator();
    let foreign = leading(&emulator, "first", json!("https://evil.example/secrets"));
    emulator.fault(foreign.times(2));
    let pager = list(&client(&emulator)).unwrap();
    for _ in 0..2 {
        assert_eq!(failure(page(&pager)).status(), Status::Protocol);
    }
    assert_eq!(names(&rest(&pager).unwrap()), [NAME]);
}

#[test]
fn a_brought_token_goes_along_with_a_link_and_no_further() {
    let emulator =
        with_link(|emulator| format!("{}/secrets?at=2", emulator.vault_url(VAULT)).into());
    let token = emulator.issue_token(VAULT_AUDIENCE, std::time::Duration::from_secs(600));
    let options = ClientOptions {
        access_token: Some(Arc::new(Sensitive::new(token.as_bytes()))),
        ..options(&emulator)
    };
    let pager = list(&Client::new(options).unwrap()).unwrap();
    assert_eq!(rest(&pager).unwrap().len(), 2);
    for request in emulator.log() {
        let sent = request.header("authorization").unwrap();
        assert_eq!(sent, format!("Bearer {token}"));
    }
}
