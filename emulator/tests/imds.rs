//! The token endpoint's rules, one test each, over real sockets. What is left to the identities alone is in src/identities.rs.

mod common;

use common::{Ask, Reply, TOKEN_PATH, TOKEN_TARGET, imds};
use doorkey_emulator::{Emulator, UserAssigned};
use serde_json::json;
use std::time::Duration;

fn emulator() -> Emulator {
    Emulator::builder().start().expect("an emulator")
}

fn ask(emulator: &Emulator, query: &str) -> Reply {
    let target = format!("{TOKEN_PATH}?{query}");
    imds(emulator, &Ask::get(&target).header("Metadata", "true"))
}

fn with_headers(headers: &[(&'static str, &str)]) -> Reply {
    let mut ask = Ask::get(TOKEN_TARGET);
    for (name, value) in headers {
        ask = ask.header(name, *value);
    }
    imds(&emulator(), &ask)
}

#[track_caller]
fn assert_refused(reply: &Reply, code: &str, description: &str) {
    assert_eq!(reply.status, 400, "{}", reply.text());
    assert_eq!(
        reply.json(),
        json!({"error": code, "error_description": description})
    );
}

#[test]
fn a_correct_request_gets_a_token_with_every_field_a_string() {
    let emulator = emulator();
    let reply = imds(
        &emulator,
        &Ask::get(TOKEN_TARGET).header("Metadata", "true"),
    );
    assert_eq!(reply.status, 200);
    let body = reply.json();
    let fields = body.as_object().expect("an object");
    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "access_token",
            "client_id",
            "expires_in",
            "expires_on",
            "ext_expires_in",
            "not_before",
            "refresh_token",
            "resource",
            "token_type",
        ]
    );
    assert!(fields.values().all(serde_json::Value::is_string), "{body}");
    assert_eq!(body["resource"], "https://vault.localhost");
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["refresh_token"], "");
}

#[test]
fn every_answer_bears_the_genuine_server_header_and_is_json() {
    let emulator = emulator();
    for target in [TOKEN_TARGET, TOKEN_PATH, "/metadata/nowhere"] {
        for headers in [None, Some("true")] {
            let mut ask = Ask::get(target);
            if let Some(value) = headers {
                ask = ask.header("Metadata", value);
            }
            let reply = imds(&emulator, &ask);
            let server = reply.header("Server").expect("a Server header");
            assert!(server.starts_with("IMDS/150.870.65."), "{server}");
            let kind = reply.header("Content-Type");
            assert_eq!(kind, Some("application/json; charset=utf-8"));
        }
    }
}

#[test]
fn the_metadata_header_is_required() {
    let reply = with_headers(&[]);
    assert_refused(
        &reply,
        "invalid_request",
        "Required metadata header not specified",
    );
}

#[test]
fn the_metadata_header_must_be_lower_case_true() {
    for value in ["True", "TRUE", "false", "1", "", "true, true"] {
        let reply = with_headers(&[("Metadata", value)]);
        assert_eq!(reply.status, 400, "{value}");
    }
}

#[test]
fn the_name_of_the_metadata_header_may_be_written_in_any_case() {
    for name in ["metadata", "METADATA"] {
        assert_eq!(with_headers(&[(name, "true")]).status, 200, "{name}");
    }
}

#[test]
fn a_request_that_was_forwarded_is_refused() {
    for value in ["10.0.0.1", ""] {
        let reply = with_headers(&[("Metadata", "true"), ("X-Forwarded-For", value)]);
        assert_eq!(reply.status, 400);
        assert_eq!(reply.json()["error"], "invalid_request");
    }
}

