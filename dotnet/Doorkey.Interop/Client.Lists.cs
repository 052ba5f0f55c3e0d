// The client's part that lists what is in a vault. How pages are gone through is Pager's business.

namespace Doorkey
{
    public sealed partial class Client
    {
        /// <summary>Lists the secrets of a vault, without their values. Nothing is sent until the first page is asked for, by enumeration or otherwise.</summary>
        /// <param name="vault">The vault's name, host or https address.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>What is known of each, to be enumerated once or asked for page by page.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Pager<SecretProperties> ListSecrets(string vault, CallOptions call = null)
        {
            byte[] where = Utf8.Argument(vault, nameof(vault));
            return Pages(call, (ref NativeCall native, out PagerHandle pager, out ErrorHandle error) =>
                NativeMethods.doorkey_client_list_secrets(handle, where, ref native, out pager, out error));
        }

        /// <summary>Lists the versions of a secret, the newest first, without their values.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>What is known of each, to be enumerated once or asked for page by page.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Pager<SecretProperties> ListVersions(string vault, string name, CallOptions call = null)
        {
            byte[] where = Utf8.Argument(vault, nameof(vault));
            byte[] which = Utf8.Argument(name, nameof(name));
            return Pages(call, (ref NativeCall native, out PagerHandle pager, out ErrorHandle error) =>
                NativeMethods.doorkey_client_list_versions(handle, where, which, ref native, out pager, out error));
        }

        /// <summary>Lists the deleted secrets of a vault that can still be recovered, without their values.</summary>
        /// <param name="vault">The vault's name, host or https address.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>What is known of each, to be enumerated once or asked for page by page.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Pager<SecretProperties> ListDeleted(string vault, CallOptions call = null)
        {
            byte[] where = Utf8.Argument(vault, nameof(vault));
            return Pages(call, (ref NativeCall native, out PagerHandle pager, out ErrorHandle error) =>
                NativeMethods.doorkey_client_list_deleted(handle, where, ref native, out pager, out error));
        }

        private Pager<SecretProperties> Pages(CallOptions call, NativeStart<PagerHandle> start)
        {
            return new Pager<SecretProperties>(Start(call, start), (page, before) => SecretProperties.Read(page));
        }
    }
}
