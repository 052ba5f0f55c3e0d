// What a vault says of a secret beside its value: plain data, copied out of the native object, so that it outlives it.
// What one may say of a secret is in SecretAttributes.
using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;

namespace Doorkey
{
    /// <summary>What a vault says of a secret beside its value. Plain data: there is nothing to dispose of.</summary>
    public sealed class SecretProperties
    {
        internal SecretProperties(SecretHandle handle)
        {
            Id = Utf8.Read(NativeMethods.doorkey_secret_id(handle));
            Vault = Utf8.Read(NativeMethods.doorkey_secret_vault(handle));
            Name = Utf8.Read(NativeMethods.doorkey_secret_name(handle));
            Version = Utf8.Read(NativeMethods.doorkey_secret_version(handle));
            ContentType = Utf8.Read(NativeMethods.doorkey_secret_content_type(handle));
            Enabled = NativeMethods.doorkey_secret_enabled(handle) != 0;
            Created = UnixTime.Read(NativeMethods.doorkey_secret_created_at_unix(handle));
            Updated = UnixTime.Read(NativeMethods.doorkey_secret_updated_at_unix(handle));
            Expires = UnixTime.Read(NativeMethods.doorkey_secret_expires_at_unix(handle));
            NotBefore = UnixTime.Read(NativeMethods.doorkey_secret_not_before_unix(handle));
            Tags = ReadTags(handle);
            Managed = NativeMethods.doorkey_secret_managed(handle) != 0;
            KeyId = Utf8.Read(NativeMethods.doorkey_secret_key_id(handle));
            RecoveryLevel = Utf8.Read(NativeMethods.doorkey_secret_recovery_level(handle));
            int days = NativeMethods.doorkey_secret_recoverable_days(handle);
            RecoverableDays = days < 0 ? (int?)null : days;
            RecoveryId = Utf8.Read(NativeMethods.doorkey_secret_recovery_id(handle));
            Deleted = UnixTime.Read(NativeMethods.doorkey_secret_deleted_at_unix(handle));
            ScheduledPurge = UnixTime.Read(NativeMethods.doorkey_secret_scheduled_purge_at_unix(handle));
        }

        /// <summary>The whole id, with the version if one is named.</summary>
        public string Id { get; private set; }

        /// <summary>The vault's name.</summary>
        public string Vault { get; private set; }

        /// <summary>The secret's name.</summary>
        public string Name { get; private set; }

        /// <summary>The version, or null where the vault names none: in lists of secrets and of deleted ones.</summary>
        public string Version { get; private set; }

        /// <summary>The content type that its author gave it, or null.</summary>
        public string ContentType { get; private set; }

        /// <summary>Whether it may be used.</summary>
        public bool Enabled { get; private set; }

        /// <summary>When this version was made, or null when the service did not say.</summary>
        public DateTimeOffset? Created { get; private set; }

        /// <summary>When this version was last changed, or null when the service did not say.</summary>
        public DateTimeOffset? Updated { get; private set; }

        /// <summary>When it expires, or null.</summary>
        public DateTimeOffset? Expires { get; private set; }

        /// <summary>From when on it may be used, or null.</summary>
        public DateTimeOffset? NotBefore { get; private set; }

        /// <summary>The tags; empty when there are none.</summary>
        public IReadOnlyDictionary<string, string> Tags { get; private set; }

        /// <summary>Whether Key Vault itself looks after it, as it does for a certificate's.</summary>
        public bool Managed { get; private set; }

        /// <summary>The id of the key that a certificate's secret belongs to, or null.</summary>
        public string KeyId { get; private set; }

        /// <summary>What becomes of it when it is deleted, in the service's words such as <c>Recoverable+Purgeable</c>, or null.</summary>
        public string RecoveryLevel { get; private set; }

        /// <summary>For how many days a deleted secret can be recovered, or null when the service did not say.</summary>
        public int? RecoverableDays { get; private set; }

        /// <summary>Of a deleted secret, the id by which it is recovered, or null.</summary>
        public string RecoveryId { get; private set; }

        /// <summary>Of a deleted secret, when it was deleted, or null.</summary>
        public DateTimeOffset? Deleted { get; private set; }

        /// <summary>Of a deleted secret, when it is purged for ever, or null.</summary>
        public DateTimeOffset? ScheduledPurge { get; private set; }

        /// <summary>The id.</summary>
        /// <returns>The id.</returns>
        public override string ToString()
        {
            return Id;
        }

        /// <summary>Of the answer to a change, which has no value.</summary>
        internal static SecretProperties Take(OperationHandle operation)
        {
            using (SecretHandle secret = Secret.TakeHandle(operation))
            {
                return new SecretProperties(secret);
            }
        }

        /// <summary>Of a page of a list, whose items have no values.</summary>
        internal static IReadOnlyList<SecretProperties> Read(SecretListHandle list)
        {
            SecretProperties[] items = new SecretProperties[list.Count];
            for (int index = 0; index < items.Length; index++)
            {
                using (SecretHandle item = list.Secret(index))
                {
                    items[index] = new SecretProperties(item);
                }
            }
            return items;
        }

        private static IReadOnlyDictionary<string, string> ReadTags(SecretHandle handle)
        {
            ulong count = (ulong)NativeMethods.doorkey_secret_tag_count(handle);
            Dictionary<string, string> tags = new Dictionary<string, string>();
            for (ulong index = 0; index < count; index++)
            {
                string name = Utf8.Read(NativeMethods.doorkey_secret_tag_name(handle, (UIntPtr)index));
                tags[name] = Utf8.Read(NativeMethods.doorkey_secret_tag_value(handle, (UIntPtr)index));
            }
            return new ReadOnlyDictionary<string, string>(tags);
        }
    }
}
