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

        /// <summary>
        /// The claims of a challenge (<c>insufficient_claims</c>): a JSON object, decoded from the base64 that the challenge carries. A
        /// cached token will not do then. A workload identity's exchange passes them on; other sources take none and are just asked anew.
        /// </summary>
        public string Claims { get; set; }

        /// <summary>The native form, good until it is disposed of.</summary>
        internal static CallArgument ToNative(CallOptions call)
        {
            return new CallArgument(call);
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

    /// <summary>A native call, and the text that it points to.</summary>
    internal sealed class CallArgument : IDisposable
    {
        internal NativeCall Native;
        private GCHandle claims;

        internal CallArgument(CallOptions call)
        {
            Native = new NativeCall { StructSize = (uint)Marshal.SizeOf(typeof(NativeCall)) };
            if (call == null)
            {
                return;
            }
            Native.Flags = call.ForceRefresh ? NativeCall.ForceRefresh : 0;
            Native.TimeoutMs = call.Timeout.HasValue ? CallOptions.ToMilliseconds(call.Timeout.Value) : 0;
            if (call.Claims != null)
            {
                claims = GCHandle.Alloc(Utf8.Argument(call.Claims, nameof(CallOptions.Claims)), GCHandleType.Pinned);
                Native.Claims = claims.AddrOfPinnedObject();
            }
        }

        public void Dispose()
        {
            if (claims.IsAllocated)
            {
                claims.Free();
            }
        }
    }
}
