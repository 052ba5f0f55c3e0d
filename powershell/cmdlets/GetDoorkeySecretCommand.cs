// Get-DoorkeySecret: secrets by exact name, one record for each, an error record for each that cannot be had, and on to the next.
using System;
using System.Management.Automation;
using System.Security;

namespace Doorkey.PowerShell
{
    /// <summary>Gets secrets of a Key Vault with this machine's managed identity.</summary>
    [Cmdlet(VerbsCommon.Get, "DoorkeySecret", DefaultParameterSetName = ParameterSets.VaultName)]
    [OutputType(typeof(SecretOutput), typeof(string))]
    public sealed class GetDoorkeySecretCommand : DoorkeyCmdlet
    {
        private const string ExactNames = "Get-DoorkeySecret reads secrets by their exact names and does not list them.";

        private const string WhatLists = "To list the names of a vault's secrets: 'Get-AzKeyVaultSecret -VaultName <vault>' of the module Az.KeyVault, "
            + "or 'az keyvault secret list --vault-name <vault>'. This version of Doorkey has no cmdlet for that.";

        private const string SampleId = "https://demo.vault.azure.net/secrets/db-password";

        private const string IsForId = "Give a secret's whole id, such as " + SampleId + ", with -Id; or the vault here and the secret with -Name.";

        private const string NameRule = "Names in Key Vault have letters, digits and '-' only: no '_', '.' or '/'.";

        /// <summary>The vault's name or host.</summary>
        [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultName)]
        [ValidateNotNullOrEmpty]
        public string VaultName { get; set; }

