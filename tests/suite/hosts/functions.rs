//! Azure Functions: App Service's protocol under another path, with both generations of variables set.

use doorkey::{Identity, Source};
use doorkey_emulator::Host;

use super::*;
use crate::common::*;

const HOST: Host = Host::Functions;

#[test]
fn a_function_reads_a_secret_with_its_own_identity() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    assert_eq!(secret(&client).unwrap().value().as_str(), Some(VALUE));
    let token = token(&client).unwrap();
    assert_eq!(token.source(), Source::AppService);
    assert_eq!(token.client_id(), Some(own_id(&emulator)));
}

#[test]
fn of_two_generations_of_variables_the_newer_is_asked_once() {
    let emulator = machine(HOST);
    assert_eq!(
        variable(&emulator, "IDENTITY_ENDPOINT"),
        variable(&emulator, "MSI_ENDPOINT")
    );
    assert_eq!(
        variable(&emulator, "IDENTITY_HEADER"),
        variable(&emulator, "MSI_SECRET")
    );
    token(&client(&emulator)).unwrap();
    let request = only(&emulator);
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        (
            "GET",
            format!("/msi/token?api-version=2019-08-01&{RESOURCE}").as_str()
        )
    );
    let header = emulator.secret_header().unwrap();
    assert_eq!(
        own_headers(&request),
        [("x-identity-header", header.as_str()), ("metadata", "true")]
    );
}

#[test]
fn a_function_takes_every_kind_of_id() {
    assert_every_id_taken(HOST);
}

#[test]
fn an_id_that_the_function_does_not_have_is_not_found() {
    assert_nobody_found(HOST, Identity::ClientId(NOBODY.to_owned()));
}
