// The client: checks nothing itself, hands its arguments to the native library and gives back operations and their results. Here are its
// life and its tokens; secrets are in Client.Secrets.cs, Client.Lists.cs, Client.Writing.cs, Client.Deleting.cs and Client.Backups.cs.
// How results are waited for is Operation's business; how the native library is found, NativeLoader's.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace Doorkey
{
    /// <summary>Gets tokens of this machine's managed identity, and secrets from Key Vault with them. Any thread may use it, at any time.</summary>
    public sealed partial class Client : IDisposable
    {
        private readonly ClientHandle handle;

        /// <summary>A client as the environment variables of this process describe it, which are copied now: a later change needs a new client.</summary>
        /// <exception cref="DoorkeyException">A variable breaks a rule, or the native library cannot be loaded (<see cref="NativeLibraryException"/>).</exception>
        public Client() : this(null)
        {
        }

        /// <summary>A client as the options describe it.</summary>
        /// <param name="options">Copied; null for the defaults.</param>
        /// <exception cref="DoorkeyException">An option breaks a rule, or the native library cannot be loaded (<see cref="NativeLibraryException"/>).</exception>
        public Client(ClientOptions options)
        {
            NativeLoader.Ensure();
            handle = Open(options ?? new ClientOptions());
        }

        /// <summary>The names of all environment variables that clients read.</summary>
        public static string[] EnvironmentNames
        {
            get
            {
                NativeLoader.Ensure();
                return ReadEnvironmentNames();
            }
        }

        /// <summary>The version of the native library.</summary>
        public static string LibraryVersion
        {
            get
            {
                NativeLoader.Ensure();
                return ReadVersion();
            }
        }

        /// <summary>Forgets the tokens that all clients of this process share.</summary>
        public static void ClearTokenCache()
        {
            NativeLoader.Ensure();
            ClearTokens();
        }

        /// <summary>Starts to get a token.</summary>
        /// <param name="resource">The audience, such as <c>https://vault.azure.net</c>.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The work under way, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">An argument breaks a rule; nothing was sent.</exception>
        public Operation<Token> GetTokenOperation(string resource, CallOptions call = null)
        {
            byte[] audience = Utf8.Argument(resource, nameof(resource));
            return Begin(call, Token.Take, (ref NativeCall native, out OperationHandle operation, out ErrorHandle error) =>
                NativeMethods.doorkey_client_get_token(handle, audience, ref native, out operation, out error));
        }

        /// <summary>Gets a token and waits for it.</summary>
        /// <param name="resource">The audience, such as <c>https://vault.azure.net</c>.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <returns>The token, to be disposed of by the caller.</returns>
        /// <exception cref="DoorkeyException">There is no token.</exception>
        public Token GetToken(string resource, CallOptions call = null)
        {
            return Finish(GetTokenOperation(resource, call));
        }

        /// <summary>Gets a token without blocking a thread.</summary>
        /// <param name="resource">The audience, such as <c>https://vault.azure.net</c>.</param>
        /// <param name="call">What this call wants differently; null for the client's own ways.</param>
        /// <param name="cancellationToken">Cancels the work.</param>
        /// <returns>The token, to be disposed of by the caller; or a <see cref="DoorkeyException"/>.</returns>
        public Task<Token> GetTokenAsync(string resource, CallOptions call = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            return Operation<Token>.Run(() => GetTokenOperation(resource, call), cancellationToken);
        }

        /// <summary>Forgets what this client has cached: its tokens, and the secrets that it keeps, whose memory is wiped.</summary>
        public void ClearCache()
        {
            handle.RefuseClosed();
            NativeMethods.doorkey_client_clear_cache(handle);
        }

        /// <summary>Lets go of the client without waiting; operations that it started go on.</summary>
        public void Dispose()
        {
            handle.Dispose();
        }

        private static T Finish<T>(Operation<T> operation)
        {
            using (operation)
            {
                return operation.Take();
            }
        }

        /// <summary>Of what is no text: a text that is null is for the native library to judge.</summary>
        private static void RefuseNull(object argument, string name)
        {
            if (argument == null)
            {
                throw new DoorkeyException(DoorkeyStatus.InvalidArgument, name + ": must not be null");
            }
        }

        /// <summary>What all calls have in common: the options of the call, the refusal of what breaks a rule, and the operation.</summary>
        private Operation<T> Begin<T>(CallOptions call, Func<OperationHandle, T> take, NativeStart<OperationHandle> start)
        {
            return new Operation<T>(Start(call, start), take);
        }

        private THandle Start<THandle>(CallOptions call, NativeStart<THandle> start) where THandle : NativeHandle
        {
            handle.RefuseClosed();
            using (CallArgument native = CallOptions.ToNative(call))
            {
                THandle started;
                ErrorHandle error;
                int status = start(ref native.Native, out started, out error);
                DoorkeyException.Check(status, error);
                return started;
            }
        }

        // Methods of their own, never inlined, for what runs right after NativeLoader.Ensure (see there).

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static ClientHandle Open(ClientOptions options)
        {
            using (OptionsHandle native = options.ToNative())
            {
                ClientHandle client;
                ErrorHandle error;
                int status = NativeMethods.doorkey_client_new(native, out client, out error);
                DoorkeyException.Check(status, error);
                return client;
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static string[] ReadEnvironmentNames()
        {
            UIntPtr count;
            IntPtr start = NativeMethods.doorkey_environment_names(out count);
            string[] names = new string[(int)count];
            for (int index = 0; index < names.Length; index++)
            {
                names[index] = Utf8.Read(Marshal.ReadIntPtr(start, index * IntPtr.Size));
            }
            return names;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static string ReadVersion()
        {
            return Utf8.Read(NativeMethods.doorkey_version());
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void ClearTokens()
        {
            NativeMethods.doorkey_clear_token_cache();
        }

        /// <summary>The end of every native function that starts something.</summary>
        private delegate int NativeStart<THandle>(ref NativeCall call, out THandle started, out ErrorHandle error) where THandle : NativeHandle;
    }
}
