// What every cmdlet that speaks to a vault shares: which vault, with which identity, how errors of items become records, and who is told when
// a wait lasts. Secrets one at a time are SecretCmdlet's.
using System;
using System.Management.Automation;
using System.Security;

namespace Doorkey.PowerShell
{
    /// <summary>The base of the cmdlets that speak to a vault.</summary>
    public abstract class VaultCmdlet : DoorkeyCmdlet
    {
        /// <summary>
        /// The vault's name or host. An empty one is refused later: PowerShell would go on to another parameter set, and say of a variable that has
        /// not been set that it is no -Id.
        /// </summary>
        [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultName)]
        [EmptyForNull]
        [AllowEmptyString]
        public string VaultName { get; set; }

        /// <summary>The vault's https address.</summary>
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.VaultUri)]
        [ValidateNotNull]
        public Uri VaultUri { get; set; }

        /// <summary>The client id of a user-assigned identity.</summary>
        [Parameter]
        [Alias("AccountId")]
        [ValidateNotNullOrEmpty]
        public string ClientId { get; set; }

        /// <summary>The object id of a user-assigned identity.</summary>
        [Parameter]
        [ValidateNotNullOrEmpty]
        public string ObjectId { get; set; }

        /// <summary>The Azure resource id of a user-assigned identity.</summary>
        [Parameter]
        [ValidateNotNullOrEmpty]
        public string IdentityResourceId { get; set; }

        /// <summary>A token of the caller's own for the vault, instead of a managed identity.</summary>
        [Parameter]
        [ValidateNotNull]
        public SecureString AccessToken { get; set; }

        /// <summary>
        /// Two identities exclude each other here and not by parameter sets: with a set for each, PowerShell could not choose one for names from the
        /// pipeline beside -VaultUri.
        /// </summary>
        protected override void BeginProcessing()
        {
            string[] given = { nameof(ClientId), nameof(ObjectId), nameof(IdentityResourceId), nameof(AccessToken) };
            given = Array.FindAll(given, IsGiven);
            if (given.Length > 1)
            {
                throw Ended(Refusals.NotTogether(given[1], given[0], "Give one identity, or a token."), null);
            }
            if (AccessToken != null && Source != null)
            {
                throw Ended(Refusals.NotTogether(nameof(Source), nameof(AccessToken), "Leave -Source out: no source is asked when there is a token."), null);
            }
            if (AccessToken != null && Refusals.IsDisposed(AccessToken))
            {
                throw Ended(Refusals.Disposed(nameof(AccessToken)), null);
            }
        }

        /// <summary>
        /// On the command line, where it is a variable that has not been set, and not what an object of a list has. To be asked before the pipeline.
        /// </summary>
        internal void RefuseNoVersion(string version)
        {
            if (IsGiven("Version") && string.IsNullOrEmpty(version))
            {
                throw Ended(Refusals.Invalid("-Version: must not be empty", "Leave it out for the latest version. A variable that has not been set is empty too."), null);
            }
        }

        internal bool IsGiven(string parameter)
        {
            return MyInvocation.BoundParameters.ContainsKey(parameter);
        }

        /// <summary>The vault of the parameters, in the words that the caller used.</summary>
        internal string Vault
        {
            get
            {
                if (VaultUri != null && !VaultUri.IsAbsoluteUri)
                {
                    throw Ended(Refusals.NoAddress(), Target(SecretAddress.OfVault(VaultUri.OriginalString)));
                }
                return VaultUri == null ? VaultName ?? "" : VaultUri.OriginalString;
            }
        }

        /// <summary>Whether a version can be named beside a name.</summary>
        internal virtual bool TakesVersion
        {
            get { return false; }
        }

        /// <summary>What errors of an item are about.</summary>
        internal virtual string Target(SecretAddress address)
        {
            return address.Id;
        }

        /// <summary>How an error of an item reads.</summary>
        internal virtual string Said(DoorkeyException exception, string argument)
        {
            return exception.Message;
        }

        internal ClientOptions Options()
        {
            return new ClientOptions
            {
                ClientId = ClientId,
                ObjectId = ObjectId,
                IdentityResourceId = IdentityResourceId,
                Source = SourceName,
                AccessToken = AccessToken
            };
        }

        /// <summary>Says what is about to be done, and gives the client to do it with.</summary>
        internal Client ClientTo(string what, SecretAddress address)
        {
            ClientOptions options = Options();
            Announce(what, options);
            return Connect(options, Target(address));
        }

        /// <summary>Does what may fail for one item alone, and shows that it lasts if it does.</summary>
        internal void Attempt(string activity, SecretAddress address, Action<LongWait> work)
        {
            using (LongWait wait = new LongWait(this, activity))
            {
                try
                {
                    work(wait);
                }
                catch (DoorkeyException exception)
                {
                    wait.Hide();
                    Report(exception, address);
                }
                catch (FileException exception)
                {
                    wait.Hide();
                    WriteError(Errors.OfFile(exception, Target(address)));
                }
            }
        }

        /// <summary>An error for this item, or the end when the next item would fare no better.</summary>
        internal void Report(DoorkeyException exception, SecretAddress address)
        {
            string argument = Arguments.Of(exception);
            bool isOfItem = argument == null || argument[0] == '-' || Arguments.IsOfItem(argument);
            DoorkeyException worded = InTheseWords(exception, argument, address);
            if (Errors.EndsEverything(exception) || !isOfItem || (argument == Arguments.Vault && VaultUri != null))
            {
                throw Ended(worded, Target(address));
            }
            WriteError(Errors.ToRecord(worded, Target(address), Said(worded, argument)));
        }

        /// <summary>A refusal as it reads beside the parameters that were given.</summary>
        private DoorkeyException InTheseWords(DoorkeyException exception, string argument, SecretAddress address)
        {
            switch (argument)
            {
                case Arguments.Vault:
                    return Arguments.Renamed(exception, address.IsId ? "-Id" : VaultUri == null ? "-VaultName" : "-VaultUri", null);
                case Arguments.Name:
                    return Arguments.Renamed(exception, address.IsId ? "-Id, its name" : "-Name " + Arguments.Shown(address.Name ?? ""), Refusals.NameRule);
                case Arguments.Version:
                    return Arguments.Renamed(exception, address.IsId ? "-Id, its version" : "-Version", null);
                default:
                    return Explained(exception);
            }
        }
    }
}
