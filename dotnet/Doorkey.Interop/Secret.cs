// A secret: what may be shown, as properties, which are those of its SecretProperties. Its value is SensitiveValue's.
using System;
using System.Collections.Generic;

namespace Doorkey
{
    /// <summary>
    /// A secret of a vault. Its value stays in native memory, wiped by Dispose, until one of the methods is asked for it. What is the same
    /// secret, named twice in one call or kept by the client, shares that memory, which is wiped with the last of them.
    /// </summary>
    public sealed class Secret : SensitiveValue
    {
        internal Secret(SecretHandle handle) : base(handle)
        {
            Properties = new SecretProperties(handle);
        }

        /// <summary>All that the vault says of it beside its value; good for longer than the secret itself.</summary>
        public SecretProperties Properties { get; private set; }

        /// <summary>The whole id, version included.</summary>
        public string Id
        {
            get { return Properties.Id; }
        }

        /// <summary>The vault's name.</summary>
        public string Vault
        {
            get { return Properties.Vault; }
        }

        /// <summary>The secret's name.</summary>
        public string Name
        {
            get { return Properties.Name; }
        }

        /// <summary>The version that was read.</summary>
        public string Version
        {
            get { return Properties.Version; }
        }

        /// <summary>The content type that its author gave it, or null.</summary>
        public string ContentType
        {
            get { return Properties.ContentType; }
        }

        /// <summary>Whether it may be used.</summary>
        public bool Enabled
        {
            get { return Properties.Enabled; }
        }

        /// <summary>When this version was made, or null when the service did not say.</summary>
        public DateTimeOffset? Created
        {
            get { return Properties.Created; }
        }

        /// <summary>When this version was last changed, or null when the service did not say.</summary>
        public DateTimeOffset? Updated
        {
            get { return Properties.Updated; }
        }

        /// <summary>When it expires, or null.</summary>
        public DateTimeOffset? Expires
        {
            get { return Properties.Expires; }
        }

        /// <summary>From when on it may be used, or null.</summary>
        public DateTimeOffset? NotBefore
        {
            get { return Properties.NotBefore; }
        }

        /// <summary>The tags; empty when there are none.</summary>
        public IReadOnlyDictionary<string, string> Tags
        {
            get { return Properties.Tags; }
        }

        /// <summary>Whether Key Vault itself looks after it, as it does for a certificate's.</summary>
        public bool Managed
        {
            get { return Properties.Managed; }
        }

        /// <summary>The id of the key that a certificate's secret belongs to, or null.</summary>
        public string KeyId
        {
            get { return Properties.KeyId; }
        }

        /// <summary>What becomes of it when it is deleted, in the service's words such as <c>Recoverable+Purgeable</c>, or null.</summary>
        public string RecoveryLevel
        {
            get { return Properties.RecoveryLevel; }
        }

        /// <summary>For how many days it could be recovered after it was deleted, or null when the service did not say.</summary>
        public int? RecoverableDays
        {
            get { return Properties.RecoverableDays; }
        }

        /// <summary>The id, never the value.</summary>
        /// <returns>The id.</returns>
        public override string ToString()
        {
            return Id;
        }

        internal static Secret Take(OperationHandle operation)
        {
            return new Secret(TakeHandle(operation));
        }

        internal static SecretHandle TakeHandle(OperationHandle operation)
        {
            SecretHandle secret;
            ErrorHandle error;
            int status = NativeMethods.doorkey_operation_take_secret(operation, out secret, out error);
            DoorkeyException.Check(status, error);
            return secret;
        }
    }
}
