// What one call may want differently from its client. Data, and its native form.
using System;
using System.Runtime.InteropServices;

namespace Doorkey
{
    /// <summary>What one call wants differently from its client.</summary>
    public sealed class CallOptions
    {
        private const string LongestShown = "49.17:02:47.295";

        /// <summary>What 32 bits of milliseconds hold.</summary>
        private static readonly TimeSpan Longest = TimeSpan.FromTicks(uint.MaxValue * TimeSpan.TicksPerMillisecond);

        /// <summary>Asks the source for a new token even when a usable one is cached. Best effort: some hosts have a cache of their own.</summary>
        public bool ForceRefresh { get; set; }

        /// <summary>How long the whole call may take, retries included; null is the client's own limit.</summary>
        public TimeSpan? Timeout { get; set; }

        /// <summary>
        /// The claims of a challenge (<c>insufficient_claims</c>): a JSON object, decoded from the base64 that the challenge carries. A
        /// cached token will not do then. A workload identity's exchange passes them on; other sources take none and are just asked anew.
        /// </summary>
        public string Claims { get; set; }

        /// <summary>
        /// Takes a secret that this client keeps without asking the vault, if it came no longer ago than this; one that comes from the vault
        /// is then kept. Null or nothing at all: the vault is asked, and nothing is kept unless <see cref="StaleIfError"/> says so.
        /// </summary>
        public TimeSpan? MaxAge { get; set; }

        /// <summary>
        /// Takes a secret that this client keeps if the vault cannot be reached, provided that it came no longer ago than this; one that comes
        /// from the vault is kept. Null or nothing at all: a vault that cannot be reached is an error.
        /// </summary>
        public TimeSpan? StaleIfError { get; set; }

        /// <summary>
        /// The version that has stopped working: the answer is a newer one, or <see cref="DoorkeyStatus.NoNewerVersion"/>. Only for a read of
        /// one secret's latest version.
        /// </summary>
        public string NewerThanVersion { get; set; }

        /// <summary>How many secrets a call for several reads at a time, 1 to 64; null is the library's 16.</summary>
        public int? Concurrency { get; set; }

        /// <summary>The native form, good until it is disposed of.</summary>
        internal static CallArgument ToNative(CallOptions call)
        {
            return new CallArgument(call ?? new CallOptions());
        }

        private static uint RoundUp(TimeSpan time)
        {
            // In whole numbers: .NET Framework's TotalMilliseconds may be a little more than there are.
            return (uint)((time.Ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond);
        }

        /// <summary>Rounded up, since 0 is the native word for "the default".</summary>
        internal static uint ToMilliseconds(TimeSpan time)
        {
            if (time <= TimeSpan.Zero || time > Longest)
            {
                throw new DoorkeyException(DoorkeyStatus.InvalidArgument, nameof(Timeout) + ": must be more than nothing and at most " + LongestShown);
            }
            return RoundUp(time);
        }

        /// <summary>Rounded up, since 0 is the native word for "not wanted", and means that here too.</summary>
        internal static uint AgeToMilliseconds(TimeSpan? age, string property)
        {
            if (age < TimeSpan.Zero || age > Longest)
            {
                throw new DoorkeyException(DoorkeyStatus.InvalidArgument, property + ": must not be negative, and at most " + LongestShown);
            }
            return RoundUp(age.GetValueOrDefault());
        }

        /// <summary>The upper limit is the native library's; 0 would be its word for "the default".</summary>
        internal static uint ToNumber(int? concurrency)
        {
            if (concurrency < 1)
            {
                throw new DoorkeyException(DoorkeyStatus.InvalidArgument, nameof(Concurrency) + ": must be 1 to 64");
            }
            return (uint)concurrency.GetValueOrDefault();
        }
    }

    /// <summary>A native call, and the texts that it points to.</summary>
    internal sealed class CallArgument : IDisposable
    {
        internal NativeCall Native;
        private readonly NativeText claims;
        private readonly NativeText newerThanVersion;

        internal CallArgument(CallOptions call)
        {
            // What may be refused comes before what must be let go of.
            byte[] claimed = Utf8.Argument(call.Claims, nameof(CallOptions.Claims));
            byte[] version = Utf8.Argument(call.NewerThanVersion, nameof(CallOptions.NewerThanVersion));
            Native = new NativeCall
            {
                StructSize = (uint)Marshal.SizeOf(typeof(NativeCall)),
                Flags = call.ForceRefresh ? NativeCall.ForceRefresh : 0,
                TimeoutMs = call.Timeout.HasValue ? CallOptions.ToMilliseconds(call.Timeout.Value) : 0,
                MaxAgeMs = CallOptions.AgeToMilliseconds(call.MaxAge, nameof(CallOptions.MaxAge)),
                StaleIfErrorMs = CallOptions.AgeToMilliseconds(call.StaleIfError, nameof(CallOptions.StaleIfError)),
                Concurrency = CallOptions.ToNumber(call.Concurrency)
            };
            claims = new NativeText(claimed);
            newerThanVersion = new NativeText(version);
            Native.Claims = claims.Address;
            Native.NewerThanVersion = newerThanVersion.Address;
        }

        public void Dispose()
        {
            claims.Dispose();
            newerThanVersion.Dispose();
        }
    }
}
