// A secret, or a vault alone, as the parameters name it: what the binding is asked for, the id that errors are about, and words for messages.
// The rules for vaults, names and versions are the native library's; here is only what could not travel there, or would mean something else.
using System;

namespace Doorkey.PowerShell
{
    internal sealed class SecretAddress
    {
        private const string Scheme = "https://";
        private const string DefaultPort = ":443";
        private const string Secrets = "/secrets/";
        private const string DeletedSecrets = "/deletedsecrets/";
        private const string PublicSuffix = "vault.azure.net";

        private SecretAddress(string vault, string name, string version, bool isId)
        {
            Vault = vault;
            Name = name;
            Version = string.IsNullOrEmpty(version) ? null : version;
            IsId = isId;
        }

        /// <summary>The vault; of an id, the whole of it.</summary>
        internal string Vault { get; private set; }

        /// <summary>The secret's name; null in an id, and of a vault alone.</summary>
        internal string Name { get; private set; }

        /// <summary>The version; null for the latest.</summary>
        internal string Version { get; private set; }

        /// <summary>Whether it was given as a whole id.</summary>
        internal bool IsId { get; private set; }

        /// <summary>What completes a vault's bare name.</summary>
        internal static string VaultSuffix
        {
            get
            {
                string suffix = Environment.GetEnvironmentVariable("DOORKEY_VAULT_SUFFIX");
                return string.IsNullOrEmpty(suffix) ? PublicSuffix : suffix;
            }
        }

        /// <summary>
        /// The whole id, which is what errors are about; of a vault alone, its address; the caller's own text where that can be no part of an
        /// address. It acts on no terminal and holds no credentials.
        /// </summary>
        internal string Id
        {
            get
            {
                string given = Arguments.Plain(Arguments.WithoutSecrets(Vault));
                string vault = IsId ? given.TrimEnd('/') : Address(given);
                if (IsId || Name == null || vault == null)
                {
                    // Of no vault at all, the name says more.
                    return vault ?? (given.Length == 0 && Name != null ? Arguments.Plain(Name) : given);
                }
                if (!IsSegment(Name))
                {
                    return Arguments.Plain(Name);
                }
                string id = vault + "/secrets/" + Arguments.Plain(Name);
                return Version == null || !IsSegment(Version) ? id : id + "/" + Arguments.Plain(Version);
            }
        }

        /// <summary>
        /// The vault alone, so that naming it again leads to the same one: by its bare name where that is what it was given as or what is completed
        /// to it, else as its host or address was given.
        /// </summary>
        internal string VaultName
        {
            get
            {
                bool isUrl = Vault.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);
                string host = WithoutDefaultPort(Arguments.WithoutSecrets(isUrl ? Vault.Substring(Scheme.Length) : Vault).Split('/')[0]);
                string rest = "." + WithoutDefaultPort(VaultSuffix);
                string bare = host.EndsWith(rest, StringComparison.OrdinalIgnoreCase) ? host.Substring(0, host.Length - rest.Length) : "";
                bool leadsBack = bare.Length > 0 && bare.IndexOf('.') < 0;
                return leadsBack ? bare : isUrl ? Scheme + host : host;
            }
        }

        /// <summary>The vault and the secret as a part of a file's name, on every system.</summary>
        internal string FileStem
        {
            get
            {
                int scheme = Id.IndexOf("://", StringComparison.Ordinal);
                string[] parts = (scheme < 0 ? Id : Id.Substring(scheme + 3)).Split('/');
                string stem = parts[0].Split('.', ':')[0] + "-" + parts[parts.Length - 1];
                return new string(Array.ConvertAll(stem.ToCharArray(), one => char.IsLetterOrDigit(one) ? one : '-'));
            }
        }

        /// <summary>The secret as one of many in a call: as NAME or NAME/VERSION, or as its id.</summary>
        internal string Item
        {
            get { return IsId ? Vault : Version == null ? Name : Name + "/" + Version; }
        }

        /// <summary>For messages.</summary>
        public override string ToString()
        {
            string vault = Arguments.Shown(Arguments.WithoutSecrets(Vault));
            return IsId ? "secret " + vault : Name == null ? "vault " + vault : "secret " + Arguments.Shown(Name) + " of vault " + vault;
        }

        internal static SecretAddress OfVault(string vault)
        {
            return new SecretAddress(vault, null, null, false);
        }

        internal static SecretAddress Of(string vault, string name, string version)
        {
            return new SecretAddress(vault, name, version, false);
        }

