//! The control endpoint, as tests in C, C# and PowerShell use it.

mod common;

use common::{Ask, Reply, TOKEN_TARGET, Vault, connect, exchange, imds, try_imds};
use doorkey_emulator::{Emulator, Host};
use serde_json::{Value, json};

const GET: &str = "/secrets/MyTestSecret?api-version=7.4";

fn emulator() -> Emulator {
    Emulator::builder()
        .secret("MyTestSecret", "p@ssw0rd!")
        .control(true)
        .start()
        .expect("an emulator")
}

fn control(emulator: &Emulator, ask: &Ask<'_>) -> Reply {
    let url = emulator.control_url().expect("a control endpoint");
    let host = url.strip_prefix("http://").expect("an http URL");
    let address = host.parse().expect("an address");
    exchange(&mut connect(address), host, ask).expect("an answer")
}

fn get(emulator: &Emulator, target: &str) -> Value {
    let reply = control(emulator, &Ask::get(target));
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

fn post(emulator: &Emulator, target: &str, body: &Value) -> Value {
    let body = body.to_string();
    let reply = control(emulator, &Ask::new("POST", target).json(&body));
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

fn token_ask() -> Ask<'static> {
    Ask::get(TOKEN_TARGET).header("Metadata", "true")
}

#[test]
fn it_is_closed_unless_asked_for() {
    let emulator = Emulator::builder().start().expect("an emulator");
    assert_eq!(emulator.control_url(), None);
}

#[test]
fn counters_and_log_can_be_read_and_reset() {
    let emulator = emulator();
    Vault::new(&emulator).get(GET);
    let counters = get(&emulator, "/requests");
    assert_eq!(
        (&counters["token"], &counters["vault"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(counters["tls_handshakes"], 1);
    let log = get(&emulator, "/log");
    assert_eq!(log[0]["endpoint"], "token");
    assert_eq!(log[1]["target"], GET);
    assert_eq!(log[1]["status"], 200);
    post(&emulator, "/requests/reset", &json!({}));
    assert_eq!(get(&emulator, "/requests")["vault"], 0);
}

#[test]
fn a_fault_happens_once_when_no_number_is_given() {
    let emulator = emulator();
    let fault = json!({
        "endpoint": "vault",
        "status": 429,
        "headers": {"Retry-After": "1"},
        "body": "{}",
        "content_type": "application/json",
    });
    post(&emulator, "/fault", &fault);
    let vault = Vault::new(&emulator);
    let reply = vault.get(GET);
    assert_eq!((reply.status, reply.text().as_str()), (429, "{}"));
    assert_eq!(reply.header("Retry-After"), Some("1"));
    assert_eq!(vault.get(GET).status, 200);
}

#[test]
fn a_fault_happens_always_with_null_until_it_is_cleared() {
    let emulator = emulator();
    let fault = json!({"endpoint": "token", "status": 500, "times": null});
    post(&emulator, "/fault", &fault);
    for _ in 0..3 {
        assert_eq!(imds(&emulator, &token_ask()).status, 500);
    }
    post(&emulator, "/faults/clear", &json!({}));
    assert_eq!(imds(&emulator, &token_ask()).status, 200);
}

#[test]
fn every_part_of_a_fault_is_understood() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let try_fault = |fault: Value| {
        post(&emulator, "/fault", &fault);
        vault.get(GET)
    };
    let echo = try_fault(json!({"endpoint": "vault", "echo": true}));
    assert!(echo.text().contains("authorization: Bearer"));
    let cut = try_fault(json!({"endpoint": "vault", "truncate": 5}));
    assert_eq!((cut.body.len(), cut.complete), (5, false));
    let big = try_fault(json!({"endpoint": "vault", "oversized": 100_000}));
    assert_eq!(big.body.len(), 100_000);
    let chunked = try_fault(json!({"endpoint": "vault", "chunked": true}));
    assert_eq!(chunked.header("Transfer-Encoding"), Some("chunked"));
    let drip = try_fault(json!({"endpoint": "vault", "drip_bytes": 100, "drip_ms": 1}));
    assert!(drip.complete);
    let challenge = try_fault(json!({"endpoint": "vault", "challenge": "Bearer x=\"y\""}));
    assert_eq!(challenge.header("WWW-Authenticate"), Some("Bearer x=\"y\""));
    let denied = try_fault(json!({"endpoint": "vault", "denied": "firewall"}));
    assert_eq!(denied.status, 403);
    let skipped = try_fault(json!({"endpoint": "vault", "status": 500, "skip": 1}));
    assert_eq!((skipped.status, vault.get(GET).status), (200, 500));
    let elsewhere = json!({"endpoint": "vault", "status": 500, "target_contains": "other"});
    assert_eq!(try_fault(elsewhere).status, 200);
    let slow = json!({"endpoint": "token", "delay_ms": 1, "without_server_header": true});
    post(&emulator, "/fault", &slow);
    assert_eq!(imds(&emulator, &token_ask()).header("Server"), None);
    post(
        &emulator,
        "/fault",
        &json!({"endpoint": "token", "drop": true}),
    );
    try_imds(&emulator, &token_ask()).expect_err("no answer");
}

#[test]
fn a_hold_can_be_awaited_and_released_more_than_once() {
    let emulator = emulator();
    for _ in 0..2 {
        let hold = json!({"endpoint": "token", "hold": true, "times": 2});
        post(&emulator, "/fault", &hold);
        std::thread::scope(|scope| {
            let asked = [(); 2].map(|()| scope.spawn(|| imds(&emulator, &token_ask()).status));
            assert_eq!(get(&emulator, "/hold/wait?count=2"), json!({"held": 2}));
            post(&emulator, "/hold/release", &json!({}));
            for status in asked {
                assert_eq!(status.join().expect("an answer"), 200);
            }
        });
    }
}

#[test]
fn secrets_can_be_set_and_changed() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let secret = json!({
        "vault": "demo",
        "name": "new",
        "value": "v",
        "content_type": "text/plain",
        "tags": {"a": "b"},
        "exp": 5,
        "nbf": 4,
    });
    post(&emulator, "/secret", &secret);
    let body = vault.get("/secrets/new?api-version=7.4").json();
    assert_eq!(
        (&body["value"], &body["contentType"]),
        (&json!("v"), &json!("text/plain"))
    );
    assert_eq!(
        (&body["tags"]["a"], &body["attributes"]["exp"]),
        (&json!("b"), &json!(5))
    );
    post(
        &emulator,
        "/secret",
        &json!({"name": "new", "enabled": false}),
    );
    assert_eq!(vault.get("/secrets/new?api-version=7.4").status, 403);
    post(
        &emulator,
        "/secret",
        &json!({"name": "new", "enabled": true}),
    );
    let body = vault.get("/secrets/new?api-version=7.4").json();
    assert_eq!(body["contentType"], "text/plain", "what is not named stays");
}

#[test]
fn what_is_stored_can_be_read_with_its_ages() {
    let emulator = emulator();
    let secret = json!({
        "name": "aged",
        "value": "\u{1f511}\0",
        "created": 1_000,
        "enabled": false,
        "managed": true,
        "content_type": "text/plain",
        "tags": {"a": "b"},
        "exp": 5,
        "nbf": 4,
    });
    post(&emulator, "/secret", &secret);
    let stored = get(&emulator, "/secret?name=AGED");
    let id = stored["versions"][0]["id"].clone();
    let expected = json!({
        "name": "aged",
        "deleted": false,
        "versions": [{
            "id": id,
            "value": "\u{1f511}\0",
            "content_type": "text/plain",
            "enabled": false,
            "nbf": 4,
            "exp": 5,
            "tags": {"a": "b"},
            "managed": true,
            "created": 1_000,
            "updated": 1_000,
        }],
    });
    assert_eq!(stored, expected);
    let change = json!({"name": "aged", "version": id, "created": 2_000, "updated": 3_000});
    post(&emulator, "/secret", &change);
    let version = &get(&emulator, "/secret?vault=demo&name=aged")["versions"][0];
    assert_eq!(
        (&version["created"], &version["updated"]),
        (&json!(2_000), &json!(3_000))
    );
}

#[test]
fn the_names_of_live_and_deleted_secrets_can_be_read() {
    let emulator = emulator();
    post(
        &emulator,
        "/secret",
        &json!({"name": "other", "value": "v"}),
    );
    Vault::new(&emulator).send("DELETE", "/secrets/other");
    let expected = json!({"secrets": ["MyTestSecret"], "deleted": ["other"]});
    assert_eq!(get(&emulator, "/secrets"), expected);
    assert_eq!(get(&emulator, "/secret?name=other")["deleted"], true);
}

#[test]
fn deletions_can_be_made_to_take_a_while() {
    let emulator = emulator();
    post(&emulator, "/consistency", &json!({"lag": 1}));
    let vault = Vault::new(&emulator);
    vault.send("DELETE", "/secrets/MyTestSecret");
    let statuses = [(); 2].map(|()| vault.send("GET", "/deletedsecrets/MyTestSecret").status);
    assert_eq!(statuses, [404, 200]);
}

#[test]
fn a_permission_can_be_taken_and_given_back() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let deny = json!({"operation": "get", "reason": "network_perimeter"});
    post(&emulator, "/deny", &deny);
    assert_eq!(vault.get(GET).status, 403);
    post(
        &emulator,
        "/deny",
        &json!({"operation": "get", "reason": null}),
    );
    assert_eq!(vault.get(GET).status, 200);
}

#[test]
fn the_vaults_can_move_to_another_tenant() {
    let emulator = emulator();
    let moved = post(&emulator, "/tenant/move", &json!({}));
    assert_eq!(moved["tenant"], emulator.tenant());
}

#[test]
fn claims_can_be_demanded() {
    let emulator = emulator();
    let token = common::token_for(&emulator, &emulator.audience());
    let demand = json!({"claims": {"access_token": {}}, "encoding": "base64_url"});
    post(&emulator, "/claims", &demand);
    let reply = Vault::new(&emulator).ask(&Ask::get(GET).bearer(&token));
    let challenge = reply.header("WWW-Authenticate").expect("a challenge");
    assert!(
        challenge.ends_with("claims=\"eyJhY2Nlc3NfdG9rZW4iOnt9fQ\""),
        "{challenge}"
    );
}

#[test]
fn a_fault_s_body_need_not_be_text() {
    let emulator = emulator();
    let fault = json!({
        "endpoint": "vault",
        "headers": {"Content-Encoding": "gzip"},
        "body_base64": "H4sI/w==",
    });
    post(&emulator, "/fault", &fault);
    let reply = Vault::new(&emulator).get(GET);
    assert_eq!(reply.body, [0x1f, 0x8b, 0x08, 0xff]);
    assert_eq!(reply.header("Content-Encoding"), Some("gzip"));
}

#[test]
fn a_fault_can_be_for_a_method_with_an_inner_code_and_after_the_effect() {
    let emulator = emulator();
    let fault = json!({
        "endpoint": "vault",
        "method": "PUT",
        "status": 409,
        "inner_code": "ObjectIsBeingRecovered",
        "after_effect": true,
    });
    post(&emulator, "/fault", &fault);
    let vault = Vault::new(&emulator);
    assert_eq!(vault.get(GET).status, 200);
    let reply = vault.put("new", r#"{"value":"v"}"#);
    let inner = &reply.json()["error"]["innererror"]["code"];
    assert_eq!(
        (reply.status, inner),
        (409, &json!("ObjectIsBeingRecovered"))
    );
    assert!(emulator.stored(None, "new").is_some());
}

#[test]
fn tokens_can_be_issued_and_revoked() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    let issue = json!({"audience": "https://vault.localhost", "lifetime_s": 60});
    let issued = post(&emulator, "/tokens/issue", &issue);
    let token = issued["token"].as_str().expect("a token");
    assert_eq!(vault.ask(&Ask::get(GET).bearer(token)).status, 200);
    post(&emulator, "/tokens/revoke", &json!({}));
    assert_eq!(vault.ask(&Ask::get(GET).bearer(token)).status, 401);
}

#[test]
fn empty_pages_can_be_switched_on() {
    let emulator = emulator();
    post(&emulator, "/pages", &json!({"empty": true}));
    let body = Vault::new(&emulator).get("/secrets?api-version=7.4").json();
    assert_eq!(body["value"], json!([]));
    assert!(body["nextLink"].is_string());
}

#[test]
fn what_it_does_not_understand_is_refused() {
    let emulator = emulator();
    for (target, body) in [
        ("/nowhere", "{}"),
        ("/requests", "{}"),
        ("/fault", r#"{"endpoint":"elsewhere"}"#),
        ("/fault", r#"{"endpoint":"vault","sttaus":500}"#),
        ("/fault", "nonsense"),
        ("/secret", r#"{"name":"nobody","enabled":false}"#),
        ("/secret", r#"{"name":"a","value":"b","vault":"nobody"}"#),
        ("/fault", r#"{"endpoint":"vault","body_base64":"?"}"#),
        ("/deny", r#"{"operation":"sing","reason":"rbac"}"#),
        ("/claims", r#"{"claims":"text"}"#),
        ("/consistency", r#"{"lag":-1}"#),
    ] {
        let reply = control(&emulator, &Ask::new("POST", target).json(body));
        assert_eq!(reply.status, 400, "{target} {body}");
        assert!(reply.json()["error"].is_string());
    }
}

#[test]
fn it_answers_to_loopback_names_only() {
    let emulator = emulator();
    let url = emulator.control_url().expect("a control endpoint");
    let address = url.strip_prefix("http://").expect("an http URL");
    let address = address.parse().expect("an address");
    for (host, status) in [("localhost", 200), ("rebound.example", 400)] {
        let ask = Ask::get("/requests");
        let reply = exchange(&mut connect(address), host, &ask).expect("an answer");
        assert_eq!(reply.status, status, "{host}");
    }
}

#[test]
fn a_pods_assertion_can_be_replaced() {
    let builder = Emulator::builder().host(Host::WorkloadIdentity);
    let emulator = builder.control(true).start().expect("an emulator");
    let before = emulator.assertion();
    post(&emulator, "/assertion/rotate", &json!({}));
    let file = std::fs::read_to_string(emulator.assertion_file()).expect("a file");
    assert_ne!(file, before);
    assert_eq!(file, emulator.assertion());
}

#[test]
fn a_machine_without_an_assertion_says_so() {
    let emulator = emulator();
    let reply = control(&emulator, &Ask::new("POST", "/assertion/rotate"));
    assert_eq!(reply.status, 400);
    assert_eq!(reply.json()["error"], "this machine has no assertion");
}

#[test]
fn the_machines_own_secrets_can_be_read_and_rotated() {
    let builder = Emulator::builder().host(Host::AppService);
    let emulator = builder.control(true).start().expect("an emulator");
    let first = emulator.secret_header().expect("a secret");
    let secrets = get(&emulator, "/machine/secrets");
    let expected = json!({"secret_header": first, "arc_keys": [], "assertion": null});
    assert_eq!(secrets, expected);
    post(&emulator, "/secret-header/rotate", &json!({}));
    let second = get(&emulator, "/machine/secrets")["secret_header"].clone();
    assert_ne!(second, first);
    assert_eq!(second.as_str(), emulator.secret_header().as_deref());
}
