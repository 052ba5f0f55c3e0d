// Restore-DoorkeySecret: a secret with all its versions out of a backup's file, into the same vault or another one of its owner and region.
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    /// <summary>Restores a secret from a backup.</summary>
    [Cmdlet(VerbsData.Restore, "DoorkeySecret", DefaultParameterSetName = ParameterSets.VaultName, SupportsShouldProcess = true)]
    [OutputType(typeof(SecretInfoOutput))]
    public sealed class RestoreDoorkeySecretCommand : VaultCmdlet
    {
        /// <summary>The file. Files of Get-ChildItem come by their full names.</summary>
        [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
        [Alias("FullName")]
        [ValidateNotNullOrEmpty]
        public string InputFile { get; set; }

        /// <summary>Once for every file.</summary>
        protected override void ProcessRecord()
        {
            SecretAddress vault = SecretAddress.OfVault(Vault);
            DoorkeyException refusal = vault.Refusal();
            if (refusal != null)
            {
                Report(refusal, vault);
            }
            else if (ShouldProcess(vault.Id, "Restore secret from " + Arguments.Plain(InputFile)))
            {
                Attempt("Restoring into " + vault, vault, wait => Restore(vault, wait));
            }
        }

        private void Restore(SecretAddress vault, LongWait wait)
        {
            byte[] backup = BackupFile.Read(BackupFile.Resolve(this, "-InputFile", InputFile));
            Client client = ClientTo("restoring " + Arguments.Shown(InputFile) + " into " + vault, vault);
            SecretProperties restored = Wait(() => client.RestoreSecretOperation(vault.Vault, backup, Call()), wait);
            wait.Hide();
            WriteObject(Views.Of(new SecretInfoOutput(restored, vault)));
        }
    }
}
