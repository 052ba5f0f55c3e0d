//! Running other programs: to the end, for their output, or with everything they say kept in a file.
//! Also the environment that keeps what we start away from the network. Knows nothing about any particular program.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// A loopback port that refuses: 169.254.169.254 may well answer on a build machine.
pub const DEAD_LOOPBACK: &str = "http://127.0.0.1:1";

/// Says where the metadata endpoint is.
const AUTHORITY_HOST: &str = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

/// What could lead a program under test to somewhere else, or make it take another path than the test means: every
/// variable that the library reads, and those of the tools around it.
const LEADS_ELSEWHERE: &[&str] = &[
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "AZURE_CLIENT_ID",
    "AZURE_TENANT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
    "AZURE_KUBERNETES_TOKEN_PROXY",
    "AZURE_KUBERNETES_SNI_NAME",
    "AZURE_KUBERNETES_CA_FILE",
    "AZURE_KUBERNETES_CA_DATA",
    "DEFAULT_IDENTITY_CLIENT_ID",
    "IDENTITY_API_VERSION",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "DOORKEY_CA_FILE",
    "DOORKEY_VAULT_SUFFIX",
];

/// Points a program at nothing but loopback, and switches off what phones home.
pub fn confine(command: &mut Command) -> &mut Command {
    for name in LEADS_ELSEWHERE {
        command.env_remove(name);
    }
    // cargo adds its own folders to these, and in them lies the library as it is built for tests.
    for name in [
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "DYLD_FALLBACK_LIBRARY_PATH",
    ] {
        command.env_remove(name);
    }
    command
        .env(AUTHORITY_HOST, DEAD_LOOPBACK)
        .env("DOTNET_CLI_TELEMETRY_OPTOUT", "1")
        .env("POWERSHELL_TELEMETRY_OPTOUT", "1")
        .env("POWERSHELL_UPDATECHECK", "Off")
        .env("CARGO_NET_OFFLINE", "true")
}

/// Standard output of a program that must succeed.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| cannot_start(command, &error))?;
    if !output.status.success() {
        return Err(format!(
            "{} failed ({}):\n{}{}",
            shown(command),
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs a program that must succeed, quietly; what it said is in the error when it does not.
pub fn quiet(command: &mut Command) -> Result<()> {
    capture(command).map(drop)
}

/// How a program ended that was allowed to fail, and all it said.
pub struct Ended {
    /// None when it was stopped for taking too long.
    pub status: Option<ExitStatus>,
    pub output: String,
}

impl Ended {
    pub fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    pub fn verdict(&self) -> String {
        match self.status {
            Some(status) => status.to_string(),
            None => "did not end in time and was stopped".to_owned(),
        }
    }
}

/// Runs a program with standard output and error in one file, in the order they were written. `limit` only keeps a
/// hanging program from holding up everybody: it is meant to be far above what a slow machine needs.
pub fn logged(command: &mut Command, log: &Path, limit: Duration) -> Result<Ended> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = File::create(log)?;
    let child = command
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()
        .map_err(|error| cannot_start(command, &error))?;
    let status = wait_at_most(child, limit)?;
    let mut bytes = Vec::new();
    File::open(log)?.read_to_end(&mut bytes)?;
    Ok(Ended {
        status,
        output: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

fn wait_at_most(mut child: Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start {}: {error}", shown(command))
}

/// A command as a person would type it.
pub fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the library says it reads, between the brackets of its list.
    fn variables_of_the_library() -> Vec<String> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/environment.rs");
        let text = std::fs::read_to_string(source).unwrap();
        let (_, list) = text.split_once("pub const NAMES: &[&str] = &[").unwrap();
        let (list, _) = list.split_once("];").unwrap();
        list.lines()
            .filter_map(|line| line.trim().strip_prefix('"')?.split_once('"'))
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    #[test]
    fn a_confined_program_has_no_variable_that_the_library_reads_but_a_dead_loopback_port() {
        let names = variables_of_the_library();
        assert!(names.iter().any(|name| name == AUTHORITY_HOST), "{names:?}");
        let mut command = Command::new("anything");
        for name in &names {
            command.env(name, "http://elsewhere.example");
        }
        confine(&mut command);
        for name in names {
            let (_, value) = command
                .get_envs()
                .find(|(set, _)| **set == *name.as_str())
                .unwrap();
            let expected = (name == AUTHORITY_HOST).then_some(DEAD_LOOPBACK.as_ref());
            assert_eq!(value, expected, "{name}");
        }
    }

    #[test]
    fn a_program_that_fails_says_so_with_its_own_words() {
        let error = capture(Command::new("cargo").arg("no-such-command")).unwrap_err();
        assert!(error.to_string().contains("no-such-command"), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = capture(&mut Command::new("doorkey-no-such-program")).unwrap_err();
        assert!(
            error.to_string().contains("doorkey-no-such-program"),
            "{error}"
        );
    }
}
