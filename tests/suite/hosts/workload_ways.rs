//! The ways of a workload identity's exchange: the public cloud's authority, a proxy, and a cluster's
//! own token endpoint with its own certificate.

use std::fs;

use doorkey::{Client, ClientOptions, Identity, Status};
use doorkey_emulator::{Emulator, Host, dead_port};

use super::*;
use crate::common::*;
use crate::proxy::{OPEN, Proxy};

const LOGIN: &str = "login.microsoftonline.com";
const NAME: &str = "AZURE_KUBERNETES_SNI_NAME";
const FILE: &str = "AZURE_KUBERNETES_CA_FILE";
const DATA: &str = "AZURE_KUBERNETES_CA_DATA";
const URL: &str = "AZURE_KUBERNETES_TOKEN_PROXY";

/// A pod whose directory has the public cloud's name.
fn public_cloud() -> Emulator {
    start(on(Host::WorkloadIdentity).vault_suffix("microsoftonline.com"))
}

/// A client whose way to the directory is led to `emulator`, or that cannot resolve any name.
fn far_client(emulator: &Emulator, leads: bool, more: &[(&str, &str)]) -> Client {
    let address = leads.then(|| emulator.token_address());
    Client::new(ClientOptions {
        dial: vec![(LOGIN.to_owned(), address)],
        retries_max: Some(0),
        ..options_for(emulator, Identity::Default, more)
    })
    .unwrap()
}

/// The same as `token`, for the audience that this emulator knows.
fn exchange(client: &Client) -> doorkey::Result<doorkey::Token> {
    let call = doorkey::Call {
        force_refresh: true,
        ..doorkey::Call::default()
    };
    client.get_token("https://vault.azure.net", &call)?.take()
}

#[test]
fn without_a_variable_the_authority_is_the_public_clouds() {
    let emulator = public_cloud();
    let client = far_client(&emulator, true, &[("AZURE_AUTHORITY_HOST", "")]);
    exchange(&client).unwrap();
    let request = only(&emulator);
    assert_eq!(request.header("host"), Some(LOGIN));
    let tenant = emulator.tenant();
    assert_eq!(request.target, format!("/{tenant}/oauth2/v2.0/token"));
}

#[test]
fn a_remote_authority_is_reached_through_https_proxy() {
    let emulator = public_cloud();
    for name in ["HTTPS_PROXY", "ALL_PROXY"] {
        let proxy = Proxy::start(emulator.token_address(), OPEN);
        let more = [("AZURE_AUTHORITY_HOST", ""), (name, &proxy.url)];
        exchange(&far_client(&emulator, false, &more)).unwrap();
        let heads = proxy.heads();
        assert_eq!(heads.len(), 1);
        let connect = format!("CONNECT {LOGIN}:443 ");
        assert!(heads[0].starts_with(&connect), "{heads:?}");
        assert!(!heads[0].contains(&emulator.assertion()));
    }
}

#[test]
fn no_proxy_exempts_the_authority() {
    let emulator = public_cloud();
    let dead = dead_port();
    let more = [
        ("AZURE_AUTHORITY_HOST", ""),
        ("HTTPS_PROXY", dead.as_str()),
        ("NO_PROXY", LOGIN),
    ];
    exchange(&far_client(&emulator, true, &more)).unwrap();
}

#[test]
fn a_proxy_that_cannot_be_reached_is_told_apart_from_the_directory() {
    let emulator = public_cloud();
    let dead = dead_port();
    let more = [("AZURE_AUTHORITY_HOST", ""), ("HTTPS_PROXY", dead.as_str())];
    let error = failure(exchange(&far_client(&emulator, false, &more)));
    assert_eq!(error.status(), Status::Proxy, "{error}");
    assert_eq!(emulator.requests().connections_imds, 0);
}

#[test]
fn an_authority_whose_name_does_not_resolve_is_told_with_what_to_check() {
    let emulator = public_cloud();
    let more = [("AZURE_AUTHORITY_HOST", "")];
    let error = failure(exchange(&far_client(&emulator, false, &more)));
    assert_eq!(error.status(), Status::Dns, "{error}");
    assert!(error.advice().unwrap().contains("AZURE_AUTHORITY_HOST"));
}

/// A pod of a cluster with a token endpoint of its own.
fn bound() -> Emulator {
    start(on(Host::WorkloadIdentity).token_proxy(true))
}

