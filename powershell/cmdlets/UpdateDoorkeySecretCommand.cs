// Update-DoorkeySecret: other attributes for a version that there is. Its value cannot change: that makes a new version, by Set-DoorkeySecret.
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    /// <summary>Changes the attributes of a secret.</summary>
    [Cmdlet(VerbsData.Update, "DoorkeySecret", DefaultParameterSetName = ParameterSets.VaultName, SupportsShouldProcess = true)]
    [OutputType(typeof(SecretInfoOutput))]
    public sealed class UpdateDoorkeySecretCommand : AttributesCmdlet
    {
        private bool isVersionGiven;

        /// <summary>The version; the latest when it is not given. By position only beside -VaultName, as in Get-DoorkeySecret.</summary>
        [Parameter(Position = 2, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultName)]
        [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultUri)]
        [Alias("SecretVersion")]
        public string Version { get; set; }

        /// <summary>Enables it, or disables it; left out, it stays what it is.</summary>
        [Parameter]
        public bool? Enable { get; set; }

        /// <summary>Puts out what the secret has become.</summary>
        [Parameter]
        public SwitchParameter PassThru { get; set; }

        /// <summary>What the command line alone can get wrong, and what it alone says: the version of a piped object may be just the latest.</summary>
        protected override void BeginProcessing()
        {
            base.BeginProcessing();
            RefuseNoVersion(Version);
            isVersionGiven = IsGiven("Version");
        }

        internal override bool TakesNoTime
        {
            get { return false; }
        }

        internal override bool TakesVersion
        {
            get { return true; }
        }

        internal override string Doing
        {
            get { return "Updating"; }
        }

        internal override string Action
        {
            get { return "Update secret"; }
        }

        internal override string WantedVersion
        {
            get { return Version; }
        }

        internal override void Check(Client client, SecretAddress address)
        {
            base.Check(client, address);
            SecretAttributes attributes = Attributes(Enable);
            if (attributes.Enabled == null && attributes.Expires == null && attributes.NotBefore == null && attributes.ContentType == null && attributes.Tags == null)
            {
                throw Ended(Refusals.NothingToChange(), address.Id);
            }
            RefuseByRules(vault => client.UpdateSecretOperation(vault, "name", null, attributes, Call()));
        }

        internal override void Do(Client client, SecretAddress address, LongWait wait)
        {
            SecretAttributes attributes = Attributes(Enable);
            SecretProperties updated = Wait(() => client.UpdateSecretOperation(address.Vault, address.Name, address.Version, attributes, Call()), wait);
            wait.Hide();
            if (PassThru)
            {
                bool hasIdVersion = address.IsId && address.WithoutVersion != address.Vault.TrimEnd('/');
                WriteObject(Views.Of(new SecretInfoOutput(updated, address, IsOneVersion || isVersionGiven || hasIdVersion)));
            }
        }
    }
}
