//! What an emulator is made of, before it starts: vaults, secrets, identities, lifetimes, ports.
//! The running emulator is in emulator.rs.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;

use crate::certificates::{CaFile, Certificates};
use crate::emulator::Emulator;
use crate::exchange::Entrance;
use crate::faults::Faults;
use crate::hosts::grant::{DateFormat, Expiry, Shape};
use crate::hosts::{Host, Machine, TokenProxy, arc};
use crate::identities::{Identities, UserAssigned};
use crate::journal::Journal;
use crate::other_certificates::Proxy;
use crate::server::{Door, Listening, Plan, Server};
use crate::tokens::Tokens;
use crate::vault::backup::Sealer;
use crate::vault::permissions::{Denied, Permissions, VaultOperation};
use crate::vault::secrets::SecretOptions;
use crate::vault::store::Vaults;
use crate::world::{Settings, World};

/// What the vault is called when nobody names one.
const DEFAULT_VAULT: &str = "demo";
/// A name below localhost, which no resolver may ever look up outside this machine (RFC 6761).
const DEFAULT_SUFFIX: &str = "vault.localhost";
const DEFAULT_LIFETIME: Duration = Duration::from_secs(24 * 3_600);

/// Says what an [`Emulator`] shall be, and starts it.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    host: Host,
    shape: Shape,
    arc_tokens: Option<PathBuf>,
    arc_ignores_ids: bool,
    token_proxy: bool,
    refuses_at_first: bool,
    vaults: Vec<String>,
    secrets: Vec<FirstSecret>,
    consistency_lag: u32,
    purge_protection: bool,
    denied: Vec<(VaultOperation, Denied)>,
    suffix: String,
    resources: Vec<String>,
    system_assigned: bool,
    user_assigned: Vec<UserAssigned>,
    token_lifetime: Duration,
    token_cache: bool,
    empty_pages: bool,
    tls12_only: bool,
    expired_certificate: bool,
    imds_port: u16,
    vault_port: u16,
    ca_file: Option<PathBuf>,
    control: bool,
}

/// A secret that is there from the start.
#[derive(Clone, Debug)]
struct FirstSecret {
    vault: Option<String>,
    name: String,
    value: String,
    options: SecretOptions,
    created: Option<u64>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            host: Host::default(),
            shape: Shape::default(),
            arc_tokens: None,
            arc_ignores_ids: false,
            token_proxy: false,
            refuses_at_first: false,
            vaults: Vec::new(),
            secrets: Vec::new(),
            consistency_lag: 0,
            purge_protection: false,
            denied: Vec::new(),
            suffix: DEFAULT_SUFFIX.to_owned(),
            resources: Vec::new(),
            system_assigned: true,
            user_assigned: Vec::new(),
            token_lifetime: DEFAULT_LIFETIME,
            token_cache: true,
            empty_pages: false,
            tls12_only: false,
            expired_certificate: false,
            imds_port: 0,
            vault_port: 0,
            ca_file: None,
            control: false,
        }
    }
}

impl Builder {
    /// The kind of machine; one with the Instance Metadata Service unless told otherwise.
    pub fn host(mut self, host: Host) -> Self {
        self.host = host;
        self
    }

    /// In which fields and forms the answers say when a token ends, in the order of the body, in the place of the host's own
    /// way. Without any they do not say it.
    pub fn expiry(mut self, forms: impl IntoIterator<Item = Expiry>) -> Self {
        self.shape.expiry = Some(forms.into_iter().collect());
        self
    }

    /// How App Service as it was before 2019 writes dates.
    pub fn date_format(mut self, format: DateFormat) -> Self {
        self.shape.dates = format;
        self
    }

    /// Whether the answers tell which identity the token is for, where the host's do. They do, unless told otherwise.
    pub fn client_id_echo(mut self, tells: bool) -> Self {
        self.shape.echo = tells;
        self
    }

    /// Where the Arc agent keeps its keys, in the place of the real folder. It is created if it is missing, and what was
    /// created is removed at the end.
    pub fn arc_tokens(mut self, folder: impl Into<PathBuf>) -> Self {
        self.arc_tokens = Some(folder.into());
        self
    }

    /// Makes the Arc agent an old one, which ignores ids and answers with the system-assigned identity.
    pub fn arc_ignores_ids(mut self, ignores: bool) -> Self {
        self.arc_ignores_ids = ignores;
        self
    }

    /// Puts a token proxy before the directory of a pod with workload identity. It has a certificate of an authority of its own,
    /// and answers only to its server name.
    pub fn token_proxy(mut self, stands: bool) -> Self {
        self.token_proxy = stands;
        self
    }

    /// Makes the token endpoint's port refuse connections until [`Emulator::start_listening`], as that of Container Apps does
    /// while a container starts.
    pub fn refuses_at_first(mut self, refuses: bool) -> Self {
        self.refuses_at_first = refuses;
        self
    }

