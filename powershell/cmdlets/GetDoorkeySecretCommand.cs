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

        /// <summary>The vault's name or host.</summary>
        [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultName)]
        [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultNameClientId)]
        [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultNameObjectId)]
        [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultNameIdentityResourceId)]
        [ValidateNotNullOrEmpty]
        public string VaultName { get; set; }

        /// <summary>The vault's https address.</summary>
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.VaultUri)]
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.VaultUriClientId)]
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.VaultUriObjectId)]
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.VaultUriIdentityResourceId)]
        [ValidateNotNull]
        public Uri VaultUri { get; set; }

        /// <summary>Whole ids of secrets, with or without version.</summary>
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.Id)]
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.IdClientId)]
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.IdObjectId)]
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.IdIdentityResourceId)]
        [ValidateNotNullOrEmpty]
        public string[] Id { get; set; }

        /// <summary>The secrets' names. Not mandatory for PowerShell, so that a missing one gets an answer and not a prompt.</summary>
        [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultName)]
        [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultNameClientId)]
        [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultNameObjectId)]
        [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultNameIdentityResourceId)]
        [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultUri)]
        [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultUriClientId)]
        [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultUriObjectId)]
        [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultUriIdentityResourceId)]
        [Alias("SecretName")]
        public string[] Name { get; set; }

        /// <summary>The version; the latest when it is not given.</summary>
        [Parameter(Position = 2, ParameterSetName = ParameterSets.VaultName)]
        [Parameter(Position = 2, ParameterSetName = ParameterSets.VaultNameClientId)]
        [Parameter(Position = 2, ParameterSetName = ParameterSets.VaultNameObjectId)]
        [Parameter(Position = 2, ParameterSetName = ParameterSets.VaultNameIdentityResourceId)]
        [Parameter(Position = 2, ParameterSetName = ParameterSets.VaultUri)]
        [Parameter(Position = 2, ParameterSetName = ParameterSets.VaultUriClientId)]
        [Parameter(Position = 2, ParameterSetName = ParameterSets.VaultUriObjectId)]
        [Parameter(Position = 2, ParameterSetName = ParameterSets.VaultUriIdentityResourceId)]
        [Alias("SecretVersion")]
        [ValidateNotNullOrEmpty]
        public string Version { get; set; }

        /// <summary>The client id of a user-assigned identity.</summary>
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.VaultNameClientId)]
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.VaultUriClientId)]
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.IdClientId)]
        [Alias("AccountId")]
        [ValidateNotNullOrEmpty]
        public string ClientId { get; set; }

        /// <summary>The object id of a user-assigned identity.</summary>
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.VaultNameObjectId)]
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.VaultUriObjectId)]
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.IdObjectId)]
        [ValidateNotNullOrEmpty]
        public string ObjectId { get; set; }

        /// <summary>The Azure resource id of a user-assigned identity.</summary>
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.VaultNameIdentityResourceId)]
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.VaultUriIdentityResourceId)]
        [Parameter(Mandatory = true, ParameterSetName = ParameterSets.IdIdentityResourceId)]
        [ValidateNotNullOrEmpty]
        public string IdentityResourceId { get; set; }

        /// <summary>A token of the caller's own for the vault, instead of a managed identity.</summary>
        [Parameter(ParameterSetName = ParameterSets.VaultName)]
        [Parameter(ParameterSetName = ParameterSets.VaultUri)]
        [Parameter(ParameterSetName = ParameterSets.Id)]
        [ValidateNotNull]
        public SecureString AccessToken { get; set; }

        /// <summary>Puts out the values alone, as text.</summary>
        [Parameter]
        public SwitchParameter AsPlainText { get; set; }

        /// <summary>Once for every object of the pipeline.</summary>
        protected override void ProcessRecord()
        {
            if (Id != null)
            {
                Array.ForEach(Id, id => Emit(id, null, id));
            }
            else if (Name == null || Name.Length == 0)
            {
                Refuse("Name: must be given. " + ExactNames, VaultName ?? VaultUri.OriginalString);
            }
            else
            {
                Array.ForEach(Name, EmitByName);
            }
        }

        private void EmitByName(string name)
        {
            if (string.IsNullOrEmpty(name))
            {
                Refuse("Name: must not be empty. " + ExactNames, name);
            }
            else if (WildcardPattern.ContainsWildcardCharacters(name))
            {
                Refuse("Name: must not hold wildcard characters ('" + name + "'). " + ExactNames, name);
            }
            else if (VaultUri != null && !VaultUri.IsAbsoluteUri)
            {
                throw Ended(new DoorkeyException(DoorkeyStatus.InvalidArgument,
                    "VaultUri: must be a whole https address such as https://demo.vault.azure.net", "Give a vault's bare name with -VaultName."), VaultUri.OriginalString);
            }
            else
            {
                Emit(VaultUri == null ? VaultName : VaultUri.OriginalString, name, name);
            }
        }

        private void Emit(string vault, string name, string target)
        {
            Client client = Connect(new ClientOptions { ClientId = ClientId, ObjectId = ObjectId, IdentityResourceId = IdentityResourceId, AccessToken = AccessToken });
            try
            {
                using (Secret secret = Wait(() => client.GetSecretOperation(vault, name, Version, Call())))
                {
                    WriteVerbose("Doorkey: read " + secret);
                    WriteObject(AsPlainText ? (object)secret.RevealText() : Views.Of(new SecretOutput(secret)));
                }
            }
            catch (DoorkeyException exception)
            {
                if (Errors.EndsEverything(exception))
                {
                    throw Ended(exception, target);
                }
                WriteError(Errors.ToRecord(exception, target));
            }
        }

        private void Refuse(string message, string target)
        {
            WriteError(Errors.ToRecord(new DoorkeyException(DoorkeyStatus.InvalidArgument, message, WhatLists), target));
        }
    }
}
