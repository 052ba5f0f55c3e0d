// What the cmdlets put out that have to do with a secret and not with its value.
using System;

namespace Doorkey.PowerShell
{
    /// <summary>A secret without its value, as <c>Doorkey.SecretInfo</c> in PowerShell.</summary>
    public sealed class SecretInfoOutput : SecretDescription
    {
        internal SecretInfoOutput(SecretProperties secret, SecretAddress asked, bool isOneVersion = false) : base(secret, asked)
        {
            OneVersion = isOneVersion;
            Managed = secret.Managed;
            KeyId = secret.KeyId;
            RecoveryLevel = secret.RecoveryLevel;
            RecoverableDays = secret.RecoverableDays;
            RecoveryId = secret.RecoveryId;
            DeletedDate = Utc(secret.Deleted);
            ScheduledPurgeDate = Utc(secret.ScheduledPurge);
        }

        /// <summary>Whether it stands for one version, as <c>-IncludeVersions</c> lists them, and not for the secret with all of them.</summary>
        public bool OneVersion { get; private set; }

        /// <summary>Whether Key Vault itself looks after it, as it does for a certificate's.</summary>
        public bool Managed { get; private set; }

        /// <summary>The id of the key that a certificate's secret belongs to, or null.</summary>
        public string KeyId { get; private set; }

        /// <summary>What becomes of it when it is deleted, in the service's words, or null.</summary>
        public string RecoveryLevel { get; private set; }

        /// <summary>For how many days a deleted secret can be recovered, or null.</summary>
        public int? RecoverableDays { get; private set; }

        /// <summary>Of a deleted secret, the id by which it is recovered, or null.</summary>
        public string RecoveryId { get; private set; }

        /// <summary>Of a deleted secret, when it was deleted (UTC), or null.</summary>
        public DateTime? DeletedDate { get; private set; }

        /// <summary>Of a deleted secret, when it is purged for ever (UTC), or null.</summary>
        public DateTime? ScheduledPurgeDate { get; private set; }
    }
}
