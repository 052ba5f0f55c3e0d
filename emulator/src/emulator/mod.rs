//! The running emulator as a Rust test holds it: where it listens, what it has seen, and what it shall do next.
//! What it is made of is said in builder.rs; what is done to its vaults is in secrets.rs beside this file.

mod secrets;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::builder::Builder;
use crate::certificates::CaFile;
use crate::claims::ClaimsEncoding;
use crate::faults::Fault;
use crate::gate::Gate;
use crate::hosts::arc::Agent;
use crate::hosts::assertion::Federation;
use crate::hosts::{Host, environment};
use crate::identities::UserAssigned;
use crate::journal::{RequestRecord, Requests};
use crate::server::{Closed, Server};
use crate::sockets::{self, BlackHole};
use crate::tokens::issuer;
use crate::vault::challenge;
use crate::world::World;

/// A token endpoint and one or more vaults on loopback. Dropping it stops everything: it closes all connections and removes the
/// certificate's file.
pub struct Emulator {
    // Dropped in this order: nothing is served any more when the file goes.
    _server: Server,
    world: Arc<World>,
    imds: SocketAddr,
    vault: SocketAddr,
    control: Option<SocketAddr>,
    ca_pem: String,
    ca_file: CaFile,
    has_own_suffix: bool,
    closed: Mutex<Option<Closed>>,
}

