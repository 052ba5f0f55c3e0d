//! Azure Automation, in the cloud sandbox and on hybrid workers: both headers, an endpoint without a
//! port, and accounts that know no ids.

use doorkey::{Client, ClientOptions, Identity, Source, Status};
use doorkey_emulator::{Emulator, Host};

use super::*;
use crate::common::*;

const BOTH: [Host; 2] = [Host::Automation, Host::HybridWorker];

#[test]
fn a_runbook_reads_a_secret_with_the_accounts_identity() {
    for host in BOTH {
        let emulator = machine(host);
        let client = client(&emulator);
        assert_eq!(secret(&client).unwrap().value().as_str(), Some(VALUE));
        let token = token(&client).unwrap();
        assert_eq!(token.source(), Source::AppService);
        assert_eq!(token.client_id(), Some(own_id(&emulator)));
    }
}

#[test]
fn the_request_has_both_headers_and_no_forwarding_one() {
    for (host, path) in BOTH
        .into_iter()
        .zip(["/metadata/identity/oauth2/token", "/oauth2/token"])
    {
        let emulator = machine(host);
        token(&client(&emulator)).unwrap();
        let request = only(&emulator);
        assert_eq!(request.method, "GET");
        assert_eq!(
            request.target,
            format!("{path}?api-version=2019-08-01&{RESOURCE}")
        );
        let header = emulator.secret_header().unwrap();
        assert_eq!(
            own_headers(&request),
            [("x-identity-header", header.as_str()), ("metadata", "true")]
        );
    }
}

/// A client in a sandbox whose endpoint has no port; what it sends to port 80 comes to `emulator`.
fn portless(emulator: &Emulator) -> Client {
    let endpoint = "http://localhost/metadata/identity/oauth2/token";
    let more = [("IDENTITY_ENDPOINT", endpoint), ("MSI_ENDPOINT", endpoint)];
    Client::new(ClientOptions {
        dial: vec![("localhost".to_owned(), Some(emulator.token_address()))],
        ..options_for(emulator, Identity::Default, &more)
    })
    .unwrap()
}

#[test]
fn an_endpoint_without_a_port_is_asked_at_the_usual_one() {
    let emulator = machine(Host::Automation);
    // Forced: the name is no emulator's own, and the cache is the process's.
    let found = forced_token(&portless(&emulator)).unwrap();
    assert_eq!(found.client_id(), Some(own_id(&emulator)));
    let request = only(&emulator);
    assert_eq!(request.header("host"), Some("localhost"));
    assert_eq!(
        request.target,
        format!("/metadata/identity/oauth2/token?api-version=2019-08-01&{RESOURCE}")
    );
}

#[test]
fn a_named_identity_of_the_account_is_used() {
    for host in BOTH {
        let (emulator, one) = machine_with(host);
        let named = Identity::ClientId(one.client_id.clone());
        let found = token(&client_as(&emulator, named)).unwrap();
        assert_eq!(found.client_id(), Some(one.client_id.as_str()));
        let variable = [("AZURE_CLIENT_ID", one.client_id.as_str())];
        let found = forced_token(&client_in(&emulator, &variable)).unwrap();
        assert_eq!(found.client_id(), Some(one.client_id.as_str()));
    }
}

#[test]
fn an_account_that_knows_no_ids_says_how_to_go_on() {
    for host in BOTH {
        let emulator = machine(host);
        let variable = [("AZURE_CLIENT_ID", NOBODY)];
        let error = failure(token(&client_in(&emulator, &variable)));
        assert_says(&error, Status::IdentityNotFound, 400, "name none");
        assert!(error.advice().unwrap().contains("AZURE_CLIENT_ID"));
    }
}

#[test]
fn an_identity_that_the_account_does_not_have_is_not_found() {
    let (emulator, _) = machine_with(Host::Automation);
    let nobody = Identity::ClientId(NOBODY.to_owned());
    let error = failure(token(&client_as(&emulator, nobody)));
    assert_says(&error, Status::IdentityNotFound, 400, "correct the id");
    let emulator = start(on(Host::Automation).system_assigned(false));
    let error = failure(token(&client(&emulator)));
    assert_says(&error, Status::IdentityNotFound, 400, "assign");
}

#[test]
fn a_header_of_another_job_is_refused_with_the_reason() {
    for host in BOTH {
        let emulator = machine(host);
        let more = [("IDENTITY_HEADER", "S3NT1NEL-other")];
        let error = failure(token(&client_in(&emulator, &more)));
        assert_says(&error, Status::IdentityRefused, 400, "IDENTITY_HEADER");
        assert!(!format!("{error:?}").contains("S3NT1NEL"));
        assert_eq!(emulator.requests().token, 1);
    }
}
