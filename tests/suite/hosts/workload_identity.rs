//! AKS workload identity: the exchange with the directory, the assertion's file, and what the directory
//! refuses. Proxies and the cluster's own token endpoint are in workload_ways.rs.

use std::fs;

use doorkey::{Call, Client, ClientOptions, Identity, Source, Status};
use doorkey_emulator::{Emulator, Host, UserAssigned};

use super::*;
use crate::common::*;

const HOST: Host = Host::WorkloadIdentity;
const FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";
const AUTHORITY: &str = "AZURE_AUTHORITY_HOST";

#[test]
fn a_pod_reads_a_secret_with_its_service_accounts_identity() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    assert_eq!(secret(&client).unwrap().value().as_str(), Some(VALUE));
    let token = token(&client).unwrap();
    assert_eq!(token.source(), Source::WorkloadIdentity);
    assert_eq!(token.resource(), VAULT_AUDIENCE);
}

#[test]
fn the_exchange_is_the_documented_form() {
    let emulator = machine(HOST);
    token(&client(&emulator)).unwrap();
    let request = only(&emulator);
    assert_eq!(request.method, "POST");
    let tenant = emulator.tenant();
    assert_eq!(request.target, format!("/{tenant}/oauth2/v2.0/token"));
    assert_eq!(
        request.body,
        format!(
            "grant_type=client_credentials\
             &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
             &scope=https%3A%2F%2Fvault.localhost%2F.default\
             &client_id={}&client_assertion={}",
            own_id(&emulator),
            emulator.assertion()
        )
    );
    assert_eq!(
        own_headers(&request),
        [("content-type", "application/x-www-form-urlencoded")]
    );
}

#[test]
fn the_callers_client_id_wins_over_the_variables() {
    let (emulator, one) = machine_with(HOST);
    let named = Identity::ClientId(one.client_id.clone());
    token(&client_as(&emulator, named.clone())).unwrap();
    let expected = format!("&client_id={}&", one.client_id);
    assert!(only(&emulator).body.contains(&expected));
    // It does in the place of a missing variable, too.
    let options = options_for(&emulator, named, &[("AZURE_CLIENT_ID", "")]);
    let found = forced_token(&Client::new(options).unwrap()).unwrap();
    assert_eq!(found.source(), Source::WorkloadIdentity);
}

#[test]
fn other_ids_than_client_ids_are_refused_before_anything_is_sent() {
    let emulator = machine(HOST);
    let [_, object, resource] = ids_of(&UserAssigned::random("one"));
    assert_id_refused(&emulator, object, "named by its client id");
    assert_id_refused(&emulator, resource, "named by its client id");
}

#[test]
fn a_source_without_its_variables_is_refused_by_name() {
    let emulator = machine(HOST);
    for missing in ["AZURE_TENANT_ID", FILE, "AZURE_CLIENT_ID"] {
        let options = ClientOptions {
            source: Some(Source::WorkloadIdentity),
            ..options_for(&emulator, Identity::Default, &[(missing, "")])
        };
        let error = failure(token(&Client::new(options).unwrap()));
        assert_eq!(error.status(), Status::IdentityUnavailable);
        assert!(error.message().contains(missing), "{error}");
    }
    assert_eq!(emulator.requests().connections_imds, 0);
}

#[test]
fn the_assertion_is_read_anew_for_each_exchange() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    token(&client).unwrap();
    for _ in 0..2 {
        let assertion = emulator.rotate_assertion();
        forced_token(&client).unwrap();
        let last = asked(&emulator).pop().unwrap();
        assert!(last.body.ends_with(&assertion));
    }
}

#[test]
fn a_cached_token_needs_no_assertion() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    token(&client).unwrap();
    fs::remove_file(emulator.assertion_file()).unwrap();
    token(&client).unwrap();
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn white_space_around_the_assertion_is_not_a_part_of_it() {
    let emulator = machine(HOST);
    let assertion = emulator.assertion();
    let file = emulator.assertion_file();
    for text in [format!("{assertion}\n"), format!(" {assertion}\r\n")] {
        fs::write(&file, text).unwrap();
        forced_token(&client(&emulator)).unwrap();
        let last = asked(&emulator).pop().unwrap();
        assert!(last.body.ends_with(&format!("={assertion}")));
    }
}

