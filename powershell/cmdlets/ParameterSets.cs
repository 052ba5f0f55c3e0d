// The names of the parameter sets: whose identity asks for a token, and where a secret lies. What excludes each other is then refused by
// PowerShell itself and shown in the syntax.
namespace Doorkey.PowerShell
{
    internal static class ParameterSets
    {
        // Get-DoorkeyToken.
        internal const string Default = "Default";
        internal const string ClientId = "ClientId";
        internal const string ObjectId = "ObjectId";
        internal const string IdentityResourceId = "IdentityResourceId";

        // The cmdlets that speak to a vault.
        internal const string VaultName = "VaultName";
        internal const string VaultUri = "VaultUri";
        internal const string Id = "Id";
    }
}
