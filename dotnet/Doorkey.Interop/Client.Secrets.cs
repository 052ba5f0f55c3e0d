// The client's part that reads secrets with their values: one, or several at a time. Lists, which have no values, are in Client.Lists.cs.
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Doorkey
{
    public sealed partial class Client
    {
        /// <summary>Starts to get a secret.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="version">The version, or null for the latest.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The work under way, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Operation<Secret> GetSecretOperation(string vault, string name, string version = null, CallOptions call = null)
        {
            byte[] where = Utf8.Argument(vault, nameof(vault));
            byte[] which = Utf8.Argument(name, nameof(name));
            byte[] one = Utf8.Argument(version, nameof(version));
            return Begin(call, Secret.Take, (ref NativeCall native, out OperationHandle operation, out ErrorHandle error) =>
                NativeMethods.doorkey_client_get_secret(handle, where, which, one, ref native, out operation, out error));
        }

        /// <summary>Gets a secret and waits for it.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="version">The version, or null for the latest.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The secret, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">There is no such secret, or it cannot be had.</exception>
        public Secret GetSecret(string vault, string name, string version = null, CallOptions call = null)
        {
            return Finish(GetSecretOperation(vault, name, version, call));
        }

        /// <summary>Gets a secret without blocking a thread.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="version">The version, or null for the latest.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <param name="cancellationToken">Cancels the work.</param>
        /// <returns>The secret, to be disposed of by the caller; or a <see cref="DoorkeyException"/>.</returns>
        public Task<Secret> GetSecretAsync(string vault, string name, string version = null, CallOptions call = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Operation<Secret>.Run(() => GetSecretOperation(vault, name, version, call), cancellationToken);
        }

        /// <summary>Starts to get several secrets at a time.</summary>
        /// <param name="vault">The vault's name, host or https address; or null, if <paramref name="names"/> are whole ids, maybe of several vaults.</param>
        /// <param name="names">Names of secrets, each with a version behind it if it is not to be the latest (<c>name/version</c>); or whole ids. At most 4,096.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The work under way, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Operation<SecretResults> GetSecretsOperation(string vault, IEnumerable<string> names, CallOptions call = null)
        {
            byte[] where = Utf8.Argument(vault, nameof(vault));
            string[] asked = ToArray(names);
            using (NativeTexts which = ToNative(asked))
            {
                return Begin(call, operation => TakeResults(operation, asked), (ref NativeCall native, out OperationHandle operation, out ErrorHandle error) =>
                    NativeMethods.doorkey_client_get_secrets(handle, where, which.Pointers, which.Count, ref native, out operation, out error));
            }
        }

        /// <summary>Gets several secrets at a time and waits for it.</summary>
        /// <param name="vault">The vault's name, host or https address; or null, if <paramref name="names"/> are whole ids, maybe of several vaults.</param>
        /// <param name="names">Names of secrets, each with a version behind it if it is not to be the latest (<c>name/version</c>); or whole ids. At most 4,096.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>A secret or an error for each name, in their order, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">The call as a whole failed. What is wrong with one secret is an error in its own result.</exception>
        public SecretResults GetSecrets(string vault, IEnumerable<string> names, CallOptions call = null)
        {
            return Finish(GetSecretsOperation(vault, names, call));
        }

        /// <summary>Gets several secrets at a time without blocking a thread.</summary>
        /// <param name="vault">The vault's name, host or https address; or null, if <paramref name="names"/> are whole ids, maybe of several vaults.</param>
        /// <param name="names">Names of secrets, each with a version behind it if it is not to be the latest (<c>name/version</c>); or whole ids. At most 4,096.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <param name="cancellationToken">Cancels the work.</param>
        /// <returns>A secret or an error for each name, in their order, to be disposed of by the caller; or a <see cref="DoorkeyException"/>.</returns>
        public Task<SecretResults> GetSecretsAsync(string vault, IEnumerable<string> names, CallOptions call = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Operation<SecretResults>.Run(() => GetSecretsOperation(vault, names, call), cancellationToken);
        }

        /// <summary>
        /// Gets several secrets at a time, each as soon as it and all before it are there. The requests begin at once; disposing of the pager,
        /// or leaving its enumeration, ends them.
        /// </summary>
        /// <param name="vault">The vault's name, host or https address; or null, if <paramref name="names"/> are whole ids, maybe of several vaults.</param>
        /// <param name="names">Names of secrets, each with a version behind it if it is not to be the latest (<c>name/version</c>); or whole ids. At most 4,096.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>A secret or an error for each name, in their order, to be enumerated once; what it gives is to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Pager<SecretResult> StreamSecrets(string vault, IEnumerable<string> names, CallOptions call = null)
        {
            byte[] where = Utf8.Argument(vault, nameof(vault));
            string[] asked = ToArray(names);
            using (NativeTexts which = ToNative(asked))
            {
                PagerHandle pager = Start(call, (ref NativeCall native, out PagerHandle started, out ErrorHandle error) =>
                    NativeMethods.doorkey_client_stream_secrets(handle, where, which.Pointers, which.Count, ref native, out started, out error));
                return new Pager<SecretResult>(pager, (page, before) => SecretResults.Read(page, asked, before));
            }
        }

        private static string[] ToArray(IEnumerable<string> names)
        {
            RefuseNull(names, nameof(names));
            return new List<string>(names).ToArray();
        }

        private static NativeTexts ToNative(string[] names)
        {
            return new NativeTexts(Array.ConvertAll(names, Utf8.Name));
        }

        private static SecretResults TakeResults(OperationHandle operation, string[] names)
        {
            SecretListHandle list;
            ErrorHandle error;
            int status = NativeMethods.doorkey_operation_take_list(operation, out list, out error);
            using (list)
            {
                DoorkeyException.Check(status, error);
                return SecretResults.Read(list, names, 0);
            }
        }
    }
}
