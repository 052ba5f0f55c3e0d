// What the cmdlets put out that read or set a value: plain managed data, nothing that has to be disposed of in a script.
using System.Security;

namespace Doorkey.PowerShell
{
    /// <summary>A secret, as <c>Doorkey.Secret</c> in PowerShell.</summary>
    public sealed class SecretOutput : SecretDescription
    {
        internal SecretOutput(Secret secret, SecretAddress asked) : base(secret.Properties, asked)
        {
            SecretValue = secret.ToSecureString();
        }

        /// <summary>The value.</summary>
        public SecureString SecretValue { get; private set; }
    }
}
