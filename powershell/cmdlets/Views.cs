// How the cmdlets' objects look when nobody asks for more: everything but the value. Set here and not in a format file, which would cost every
// import 10 ms and more. More than four properties make PowerShell choose a list, as Az's cmdlets show theirs; a list, unlike a table that has
// no format file, also shows the next object of another type as that one is.
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    internal static class Views
    {
        private static readonly string[] Whereabouts = { "VaultName", "Name", "Version", "Id" };
        private static readonly string[] Removal = { "DeletedDate", "ScheduledPurgeDate" };
        private static readonly string[] Others = { "Enabled", "Expires", "NotBefore", "Created", "Updated", "ContentType", "Tags" };
        private static readonly string[] Deleted = Whereabouts.Concat(Removal).Concat(Others).ToArray();
        private static readonly string[] Present = Whereabouts.Concat(Others).ToArray();

        private static readonly PSMemberSet TokenView = View(new[] { "ExpiresOn", "Type", "Resource", "Source", "ClientId" });
        private static readonly PSMemberSet DeletedView = View(Deleted);
        private static readonly PSMemberSet PresentView = View(Present);

        internal static PSObject Of(TokenOutput token)
        {
            return Named(token, "Doorkey.Token", TokenView);
        }

        internal static PSObject Of(SecretOutput secret)
        {
            return Named(secret, "Doorkey.Secret", Cautious(secret, Present, PresentView));
        }

        internal static PSObject Of(SecretInfoOutput secret)
        {
            bool isDeleted = secret.DeletedDate != null;
            return Named(secret, "Doorkey.SecretInfo", Cautious(secret, isDeleted ? Deleted : Present, isDeleted ? DeletedView : PresentView));
        }

        /// <summary>The view without what would clear, turn or fake lines of a terminal. Texts are up to the secret's author.</summary>
        private static PSMemberSet Cautious(SecretDescription secret, string[] properties, PSMemberSet view)
        {
            List<string> unshowable = secret.Unshowable;
            return unshowable.Count == 0 ? view : View(properties.Except(unshowable));
        }

        private static PSObject Named(object output, string typeName, PSMemberSet view)
        {
            PSObject named = new PSObject(output);
            named.TypeNames.Insert(0, typeName);
            named.Members.Add(view);
            return named;
        }

        private static PSMemberSet View(IEnumerable<string> properties)
        {
            PSPropertySet shown = new PSPropertySet("DefaultDisplayPropertySet", properties);
            return new PSMemberSet("PSStandardMembers", new PSMemberInfo[] { shown });
        }
    }
}
