//! A Kubernetes pod with workload identity: the directory, the assertion and the token proxy.

use std::fs;

use doorkey_emulator::{Emulator, Host, UserAssigned};

use crate::common::{Ask, Reply, Vault, client_config, exchange, handshake};
use crate::support::{
    assert_guid, machine, machine_with_two, names, object_id, own_object_id, path, start, variable,
};

const TYPE: &str = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
const SCOPE: &str = "https%3A%2F%2Fvault.localhost%2F.default";

fn exchanged(emulator: &Emulator, ask: &Ask<'_>) -> Reply {
    let address = emulator.token_address();
    let config = client_config(emulator.ca_pem(), rustls::ALL_VERSIONS);
    let mut stream = handshake(config, address, "localhost").expect("a handshake");
    exchange(&mut stream, &format!("localhost:{}", address.port()), ask).expect("an answer")
}

fn post(emulator: &Emulator, form: &str) -> Reply {
    let path = path(emulator);
    exchanged(emulator, &Ask::new("POST", &path).form(form))
}

/// A form as it should be, with one field in another way.
fn form(emulator: &Emulator, field: &str, value: Option<&str>) -> String {
    let own = emulator.system_assigned().expect("an identity");
    let assertion = emulator.assertion();
    let fields = [
        ("client_assertion", assertion.as_str()),
        ("client_assertion_type", TYPE),
        ("client_id", &own.client_id),
        ("grant_type", "client_credentials"),
        ("scope", SCOPE),
    ];
    let fields = fields.into_iter().filter_map(|(name, usual)| {
        let value = if name == field { value? } else { usual };
        Some(format!("{name}={value}"))
    });
    fields.collect::<Vec<_>>().join("&")
}

fn usual(emulator: &Emulator) -> String {
    form(emulator, "", None)
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16, error: &str, code: u32, text: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    let body = reply.json();
    assert_eq!(body["error"], error);
    assert_eq!(body["error_codes"], serde_json::json!([code]));
    let description = body["error_description"].as_str().expect("a text");
    let start = format!("AADSTS{code}: {text}");
    assert!(description.starts_with(&start), "{description}");
    let ids = format!(
        " Trace ID: {} Correlation ID: {} Timestamp: {}",
        body["trace_id"].as_str().expect("an id"),
        body["correlation_id"].as_str().expect("an id"),
        body["timestamp"].as_str().expect("a time")
    );
    assert!(description.ends_with(&ids), "{description}");
    assert_guid(&body["trace_id"]);
    let uri = format!("https://login.microsoftonline.com/error?code={code}");
    assert_eq!(body["error_uri"], uri);
}

#[test]
fn the_assertion_is_exchanged_for_a_token_with_numbers_and_no_expires_on() {
    let emulator = machine(Host::WorkloadIdentity);
    let reply = post(&emulator, &usual(&emulator));
    assert_eq!(object_id(&reply), own_object_id(&emulator));
    let body = reply.json();
    assert!(
        body["expires_in"].is_u64() && body["ext_expires_in"].is_u64(),
        "{body}"
    );
    assert!(body.get("expires_on").is_none(), "{body}");
    assert_eq!(body["token_type"], "Bearer");
    assert!(reply.header("Set-Cookie").is_some());
    assert_eq!(emulator.log()[0].body, usual(&emulator));
    assert_eq!(emulator.requests().token_tls_handshakes, 1);
}

#[test]
fn the_file_has_the_assertion() {
    let emulator = machine(Host::WorkloadIdentity);
    let path = variable(&emulator, "AZURE_FEDERATED_TOKEN_FILE").expect("a path");
    assert_eq!(
        fs::read_to_string(&path).expect("a file"),
        emulator.assertion()
    );
    assert_eq!(emulator.assertion_file().to_str(), Some(path.as_str()));
    drop(emulator);
    assert!(
        !fs::exists(path).expect("readable"),
        "it is gone at the end"
    );
}

#[test]
fn an_assertion_that_was_replaced_has_expired() {
    let emulator = machine(Host::WorkloadIdentity);
    let old = usual(&emulator);
    let fresh = emulator.rotate_assertion();
    let file = fs::read_to_string(emulator.assertion_file()).expect("a file");
    assert_eq!(file, fresh);
    let text = "Client assertion is not within its valid time range. Current time: ";
    assert_refused(&post(&emulator, &old), 401, "invalid_client", 700_024, text);
    assert_eq!(post(&emulator, &usual(&emulator)).status, 200);
}

#[test]
fn an_assertion_of_another_cluster_matches_no_record() {
    let (ours, theirs) = (
        machine(Host::WorkloadIdentity),
        machine(Host::WorkloadIdentity),
    );
    let form = form(&ours, "client_assertion", Some(&theirs.assertion()));
    let text = "No matching federated identity record found for presented assertion. Assertion Issuer: 'https://";
    assert_refused(&post(&ours, &form), 401, "invalid_client", 70_021, text);
}

