//! A small HTTP/1.1 client on bare sockets, so that the tests see and send exactly what is on the wire.
//! One request a connection unless a test keeps one; nothing is followed, retried or hidden.
#![allow(dead_code, reason = "every test program uses its own part of this")]

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use doorkey_emulator::Emulator;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

/// Far beyond what any answer takes; only a test that hangs gets here.
const PATIENCE: Duration = Duration::from_secs(60);

pub const TOKEN_PATH: &str = "/metadata/identity/oauth2/token";
pub const TOKEN_TARGET: &str =
    "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.localhost";

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Whether the body came to the end that its headers announced.
    pub complete: bool,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// That a reply is the error of this status and code, with a message that begins so.
#[track_caller]
pub fn assert_error(reply: &Reply, status: u16, code: &str, message: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    let body = reply.json();
    assert_eq!(body["error"]["code"], code);
    let text = body["error"]["message"].as_str().expect("a message");
    assert!(text.starts_with(message), "{text}");
}

/// As [`assert_error`], with an inner code.
#[track_caller]
pub fn assert_inner(reply: &Reply, status: u16, code: &str, inner: &str, message: &str) {
    assert_error(reply, status, code, message);
    assert_eq!(reply.json()["error"]["innererror"]["code"], inner);
}

/// A request as it goes out. The Host header and the end of the head are added.
pub struct Ask<'a> {
    pub method: &'a str,
    pub target: &'a str,
    pub headers: Vec<(&'a str, String)>,
    pub body: &'a str,
}

impl<'a> Ask<'a> {
    pub fn get(target: &'a str) -> Self {
        Self::new("GET", target)
    }

    pub fn new(method: &'a str, target: &'a str) -> Self {
        Self {
            method,
            target,
            headers: Vec::new(),
            body: "",
        }
    }

    pub fn header(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", format!("Bearer {token}"))
    }

    pub fn json(mut self, body: &'a str) -> Self {
        self.body = body;
        self.header("Content-Type", "application/json")
    }

    pub fn form(mut self, body: &'a str) -> Self {
        self.body = body;
        self.header("Content-Type", "application/x-www-form-urlencoded")
    }

    fn bytes(&self, host: &str) -> Vec<u8> {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: {host}\r\n",
            self.method, self.target
        );
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !self.body.is_empty() {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        (head + "\r\n" + self.body).into_bytes()
    }
}

/// Sends one request over a stream and reads the answer, whatever becomes of it.
pub fn exchange(stream: &mut (impl Read + Write), host: &str, ask: &Ask<'_>) -> io::Result<Reply> {
    stream.write_all(&ask.bytes(host))?;
    stream.flush()?;
    read_reply(stream)
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the emulator listens");
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("a time limit");
    stream
}

/// One request to the token endpoint.
pub fn try_imds(emulator: &Emulator, ask: &Ask<'_>) -> io::Result<Reply> {
    let address = emulator.imds_address();
    exchange(&mut connect(address), &address.to_string(), ask)
}

pub fn imds(emulator: &Emulator, ask: &Ask<'_>) -> Reply {
    try_imds(emulator, ask).expect("an answer")
}

/// A token for a resource, from the token endpoint.
pub fn token_for(emulator: &Emulator, resource: &str) -> String {
    let resource: String = form_urlencoded::byte_serialize(resource.as_bytes()).collect();
    let target = format!("{TOKEN_PATH}?api-version=2018-02-01&resource={resource}");
    let reply = imds(emulator, &Ask::get(&target).header("Metadata", "true"));
    let body = reply.json();
    body["access_token"].as_str().expect("a token").to_owned()
}

pub type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// Settings of a client that trusts this authority and nothing else.
pub fn client_config(
    ca_pem: &str,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let root = PemObject::from_pem_slice(ca_pem.as_bytes()).expect("a certificate");
    roots.add(root).expect("a usable root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions that ring has")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// A TLS connection whose handshake is done, under the given server name.
pub fn handshake(
    config: Arc<ClientConfig>,
    address: SocketAddr,
    name: &str,
) -> io::Result<TlsStream> {
    let name = ServerName::try_from(name.to_owned()).expect("a server name");
    let mut stream = connect(address);
    let mut connection = ClientConnection::new(config, name).expect("a client");
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    Ok(StreamOwned::new(connection, stream))
}

/// A vault of an emulator, asked under one of its hosts.
pub struct Vault<'a> {
    pub emulator: &'a Emulator,
    pub host: String,
}

