// The client's part that makes secrets and changes what is said of them. A value goes in as what can be wiped, never as a string.
using System;
using System.Security;
using System.Threading;
using System.Threading.Tasks;

namespace Doorkey
{
    public sealed partial class Client
    {
        /// <summary>Starts to make a secret, or a new version of one.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="value">Its value, which stays the caller's to dispose of; any text that is Unicode.</param>
        /// <param name="attributes">What is to be said of it; null for nothing.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The work under way, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Operation<Secret> SetSecretOperation(string vault, string name, SecureString value, SecretAttributes attributes = null,
            CallOptions call = null)
        {
            byte[] where = Utf8.Argument(vault, nameof(vault));
            byte[] which = Utf8.Argument(name, nameof(name));
            RefuseNull(value, nameof(value));
            using (AttributesArgument said = new AttributesArgument(attributes))
            {
                return SensitiveText.WithUtf8(value, nameof(value), (bytes, length) => BeginSet(where, which, bytes, length, said, call));
            }
        }

        /// <summary>Makes a secret, or a new version of one, and waits for it.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="value">Its value, which stays the caller's to dispose of; any text that is Unicode.</param>
        /// <param name="attributes">What is to be said of it; null for nothing.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The new version, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">The secret could not be made.</exception>
        public Secret SetSecret(string vault, string name, SecureString value, SecretAttributes attributes = null, CallOptions call = null)
        {
            return Finish(SetSecretOperation(vault, name, value, attributes, call));
        }

        /// <summary>Makes a secret, or a new version of one, without blocking a thread.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="value">Its value, which stays the caller's to dispose of; any text that is Unicode.</param>
        /// <param name="attributes">What is to be said of it; null for nothing.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <param name="cancellationToken">Cancels the work.</param>
        /// <returns>The new version, to be disposed of by the caller; or a <see cref="DoorkeyException"/>.</returns>
        public Task<Secret> SetSecretAsync(string vault, string name, SecureString value, SecretAttributes attributes = null,
            CallOptions call = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            return Operation<Secret>.Run(() => SetSecretOperation(vault, name, value, attributes, call), cancellationToken);
        }

        /// <summary>Starts to make a secret, or a new version of one.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="value">Its value as UTF-8, which is read before this returns, and stays the caller's to clear.</param>
        /// <param name="attributes">What is to be said of it; null for nothing.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The work under way, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Operation<Secret> SetSecretOperation(string vault, string name, byte[] value, SecretAttributes attributes = null,
            CallOptions call = null)
        {
            byte[] where = Utf8.Argument(vault, nameof(vault));
            byte[] which = Utf8.Argument(name, nameof(name));
            RefuseNull(value, nameof(value));
            using (AttributesArgument said = new AttributesArgument(attributes))
            {
                return BeginSet(where, which, value, (UIntPtr)value.Length, said, call);
            }
        }

        /// <summary>Makes a secret, or a new version of one, and waits for it.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="value">Its value as UTF-8, which is read before this returns, and stays the caller's to clear.</param>
        /// <param name="attributes">What is to be said of it; null for nothing.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The new version, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">The secret could not be made.</exception>
        public Secret SetSecret(string vault, string name, byte[] value, SecretAttributes attributes = null, CallOptions call = null)
        {
            return Finish(SetSecretOperation(vault, name, value, attributes, call));
        }

        /// <summary>Makes a secret, or a new version of one, without blocking a thread.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="value">Its value as UTF-8, which is read before this returns, and stays the caller's to clear.</param>
        /// <param name="attributes">What is to be said of it; null for nothing.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <param name="cancellationToken">Cancels the work.</param>
        /// <returns>The new version, to be disposed of by the caller; or a <see cref="DoorkeyException"/>.</returns>
        public Task<Secret> SetSecretAsync(string vault, string name, byte[] value, SecretAttributes attributes = null, CallOptions call = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            return Operation<Secret>.Run(() => SetSecretOperation(vault, name, value, attributes, call), cancellationToken);
        }

        /// <summary>Starts to change what is said of a secret. Its value stays.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="version">The version, or null for the latest.</param>
        /// <param name="attributes">What is to change.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The work under way, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Operation<SecretProperties> UpdateSecretOperation(string vault, string name, string version, SecretAttributes attributes,
            CallOptions call = null)
        {
            byte[] where = Utf8.Argument(vault, nameof(vault));
            byte[] which = Utf8.Argument(name, nameof(name));
            byte[] one = Utf8.Argument(version, nameof(version));
            using (AttributesArgument said = new AttributesArgument(attributes))
            {
                return Begin(call, SecretProperties.Take, (ref NativeCall native, out OperationHandle operation, out ErrorHandle error) =>
                    NativeMethods.doorkey_client_update_secret(handle, where, which, one, ref said.Native, ref native, out operation, out error));
            }
        }

        /// <summary>Changes what is said of a secret, not its value, and waits for it.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="version">The version, or null for the latest.</param>
        /// <param name="attributes">What is to change.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>What is said of it now.</returns>
        /// <exception cref="DoorkeyException">The secret could not be changed.</exception>
        public SecretProperties UpdateSecret(string vault, string name, string version, SecretAttributes attributes, CallOptions call = null)
        {
            return Finish(UpdateSecretOperation(vault, name, version, attributes, call));
        }

        /// <summary>Changes what is said of a secret, not its value, without blocking a thread.</summary>
        /// <param name="vault">The vault's name, host or https address; or a secret's whole id, with <paramref name="name"/> null.</param>
        /// <param name="name">The secret's name.</param>
        /// <param name="version">The version, or null for the latest.</param>
        /// <param name="attributes">What is to change.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <param name="cancellationToken">Cancels the work.</param>
        /// <returns>What is said of it now; or a <see cref="DoorkeyException"/>.</returns>
        public Task<SecretProperties> UpdateSecretAsync(string vault, string name, string version, SecretAttributes attributes,
            CallOptions call = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            return Operation<SecretProperties>.Run(() => UpdateSecretOperation(vault, name, version, attributes, call), cancellationToken);
        }

        private Operation<Secret> BeginSet(byte[] vault, byte[] name, byte[] value, UIntPtr length, AttributesArgument attributes, CallOptions call)
        {
            // An empty array has no address that every run time would give.
            byte[] bytes = value.Length == 0 ? new byte[1] : value;
            return Begin(call, Secret.Take, (ref NativeCall native, out OperationHandle operation, out ErrorHandle error) =>
                NativeMethods.doorkey_client_set_secret(handle, vault, name, bytes, length, ref attributes.Native, ref native, out operation, out error));
        }
    }
}
