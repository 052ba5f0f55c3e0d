// What a token and a secret have in common: a value in native memory, and the methods that say what they make of it.
// What else the two know of themselves is in Token and Secret; how a value is read with care, in SensitiveText.
using System;
using System.Security;

namespace Doorkey
{
    /// <summary>A value that stays in native memory, wiped by Dispose, until one of the methods is asked for it.</summary>
    public abstract class SensitiveValue : IDisposable
    {
        private readonly ValueHandle handle;

        internal SensitiveValue(ValueHandle handle)
        {
            this.handle = handle;
            Length = handle.Length();
        }

        /// <summary>The length of the value in UTF-8 bytes.</summary>
        public int Length { get; private set; }

        /// <summary>The value as a read-only SecureString.</summary>
        /// <returns>To be disposed of by the caller.</returns>
        public SecureString ToSecureString()
        {
            return handle.Lend(() => SensitiveText.ToSecureString(handle));
        }

        /// <summary>The value as UTF-8 bytes.</summary>
        /// <returns>To be cleared by the caller.</returns>
        public byte[] ToBytes()
        {
            return handle.Lend(() => SensitiveText.ToBytes(handle));
        }

        /// <summary>The value as a string, which .NET can neither wipe nor keep from being copied: for calls that take nothing else.</summary>
        /// <returns>The value.</returns>
        public string RevealText()
        {
            return handle.Lend(() => SensitiveText.Reveal(handle));
        }

        /// <summary>Lends the value where it lies: its address and its length in UTF-8 bytes, good until the callback returns.</summary>
        /// <param name="callback">What to do with it.</param>
        public void Use(Action<IntPtr, int> callback)
        {
            if (callback == null)
            {
                throw new ArgumentNullException("callback");
            }
            Use((start, length) =>
            {
                callback(start, length);
                return true;
            });
        }

        /// <summary>As the other overload, with a result.</summary>
        /// <typeparam name="TResult">What the callback gives.</typeparam>
        /// <param name="callback">What to do with it.</param>
        /// <returns>What the callback gave.</returns>
        public TResult Use<TResult>(Func<IntPtr, int, TResult> callback)
        {
            if (callback == null)
            {
                throw new ArgumentNullException("callback");
            }
            return handle.Lend(() => SensitiveText.Use(handle, callback));
        }

        /// <summary>Wipes the value and frees it. Who has it lent keeps it until the callback returns; nobody else gets it any more.</summary>
        public void Dispose()
        {
            handle.Dispose();
        }
    }
}
