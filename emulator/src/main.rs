//! The program `doorkey-emulator`: starts an emulator, says how to reach it, and keeps it until it is told to stop.
//! What it serves is the library's business.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use doorkey_emulator::{Emulator, Host, UserAssigned};
use serde::Serialize;

/// Azure managed identity endpoints and Key Vault on loopback, for tests and for trying Doorkey without a cloud.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts the endpoints, prints the environment to set, and runs until it is stopped.
    Serve(Box<Serve>),
}

#[derive(clap::Args)]
struct Serve {
    /// The kind of machine to be: imds, app-service, functions, container-apps, automation, hybrid-worker, arc, arc-kubernetes,
    /// cloud-shell, service-fabric, azure-ml, workload-identity or app-service-2017.
    #[arg(long, value_name = "HOST", default_value = "imds", value_parser = host)]
    source: Host,
    /// The folder for the keys of the Arc agent; the real one's when none is named. Removed at the end if it was missing.
    #[arg(long, value_name = "PATH")]
    arc_tokens: Option<PathBuf>,
    /// Put a token proxy before the directory of a workload-identity pod.
    #[arg(long)]
    token_proxy: bool,
    /// A secret of the first vault, or of another one as VAULT/NAME=VALUE.
    #[arg(long = "secret", value_name = "NAME=VALUE", value_parser = secret)]
    secrets: Vec<SecretArgument>,
    /// A vault; "demo" when none is named. The first one answers on localhost and 127.0.0.1 too.
    #[arg(long = "vault", value_name = "NAME")]
    vaults: Vec<String>,
    /// The port of the token endpoint; the system chooses when none is named.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    imds_port: u16,
    /// The port of the vault; the system chooses when none is named.
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    vault_port: u16,
    /// Where the certificate to trust is written; a private temporary folder when no file is named. Removed at the end.
    #[arg(long, value_name = "PATH")]
    ca_file: Option<PathBuf>,
    /// A user-assigned identity: client-id=…,object-id=…,resource-id=… (what is left out is made up).
    #[arg(long = "user-assigned", value_name = "IDS", value_parser = user_assigned)]
    user_assigned: Vec<UserAssigned>,
    /// The machine has no system-assigned identity.
    #[arg(long)]
    no_system_assigned: bool,
    /// How long tokens live.
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400, value_parser = clap::value_parser!(u64).range(1..))]
    token_lifetime: u64,
    /// Give a new token at every request; the real endpoint gives the same one for most of its life.
    #[arg(long)]
    no_token_cache: bool,
    /// Protect the vaults against purging: what is deleted can be recovered, and nothing else.
    #[arg(long)]
    purge_protection: bool,
    /// How many requests meet a deletion, a recovery or a purge as not yet done, as in the real service.
    #[arg(
        long,
        value_name = "REQUESTS",
        default_value_t = 0,
        hide_default_value = true
    )]
    consistency_lag: u32,
    /// How to print what is served: for people, or as one line of JSON for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Stop when standard input ends, so that the emulator never outlives the program that started it.
    #[arg(long)]
    until_eof: bool,
    /// Open an endpoint on loopback by which tests can script faults and read counters.
    #[arg(long)]
    control: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Clone)]
struct SecretArgument {
    vault: Option<String>,
    name: String,
    value: String,
}

/// The one line of `--format json`.
#[derive(Serialize)]
struct Served {
    /// The word of `--source`.
    host: &'static str,
    /// What Doorkey calls it.
    source: &'static str,
    token_endpoint: String,
    imds: String,
    vault_suffix: String,
    vault_url: String,
    vault_port: u16,
    ca_file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    control: Option<String>,
    environment: std::collections::BTreeMap<String, String>,
}

