// Backup-DoorkeySecret: a secret with all its versions into a file, which only Key Vault can read. What the file looks like is BackupFile's.
using System;
using System.Globalization;
using System.IO;
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    /// <summary>Backs a secret up into a file.</summary>
    [Cmdlet(VerbsData.Backup, "DoorkeySecret", DefaultParameterSetName = ParameterSets.VaultName, SupportsShouldProcess = true)]
    [OutputType(typeof(string))]
    public sealed class BackupDoorkeySecretCommand : SecretCmdlet
    {
        private static readonly DateTime Epoch = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);

        private string path;
        private string file;
        private string written;

        /// <summary>The file, or a folder for it. By position not beside -VaultUri, where the third word is the second.</summary>
        [Parameter(Position = 2, ParameterSetName = ParameterSets.VaultName)]
        [Parameter(ParameterSetName = ParameterSets.VaultUri)]
        [Parameter(Position = 2, ParameterSetName = ParameterSets.Id)]
        [ValidateNotNullOrEmpty]
        public string OutputFile { get; set; }

        /// <summary>Replaces a file that there is.</summary>
        [Parameter]
        public SwitchParameter Force { get; set; }

        internal override string Doing
        {
            get { return "Backing up"; }
        }

        internal override string Action
        {
            get { return "Back secret up into a file"; }
        }

        /// <summary>What names several secrets at once is refused as a whole; of what comes one by one, the first gets the file.</summary>
        protected override void ProcessRecord()
        {
            if ((Id ?? Name).Length > 1 && IsOneFile)
            {
                throw Ended(Refusals.OneFile(), null);
            }
            base.ProcessRecord();
        }

        internal override void Check(Client client, SecretAddress address)
        {
            base.Check(client, address);
            path = PathFor(address);
            if (path == written)
            {
                throw FileException.TakenTwice(path);
            }
            file = BackupFile.Writable(this, path, Force);
        }

        /// <summary>With -WhatIf the file counts as written, so that the next one is refused as it would be.</summary>
        internal override bool Agreed(SecretAddress address)
        {
            bool isAgreed = base.Agreed(address);
            written = !isAgreed && IsWhatIf ? path : written;
            return isAgreed;
        }

        internal override void Do(Client client, SecretAddress address, LongWait wait)
        {
            using (Backup backup = Wait(() => client.BackupSecretOperation(address.Vault, address.Name, Call()), wait))
            {
                byte[] text = backup.ToBytes();
                BackupFile.Write(file, text, Force);
                Array.Clear(text, 0, text.Length);
            }
            written = path;
            wait.Hide();
            WriteObject(path);
        }

        /// <summary>A path that is none is told to each secret, as an error of its file.</summary>
        private bool IsOneFile
        {
            get
            {
                try
                {
                    return OutputFile != null && !Directory.Exists(BackupFile.Resolve(this, "-OutputFile", OutputFile));
                }
                catch (FileException)
                {
                    return false;
                }
            }
        }

        /// <summary>The default name is as Az makes it: vault, secret and the time in seconds.</summary>
        private string PathFor(SecretAddress address)
        {
            string given = OutputFile == null ? SessionState.Path.CurrentFileSystemLocation.ProviderPath : BackupFile.Resolve(this, "-OutputFile", OutputFile);
            if (OutputFile != null && !Directory.Exists(given))
            {
                return given;
            }
            string seconds = DateTime.UtcNow.Subtract(Epoch).TotalSeconds.ToString("F5", CultureInfo.InvariantCulture);
            return Path.Combine(given, address.FileStem + "-" + seconds);
        }
    }
}
