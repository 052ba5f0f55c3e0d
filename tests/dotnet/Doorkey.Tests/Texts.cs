// Values on their way in and out of the binding, for tests alone: a program has no reason to make a SecureString of a string.
using System;
using System.Collections.Generic;
using System.Net;
using System.Reflection;
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

        /// <summary>What Dictionary refuses and another IDictionary may well hold: a value whose name is null.</summary>
        internal static IDictionary<string, string> OfNoName(string value)
        {
            IDictionary<string, string> texts = DispatchProxy.Create<IDictionary<string, string>, Nameless>();
            ((Nameless)texts).Value = value;
            return texts;
        }

        /// <summary>Can be enumerated, and nothing else.</summary>
        public class Nameless : DispatchProxy
        {
            internal string Value { get; set; }

            protected override object Invoke(MethodInfo method, object[] arguments)
            {
                return new List<KeyValuePair<string, string>> { new KeyValuePair<string, string>(null, Value) }.GetEnumerator();
            }
        }
    }
}
