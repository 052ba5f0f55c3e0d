//! The vault's TLS: versions, names, who trusts what, and that the authority's key is never on disk.
//! The limits of the authority itself are tested beside its code.

mod common;

use std::io;
use std::path::Path;
use std::process::Command;

use common::{Ask, Vault, client_config, exchange, handshake};
use doorkey_emulator::Emulator;

fn emulator() -> Emulator {
    Emulator::builder().start().expect("an emulator")
}

fn shake(
    emulator: &Emulator,
    ca_pem: &str,
    version: &'static rustls::SupportedProtocolVersion,
    name: &str,
) -> io::Result<common::TlsStream> {
    let config = client_config(ca_pem, &[version]);
    handshake(config, emulator.vault_address(), name)
}

#[test]
fn tls_1_2_and_1_3_are_spoken_under_every_name() {
    let emulator = emulator();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        for name in ["localhost", "127.0.0.1", "demo.vault.localhost"] {
            let ca_pem = emulator.ca_pem();
            let mut stream = shake(&emulator, ca_pem, version, name).expect(name);
            assert_eq!(stream.conn.protocol_version(), Some(version.version));
            let reply = exchange(&mut stream, "localhost", &Ask::get("/")).expect("an answer");
            assert_eq!(reply.status, 401);
        }
    }
}

#[test]
fn a_server_of_tls_1_2_alone_can_be_had() {
    let emulator = Emulator::builder()
        .tls12_only()
        .start()
        .expect("an emulator");
    let ca_pem = emulator.ca_pem();
    shake(&emulator, ca_pem, &rustls::version::TLS12, "localhost").expect("a handshake");
    shake(&emulator, ca_pem, &rustls::version::TLS13, "localhost").expect_err("no handshake");
}

#[test]
fn a_client_of_another_authority_refuses_and_is_counted() {
    let (ours, other) = (emulator(), emulator());
    let version = &rustls::version::TLS12;
    let error = shake(&ours, other.ca_pem(), version, "localhost").expect_err("no trust");
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    // The next handshake comes later on the same thread, so the failed one has been counted by then.
    Vault::new(&ours).open();
    assert_eq!(ours.requests().tls_failures, 1);
    assert_eq!(ours.requests().vault, 0);
}

#[test]
fn the_certificate_is_for_no_other_name() {
    let emulator = emulator();
    for name in ["example.com", "demo.vault.azure.net", "a.b.vault.localhost"] {
        let version = &rustls::version::TLS13;
        let error = shake(&emulator, emulator.ca_pem(), version, name).expect_err(name);
        assert!(error.to_string().contains("not valid for name"), "{error}");
    }
}

#[test]
fn an_expired_certificate_can_be_had() {
    let emulator = Emulator::builder()
        .expired_certificate()
        .start()
        .expect("an emulator");
    let version = &rustls::version::TLS13;
    let error = shake(&emulator, emulator.ca_pem(), version, "localhost").expect_err("too old");
    assert!(error.to_string().contains("expired"), "{error}");
}

#[test]
fn nothing_but_the_certificate_is_on_disk() {
    let emulator = emulator();
    let file = emulator.ca_file();
    let text = std::fs::read_to_string(file).expect("a readable file");
    assert_eq!(text, emulator.ca_pem());
    assert_eq!(text.matches("-----BEGIN ").count(), 1);
    assert!(text.starts_with("-----BEGIN CERTIFICATE-----"));
    let folder = file.parent().expect("a folder");
    let entries = std::fs::read_dir(folder).expect("a readable folder");
    assert_eq!(entries.count(), 1);
}

#[test]
fn the_endpoints_listen_on_loopback_only() {
    let emulator = emulator();
    for address in [emulator.imds_address(), emulator.vault_address()] {
        assert_eq!(address.ip(), std::net::Ipv4Addr::LOCALHOST);
    }
}

/// OpenSSL is what curl, Python and .NET on Linux verify with. Strict, so that a chain it merely tolerates does not pass.
#[test]
fn openssl_accepts_the_chain_where_it_is_installed() {
    let emulator = emulator();
    let address = emulator.vault_address().to_string();
    for name in ["localhost", "demo.vault.localhost"] {
        let mut command = Command::new("openssl");
        command
            .args(["s_client", "-x509_strict", "-verify_return_error"])
            .args(["-connect", &address, "-servername", name])
            .args(["-verify_hostname", name, "-CAfile"])
            .arg(emulator.ca_file());
        let Some(output) = run(command) else { return };
        assert!(output.contains("Verify return code: 0 (ok)"), "{output}");
    }
}

#[test]
fn curl_accepts_the_chain_under_a_name_and_an_address_where_it_is_installed() {
    let emulator = emulator();
    let port = emulator.vault_address().port();
    for host in ["localhost", "127.0.0.1"] {
        let mut command = Command::new("curl");
        command
            .args(["--silent", "--show-error", "--noproxy", "*", "--cacert"])
            .arg(emulator.ca_file())
            .arg(format!("https://{host}:{port}/secrets"));
        let Some(output) = run(command) else { return };
        assert!(output.contains("AKV10000"), "{output}");
    }
}

/// What a program prints; nothing when the machine does not have it.
fn run(mut command: Command) -> Option<String> {
    command.stdin(std::process::Stdio::null());
    match command.output() {
        Ok(output) => {
            let both = [output.stdout, output.stderr].concat();
            Some(String::from_utf8_lossy(&both).into_owned())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let program = Path::new(command.get_program());
            eprintln!("not tried: there is no {}", program.display());
            None
        }
        Err(error) => panic!("{command:?}: {error}"),
    }
}
