// A secret: what may be shown as properties, the value only through methods that say what they make of it.
using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Security;

namespace Doorkey
{
    /// <summary>A secret of a vault. Its value stays in native memory, wiped by Dispose, until one of the methods is asked for it.</summary>
    public sealed class Secret : IDisposable
    {
        private readonly SecretHandle handle;

        private Secret(SecretHandle handle)
        {
            this.handle = handle;
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
            Length = handle.Length();
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

        /// <summary>The length of the value in UTF-8 bytes.</summary>
        public int Length { get; private set; }

        /// <summary>The value as a read-only SecureString.</summary>
        /// <returns>To be disposed of by the caller.</returns>
        public SecureString ToSecureString()
        {
            return SensitiveText.ToSecureString(handle);
        }

        /// <summary>The value as UTF-8 bytes.</summary>
        /// <returns>To be cleared by the caller.</returns>
        public byte[] ToBytes()
        {
            return SensitiveText.ToBytes(handle);
        }

        /// <summary>The value as a string, which .NET can neither wipe nor keep from being copied: for calls that take nothing else.</summary>
        /// <returns>The value.</returns>
        public string RevealText()
        {
            return SensitiveText.Reveal(handle);
        }

        /// <summary>Lends the value where it lies: its address and its length in UTF-8 bytes, good until the callback returns.</summary>
        /// <param name="callback">What to do with it.</param>
        public void Use(Action<IntPtr, int> callback)
        {
            SensitiveText.Use(handle, (start, length) =>
            {
                callback(start, length);
                return true;
            });
        }

        /// <summary>As the other overload, with a result.</summary>
        /// <typeparam name="TResult">What the callback gives.</typeparam>
        /// <param name="callback">What to do with it.</param>
        /// <returns>What the callback gave.</returns>
        public TResult Use<TResult>(Func<IntPtr, int, TResult> callback)
        {
            return SensitiveText.Use(handle, callback);
        }

        /// <summary>Wipes the value and frees it.</summary>
        public void Dispose()
        {
            handle.Dispose();
        }

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
