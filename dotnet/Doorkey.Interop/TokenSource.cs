// The names of the places that tokens come from, the same in every language. How each is found is docs/identity.md's.
namespace Doorkey
{
    /// <summary>The names of the sources of tokens, for <see cref="ClientOptions.Source"/> and <see cref="Token.Source"/>.</summary>
    public static class TokenSource
    {
        /// <summary>The instance metadata service: virtual machines, scale sets, container instances, AKS nodes.</summary>
        public const string Imds = "imds";

        /// <summary>App Service, Functions, Container Apps, Azure Automation, Arc-enabled Kubernetes.</summary>
        public const string AppService = "app-service";

        /// <summary>App Service's first protocol, of 2017; never chosen unless asked for.</summary>
        public const string AppService2017 = "app-service-2017";

        /// <summary>Azure Machine Learning.</summary>
        public const string AzureMl = "azure-ml";

        /// <summary>Cloud Shell: the token is the signed-in user's.</summary>
        public const string CloudShell = "cloud-shell";

        /// <summary>An Azure Arc-enabled server.</summary>
        public const string Arc = "arc";

        /// <summary>Service Fabric.</summary>
        public const string ServiceFabric = "service-fabric";

        /// <summary>A pod with a Microsoft Entra Workload ID.</summary>
        public const string WorkloadIdentity = "workload-identity";
    }
}
