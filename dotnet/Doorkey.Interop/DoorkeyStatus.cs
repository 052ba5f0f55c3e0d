// The status numbers of the C ABI, in C#. Numbers are for ever; a test holds this table against the library's own names.
namespace Doorkey
{
    /// <summary>Why a call did not do what it was asked; the same numbers as <c>doorkey_status</c> in C.</summary>
    public enum DoorkeyStatus
    {
        /// <summary>Done.</summary>
        Ok = 0,

        /// <summary>Not finished yet.</summary>
        Pending = 1,

        /// <summary>An argument breaks a rule, which the message names. Nothing was sent.</summary>
        InvalidArgument = 10,

        /// <summary>The library knows no such option or feature.</summary>
        Unsupported = 11,

        /// <summary>A limit of the library was reached.</summary>
        LimitExceeded = 12,

        /// <summary>A blocking call was made on a thread of the library itself.</summary>
        Reentrant = 13,

        /// <summary>The process was forked; the child cannot use the library.</summary>
        Forked = 14,

        /// <summary>Cancelled. In C# this comes as an <see cref="System.OperationCanceledException"/>, whose message has the advice too.</summary>
        Cancelled = 20,

        /// <summary>The time allowed was over.</summary>
        Timeout = 21,

        /// <summary>The library has been shut down.</summary>
        ShutDown = 22,

        /// <summary>No managed identity endpoint was found here.</summary>
        IdentityUnavailable = 30,

        /// <summary>The endpoint knows no such identity.</summary>
        IdentityNotFound = 31,

        /// <summary>There are several identities here and none was named.</summary>
        IdentityAmbiguous = 32,

        /// <summary>The endpoint refused to issue a token.</summary>
        IdentityRefused = 33,

        /// <summary>The connection failed or broke.</summary>
        Network = 40,

        /// <summary>The host name is not known.</summary>
        Dns = 41,

        /// <summary>No trusted TLS connection could be made.</summary>
        Tls = 42,

        /// <summary>The proxy refused or failed.</summary>
        Proxy = 43,

        /// <summary>The answer makes no sense.</summary>
        Protocol = 44,

        /// <summary>The vault does not accept the token.</summary>
        Unauthorized = 50,

        /// <summary>The identity may not do this, or the network may not reach the vault.</summary>
        Forbidden = 51,

        /// <summary>The vault has no such secret or version.</summary>
        SecretNotFound = 52,

        /// <summary>The secret is disabled. One that has expired or is not yet valid is handed out all the same.</summary>
        SecretDisabled = 53,

        /// <summary>The secret is deleted and can be recovered.</summary>
        SecretDeleted = 54,

        /// <summary>The change conflicts with the state of the secret.</summary>
        Conflict = 55,

        /// <summary>Too many requests; see <see cref="DoorkeyException.RetryAfter"/>.</summary>
        Throttled = 56,

        /// <summary>The service is not available at the moment.</summary>
        ServiceUnavailable = 57,

        /// <summary>The vault has nothing newer than the version that stopped working.</summary>
        NoNewerVersion = 58,

        /// <summary>The service refused the request for another reason.</summary>
        Rejected = 59,

        /// <summary>A defect of the library.</summary>
        Internal = 90,

        /// <summary>A defect of the library that it caught; the next call works.</summary>
        Panic = 91,

        /// <summary>Out of memory.</summary>
        OutOfMemory = 92
    }
}
