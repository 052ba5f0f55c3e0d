//! Service Fabric: nothing is said to anybody but the certificate that the environment names.

use doorkey::{Call, Client, ClientOptions, Identity, Source, Status};
use doorkey_emulator::{Emulator, Fault, Host, UserAssigned, dead_port};

use super::*;
use crate::common::*;

const HOST: Host = Host::ServiceFabric;
const THUMBPRINT: &str = "IDENTITY_SERVER_THUMBPRINT";
const PATH: &str = "/metadata/identity/oauth2/token";

#[test]
fn an_application_reads_a_secret_with_its_own_identity() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    assert_eq!(secret(&client).unwrap().value().as_str(), Some(VALUE));
    let token = token(&client).unwrap();
    assert_eq!(token.source(), Source::ServiceFabric);
}

#[test]
fn the_request_has_the_clusters_version_and_the_header_secret() {
    let emulator = machine(HOST);
    token(&client(&emulator)).unwrap();
    let request = only(&emulator);
    assert_eq!(request.method, "GET");
    assert_eq!(
        request.target,
        format!("{PATH}?api-version=2020-05-01&{RESOURCE}")
    );
    let secret = emulator.secret_header().unwrap();
    assert_eq!(own_headers(&request), [("secret", secret.as_str())]);
}

#[test]
fn the_version_is_the_variables_or_else_todays() {
    let emulator = machine(HOST);
    for (value, version) in [
        ("2019-07-01-preview", "2019-07-01-preview"),
        ("", "2020-05-01"),
    ] {
        emulator.reset_requests();
        let more = [("IDENTITY_API_VERSION", value)];
        forced_token(&client_in(&emulator, &more)).unwrap();
        let expected = format!("{PATH}?api-version={version}&{RESOURCE}");
        assert_eq!(only(&emulator).target, expected);
    }
}

#[test]
fn a_version_that_is_none_is_refused_by_its_name() {
    let emulator = machine(HOST);
    let name = "IDENTITY_API_VERSION";
    for value in ["2020&resource=x", "2020 05 01", "2020-05-01\r\n"] {
        assert_variable_refused(&emulator, name, value, "must be a version");
    }
    let error = failure(token(&client_in(&emulator, &[(name, "1999-01-01")])));
    assert_says(&error, Status::IdentityRefused, 400, name);
    assert_eq!(error.code(), Some("InvalidApiVersion"));
}

#[test]
fn an_object_id_goes_by_the_name_that_the_service_knows() {
    let (emulator, one) = machine_with(HOST);
    let [client_id, object, resource] = ids_of(&one);
    assert_id_refused(&emulator, client_id, "only an object id");
    assert_id_refused(&emulator, resource, "only an object id");
    token(&client_as(&emulator, object)).unwrap();
    let target = only(&emulator).target;
    let expected = format!("&principalId={}", one.object_id);
    assert!(target.ends_with(&expected), "{target}");
}

#[test]
fn azure_client_id_is_not_looked_at() {
    let emulator = machine(HOST);
    token(&client_in(&emulator, &[("AZURE_CLIENT_ID", NOBODY)])).unwrap();
    let target = only(&emulator).target;
    assert!(target.ends_with(RESOURCE), "{target}");
}

/// That not one request arrived, the handshake having failed.
fn assert_unheard(emulator: &Emulator, more: &[(&str, &str)]) {
    let error = failure(forced_token(&client_in(emulator, more)));
    assert_eq!(error.status(), Status::Tls, "{error}");
    assert!(error.message().contains(THUMBPRINT), "{error}");
    assert!(error.advice().unwrap().contains("start the service anew"));
    let requests = emulator.requests();
    assert_eq!((requests.token, requests.connections_imds), (0, 1));
    let secret = emulator.secret_header().unwrap();
    assert!(!format!("{error:?}").contains(&secret));
}

#[test]
fn a_server_with_another_certificate_hears_nothing() {
    let emulator = machine(HOST);
    let other = "0123456789abcdef0123456789abcdef01234567";
    assert_unheard(&emulator, &[(THUMBPRINT, other)]);
}

#[test]
fn a_certificate_of_a_trusted_authority_is_no_substitute() {
    let emulator = machine(HOST);
    let vault = emulator.vault_url("token");
    let more = [("IDENTITY_ENDPOINT", vault.as_str())];
    let error = failure(token(&client_in(&emulator, &more)));
    assert_eq!(error.status(), Status::Tls, "{error}");
    assert_eq!(emulator.requests().vault, 0);
}

#[test]
fn a_certificate_that_was_replaced_is_believed_under_its_new_thumbprint_only() {
    let emulator = machine(HOST);
    let old = emulator.thumbprint().unwrap();
    let client = client(&emulator);
    token(&client).unwrap();
    let new = emulator.rotate_certificate();
    emulator.reset_requests();
    assert_unheard(&emulator, &[(THUMBPRINT, &old)]);
    forced_token(&client_in(&emulator, &[(THUMBPRINT, &new)])).unwrap();
    assert_eq!(emulator.requests().token, 1);
}

#[test]
fn a_client_that_spoke_to_the_old_certificate_notices_the_new_one() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    token(&client).unwrap();
    emulator.rotate_certificate();
    emulator.reset_requests();
    let error = failure(forced_token(&client));
    assert_eq!(error.status(), Status::Tls, "no session was resumed");
    assert_eq!(emulator.requests().token, 0);
}

#[test]
fn a_thumbprint_is_read_as_windows_and_openssl_write_it() {
    let emulator = machine(HOST);
    let plain = emulator.thumbprint().unwrap();
    let bytes: Vec<&str> = (0..20).map(|at| &plain[2 * at..2 * at + 2]).collect();
    for text in [
        plain.to_lowercase(),
        plain.to_uppercase(),
        bytes.join(":"),
        bytes.join(" ").to_lowercase(),
    ] {
        forced_token(&client_in(&emulator, &[(THUMBPRINT, &text)])).unwrap();
    }
}

