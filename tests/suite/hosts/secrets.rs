//! What a host gives to prove a right by: in no message, log line, URL, and with nobody else. And that
//! no proxy, redirect or other endpoint ever comes in between.

use std::collections::HashMap;
use std::fmt::Write;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};

use doorkey::{Client, ClientOptions, Environment, Error, Identity, Status};
use doorkey_emulator::{Emulator, Endpoint, Fault, Host};

use super::*;
use crate::common::*;
use crate::logs;

/// Everything that proves a right on this machine.
fn proofs(emulator: &Emulator) -> Vec<String> {
    let mut proofs: Vec<_> = emulator.secret_header().into_iter().collect();
    match emulator.host() {
        Host::Arc => proofs.extend(emulator.arc_keys()),
        // Its parts: a signature alone is as bad.
        Host::WorkloadIdentity => {
            proofs.extend(emulator.assertion().split('.').skip(1).map(str::to_owned));
        }
        _ => {}
    }
    proofs
}

/// A machine whose header nobody could have guessed, where every cluster has the same one.
fn machine_with_secret(host: Host) -> Emulator {
    let emulator = machine(host);
    if host == Host::ArcKubernetes {
        emulator.rotate_secret_header().unwrap();
    }
    emulator
}

fn everything(error: &Error) -> String {
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

fn assert_none_in(text: &str, emulator: &Emulator, whose: &str) {
    for proof in proofs(emulator) {
        assert!(
            !text.contains(&proof),
            "{} of {whose}: {text}",
            emulator.host().name()
        );
    }
}

#[test]
fn a_host_that_repeats_the_request_gets_no_proof_into_an_error() {
    for host in Host::ALL {
        for (status, kind) in [
            (400, "application/json"),
            (401, "application/json"),
            (403, "text/plain"),
            (503, "application/json"),
        ] {
            let emulator = machine_with_secret(host);
            let skip = u64::from(host == Host::Arc);
            let echo = Fault::token().always().skip(skip).status(status);
            emulator.fault(echo.content_type(kind).echo_request_headers());
            let error = failure(token(&patient_client_in(&emulator, &[])));
            assert_eq!(error.http_status(), Some(status), "{error}");
            assert_none_in(&everything(&error), &emulator, "an error");
        }
    }
}

#[test]
fn a_directory_that_repeats_the_form_gets_no_assertion_into_an_error() {
    let emulator = machine(Host::WorkloadIdentity);
    let assertion = emulator.assertion();
    for body in [
        format!(r#"{{"error":"{assertion}","error_description":"a {assertion} b"}}"#),
        format!(r#"{{"error":"x","error_description":"{assertion}{assertion}"}}"#),
        format!(r#"{{"error":"x","trace_id":"{assertion}","correlation_id":"{assertion}"}}"#),
    ] {
        let fault = Fault::token().status(400).body(body);
        emulator.fault(fault.header("x-ms-request-id", &assertion));
        let error = failure(forced_token(&client(&emulator)));
        assert_none_in(&everything(&error), &emulator, "an error");
    }
}

#[test]
fn an_agent_that_repeats_the_key_gets_it_into_no_error() {
    let emulator = machine(Host::Arc);
    std::fs::write(emulator.arc_tokens().join("mine.key"), "S3NT1NEL-key").unwrap();
    let challenge = Fault::token().status(401);
    emulator.fault(challenge.header("WWW-Authenticate", "Basic realm=/x/mine.key"));
    let body = r#"{"error":"S3NT1NEL-key","error_description":"not S3NT1NEL-key"}"#;
    emulator.fault(Fault::token().status(400).body(body));
    let error = failure(token(&client(&emulator)));
    std::fs::remove_file(emulator.arc_tokens().join("mine.key")).unwrap();
    assert_eq!(error.http_status(), Some(400), "{error}");
    assert!(!everything(&error).contains("S3NT1NEL"), "{error:?}");
}

#[test]
fn no_proof_and_no_token_is_in_debug_output() {
    for host in Host::ALL {
        let emulator = machine_with_secret(host);
        let options = options_for(&emulator, Identity::Default, &[]);
        let client = Client::new(options.clone()).unwrap();
        let operation = client.get_token(VAULT_AUDIENCE, &doorkey::Call::default());
        let operation = operation.unwrap();
        operation.wait(None).unwrap();
        let mut text = format!("{options:?} {options:#?} {client:?} {operation:?}");
        let token = operation.take().unwrap();
        write!(text, "{token:?} {token:#?}").unwrap();
        assert_none_in(&text, &emulator, "debug output");
        assert!(!text.contains(token.value().as_str().unwrap()));
    }
}

#[test]
fn no_proof_and_no_token_is_in_a_log_line() {
    logs::listen();
    let mut secret_texts = Vec::new();
    for host in Host::ALL {
        let emulator = machine_with_secret(host);
        let client = patient_client_in(&emulator, &[]);
        emulator.fault(Fault::token().status(503).echo_request_headers());
        let token = token(&client).unwrap();
        secret(&client).unwrap();
        let jwt = token.value().as_str().unwrap();
        // Every token begins alike.
        secret_texts.extend(jwt.split('.').skip(1).map(str::to_owned));
        secret_texts.extend(proofs(&emulator));
        let said = logs::heard().clone();
        assert!(said.contains(&format!("source=\"{}\"", host.source())));
    }
    let said = logs::heard().clone();
    for text in secret_texts {
        assert!(!said.contains(&text), "{text}");
    }
}

#[test]
fn a_proof_is_in_its_own_place_of_its_own_requests_only() {
    for host in Host::ALL {
        let emulator = machine_with_secret(host);
        let client = client_as(&emulator, Identity::Default);
        secret(&client).unwrap();
        secret(&client).unwrap();
        let proofs = proofs(&emulator);
        for request in emulator.log() {
            assert!(!proofs.iter().any(|proof| request.target.contains(proof)));
            if request.endpoint == Endpoint::Vault {
                assert_none_in(&format!("{request:?}"), &emulator, "a vault's request");
            }
        }
        let sent = format!("{:?}", asked(&emulator));
        for proof in &proofs {
            assert!(sent.contains(proof), "{}", host.name());
        }
    }
}

#[test]
fn a_redirect_is_not_followed_on_any_host() {
    for host in Host::ALL {
        for status in [301, 302, 303, 307, 308] {
            let emulator = machine_with_secret(host);
            let elsewhere = machine(Host::Imds);
            let location = format!("{}/metadata/identity/oauth2/token", elsewhere.imds_url());
            let skip = u64::from(host == Host::Arc);
            let fault = Fault::token().always().skip(skip).status(status);
            let fault = fault.header("Location", &location);
            emulator.fault(fault.header("Server", "IMDS/150.870.65.1854"));
            let error = failure(token(&client_as(&emulator, Identity::Default)));
            assert_says(&error, Status::Protocol, status, "redirect");
            assert_eq!(emulator.requests().token, 1 + skip, "not tried again");
            assert_eq!(elsewhere.requests().connections_imds, 0);
        }
    }
}

/// A machine's variables that change under a client, as the platform does it.
fn changing(emulator: &Emulator) -> (Arc<Mutex<HashMap<String, String>>>, Client) {
    let values: HashMap<_, _> = variables(emulator).into_iter().collect();
    let values = Arc::new(Mutex::new(values));
    let read = Arc::clone(&values);
    let client = Client::new(ClientOptions {
        environment: Environment::from_lookup(move |name| read.lock().unwrap().get(name).cloned()),
        ..options_for(emulator, Identity::Default, &[])
    });
    (values, client.unwrap())
}

#[test]
fn a_header_that_the_platform_has_changed_is_read_anew() {
    for host in Host::ALL {
        let emulator = machine(host);
        let Some(old) = emulator.secret_header() else {
            continue;
        };
        let (values, client) = changing(&emulator);
        token(&client).unwrap();
        let new = emulator.rotate_secret_header().unwrap();
        // The cached token is as good as before.
        token(&client).unwrap();
        let error = failure(forced_token(&client));
        let refused = [Status::IdentityRefused, Status::IdentityNotFound];
        assert!(
            refused.contains(&error.status()),
            "{}: {error}",
            host.name()
        );
        *values.lock().unwrap() = variables(&emulator).into_iter().collect();
        forced_token(&client).unwrap();
        let last = format!("{:?}", asked(&emulator).pop().unwrap());
        assert!(
            last.contains(&new) && !last.contains(&old),
            "{}",
            host.name()
        );
    }
}

#[test]
fn a_machine_that_has_become_another_is_asked_by_its_own_rules() {
    let (before, after) = (machine(Host::AppService), machine(Host::Imds));
    let (values, client) = changing(&before);
    token(&client).unwrap();
    *values.lock().unwrap() = variables(&after).into_iter().collect();
    assert_eq!(
        forced_token(&client).unwrap().source(),
        doorkey::Source::Imds
    );
    assert_none_in(&format!("{:?}", after.log()), &before, "another host");
}

/// A listener in the place of a proxy.
fn trap() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

fn assert_untouched(trap: &TcpListener, what: &str) {
    let error = trap.accept().expect_err(what);
    assert_eq!(error.kind(), ErrorKind::WouldBlock, "{what}");
}

/// Every host that is on this machine or link.
fn local() -> impl Iterator<Item = Host> {
    let hosts = Host::ALL.into_iter();
    hosts.filter(|host| *host != Host::WorkloadIdentity)
}

#[test]
fn no_local_host_is_asked_through_a_proxy_of_the_clients_environment() {
    let (trap, url) = trap();
    let names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    let lower = names.map(str::to_lowercase);
    let all = names.into_iter().chain(lower.iter().map(String::as_str));
    let more: Vec<_> = all.map(|name| (name, url.as_str())).collect();
    for host in local() {
        let emulator = machine(host);
        token(&client_in(&emulator, &more)).unwrap();
        assert_untouched(&trap, host.name());
    }
}

#[test]
fn no_local_host_is_asked_through_a_proxy_of_the_process() {
    const ROLE: &str = "DOORKEY_SUITE_BEHIND_A_PROXY";
    if std::env::var_os(ROLE).is_some() {
        for host in local() {
            token(&client_in(&machine(host), &[])).unwrap();
        }
        return;
    }
    // Its environment must not change while other tests run, so that another process is needed.
    let (trap, url) = trap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    let name = "hosts::secrets::no_local_host_is_asked_through_a_proxy_of_the_process";
    child.args(["--exact", name]).env(ROLE, "1");
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        child.env(name, &url).env(name.to_lowercase(), &url);
    }
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    assert_untouched(&trap, "the process's proxy");
}

#[test]
fn an_https_endpoint_of_this_machine_is_not_asked_through_a_proxy_either() {
    let emulator = machine(Host::AppService);
    let (trap, url) = trap();
    let granted = r#"{"access_token":"granted","expires_in":"3600"}"#;
    emulator.fault(Fault::vault().body(granted));
    let endpoint = emulator.vault_url("token");
    let more = [
        ("IDENTITY_ENDPOINT", endpoint.as_str()),
        ("HTTPS_PROXY", &url),
        ("ALL_PROXY", &url),
    ];
    token(&client_in(&emulator, &more)).unwrap();
    assert_untouched(&trap, "https");
}

#[test]
fn an_http_endpoint_needs_no_roots() {
    let missing = temporary_folder();
    let missing = missing.to_str().unwrap();
    for host in local() {
        let emulator = machine(host);
        let more = [
            ("DOORKEY_CA_FILE", missing),
            ("SSL_CERT_FILE", missing),
            ("SSL_CERT_DIR", missing),
        ];
        token(&client_in(&emulator, &more)).unwrap_or_else(|e| panic!("{}: {e:?}", host.name()));
    }
}
