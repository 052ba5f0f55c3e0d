//! A network of our own with nothing in it but loopback: what runs inside cannot send a byte beyond it, by
//! construction, and the kernel counts every attempt. Linux only, as root or with user namespaces.

use std::process::Command;

use crate::process;
use crate::tools::on_path;

/// Brings loopback up and becomes the program given.
const ENTER: &str = "ip link set lo up && exec \"$@\"";

/// Root needs no user namespace, and keeps its own files' owner without one; everybody else needs one.
const WAYS: [&[&str]; 2] = [&["--net"], &["--net", "--map-root-user"]];

/// How to run a program inside, if the kernel lets us.
pub fn find() -> Option<Namespace> {
    let unshare = on_path("unshare")?;
    WAYS.into_iter()
        .map(|way| Namespace {
            prefix: std::iter::once(unshare.to_string_lossy().into_owned())
                .chain(way.iter().map(|word| (*word).to_owned()))
                .chain(["sh", "-c", ENTER, "sh"].map(str::to_owned))
                .collect(),
        })
        .find(Namespace::works)
}

pub struct Namespace {
    prefix: Vec<String>,
}

impl Namespace {
    pub fn command(&self, program: &std::path::Path) -> Command {
        let mut command = Command::new(&self.prefix[0]);
        command.args(&self.prefix[1..]).arg(program);
        command
    }

    fn works(&self) -> bool {
        process::capture(&mut self.command("true".as_ref())).is_ok()
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