impl Emulator {
    /// Says what the emulator shall be.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(
        server: Server,
        world: Arc<World>,
        (imds, vault, control): (SocketAddr, SocketAddr, Option<SocketAddr>),
        (ca_pem, ca_file): (String, CaFile),
        (has_own_suffix, closed): (bool, Option<Closed>),
    ) -> Self {
        Self {
            _server: server,
            world,
            imds,
            vault,
            control,
            ca_pem,
            ca_file,
            has_own_suffix,
            closed: Mutex::new(closed),
        }
    }

    /// The token endpoint, without a path: the value for `AZURE_POD_IDENTITY_AUTHORITY_HOST`.
    pub fn imds_url(&self) -> String {
        format!("http://{}", self.imds)
    }

    /// Where the token endpoint listens.
    pub fn imds_address(&self) -> SocketAddr {
        self.imds
    }

    /// Where the vaults listen, with TLS.
    pub fn vault_address(&self) -> SocketAddr {
        self.vault
    }

    /// The control endpoint, when it was asked for.
    pub fn control_url(&self) -> Option<String> {
        self.control.map(|address| format!("http://{address}"))
    }

    /// What completes a vault's name: `vault.localhost:<port>`, or just the suffix that was set in its place. The value for
    /// `DOORKEY_VAULT_SUFFIX`.
    pub fn vault_suffix(&self) -> String {
        let suffix = &self.world.settings.suffix;
        if self.has_own_suffix {
            suffix.clone()
        } else {
            format!("{suffix}:{}", self.vault.port())
        }
    }

    /// The URL of the vault of that name, whether or not there is one.
    pub fn vault_url(&self, name: &str) -> String {
        format!("https://{name}.{}", self.vault_suffix())
    }

    /// The names of the vaults; the first answers on `localhost` and `127.0.0.1` too.
    pub fn vault_names(&self) -> &[String] {
        self.world.vaults.names()
    }

    /// The audience the vaults accept, without a port: `https://vault.localhost`.
    pub fn audience(&self) -> String {
        self.world.settings.audience()
    }

    /// The tenant whose tokens the vaults accept.
    pub fn tenant(&self) -> &str {
        self.world.tokens.tenant()
    }

    /// Moves the vaults to a new tenant, whose name is given. Challenges name it, tokens are issued for it from now on, and
    /// older ones are refused as those of a foreign issuer. A pod's directory still answers under the name of the one before.
    pub fn move_tenant(&self) -> &str {
        self.world.tokens.move_tenant()
    }

    /// Makes the vaults refuse every token issued so far with a claims challenge of continuous access evaluation for this JSON.
    /// See [`Emulator::demand_claims_encoded`].
    pub fn demand_claims(&self, claims: &str) {
        self.demand_claims_encoded(claims, ClaimsEncoding::default());
    }

    /// As [`Emulator::demand_claims`], with another way to write the claims into the challenge.
    ///
    /// A new token passes. A pod has to ask for it with the claims; the Arc agent (`bypass_cache`) and Service Fabric
    /// (`token_sha256_to_refresh`) have to be told to make one, and hand out the old one otherwise. Other endpoints know
    /// neither, so they hand out no token that they remember.
    pub fn demand_claims_encoded(&self, claims: &str, encoding: ClaimsEncoding) {
        self.world.demand_claims(claims, encoding);
    }

    /// The issuer of the tokens.
    pub fn issuer(&self) -> String {
        issuer(self.tenant())
    }

    /// The `WWW-Authenticate` header that the vaults send with a 401.
    pub fn challenge(&self) -> String {
        challenge::header(&self.world)
    }

    /// The authority's certificate, PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The file with the authority's certificate: the value for `DOORKEY_CA_FILE`.
    pub fn ca_file(&self) -> &Path {
        self.ca_file.path()
    }

    /// The kind of machine this is.
    pub fn host(&self) -> Host {
        self.world.machine.host
    }

    /// Where the token endpoint listens, whatever it speaks; the same as [`Emulator::imds_address`].
    pub fn token_address(&self) -> SocketAddr {
        self.imds
    }

    /// The URL of the token endpoint, as the host's variables give it, or as a pod puts it together from them.
    pub fn token_endpoint(&self) -> String {
        let endpoint = self.world.machine.endpoint(self.imds);
        match self.host() {
            Host::WorkloadIdentity => format!("{endpoint}/{}/oauth2/v2.0/token", self.tenant()),
            _ => endpoint,
        }
    }

    /// Ends what [`Builder::refuses_at_first`] began. Connections are let in when this returns; a second time does nothing.
    ///
    /// # Errors
    /// When the system does not let the port listen.
    pub fn start_listening(&self) -> io::Result<()> {
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        closed.take().map_or(Ok(()), Closed::open)
    }

    /// The SHA-1 thumbprint of the certificate that the Service Fabric host shows: `IDENTITY_SERVER_THUMBPRINT`.
    pub fn thumbprint(&self) -> Option<String> {
        let cluster = self.world.machine.cluster.as_ref()?;
        Some(cluster.thumbprint())
    }

    /// Makes the Service Fabric host show a new certificate, and gives its thumbprint.
    ///
    /// # Panics
    /// When the host is another.
    pub fn rotate_certificate(&self) -> String {
        let cluster = self.world.machine.cluster.as_ref();
        let cluster = cluster.expect("the host is Host::ServiceFabric");
        cluster.rotate().expect("a certificate")
    }

    /// The assertion that a pod with workload identity has in its file.
    ///
    /// # Panics
    /// When the host is another.
    pub fn assertion(&self) -> String {
        self.federation().current()
    }

    /// Puts a new assertion into the file, as the cluster does long before the old one ends, and gives it. The old one has
    /// expired.
    ///
    /// # Panics
    /// When the host is another, or the file cannot be written.
    pub fn rotate_assertion(&self) -> String {
        self.federation().rotate().expect("a writable file")
    }

    /// The file with the assertion: `AZURE_FEDERATED_TOKEN_FILE`.
    ///
    /// # Panics
    /// When the host is another.
    pub fn assertion_file(&self) -> PathBuf {
        self.federation().file()
    }

    fn federation(&self) -> &Federation {
        let federation = self.world.machine.federation.as_ref();
        federation.expect("the host is Host::WorkloadIdentity")
    }

    /// The variables by which Doorkey finds this emulator: those the host sets itself, and two of Doorkey's own.
    pub fn environment(&self) -> Vec<(String, String)> {
        let ca_file = self.ca_file().to_string_lossy().into_owned();
        environment::of(&self.world, self.imds)
            .into_iter()
            .chain([
                ("DOORKEY_CA_FILE", ca_file),
                ("DOORKEY_VAULT_SUFFIX", self.vault_suffix()),
            ])
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// The system-assigned identity, if the machine has one.
    pub fn system_assigned(&self) -> Option<&UserAssigned> {
        self.world.identities.system()
    }

    /// The user-assigned identities, with the ids that were made up for them.
    pub fn user_assigned(&self) -> &[UserAssigned] {
        self.world.identities.user()
    }

    /// The value of `IDENTITY_HEADER` or `MSI_SECRET`, on hosts that set one.
    pub fn secret_header(&self) -> Option<String> {
        self.world.machine.secret()
    }

    /// Replaces that value, as the platform does from time to time: the old one is refused from now on, and
    /// [`Emulator::environment`] has the new one, which is given.
    pub fn rotate_secret_header(&self) -> Option<String> {
        self.world.machine.rotate_secret()
    }

    /// The folder in which the Arc agent puts its keys.
    ///
    /// # Panics
    /// When the host is another.
    pub fn arc_tokens(&self) -> &Path {
        self.arc().folder()
    }

    /// The contents of all keys that the Arc agent has written so far. None of them may ever be shown to anybody.
    ///
    /// # Panics
    /// When the host is another.
    pub fn arc_keys(&self) -> Vec<String> {
        self.arc().given()
    }

    fn arc(&self) -> &Agent {
        let agent = self.world.machine.arc.as_ref();
        agent.expect("the host is Host::Arc")
    }

    /// The counters.
    pub fn requests(&self) -> Requests {
        self.world.journal.counters()
    }

    /// The requests since the start, or since [`Emulator::reset_requests`]; the newest 10,000 of them.
    pub fn log(&self) -> Vec<RequestRecord> {
        self.world.journal.log()
    }

    /// Sets the counters to zero and empties the log.
    pub fn reset_requests(&self) {
        self.world.journal.reset();
    }

    /// A token that this emulator's vaults accept if `audience` is [`Emulator::audience`]. With a lifetime of zero it has
    /// expired already.
    pub fn issue_token(&self, audience: &str, lifetime: Duration) -> String {
        let to = UserAssigned::random("brought");
        self.world.tokens.issue(&to, audience, lifetime).token
    }

    /// Makes the vaults refuse every token issued so far; the token endpoint gives new ones.
    pub fn revoke_tokens(&self) {
        self.world.tokens.revoke();
    }

    /// Makes something go wrong.
    pub fn fault(&self, fault: Fault) {
        self.world.faults.add(fault);
    }

    /// Makes requests wait: adds the fault with a new gate in front of it, and gives the gate.
    pub fn hold(&self, fault: Fault) -> Gate {
        let gate = Gate::new();
        self.fault(fault.hold(&gate));
        gate
    }

    /// Forgets all faults that have not happened yet. Requests that are held stay held.
    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// See [`black_hole`](crate::black_hole).
    ///
    /// # Errors
    /// When loopback sockets cannot be had.
    pub fn black_hole(&self) -> io::Result<BlackHole> {
        sockets::black_hole()
    }
}
