// One SafeHandle per noun of the C ABI: the run time counts the calls that use a handle, so `_free` runs after the last of them,
// whoever disposes of what while another thread waits. What the nouns can do is in Client, Operation, Token and Secret.
using System;
using System.Runtime.InteropServices;

namespace Doorkey
{
    internal abstract class NativeHandle : SafeHandle
    {
        private readonly string noun;
        private NativeHandle lender;
        private volatile bool disposed;

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
            if (disposed || IsClosed)
            {
                throw new ObjectDisposedException(noun);
            }
        }

        /// <summary>Keeps the handle open while it is used, whoever disposes of it meanwhile.</summary>
        internal TResult Lend<TResult>(Func<TResult> use)
        {
            RefuseClosed();
            bool added = false;
            try
            {
                DangerousAddRef(ref added);
                return use();
            }
            catch (ObjectDisposedException) when (!added)
            {
                // Closed since the look at it, in the run time's words.
                throw new ObjectDisposedException(noun);
            }
            finally
            {
                if (added)
                {
                    DangerousRelease();
                }
            }
        }

        /// <summary>Makes this a handle to a part of another one, which is then freed after this. Zero leaves it invalid.</summary>
        internal void Borrow(NativeHandle owner, IntPtr part)
        {
            if (part == IntPtr.Zero)
            {
                return;
            }
            bool added = false;
            owner.DangerousAddRef(ref added);
            lender = owner;
            SetHandle(part);
        }

        /// <summary>The run time's own mark of it comes with the end of the last use, which may go on for long.</summary>
        protected override void Dispose(bool disposing)
        {
            disposed = true;
            base.Dispose(disposing);
        }

        protected sealed override bool ReleaseHandle()
        {
            if (lender == null)
            {
                Free(handle);
            }
            else
            {
                // The run time allows it of a lender that it has finalized already: the count, not the order of finalizers, decides.
                lender.DangerousRelease();
            }
            return true;
        }

        protected abstract void Free(IntPtr pointer);
    }

    internal sealed class OptionsHandle : NativeHandle
    {
        public OptionsHandle() : base("Doorkey.ClientOptions")
        {
        }

        protected override void Free(IntPtr pointer)
        {
            NativeMethods.doorkey_options_free(pointer);
        }
    }

    internal sealed class ClientHandle : NativeHandle
    {
        public ClientHandle() : base("Doorkey.Client")
        {
        }

        protected override void Free(IntPtr pointer)
        {
            NativeMethods.doorkey_client_free(pointer);
        }
    }

    internal sealed class OperationHandle : NativeHandle
    {
        public OperationHandle() : base("Doorkey.Operation")
        {
        }

        protected override void Free(IntPtr pointer)
        {
            NativeMethods.doorkey_operation_free(pointer);
        }
    }

    internal sealed class ErrorHandle : NativeHandle
    {
        public ErrorHandle() : base("Doorkey.DoorkeyException")
        {
        }

        protected override void Free(IntPtr pointer)
        {
            NativeMethods.doorkey_error_free(pointer);
        }
    }

    /// <summary>What a token, a secret and a backup have in common: a value that must be read with care (SensitiveText).</summary>
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

        protected override void Free(IntPtr pointer)
        {
            NativeMethods.doorkey_token_free(pointer);
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

        protected override void Free(IntPtr pointer)
        {
            NativeMethods.doorkey_secret_free(pointer);
        }
    }

    /// <summary>What a read of several secrets gave, or a page of a list.</summary>
    internal sealed class SecretListHandle : NativeHandle
    {
        public SecretListHandle() : base("Doorkey.SecretResults")
        {
        }

        internal int Count
        {
            get { return checked((int)NativeMethods.doorkey_secret_list_length(this)); }
        }

        /// <summary>One of the secrets, borrowed; invalid when that one could not be had.</summary>
        internal SecretHandle Secret(int index)
        {
            SecretHandle secret = new SecretHandle();
            secret.Borrow(this, NativeMethods.doorkey_secret_list_at(this, (UIntPtr)index));
            return secret;
        }

        /// <summary>One of the secrets by itself, wiped by itself; invalid when that one could not be had.</summary>
        internal SecretHandle OwnSecret(int index)
        {
            SecretHandle secret;
            NativeMethods.doorkey_secret_list_share(this, (UIntPtr)index, out secret);
            return secret;
        }

        /// <summary>Why one of them could not be had, copied.</summary>
        internal DoorkeyException Error(int index)
        {
            using (ErrorHandle error = new ErrorHandle())
            {
                error.Borrow(this, NativeMethods.doorkey_secret_list_error(this, (UIntPtr)index));
                return DoorkeyException.From(NativeMethods.doorkey_secret_list_status(this, (UIntPtr)index), error);
            }
        }

        protected override void Free(IntPtr pointer)
        {
            NativeMethods.doorkey_secret_list_free(pointer);
        }
    }

    internal sealed class PagerHandle : NativeHandle
    {
        public PagerHandle() : base("Doorkey.Pager")
        {
        }

        protected override void Free(IntPtr pointer)
        {
            NativeMethods.doorkey_pager_free(pointer);
        }
    }

    internal sealed class BlobHandle : ValueHandle
    {
        public BlobHandle() : base("Doorkey.Backup")
        {
        }

        internal override IntPtr Value()
        {
            return NativeMethods.doorkey_blob_data(this);
        }

        internal override int Length()
        {
            return checked((int)NativeMethods.doorkey_blob_length(this));
        }

        /// <summary>A blob is ASCII, so each of its bytes is one unit.</summary>
        internal override unsafe int CopyUtf16(IntPtr buffer, UIntPtr capacity, out UIntPtr units)
        {
            int count = Length();
            units = (UIntPtr)count;
            if ((ulong)capacity < (ulong)count)
            {
                return (int)DoorkeyStatus.LimitExceeded;
            }
            return SensitiveText.Use(this, (start, length) =>
            {
                byte* from = (byte*)start;
                char* to = (char*)buffer;
                for (int index = 0; index < length; index++)
                {
                    to[index] = (char)from[index];
                }
                return (int)DoorkeyStatus.Ok;
            });
        }

        protected override void Free(IntPtr pointer)
        {
            NativeMethods.doorkey_blob_free(pointer);
        }
    }
}
