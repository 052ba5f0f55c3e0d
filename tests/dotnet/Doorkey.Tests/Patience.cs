// Waits that fail instead of hanging. The limit is no expectation: it is far beyond what a loaded machine needs.
using System;
using System.Threading.Tasks;

namespace Doorkey.Tests
{
    internal static class Patience
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

        internal static async Task<T> Within<T>(Task<T> task)
        {
            await Done(task);
            return await task;
        }

        /// <summary>For work that gives nothing.</summary>
        internal static async Task Ended(Task task)
        {
            await Done(task);
            await task;
        }

        internal static async Task Done(Task task)
        {
            if (await Task.WhenAny(task, Task.Delay(Limit)) != task)
            {
                throw new TimeoutException("still not done after " + Limit);
            }
        }
    }
}
