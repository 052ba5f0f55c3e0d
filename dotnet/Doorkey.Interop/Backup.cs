// A backup of a secret: all of its versions, encrypted by Key Vault. Its text is SensitiveValue's.
namespace Doorkey
{
    /// <summary>
    /// A backup of a secret with all of its versions: text that only Key Vault can read, in the same subscription and geography. It stays in
    /// native memory, wiped by Dispose, until one of the methods is asked for it.
    /// </summary>
    public sealed class Backup : SensitiveValue
    {
        private Backup(BlobHandle handle) : base(handle)
        {
        }

        /// <summary>What it is and how long, never its text.</summary>
        /// <returns>A line for people.</returns>
        public override string ToString()
        {
            return "backup of a secret, " + Length + " bytes";
        }

        internal static Backup Take(OperationHandle operation)
        {
            BlobHandle blob;
            ErrorHandle error;
            int status = NativeMethods.doorkey_operation_take_blob(operation, out blob, out error);
            DoorkeyException.Check(status, error);
            return new Backup(blob);
        }
    }
}
