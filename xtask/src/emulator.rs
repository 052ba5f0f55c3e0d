//! The emulator as a program of its own, for the examples, the C tests and the bench. It ends when its standard input
//! does, so it cannot outlive us, however we end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::hosts::{HOSTS, Host};
use crate::workspace::Workspace;
use crate::{Result, process};

/// The secret of the tutorial.
pub const SECRET: &str = "MyTestSecret";
pub const SECRET_VALUE: &str = "p@ssw0rd!";

pub struct Emulator {
    child: Child,
    served: Value,
}

pub fn program(workspace: &Workspace) -> PathBuf {
    program_in(workspace, "debug")
}

/// The optimised one, for benches.
pub fn quick_program(workspace: &Workspace) -> PathBuf {
    program_in(workspace, "release")
}

fn program_in(workspace: &Workspace, profile: &str) -> PathBuf {
    let name = format!("doorkey-emulator{}", std::env::consts::EXE_SUFFIX);
    workspace.target.join(profile).join(name)
}

/// The kinds of machine that it can be, as it lists them for whoever asks for another.
pub fn known_hosts(workspace: &Workspace) -> Result<Vec<String>> {
    let mut command = Command::new(program(workspace));
    command.args(["serve", "--until-eof", "--source", "no-such-host"]);
    let refusal = match process::capture(&mut command) {
        Ok(_) => return Err("the emulator takes any word for a source".into()),
        Err(error) => error.to_string(),
    };
    let listed = refusal
        .lines()
        .find_map(|line| line.split_once("must be one of "))
        .ok_or_else(|| format!("the emulator does not say which sources there are: {refusal}"))?;
    let names = listed.1.split(", ").map(|name| name.trim().to_owned());
    Ok(names.collect())
}

impl Emulator {
    /// Starts it as a virtual machine, on ports of its own choosing, with the tutorial's secret in the vault `demo`.
    pub fn start(workspace: &Workspace) -> Result<Self> {
        Self::start_as(workspace, &HOSTS[0])
    }

    /// Starts it as any kind of machine.
    pub fn start_as(workspace: &Workspace, host: &Host) -> Result<Self> {
        let mut command = Command::new(program(workspace));
        command.arg("serve");
        Self::start_served(command, host)
    }

    /// Starts the optimised one as a virtual machine, with so many secrets more: s0, s1, ….
    pub fn start_quick(workspace: &Workspace, secrets: usize) -> Result<Self> {
        let mut command = Command::new(quick_program(workspace));
        command.arg("serve");
        for number in 0..secrets {
            command.args(["--secret", &format!("s{number}=value {number}")]);
        }
        Self::start_served(command, &HOSTS[0])
    }

    fn start_served(mut command: Command, host: &Host) -> Result<Self> {
        command
            .args(["--format", "json", "--until-eof", "--control"])
            .args(["--source", host.name])
            .arg("--secret")
            .arg(format!("{SECRET}={SECRET_VALUE}"));
        let mut child = process::confine(&mut command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| process::cannot_start(&command, &error))?;
        let stdout = child.stdout.take().ok_or("the emulator has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let served = serde_json::from_str(&line).map_err(|error| {
            let _ = child.kill();
            let _ = child.wait();
            let host = host.name;
            format!("the emulator did not say what it serves as {host} ({error}): {line:?}")
        })?;
        let emulator = Self { child, served };
        match emulator.says("source") {
            source if source == host.source => Ok(emulator),
            source => Err(format!("a token of {} comes from {source:?}?", host.name).into()),
        }
    }

    /// One of the texts the emulator says about itself: imds, vault_url, control, ….
    pub fn says(&self, key: &str) -> &str {
        self.served[key].as_str().unwrap_or_default()
    }

    /// Tells it over its control endpoint how to behave.
    pub fn script(&self, path: &str, json: &str) -> Result<()> {
        let address = self.says("control").trim_start_matches("http://");
        let mut connection = TcpStream::connect(address)?;
        write!(
            connection,
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{json}",
            json.len()
        )?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        match answer.starts_with("HTTP/1.1 200") {
            true => Ok(()),
            false => Err(format!("the emulator refuses {path} {json}: {answer}").into()),
        }
    }

    /// The variables that lead a program to this emulator.
    pub fn environment(&self) -> Vec<(String, String)> {
        let Some(variables) = self.served["environment"].as_object() else {
            return Vec::new();
        };
        variables
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect()
    }

    /// Leads a program to this emulator and nowhere else.
    pub fn lead<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        process::confine(command).envs(self.environment())
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // The end of its input is how it is told to tidy up; only one that does not listen is killed.
        drop(self.child.stdin.take());
        for _ in 0..500 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
