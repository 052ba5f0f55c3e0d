// Times across the boundary: seconds since 1970, -1 for "the service sent none".
using System;

namespace Doorkey
{
    internal static class UnixTime
    {
        private const long NotSaid = -1;

        private static readonly long Earliest = DateTimeOffset.MinValue.ToUnixTimeSeconds();
        private static readonly long Latest = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

        /// <summary>A time beyond what .NET can hold becomes the nearest that it can; a service may well send one, or one before 1970.</summary>
        internal static DateTimeOffset? Read(long seconds)
        {
            return seconds == NotSaid ? (DateTimeOffset?)null : DateTimeOffset.FromUnixTimeSeconds(Math.Max(Earliest, Math.Min(seconds, Latest)));
        }

        /// <summary>A time that is to be sent; 0 where there is none, which a flag beside it says.</summary>
        internal static long Write(DateTimeOffset? time)
        {
            return time.HasValue ? time.Value.ToUnixTimeSeconds() : 0;
        }
    }
}
