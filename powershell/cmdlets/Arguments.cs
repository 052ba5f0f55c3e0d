// The parameters behind the arguments that the binding names in its messages ("ClientId: must be…"), and text of the caller's own in messages.
// Which parameter holds a vault is VaultCmdlet's to know.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Doorkey.PowerShell
{
    internal static class Arguments
    {
        internal const string Vault = "vault";
        internal const string Name = "name";
        internal const string Version = "version";
        internal const string Value = "value";
        internal const string Backup = "backup";

        private const int ShownMax = 64;

        private static readonly Dictionary<string, string> Parameters = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            { nameof(ClientOptions.ClientId), "-ClientId" },
            { nameof(ClientOptions.ObjectId), "-ObjectId" },
            { nameof(ClientOptions.IdentityResourceId), "-IdentityResourceId" },
            { nameof(ClientOptions.Source), "-Source" },
            { nameof(ClientOptions.AccessToken), "-AccessToken" },
            { nameof(CallOptions.Claims), "-Claims" },
            { nameof(CallOptions.Timeout), "-TimeoutSec" },
            { nameof(CallOptions.MaxAge), "-MaxAge" },
            { nameof(CallOptions.StaleIfError), "-StaleIfError" },
            { nameof(CallOptions.NewerThanVersion), "-NewerThan" },
            { nameof(SecretAttributes.ContentType), "-ContentType" },
            { nameof(SecretAttributes.NotBefore), "-NotBefore" },
            { nameof(SecretAttributes.Expires), "-Expires" },
            { nameof(SecretAttributes.Tags), "-Tag" },
            { Value, "-SecretValue" },
            { Backup, "-InputFile" },
            { "resource", "-ResourceUrl" },
            { Vault, "-VaultName" },
            { Name, "-Name" },
            { Version, "-Version" }
        };

        /// <summary>
        /// The argument that leads the message of a refusal; null for errors of every other kind. What the library does not support is not
        /// always an argument: there it has to be one of the parameters, such as an id that this host would ignore.
        /// </summary>
        internal static string Of(DoorkeyException exception)
        {
            bool isRefusal = exception.Status == DoorkeyStatus.InvalidArgument || exception.Status == DoorkeyStatus.Unsupported;
            int end = isRefusal ? exception.Message.IndexOf(": ", StringComparison.Ordinal) : -1;
            string argument = end < 0 ? null : exception.Message.Substring(0, end);
            return exception.Status == DoorkeyStatus.InvalidArgument || (argument != null && Parameters.ContainsKey(argument)) ? argument : null;
        }

        /// <summary>Whether an argument may come from the pipeline, so that the next item may have a better one.</summary>
        internal static bool IsOfItem(string argument)
        {
            return argument == Vault || argument == Name || argument == Version || argument == Value || argument == Backup;
        }

        /// <summary>The parameter for an argument; what is none, such as an environment variable, keeps its name.</summary>
        internal static string Parameter(string argument)
        {
            string parameter;
            return Parameters.TryGetValue(argument, out parameter) ? parameter : argument;
        }

        /// <summary>The refusal with another name for its argument, and advice if it has none of its own.</summary>
        internal static DoorkeyException Renamed(DoorkeyException refusal, string parameter, string advice)
        {
            return new DoorkeyException(refusal.Status, parameter + refusal.Message.Substring(Of(refusal).Length), advice ?? refusal.Advice);
        }

        /// <summary>An address without what may be secret in it: what stands before its '@' and behind its '?' or '#'.</summary>
        internal static string WithoutSecrets(string address)
        {
            return address.Substring(address.LastIndexOf('@') + 1).Split('?', '#')[0];
        }

        /// <summary>A caller's text on one line of a terminal: cut, and without characters that a terminal would act on.</summary>
        internal static string Shown(string text)
        {
            return "'" + Plain(text.Length > ShownMax ? text.Substring(0, ShownMax) : text) + (text.Length > ShownMax ? "...'" : "'");
        }

        /// <summary>A caller's text without characters that a terminal would act on.</summary>
        internal static string Plain(string text)
        {
            StringBuilder plain = new StringBuilder(text.Length);
            foreach (char character in text)
            {
                plain.Append(IsPlain(char.GetUnicodeCategory(character)) ? character : '?');
            }
            return plain.ToString();
        }

        /// <summary>Whether a terminal shows all of a text and acts on none of it. A pair of surrogates is the character that it stands for.</summary>
        internal static bool IsPlain(string text)
        {
            for (int index = 0; index < text.Length; index += char.IsSurrogatePair(text, index) ? 2 : 1)
            {
                if (!IsPlain(CharUnicodeInfo.GetUnicodeCategory(text, index)))
                {
                    return false;
                }
            }
            return true;
        }

        private static bool IsPlain(UnicodeCategory category)
        {
            switch (category)
            {
                case UnicodeCategory.Control:
                case UnicodeCategory.Format:
                case UnicodeCategory.LineSeparator:
                case UnicodeCategory.ParagraphSeparator:
                case UnicodeCategory.Surrogate:
                    return false;
                default:
                    return true;
            }
        }
    }
}
