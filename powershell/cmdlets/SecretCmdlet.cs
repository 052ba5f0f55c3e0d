// What the cmdlets share that do something to one secret at a time: which one, whether it may be done (-WhatIf, -Confirm), and that a failure
// is one secret's. What is done is each cmdlet's own file.
using System;
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    /// <summary>The base of the cmdlets that change or copy one secret.</summary>
    public abstract class SecretCmdlet : VaultCmdlet
    {
        /// <summary>The secret's name.</summary>
        [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultName)]
        [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultUri)]
        [Alias("SecretName")]
        [ValidateNotNullOrEmpty]
        public string Name { get; set; }

        /// <summary>The secret's whole id. Of an object with a vault, a name and an id, the default set takes the first two.</summary>
        [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.Id)]
        [Alias("SecretId")]
        [ValidateNotNullOrEmpty]
        public string Id { get; set; }

        /// <summary>Once for every object of the pipeline.</summary>
        protected override void ProcessRecord()
        {
            SecretAddress address = Id != null ? SecretAddress.OfId(Id) : SecretAddress.Of(Vault, Name, WantedVersion);
            DoorkeyException refusal = address.Refusal();
            if (refusal != null)
            {
                Report(refusal, address);
            }
            else if (Agreed(address))
            {
                Attempt(Doing + " " + address, address, wait => Do(ClientTo(Doing.ToLowerInvariant() + " " + address, address), address, wait));
            }
        }

        /// <summary>What is being done, as "Removing".</summary>
        internal abstract string Doing { get; }

        /// <summary>What is asked for leave to be done, as "Remove secret".</summary>
        internal abstract string Action { get; }

        /// <summary>The one version that is meant; null for the latest, or for all.</summary>
        internal virtual string WantedVersion
        {
            get { return null; }
        }

        internal virtual bool Agreed(SecretAddress address)
        {
            return ShouldProcess(address.Id, Action);
        }

        internal abstract void Do(Client client, SecretAddress address, LongWait wait);
    }
}
