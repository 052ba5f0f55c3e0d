//! Proxies of vaults: how one is reached, what it is told, and what it means that it does not let through. When there is one
//! at all is in `proxy/rules.rs`.

mod rules;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use doorkey::{Client, ClientOptions, Error, Sensitive, Status};
use doorkey_emulator::{Emulator, dead_port};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::common::*;

/// A CONNECT proxy on loopback that leads every host to one address.
pub struct Proxy {
    pub url: String,
    seen: Arc<Mutex<Vec<String>>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Proxy {
    pub fn start(target: std::net::SocketAddr, answer: &'static str) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (send_url, url) = std::sync::mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let log = Arc::clone(&seen);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                send_url
                    .send(format!("http://{}", listener.local_addr().unwrap()))
                    .unwrap();
                let accept = async {
                    loop {
                        let (client, _) = listener.accept().await.unwrap();
                        tokio::spawn(tunnel(client, target, answer, Arc::clone(&log)));
                    }
                };
                let mut accept = std::pin::pin!(accept);
                let mut stopped = std::pin::pin!(stopped);
                std::future::poll_fn(|context| {
                    if stopped.as_mut().poll(context).is_ready() {
                        return std::task::Poll::Ready(());
                    }
                    let _: std::task::Poll<()> = accept.as_mut().poll(context);
                    std::task::Poll::Pending
                })
                .await;
            });
        });
        Self {
            url: url.recv().unwrap(),
            seen,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub fn heads(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        self.thread.take().unwrap().join().unwrap();
    }
}