impl<'a> Vault<'a> {
    pub fn new(emulator: &'a Emulator) -> Self {
        let port = emulator.vault_address().port();
        Self {
            emulator,
            host: format!("demo.vault.localhost:{port}"),
        }
    }

    pub fn at(emulator: &'a Emulator, host: &str) -> Self {
        Self {
            emulator,
            host: host.to_owned(),
        }
    }

    pub fn open(&self) -> TlsStream {
        let config = client_config(self.emulator.ca_pem(), rustls::ALL_VERSIONS);
        let name = self.host.split(':').next().expect("a host");
        handshake(config, self.emulator.vault_address(), name).expect("a handshake")
    }

    pub fn try_ask(&self, ask: &Ask<'_>) -> io::Result<Reply> {
        exchange(&mut self.open(), &self.host, ask)
    }

    pub fn ask(&self, ask: &Ask<'_>) -> Reply {
        self.try_ask(ask).expect("an answer")
    }

    /// Asks with a good token.
    pub fn call(&self, ask: Ask<'_>) -> Reply {
        let token = token_for(self.emulator, &self.emulator.audience());
        self.ask(&ask.bearer(&token))
    }

    pub fn get(&self, target: &str) -> Reply {
        self.call(Ask::get(target))
    }

    /// A request without a body, with a good token and the version of the API added.
    pub fn send(&self, method: &str, path: &str) -> Reply {
        let target = format!("{path}?api-version=7.4");
        self.call(Ask::new(method, &target))
    }

    /// As [`Vault::send`], with a body.
    pub fn send_json(&self, method: &str, path: &str, body: &str) -> Reply {
        let target = format!("{path}?api-version=7.4");
        self.call(Ask::new(method, &target).json(body))
    }

    pub fn put(&self, name: &str, body: &str) -> Reply {
        let target = format!("/secrets/{name}?api-version=7.4");
        self.call(Ask::new("PUT", &target).json(body))
    }
}

fn read_reply(stream: &mut impl Read) -> io::Result<Reply> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("a head in ASCII");
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next().expect("a status line");
    let status = status.split(' ').nth(1).expect("a status");
    let headers = lines
        .map(|line| line.split_once(": ").expect("a header"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut reply = Reply {
        status: status.parse().expect("a number"),
        headers,
        body: Vec::new(),
        complete: true,
    };
    read_body(stream, &mut reply);
    Ok(reply)
}

/// Bodies of a known length and chunked ones. One that breaks off is kept as far as it came.
fn read_body(stream: &mut impl Read, reply: &mut Reply) {
    if reply.header("Transfer-Encoding") == Some("chunked") {
        while let Some(size) = read_chunk_size(stream) {
            if size == 0 {
                return;
            }
            if !read_exactly(stream, size, &mut reply.body) || read_line(stream).is_none() {
                break;
            }
        }
        reply.complete = false;
    } else if let Some(length) = reply.header("Content-Length") {
        let length = length.parse().expect("a length");
        reply.complete = read_exactly(stream, length, &mut reply.body);
    }
}

fn read_exactly(stream: &mut impl Read, size: usize, body: &mut Vec<u8>) -> bool {
    let before = body.len();
    // A broken connection is an error of the stream; what had come is in the buffer all the same.
    let _ = stream.take(size as u64).read_to_end(body);
    body.len() - before == size
}

fn read_chunk_size(stream: &mut impl Read) -> Option<usize> {
    usize::from_str_radix(&read_line(stream)?, 16).ok()
}

fn read_line(stream: &mut impl Read) -> Option<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        line.push(byte[0]);
    }
    line.truncate(line.len() - 2);
    String::from_utf8(line).ok()
}
