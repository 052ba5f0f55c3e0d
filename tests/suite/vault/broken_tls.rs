//! A server that breaks TLS after it has heard the request: the connection broke, and trust is not the
//! question; what was sent may have taken effect.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use doorkey::{Client, ClientOptions, Status};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;

struct Breaking {
    address: SocketAddr,
    certificate: String,
    requests: Arc<AtomicUsize>,
}

impl Breaking {
    /// Reads one request of every connection, and answers with bytes that are no record. Its thread ends with
    /// the process.
    fn start() -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["demo.vault.localhost".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let provider = rustls::crypto::ring::default_provider();
        let own_key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], own_key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let breaking = Self {
            address: listener.local_addr().unwrap(),
            certificate: certificate.pem(),
            requests: Arc::default(),
        };
        let (config, requests) = (Arc::new(config), Arc::clone(&breaking.requests));
        std::thread::spawn(move || {
            while let Ok((socket, _)) = listener.accept() {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = StreamOwned::new(connection, socket);
                if matches!(stream.read(&mut [0; 16 * 1024]), Ok(1..)) {
                    requests.fetch_add(1, Ordering::SeqCst);
                    let _ = stream.sock.write_all(&[0xff; 64]);
                }
            }
        });
        breaking
    }

    fn client(&self, emulator: &Emulator, clock: &Arc<TestClock>) -> Client {
        let suffix = format!("vault.localhost:{}", self.address.port());
        Client::new(ClientOptions {
            environment: environment(emulator, &[("DOORKEY_VAULT_SUFFIX", &suffix)]),
            ca_pem: Some(Arc::from(self.certificate.as_str())),
            clock: doorkey::clock::Clock::from_source(Arc::clone(clock) as _),
            ..options(emulator)
        })
        .unwrap()
    }
}

#[test]
fn a_set_whose_connection_breaks_inside_tls_may_have_taken_effect_and_is_sent_once() {
    let (emulator, breaking) = (emulator(), Breaking::start());
    let client = breaking.client(&emulator, &TestClock::new());
    let error = failure(set(&client, NAME, "newer"));
    assert_eq!(error.status(), Status::Network, "{error}");
    assert!(advice(&error).contains("may have taken effect"), "{error}");
    assert_eq!(breaking.requests.load(Ordering::SeqCst), 1);
}

#[test]
fn a_get_whose_connection_breaks_inside_tls_is_tried_again() {
    let (emulator, breaking) = (emulator(), Breaking::start());
    let clock = TestClock::new();
    let error = failure(get(&breaking.client(&emulator, &clock), NAME));
    assert_eq!(error.status(), Status::Network, "{error}");
    assert_eq!(clock.slept().len(), 5);
    assert!(breaking.requests.load(Ordering::SeqCst) > 1);
}
