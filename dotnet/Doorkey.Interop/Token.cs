// A token: what may be shown as properties, the value only through methods that say what they make of it.
using System;
using System.Security;

namespace Doorkey
{
    /// <summary>An access token. Its value stays in native memory, wiped by Dispose, until one of the methods is asked for it.</summary>
    public sealed class Token : IDisposable
    {
        private readonly TokenHandle handle;

        private Token(TokenHandle handle)
        {
            this.handle = handle;
            ExpiresOn = UnixTime.Read(NativeMethods.doorkey_token_expires_at_unix(handle)) ?? DateTimeOffset.MinValue;
            Source = Utf8.Read(NativeMethods.doorkey_token_source(handle));
            Resource = Utf8.Read(NativeMethods.doorkey_token_resource(handle));
            ClientId = Utf8.Read(NativeMethods.doorkey_token_client_id(handle));
            Length = handle.Length();
        }

        /// <summary>When the token stops working.</summary>
        public DateTimeOffset ExpiresOn { get; private set; }

        /// <summary>Where it came from, such as <c>imds</c>.</summary>
        public string Source { get; private set; }

        /// <summary>The audience that it is for.</summary>
        public string Resource { get; private set; }

        /// <summary>The client id of the identity, or null when the source did not say.</summary>
        public string ClientId { get; private set; }

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

        /// <summary>What it is and what for, never its value.</summary>
        /// <returns>A line for people.</returns>
        public override string ToString()
        {
            return "token for " + Resource + " from " + Source + ", expires " + ExpiresOn.ToString("u");
        }

        internal static Token Take(OperationHandle operation)
        {
            TokenHandle token;
            ErrorHandle error;
            int status = NativeMethods.doorkey_operation_take_token(operation, out token, out error);
            DoorkeyException.Check(status, error);
            return new Token(token);
        }
    }
}