        internal static SecretAddress OfId(string id)
        {
            return new SecretAddress(id, null, null, true);
        }

        /// <summary>The id without a version, for a call that concerns the secret with all of them.</summary>
        internal string WithoutVersion
        {
            get
            {
                int name = Vault.IndexOf(Secrets, StringComparison.OrdinalIgnoreCase) + Secrets.Length;
                int end = IsId && name >= Secrets.Length ? Vault.IndexOf('/', name) : -1;
                return end < 0 ? Vault : Vault.Substring(0, end);
            }
        }

        /// <summary>A recovery id as the id that the secret had before it was deleted.</summary>
        internal string BeforeRemoval
        {
            get
            {
                int at = IsId ? Vault.IndexOf(DeletedSecrets, StringComparison.OrdinalIgnoreCase) : -1;
                return at < 0 ? Vault : Vault.Substring(0, at) + Secrets + Vault.Substring(at + DeletedSecrets.Length);
            }
        }

        /// <summary>Whether a text may be a version.</summary>
        internal static bool IsVersion(string text)
        {
            return text.Length > 0 && Array.TrueForAll(text.ToCharArray(), one => one < 128 && char.IsLetterOrDigit(one));
        }

        /// <summary>Why the library must not even be asked, or null.</summary>
        /// <param name="ofName">What the cmdlet itself has against the name; a vault that is wrong says more.</param>
        internal DoorkeyException Refusal(DoorkeyException ofName = null)
        {
            if (IsId)
            {
                // The library takes a vault alone in the same place, and would then miss a name.
                bool hasPath = Vault.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && Vault.TrimEnd('/').IndexOf('/', Scheme.Length) > 0;
                return hasPath && Travels(Vault) ? null : Refusals.NoId();
            }
            if (string.IsNullOrWhiteSpace(Vault))
            {
                return Refusals.Invalid(Arguments.Vault + ": must not be empty", "Give the vault's name. A variable that has not been set is empty too.");
            }
            if (HoldsSecret(Vault))
            {
                return Refusals.Invalid(Arguments.Vault + ": must be a vault alone, and holds a secret's path", Refusals.IsForId);
            }
            if (ofName != null)
            {
                return ofName;
            }
            // In a call for many, what follows a slash is a version.
            if (Name != null && (Name.IndexOf('/') >= 0 || !Travels(Name)))
            {
                return Refusals.Invalid(Arguments.Name + ": must be letters, digits and '-'", null);
            }
            return Version == null || IsVersion(Version) ? null : Refusals.NoVersion(Arguments.Version);
        }

        /// <summary>A path where a vault belongs, as in the ids that the portal shows.</summary>
        private static bool HoldsSecret(string vault)
        {
            return vault.IndexOf("/secrets", StringComparison.OrdinalIgnoreCase) >= 0;
        }

        /// <summary>A NUL, or half a surrogate pair, in one item would be the failure of all that are asked for with it.</summary>
        private static bool Travels(string text)
        {
            foreach (char character in text)
            {
                if (char.IsControl(character) || char.IsSurrogate(character))
                {
                    return false;
                }
            }
            return true;
        }

        private static string WithoutDefaultPort(string host)
        {
            return host.EndsWith(DefaultPort, StringComparison.Ordinal) ? host.Substring(0, host.Length - DefaultPort.Length) : host;
        }

        /// <summary>The vault's address, or null for what can be none.</summary>
        private static string Address(string vault)
        {
            string address = vault.TrimEnd('/');
            if (address.IndexOf("://", StringComparison.Ordinal) < 0)
            {
                address = Scheme + (address.IndexOfAny(new[] { '.', ':', '/' }) < 0 ? address + "." + VaultSuffix : address);
            }
            string host = address.Substring(address.IndexOf("://", StringComparison.Ordinal) + 3);
            bool isHost = host.Length > 0 && host[0] != '.' && Array.TrueForAll(host.ToCharArray(), one => char.IsLetterOrDigit(one) || "-._:[]".IndexOf(one) >= 0);
            return isHost ? address : null;
        }

        /// <summary>Whether a text, right or wrong, leaves an address one that can be read.</summary>
        private static bool IsSegment(string text)
        {
            return text.Length > 0 && Array.TrueForAll(text.ToCharArray(), one => !char.IsWhiteSpace(one) && "/\\?#%".IndexOf(one) < 0);
        }
    }
}