#[test]
fn the_api_version_is_required_and_must_be_known() {
    let emulator = emulator();
    for query in [
        "resource=https://vault.localhost",
        "api-version=&resource=https://vault.localhost",
        "api-version=2017-12-01&resource=https://vault.localhost",
        "api-version=2018-02-02&resource=https://vault.localhost",
        "api-version=7.4&resource=https://vault.localhost",
    ] {
        let reply = ask(&emulator, query);
        assert_eq!(reply.status, 400, "{query}");
        let body = reply.json();
        let text = body["error"].as_str().expect("a text");
        assert!(
            text.starts_with("Bad request. api-version is invalid or was not specified"),
            "{text}"
        );
        assert_eq!(body["newest-versions"][0], "2025-04-07");
        assert_eq!(body["newest-versions"].as_array().map(Vec::len), Some(3));
    }
}

#[test]
fn both_api_versions_that_clients_use_are_served() {
    let emulator = emulator();
    for version in ["2018-02-01", "2019-08-01"] {
        let query = format!("api-version={version}&resource=https://vault.localhost");
        assert_eq!(ask(&emulator, &query).status, 200, "{version}");
    }
}

#[test]
fn an_unknown_path_is_not_found() {
    let emulator = emulator();
    for path in [
        "/",
        "/metadata/identity/oauth2/token/",
        "//metadata/identity/oauth2/token",
        "/metadata/identity/oauth2",
        "/metadata/Identity/oauth2/token",
    ] {
        let target = format!("{path}?api-version=2018-02-01&resource=https://vault.localhost");
        let reply = imds(&emulator, &Ask::get(&target).header("Metadata", "true"));
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.json(), json!({"error": "Not found"}));
    }
}

#[test]
fn only_get_is_allowed() {
    let emulator = emulator();
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let ask = Ask::new(method, TOKEN_TARGET).header("Metadata", "true");
        let reply = imds(&emulator, &ask);
        assert_eq!(reply.status, 405, "{method}");
        assert_eq!(reply.header("Allow"), Some("GET"));
    }
}

#[test]
fn a_parameter_given_twice_is_refused() {
    let emulator = emulator();
    for query in [
        "api-version=2018-02-01&api-version=2018-02-01&resource=https://vault.localhost",
        "api-version=2018-02-01&resource=https://vault.localhost&resource=https://vault.localhost",
        "api-version=2018-02-01&resource=https://vault.localhost&Resource=x",
    ] {
        let reply = ask(&emulator, query);
        assert_eq!(reply.status, 400, "{query}");
        assert_eq!(reply.json()["error"], "invalid_request");
    }
}

#[test]
fn the_resource_is_required() {
    let emulator = emulator();
    for query in ["api-version=2018-02-01", "api-version=2018-02-01&resource="] {
        let reply = ask(&emulator, query);
        assert_refused(
            &reply,
            "invalid_request",
            "Required query variable 'resource' is missing",
        );
    }
}

#[test]
fn an_unknown_resource_is_the_directory_s_refusal() {
    let emulator = emulator();
    for resource in [
        "https://nobody.example",
        "https://vault.localhost/.default",
        "https://demo.vault.localhost",
        "vault.localhost",
    ] {
        let query = format!("api-version=2018-02-01&resource={resource}");
        let reply = ask(&emulator, &query);
        assert_eq!(reply.status, 400, "{resource}");
        let body = reply.json();
        assert_eq!(body["error"], "invalid_resource");
        let text = body["error_description"].as_str().expect("a text");
        assert!(text.starts_with("AADSTS50001: "), "{text}");
        assert!(text.contains(resource) && text.contains(emulator.tenant()));
    }
}

#[test]
fn azure_s_own_resources_and_added_ones_are_known() {
    let emulator = Emulator::builder()
        .resource("api://orders")
        .start()
        .expect("an emulator");
    for resource in [
        "https://management.azure.com/",
        "https://management.azure.com",
        "https://vault.azure.net",
        "https://graph.microsoft.com",
        "api://orders",
    ] {
        let query = format!("api-version=2018-02-01&resource={resource}");
        let reply = ask(&emulator, &query);
        assert_eq!(reply.status, 200, "{resource}");
        assert_eq!(reply.json()["resource"], resource);
    }
}

