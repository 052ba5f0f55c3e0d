// A cloud of one's own: a host suffix of vaults that the library does not know by itself. Data only; ClientOptions hands it over.
namespace Doorkey
{
    /// <summary>Makes the vaults below a host suffix known, so that they get their token with the first request as those of Azure do.</summary>
    public sealed class VaultSuffix
    {
        /// <summary>A suffix with its audience and its authority.</summary>
        /// <param name="suffix">What follows the vault's name, such as <c>vault.local.azurestack.external</c>; a port may follow.</param>
        /// <param name="audience">The resource that tokens are asked for, or null for <c>https://</c> and the suffix without port.</param>
        /// <param name="authority">The login authority of that cloud, or null for the client's.</param>
        public VaultSuffix(string suffix, string audience = null, string authority = null)
        {
            Suffix = suffix;
            Audience = audience;
            Authority = authority;
        }

        /// <summary>What follows the vault's name.</summary>
        public string Suffix { get; private set; }

        /// <summary>The resource that tokens are asked for, or null.</summary>
        public string Audience { get; private set; }

        /// <summary>The login authority of that cloud, or null.</summary>
        public string Authority { get; private set; }
    }
}