#[test]
fn what_is_no_jwt_is_malformed() {
    let emulator = machine(Host::WorkloadIdentity);
    let form = form(&emulator, "client_assertion", Some("nonsense"));
    let text = "JWT token is invalid or malformed.";
    assert_refused(&post(&emulator, &form), 401, "invalid_client", 50_027, text);
}

#[test]
fn every_field_of_the_form_is_required() {
    let emulator = machine(Host::WorkloadIdentity);
    for (field, status, error, code, named) in [
        (
            "grant_type",
            400,
            "invalid_request",
            900_144,
            "'grant_type'",
        ),
        ("client_id", 400, "invalid_request", 900_144, "'client_id'"),
        ("scope", 400, "invalid_request", 900_144, "'scope'"),
        (
            "client_assertion",
            401,
            "invalid_client",
            7_000_218,
            "'client_assertion' or 'client_secret'",
        ),
        (
            "client_assertion_type",
            400,
            "invalid_request",
            900_144,
            "'client_assertion_type'",
        ),
    ] {
        let text = format!("The request body must contain the following parameter: {named}");
        let reply = post(&emulator, &form(&emulator, field, None));
        assert_refused(&reply, status, error, code, &text);
    }
}

#[test]
fn a_body_that_is_no_form_has_no_fields() {
    let emulator = machine(Host::WorkloadIdentity);
    let (path, form) = (path(&emulator), usual(&emulator));
    let ask = Ask::new("POST", &path).json(&form);
    let text = "The request body must contain the following parameter: 'grant_type'.";
    assert_refused(
        &exchanged(&emulator, &ask),
        400,
        "invalid_request",
        900_144,
        text,
    );
}

#[test]
fn another_grant_is_not_supported() {
    let emulator = machine(Host::WorkloadIdentity);
    let form = form(&emulator, "grant_type", Some("password"));
    let text = "The app requested an unsupported grant type 'password'.";
    assert_refused(
        &post(&emulator, &form),
        400,
        "unsupported_grant_type",
        70_003,
        text,
    );
}

#[test]
fn the_scope_must_end_in_default_and_its_resource_be_known() {
    let emulator = machine(Host::WorkloadIdentity);
    let text = "The provided value for scope https://vault.localhost is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).";
    let reply = post(
        &emulator,
        &form(&emulator, "scope", Some("https://vault.localhost")),
    );
    assert_refused(&reply, 400, "invalid_scope", 1_002_012, text);
    let text =
        "The resource principal named https://nowhere.example was not found in the tenant named ";
    let reply = post(
        &emulator,
        &form(&emulator, "scope", Some("https://nowhere.example/.default")),
    );
    assert_refused(&reply, 400, "invalid_resource", 500_011, text);
}

#[test]
fn an_unknown_application_is_not_found() {
    let emulator = machine(Host::WorkloadIdentity);
    let text = "Application with identifier 'somebody' was not found in the directory '";
    let reply = post(&emulator, &form(&emulator, "client_id", Some("somebody")));
    assert_refused(&reply, 400, "unauthorized_client", 700_016, text);
}

#[test]
fn a_client_id_of_the_callers_selects() {
    let (emulator, one, _) = machine_with_two(Host::WorkloadIdentity);
    let reply = post(
        &emulator,
        &form(&emulator, "client_id", Some(&one.client_id)),
    );
    assert_eq!(object_id(&reply), one.object_id);
}

#[test]
fn an_unknown_tenant_is_not_found() {
    let emulator = machine(Host::WorkloadIdentity);
    let form = usual(&emulator);
    let ask = Ask::new("POST", "/contoso.example/oauth2/v2.0/token").form(&form);
    let text =
        "Tenant 'contoso.example' not found. Check to make sure you have the correct tenant ID";
    assert_refused(
        &exchanged(&emulator, &ask),
        400,
        "invalid_request",
        90_002,
        text,
    );
}

#[test]
fn a_get_is_refused_and_a_doubled_slash_not_found() {
    let emulator = machine(Host::WorkloadIdentity);
    let path = path(&emulator);
    let text = "The endpoint only accepts POST requests. Received a GET request.";
    assert_refused(
        &exchanged(&emulator, &Ask::get(&path)),
        400,
        "invalid_request",
        900_561,
        text,
    );
    let doubled = format!("/{path}");
    assert_eq!(
        exchanged(&emulator, &Ask::new("POST", &doubled)).status,
        404
    );
}

#[test]
fn without_an_annotation_the_environment_names_no_client() {
    let builder = Emulator::builder().host(Host::WorkloadIdentity);
    let emulator = start(
        builder
            .system_assigned(false)
            .user_assigned(UserAssigned::random("one")),
    );
    assert_eq!(
        names(&emulator),
        [
            "AZURE_AUTHORITY_HOST",
            "AZURE_FEDERATED_TOKEN_FILE",
            "AZURE_TENANT_ID"
        ]
    );
}