async fn tunnel(
    mut client: TcpStream,
    target: std::net::SocketAddr,
    answer: &'static str,
    log: Arc<Mutex<Vec<String>>>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match client.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    log.lock()
        .unwrap()
        .push(String::from_utf8_lossy(&head).into_owned());
    client.write_all(answer.as_bytes()).await.unwrap();
    if answer.contains(" 200 ") {
        let mut server = TcpStream::connect(target).await.unwrap();
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        let up = tokio::io::copy(&mut from_client, &mut to_server);
        let down = tokio::io::copy(&mut from_server, &mut to_client);
        let (mut up, mut down) = (std::pin::pin!(up), std::pin::pin!(down));
        // Ends with whichever side closes first.
        std::future::poll_fn(|context| {
            if up.as_mut().poll(context).is_ready() || down.as_mut().poll(context).is_ready() {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
    }
}

/// What a proxy says that lets a connection through.
pub const OPEN: &str = "HTTP/1.1 200 OK\r\n\r\n";

const HOST: &str = "demo.vault.azure.net";

/// An emulator for the public cloud's names.
fn public_cloud() -> Emulator {
    start(Emulator::builder().vault_suffix("vault.azure.net"))
}

fn proxied_options(emulator: &Emulator, more: &[(&str, &str)]) -> ClientOptions {
    let mut more = more.to_vec();
    more.push(("DOORKEY_VAULT_SUFFIX", ""));
    ClientOptions {
        environment: environment(emulator, &more),
        retries_max: Some(0),
        ..options(emulator)
    }
}

/// A client that reaches the public cloud's names only by proxy.
fn proxied(emulator: &Emulator, more: &[(&str, &str)]) -> Client {
    Client::new(proxied_options(emulator, more)).unwrap()
}

/// Options with a proxy on a machine on which no name resolves. The metadata service has one here, so the token is brought.
fn nameless(emulator: &Emulator, proxy: &str) -> ClientOptions {
    let brought = emulator.issue_token(&emulator.audience(), Duration::from_secs(600));
    ClientOptions {
        access_token: Some(Arc::new(Sensitive::new(brought.as_bytes()))),
        dial: vec![(HOST.to_owned(), None)],
        ..proxied_options(emulator, &[("HTTPS_PROXY", proxy)])
    }
}

/// What a proxy says that refuses.
const CLOSED: &str = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";

/// What a proxy says that wants to know who asks.
const WHO: &str = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n";

#[test]
fn a_vault_is_reached_through_https_proxy() {
    let emulator = public_cloud();
    let proxy = Proxy::start(emulator.vault_address(), OPEN);
    secret(&proxied(&emulator, &[("HTTPS_PROXY", &proxy.url)])).unwrap();
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1, "the token came without it");
    assert!(
        heads[0].starts_with("CONNECT demo.vault.azure.net:443 "),
        "{heads:?}"
    );
    assert!(!heads[0].contains("Bearer"), "the proxy sees no token");
}

#[test]
fn a_proxy_needs_no_scheme() {
    let emulator = public_cloud();
    let proxy = Proxy::start(emulator.vault_address(), OPEN);
    let bare = proxy.url.trim_start_matches("http://");
    secret(&proxied(&emulator, &[("HTTPS_PROXY", bare)])).unwrap();
    assert_eq!(proxy.heads().len(), 1);
}

#[test]
fn credentials_of_the_proxys_url_go_to_the_proxy() {
    let emulator = public_cloud();
    let proxy = Proxy::start(emulator.vault_address(), OPEN);
    let url = proxy.url.replace("http://", "http://user:p%40ss@");
    secret(&proxied(&emulator, &[("https_proxy", &url)])).unwrap();
    // "user:p@ss"
    assert!(
        proxy.heads()[0]
            .to_lowercase()
            .contains("proxy-authorization: basic dxnlcjpwqhnz"),
        "{:?}",
        proxy.heads()
    );
}

#[test]
fn credentials_of_the_proxys_url_go_to_nobody_else() {
    let emulator = public_cloud();
    let proxy = Proxy::start(emulator.vault_address(), OPEN);
    let url = proxy.url.replace("http://", "http://user:hunter2@");
    secret(&proxied(&emulator, &[("HTTPS_PROXY", &url)])).unwrap();
    let log = emulator.log();
    assert_eq!(log.len(), 2, "the token endpoint and the vault");
    for request in log {
        assert_eq!(request.header("proxy-authorization"), None);
    }
}

#[test]
fn a_proxy_without_credentials_in_its_url_is_told_none() {
    let emulator = public_cloud();
    let proxy = Proxy::start(emulator.vault_address(), OPEN);
    secret(&proxied(&emulator, &[("HTTPS_PROXY", &proxy.url)])).unwrap();
    let head = proxy.heads()[0].to_lowercase();
    assert!(!head.contains("authorization"), "{head}");
}

/// Everything of an error that anybody can see.
fn all_of(error: &Error) -> String {
    format!("{error} {error:?} {:?}", error.advice())
}

#[test]
fn credentials_of_the_proxys_url_are_in_no_error() {
    let emulator = public_cloud();
    let refusing = Proxy::start(emulator.vault_address(), CLOSED);
    let asking = Proxy::start(emulator.vault_address(), WHO);
    let hanging_up = Proxy::start(emulator.vault_address(), "");
    let dead = dead_port();
    for url in [&refusing.url, &asking.url, &hanging_up.url, &dead] {
        let url = url.replace("http://", "http://carl:hunter2@");
        let client = proxied(&emulator, &[("HTTPS_PROXY", &url)]);
        let error = failure(secret(&client));
        assert_eq!(error.status(), Status::Proxy, "{error}");
        // Also not as they are sent: "carl:hunter2".
        for hidden in ["hunter2", "carl", "Y2FybDpodW50ZXIy"] {
            assert!(!all_of(&error).contains(hidden), "{error:?}");
            assert!(!format!("{client:?}").contains(hidden));
        }
    }
}

#[test]
fn credentials_of_a_bad_proxy_url_are_in_no_error() {
    let emulator = public_cloud();
    for url in [
        "socks5://carl:hunter2@127.0.0.1:1",
        "http://carl:hunter2@",
        "http://carl:hunter2@[::1",
        "http://carl:hunter2@127.0.0.1:99999",
    ] {
        let error = failure(secret(&proxied(&emulator, &[("HTTPS_PROXY", url)])));
        assert!(error.message().starts_with("HTTPS_PROXY: "), "{error}");
        assert!(!all_of(&error).contains("hunter2"), "{error:?}");
    }
    assert_eq!(emulator.requests().token, 0);
}

#[test]
fn a_proxy_that_wants_credentials_is_a_proxy_error_with_the_fix() {
    let emulator = public_cloud();
    let proxy = Proxy::start(emulator.vault_address(), WHO);
    let error = failure(secret(&proxied(&emulator, &[("HTTPS_PROXY", &proxy.url)])));
    assert_eq!(error.status(), Status::Proxy, "{error}");
    let advice = error.advice().unwrap();
    assert!(advice.contains("wants credentials"), "{advice}");
    assert!(advice.contains("HTTPS_PROXY"), "{advice}");
    assert_eq!(proxy.heads().len(), 1, "waiting does not help");
}

#[test]
fn a_proxy_that_refuses_is_not_said_to_want_credentials() {
    let emulator = public_cloud();
    for answer in [
        CLOSED,
        "HTTP/1.1 502 Bad Gateway\r\n\r\n",
        "no HTTP\r\n\r\n",
        "",
    ] {
        let proxy = Proxy::start(emulator.vault_address(), answer);
        let error = failure(secret(&proxied(&emulator, &[("HTTPS_PROXY", &proxy.url)])));
        assert_eq!(error.status(), Status::Proxy, "{answer}: {error}");
        let advice = error.advice().unwrap();
        assert!(!advice.contains("wants credentials"), "{advice}");
        assert!(advice.contains("NO_PROXY"), "{advice}");
    }
    assert_eq!(emulator.requests().vault, 0);
}

#[test]
fn a_proxy_that_cannot_be_reached_is_not_mistaken_for_the_vault() {
    let emulator = public_cloud();
    let dead = dead_port();
    let error = failure(secret(&proxied(&emulator, &[("HTTPS_PROXY", &dead)])));
    assert_eq!(error.status(), Status::Proxy);
    assert!(error.message().contains("proxy"), "{error}");
}

#[test]
fn a_proxy_whose_name_does_not_resolve_is_not_mistaken_for_the_vault() {
    let emulator = public_cloud();
    let client = Client::new(nameless(&emulator, "http://proxy.example:8080")).unwrap();
    let error = failure(secret(&client));
    assert_eq!(error.status(), Status::Proxy, "{error}");
    assert!(
        error.message().contains("the proxy cannot be reached"),
        "{error}"
    );
    assert!(error.advice().unwrap().contains("HTTPS_PROXY"), "{error}");
}

#[test]
fn a_vaults_name_is_looked_up_by_the_proxy_alone() {
    let emulator = public_cloud();
    let proxy = Proxy::start(emulator.vault_address(), OPEN);
    let client = Client::new(nameless(&emulator, &proxy.url)).unwrap();
    secret(&client).unwrap();
}

#[test]
fn a_proxy_variable_that_is_no_proxy_is_named() {
    let emulator = public_cloud();
    for (url, status) in [
        ("socks5://127.0.0.1:1", Status::Unsupported),
        ("ftp://127.0.0.1:1", Status::Unsupported),
        ("http://", Status::InvalidArgument),
        ("http://[::1", Status::InvalidArgument),
        ("127.0.0.1:99999", Status::InvalidArgument),
    ] {
        for name in ["HTTPS_PROXY", "all_proxy"] {
            let error = failure(secret(&proxied(&emulator, &[(name, url)])));
            assert_eq!(error.status(), status, "{url}: {error}");
            assert!(error.message().starts_with(&format!("{name}: ")), "{error}");
        }
    }
    assert_eq!(emulator.requests().token, 0);
}
