// Text that native structs and arrays point to: pinned until it is disposed of. Text that is an argument of its own is just a byte array,
// which the run time pins for the call (Utf8).
using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;

namespace Doorkey
{
    /// <summary>One text that ends with a NUL; null is a NULL.</summary>
    internal sealed class NativeText : IDisposable
    {
        private GCHandle pin;

        internal NativeText(byte[] text)
        {
            if (text != null)
            {
                pin = GCHandle.Alloc(text, GCHandleType.Pinned);
                Address = pin.AddrOfPinnedObject();
            }
        }

        internal IntPtr Address { get; private set; }

        public void Dispose()
        {
            if (pin.IsAllocated)
            {
                pin.Free();
            }
        }
    }

    /// <summary>An array of texts, all in one buffer. Cleared afterwards, as are the arrays that it was made of: a variable may hold a password.</summary>
    internal sealed class NativeTexts : IDisposable
    {
        private readonly byte[] buffer;
        private GCHandle bufferPin;
        private GCHandle pointersPin;

        /// <param name="texts">Without a NUL at the end.</param>
        internal NativeTexts(IList<byte[]> texts)
        {
            buffer = new byte[texts.Sum(text => text.Length + 1)];
            Pointers = new IntPtr[texts.Count];
            bufferPin = GCHandle.Alloc(buffer, GCHandleType.Pinned);
            pointersPin = GCHandle.Alloc(Pointers, GCHandleType.Pinned);
            long start = (long)bufferPin.AddrOfPinnedObject();
            int offset = 0;
            for (int index = 0; index < texts.Count; index++)
            {
                byte[] text = texts[index];
                Pointers[index] = new IntPtr(start + offset);
                Buffer.BlockCopy(text, 0, buffer, offset, text.Length);
                Array.Clear(text, 0, text.Length);
                offset += text.Length + 1;
            }
        }

        internal IntPtr[] Pointers { get; private set; }

        internal IntPtr Address
        {
            get { return pointersPin.AddrOfPinnedObject(); }
        }

        internal UIntPtr Count
        {
            get { return (UIntPtr)Pointers.Length; }
        }

        /// <summary>For names and values in turn.</summary>
        internal UIntPtr Pairs
        {
            get { return (UIntPtr)(Pointers.Length / 2); }
        }

        public void Dispose()
        {
            if (bufferPin.IsAllocated)
            {
                Array.Clear(buffer, 0, buffer.Length);
                bufferPin.Free();
                pointersPin.Free();
            }
        }
    }
}