/// What a pod is told whose file holds this, or does not exist; nothing may be sent.
fn unsent(emulator: &Emulator, content: Option<&[u8]>) -> doorkey::Error {
    let file = emulator.assertion_file();
    match content {
        Some(content) => fs::write(&file, content).unwrap(),
        None => fs::remove_file(&file).unwrap(),
    }
    let error = failure(forced_token(&client(emulator)));
    assert!(error.message().starts_with(FILE), "{error}");
    assert!(error.message().contains(&file.display().to_string()));
    assert!(!format!("{error:?}").contains("S3NT1NEL"));
    assert_eq!(emulator.requests().connections_imds, 0);
    error
}

#[test]
fn a_file_that_holds_no_token_is_told_by_its_name_and_not_sent() {
    let emulator = machine(HOST);
    let huge = b"S3NT1NEL".repeat(8193);
    for (content, rule) in [
        (&b""[..], "it is empty"),
        (b" \r\n", "it is empty"),
        (&huge, "larger than 65536 bytes"),
        (b"S3NT1NEL\0", "no token"),
        (b"S3NT1NEL S3NT1NEL", "no token"),
        ("S3NT1NEL\u{e9}".as_bytes(), "no token"),
    ] {
        let error = unsent(&emulator, Some(content));
        assert_eq!(error.status(), Status::InvalidArgument);
        assert!(error.message().contains(rule), "{error}");
        assert!(error.advice().unwrap().contains("service account token"));
    }
}

#[test]
fn a_missing_file_is_told_with_what_the_pod_needs() {
    let emulator = machine(HOST);
    let error = unsent(&emulator, None);
    assert_eq!(error.status(), Status::IdentityUnavailable);
    assert!(error.message().contains("no such file"), "{error}");
    assert!(
        error
            .advice()
            .unwrap()
            .contains("azure.workload.identity/use")
    );
}

#[cfg(unix)]
#[test]
fn a_file_behind_links_is_read_as_kubernetes_projects_it() {
    let emulator = machine(HOST);
    let link = temporary_folder();
    std::os::unix::fs::symlink(emulator.assertion_file(), &link).unwrap();
    let more = [(FILE, link.to_str().unwrap())];
    let found = token(&client_in(&emulator, &more));
    fs::remove_file(&link).unwrap();
    found.unwrap();
}

#[test]
fn the_authority_may_end_in_a_slash_or_not_and_have_a_path() {
    let emulator = machine(HOST);
    let tenant = emulator.tenant();
    let origin = variable(&emulator, AUTHORITY);
    let origin = origin.trim_end_matches('/');
    for tail in ["", "/"] {
        emulator.reset_requests();
        let authority = format!("{origin}{tail}");
        forced_token(&client_in(&emulator, &[(AUTHORITY, &authority)])).unwrap();
        let expected = format!("/{tenant}/oauth2/v2.0/token");
        assert_eq!(only(&emulator).target, expected);
    }
    emulator.reset_requests();
    let authority = format!("{origin}/front/");
    failure(forced_token(&patient_client_in(
        &emulator,
        &[(AUTHORITY, &authority)],
    )));
    let expected = format!("/front/{tenant}/oauth2/v2.0/token");
    assert_eq!(asked(&emulator)[0].target, expected);
}

#[test]
fn an_authority_that_is_none_is_refused_by_its_name() {
    let emulator = machine(HOST);
    for (value, rule) in [
        ("http://localhost/", "must be https"),
        ("https://user:hunter2@localhost/", "user name or password"),
        ("https://localhost/?own=1", "query or fragment"),
        ("https://localhost/#part", "query or fragment"),
        ("login.microsoftonline.com", "must be an https URL"),
    ] {
        assert_variable_refused(&emulator, AUTHORITY, value, rule);
    }
}

