//! The proof that this test run sends nothing beyond loopback: it runs in a network that has nothing else, or else
//! behind a guard that turns everybody back; nothing can be reached from there, and every attempt is counted. Also
//! whether Azure Arc's folder is there for the tests, which the same namespace gives them.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::report::Report;
use super::{Context, Suite, no_names};
use crate::{Result, arc, guard, namespace};

pub const SUITE: Suite = Suite {
    name: "isolation",
    inside: true,
    needs: &[],
    prepare: None,
    run,
    tests: no_names,
};

/// The real metadata endpoint, and addresses that documentation may use and nobody has.
const OUTSIDE: [&str; 3] = ["169.254.169.254:80", "192.0.2.1:443", "[2001:db8::1]:443"];

/// The count after our own attempts, which are there to be refused.
static OWN_ATTEMPTS: AtomicU64 = AtomicU64::new(0);

fn run(context: &Context, report: &mut Report) -> Result<()> {
    match arc::obstacle() {
        None => report.passed += 1,
        Some(why) => report.skip(format!("isolation: {why}"), context.is_ci),
    }
    if !isolated() {
        report.skip(
            "isolation: this system gives us no network of our own (unshare --net) and no guard can be preloaded",
            context.is_ci,
        );
        return Ok(());
    }
    for address in OUTSIDE {
        report.check(
            &format!("{address} cannot be reached from the tests"),
            unreachable(address),
        );
    }
    let Some(own) = attempts() else {
        return Ok(());
    };
    OWN_ATTEMPTS.store(own, Ordering::Relaxed);
    report.check("an attempt is counted", seen(own));
    Ok(())
}

fn has_own_network() -> bool {
    namespace::interfaces() == ["lo"]
}

fn isolated() -> bool {
    has_own_network() || guard::is_active()
}

/// By the kernel in a network of our own, by the guard otherwise; None where the kernel does not count.
fn attempts() -> Option<u64> {
    if has_own_network() {
        namespace::attempts()
    } else {
        guard::attempts()
    }
}

/// Whatever is wrong with the address here is fine; an answer, a refusal or silence would come from the network.
fn unreachable(address: &str) -> Result<String> {
    let address: SocketAddr = address.parse()?;
    match TcpStream::connect_timeout(&address, Duration::from_secs(5)) {
        Ok(_) => Err("somebody answered".into()),
        Err(error) => match error.kind() {
            ErrorKind::TimedOut | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => {
                Err(format!("it was tried on the network: {error}").into())
            }
            _ => Ok(error.to_string()),
        },
    }
}

/// A count that does not move would prove nothing by standing still.
fn seen(own: u64) -> Result<String> {
    match own {
        0 => Err("none of our own attempts was counted".into()),
        count => Ok(format!("{count} attempts of our own")),
    }
}

/// After all suites: nobody but this file has tried to reach anything beyond loopback. Where the kernel does not
/// count, that nothing could is all that is known.
pub fn afterwards(report: &mut Report) {
    if !isolated() {
        return;
    }
    let Some(tried) = attempts() else {
        return;
    };
    report.check(
        "nothing that the tests started tried to reach beyond loopback",
        match tried - OWN_ATTEMPTS.load(Ordering::Relaxed) {
            0 => Ok(String::new()),
            count => Err(format!("{count} attempts were turned away").into()),
        },
    );
}
