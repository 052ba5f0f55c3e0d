// How the cmdlets' objects look when nobody asks for more: everything but the value. Set here and not in a format file, which would cost every
// import 10 ms and more. More than four properties make PowerShell choose a list, as Az's cmdlets show theirs; a list, unlike a table that has
// no format file, also shows the next object of another type as that one is.
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    internal static class Views
    {
        private static readonly PSMemberSet TokenView = View("ExpiresOn", "Type", "Resource", "Source", "ClientId");
        private static readonly PSMemberSet SecretView = View("VaultName", "Name", "Version", "Id", "Enabled", "Expires", "NotBefore",
            "Created", "Updated", "ContentType", "Tags");

        /// <summary>Without the texts that are up to the secret's author, for when they would clear or fake lines of a terminal.</summary>
        private static readonly PSMemberSet CautiousSecretView = View("VaultName", "Name", "Version", "Id", "Enabled", "Expires", "NotBefore",
            "Created", "Updated");

        internal static PSObject Of(TokenOutput token)
        {
            return Named(token, "Doorkey.Token", TokenView);
        }

        internal static PSObject Of(SecretOutput secret)
        {
            return Named(secret, "Doorkey.Secret", secret.HoldsControlCharacters ? CautiousSecretView : SecretView);
        }

        private static PSObject Named(object output, string typeName, PSMemberSet view)
        {
            PSObject named = new PSObject(output);
            named.TypeNames.Insert(0, typeName);
            named.Members.Add(view);
            return named;
        }

        private static PSMemberSet View(params string[] properties)
        {
            return new PSMemberSet("PSStandardMembers", new PSMemberInfo[] { new PSPropertySet("DefaultDisplayPropertySet", properties) });
        }
    }
}
