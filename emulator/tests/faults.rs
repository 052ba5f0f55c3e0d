//! Faults, gates and counters, as a test of Doorkey uses them.

mod common;

use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::{Ask, Reply, TOKEN_TARGET, Vault, assert_inner, exchange, imds, token_for, try_imds};
use doorkey_emulator::{Denied, Emulator, Fault};

const GET: &str = "/secrets/MyTestSecret?api-version=7.4";

fn emulator() -> Emulator {
    Emulator::builder()
        .secret("MyTestSecret", "p@ssw0rd!")
        .start()
        .expect("an emulator")
}

fn token_ask() -> Ask<'static> {
    Ask::get(TOKEN_TARGET).header("Metadata", "true")
}

fn secret(emulator: &Emulator) -> Reply {
    Vault::new(emulator).get(GET)
}

#[test]
fn a_status_comes_with_the_service_s_own_body() {
    let emulator = emulator();
    for (status, code) in [
        (429, "Throttled"),
        (503, "ServiceUnavailable"),
        (500, "InternalServerError"),
        (409, "Conflict"),
    ] {
        emulator.fault(Fault::vault().status(status));
        let reply = secret(&emulator);
        assert_eq!(reply.status, status);
        assert_eq!(reply.json()["error"]["code"], code);
        assert!(reply.header("x-ms-request-id").is_some());
    }
    for status in [404, 410, 429, 500] {
        emulator.fault(Fault::token().status(status));
        let reply = imds(&emulator, &token_ask());
        assert_eq!(reply.status, status);
        assert!(reply.json()["error"].is_string());
        assert!(reply.header("Server").is_some());
    }
}

#[test]
fn after_the_fault_everything_is_as_before() {
    let emulator = emulator();
    emulator.fault(Fault::vault().status(503).times(2));
    let statuses = [(); 3].map(|()| secret(&emulator).status);
    assert_eq!(statuses, [503, 503, 200]);
    emulator.fault(Fault::vault().status(503).always());
    assert_eq!(secret(&emulator).status, 503);
    emulator.clear_faults();
    assert_eq!(secret(&emulator).status, 200);
}

#[test]
fn a_header_is_added_to_the_genuine_answer_too() {
    let emulator = emulator();
    emulator.fault(Fault::vault().header("Retry-After", "1"));
    let reply = secret(&emulator);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("Retry-After"), Some("1"));
}

#[test]
fn a_body_of_any_kind_can_be_sent() {
    let emulator = emulator();
    emulator.fault(
        Fault::token()
            .status(502)
            .content_type("text/html")
            .body("<html>no</html>"),
    );
    let reply = imds(&emulator, &token_ask());
    assert_eq!(reply.status, 502);
    assert_eq!(reply.header("Content-Type"), Some("text/html"));
    assert_eq!(reply.text(), "<html>no</html>");
}

#[test]
fn somebody_else_s_metadata_service_has_no_server_header() {
    let emulator = emulator();
    emulator.fault(Fault::token().status(404).without_server_header());
    assert_eq!(imds(&emulator, &token_ask()).header("Server"), None);
    emulator.fault(Fault::token().header("Server", "Microsoft-IIS/10.0"));
    let reply = imds(&emulator, &token_ask());
    assert_eq!(reply.header("Server"), Some("Microsoft-IIS/10.0"));
    let servers = reply.headers.iter().filter(|(name, _)| name == "Server");
    assert_eq!(servers.count(), 1);
}

#[test]
fn each_kind_of_403_can_be_had() {
    let emulator = emulator();
    for (reason, code) in [
        (Denied::Rbac, "ForbiddenByRbac"),
        (Denied::AccessPolicy, "AccessDenied"),
        (Denied::Firewall, "ForbiddenByFirewall"),
        (Denied::NetworkPerimeter, "ForbiddenByFirewall"),
        (Denied::PrivateLink, "ForbiddenByConnection"),
    ] {
        emulator.fault(Fault::vault().denied(reason));
        let reply = secret(&emulator);
        assert_eq!(reply.status, 403);
        assert_eq!(reply.json()["error"]["innererror"]["code"], code);
    }
}

