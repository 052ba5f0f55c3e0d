//! Proxies: never for local endpoints, by our own rules for vaults.

use doorkey::{Client, ClientOptions, Status};
use doorkey_emulator::{Emulator, dead_port};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::common::*;

/// A CONNECT proxy on loopback that leads every host to one address.
pub struct Proxy {
    pub url: String,
    seen: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Proxy {
    pub fn start(target: std::net::SocketAddr, answer: &'static str) -> Self {
        let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let (send_url, url) = std::sync::mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let log = std::sync::Arc::clone(&seen);
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
                        tokio::spawn(tunnel(client, target, answer, std::sync::Arc::clone(&log)));
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
    log: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
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

/// An emulator for the public cloud's names, and a client that reaches them only by proxy.
fn proxied(emulator: &Emulator, more: &[(&str, &str)]) -> Client {
    let mut more = more.to_vec();
    more.push(("DOORKEY_VAULT_SUFFIX", ""));
    Client::new(ClientOptions {
        environment: environment(emulator, &more),
        retries_max: Some(0),
        ..options(emulator)
    })
    .unwrap()
}

fn public_cloud() -> Emulator {
    start(Emulator::builder().vault_suffix("vault.azure.net"))
}

#[test]
fn a_vault_is_reached_through_https_proxy() {
    let emulator = public_cloud();
    let proxy = Proxy::start(emulator.vault_address(), OPEN);
    secret(&proxied(&emulator, &[("HTTPS_PROXY", &proxy.url)])).unwrap();
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1);
    assert!(
        heads[0].starts_with("CONNECT demo.vault.azure.net:443 "),
        "{heads:?}"
    );
    assert!(!heads[0].contains("Bearer"), "the proxy sees no token");
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
fn a_proxy_that_wants_credentials_is_a_proxy_error_with_the_fix() {
    let emulator = public_cloud();
    let proxy = Proxy::start(
        emulator.vault_address(),
        "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
    );
    let url = proxy.url.replace("http://", "http://user:hunter2@");
    let error = failure(secret(&proxied(&emulator, &[("HTTPS_PROXY", &url)])));
    assert_eq!(error.status(), Status::Proxy, "{error}");
    assert!(error.advice().unwrap().contains("HTTPS_PROXY"));
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn this_machine_is_never_proxied() {
    let emulator = emulator();
    let dead = dead_port();
    let client = Client::new(ClientOptions {
        environment: environment(&emulator, &[("HTTPS_PROXY", &dead), ("ALL_PROXY", &dead)]),
        ..options(&emulator)
    })
    .unwrap();
    secret(&client).unwrap();
}

#[test]
fn a_proxy_variable_that_is_no_proxy_is_named() {
    let emulator = public_cloud();
    let error = failure(secret(&proxied(
        &emulator,
        &[("HTTPS_PROXY", "socks5://127.0.0.1:1")],
    )));
    assert_eq!(error.status(), Status::Unsupported);
    assert!(error.message().starts_with("HTTPS_PROXY"), "{error}");
    assert_eq!(emulator.requests().token, 0);
}

#[test]
fn a_proxy_that_cannot_be_reached_is_not_mistaken_for_the_vault() {
    let emulator = public_cloud();
    let dead = dead_port();
    let error = failure(secret(&proxied(&emulator, &[("HTTPS_PROXY", &dead)])));
    assert_eq!(error.status(), Status::Proxy);
    assert!(error.message().contains("proxy"), "{error}");
}