struct Proxy {
    emulator: Emulator,
    address: std::net::SocketAddr,
    name: String,
    ca_pem: String,
    path: String,
}

fn proxy() -> Proxy {
    let builder = Emulator::builder().host(Host::WorkloadIdentity);
    let emulator = start(builder.token_proxy(true));
    let get = |name| variable(&emulator, name).expect("a variable");
    let url = get("AZURE_KUBERNETES_TOKEN_PROXY");
    let rest = url.strip_prefix("https://localhost:").expect("a URL");
    let (port, path) = rest.split_once('/').expect("a path");
    Proxy {
        address: ([127, 0, 0, 1], port.parse().expect("a port")).into(),
        name: get("AZURE_KUBERNETES_SNI_NAME"),
        ca_pem: fs::read_to_string(get("AZURE_KUBERNETES_CA_FILE")).expect("a file"),
        path: format!("/{path}"),
        emulator,
    }
}

#[test]
fn the_token_proxy_passes_on_what_comes_under_its_path() {
    let proxy = proxy();
    let config = client_config(&proxy.ca_pem, rustls::ALL_VERSIONS);
    let form = usual(&proxy.emulator);
    for (prefix, status) in [(proxy.path.as_str(), 200), ("", 404)] {
        let target = format!("{prefix}{}", path(&proxy.emulator));
        let ask = Ask::new("POST", &target).form(&form);
        let mut stream =
            handshake(config.clone(), proxy.address, &proxy.name).expect("a handshake");
        let reply = exchange(&mut stream, "localhost", &ask).expect("an answer");
        assert_eq!(reply.status, status, "{prefix}");
    }
    assert_eq!(proxy.emulator.log()[0].body, form);
}

#[test]
fn the_token_proxy_answers_to_its_name_alone() {
    let proxy = proxy();
    let config = client_config(&proxy.ca_pem, rustls::ALL_VERSIONS);
    for name in ["localhost", "127.0.0.1", "other.ests.aks"] {
        handshake(config.clone(), proxy.address, name).expect_err(name);
    }
    assert_eq!(proxy.emulator.requests().token, 0);
}

#[test]
fn the_token_proxy_has_an_authority_of_its_own() {
    let proxy = proxy();
    let config = client_config(proxy.emulator.ca_pem(), rustls::ALL_VERSIONS);
    handshake(config, proxy.address, &proxy.name).expect_err("not of the vault's authority");
    let config = client_config(&proxy.ca_pem, rustls::ALL_VERSIONS);
    let address = proxy.emulator.token_address();
    handshake(config, address, "localhost").expect_err("not of the proxy's authority");
}

#[test]
fn the_directory_itself_does_not_know_the_proxys_path() {
    let proxy = proxy();
    let target = format!("{}{}", proxy.path, path(&proxy.emulator));
    let reply = exchanged(&proxy.emulator, &Ask::new("POST", &target));
    assert_eq!(reply.status, 404);
}

const CLAIMS: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#;

fn vault_status(emulator: &Emulator, reply: &Reply) -> u16 {
    let body = reply.json();
    let token = body["access_token"].as_str().expect("a token");
    let ask = Ask::get("/secrets?api-version=7.4").bearer(token);
    Vault::new(emulator).ask(&ask).status
}

#[test]
fn demanded_claims_have_to_be_asked_for() {
    let emulator = machine(Host::WorkloadIdentity);
    let usual = usual(&emulator);
    assert_eq!(vault_status(&emulator, &post(&emulator, &usual)), 200);
    emulator.demand_claims(CLAIMS);
    let encoded: String = form_urlencoded::byte_serialize(CLAIMS.as_bytes()).collect();
    for (claims, status) in [
        (String::new(), 401),
        ("&claims=%7B%7D".to_owned(), 401),
        (format!("&claims={encoded}"), 200),
        // The directory remembers the token that was made for them.
        (String::new(), 200),
    ] {
        let reply = post(&emulator, &format!("{usual}{claims}"));
        assert_eq!(vault_status(&emulator, &reply), status, "{claims}");
    }
}

#[test]
fn claims_that_nobody_demands_give_a_new_token() {
    let emulator = machine(Host::WorkloadIdentity);
    let usual = usual(&emulator);
    let first = post(&emulator, &usual);
    let second = post(&emulator, &format!("{usual}&claims=%7B%7D"));
    assert_ne!(first.json()["access_token"], second.json()["access_token"]);
    assert_eq!(vault_status(&emulator, &second), 200);
}

#[test]
fn after_a_move_the_directory_answers_under_both_names_with_tokens_of_the_new_tenant() {
    let emulator = machine(Host::WorkloadIdentity);
    let usual = usual(&emulator);
    let before = path(&emulator);
    emulator.move_tenant();
    assert_ne!(path(&emulator), before);
    for path in [before, path(&emulator)] {
        let reply = exchanged(&emulator, &Ask::new("POST", &path).form(&usual));
        assert_eq!(vault_status(&emulator, &reply), 200, "{path}");
    }
}
