//! The kinds of machine an emulator can be: the words for them, what each sets in the environment, and who answers its requests.
//! Each protocol has its own file here; what they share is in grant.rs and resources.rs.

pub(crate) mod app_service;
mod app_service_2017;
pub(crate) mod arc;
pub(crate) mod assertion;
mod automation;
mod azure_ml;
mod cloud_shell;
pub(crate) mod environment;
pub(crate) mod grant;
pub(crate) mod imds;
pub(crate) mod resources;
mod service_fabric;
mod workload;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;

use crate::answer::Answer;
use crate::certificates::CaFile;
use crate::hosts::assertion::Federation;
use crate::journal::RequestRecord;
use crate::other_certificates::Cluster;
use crate::query::Query;
use crate::random;
use crate::world::World;

/// The kind of machine an emulator is, as far as managed identity goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Host {
    /// A virtual machine, a scale set, a container instance, a Kubernetes node: the Instance Metadata Service.
    #[default]
    Imds,
    /// App Service.
    AppService,
    /// Azure Functions.
    Functions,
    /// Container Apps.
    ContainerApps,
    /// A job in the cloud sandbox of Azure Automation.
    Automation,
    /// A job of Azure Automation on a hybrid worker.
    HybridWorker,
    /// A server with the Azure Arc agent.
    Arc,
    /// A pod of an Arc-enabled Kubernetes cluster.
    ArcKubernetes,
    /// Cloud Shell: the token is the signed-in user's.
    CloudShell,
    /// An application on a Service Fabric cluster.
    ServiceFabric,
    /// A compute of Azure Machine Learning.
    AzureMl,
    /// A Kubernetes pod with workload identity: the token comes from the directory itself.
    WorkloadIdentity,
    /// App Service as it was before 2019, with `MSI_ENDPOINT` and `MSI_SECRET` alone.
    AppService2017,
}

impl Host {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 13] = [
        Self::Imds,
        Self::AppService,
        Self::Functions,
        Self::ContainerApps,
        Self::Automation,
        Self::HybridWorker,
        Self::Arc,
        Self::ArcKubernetes,
        Self::CloudShell,
        Self::ServiceFabric,
        Self::AzureMl,
        Self::WorkloadIdentity,
        Self::AppService2017,
    ];

    /// The word for it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Imds => "imds",
            Self::AppService => "app-service",
            Self::Functions => "functions",
            Self::ContainerApps => "container-apps",
            Self::Automation => "automation",
            Self::HybridWorker => "hybrid-worker",
            Self::Arc => "arc",
            Self::ArcKubernetes => "arc-kubernetes",
            Self::CloudShell => "cloud-shell",
            Self::ServiceFabric => "service-fabric",
            Self::AzureMl => "azure-ml",
            Self::WorkloadIdentity => "workload-identity",
            Self::AppService2017 => "app-service-2017",
        }
    }

    /// The host of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|host| host.name() == name)
    }

    /// What Doorkey calls the source of tokens on such a machine.
    pub fn source(self) -> &'static str {
        match self {
            Self::Functions
            | Self::ContainerApps
            | Self::Automation
            | Self::HybridWorker
            | Self::ArcKubernetes => "app-service",
            own => own.name(),
        }
    }

    /// The path of its token endpoint.
    fn path(self) -> &'static str {
        match self {
            Self::Imds | Self::Arc | Self::ArcKubernetes | Self::ServiceFabric => imds::TOKEN_PATH,
            Self::AppService | Self::AppService2017 => "/msi/token/",
            Self::Functions | Self::ContainerApps => "/msi/token",
            Self::Automation => imds::TOKEN_PATH,
            Self::HybridWorker | Self::CloudShell => "/oauth2/token",
            Self::AzureMl => "/MSI/token",
            Self::WorkloadIdentity => "",
        }
    }

    /// Whether the platform writes `localhost` where others write 127.0.0.1.
    fn says_localhost(self) -> bool {
        !matches!(
            self,
            Self::Imds
                | Self::AppService
                | Self::AppService2017
                | Self::HybridWorker
                | Self::ArcKubernetes
        )
    }

    /// Whether a request can have a new token in the place of the one that the endpoint remembers.
    pub(crate) fn lets_bypass_cache(self) -> bool {
        matches!(
            self,
            Self::Arc | Self::ServiceFabric | Self::WorkloadIdentity
        )
    }

    fn has_tls(self) -> bool {
        matches!(self, Self::ServiceFabric | Self::WorkloadIdentity)
    }

    /// The value of `IDENTITY_HEADER` or `MSI_SECRET` at the start, where the platform sets one.
    fn first_secret(self) -> Option<String> {
        match self {
            Self::Imds | Self::Arc | Self::CloudShell | Self::WorkloadIdentity => None,
            // Every cluster has this one.
            Self::ArcKubernetes => Some("ArcK8s".to_owned()),
            _ => Some(random::guid()),
        }
    }
}

/// The machine: its kind and what goes with it.
pub(crate) struct Machine {
    pub(crate) host: Host,
    secret: Mutex<Option<String>>,
    pub(crate) shape: grant::Shape,
    pub(crate) arc: Option<arc::Agent>,
    pub(crate) federation: Option<Federation>,
    pub(crate) cluster: Option<Arc<Cluster>>,
    pub(crate) proxy: Option<TokenProxy>,
}

