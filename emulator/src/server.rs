//! The listeners: loopback sockets, TLS where there is any, and the thread on which everything runs.
//! What is answered is decided in exchange.rs and control.rs.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use socket2::Socket;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::control::Control;
use crate::exchange::{self, Entrance};
use crate::sockets;
use crate::world::World;

/// Room for a thousand clients that connect in the same moment.
const BACKLOG: i32 = 1_024;

/// A bound socket that nobody accepts from yet.
pub(crate) struct Listening {
    socket: Socket,
    pub(crate) address: SocketAddr,
    /// Ends when the socket listens; it does from the beginning if there is none.
    opened: Option<oneshot::Receiver<()>>,
}

/// A port that refuses connections until it is opened.
pub(crate) struct Closed {
    socket: Socket,
    opened: oneshot::Sender<()>,
}

impl Listening {
    /// Listens on 127.0.0.1; port 0 lets the system choose.
    pub(crate) fn on(port: u16) -> io::Result<Self> {
        let socket = sockets::bound(port)
            .and_then(|socket| socket.listen(BACKLOG).map(|()| socket))
            .map_err(|error| {
                let text = format!("cannot listen on 127.0.0.1:{port}: {error}");
                io::Error::new(error.kind(), text)
            })?;
        Self::with(socket, None)
    }

    /// Takes a port on which nothing listens yet.
    pub(crate) fn later(port: u16) -> io::Result<(Self, Closed)> {
        let socket = sockets::bound(port)?;
        let (opened, waits) = oneshot::channel();
        let closed = Closed {
            socket: socket.try_clone()?,
            opened,
        };
        Ok((Self::with(socket, Some(waits))?, closed))
    }

    fn with(socket: Socket, opened: Option<oneshot::Receiver<()>>) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let address = sockets::address_of(&socket)?;
        Ok(Self {
            socket,
            address,
            opened,
        })
    }

    /// The listener, once it listens. There is none if the emulator ends before that.
    async fn listener(self) -> Option<TcpListener> {
        if let Some(opened) = self.opened {
            opened.await.ok()?;
        }
        TcpListener::from_std(self.socket.into()).ok()
    }
}

impl Closed {
    /// Lets connections in from now on.
    pub(crate) fn open(self) -> io::Result<()> {
        self.socket.listen(BACKLOG)?;
        // Without a receiver the emulator has just ended.
        let _ = self.opened.send(());
        Ok(())
    }
}

/// A way in: where it is, what is behind it, and its TLS if it has any.
pub(crate) struct Door {
    pub(crate) listening: Listening,
    pub(crate) entrance: Entrance,
    pub(crate) tls: Option<ServerConfig>,
}

/// What is to be served where.
pub(crate) struct Plan {
    pub(crate) world: Arc<World>,
    pub(crate) doors: Vec<Door>,
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
                    plan.serve();
                    // The sender is dropped, never used: either way the wait ends and the runtime takes its tasks along.
                    drop(stopped.await);
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
    fn serve(self) {
        if let Some(listening) = self.control {
            let control = Arc::new(Control::new(self.world.clone()));
            tokio::spawn(accept(listening, move |stream| {
                control_connection(control.clone(), stream)
            }));
        }
        for door in self.doors {
            let world = self.world.clone();
            let acceptor = door.tls.map(|tls| TlsAcceptor::from(Arc::new(tls)));
            tokio::spawn(accept(door.listening, move |stream| {
                connection(world.clone(), door.entrance, acceptor.clone(), stream)
            }));
        }
    }
}

async fn accept<Serving>(listening: Listening, serve: impl Fn(TcpStream) -> Serving)
where
    Serving: Future<Output = ()> + Send + 'static,
{
    let Some(listener) = listening.listener().await else {
        return;
    };
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

async fn connection(
    world: Arc<World>,
    entrance: Entrance,
    tls: Option<TlsAcceptor>,
    stream: TcpStream,
) {
    let endpoint = entrance.endpoint();
    world.journal.connected(endpoint);
    let Some(acceptor) = tls else {
        return converse(world, entrance, stream).await;
    };
    let handshake = acceptor.accept(stream).await;
    world.journal.handshaken(endpoint, handshake.is_ok());
    if let Ok(stream) = handshake {
        converse(world, entrance, stream).await;
    }
}

async fn converse(
    world: Arc<World>,
    entrance: Entrance,
    stream: impl AsyncRead + AsyncWrite + Unpin,
) {
    let service = service_fn(|request| exchange::serve(world.clone(), entrance, request));
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
