// Values on their way in and out of the binding, for tests alone: a program has no reason to make a SecureString of a string.
using System;
using System.Net;
using System.Runtime.InteropServices;
using System.Security;

namespace Doorkey.Tests
{
    internal static class Texts
    {
        internal static SecureString Secure(string text)
        {
            return new NetworkCredential("", text).SecurePassword;
        }

        internal static string Reveal(SecureString secure)
        {
            IntPtr text = Marshal.SecureStringToGlobalAllocUnicode(secure);
            try
            {
                return Marshal.PtrToStringUni(text, secure.Length);
            }
            finally
            {
                Marshal.ZeroFreeGlobalAllocUnicode(text);
            }
        }
    }
}
