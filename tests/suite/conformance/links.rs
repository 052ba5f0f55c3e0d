//! Where the next page of a list may be: within the vault's own origin, and nowhere else, for a token goes with the request.

use doorkey::{Pager, SecretProperties};

use super::*;

const SUFFIX: &str = "vault.azure.net";

/// The public cloud's names at an emulator, which writes `:443` into its links as the service does.
fn public_cloud() -> Emulator {
    start(Emulator::builder().vault_suffix(SUFFIX))
}

fn client_of(emulator: &Emulator) -> Client {
    let host = format!("{VAULT}.{SUFFIX}");
    Client::new(ClientOptions {
        environment: environment(emulator, &[("DOORKEY_VAULT_SUFFIX", "")]),
        dial: vec![(host, Some(emulator.vault_address()))],
        ..options(emulator)
    })
    .unwrap()
}

fn next(pager: &Pager<SecretProperties>) -> Result<Vec<SecretProperties>, Error> {
    pager.next()?.take()
}

/// A first page with one secret and this link.
fn page(link: &str) -> Fault {
    let item = format!(
        r#"{{"id":"https://{VAULT}.{SUFFIX}/secrets/first","attributes":{{"enabled":true}}}}"#
    );
    let link = link.replace('\\', r"\\");
    Fault::vault().body(format!(r#"{{"value":[{item}],"nextLink":"{link}"}}"#))
}

#[test]
fn the_services_own_links_have_the_default_port_and_are_followed() {
    let emulator = start(
        Emulator::builder()
            .vault_suffix(SUFFIX)
            .secrets((0..59).map(|number| (format!("secret-{number:02}"), "x"))),
    );
    let pager = client_of(&emulator)
        .list_secrets(VAULT, &Call::default())
        .unwrap();
    let pages: Vec<_> = (0..4).map(|_| next(&pager).unwrap().len()).collect();
    assert_eq!(pages, [25, 25, 10, 0]);
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.vault), (1, 3));
    assert_eq!(
        legs(&emulator),
        [(); 3].map(|()| Leg::of("GET", true, false))
    );
}

#[test]
fn a_link_within_the_vaults_origin_is_followed() {
    for link in [
        "https://demo.vault.azure.net/secrets?api-version=7.4&maxresults=5",
        "https://demo.vault.azure.net:443/secrets?api-version=7.4&maxresults=5",
        "https://DEMO.Vault.Azure.NET:443/secrets?api-version=7.4&maxresults=5",
        "HTTPS://demo.vault.azure.net/secrets?api-version=7.4&maxresults=5",
        "//demo.vault.azure.net:443/secrets?api-version=7.4&maxresults=5",
        "/secrets?api-version=7.4&maxresults=5",
        "secrets?api-version=7.4&maxresults=5",
        "?api-version=7.4&maxresults=5",
    ] {
        let emulator = public_cloud();
        emulator.fault(page(link));
        let pager = client_of(&emulator)
            .list_secrets(VAULT, &Call::default())
            .unwrap();
        assert_eq!(next(&pager).unwrap()[0].name(), "first");
        assert_eq!(next(&pager).unwrap()[0].name(), NAME, "{link}");
        let target = emulator.log().pop().unwrap().target;
        assert_eq!(target, "/secrets?api-version=7.4&maxresults=5");
    }
}

#[test]
fn a_link_out_of_the_vaults_origin_is_not_followed() {
    let (emulator, other) = (public_cloud(), emulator());
    let (tls, plain) = (other.vault_address().port(), other.imds_address().port());
    for link in [
        format!("https://{VAULT}.vault.localhost:{tls}/secrets?x"),
        format!("https://localhost:{tls}/secrets?x"),
        format!("//localhost:{tls}/secrets?x"),
        format!("https://127.0.0.1:{tls}/secrets?x"),
        format!("http://localhost:{plain}/secrets?x"),
        format!("https://demo.vault.azure.net:{tls}/secrets?x"),
        "https://other.vault.azure.net/secrets?x".to_owned(),
        "https://vault.azure.net/secrets?x".to_owned(),
        "https://a.demo.vault.azure.net/secrets?x".to_owned(),
        "https://demo.vault.azure.net./secrets?x".to_owned(),
        "https://demo.vault.azure.net:80/secrets?x".to_owned(),
        "http://demo.vault.azure.net/secrets?x".to_owned(),
        "http://demo.vault.azure.net:443/secrets?x".to_owned(),
        "https://user@demo.vault.azure.net/secrets?x".to_owned(),
        "https://user:word@demo.vault.azure.net/secrets?x".to_owned(),
        "https://:word@demo.vault.azure.net/secrets?x".to_owned(),
        format!("https://demo.vault.azure.net@localhost:{tls}/secrets?x"),
        format!(r"https://demo.vault.azure.net\@localhost:{tls}/secrets?x"),
        format!(r"\\localhost:{tls}\secrets?x"),
        "https://[invalid/secrets?x".to_owned(),
        "file:///secrets?x".to_owned(),
        "javascript:x".to_owned(),
        "/secrets ?x".to_owned(),
    ] {
        emulator.reset_requests();
        emulator.fault(page(&link));
        let pager = client_of(&emulator)
            .list_secrets(VAULT, &Call::default())
            .unwrap();
        let error = failure(next(&pager));
        assert_eq!(error.status(), Status::Protocol, "{link}");
        assert!(error.message().contains("its nextLink"), "{error}");
        assert!(!error.message().contains("?x"), "{error}");
        assert_eq!(emulator.requests().vault, 1, "{link}");
    }
    let theirs = other.requests();
    assert_eq!((theirs.connections_vault, theirs.connections_imds), (0, 0));
}

#[test]
fn a_link_is_held_to_the_origin_of_an_unknown_host_too() {
    let (own, other) = (emulator(), emulator());
    let client = crate::challenge::stranger(&own);
    let vault = own.vault_url(VAULT);
    for link in [
        format!("{}/secrets?x", other.vault_url(VAULT)),
        format!("https://{VAULT}.vault.localhost:443/secrets?x"),
        format!("https://{VAULT}.vault.localhost/secrets?x"),
    ] {
        own.fault(Fault::vault().challenge(&own.challenge()));
        own.fault(Fault::vault().body(format!(r#"{{"value":[],"nextLink":"{link}"}}"#)));
        let pager = client.list_secrets(&vault, &Call::default()).unwrap();
        assert_eq!(failure(next(&pager)).status(), Status::Protocol, "{link}");
    }
    assert_eq!(other.requests().connections_vault, 0);
}
