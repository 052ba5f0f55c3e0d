// A secret: what may be shown, as properties. Its value is SensitiveValue's.
using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;

namespace Doorkey
{
    /// <summary>A secret of a vault. Its value stays in native memory, wiped by Dispose, until one of the methods is asked for it.</summary>
    public sealed class Secret : SensitiveValue
    {
        private Secret(SecretHandle handle) : base(handle)
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
        }

        /// <summary>The whole id, version included.</summary>
        public string Id { get; private set; }

        /// <summary>The vault's name.</summary>
        public string Vault { get; private set; }

        /// <summary>The secret's name.</summary>
        public string Name { get; private set; }

        /// <summary>The version that was read.</summary>
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

        /// <summary>The id, never the value.</summary>
        /// <returns>The id.</returns>
        public override string ToString()
        {
            return Id;
        }

        internal static Secret Take(OperationHandle operation)
        {
            SecretHandle secret;
            ErrorHandle error;
            int status = NativeMethods.doorkey_operation_take_secret(operation, out secret, out error);
            DoorkeyException.Check(status, error);
            return new Secret(secret);
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
