// Restore-DoorkeySecret: a secret with all its versions out of a backup's file, into the same vault or another one of its owner and region.
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    /// <summary>Restores a secret from a backup.</summary>
    [Cmdlet(VerbsData.Restore, "DoorkeySecret", DefaultParameterSetName = ParameterSets.VaultName, SupportsShouldProcess = true)]
    [OutputType(typeof(SecretInfoOutput))]
    public sealed class RestoreDoorkeySecretCommand : VaultCmdlet
    {
        private string file;

        /// <summary>The file. Files of Get-ChildItem come by their full names.</summary>
        [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
        [Alias("FullName")]
        [ValidateNotNullOrEmpty]
        public string InputFile { get; set; }

        /// <summary>Once for every file. One that cannot be read is refused before anybody is asked, and so with -WhatIf too.</summary>
        protected override void ProcessRecord()
        {
            file = InputFile;
            SecretAddress vault = SecretAddress.OfVault(Vault);
            byte[] backup = null;
            Attempt("Restoring into " + vault, vault, wait => backup = Checked(vault));
            if (backup != null && ShouldProcess(vault.Id, "Restore secret from " + Arguments.Plain(InputFile)))
            {
                Attempt("Restoring into " + vault, vault, wait => Restore(backup, vault, wait));
            }
        }

        /// <summary>The file: nobody knows the name of the secret in it, and the vault is the same for all.</summary>
        internal override string Target(SecretAddress address)
        {
            return Arguments.Plain(file);
        }

        /// <summary>With the file, as the vault does not know it; what is wrong with another parameter is not the file's.</summary>
        internal override string Said(DoorkeyException exception, string argument)
        {
            return argument == null || argument == Arguments.Backup ? "'" + Arguments.Plain(file) + "': " + exception.Message : exception.Message;
        }

        /// <summary>The backup, when nothing is wrong with it or the vault that can be known without sending anything.</summary>
        private byte[] Checked(SecretAddress vault)
        {
            DoorkeyException refusal = vault.Refusal();
            if (refusal != null)
            {
                throw refusal;
            }
            file = BackupFile.Resolve(this, "-InputFile", InputFile);
            byte[] backup = BackupFile.Read(this, file);
            // The library's rules for vaults are asked for by a list of which nobody wants a page.
            Connect(Options(), Target(vault)).ListSecrets(vault.Vault, Call()).Dispose();
            return backup;
        }

        private void Restore(byte[] backup, SecretAddress vault, LongWait wait)
        {
            Client client = ClientTo("restoring " + Arguments.Shown(InputFile) + " into " + vault, vault);
            SecretProperties restored = Wait(() => client.RestoreSecretOperation(vault.Vault, backup, Call()), wait);
            wait.Hide();
            WriteObject(Views.Of(new SecretInfoOutput(restored, vault)));
        }
    }
}