#[test]
fn a_thumbprint_that_is_none_is_refused_by_its_name() {
    let emulator = machine(HOST);
    let sha256 = "ab".repeat(32);
    for value in [
        "nonsense",
        "abcd",
        &sha256,
        "zz23456789abcdef0123456789abcdef01234567",
    ] {
        assert_variable_refused(&emulator, THUMBPRINT, value, "40 hexadecimal digits");
    }
}

#[test]
fn an_endpoint_that_is_none_is_refused_by_its_name() {
    let emulator = machine(HOST);
    let name = "IDENTITY_ENDPOINT";
    let own = variable(&emulator, name);
    for (value, rule) in [
        (own.replace("https://", "http://").as_str(), "must be https"),
        ("http://127.0.0.1/token", "must be https"),
        (
            "https://user:hunter2@127.0.0.1/token",
            "user name or password",
        ),
        ("https://127.0.0.1/token#part", "fragment"),
        ("token", "must be an https URL"),
    ] {
        assert_variable_refused(&emulator, name, value, rule);
    }
}

#[test]
fn what_the_endpoints_variable_holds_is_kept() {
    let emulator = machine(HOST);
    let endpoint = format!("{}?own=1", variable(&emulator, "IDENTITY_ENDPOINT"));
    token(&client_in(&emulator, &[("IDENTITY_ENDPOINT", &endpoint)])).unwrap();
    assert_eq!(
        only(&emulator).target,
        format!("{PATH}?own=1&api-version=2020-05-01&{RESOURCE}")
    );
}

#[test]
fn an_application_without_an_identity_is_told_where_to_assign_one() {
    let emulator = start(on(HOST).system_assigned(false));
    let error = failure(token(&client(&emulator)));
    assert_says(&error, Status::IdentityNotFound, 404, "in its manifest");
    assert_eq!(error.code(), Some("ManagedIdentityNotFound"));
    assert!(error.request_id().is_some(), "its correlation id");
    assert_eq!(emulator.requests().token, 1, "not tried again");
}

#[test]
fn a_secret_of_another_application_is_told_and_not_shown() {
    let emulator = machine(HOST);
    let more = [("IDENTITY_HEADER", "S3NT1NEL-other")];
    let error = failure(token(&client_in(&emulator, &more)));
    assert_eq!(error.status(), Status::IdentityNotFound, "{error}");
    assert!(!format!("{error:?}").contains("S3NT1NEL"));
}

#[test]
fn each_code_of_the_service_has_its_advice() {
    for (status, code, expected, advice) in [
        (
            400,
            "SecretHeaderNotFound",
            Status::IdentityRefused,
            "IDENTITY_HEADER",
        ),
        (
            400,
            "ArgumentNullOrEmpty",
            Status::IdentityRefused,
            "correct the resource",
        ),
        (404, "Other", Status::IdentityNotFound, "start it anew"),
        (
            500,
            "InternalServerError",
            Status::ServiceUnavailable,
            "try again",
        ),
    ] {
        let emulator = machine(HOST);
        let body =
            format!(r#"{{"error":{{"correlationId":"{NOBODY}","code":"{code}","message":"m"}}}}"#);
        emulator.fault(Fault::token().always().status(status).body(body));
        let error = failure(token(&patient_client_in(&emulator, &[])));
        assert_says(&error, expected, status, advice);
        assert_eq!(
            (error.code(), error.request_id()),
            (Some(code), Some(NOBODY))
        );
    }
}

#[test]
fn a_token_that_was_refused_is_named_by_its_hash() {
    let emulator = machine(HOST);
    let client = client(&emulator);
    let first = token(&client).unwrap();
    let call = Call {
        claims: Some("{}".to_owned()),
        ..Call::default()
    };
    client
        .get_token(VAULT_AUDIENCE, &call)
        .unwrap()
        .take()
        .unwrap();
    let hash = ring::digest::digest(&ring::digest::SHA256, first.value().as_bytes());
    let hash: String = hash.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    let target = asked(&emulator).pop().unwrap().target;
    let expected = format!("{RESOURCE}&token_sha256_to_refresh={hash}");
    assert!(target.ends_with(&expected), "{target}");
}

#[test]
fn a_cluster_whose_service_does_not_answer_is_told_so() {
    let emulator = machine(HOST);
    let dead = dead_port().replace("http:", "https:");
    let error = failure(token(&patient_client_in(
        &emulator,
        &[("IDENTITY_ENDPOINT", &dead)],
    )));
    assert_eq!(error.status(), Status::IdentityUnavailable, "{error}");
    assert!(
        error
            .advice()
            .unwrap()
            .contains("cluster's managed identity")
    );
}

#[test]
fn without_its_variables_the_source_is_refused_by_name() {
    let emulator = machine(HOST);
    for missing in ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", THUMBPRINT] {
        let options = ClientOptions {
            source: Some(Source::ServiceFabric),
            ..options_for(&emulator, Identity::Default, &[(missing, "")])
        };
        let error = failure(token(&Client::new(options).unwrap()));
        assert_eq!(error.status(), Status::IdentityUnavailable);
        assert!(error.message().contains(missing), "{error}");
    }
    assert_eq!(emulator.requests().connections_imds, 0);
}

#[test]
fn the_identities_of_the_configuration_are_the_applications() {
    let one = UserAssigned::random("one");
    let emulator = start(on(HOST).system_assigned(false).user_assigned(one));
    secret(&client(&emulator)).unwrap();
}