#[test]
fn a_tenant_that_could_change_the_path_is_refused_by_its_name() {
    let emulator = machine(HOST);
    for value in ["../common", "a/b", "a?b", "a%2fb", ".."] {
        assert_variable_refused(&emulator, "AZURE_TENANT_ID", value, "letters, digits");
    }
}

#[test]
fn the_claims_of_a_challenge_are_sent_on_and_only_then() {
    let emulator = start(on(HOST).token_cache(false));
    let client = client(&emulator);
    token(&client).unwrap();
    let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#;
    let call = Call {
        claims: Some(claims.to_owned()),
        ..Call::default()
    };
    let second = client.get_token(VAULT_AUDIENCE, &call).unwrap().take();
    forced_token(&client).unwrap();
    let bodies: Vec<_> = asked(&emulator).into_iter().map(|r| r.body).collect();
    assert!(bodies[1].ends_with(
        "&claims=%7B%22access_token%22%3A%7B%22nbf%22%3A%7B%22essential%22%3Atrue%2C%22value%22%3A%221%22%7D%7D%7D"
    ));
    assert!(!bodies[0].contains("claims") && !bodies[2].contains("claims"));
    second.unwrap();
}

/// That the directory refuses for this reason, once.
fn assert_refused(client: &Client, emulator: &Emulator, status: Status, http: u16, advice: &str) {
    let error = failure(forced_token(client));
    assert_says(&error, status, http, advice);
    assert!(error.message().contains("AADSTS"), "{error}");
    assert!(error.request_id().is_some());
    assert_eq!(emulator.requests().token, 1);
    assert!(!format!("{error:?}").contains(&emulator.assertion()));
}

#[test]
fn a_client_that_the_tenant_does_not_know_is_not_found() {
    let emulator = machine(HOST);
    let client = client_in(&emulator, &[("AZURE_CLIENT_ID", NOBODY)]);
    let status = Status::IdentityNotFound;
    assert_refused(
        &client,
        &emulator,
        status,
        400,
        "correct the id or AZURE_TENANT_ID",
    );
}

#[test]
fn a_tenant_that_does_not_exist_is_told_so() {
    let emulator = machine(HOST);
    let client = client_in(&emulator, &[("AZURE_TENANT_ID", "nobody.example")]);
    let status = Status::IdentityNotFound;
    assert_refused(&client, &emulator, status, 400, "no such tenant");
}

#[test]
fn an_assertion_that_has_expired_is_told_so() {
    let emulator = machine(HOST);
    let old = emulator.assertion();
    emulator.rotate_assertion();
    fs::write(emulator.assertion_file(), &old).unwrap();
    let client = client(&emulator);
    let status = Status::IdentityRefused;
    assert_refused(&client, &emulator, status, 401, "has expired");
}

#[test]
fn an_assertion_of_another_cluster_leads_to_the_federated_credential() {
    let (emulator, stranger) = (machine(HOST), machine(HOST));
    fs::write(emulator.assertion_file(), stranger.assertion()).unwrap();
    let client = client(&emulator);
    let status = Status::IdentityRefused;
    assert_refused(&client, &emulator, status, 401, "no federated credential");
}

#[test]
fn a_file_that_holds_no_assertion_leads_to_the_federated_credential() {
    let emulator = machine(HOST);
    fs::write(emulator.assertion_file(), "S3NT1NEL.of.nothing").unwrap();
    let client = client(&emulator);
    let status = Status::IdentityRefused;
    assert_refused(&client, &emulator, status, 401, "did not take the token");
}

#[test]
fn an_unknown_resource_leads_to_the_resource() {
    let emulator = machine(HOST);
    let call = Call::default();
    let operation = client(&emulator).get_token("https://nobody.example", &call);
    let error = failure(operation.unwrap().take());
    assert_says(&error, Status::IdentityRefused, 400, "correct the resource");
}

#[test]
fn an_authority_without_trust_hears_nothing() {
    let emulator = machine(HOST);
    let error = failure(token(&client_in(&emulator, &[("DOORKEY_CA_FILE", "")])));
    assert_eq!(error.status(), Status::Tls, "{error}");
    assert_eq!(emulator.requests().token, 0);
}