#[test]
fn a_challenge_of_any_kind_can_be_sent_even_to_a_good_token() {
    let emulator = emulator();
    let challenge =
        r#"Bearer authorization="https://evil.example", resource="https://management.azure.com""#;
    emulator.fault(Fault::vault().challenge(challenge));
    let reply = secret(&emulator);
    assert_eq!(reply.status, 401);
    assert_eq!(reply.header("WWW-Authenticate"), Some(challenge));
}

#[test]
fn the_request_s_headers_can_be_echoed() {
    let emulator = emulator();
    let token = token_for(&emulator, &emulator.audience());
    let vault = Vault::new(&emulator);
    emulator.fault(Fault::vault().echo_request_headers());
    let reply = vault.ask(&Ask::get(GET).bearer(&token));
    assert_eq!(reply.status, 400);
    let message = &reply.json()["error"]["message"];
    let line = format!("authorization: Bearer {token}");
    assert!(message.as_str().expect("a text").contains(&line));
    emulator.fault(
        Fault::vault()
            .echo_request_headers()
            .status(502)
            .content_type("text/html"),
    );
    let reply = vault.ask(&Ask::get(GET).bearer(&token));
    assert_eq!(reply.status, 502);
    assert!(reply.text().contains(&line));
}

#[test]
fn a_dropped_connection_has_no_answer_and_nothing_is_done() {
    let emulator = emulator();
    emulator.fault(Fault::token().drop_connection());
    let error = try_imds(&emulator, &token_ask()).expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);

    let token = token_for(&emulator, &emulator.audience());
    emulator.fault(Fault::vault().drop_connection());
    let ask = Ask::new("PUT", "/secrets/new?api-version=7.4").json(r#"{"value":"v"}"#);
    let vault = Vault::new(&emulator);
    vault.try_ask(&ask.bearer(&token)).expect_err("no answer");
    assert_eq!(emulator.log().last().map(|record| record.status), Some(0));
    assert_eq!(vault.get("/secrets/new?api-version=7.4").status, 404);
}

