// What one call may want differently from its client. Data, and its native form.
using System;
using System.Runtime.InteropServices;

namespace Doorkey
{
    /// <summary>What one call wants differently from its client.</summary>
    public sealed class CallOptions
    {
        /// <summary>Asks the source for a new token even when a usable one is cached. Best effort: some hosts have a cache of their own.</summary>
        public bool ForceRefresh { get; set; }

        /// <summary>How long the whole call may take, retries included; null is the client's own limit.</summary>
        public TimeSpan? Timeout { get; set; }

        internal static NativeCall ToNative(CallOptions call)
        {
            NativeCall native = new NativeCall { StructSize = (uint)Marshal.SizeOf(typeof(NativeCall)) };
            if (call != null)
            {
                native.Flags = call.ForceRefresh ? NativeCall.ForceRefresh : 0;
                native.TimeoutMs = call.Timeout.HasValue ? ToMilliseconds(call.Timeout.Value) : 0;
            }
            return native;
        }

        /// <summary>Rounded up, since 0 is the native word for "the default".</summary>
        internal static uint ToMilliseconds(TimeSpan time)
        {
            double milliseconds = Math.Ceiling(time.TotalMilliseconds);
            if (milliseconds <= 0 || milliseconds >= uint.MaxValue)
            {
                throw new DoorkeyException(DoorkeyStatus.InvalidArgument, nameof(Timeout) + ": must be more than nothing and less than 49 days");
            }
            return (uint)milliseconds;
        }
    }
}
