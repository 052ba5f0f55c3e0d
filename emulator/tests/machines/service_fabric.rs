//! An application on a Service Fabric cluster.

use std::sync::Arc;

use doorkey_emulator::{Emulator, Host, UserAssigned};
use rustls::ClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

use crate::common::{Ask, Reply, client_config, exchange, handshake};
use crate::support::{
    RESOURCE, assert_guid, fields, machine, machine_with_two, object_id, own_object_id, path,
    secret, start, variable,
};

/// Trusts the certificate of one thumbprint and nothing else.
#[derive(Debug)]
struct Pin(String);

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let sha1 = &ring::digest::SHA1_FOR_LEGACY_USE_ONLY;
        let digest = ring::digest::digest(sha1, certificate);
        let hex: String = digest
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        if hex == self.0 {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(Error::General("another certificate".into()))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, &algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let provider = rustls::crypto::ring::default_provider();
        provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn pinned(thumbprint: String) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions that ring has")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pin(thumbprint)))
        .with_no_client_auth();
    Arc::new(config)
}

fn thumbprint(emulator: &Emulator) -> String {
    variable(emulator, "IDENTITY_SERVER_THUMBPRINT").expect("a thumbprint")
}

fn exchanged(emulator: &Emulator, ask: &Ask<'_>) -> Reply {
    let address = emulator.token_address();
    let config = pinned(thumbprint(emulator));
    let mut stream = handshake(config, address, "localhost").expect("a handshake");
    exchange(&mut stream, &format!("localhost:{}", address.port()), ask).expect("an answer")
}

fn get(emulator: &Emulator, query: &str, headers: &[(&str, &str)]) -> Reply {
    let target = format!("{}?{query}", path(emulator));
    let mut ask = Ask::get(&target);
    for (name, value) in headers {
        ask = ask.header(name, *value);
    }
    exchanged(emulator, &ask)
}

fn ask(emulator: &Emulator, rest: &str) -> Reply {
    let query = format!("api-version=2020-05-01{rest}");
    get(emulator, &query, &[("secret", &secret(emulator))])
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16, code: &str, message: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    let error = &reply.json()["error"];
    assert_eq!(error["code"], code);
    assert_eq!(error["message"], message);
    assert_guid(&error["correlationId"]);
}

const NO_IDENTITY: &str = "Managed identity not found for the specified application host.";

#[test]
fn a_correct_request_gets_a_token_with_a_number_for_its_end() {
    let emulator = machine(Host::ServiceFabric);
    for version in ["2020-05-01", "2019-07-01-preview"] {
        let query = format!("api-version={version}&{RESOURCE}");
        let reply = get(&emulator, &query, &[("Secret", &secret(&emulator))]);
        assert_eq!(object_id(&reply), own_object_id(&emulator));
        assert_eq!(
            fields(&reply),
            ["token_type", "access_token", "expires_on", "resource"]
        );
        assert!(reply.json()["expires_on"].is_u64(), "{}", reply.text());
    }
}

#[test]
fn the_certificate_is_nobodys_but_its_own() {
    let emulator = machine(Host::ServiceFabric);
    let trusting = client_config(emulator.ca_pem(), rustls::ALL_VERSIONS);
    handshake(trusting, emulator.token_address(), "localhost").expect_err("not of the authority");
    let other = pinned("0".repeat(40));
    handshake(other, emulator.token_address(), "localhost").expect_err("another certificate");
    assert_eq!(emulator.requests().token, 0);
    assert_eq!(emulator.thumbprint(), Some(thumbprint(&emulator)));
}

#[test]
fn a_new_certificate_replaces_the_old_one() {
    let emulator = machine(Host::ServiceFabric);
    let before = pinned(thumbprint(&emulator));
    let rotated = emulator.rotate_certificate();
    assert_eq!(thumbprint(&emulator), rotated);
    handshake(before, emulator.token_address(), "localhost").expect_err("it is gone");
    assert_eq!(ask(&emulator, &format!("&{RESOURCE}")).status, 200);
    assert_eq!(emulator.requests().token_tls_handshakes, 1);
}

#[test]
fn plain_http_gets_no_answer() {
    let emulator = machine(Host::ServiceFabric);
    let plain = crate::common::try_imds(&emulator, &Ask::get("/"));
    assert!(plain.is_err(), "{plain:?}");
    assert_eq!(emulator.requests().token, 0);
}