        /// <summary>The vault's https address.</summary>
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.VaultUri)]
        [ValidateNotNull]
        public Uri VaultUri { get; set; }

        /// <summary>Whole ids of secrets, with or without version. Of an object with a vault, a name and an id, the default set takes the first two.</summary>
        [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.Id)]
        [ValidateNotNullOrEmpty]
        public string[] Id { get; set; }

        /// <summary>The secrets' names. Not mandatory for PowerShell, so that a missing one gets an answer and not a prompt.</summary>
        [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultName)]
        [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultUri)]
        [Alias("SecretName")]
        public string[] Name { get; set; }

        /// <summary>
        /// The version; the latest when it is not given. By position only beside -VaultName: elsewhere the third word is the second, and a vault
        /// and a name beside -VaultUri would be taken for a name and a version.
        /// </summary>
        [Parameter(Position = 2, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultName)]
        [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultUri)]
        [Alias("SecretVersion")]
        public string Version { get; set; }

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

        /// <summary>Puts out the values alone, as text.</summary>
        [Parameter]
        public SwitchParameter AsPlainText { get; set; }

        /// <summary>
        /// Two identities exclude each other here and not by parameter sets: with a set for each, PowerShell could not choose one for names from the
        /// pipeline beside -VaultUri.
        /// </summary>
        protected override void BeginProcessing()
        {
            string[] given = { nameof(ClientId), nameof(ObjectId), nameof(IdentityResourceId), nameof(AccessToken) };
            given = Array.FindAll(given, MyInvocation.BoundParameters.ContainsKey);
            if (given.Length > 1)
            {
                throw Ended(Refusal("-" + given[1] + ": cannot be combined with -" + given[0], "Give one identity, or a token."), null);
            }
            if (AccessToken != null && Source != null)
            {
                throw Ended(Refusal("-Source: cannot be combined with -AccessToken", "Leave -Source out: no source is asked when there is a token."), null);
            }
            if (Version != null && Version.Length == 0)
            {
                throw Ended(Refusal("-Version: must not be empty", "Leave it out for the latest version."), null);
            }
            if (AccessToken != null && IsDisposed(AccessToken))
            {
                throw Ended(Refusal("-AccessToken: has been disposed of", "Give a SecureString that is still in use."), null);
            }
        }

        private static bool IsDisposed(SecureString text)
        {
            try
            {
                return text.Length < 0;
            }
            catch (ObjectDisposedException)
            {
                return true;
            }
        }

        /// <summary>Once for every object of the pipeline.</summary>
        protected override void ProcessRecord()
        {
            if (Id != null)
            {
                Array.ForEach(Id, EmitById);
                return;
            }
            string vault = VaultName ?? VaultUri.OriginalString;
            if (VaultUri != null && !VaultUri.IsAbsoluteUri)
            {
                throw Ended(Refusal("-VaultUri: must be a whole https address such as https://demo.vault.azure.net", "Give a vault's bare name with -VaultName."), vault);
            }
            if (HoldsSecret(vault))
            {
                Report(Refusal(VaultParameter + ": must be a vault alone, and holds a secret's path", IsForId), vault);
            }
            else if (Name == null || Name.Length == 0)
            {
                Report(Refusal("-Name: must be given. " + ExactNames, WhatLists), vault);
            }
            else
            {
                Array.ForEach(Name, name => EmitByName(vault, name));
            }
        }

        private string VaultParameter
        {
            get { return VaultUri == null ? "-VaultName" : "-VaultUri"; }
        }

        /// <summary>A path where a vault belongs, as in the ids that the portal shows.</summary>
        private static bool HoldsSecret(string vault)
        {
            return vault.IndexOf("/secrets", StringComparison.OrdinalIgnoreCase) >= 0;
        }

        private static DoorkeyException Refusal(string message, string advice)
        {
            return new DoorkeyException(DoorkeyStatus.InvalidArgument, message, advice);
        }

        private void EmitById(string id)
        {
            // The library takes a vault alone in the same place, and would then miss a name.
            if (id.StartsWith("https://", StringComparison.OrdinalIgnoreCase) && id.TrimEnd('/').IndexOf('/', "https://".Length) > 0)
            {
                Emit(id, null, Arguments.WithoutSecrets(id));
            }
            else
            {
                Report(Refusal("-Id: must be a secret's whole https id, such as " + SampleId, "Give a vault with -VaultName, and a secret's name with -Name."), Arguments.WithoutSecrets(id));
            }
        }

        private void EmitByName(string vault, string name)
        {
            if (string.IsNullOrEmpty(name))
            {
                Report(Refusal("-Name: must not be empty. " + ExactNames, WhatLists), name);
            }
            else if (WildcardPattern.ContainsWildcardCharacters(name))
            {
                Report(Refusal("-Name " + Arguments.Shown(name) + ": must not hold wildcard characters. " + ExactNames, WhatLists), name);
            }
            else
            {
                Emit(vault, name, name);
            }
        }

        private void Emit(string vault, string name, string target)
        {
            ClientOptions options = new ClientOptions
            {
                ClientId = ClientId,
                ObjectId = ObjectId,
                IdentityResourceId = IdentityResourceId,
                Source = SourceName,
                AccessToken = AccessToken
            };
            Announce(Described(vault, name), options);
            Client client = Connect(options);
            try
            {
                using (Secret secret = Wait(() => client.GetSecretOperation(vault, name, string.IsNullOrEmpty(Version) ? null : Version, Call())))
                {
                    WriteVerbose("Doorkey: read " + secret);
                    WriteObject(AsPlainText ? (object)secret.RevealText() : Views.Of(new SecretOutput(secret)));
                }
            }
            catch (DoorkeyException exception)
            {
                Report(exception, target);
            }
        }

        private static string Described(string vault, string name)
        {
            string shown = Arguments.Shown(Arguments.WithoutSecrets(vault));
            return name == null ? "secret " + shown : "secret " + Arguments.Shown(name) + " of vault " + shown;
        }

        /// <summary>An error for this item, or the end when the next item would fare no better.</summary>
        private void Report(DoorkeyException exception, string target)
        {
            string argument = Arguments.Of(exception);
            bool isOfItem = argument == null || argument[0] == '-' || argument == Arguments.Vault || argument == Arguments.Name || argument == Arguments.Version;
            if (Errors.EndsEverything(exception) || !isOfItem || (argument == Arguments.Vault && VaultUri != null))
            {
                throw Ended(InTheseWords(exception, argument, target), target);
            }
            WriteError(Errors.ToRecord(InTheseWords(exception, argument, target), target));
        }

        /// <summary>A refusal as it reads beside the parameters that were given.</summary>
        private DoorkeyException InTheseWords(DoorkeyException exception, string argument, string target)
        {
            switch (argument)
            {
                case Arguments.Vault:
                    return Arguments.Renamed(exception, Id == null ? VaultParameter : "-Id", null);
                case Arguments.Name:
                    return Arguments.Renamed(exception, Id == null ? "-Name " + Arguments.Shown(target) : "-Id, its name", NameRule);
                case Arguments.Version:
                    return Arguments.Renamed(exception, Id == null ? "-Version" : "-Id, its version", null);
                default:
                    return Explained(exception);
            }
        }
    }
}
