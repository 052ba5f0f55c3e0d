// What Get-DoorkeyToken puts out: plain managed data with Az's property names, nothing that has to be disposed of in a script.
using System;
using System.Security;

namespace Doorkey.PowerShell
{
    /// <summary>A token, as <c>Doorkey.Token</c> in PowerShell.</summary>
    public sealed class TokenOutput
    {
        internal TokenOutput(Token token)
        {
            Token = token.ToSecureString();
            ExpiresOn = token.ExpiresOn;
            Resource = token.Resource;
            Source = token.Source;
            ClientId = token.ClientId;
        }

        /// <summary>The value.</summary>
        public SecureString Token { get; private set; }

        /// <summary>When it stops working.</summary>
        public DateTimeOffset ExpiresOn { get; private set; }

        /// <summary>What to write before it in an Authorization header.</summary>
        public string Type
        {
            get { return "Bearer"; }
        }

        /// <summary>The audience that it is for.</summary>
        public string Resource { get; private set; }

        /// <summary>Where it came from.</summary>
        public string Source { get; private set; }

        /// <summary>The client id of the identity, or null when the source did not say.</summary>
        public string ClientId { get; private set; }

        /// <summary>What it is, never its value.</summary>
        /// <returns>A line for people.</returns>
        public override string ToString()
        {
            return "token for " + Resource + " from " + Source;
        }
    }
}
