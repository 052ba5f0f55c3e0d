// The names of the parameter sets: where the secret lies (three ways) times whose identity asks (four ways), so that what excludes each other
// is refused by PowerShell itself and shown in the syntax.
namespace Doorkey.PowerShell
{
    internal static class ParameterSets
    {
        // Get-DoorkeyToken, and the identity half of the names below.
        internal const string Default = "Default";
        internal const string ClientId = "ClientId";
        internal const string ObjectId = "ObjectId";
        internal const string IdentityResourceId = "IdentityResourceId";

        internal const string VaultName = "VaultName";
        internal const string VaultNameClientId = VaultName + ClientId;
        internal const string VaultNameObjectId = VaultName + ObjectId;
        internal const string VaultNameIdentityResourceId = VaultName + IdentityResourceId;

        internal const string VaultUri = "VaultUri";
        internal const string VaultUriClientId = VaultUri + ClientId;
        internal const string VaultUriObjectId = VaultUri + ObjectId;
        internal const string VaultUriIdentityResourceId = VaultUri + IdentityResourceId;

        internal const string Id = "Id";
        internal const string IdClientId = Id + ClientId;
        internal const string IdObjectId = Id + ObjectId;
        internal const string IdIdentityResourceId = Id + IdentityResourceId;
    }
}
