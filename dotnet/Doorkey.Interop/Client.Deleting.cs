// The client's part that deletes secrets, recovers them and removes them for ever.
using System;
using System.Threading;
using System.Threading.Tasks;

namespace Doorkey
{
    public sealed partial class Client
    {
        /// <summary>Starts to delete a secret with all of its versions. The work is over when it can be seen among the deleted ones.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The work under way, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Operation<SecretProperties> DeleteSecretOperation(string vault, string name, CallOptions call = null)
        {
            return BeginNamed(vault, name, call, SecretProperties.Take, NativeMethods.doorkey_client_delete_secret);
        }

        /// <summary>Deletes a secret with all of its versions and waits for it.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>What is known of the deleted secret.</returns>
        /// <exception cref="DoorkeyException">The secret could not be deleted.</exception>
        public SecretProperties DeleteSecret(string vault, string name, CallOptions call = null)
        {
            return Finish(DeleteSecretOperation(vault, name, call));
        }

        /// <summary>Deletes a secret with all of its versions without blocking a thread.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <param name="cancellationToken">Cancels the work.</param>
        /// <returns>What is known of the deleted secret; or a <see cref="DoorkeyException"/>.</returns>
        public Task<SecretProperties> DeleteSecretAsync(string vault, string name, CallOptions call = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Operation<SecretProperties>.Run(() => DeleteSecretOperation(vault, name, call), cancellationToken);
        }

        /// <summary>Starts to look at a deleted secret, which has no value.</summary>
        /// <param name="vault">The vault's name, host or https address; or the whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The work under way, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Operation<SecretProperties> GetDeletedSecretOperation(string vault, string name, CallOptions call = null)
        {
            return BeginNamed(vault, name, call, SecretProperties.Take, NativeMethods.doorkey_client_get_deleted_secret);
        }

        /// <summary>Looks at a deleted secret, which has no value, and waits for it.</summary>
        /// <param name="vault">The vault's name, host or https address; or the whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>What is known of it.</returns>
        /// <exception cref="DoorkeyException">There is no such deleted secret, or it cannot be seen.</exception>
        public SecretProperties GetDeletedSecret(string vault, string name, CallOptions call = null)
        {
            return Finish(GetDeletedSecretOperation(vault, name, call));
        }

        /// <summary>Looks at a deleted secret, which has no value, without blocking a thread.</summary>
        /// <param name="vault">The vault's name, host or https address; or the whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <param name="cancellationToken">Cancels the work.</param>
        /// <returns>What is known of it; or a <see cref="DoorkeyException"/>.</returns>
        public Task<SecretProperties> GetDeletedSecretAsync(string vault, string name, CallOptions call = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Operation<SecretProperties>.Run(() => GetDeletedSecretOperation(vault, name, call), cancellationToken);
        }

        /// <summary>Starts to recover a deleted secret. The work is over when it can be seen among the secrets.</summary>
        /// <param name="vault">The vault's name, host or https address; or the whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The work under way, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Operation<SecretProperties> RecoverSecretOperation(string vault, string name, CallOptions call = null)
        {
            return BeginNamed(vault, name, call, SecretProperties.Take, NativeMethods.doorkey_client_recover_secret);
        }

        /// <summary>Recovers a deleted secret and waits for it.</summary>
        /// <param name="vault">The vault's name, host or https address; or the whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>What is known of the secret.</returns>
        /// <exception cref="DoorkeyException">The secret could not be recovered.</exception>
        public SecretProperties RecoverSecret(string vault, string name, CallOptions call = null)
        {
            return Finish(RecoverSecretOperation(vault, name, call));
        }

        /// <summary>Recovers a deleted secret without blocking a thread.</summary>
        /// <param name="vault">The vault's name, host or https address; or the whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <param name="cancellationToken">Cancels the work.</param>
        /// <returns>What is known of the secret; or a <see cref="DoorkeyException"/>.</returns>
        public Task<SecretProperties> RecoverSecretAsync(string vault, string name, CallOptions call = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Operation<SecretProperties>.Run(() => RecoverSecretOperation(vault, name, call), cancellationToken);
        }

        /// <summary>Starts to remove a deleted secret for ever. The work is over when it is gone.</summary>
        /// <param name="vault">The vault's name, host or https address; or the whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The work under way, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Operation PurgeSecretOperation(string vault, string name, CallOptions call = null)
        {
            return BeginPurgeSecret(vault, name, call);
        }

        /// <summary>Removes a deleted secret for ever and waits for it.</summary>
        /// <param name="vault">The vault's name, host or https address; or the whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <exception cref="DoorkeyException">The secret could not be purged.</exception>
        public void PurgeSecret(string vault, string name, CallOptions call = null)
        {
            Finish(BeginPurgeSecret(vault, name, call));
        }

        /// <summary>Removes a deleted secret for ever without blocking a thread.</summary>
        /// <param name="vault">The vault's name, host or https address; or the whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <param name="cancellationToken">Cancels the work.</param>
        /// <returns>A task that ends when it is done; or with a <see cref="DoorkeyException"/>.</returns>
        public Task PurgeSecretAsync(string vault, string name, CallOptions call = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Operation<Nothing>.Run(() => BeginPurgeSecret(vault, name, call), cancellationToken);
        }

        private Operation<Nothing> BeginPurgeSecret(string vault, string name, CallOptions call)
        {
            return BeginNamed(vault, name, call, TakeNothing, NativeMethods.doorkey_client_purge_secret);
        }

        private static Nothing TakeNothing(OperationHandle operation)
        {
            ErrorHandle error;
            int status = NativeMethods.doorkey_operation_take_none(operation, out error);
            DoorkeyException.Check(status, error);
            return default(Nothing);
        }

        private Operation<T> BeginNamed<T>(string vault, string name, CallOptions call, Func<OperationHandle, T> take, NamedStart start)
        {
            byte[] where = Utf8.Argument(vault, nameof(vault));
            byte[] which = Utf8.Argument(name, nameof(name));
            return Begin(call, take, (ref NativeCall native, out OperationHandle operation, out ErrorHandle error) =>
                start(handle, where, which, ref native, out operation, out error));
        }

        /// <summary>The native functions that take the name of a secret and no more.</summary>
        private delegate int NamedStart(ClientHandle client, byte[] vault, byte[] name, ref NativeCall call, out OperationHandle operation, out ErrorHandle error);

        /// <summary>What work gives that has no result.</summary>
        private struct Nothing
        {
        }
    }
}