#[test]
fn a_write_can_be_done_and_its_answer_lost() {
    let emulator = emulator();
    let token = token_for(&emulator, &emulator.audience());
    let vault = Vault::new(&emulator);
    let put = || {
        let ask = Ask::new("PUT", "/secrets/new?api-version=7.4").json(r#"{"value":"v"}"#);
        vault.try_ask(&ask.bearer(&token))
    };
    emulator.fault(Fault::vault().after_effect().drop_connection());
    put().expect_err("no answer");
    let stored = |count| emulator.stored(None, "new").map(|all| all.len()) == Some(count);
    assert!(stored(1));
    assert_eq!(emulator.log().last().map(|record| record.status), Some(0));
    emulator.fault(Fault::vault().after_effect().status(503));
    assert_eq!(put().expect("an answer").status, 503);
    assert!(stored(2));
    emulator.fault(Fault::vault().after_effect().header("x-late", "1"));
    let reply = put().expect("an answer");
    assert_eq!((reply.status, reply.header("x-late")), (200, Some("1")));
    assert!(stored(3), "it is done once");
}

#[test]
fn a_write_that_is_held_after_its_effect_is_done_before_the_gate() {
    let emulator = emulator();
    let gate = emulator.hold(Fault::vault().after_effect());
    let token = token_for(&emulator, &emulator.audience());
    std::thread::scope(|scope| {
        let vault = Vault::new(&emulator);
        let put = scope.spawn(move || {
            let ask = Ask::new("PUT", "/secrets/new?api-version=7.4").json(r#"{"value":"v"}"#);
            vault.ask(&ask.bearer(&token)).status
        });
        gate.wait_for(1);
        assert!(emulator.stored(None, "new").is_some());
        gate.release();
        assert_eq!(put.join().expect("an answer"), 200);
    });
}

#[test]
fn a_fault_can_be_for_one_method_alone() {
    let emulator = emulator();
    let vault = Vault::new(&emulator);
    emulator.fault(Fault::vault().method("DELETE").status(503));
    assert_eq!(vault.get(GET).status, 200);
    assert_eq!(vault.send("DELETE", "/secrets/MyTestSecret").status, 503);
    assert_eq!(vault.send("DELETE", "/secrets/MyTestSecret").status, 200);
}

#[test]
fn an_inner_code_comes_with_the_service_s_words() {
    let emulator = emulator();
    for (status, code, inner, message) in [
        (
            409,
            "Conflict",
            "ObjectIsBeingDeleted",
            "Secret is currently being deleted.",
        ),
        (
            409,
            "Conflict",
            "ObjectIsDeletedButRecoverable",
            "Secret MyTestSecret is currently in a deleted but recoverable state",
        ),
        (
            409,
            "Conflict",
            "ObjectIsBeingRecovered",
            "Secret MyTestSecret is currently being recovered",
        ),
        (
            403,
            "Forbidden",
            "SecretDisabled",
            "Operation get is not allowed on a disabled secret.",
        ),
        (403, "Forbidden", "SomethingNew", ""),
        (503, "ServiceUnavailable", "SomethingNew", ""),
    ] {
        emulator.fault(Fault::vault().status(status).inner_code(inner));
        assert_inner(&secret(&emulator), status, code, inner, message);
    }
}

#[test]
fn a_truncated_body_breaks_off_where_it_was_told_to() {
    let emulator = emulator();
    for bytes in [0, 1, 20] {
        emulator.fault(Fault::vault().truncate_body(bytes));
        let reply = secret(&emulator);
        assert_eq!(reply.status, 200);
        assert_eq!(reply.body.len(), bytes);
        assert!(!reply.complete);
        emulator.fault(Fault::token().truncate_body(bytes));
        let reply = imds(&emulator, &token_ask());
        assert_eq!((reply.body.len(), reply.complete), (bytes, false));
    }
}

#[test]
fn a_body_can_come_drop_by_drop() {
    let emulator = emulator();
    emulator.fault(Fault::vault().slow_drip(50, Duration::from_millis(5)));
    let started = Instant::now();
    let reply = secret(&emulator);
    assert!(reply.complete);
    assert_eq!(reply.json()["value"], "p@ssw0rd!");
    let pauses = (reply.body.len() as u64).div_ceil(50) - 1;
    assert!(started.elapsed() >= Duration::from_millis(5 * pauses));
}

#[test]
fn a_body_can_come_in_chunks_without_a_length() {
    let emulator = emulator();
    emulator.fault(Fault::vault().chunked());
    let reply = secret(&emulator);
    assert_eq!(reply.header("Transfer-Encoding"), Some("chunked"));
    assert_eq!(reply.header("Content-Length"), None);
    assert_eq!(reply.json()["value"], "p@ssw0rd!");
    emulator.fault(Fault::vault().chunked().truncate_body(10));
    let reply = secret(&emulator);
    assert_eq!((reply.body.len(), reply.complete), (10, false));
}

#[test]
fn an_oversized_body_is_as_long_as_asked() {
    let emulator = emulator();
    emulator.fault(Fault::vault().oversized(5_000_000));
    let reply = secret(&emulator);
    assert_eq!((reply.status, reply.body.len()), (200, 5_000_000));
    emulator.fault(Fault::token().oversized(300_000).chunked());
    let reply = imds(&emulator, &token_ask());
    assert_eq!((reply.status, reply.body.len()), (200, 300_000));
}

#[test]
fn a_delay_delays() {
    let emulator = emulator();
    emulator.fault(Fault::token().delay(Duration::from_millis(30)));
    let started = Instant::now();
    assert_eq!(imds(&emulator, &token_ask()).status, 200);
    assert!(started.elapsed() >= Duration::from_millis(30));
}

#[test]
fn held_requests_wait_for_the_gate() {
    let emulator = emulator();
    let gate = emulator.hold(Fault::token().always());
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| imds(&emulator, &token_ask()).status))
            .collect();
        gate.wait_for(3);
        assert_eq!(emulator.requests().token_at_once, 3);
        let unanswered = emulator.log().iter().all(|record| record.status == 0);
        assert!(unanswered);
        gate.release();
        for status in asked {
            assert_eq!(status.join().expect("an answer"), 200);
        }
    });
    assert_eq!(imds(&emulator, &token_ask()).status, 200, "it stays open");
}