    /// Adds a vault. Without any there is one named "demo"; the first answers on `localhost` and `127.0.0.1` too.
    pub fn vault(mut self, name: &str) -> Self {
        self.vaults.push(name.to_owned());
        self
    }

    /// Adds a secret to the first vault.
    pub fn secret(self, name: &str, value: &str) -> Self {
        self.secret_with(None, name, value, SecretOptions::default())
    }

    /// Adds a secret to the vault of that name.
    pub fn secret_in(self, vault: &str, name: &str, value: &str) -> Self {
        self.secret_with(Some(vault), name, value, SecretOptions::default())
    }

    /// Adds a secret with everything that can be said of one, to the first vault or the one named.
    pub fn secret_with(
        mut self,
        vault: Option<&str>,
        name: &str,
        value: &str,
        options: SecretOptions,
    ) -> Self {
        self.secrets.push(FirstSecret {
            vault: vault.map(str::to_owned),
            name: name.to_owned(),
            value: value.to_owned(),
            options,
            created: None,
        });
        self
    }

    /// Adds a secret to the first vault, as if it had been set at this time (Unix seconds). Several of one name are versions
    /// of one secret, and the youngest is the latest.
    pub fn secret_created_at(self, name: &str, value: &str, created: u64) -> Self {
        let mut builder = self.secret(name, value);
        if let Some(secret) = builder.secrets.last_mut() {
            secret.created = Some(created);
        }
        builder
    }

    /// Adds many secrets to the first vault, names before values.
    pub fn secrets<Name: AsRef<str>, Value: AsRef<str>>(
        self,
        secrets: impl IntoIterator<Item = (Name, Value)>,
    ) -> Self {
        secrets.into_iter().fold(self, |builder, (name, value)| {
            builder.secret(name.as_ref(), value.as_ref())
        })
    }

    /// How many requests will meet a deletion, a recovery or a purge as not yet done. None, unless told otherwise: everything
    /// is done at once. See [`Emulator::set_consistency_lag`].
    pub fn consistency_lag(mut self, requests: u32) -> Self {
        self.consistency_lag = requests;
        self
    }

    /// Whether the vaults are protected against purging: deleted secrets can be recovered, and nothing else. They are not,
    /// unless told otherwise.
    pub fn purge_protection(mut self, protects: bool) -> Self {
        self.purge_protection = protects;
        self
    }

    /// Takes a permission from the caller; it has all others. See [`Emulator::deny`].
    pub fn deny(mut self, operation: VaultOperation, reason: Denied) -> Self {
        self.denied.push((operation, reason));
        self
    }

    /// What follows a vault's name in its host, in the place of `vault.localhost`. Certificate, name constraint, audience
    /// and challenge follow. For tests that reach a built-in suffix by dialling its hosts at loopback.
    pub fn vault_suffix(mut self, suffix: &str) -> Self {
        self.suffix = suffix.to_ascii_lowercase();
        self
    }

    /// Makes the token endpoint know one more resource, beside Azure's own and this emulator's vaults.
    pub fn resource(mut self, resource: &str) -> Self {
        self.resources.push(resource.to_owned());
        self
    }

    /// Whether the machine has a system-assigned identity. It has, unless told otherwise.
    pub fn system_assigned(mut self, has: bool) -> Self {
        self.system_assigned = has;
        self
    }

    /// Gives the machine a user-assigned identity.
    pub fn user_assigned(mut self, identity: UserAssigned) -> Self {
        self.user_assigned.push(identity);
        self
    }

    /// How long tokens live; 24 hours unless told otherwise.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Whether the token endpoint hands out the same token, for an identity and a resource, until it has five minutes left, as
    /// the real one does. It does, unless told otherwise.
    pub fn token_cache(mut self, caches: bool) -> Self {
        self.token_cache = caches;
        self
    }

    /// Puts an empty page before every page of a list, as the real service sometimes does.
    pub fn empty_pages(mut self, sends: bool) -> Self {
        self.empty_pages = sends;
        self
    }

    /// Refuses TLS 1.3, as other emulators and old proxies do.
    pub fn tls12_only(mut self) -> Self {
        self.tls12_only = true;
        self
    }

    /// Shows a certificate that expired yesterday.
    pub fn expired_certificate(mut self) -> Self {
        self.expired_certificate = true;
        self
    }

    /// The port of the token endpoint; the system chooses unless told otherwise.
    pub fn imds_port(mut self, port: u16) -> Self {
        self.imds_port = port;
        self
    }

    /// The port of the vault; the system chooses unless told otherwise.
    pub fn vault_port(mut self, port: u16) -> Self {
        self.vault_port = port;
        self
    }

    /// Where the authority's certificate is written, in the place of a private folder. What is there is overwritten, and
    /// removed at the end.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Opens the control endpoint, by which tests in other languages script the emulator.
    pub fn control(mut self, open: bool) -> Self {
        self.control = open;
        self
    }

