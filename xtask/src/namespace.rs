//! Namespaces of our own: a network with nothing in it but loopback, so that what runs inside cannot send a byte beyond
//! it, by construction, and the kernel counts every attempt; and an empty /var/opt in memory, so that Azure Arc's folder
//! can be played with and the machine's own stays as it is. Linux only, as root or with user namespaces.

use std::path::Path;
use std::process::Command;

use crate::process;
use crate::tools::on_path;

/// What is our own inside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Own {
    NetworkAndFolder,
    Network,
    Folder,
}

impl Own {
    fn options(self) -> &'static [&'static str] {
        match self {
            Own::NetworkAndFolder => &["--net", "--mount"],
            Own::Network => &["--net"],
            Own::Folder => &["--mount"],
        }
    }

    /// Brings loopback up, lays the folder over the machine's, and becomes the program given. The folder of the tokens
    /// is there from the start, so that emulators that run side by side neither make nor remove it.
    fn enter(self) -> String {
        const NETWORK: &str = "ip link set lo up && ";
        const FOLDER: &str =
            "mount -t tmpfs -o mode=755 doorkey /var/opt && mkdir -p /var/opt/azcmagent/tokens && ";
        let steps = match self {
            Own::NetworkAndFolder => [NETWORK, FOLDER],
            Own::Network => [NETWORK, ""],
            Own::Folder => ["", FOLDER],
        };
        format!("{}exec \"$@\"", steps.concat())
    }
}

/// Root needs no user namespace, and keeps its own files' owner without one; everybody else needs one.
const USERS: [&[&str]; 2] = [&[], &["--map-root-user"]];

/// How to run a program with `own` inside, if the kernel lets us.
pub fn find(own: Own) -> Option<Namespace> {
    let unshare = on_path("unshare")?;
    USERS
        .into_iter()
        .map(|user| Namespace {
            prefix: std::iter::once(unshare.to_string_lossy().into_owned())
                .chain(
                    own.options()
                        .iter()
                        .chain(user)
                        .map(|word| (*word).to_owned()),
                )
                .chain(["sh", "-c", &own.enter(), "sh"].map(str::to_owned))
                .collect(),
        })
        .find(Namespace::works)
}

pub struct Namespace {
    prefix: Vec<String>,
}

impl Namespace {
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(&self.prefix[0]);
        command.args(&self.prefix[1..]).arg(program);
        command
    }

    /// Whether it can be entered, and what we run can be seen from inside.
    fn works(&self) -> bool {
        let Ok(ourselves) = std::env::current_exe() else {
            return false;
        };
        process::capture(self.command("test".as_ref()).arg("-x").arg(ourselves)).is_ok()
    }
}

/// The interfaces of the network that we are in.
pub fn interfaces() -> Vec<String> {
    let Ok(text) = std::fs::read_to_string("/proc/net/dev") else {
        return Vec::new();
    };
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name.trim().to_owned())
        .collect()
}

/// How often somebody in this network tried to reach an address that no interface leads to.
pub fn attempts() -> Option<u64> {
    let v4 = column(
        &std::fs::read_to_string("/proc/net/snmp").ok()?,
        "Ip:",
        "OutNoRoutes",
    )?;
    // A kernel without IPv6 has no such file, and nobody can try.
    let v6 = std::fs::read_to_string("/proc/net/snmp6").unwrap_or_default();
    Some(v4 + row(&v6, "Ip6OutNoRoutes").unwrap_or(0))
}

/// A number of /proc/net/snmp: a line of names, then a line of numbers.
fn column(text: &str, group: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().filter(|line| line.starts_with(group));
    let at = lines
        .next()?
        .split_whitespace()
        .position(|word| word == name)?;
    lines.next()?.split_whitespace().nth(at)?.parse().ok()
}

/// A number of /proc/net/snmp6: name and number on one line.
fn row(text: &str, name: &str) -> Option<u64> {
    text.lines()
        .filter_map(|line| line.split_once(char::is_whitespace))
        .find(|(found, _)| *found == name)?
        .1
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_count_is_read_by_its_name() {
        let text = "Ip: Forwarding OutDiscards OutNoRoutes\nIp: 1 2 3\nTcp: a\nTcp: 9\n";
        assert_eq!(column(text, "Ip:", "OutNoRoutes"), Some(3));
        assert_eq!(column(text, "Ip:", "Nothing"), None);
        assert_eq!(
            row("Ip6InX  \t4\nIp6OutNoRoutes   \t7\n", "Ip6OutNoRoutes"),
            Some(7)
        );
    }
}
