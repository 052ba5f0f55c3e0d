// Text across the boundary: strings to NUL-terminated UTF-8 and back. Values of tokens and secrets never pass through here (SensitiveText).
using System;
using System.Text;

namespace Doorkey
{
    internal static class Utf8
    {
        private static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);
        private static readonly UTF8Encoding Lenient = new UTF8Encoding(false, false);

        /// <summary>UTF-8 with a NUL at the end; null stays null, which the native library judges.</summary>
        /// <exception cref="DoorkeyException">The text has a NUL or half a surrogate pair, so that C would see another text than was meant.</exception>
        internal static byte[] Argument(string text, string argument)
        {
            if (text == null)
            {
                return null;
            }
            byte[] bytes = Bytes(text, argument);
            Array.Resize(ref bytes, bytes.Length + 1);
            return bytes;
        }

        /// <summary>UTF-8 without a NUL at the end, as strict. Of several texts, so that none may be null.</summary>
        internal static byte[] Bytes(string text, string argument)
        {
            RefuseUnfit(text, argument);
            try
            {
                return Strict.GetBytes(text);
            }
            catch (EncoderFallbackException)
            {
                throw new DoorkeyException(DoorkeyStatus.InvalidArgument, argument + ": must be valid Unicode text");
            }
        }

        /// <summary>UTF-8 without a NUL at the end, for text that is nobody's fault (variables of the process): what is not Unicode is replaced.</summary>
        internal static byte[] Replacing(string text, string argument)
        {
            RefuseUnfit(text, argument);
            return Lenient.GetBytes(text);
        }

        /// <summary>
        /// UTF-8 without a NUL at the end, for one of several names: what no text may hold becomes what no name may hold, so that the native
        /// library refuses this one by name and not all of them.
        /// </summary>
        internal static byte[] Name(string text)
        {
            return Lenient.GetBytes((text ?? "").Replace('\0', '\uFFFD'));
        }

        /// <summary>A string that the native side still owns; NULL is null.</summary>
        internal static unsafe string Read(IntPtr text)
        {
            if (text == IntPtr.Zero)
            {
                return null;
            }
            byte* start = (byte*)text;
            byte* end = start;
            while (*end != 0)
            {
                end++;
            }
            return Lenient.GetString(start, checked((int)(end - start)));
        }

        private static void RefuseUnfit(string text, string argument)
        {
            // A dictionary of somebody else's may have what .NET's own refuses.
            if (text == null)
            {
                throw new DoorkeyException(DoorkeyStatus.InvalidArgument, argument + ": must not have a name that is null");
            }
            if (text.IndexOf('\0') >= 0)
            {
                throw new DoorkeyException(DoorkeyStatus.InvalidArgument, argument + ": must not contain a NUL character");
            }
        }
    }
}
