//! The pinned certificate in real handshakes on loopback: who is spoken to, and that nobody else
//! hears anything.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{
    HandshakeKind, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
};

use super::*;
use crate::transport::failure::{Failure, Kind};

const SECRET: &str = "S3NT1NEL-header";

/// A certificate of its own making, with the key that signs for it.
#[derive(Clone)]
struct Own {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Own {
    /// For a name that nobody asks for, and long expired: neither counts.
    fn new() -> Self {
        let mut params = CertificateParams::new(["cluster.invalid".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
        let key = KeyPair::generate().unwrap();
        Self {
            certificate: params.self_signed(&key).unwrap().der().clone(),
            key: key.serialize_der(),
        }
    }

    fn thumbprint(&self) -> Thumbprint {
        Thumbprint::of(&self.certificate)
    }
}

/// What a server saw of one connection.
struct Seen {
    plaintext: Vec<u8>,
    handshake: Option<HandshakeKind>,
}

struct Server {
    address: SocketAddr,
    thread: JoinHandle<Vec<Seen>>,
}

/// Serves so many connections one after the other, and says what came.
fn serve(own: &Own, version: &'static SupportedProtocolVersion, connections: usize) -> Server {
    let provider = rustls::crypto::ring::default_provider();
    let key = PrivateKeyDer::try_from(own.key.clone()).unwrap();
    let key = provider.key_provider.load_private_key(key).unwrap();
    let certified = CertifiedKey::new(vec![own.certificate.clone()], key);
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    let config = Arc::new(config);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let one = move || {
        let (socket, _) = listener.accept().unwrap();
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = StreamOwned::new(connection, socket);
        let mut plaintext = Vec::new();
        let mut buffer = [0; 1024];
        while !plaintext.ends_with(b"\r\n\r\n") {
            match stream.read(&mut buffer) {
                Ok(count) if count > 0 => plaintext.extend_from_slice(&buffer[..count]),
                // Closed, or an alert.
                _ => break,
            }
        }
        let _ =
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        stream.conn.send_close_notify();
        let _ = stream.flush();
        Seen {
            plaintext,
            handshake: stream.conn.handshake_kind(),
        }
    };
    let thread = std::thread::spawn(move || (0..connections).map(|_| one()).collect());
    Server { address, thread }
}

/// Sends the secret so many times with one configuration, each time over a new connection.
fn send(server: &Server, config: ClientConfig, times: usize) -> std::result::Result<u16, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let client = reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .tls_backend_preconfigured(config)
        .build()
        .unwrap();
    let url = format!("https://{}/token", server.address);
    let mut status = 0;
    for _ in 0..times {
        let request = client.get(&url).header("secret", SECRET);
        status = runtime.block_on(request.send())?.status().as_u16();
    }
    Ok(status)
}

#[test]
fn a_thumbprint_is_40_hexadecimal_digits_however_they_are_set_apart() {
    let plain = Thumbprint::parse("0123456789abcdef0123456789ABCDEF01234567").unwrap();
    assert_eq!(plain.0[..3], [0x01, 0x23, 0x45]);
    assert_eq!(plain.0[19], 0x67);
    for same in [
        "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67",
        " 01 23 45 67 89 ab cd ef 01 23 45 67 89 ab cd ef 01 23 45 67\r\n",
        "\u{a0}0123456789abcdef0123456789abcdef01234567",
    ] {
        assert_eq!(Thumbprint::parse(same).as_ref(), Some(&plain), "{same:?}");
    }
    for bad in [
        "",
        "0123456789abcdef0123456789abcdef0123456",
        "0123456789abcdef0123456789abcdef012345678",
        "0123456789abcdef0123456789abcdef0123456g",
        "0x0123456789abcdef0123456789abcdef01234567",
        "0123456789abcdef-0123456789abcdef01234567",
        // What a certificate's window of Windows puts before the first digit when copied.
        "\u{200e}0123456789abcdef0123456789abcdef0123456",
        "٠123456789abcdef0123456789abcdef01234567",
    ] {
        assert_eq!(Thumbprint::parse(bad), None, "{bad:?}");
    }
}

#[test]
fn a_thumbprint_is_the_sha_1_of_the_whole_certificate() {
    let nothing = Thumbprint::of(&CertificateDer::from(Vec::new()));
    let known = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    assert_eq!(Some(nothing), Thumbprint::parse(known));
}

#[test]
fn the_named_certificate_is_spoken_to_whatever_name_and_dates_it_has() {
    for version in [&TLS12, &TLS13] {
        let own = Own::new();
        let server = serve(&own, version, 1);
        let status = send(&server, config(&own.thumbprint()).unwrap(), 1);
        assert_eq!(status.unwrap(), 200, "{version:?}");
        let seen = server.thread.join().unwrap();
        assert!(String::from_utf8_lossy(&seen[0].plaintext).contains(SECRET));
    }
}

#[test]
fn another_certificate_gets_not_one_byte_of_the_request() {
    for version in [&TLS12, &TLS13] {
        let server = serve(&Own::new(), version, 1);
        let failure = send(&server, config(&Own::new().thumbprint()).unwrap(), 1).unwrap_err();
        assert_eq!(failure.kind, Kind::Tls, "{failure:?}");
        let named = "does not have the thumbprint of IDENTITY_SERVER_THUMBPRINT";
        assert!(failure.cause.contains(named), "{failure:?}");
        let seen = server.thread.join().unwrap();
        assert!(seen[0].plaintext.is_empty(), "{version:?}");
    }
}

#[test]
fn whoever_shows_the_certificate_without_its_key_gets_not_one_byte_of_the_request() {
    for version in [&TLS12, &TLS13] {
        let own = Own::new();
        let thief = Own {
            key: Own::new().key,
            ..own.clone()
        };
        let server = serve(&thief, version, 1);
        let failure = send(&server, config(&own.thumbprint()).unwrap(), 1).unwrap_err();
        assert_eq!(failure.kind, Kind::Tls, "{failure:?}");
        let seen = server.thread.join().unwrap();
        assert!(seen[0].plaintext.is_empty(), "{version:?}");
    }
}

#[test]
fn every_connection_shows_its_certificate_anew() {
    for version in [&TLS12, &TLS13] {
        let own = Own::new();
        let server = serve(&own, version, 2);
        send(&server, config(&own.thumbprint()).unwrap(), 2).unwrap();
        for seen in server.thread.join().unwrap() {
            let full = matches!(
                seen.handshake,
                Some(HandshakeKind::Full | HandshakeKind::FullWithHelloRetryRequest)
            );
            assert!(full, "{version:?}");
        }
    }
}
