//! Sockets that misbehave below HTTP, all on loopback: a port that refuses, and a black hole.
//! What misbehaves inside HTTP is in faults.rs.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

/// More connects than any system's shortest queue takes; those beyond it keep the queue full.
const FILLERS: usize = 16;

/// A loopback listener whose queue is full: a connect to it hangs, as one to a host behind a silent firewall does.
///
/// Linux and macOS drop the handshake of a connection that finds the queue full. Windows refuses it instead, so there a
/// connect fails after a second or two.
#[derive(Debug)]
pub struct BlackHole {
    address: SocketAddr,
    _sockets: Vec<Socket>,
}

impl BlackHole {
    /// The address to connect to, as an http URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Opens a [`BlackHole`]; it lasts until it is dropped.
///
/// # Errors
/// When loopback sockets cannot be had.
pub fn black_hole() -> io::Result<BlackHole> {
    let listener = bound(0)?;
    listener.listen(0)?;
    let address = address_of(&listener)?;
    let mut sockets = vec![listener];
    for _ in 0..FILLERS {
        let filler = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        filler.set_nonblocking(true)?;
        // "In progress" is the expected answer. Those that find no room stay in line and take any place that gets free.
        let _ = filler.connect(&address.into());
        sockets.push(filler);
    }
    wait_until_one_is_connected(&sockets[1..])?;
    Ok(BlackHole {
        address,
        _sockets: sockets,
    })
}

/// One connected filler proves that the handshakes sent so far have been dealt with, in the order they were sent.
fn wait_until_one_is_connected(fillers: &[Socket]) -> io::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !fillers.iter().any(|filler| filler.peer_addr().is_ok()) {
        if Instant::now() > deadline {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "no loopback connection came about in ten seconds",
            ));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// An http URL on loopback that refuses every connection. The port stays taken (bound, never listening) as long as the process
/// lives, so that nobody else can come to listen there.
///
/// # Panics
/// When loopback sockets cannot be had.
pub fn dead_port() -> String {
    static BOUND: Mutex<Vec<Socket>> = Mutex::new(Vec::new());
    let socket = bound(0).expect("a loopback port");
    let address = address_of(&socket).expect("the port's number");
    BOUND
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(socket);
    format!("http://{address}")
}

/// A TCP socket on 127.0.0.1, with a port of the system's choosing when `port` is 0.
pub(crate) fn bound(port: u16) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    // A fixed port must be usable again at once after a restart. On Windows the option means something else: taking over.
    #[cfg(unix)]
    socket.set_reuse_address(port != 0)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    Ok(socket)
}

/// Where a socket is bound.
pub(crate) fn address_of(socket: &Socket) -> io::Result<SocketAddr> {
    socket
        .local_addr()?
        .as_socket()
        .ok_or_else(|| io::Error::other("not an internet address"))
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::net::TcpStream;
    use std::time::Duration;

    #[test]
    fn a_dead_port_refuses() {
        let url = super::dead_port();
        let address = url.strip_prefix("http://").expect("an http URL");
        let error = TcpStream::connect(address).expect_err("nobody listens");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }

    #[test]
    #[cfg(unix)]
    fn a_connect_to_a_black_hole_hangs() {
        let hole = super::black_hole().expect("a black hole");
        for _ in 0..3 {
            let error = TcpStream::connect_timeout(&hole.address(), Duration::from_millis(300))
                .expect_err("nobody answers");
            assert_eq!(error.kind(), ErrorKind::TimedOut);
        }
    }
}
