// The client's part that backs up secrets and restores them.
using System;
using System.Threading;
using System.Threading.Tasks;

namespace Doorkey
{
    public sealed partial class Client
    {
        /// <summary>Starts to back up a secret with all of its versions.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The work under way, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Operation<Backup> BackupSecretOperation(string vault, string name, CallOptions call = null)
        {
            return BeginNamed(vault, name, call, Backup.Take, NativeMethods.doorkey_client_backup_secret);
        }

        /// <summary>Backs up a secret with all of its versions and waits for it.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The backup, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">The secret could not be backed up.</exception>
        public Backup BackupSecret(string vault, string name, CallOptions call = null)
        {
            return Finish(BackupSecretOperation(vault, name, call));
        }

        /// <summary>Backs up a secret with all of its versions without blocking a thread.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <param name="cancellationToken">Cancels the work.</param>
        /// <returns>The backup, to be disposed of by the caller; or a <see cref="DoorkeyException"/>.</returns>
        public Task<Backup> BackupSecretAsync(string vault, string name, CallOptions call = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Operation<Backup>.Run(() => BackupSecretOperation(vault, name, call), cancellationToken);
        }

        /// <summary>Starts to restore a secret with all of its versions from a backup.</summary>
        /// <param name="vault">The vault's name, host or https address.</param>
        /// <param name="backup">The text of a <see cref="Backup"/>, which is read before this returns, and stays the caller's.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The work under way, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Operation<SecretProperties> RestoreSecretOperation(string vault, byte[] backup, CallOptions call = null)
        {
            byte[] where = Utf8.Argument(vault, nameof(vault));
            RefuseNull(backup, nameof(backup));
            return Begin(call, SecretProperties.Take, (ref NativeCall native, out OperationHandle operation, out ErrorHandle error) =>
                NativeMethods.doorkey_client_restore_secret(handle, where, backup, (UIntPtr)backup.Length, ref native, out operation, out error));
        }

        /// <summary>Restores a secret with all of its versions from a backup and waits for it.</summary>
        /// <param name="vault">The vault's name, host or https address.</param>
        /// <param name="backup">The text of a <see cref="Backup"/>, which is read before this returns, and stays the caller's.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>What is known of the secret.</returns>
        /// <exception cref="DoorkeyException">The secret could not be restored.</exception>
        public SecretProperties RestoreSecret(string vault, byte[] backup, CallOptions call = null)
        {
            return Finish(RestoreSecretOperation(vault, backup, call));
        }

        /// <summary>Restores a secret with all of its versions from a backup without blocking a thread.</summary>
        /// <param name="vault">The vault's name, host or https address.</param>
        /// <param name="backup">The text of a <see cref="Backup"/>, which is read before this returns, and stays the caller's.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <param name="cancellationToken">Cancels the work.</param>
        /// <returns>What is known of the secret; or a <see cref="DoorkeyException"/>.</returns>
        public Task<SecretProperties> RestoreSecretAsync(string vault, byte[] backup, CallOptions call = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Operation<SecretProperties>.Run(() => RestoreSecretOperation(vault, backup, call), cancellationToken);
        }
    }
}
