// The only code that turns a native value into managed memory: pinned while it is filled (the garbage collector copies nothing),
// cleared when it is done. A managed string comes to be in Reveal alone, where the caller asked for one. Whoever reads a handle's value
// with this has the handle lent (NativeHandle.Lend), so that nobody frees it meanwhile.
using System;
using System.Runtime.InteropServices;
using System.Security;
using System.Text;

namespace Doorkey
{
    internal static class SensitiveText
    {
        /// <summary>What System.Security.SecureString can hold.</summary>
        private const int SecureStringCharactersMax = 65536;

        private static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);

        internal static unsafe SecureString ToSecureString(ValueHandle value)
        {
            return WithCharacters(value, (characters, count) =>
            {
                if (count > SecureStringCharactersMax)
                {
                    throw new DoorkeyException(DoorkeyStatus.LimitExceeded,
                        "The value has " + count + " characters, more than a SecureString holds (" + SecureStringCharactersMax + ")", "Read it with ToBytes or Use.");
                }
                SecureString text = new SecureString((char*)characters, count);
                text.MakeReadOnly();
                return text;
            });
        }

        internal static unsafe string Reveal(ValueHandle value)
        {
            return WithCharacters(value, (characters, count) => new string((char*)characters, 0, count));
        }

        internal static byte[] ToBytes(ValueHandle value)
        {
            return Use(value, (start, length) =>
            {
                byte[] bytes = new byte[length];
                Marshal.Copy(start, bytes, 0, length);
                return bytes;
            });
        }

        /// <summary>Lends the native bytes.</summary>
        internal static TResult Use<TResult>(ValueHandle value, Func<IntPtr, int, TResult> callback)
        {
            return callback(value.Value(), value.Length());
        }

        /// <summary>A caller's SecureString as UTF-8 bytes and their number, lent to the callback in a pinned array that is cleared afterwards.</summary>
        internal static unsafe TResult WithUtf8<TResult>(SecureString text, string argument, Func<byte[], UIntPtr, TResult> callback)
        {
            // A copy, because another thread may change the caller's between the two looks at it.
            using (SecureString own = text.Copy())
            {
                IntPtr characters = Marshal.SecureStringToGlobalAllocUnicode(own);
                try
                {
                    return WithUtf8((char*)characters, own.Length, argument, callback);
                }
                finally
                {
                    Marshal.ZeroFreeGlobalAllocUnicode(characters);
                }
            }
        }

        private static unsafe TResult WithUtf8<TResult>(char* characters, int count, string argument, Func<byte[], UIntPtr, TResult> callback)
        {
            byte[] bytes;
            try
            {
                // One more than there are, so that also no text has an address.
                bytes = new byte[Strict.GetByteCount(characters, count) + 1];
            }
            catch (EncoderFallbackException)
            {
                throw new DoorkeyException(DoorkeyStatus.InvalidArgument, argument + ": must be valid Unicode text");
            }
            GCHandle pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);
            try
            {
                int length = Strict.GetBytes(characters, count, (byte*)pin.AddrOfPinnedObject(), bytes.Length);
                return callback(bytes, (UIntPtr)length);
            }
            finally
            {
                Array.Clear(bytes, 0, bytes.Length);
                pin.Free();
            }
        }

        private static TResult WithCharacters<TResult>(ValueHandle value, Func<IntPtr, int, TResult> callback)
        {
            UIntPtr units;
            DoorkeyException.Check(CopyUtf16Size(value, out units));
            char[] buffer = new char[checked((int)units)];
            GCHandle pin = GCHandle.Alloc(buffer, GCHandleType.Pinned);
            try
            {
                IntPtr start = pin.AddrOfPinnedObject();
                DoorkeyException.Check(value.CopyUtf16(start, units, out units));
                return callback(start, checked((int)units));
            }
            finally
            {
                Array.Clear(buffer, 0, buffer.Length);
                pin.Free();
            }
        }

        private static int CopyUtf16Size(ValueHandle value, out UIntPtr units)
        {
            int status = value.CopyUtf16(IntPtr.Zero, UIntPtr.Zero, out units);
            // Without a buffer the call only counts; both answers that it may give then mean that it has.
            return status == (int)DoorkeyStatus.LimitExceeded ? (int)DoorkeyStatus.Ok : status;
        }
    }
}
