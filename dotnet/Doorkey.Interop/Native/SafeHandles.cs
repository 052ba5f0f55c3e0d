// One SafeHandle per noun of the C ABI: the run time counts the calls that use a handle, so `_free` runs after the last of them,
// whoever disposes of what while another thread waits. What the nouns can do is in Client, Operation, Token and Secret.
using System;
using System.Runtime.InteropServices;

namespace Doorkey
{
    internal abstract class NativeHandle : SafeHandle
    {
        private readonly string noun;

        /// <param name="noun">What callers know it as.</param>
        protected NativeHandle(string noun) : base(IntPtr.Zero, true)
        {
            this.noun = noun;
        }

        public override bool IsInvalid
        {
            get { return handle == IntPtr.Zero; }
        }

        /// <summary>Before each use: the run time would name this class, which no caller has heard of.</summary>
        internal void RefuseClosed()
        {
            if (IsClosed)
            {
                throw new ObjectDisposedException(noun);
            }
        }
    }

    internal sealed class OptionsHandle : NativeHandle
    {
        public OptionsHandle() : base("Doorkey.ClientOptions")
        {
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.doorkey_options_free(handle);
            return true;
        }
    }

    internal sealed class ClientHandle : NativeHandle
    {
        public ClientHandle() : base("Doorkey.Client")
        {
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.doorkey_client_free(handle);
            return true;
        }
    }

    internal sealed class OperationHandle : NativeHandle
    {
        public OperationHandle() : base("Doorkey.Operation")
        {
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.doorkey_operation_free(handle);
            return true;
        }
    }

    internal sealed class ErrorHandle : NativeHandle
    {
        public ErrorHandle() : base("Doorkey.DoorkeyException")
        {
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.doorkey_error_free(handle);
            return true;
        }
    }

    /// <summary>What a token and a secret have in common: a value that must be read with care (SensitiveText).</summary>
    internal abstract class ValueHandle : NativeHandle
    {
        protected ValueHandle(string noun) : base(noun)
        {
        }

        internal abstract IntPtr Value();

        internal abstract int Length();

        internal abstract int CopyUtf16(IntPtr buffer, UIntPtr capacity, out UIntPtr units);
    }

    internal sealed class TokenHandle : ValueHandle
    {
        public TokenHandle() : base("Doorkey.Token")
        {
        }

        internal override IntPtr Value()
        {
            return NativeMethods.doorkey_token_value(this);
        }

        internal override int Length()
        {
            return checked((int)NativeMethods.doorkey_token_length(this));
        }

        internal override int CopyUtf16(IntPtr buffer, UIntPtr capacity, out UIntPtr units)
        {
            return NativeMethods.doorkey_token_copy_utf16(this, buffer, capacity, out units);
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.doorkey_token_free(handle);
            return true;
        }
    }

    internal sealed class SecretHandle : ValueHandle
    {
        public SecretHandle() : base("Doorkey.Secret")
        {
        }

        internal override IntPtr Value()
        {
            return NativeMethods.doorkey_secret_value(this);
        }

        internal override int Length()
        {
            return checked((int)NativeMethods.doorkey_secret_length(this));
        }

        internal override int CopyUtf16(IntPtr buffer, UIntPtr capacity, out UIntPtr units)
        {
            return NativeMethods.doorkey_secret_copy_utf16(this, buffer, capacity, out units);
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.doorkey_secret_free(handle);
            return true;
        }
    }
}
