//! The listeners: loopback sockets, TLS for the vault, and the thread on which everything runs.
//! What is answered is decided in exchange.rs and control.rs.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::control::Control;
use crate::exchange;
use crate::journal::Endpoint;
use crate::sockets;
use crate::world::World;

/// Room for a thousand clients that connect in the same moment.
const BACKLOG: i32 = 1_024;

/// A bound and listening socket that nobody accepts from yet.
pub(crate) struct Listening {
    listener: StdListener,
    pub(crate) address: SocketAddr,
}

impl Listening {
    /// Listens on 127.0.0.1; port 0 lets the system choose.
    pub(crate) fn on(port: u16) -> io::Result<Self> {
        let listener = listener(port).map_err(|error| {
            let text = format!("cannot listen on 127.0.0.1:{port}: {error}");
            io::Error::new(error.kind(), text)
        })?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }
}

fn listener(port: u16) -> io::Result<StdListener> {
    let socket = sockets::bound(port)?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// What is to be served where.
pub(crate) struct Plan {
    pub(crate) world: Arc<World>,
    pub(crate) imds: Listening,
    pub(crate) vault: Listening,
    pub(crate) tls: ServerConfig,
    pub(crate) control: Option<Listening>,
}

/// The thread that serves. Dropping it closes every socket and waits for the thread to end.
pub(crate) struct Server {
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(plan: Plan) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("doorkey-emulator".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    match plan.serve() {
                        // The sender is dropped, never used: either way the wait ends and the runtime takes its tasks along.
                        Ok(()) => drop(stopped.await),
                        Err(error) => eprintln!("doorkey-emulator: cannot serve: {error}"),
                    }
                });
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed; nothing more can be done about it here.
            let _ = thread.join();
        }
    }
}

impl Plan {
    fn serve(self) -> io::Result<()> {
        let imds = TcpListener::from_std(self.imds.listener)?;
        let vault = TcpListener::from_std(self.vault.listener)?;
        let control = self
            .control
            .map(|listening| TcpListener::from_std(listening.listener))
            .transpose()?;
        let acceptor = TlsAcceptor::from(Arc::new(self.tls));
        if let Some(listener) = control {
            let control = Arc::new(Control::new(self.world.clone()));
            tokio::spawn(accept(listener, move |stream| {
                control_connection(control.clone(), stream)
            }));
        }
        let world = self.world.clone();
        tokio::spawn(accept(imds, move |stream| {
            plain_connection(world.clone(), stream)
        }));
        let world = self.world;
        tokio::spawn(accept(vault, move |stream| {
            tls_connection(world.clone(), acceptor.clone(), stream)
        }));
        Ok(())
    }
}

async fn accept<Serving>(listener: TcpListener, serve: impl Fn(TcpStream) -> Serving)
where
    Serving: Future<Output = ()> + Send + 'static,
{
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Small answers must leave at once, or every measurement would be of Nagle's 40 ms.
                let _ = stream.set_nodelay(true);
                tokio::spawn(serve(stream));
            }
            // Out of descriptors, most likely; they come back as connections end.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn plain_connection(world: Arc<World>, stream: TcpStream) {
    world.journal.connected(Endpoint::Token);
    converse(world, Endpoint::Token, stream).await;
}

async fn tls_connection(world: Arc<World>, acceptor: TlsAcceptor, stream: TcpStream) {
    world.journal.connected(Endpoint::Vault);
    let handshake = acceptor.accept(stream).await;
    world.journal.handshaken(handshake.is_ok());
    if let Ok(stream) = handshake {
        converse(world, Endpoint::Vault, stream).await;
    }
}

async fn converse(
    world: Arc<World>,
    endpoint: Endpoint,
    stream: impl AsyncRead + AsyncWrite + Unpin,
) {
    let service = service_fn(|request| exchange::serve(world.clone(), endpoint, request));
    // An error is a client that went away, or a connection that a fault broke.
    let _ = http1::Builder::new()
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn control_connection(control: Arc<Control>, stream: TcpStream) {
    let service = service_fn(|request| {
        let control = control.clone();
        async move { Ok::<_, Infallible>(control.serve(request).await) }
    });
    let _ = http1::Builder::new()
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