#[test]
fn behind_the_gate_the_rest_of_the_fault_happens() {
    let emulator = emulator();
    let gate = emulator.hold(Fault::token().status(500));
    gate.release();
    assert_eq!(imds(&emulator, &token_ask()).status, 500);
}

#[test]
fn a_client_that_gives_up_while_held_is_noticed() {
    let emulator = emulator();
    let gate = emulator.hold(Fault::vault());
    let token = token_for(&emulator, &emulator.audience());
    std::thread::scope(|scope| {
        let vault = Vault::new(&emulator);
        let mut stream = vault.open();
        let socket: TcpStream = stream.sock.try_clone().expect("a socket");
        scope.spawn(move || exchange(&mut stream, &vault.host, &Ask::get(GET).bearer(&token)));
        gate.wait_for(1);
        socket
            .shutdown(std::net::Shutdown::Both)
            .expect("a shutdown");
        gate.wait_for_abandoned(1);
    });
    assert_eq!(gate.held(), 0);
}

#[test]
fn connections_handshakes_and_requests_are_counted() {
    let emulator = emulator();
    let before = emulator.requests();
    assert_eq!((before.token, before.connections_vault), (0, 0));
    let vault = Vault::new(&emulator);
    let token = token_for(&emulator, &emulator.audience());
    let mut kept = vault.open();
    for _ in 0..3 {
        let ask = Ask::get(GET).bearer(&token);
        let reply = exchange(&mut kept, &vault.host, &ask).expect("an answer");
        assert_eq!(reply.status, 200);
    }
    let counters = emulator.requests();
    assert_eq!((counters.token, counters.connections_imds), (1, 1));
    assert_eq!((counters.vault, counters.connections_vault), (3, 1));
    assert_eq!((counters.tls_handshakes, counters.tls_failures), (1, 0));
    emulator.reset_requests();
    assert_eq!(emulator.requests().vault, 0);
    assert!(emulator.log().is_empty());
}

#[test]
fn the_log_shows_what_was_sent() {
    let emulator = emulator();
    imds(&emulator, &token_ask());
    let token = emulator.issue_token(&emulator.audience(), Duration::from_secs(60));
    Vault::new(&emulator).ask(&Ask::get(GET).bearer(&token));
    let log = emulator.log();
    assert_eq!(log[0].target, TOKEN_TARGET);
    assert_eq!(log[0].header("Metadata"), Some("true"));
    assert_eq!(log[1].target, GET);
    assert_eq!((log[1].method.as_str(), log[1].status), ("GET", 200));
    let authorization = format!("Bearer {token}");
    assert_eq!(log[1].header("Authorization"), Some(authorization.as_str()));
}

#[test]
fn dropping_the_emulator_closes_its_connections_and_removes_its_file() {
    use std::io::Read;
    let emulator = emulator();
    let folder = emulator.ca_file().parent().expect("a folder").to_owned();
    assert!(folder.exists());
    let gate = emulator.hold(Fault::token());
    let address = emulator.imds_address();
    let asked = std::thread::spawn(move || {
        let mut stream = common::connect(address);
        exchange(&mut stream, "127.0.0.1", &token_ask())
    });
    gate.wait_for(1);
    let mut idle = common::connect(address);
    drop(emulator);
    asked
        .join()
        .expect("a result")
        .expect_err("the connection is closed");
    let read = idle.read(&mut [0]);
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    TcpStream::connect(address).expect_err("nobody listens");
    assert!(!folder.exists());
}
