// How the cmdlets' objects look when nobody asks for more: everything but the value. Set here and not in a format file, which would cost every
// import 10 ms and more. More than four properties make PowerShell choose a list, as Az's cmdlets show theirs; a list, unlike a table that has
// no format file, also shows the next object of another type as that one is.
using System.Linq;
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    internal static class Views
    {
        private static readonly string[] Whereabouts = { "VaultName", "Name", "Version", "Id" };
        private static readonly string[] Removal = { "DeletedDate", "ScheduledPurgeDate" };
        private static readonly string[] Attributes = { "Enabled", "Expires", "NotBefore", "Created", "Updated" };

        /// <summary>What is up to the secret's author, and is left out when it would clear or fake lines of a terminal.</summary>
        private static readonly string[] Texts = { "ContentType", "Tags" };

        private static readonly PSMemberSet TokenView = View(new[] { "ExpiresOn", "Type", "Resource", "Source", "ClientId" });
        private static readonly PSMemberSet SecretView = View(Whereabouts, Attributes, Texts);
        private static readonly PSMemberSet CautiousSecretView = View(Whereabouts, Attributes);
        private static readonly PSMemberSet DeletedView = View(Whereabouts, Removal, Attributes, Texts);
        private static readonly PSMemberSet CautiousDeletedView = View(Whereabouts, Removal, Attributes);

        internal static PSObject Of(TokenOutput token)
        {
            return Named(token, "Doorkey.Token", TokenView);
        }

        internal static PSObject Of(SecretOutput secret)
        {
            return Named(secret, "Doorkey.Secret", secret.HoldsControlCharacters ? CautiousSecretView : SecretView);
        }

        internal static PSObject Of(SecretInfoOutput secret)
        {
            PSMemberSet plain = secret.DeletedDate == null ? SecretView : DeletedView;
            PSMemberSet cautious = secret.DeletedDate == null ? CautiousSecretView : CautiousDeletedView;
            return Named(secret, "Doorkey.SecretInfo", secret.HoldsControlCharacters ? cautious : plain);
        }

        private static PSObject Named(object output, string typeName, PSMemberSet view)
        {
            PSObject named = new PSObject(output);
            named.TypeNames.Insert(0, typeName);
            named.Members.Add(view);
            return named;
        }

        private static PSMemberSet View(params string[][] parts)
        {
            PSPropertySet properties = new PSPropertySet("DefaultDisplayPropertySet", parts.SelectMany(part => part));
            return new PSMemberSet("PSStandardMembers", new PSMemberInfo[] { properties });
        }
    }
}
