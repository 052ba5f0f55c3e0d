//! What is wrong with the way to the vault, or with what answers there.

use doorkey::clock::Clock;
use doorkey::{Call, Status};
use doorkey_emulator::{Fault, dead_port};

use super::*;

fn no_answer<'a>(status: Status, says: &'a str, fixes: &'a [&'a str]) -> Verdict<'a> {
    Verdict {
        status,
        http: None,
        code: None,
        inner: None,
        says,
        fixes,
    }
}

/// A client to which `demo.vault.azure.net` is another address, or nothing.
fn dialling(emulator: &Emulator, address: Option<std::net::SocketAddr>, ca: &str) -> Client {
    let pairs = [("DOORKEY_VAULT_SUFFIX", ""), ("DOORKEY_CA_FILE", ca)];
    let options = ClientOptions {
        environment: environment(emulator, &pairs),
        access_token: Some(Arc::new(Sensitive::new(b"opaque"))),
        dial: vec![("demo.vault.azure.net".to_owned(), address)],
        retries_max: Some(0),
        ..options(emulator)
    };
    Client::new(options).unwrap()
}

#[test]
fn a_vault_whose_name_does_not_resolve_is_misspelt_missing_or_private() {
    let emulator = emulator();
    let error = failure(secret(&dialling(&emulator, None, "")));
    let fixes = ["does not exist", "misspelt", "private endpoint"];
    let says = "demo.vault.azure.net: the name does not resolve";
    assert_verdict(&error, &no_answer(Status::Dns, says, &fixes));
}

#[test]
fn a_vault_that_the_emulator_does_not_have_is_told_like_one_without_a_name() {
    let emulator = emulator();
    let error = failure(secret_in(&client(&emulator), "elsewhere"));
    let verdict = Verdict {
        status: Status::Rejected,
        http: Some(404),
        code: Some("VaultNotFound"),
        inner: None,
        says: "in Azure the name would not resolve",
        fixes: &["does not exist", "misspelt", "private endpoint"],
    };
    assert_verdict(&error, &verdict);
}

#[test]
fn a_port_that_refuses_is_a_network_that_does_not_let_through() {
    let emulator = emulator();
    let dead = dead_port().replace("http://", "").parse().unwrap();
    let error = failure(secret(&dialling(&emulator, Some(dead), "")));
    let says = "demo.vault.azure.net: no connection";
    let fixes = ["port 443", "HTTPS_PROXY"];
    assert_verdict(&error, &no_answer(Status::Network, says, &fixes));
}

#[test]
fn a_certificate_that_nobody_stands_for_may_be_an_inspecting_proxys() {
    let emulator = start(Emulator::builder().vault_suffix("vault.azure.net"));
    let client = dialling(&emulator, Some(emulator.vault_address()), "");
    let error = failure(secret(&client));
    let fixes = ["a proxy inspects TLS", "DOORKEY_CA_FILE"];
    let says = "demo.vault.azure.net: TLS failed";
    assert_verdict(&error, &no_answer(Status::Tls, says, &fixes));
}

#[test]
fn an_expired_certificate_makes_one_look_at_the_clock() {
    let emulator = start(Emulator::builder().expired_certificate());
    let error = failure(secret(&client(&emulator)));
    let fixes = ["check this machine's clock first", "renewed"];
    let verdict = no_answer(Status::Tls, "demo.vault.localhost: TLS failed", &fixes);
    assert_verdict(&error, &verdict);
}

#[test]
fn a_certificate_of_another_host_makes_one_look_at_the_name() {
    // That of `*.vault.localhost`, from an authority that is trusted.
    let emulator = emulator();
    let ca = emulator.ca_file().to_str().unwrap();
    let client = dialling(&emulator, Some(emulator.vault_address()), ca);
    let error = failure(secret(&client));
    let fixes = ["certificate for another name", "check the spelling", "DNS"];
    let says = "demo.vault.azure.net: TLS failed";
    assert_verdict(&error, &no_answer(Status::Tls, says, &fixes));
    assert_eq!(emulator.requests().vault, 0, "and it gets no token");
}