fn main() -> ExitCode {
    let Command::Serve(serve) = Arguments::parse().command;
    match run(*serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("doorkey-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(serve: Serve) -> io::Result<()> {
    let (format, until_eof) = (serve.format, serve.until_eof);
    let secrets: Vec<String> = serve.secrets.iter().map(SecretArgument::shown).collect();
    let emulator = serve.start()?;
    // Listening for the stop comes first: who reads the line below may stop us at once.
    let stop = Stop::prepare(until_eof)?;
    let text = match format {
        Format::Text => for_people(&emulator, &secrets),
        Format::Json => for_programs(&emulator)?,
    };
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()?;
    drop(output);
    stop.wait();
    Ok(())
}

impl Serve {
    fn start(self) -> io::Result<Emulator> {
        let mut builder = Emulator::builder()
            .host(self.source)
            .token_proxy(self.token_proxy)
            .system_assigned(!self.no_system_assigned)
            .token_lifetime(Duration::from_secs(self.token_lifetime))
            .token_cache(!self.no_token_cache)
            .purge_protection(self.purge_protection)
            .consistency_lag(self.consistency_lag)
            .imds_port(self.imds_port)
            .vault_port(self.vault_port)
            .control(self.control);
        for vault in &self.vaults {
            builder = builder.vault(vault);
        }
        for secret in &self.secrets {
            builder = match &secret.vault {
                Some(vault) => builder.secret_in(vault, &secret.name, &secret.value),
                None => builder.secret(&secret.name, &secret.value),
            };
        }
        for identity in self.user_assigned {
            builder = builder.user_assigned(identity);
        }
        if let Some(path) = self.ca_file {
            builder = builder.ca_file(path);
        }
        if let Some(folder) = self.arc_tokens {
            builder = builder.arc_tokens(folder);
        }
        builder.start()
    }
}

fn for_programs(emulator: &Emulator) -> io::Result<String> {
    let served = Served {
        host: emulator.host().name(),
        source: emulator.host().source(),
        token_endpoint: emulator.token_endpoint(),
        imds: emulator.imds_url(),
        vault_suffix: emulator.vault_suffix(),
        vault_url: emulator.vault_url(&emulator.vault_names()[0]),
        vault_port: emulator.vault_address().port(),
        ca_file: emulator.ca_file().to_string_lossy().into_owned(),
        control: emulator.control_url(),
        environment: emulator.environment().into_iter().collect(),
    };
    Ok(serde_json::to_string(&served)? + "\n")
}

/// What is served and how to reach it. Names only: a secret's value is for those who ask the vault.
fn for_people(emulator: &Emulator, secrets: &[String]) -> String {
    let mut text = String::from("A managed identity and Key Vault on this machine alone.\n\n");
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(text, "  {label:<14} {value}");
    };
    line("machine", emulator.host().name());
    line("source", &source_line(emulator.host()));
    line("token endpoint", &emulator.token_endpoint());
    for vault in emulator.vault_names() {
        line("vault", &emulator.vault_url(vault));
    }
    if !secrets.is_empty() {
        line("secrets", &secrets.join(", "));
    }
    for identity in emulator.user_assigned() {
        line(
            "user-assigned",
            &format!("client id {}", identity.client_id),
        );
        line("", &format!("object id {}", identity.object_id));
        line("", &format!("resource id {}", identity.resource_id));
    }
    line("audience", &emulator.audience());
    line("certificate", &emulator.ca_file().to_string_lossy());
    if let Some(control) = emulator.control_url() {
        line("control", &control);
    }
    let _ = writeln!(text, "\nTo point Doorkey here, in sh:");
    for (name, value) in emulator.environment() {
        let _ = writeln!(text, "  export {name}='{}'", value.replace('\'', r"'\''"));
    }
    let _ = writeln!(text, "and in PowerShell:");
    for (name, value) in emulator.environment() {
        let _ = writeln!(text, "  $env:{name} = '{}'", value.replace('\'', "''"));
    }
    let _ = writeln!(
        text,
        "\nOther clients reach the first vault as https://localhost:{} when they trust the certificate\n(curl --cacert, or SSL_CERT_FILE set before the program starts).\n\nCtrl+C stops it.",
        emulator.vault_address().port()
    );
    text
}

/// What Doorkey calls it, and whether it has to be told.
fn source_line(host: Host) -> String {
    let source = host.source();
    if host == Host::AppService2017 {
        format!(
            "{source} in Doorkey, which has to be asked for it: -Source {source}, ClientOptions.Source, doorkey_options_set_source"
        )
    } else {
        format!("{source} in Doorkey")
    }
}

fn host(text: &str) -> Result<Host, String> {
    Host::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = Host::ALL.iter().map(|host| host.name()).collect();
        format!("it must be one of {}", names.join(", "))
    })
}

fn secret(text: &str) -> Result<SecretArgument, String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("expected NAME=VALUE")?;
    let (vault, name) = match name.split_once('/') {
        Some((vault, name)) => (Some(vault.to_owned()), name),
        None => (None, name),
    };
    let (name, value) = (name.to_owned(), value.to_owned());
    Ok(SecretArgument { vault, name, value })
}

impl SecretArgument {
    fn shown(&self) -> String {
        match &self.vault {
            Some(vault) => format!("{vault}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

fn user_assigned(text: &str) -> Result<UserAssigned, String> {
    let mut identity = UserAssigned::random("identity");
    for part in text.split(',') {
        let (kind, id) = part.split_once('=').unwrap_or((part, ""));
        let place = match kind {
            "client-id" => &mut identity.client_id,
            "object-id" => &mut identity.object_id,
            "resource-id" => &mut identity.resource_id,
            _ => {
                return Err(format!(
                    "'{kind}' is not client-id, object-id or resource-id"
                ));
            }
        };
        if id.is_empty() {
            return Err(format!("{kind} is empty"));
        }
        if kind != "resource-id" && !is_guid(id) {
            return Err(format!("{kind} must be a GUID"));
        }
        id.clone_into(place);
    }
    Ok(identity)
}

/// 8-4-4-4-12 hexadecimal digits, as every id of Entra.
fn is_guid(id: &str) -> bool {
    let lengths = id.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && id.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// What ends the program: an interrupt, a polite kill, or the end of standard input.
struct Stop(std::sync::mpsc::Receiver<()>);

impl Stop {
    fn prepare(until_eof: bool) -> io::Result<Self> {
        let (stop, stopped) = std::sync::mpsc::channel();
        if until_eof {
            let stop = stop.clone();
            std::thread::spawn(move || {
                // An unreadable input is as good as an ended one.
                let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
                let _ = stop.send(());
            });
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let signal = runtime.block_on(async { signalled() })?;
        std::thread::spawn(move || {
            runtime.block_on(signal);
            let _ = stop.send(());
        });
        Ok(Self(stopped))
    }

    fn wait(self) {
        let _ = self.0.recv();
    }
}

/// Takes the signals over at once; the future it gives ends when one comes.
#[cfg(unix)]
fn signalled() -> io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}

/// Takes the console's events over at once; the future it gives ends when one comes.
#[cfg(windows)]
fn signalled() -> io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close};
    let mut interrupt = ctrl_c()?;
    let mut stop = ctrl_break()?;
    let mut close = ctrl_close()?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = stop.recv() => {}
            _ = close.recv() => {}
        }
    })
}
