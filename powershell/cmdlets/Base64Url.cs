// base64url without padding, in which Key Vault gives and takes a backup: bytes to text and back.
using System;
using System.Text;

namespace Doorkey.PowerShell
{
    internal static class Base64Url
    {
        /// <summary>Whether this may be such a text already.</summary>
        internal static bool IsText(byte[] content)
        {
            return Array.TrueForAll(content, one => (one < 128 && char.IsLetterOrDigit((char)one)) || one == '-' || one == '_');
        }

        internal static byte[] Encode(byte[] bytes)
        {
            return Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_'));
        }

        /// <summary>The bytes; null of a text that is none.</summary>
        internal static byte[] TryDecode(byte[] text)
        {
            string padding = new string('=', (4 - text.Length % 4) % 4);
            try
            {
                return Convert.FromBase64String(Encoding.ASCII.GetString(text).Replace('-', '+').Replace('_', '/') + padding);
            }
            catch (FormatException)
            {
                return null;
            }
        }
    }
}
