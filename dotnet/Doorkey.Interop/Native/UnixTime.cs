// Times across the boundary: seconds since 1970, -1 for "the service sent none".
using System;

namespace Doorkey
{
    internal static class UnixTime
    {
        private static readonly long Latest = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

        /// <summary>A time beyond what .NET can hold becomes the latest that it can; a service may well send one.</summary>
        internal static DateTimeOffset? Read(long seconds)
        {
            return seconds < 0 ? (DateTimeOffset?)null : DateTimeOffset.FromUnixTimeSeconds(Math.Min(seconds, Latest));
        }

        /// <summary>A time that is to be sent; 0 where there is none, which a flag beside it says.</summary>
        internal static long Write(DateTimeOffset? time)
        {
            return time.HasValue ? time.Value.ToUnixTimeSeconds() : 0;
        }
    }
}
