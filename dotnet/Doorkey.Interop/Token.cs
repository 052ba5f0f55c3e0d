// A token: what may be shown, as properties. Its value is SensitiveValue's.
using System;

namespace Doorkey
{
    /// <summary>An access token. Its value stays in native memory, wiped by Dispose, until one of the methods is asked for it.</summary>
    public sealed class Token : SensitiveValue
    {
        private Token(TokenHandle handle) : base(handle)
        {
            ExpiresOn = UnixTime.Read(NativeMethods.doorkey_token_expires_at_unix(handle)) ?? DateTimeOffset.MinValue;
            Source = Utf8.Read(NativeMethods.doorkey_token_source(handle));
            Resource = Utf8.Read(NativeMethods.doorkey_token_resource(handle));
            ClientId = Utf8.Read(NativeMethods.doorkey_token_client_id(handle));
        }

        /// <summary>When the token stops working.</summary>
        public DateTimeOffset ExpiresOn { get; private set; }

        /// <summary>Where it came from, one of <see cref="TokenSource"/>.</summary>
        public string Source { get; private set; }

        /// <summary>The audience that it is for.</summary>
        public string Resource { get; private set; }

        /// <summary>The client id of the identity, or null when the source did not say.</summary>
        public string ClientId { get; private set; }

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
