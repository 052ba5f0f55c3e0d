// Work under way, the same noun as in C and Rust: wait for it, cancel it, take its result once, or see it as a Task. As with Task and
// Task<T>, the plain Operation is for work that gives nothing. How a native completion comes into managed code is Completion's business.
using System;
using System.Threading;
using System.Threading.Tasks;

namespace Doorkey
{
    /// <summary>Work under way. Any thread may wait, cancel or take. This one gives nothing; <see cref="Operation{T}"/> has a result.</summary>
    public abstract class Operation : IDisposable
    {
        private const uint UntilItsDeadline = uint.MaxValue;

        internal Operation(OperationHandle handle)
        {
            Handle = handle;
        }

        /// <summary>Whether the work is over, well or not.</summary>
        public bool IsFinished
        {
            get { return WaitNative(0); }
        }

        internal OperationHandle Handle { get; private set; }

        /// <summary>Waits until the work is over, but not longer than this.</summary>
        /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> waits until the work's own deadline.</param>
        /// <returns>Whether the work is over.</returns>
        public bool Wait(TimeSpan timeout)
        {
            // Longer than any work's own deadline is until that.
            return timeout.TotalMilliseconds > int.MaxValue ? Wait(Timeout.Infinite) : Wait((int)Math.Ceiling(timeout.TotalMilliseconds));
        }

        /// <summary>Waits until the work is over, but not longer than this.</summary>
        /// <param name="timeoutMs">How long; -1 waits until the work's own deadline.</param>
        /// <returns>Whether the work is over.</returns>
        public bool Wait(int timeoutMs)
        {
            if (timeoutMs < Timeout.Infinite)
            {
                throw new ArgumentOutOfRangeException("timeoutMs");
            }
            return WaitNative(timeoutMs == Timeout.Infinite ? UntilItsDeadline : (uint)timeoutMs);
        }

        /// <summary>Ends the work as cancelled if it is not over yet. Never waits; may be called any number of times, also after Dispose.</summary>
        public void Cancel()
        {
            try
            {
                NativeMethods.doorkey_operation_cancel(Handle);
            }
            catch (ObjectDisposedException)
            {
                // Whoever disposed of it has cancelled it, or has its result.
            }
        }

        /// <summary>Waits for the end, once. A result that there is nevertheless is disposed of.</summary>
        /// <exception cref="DoorkeyException">The work failed, or its end has been taken.</exception>
        /// <exception cref="OperationCanceledException">The work was cancelled. The message says so if a set, a purge or a restore may have taken effect all the same, or the vault has accepted the change.</exception>
        public void Take()
        {
            TakeAndDrop();
        }

        /// <summary>The end as a task, which takes it. Asked again, the same task.</summary>
        /// <param name="cancellationToken">Cancels the work.</param>
        /// <returns>A task whose continuations never run on a thread of the native library.</returns>
        public Task AsTask(CancellationToken cancellationToken = default(CancellationToken))
        {
            return AsPlainTask(cancellationToken);
        }

        /// <summary>Cancels the work if nobody took its result, and frees it. Threads that still wait for it get their answer first.</summary>
        public void Dispose()
        {
            Cancel();
            Handle.Dispose();
        }

        internal abstract void TakeAndDrop();

        internal abstract Task AsPlainTask(CancellationToken cancellationToken);

        private bool WaitNative(uint timeoutMs)
        {
            Handle.RefuseClosed();
            int status = NativeMethods.doorkey_operation_wait(Handle, timeoutMs);
            if (status == (int)DoorkeyStatus.Pending)
            {
                return false;
            }
            DoorkeyException.Check(status);
            return true;
        }
    }

    /// <summary>Work under way. Any thread may wait, cancel or take; the result is taken once.</summary>
    /// <typeparam name="T">What the work gives, such as <see cref="Token"/> or <see cref="Secret"/>.</typeparam>
    public sealed class Operation<T> : Operation
    {
        private readonly Func<OperationHandle, T> take;
        private readonly object gate = new object();
        private Task<T> task;

        /// <summary>The token that cancelled the work first, boxed; null as long as none did.</summary>
        private object cancelledBy;

        internal Operation(OperationHandle handle, Func<OperationHandle, T> take) : base(handle)
        {
            this.take = take;
        }