#[test]
fn a_connection_that_breaks_is_a_network_error() {
    let emulator = emulator();
    let clock = TestClock::new();
    emulator.fault(Fault::vault().always().drop_connection());
    let error = failure(secret(&client_on(&emulator, &clock)));
    let says = "demo.vault.localhost: the connection broke";
    assert_verdict(&error, &no_answer(Status::Network, says, &[]));
}

#[test]
fn a_service_that_fails_is_to_be_tried_again() {
    let emulator = emulator();
    for (http, code) in [
        (500, "InternalServerError"),
        (502, "InternalServerError"),
        (503, "ServiceUnavailable"),
        (504, "InternalServerError"),
    ] {
        let clock = TestClock::new();
        emulator.fault(Fault::vault().always().status(http));
        let error = failure(secret(&client_on(&emulator, &clock)));
        let verdict = Verdict {
            status: Status::ServiceUnavailable,
            http: Some(http),
            code: Some(code),
            inner: None,
            says: "HTTP ",
            fixes: &["the service failed; try again in a moment"],
        };
        assert_verdict(&error, &verdict);
        emulator.clear_faults();
    }
}

#[test]
fn a_page_is_somebody_elses_whatever_its_status() {
    let emulator = emulator();
    for http in [200, 400, 403, 404, 409] {
        let page = Fault::vault().status(http).content_type("text/html");
        emulator.fault(page.body("<html>blocked by policy</html>"));
        let error = failure(secret(&client(&emulator)));
        let verdict = Verdict {
            status: Status::Protocol,
            http: Some(http),
            code: None,
            inner: None,
            says: "HTTP ",
            fixes: &["something other than Key Vault", "intercepting proxy"],
        };
        assert_verdict(&error, &verdict);
        assert!(!format!("{error:?}").contains("blocked"), "{error}");
    }
}

#[test]
fn an_answer_that_is_cut_short_may_be_a_gateways() {
    let emulator = emulator();
    emulator.fault(Fault::vault().truncate_body(20));
    let error = failure(secret(&client(&emulator)));
    let fixes = ["something other than the service answered", "gateway"];
    let says = "the answer is not complete HTTP";
    assert_verdict(&error, &no_answer(Status::Protocol, says, &fixes));
}

#[test]
fn a_vault_that_is_silent_is_told_with_what_was_waited_for() {
    let emulator = emulator();
    let client = client(&emulator);
    // Warm, so that the short time meets the held request and nothing before it.
    secret(&client).unwrap();
    let _gate = emulator.hold(Fault::vault().always());
    let call = Call {
        timeout: Some(std::time::Duration::from_millis(300)),
        ..Call::default()
    };
    let operation = client.get_secret(VAULT, Some(NAME), None, &call);
    let error = failure(operation.unwrap().take());
    let says =
        format!("no answer within 300 ms while asking demo.vault.localhost for secret {NAME}");
    let fixes = ["allow more time"];
    assert_verdict(&error, &no_answer(Status::Timeout, &says, &fixes));
}

#[test]
fn every_failure_names_the_secret_and_its_vault() {
    let emulator = emulator();
    let clock = TestClock::new();
    let options = ClientOptions {
        clock: Clock::from_source(clock.clone()),
        retries_max: Some(0),
        ..options(&emulator)
    };
    let client = Client::new(options).unwrap();
    for fault in [
        Fault::vault().status(400),
        Fault::vault().status(403),
        Fault::vault().status(409),
        Fault::vault().status(429),
        Fault::vault().status(500),
        Fault::vault().status(302),
        Fault::vault().status(407),
        Fault::vault().status(200).body("{}"),
        Fault::vault().drop_connection(),
        Fault::vault().truncate_body(20),
    ] {
        emulator.fault(fault);
        let error = failure(secret(&client));
        let whom = format!("secret {NAME} in vault {VAULT}: ");
        assert!(error.message().starts_with(&whom), "{error}");
    }
}