#[test]
fn a_request_without_the_secret_is_told_so() {
    let emulator = machine(Host::ServiceFabric);
    let query = format!("api-version=2020-05-01&{RESOURCE}");
    let text = "Secret is not found in the request headers.";
    for headers in [vec![], vec![("secret", "")], vec![("Metadata", "true")]] {
        let reply = get(&emulator, &query, &headers);
        assert_refused(&reply, 400, "SecretHeaderNotFound", text);
    }
}

#[test]
fn an_unknown_secret_belongs_to_no_application() {
    let emulator = machine(Host::ServiceFabric);
    let query = format!("api-version=2020-05-01&{RESOURCE}");
    let reply = get(&emulator, &query, &[("secret", "wrong")]);
    assert_refused(&reply, 404, "ManagedIdentityNotFound", NO_IDENTITY);
}

#[test]
fn the_resource_is_required_and_an_unknown_one_an_internal_error() {
    let emulator = machine(Host::ServiceFabric);
    let text = "The parameter 'resource' should not be null or empty string.";
    assert_refused(&ask(&emulator, ""), 400, "ArgumentNullOrEmpty", text);
    let reply = ask(&emulator, "&resource=https%3A%2F%2Fnowhere.example");
    assert_refused(&reply, 500, "InternalServerError", "An error occurred.");
}

#[test]
fn the_api_version_must_be_known() {
    let emulator = machine(Host::ServiceFabric);
    for version in ["", "2019-08-01"] {
        let query = format!("api-version={version}&{RESOURCE}");
        let reply = get(&emulator, &query, &[("secret", &secret(&emulator))]);
        let text = format!(
            "The api-version '{version}' is not supported. Supported version is '2020-05-01'."
        );
        assert_refused(&reply, 400, "InvalidApiVersion", &text);
    }
}

#[test]
fn the_configuration_chooses_the_identity_and_ids_are_ignored() {
    let (emulator, one, _) = machine_with_two(Host::ServiceFabric);
    for id in ["client_id", "object_id", "mi_res_id", "msi_res_id"] {
        let reply = ask(&emulator, &format!("&{RESOURCE}&{id}={}", one.client_id));
        assert_eq!(object_id(&reply), own_object_id(&emulator), "{id}");
    }
}

#[test]
fn a_principal_id_selects() {
    let (emulator, _, two) = machine_with_two(Host::ServiceFabric);
    let reply = ask(
        &emulator,
        &format!("&{RESOURCE}&principalId={}", two.object_id),
    );
    assert_eq!(object_id(&reply), two.object_id);
    let reply = ask(&emulator, &format!("&{RESOURCE}&principalId=somebody"));
    assert_refused(&reply, 404, "ManagedIdentityNotFound", NO_IDENTITY);
}

#[test]
fn a_single_user_assigned_identity_is_the_applications() {
    let one = UserAssigned::random("one");
    let builder = Emulator::builder().host(Host::ServiceFabric);
    let emulator = start(builder.system_assigned(false).user_assigned(one.clone()));
    assert_eq!(
        object_id(&ask(&emulator, &format!("&{RESOURCE}"))),
        one.object_id
    );
    let none = start(
        Emulator::builder()
            .host(Host::ServiceFabric)
            .system_assigned(false),
    );
    let reply = ask(&none, &format!("&{RESOURCE}"));
    assert_refused(&reply, 404, "ManagedIdentityNotFound", NO_IDENTITY);
}

#[test]
fn a_post_is_not_allowed_and_no_other_path_is_found() {
    let emulator = machine(Host::ServiceFabric);
    let path = path(&emulator);
    assert_eq!(exchanged(&emulator, &Ask::new("POST", &path)).status, 405);
    assert_eq!(exchanged(&emulator, &Ask::get("/msi/token")).status, 404);
}

#[test]
fn the_token_that_was_refused_is_not_handed_out_again_when_it_is_named() {
    let emulator = machine(Host::ServiceFabric);
    let text = |rest: &str| {
        let reply = ask(&emulator, &format!("&{RESOURCE}{rest}"));
        let body = reply.json();
        body["access_token"].as_str().expect("a token").to_owned()
    };
    let first = text("");
    let of_another = format!("&token_sha256_to_refresh={}", "0".repeat(64));
    assert_eq!(text(&of_another), first);
    let digest = ring::digest::digest(&ring::digest::SHA256, first.as_bytes());
    let digits: String = digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_ne!(text(&format!("&token_sha256_to_refresh={digits}")), first);
}