#[test]
fn the_times_fit_together() {
    let emulator = Emulator::builder()
        .token_lifetime(Duration::from_secs(1_000))
        .start()
        .expect("an emulator");
    let body = ask(
        &emulator,
        "api-version=2018-02-01&resource=https://vault.localhost",
    )
    .json();
    let number = |field: &str| -> i64 {
        let text = body[field].as_str().expect("a string");
        text.parse().expect("a number")
    };
    assert_eq!(number("expires_on") - number("not_before"), 1_300);
    assert!((900..=1_000).contains(&number("expires_in")), "{body}");
    assert_eq!(number("ext_expires_in"), number("expires_in"));
}

#[test]
fn the_same_token_comes_again_as_from_the_real_endpoint() {
    let query = "api-version=2018-02-01&resource=https://vault.localhost";
    let cached = emulator();
    let uncached = Emulator::builder()
        .token_cache(false)
        .start()
        .expect("an emulator");
    let token = |emulator| ask(emulator, query).json()["access_token"].clone();
    assert_eq!(token(&cached), token(&cached));
    assert_ne!(token(&uncached), token(&uncached));
}

#[test]
fn a_user_assigned_identity_is_named_in_the_answer() {
    let (one, two) = (UserAssigned::random("one"), UserAssigned::random("two"));
    let emulator = Emulator::builder()
        .user_assigned(one)
        .user_assigned(two.clone())
        .start()
        .expect("an emulator");
    for selector in [
        format!("client_id={}", two.client_id),
        format!("object_id={}", two.object_id),
        format!("msi_res_id={}", two.resource_id.to_lowercase()),
        format!("mi_res_id={}", two.resource_id.to_uppercase()),
    ] {
        let query = format!("api-version=2018-02-01&resource=https://vault.localhost&{selector}");
        let reply = ask(&emulator, &query);
        assert_eq!(reply.status, 200, "{selector}");
        assert_eq!(reply.json()["client_id"], two.client_id, "{selector}");
    }
}

#[test]
fn an_unknown_identity_is_not_found() {
    let reply = ask(
        &emulator(),
        "api-version=2018-02-01&resource=https://vault.localhost&client_id=nobody",
    );
    assert_refused(&reply, "invalid_request", "Identity not found");
}

#[test]
fn several_identities_and_no_word_which_is_refused() {
    let emulator = Emulator::builder()
        .system_assigned(false)
        .user_assigned(UserAssigned::random("one"))
        .user_assigned(UserAssigned::random("two"))
        .start()
        .expect("an emulator");
    let reply = ask(
        &emulator,
        "api-version=2018-02-01&resource=https://vault.localhost",
    );
    assert_refused(
        &reply,
        "invalid_request",
        "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request",
    );
}

#[test]
fn two_ids_at_once_are_refused() {
    let one = UserAssigned::random("one");
    let emulator = Emulator::builder()
        .user_assigned(one.clone())
        .start()
        .expect("an emulator");
    let both = [
        format!("client_id={}&object_id={}", one.client_id, one.object_id),
        format!(
            "msi_res_id={0}&mi_res_id={0}",
            one.resource_id.to_lowercase()
        ),
    ];
    for ids in both {
        let query = format!("api-version=2018-02-01&resource=https://vault.localhost&{ids}");
        let reply = ask(&emulator, &query);
        assert_eq!(reply.status, 400, "{ids}");
        assert_eq!(reply.json()["error"], "invalid_request");
    }
}

#[test]
fn a_machine_without_an_identity_says_so() {
    let emulator = Emulator::builder()
        .system_assigned(false)
        .start()
        .expect("an emulator");
    let reply = ask(
        &emulator,
        "api-version=2018-02-01&resource=https://vault.localhost",
    );
    assert_refused(&reply, "invalid_request", "Identity not found");
}

#[test]
fn the_guards_against_forged_requests_come_before_everything_else() {
    let emulator = emulator();
    let reply = imds(&emulator, &Ask::new("POST", "/nowhere?a=1&a=2"));
    assert_refused(
        &reply,
        "invalid_request",
        "Required metadata header not specified",
    );
}