        /// <summary>Waits for the result and takes it, once.</summary>
        /// <returns>The result; if it can be disposed of, that is for the caller to do.</returns>
        /// <exception cref="DoorkeyException">The work failed, or the result has been taken.</exception>
        /// <exception cref="OperationCanceledException">The work was cancelled. The message says so if a set, a purge or a restore may have taken effect all the same, or the vault has accepted the change.</exception>
        public new T Take()
        {
            Handle.RefuseClosed();
            return take(Handle);
        }

        /// <summary>The result as a task, which takes it. Asked again, the same task.</summary>
        /// <param name="cancellationToken">Cancels the work; of several, the first that does is the cancelled task's.</param>
        /// <returns>A task whose continuations never run on a thread of the native library.</returns>
        public new Task<T> AsTask(CancellationToken cancellationToken = default(CancellationToken))
        {
            Task<T> result;
            lock (gate)
            {
                if (task == null)
                {
                    Handle.RefuseClosed();
                    // Mono cannot end a process in which a foreign thread once ran managed code, so there a managed thread waits.
                    task = Cancellable(NativePlatform.IsMono ? WaitOnThread() : TaskCompletion.Start(this));
                }
                result = task;
            }
            if (cancellationToken.CanBeCanceled)
            {
                CancellationTokenRegistration registration = cancellationToken.Register(() => CancelBy(cancellationToken));
                result.ContinueWith(_ => registration.Dispose(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
            return result;
        }

        /// <summary>Starts an operation, sees it as a task, and disposes of it when the task is over. What goes wrong at the start comes through the task too.</summary>
        internal static Task<T> Run(Func<Operation<T>> start, CancellationToken cancellationToken)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return Ended(source => source.TrySetCanceled(cancellationToken));
            }
            Operation<T> operation;
            try
            {
                operation = start();
            }
            catch (Exception exception)
            {
                return Ended(source => source.SetException(exception));
            }
            Task<T> result = operation.AsTask(cancellationToken);
            result.ContinueWith(_ => operation.Dispose(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return result;
        }

        internal override void TakeAndDrop()
        {
            IDisposable result = Take() as IDisposable;
            if (result != null)
            {
                result.Dispose();
            }
        }

        internal override Task AsPlainTask(CancellationToken cancellationToken)
        {
            return AsTask(cancellationToken);
        }

        private static Task<T> Ended(Action<TaskCompletionSource<T>> end)
        {
            TaskCompletionSource<T> source = new TaskCompletionSource<T>();
            end(source);
            return source.Task;
        }

        /// <summary>
        /// An async method makes a cancelled task of an OperationCanceledException and keeps it for who awaits the task; a
        /// TaskCompletionSource that is told to cancel knows no message.
        /// </summary>
        private static async Task<T> Cancellable(Task<T> end)
        {
            return await end.ConfigureAwait(false);
        }

        private Task<T> WaitOnThread()
        {
            TaskCompletionSource<T> source = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            Thread waiter = new Thread(() => CompleteTask(source)) { IsBackground = true, Name = "doorkey-waiter" };
            waiter.Start();
            return source.Task;
        }

        private void CancelBy(CancellationToken cancellationToken)
        {
            Interlocked.CompareExchange(ref cancelledBy, cancellationToken, null);
            Cancel();
        }

        private CancellationToken Canceller()
        {
            return (CancellationToken)(Interlocked.CompareExchange(ref cancelledBy, null, null) ?? CancellationToken.None);
        }

        private void CompleteTask(TaskCompletionSource<T> source)
        {
            try
            {
                source.SetResult(Take());
            }
            catch (OperationCanceledException exception)
            {
                source.SetException(new OperationCanceledException(exception.Message, Canceller()));
            }
            catch (ObjectDisposedException)
            {
                source.SetException(new OperationCanceledException(Canceller()));
            }
            catch (Exception exception)
            {
                source.SetException(exception);
            }
        }

        /// <summary>Completes the task from the native callback; the operation is over by then, so taking does not block.</summary>
        private sealed class TaskCompletion : Completion
        {
            private readonly TaskCompletionSource<T> source = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            private readonly Operation<T> operation;

            private TaskCompletion(Operation<T> operation)
            {
                this.operation = operation;
            }

            internal static Task<T> Start(Operation<T> operation)
            {
                TaskCompletion completion = new TaskCompletion(operation);
                completion.Register(operation.Handle);
                return completion.source.Task;
            }

            protected override void Complete(int status)
            {
                operation.CompleteTask(source);
            }
        }
    }
}