/// That the exchange fails in the handshake, and that no request was made.
fn assert_untrusted(emulator: &Emulator, more: &[(&str, &str)]) {
    let error = failure(forced_token(&client_in(emulator, more)));
    assert_eq!(error.status(), Status::Tls, "{error}");
    let advice = error.advice().unwrap();
    assert!(advice.contains(FILE) && advice.contains(NAME), "{advice}");
    assert_eq!(emulator.requests().token, 0);
    assert!(!format!("{error:?}").contains(&emulator.assertion()));
}

#[test]
fn a_pod_of_a_bound_cluster_reads_a_secret() {
    let emulator = bound();
    let client = client(&emulator);
    assert_eq!(secret(&client).unwrap().value().as_str(), Some(VALUE));
}

#[test]
fn the_clusters_endpoint_gets_the_directorys_path_behind_its_own_and_its_own_host() {
    let emulator = bound();
    token(&client(&emulator)).unwrap();
    let request = only(&emulator);
    let tenant = emulator.tenant();
    assert_eq!(
        request.target,
        format!("/token-proxy/{tenant}/oauth2/v2.0/token")
    );
    let url = variable(&emulator, URL);
    let host = url.strip_prefix("https://").unwrap().split('/').next();
    assert_eq!(request.header("host"), host);
}

#[test]
fn a_slash_at_the_end_of_the_clusters_endpoint_is_none_too_many() {
    let emulator = bound();
    let url = format!("{}/", variable(&emulator, URL));
    forced_token(&client_in(&emulator, &[(URL, &url)])).unwrap();
    let tenant = emulator.tenant();
    assert_eq!(
        only(&emulator).target,
        format!("/token-proxy/{tenant}/oauth2/v2.0/token")
    );
}

#[test]
fn the_clusters_authority_may_be_given_as_text() {
    let emulator = bound();
    let pem = fs::read_to_string(variable(&emulator, FILE)).unwrap();
    token(&client_in(&emulator, &[(FILE, ""), (DATA, &pem)])).unwrap();
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn another_authority_than_the_clusters_is_not_trusted() {
    let emulator = bound();
    let other = emulator.ca_file().to_str().unwrap();
    assert_untrusted(&emulator, &[(FILE, other)]);
    assert_untrusted(&emulator, &[(FILE, ""), (DATA, emulator.ca_pem())]);
    // Nor are the roots of this machine and DOORKEY_CA_FILE.
    assert_untrusted(&emulator, &[(FILE, "")]);
}

#[test]
fn a_certificate_of_another_name_is_not_trusted() {
    let emulator = bound();
    assert_untrusted(&emulator, &[(NAME, "other.example")]);
    assert_untrusted(&emulator, &[(NAME, "")]);
}

#[test]
fn the_clusters_endpoint_is_never_reached_by_a_proxy() {
    let emulator = bound();
    let dead = dead_port();
    let more = [("HTTPS_PROXY", dead.as_str()), ("ALL_PROXY", dead.as_str())];
    token(&client_in(&emulator, &more)).unwrap();
}

#[test]
fn variables_of_a_clusters_endpoint_that_do_not_fit_are_refused_by_name() {
    let emulator = bound();
    for (name, value, rule) in [
        (URL, "http://localhost/", "must be https"),
        (URL, "https://user:hunter2@localhost/", "user name"),
        (URL, "https://localhost/?own=1", "query or fragment"),
        (NAME, "no name", "must be a host name"),
        (NAME, "10.0.0.1", "must be a host name"),
    ] {
        assert_variable_refused(&emulator, name, value, rule);
    }
    let error = failure(token(&client_in(&emulator, &[(DATA, emulator.ca_pem())])));
    assert!(error.message().contains("only one of them"), "{error}");
    let error = failure(token(&client_in(&emulator, &[(URL, "")])));
    assert!(error.message().contains("is set without"), "{error}");
    assert_eq!(emulator.requests().connections_imds, 0);
}

#[test]
fn an_authority_that_is_no_pem_is_refused_by_its_variable() {
    let emulator = bound();
    let missing = temporary_folder();
    for (name, more) in [
        (FILE, vec![(FILE, missing.to_str().unwrap())]),
        (DATA, vec![(FILE, ""), (DATA, "nonsense")]),
    ] {
        let error = failure(token(&client_in(&emulator, &more)));
        assert_eq!(error.status(), Status::InvalidArgument, "{error}");
        assert!(error.message().starts_with(name), "{error}");
        assert_eq!(emulator.requests().connections_imds, 0);
    }
}