/// How pods find the token proxy.
pub(crate) struct TokenProxy {
    pub(crate) address: SocketAddr,
    pub(crate) name: String,
    pub(crate) ca_file: CaFile,
}

impl Machine {
    pub(crate) fn new(
        host: Host,
        shape: grant::Shape,
        arc: Option<arc::Agent>,
    ) -> io::Result<Self> {
        let federation = (host == Host::WorkloadIdentity)
            .then(Federation::new)
            .transpose()?;
        let cluster = (host == Host::ServiceFabric)
            .then(Cluster::new)
            .transpose()
            .map_err(io::Error::other)?;
        Ok(Self {
            host,
            secret: Mutex::new(host.first_secret()),
            shape,
            arc,
            federation,
            cluster: cluster.map(Arc::new),
            proxy: None,
        })
    }

    /// What a request must prove to know, where the platform has such a thing.
    pub(crate) fn secret(&self) -> Option<String> {
        self.secret
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether a header's value is the secret. A machine without one knows no such value.
    pub(crate) fn knows(&self, value: Option<&str>) -> bool {
        value.is_some() && self.secret().as_deref() == value
    }

    /// Replaces the secret, as the platform does from time to time, and gives the new one.
    pub(crate) fn rotate_secret(&self) -> Option<String> {
        let mut secret = self.secret.lock().unwrap_or_else(PoisonError::into_inner);
        if secret.is_some() {
            *secret = Some(random::guid());
        }
        secret.clone()
    }

    /// The URL of the token endpoint, as the platform writes it into the environment.
    pub(crate) fn endpoint(&self, address: SocketAddr) -> String {
        self.origin(address) + self.host.path()
    }

    fn origin(&self, address: SocketAddr) -> String {
        let scheme = if self.host.has_tls() { "https" } else { "http" };
        let name = if self.host.says_localhost() {
            "localhost".to_owned()
        } else {
            address.ip().to_string()
        };
        match (scheme, address.port()) {
            ("http", 80) => format!("{scheme}://{name}"),
            (_, port) => format!("{scheme}://{name}:{port}"),
        }
    }

    /// The token endpoint's TLS where it has any: the vault's, or that of the cluster's own certificate.
    pub(crate) fn tls(&self, vault: &ServerConfig) -> io::Result<Option<ServerConfig>> {
        match &self.cluster {
            Some(cluster) => cluster.server_config().map(Some).map_err(io::Error::other),
            None => Ok(self.host.has_tls().then(|| vault.clone())),
        }
    }

    /// The file with a pod's assertion.
    pub(crate) fn assertion_file(&self) -> Option<PathBuf> {
        self.federation.as_ref().map(Federation::file)
    }
}

/// Answers one request to the token endpoint, or to the proxy before it.
pub(crate) fn answer(
    world: &World,
    request: &RequestRecord,
    path: &str,
    query: &Query,
    proxied: bool,
) -> Answer {
    match world.machine.host {
        Host::Imds => imds::answer(world, request, path, query),
        Host::AppService | Host::Functions | Host::ContainerApps | Host::ArcKubernetes => {
            app_service::answer(world, request, path, query)
        }
        Host::Automation | Host::HybridWorker => automation::answer(world, request, path, query),
        Host::Arc => arc::answer(world, request, path, query),
        Host::CloudShell => cloud_shell::answer(world, request, path, query),
        Host::ServiceFabric => service_fabric::answer(world, request, path, query),
        Host::AzureMl => azure_ml::answer(world, request, path, query),
        Host::WorkloadIdentity => workload::answer(world, request, path, proxied),
        Host::AppService2017 => app_service_2017::answer(world, request, path, query),
    }
}

/// What the service says when a script makes it fail with `status`.
pub(crate) fn failure(host: Host, status: u16) -> Answer {
    match host {
        Host::Imds => imds::failure(status),
        Host::Arc => arc::failure(status),
        Host::CloudShell => cloud_shell::failure(status),
        Host::ServiceFabric => service_fabric::failure(status),
        Host::AzureMl => {
            azure_ml::failure(status, &format!("Request failure status code: {status}"))
        }
        Host::WorkloadIdentity => workload::failure(status),
        Host::AppService2017 => app_service_2017::failure(status),
        Host::AppService
        | Host::Functions
        | Host::ContainerApps
        | Host::Automation
        | Host::HybridWorker
        | Host::ArcKubernetes => app_service::failure(status),
    }
}

/// An error whose text a script has chosen, in the service's form.
pub(crate) fn error(host: Host, status: u16, text: &str) -> Answer {
    match host {
        Host::Imds | Host::Arc => imds::error(status, "invalid_request", text),
        Host::CloudShell => cloud_shell::error(status, "BadRequest", text),
        Host::ServiceFabric => service_fabric::error(status, "BadRequest", text),
        Host::AzureMl => azure_ml::failure(status, text),
        Host::WorkloadIdentity => workload::error(status, "invalid_request", 90_014, text),
        Host::AppService2017 => app_service_2017::error(status, text),
        Host::AppService
        | Host::Functions
        | Host::ContainerApps
        | Host::Automation
        | Host::HybridWorker
        | Host::ArcKubernetes => app_service::error(status, text),
    }
}
