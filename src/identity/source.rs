//! `Source`: the kinds of hosts that hand out tokens, and their names. How each is recognised is in
//! detect.rs, how each is asked in a file of its own.

/// Where a token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The instance metadata service: VM, scale set, container instance, AKS node.
    Imds,
    /// App Service, Functions, Container Apps, Azure Automation, Arc-enabled Kubernetes.
    AppService,
    /// App Service's first protocol, of 2017; never chosen by itself.
    AppService2017,
    /// Azure Machine Learning.
    AzureMl,
    /// Cloud Shell: the token is the signed-in user's.
    CloudShell,
    /// An Azure Arc-enabled server.
    Arc,
    /// Service Fabric.
    ServiceFabric,
    /// A pod with a Microsoft Entra Workload ID.
    WorkloadIdentity,
}

impl Source {
    /// All of them.
    pub const ALL: &[Source] = &[
        Source::Imds,
        Source::AppService,
        Source::AppService2017,
        Source::AzureMl,
        Source::CloudShell,
        Source::Arc,
        Source::ServiceFabric,
        Source::WorkloadIdentity,
    ];

    /// The name in every language.
    pub fn name(self) -> &'static str {
        match self {
            Source::Imds => "imds",
            Source::AppService => "app-service",
            Source::AppService2017 => "app-service-2017",
            Source::AzureMl => "azure-ml",
            Source::CloudShell => "cloud-shell",
            Source::Arc => "arc",
            Source::ServiceFabric => "service-fabric",
            Source::WorkloadIdentity => "workload-identity",
        }
    }

    /// The source of that name.
    pub fn from_name(name: &str) -> Option<Source> {
        Self::ALL.iter().copied().find(|s| s.name() == name)
    }

    /// What the host is called, for messages.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Source::Imds => "the instance metadata service",
            Source::AppService => "the App Service token endpoint",
            Source::AppService2017 => "the App Service token endpoint of 2017",
            Source::AzureMl => "the Azure Machine Learning token endpoint",
            Source::CloudShell => "the Cloud Shell token endpoint",
            Source::Arc => "the Azure Arc agent",
            Source::ServiceFabric => "the Service Fabric token endpoint",
            Source::WorkloadIdentity => "Microsoft Entra ID",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_is_found_by_its_name() {
        for &source in Source::ALL {
            assert_eq!(Source::from_name(source.name()), Some(source));
        }
        assert_eq!(Source::from_name("IMDS"), None);
    }
}
