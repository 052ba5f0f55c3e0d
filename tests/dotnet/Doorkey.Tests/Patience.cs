// Waits that fail instead of hanging. The limit is no expectation: it is far beyond what a loaded machine needs.
using System;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

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

        /// <summary>For a change that was cancelled on its way: a cancelled task, whose exception says by whom and that it may have happened.</summary>
        internal static async Task<OperationCanceledException> Cancelled(Task task, CancellationToken by)
        {
            OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Ended(task));
            Assert.True(task.IsCanceled);
            Assert.Equal(by, cancelled.CancellationToken);
            Assert.Contains("may have taken effect", cancelled.Message);
            return cancelled;
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
