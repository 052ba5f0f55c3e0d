// What a client is made with, and how it is handed to the native library. What the options mean there is docs/abi.md's.
using System;
using System.Collections.Generic;
using System.Security;

namespace Doorkey
{
    /// <summary>What a client is made with. A client copies it, so a later change has no effect on clients that exist.</summary>
    public sealed class ClientOptions
    {
        private readonly List<VaultSuffix> vaultSuffixes = new List<VaultSuffix>();

        /// <summary>The client id of a user-assigned identity. At most one of the three ids may be set.</summary>
        public string ClientId { get; set; }

        /// <summary>The object (principal) id of a user-assigned identity.</summary>
        public string ObjectId { get; set; }

        /// <summary>The Azure resource id of a user-assigned identity.</summary>
        public string IdentityResourceId { get; set; }

        /// <summary>The only source to ask, one of <see cref="TokenSource"/>; null to have it found by the host's variables.</summary>
        public string Source { get; set; }

        /// <summary>What to call the program in the User-Agent header; null for the library's own name.</summary>
        public string UserAgent { get; set; }

        /// <summary>PEM certificates to trust beside the system's.</summary>
        public string CaPem { get; set; }

        /// <summary>How long a call may take, retries included; null is the library's default.</summary>
        public TimeSpan? Timeout { get; set; }

        /// <summary>How many retries a request gets; null is the library's default.</summary>
        public int? RetriesMax { get; set; }

        /// <summary>Whether a vault's challenge must name an audience that the vault's host belongs to. Leave it true outside of experiments.</summary>
        public bool VerifyChallenge { get; set; } = true;

        /// <summary>A token of the caller's own for the vault, instead of a managed identity. Copied; the caller disposes of it.</summary>
        public SecureString AccessToken { get; set; }

        /// <summary>Vaults of clouds that the library does not know.</summary>
        public IList<VaultSuffix> VaultSuffixes
        {
            get { return vaultSuffixes; }
        }

        /// <summary>The version of the vaults' interface to speak, such as <c>7.4</c>; null for the library's own.</summary>
        public string VaultApiVersion { get; set; }

        /// <summary>
        /// The environment variables that the client reads, copied when it is made. Null takes those that this process then has as .NET sees
        /// them, which on Unix differ from what native code sees as soon as managed code (or PowerShell's <c>$env:</c>) has set one.
        /// </summary>
        public IDictionary<string, string> Environment { get; set; }

        internal OptionsHandle ToNative()
        {
            OptionsHandle options;
            DoorkeyException.Check(NativeMethods.doorkey_options_new(out options));
            try
            {
                SetIdentity(options);
                SetBehaviour(options);
                foreach (VaultSuffix suffix in vaultSuffixes)
                {
                    if (suffix == null || suffix.Suffix == null)
                    {
                        throw new DoorkeyException(DoorkeyStatus.InvalidArgument, nameof(VaultSuffixes) + ": must not hold a suffix that is null");
                    }
                    DoorkeyException.Check(NativeMethods.doorkey_options_add_vault_suffix(options, Utf8.Argument(suffix.Suffix, nameof(suffix.Suffix)),
                        Utf8.Argument(suffix.Audience, nameof(suffix.Audience)), Utf8.Argument(suffix.Authority, nameof(suffix.Authority))));
                }
                SetEnvironment(options, Environment ?? ProcessEnvironment());
                return options;
            }
            catch
            {
                options.Dispose();
                throw;
            }
        }

        private void SetIdentity(OptionsHandle options)
        {
            if (ClientId != null)
            {
                DoorkeyException.Check(NativeMethods.doorkey_options_set_client_id(options, Utf8.Argument(ClientId, nameof(ClientId))));
            }
            if (ObjectId != null)
            {
                DoorkeyException.Check(NativeMethods.doorkey_options_set_object_id(options, Utf8.Argument(ObjectId, nameof(ObjectId))));
            }
            if (IdentityResourceId != null)
            {
                DoorkeyException.Check(NativeMethods.doorkey_options_set_resource_id(options, Utf8.Argument(IdentityResourceId, nameof(IdentityResourceId))));
            }
            if (Source != null)
            {
                DoorkeyException.Check(NativeMethods.doorkey_options_set_source(options, Utf8.Argument(Source, nameof(Source))));
            }
            if (AccessToken != null)
            {
                DoorkeyException.Check(SensitiveText.WithUtf8(AccessToken, nameof(AccessToken),
                    (bytes, length) => NativeMethods.doorkey_options_set_access_token(options, bytes, length)));
            }
        }

        private void SetBehaviour(OptionsHandle options)
        {
            if (UserAgent != null)
            {
                DoorkeyException.Check(NativeMethods.doorkey_options_set_user_agent(options, Utf8.Argument(UserAgent, nameof(UserAgent))));
            }
            if (CaPem != null)
            {
                DoorkeyException.Check(NativeMethods.doorkey_options_set_ca_pem(options, Utf8.Argument(CaPem, nameof(CaPem))));
            }
            if (VaultApiVersion != null)
            {
                DoorkeyException.Check(NativeMethods.doorkey_options_set_vault_api_version(options, Utf8.Argument(VaultApiVersion, nameof(VaultApiVersion))));
            }
            if (Timeout.HasValue)
            {
                DoorkeyException.Check(NativeMethods.doorkey_options_set_timeout_ms(options, CallOptions.ToMilliseconds(Timeout.Value)));
            }
            if (RetriesMax.HasValue)
            {
                if (RetriesMax.Value < 0)
                {
                    throw new DoorkeyException(DoorkeyStatus.InvalidArgument, nameof(RetriesMax) + ": must not be negative");
                }
                DoorkeyException.Check(NativeMethods.doorkey_options_set_retries_max(options, (uint)RetriesMax.Value));
            }
            DoorkeyException.Check(NativeMethods.doorkey_options_set_verify_challenge(options, VerifyChallenge ? 1 : 0));
        }

        private static Dictionary<string, string> ProcessEnvironment()
        {
            Dictionary<string, string> environment = new Dictionary<string, string>();
            foreach (string name in Client.EnvironmentNames)
            {
                string value = System.Environment.GetEnvironmentVariable(name);
                if (value != null)
                {
                    environment[name] = value;
                }
            }
            return environment;
        }

        private static void SetEnvironment(OptionsHandle options, IDictionary<string, string> environment)
        {
            List<byte[]> namesAndValues = new List<byte[]>();
            foreach (KeyValuePair<string, string> variable in environment)
            {
                namesAndValues.Add(Utf8.Replacing(variable.Key, nameof(Environment)));
                namesAndValues.Add(Utf8.Replacing(variable.Value ?? "", nameof(Environment)));
            }
            using (NativeTexts texts = new NativeTexts(namesAndValues))
            {
                DoorkeyException.Check(NativeMethods.doorkey_options_set_environment(options, texts.Pointers, texts.Pairs));
            }
        }
    }
}