    /// Starts the emulator. It listens when this returns.
    ///
    /// # Errors
    /// When a port is taken, the certificate cannot be written, or a secret is for a vault that does not exist.
    pub fn start(self) -> io::Result<Emulator> {
        let certificates = Certificates::generate(&self.suffix, self.expired_certificate)
            .map_err(io::Error::other)?;
        let ca_pem = certificates.ca_pem.clone();
        let tls = certificates
            .server_config(self.tls12_only)
            .map_err(io::Error::other)?;
        let (token, closed) = if self.refuses_at_first {
            let (token, closed) = Listening::later(self.imds_port)?;
            (token, Some(closed))
        } else {
            (Listening::on(self.imds_port)?, None)
        };
        let vault = Listening::on(self.vault_port)?;
        let control = self.control.then(|| Listening::on(0)).transpose()?;
        let addresses = (
            token.address,
            vault.address,
            control.as_ref().map(|listening| listening.address),
        );
        let ca_file = CaFile::write(&ca_pem, self.ca_file.as_deref())?;
        let has_own_suffix = self.suffix != DEFAULT_SUFFIX;
        let has_proxy = self.token_proxy && self.host == Host::WorkloadIdentity;
        let mut world = self.world()?;
        let mut doors = vec![
            door(token, Entrance::Token, world.machine.tls(&tls)?),
            door(vault, Entrance::Vault, Some(tls)),
        ];
        if has_proxy {
            let (proxy, entrance) = token_proxy()?;
            world.machine.proxy = Some(proxy);
            doors.push(entrance);
        }
        let world = Arc::new(world);
        let server = Server::start(Plan {
            world: world.clone(),
            doors,
            control,
        })?;
        Ok(Emulator::new(
            server,
            world,
            addresses,
            (ca_pem, ca_file),
            (has_own_suffix, closed),
        ))
    }

    fn world(self) -> io::Result<World> {
        let mut names = self.vaults;
        if names.is_empty() {
            names.push(DEFAULT_VAULT.to_owned());
        }
        for name in &names {
            if !is_vault_name(name) {
                return Err(io::Error::other(format!(
                    "'{name}' cannot be a vault's name: 3 to 24 letters, digits and single hyphens"
                )));
            }
        }
        let vaults = Vaults::new(names, self.purge_protection);
        vaults.set_lag(self.consistency_lag);
        for secret in self.secrets {
            secret.put_into(&vaults)?;
        }
        let permissions = Permissions::default();
        for (operation, reason) in self.denied {
            permissions.deny(operation, reason);
        }
        let arc = (self.host == Host::Arc)
            .then(|| arc::Agent::new(self.arc_tokens.as_deref(), self.arc_ignores_ids))
            .transpose()?;
        // Whoever is in Cloud Shell has signed in.
        let has_system = self.system_assigned || self.host == Host::CloudShell;
        let settings = Settings::new(self.suffix, self.resources);
        settings.send_empty_pages(self.empty_pages);
        Ok(World {
            settings,
            machine: Machine::new(self.host, self.shape, arc)?,
            identities: Identities::new(has_system, self.user_assigned),
            tokens: Tokens::new(self.token_lifetime, self.token_cache),
            vaults,
            permissions,
            sealer: Sealer::new(),
            faults: Faults::default(),
            journal: Journal::default(),
        })
    }
}

impl FirstSecret {
    fn put_into(self, vaults: &Vaults) -> io::Result<()> {
        let name = self.name;
        if !crate::vault::is_name(&name) {
            return Err(io::Error::other(format!(
                "'{name}' cannot be a secret's name: 1 to 127 letters, digits and hyphens"
            )));
        }
        let vault = match &self.vault {
            None => vaults.first(),
            Some(vault) => vaults
                .find(vault)
                .ok_or_else(|| io::Error::other(format!("there is no vault '{vault}'")))?,
        };
        vaults
            .put(vault, &name, self.value, self.options, self.created)
            .map_err(|_| io::Error::other(format!("the name '{name}' is not free")))?;
        Ok(())
    }
}

fn door(listening: Listening, entrance: Entrance, tls: Option<ServerConfig>) -> Door {
    Door {
        listening,
        entrance,
        tls,
    }
}

fn token_proxy() -> io::Result<(TokenProxy, Door)> {
    let certificate = Proxy::new().map_err(io::Error::other)?;
    let listening = Listening::on(0)?;
    let proxy = TokenProxy {
        address: listening.address,
        name: certificate.name.clone(),
        ca_file: CaFile::write(&certificate.ca_pem, None)?,
    };
    let tls = certificate.server_config().map_err(io::Error::other)?;
    Ok((proxy, door(listening, Entrance::TokenProxy, Some(tls))))
}

/// The rule for vaults; the service has no vault of another name.
fn is_vault_name(name: &str) -> bool {
    (3..=24).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

/// Tags from pairs, for [`SecretOptions`].
pub fn tags<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}
