// Work under way: waiting, cancelling, taking, tasks; and that none of it can touch memory that has been freed.
// The emulator holds requests where a test wants the work unfinished, so nothing here waits for time to pass.
using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class OperationTests : IClassFixture<EmulatorProcess>
    {
        private readonly EmulatorProcess emulator;

        public OperationTests(EmulatorProcess emulator)
        {
            this.emulator = emulator;
        }

        [Fact]
        public void A_wait_says_whether_the_work_is_over()
        {
            using Client client = emulator.Client();
            emulator.Hold("vault");
            using Operation<Secret> operation = client.GetSecretOperation("demo", EmulatorProcess.SecretName);
            emulator.WaitUntilHeld();
            Assert.False(operation.IsFinished);
            Assert.False(operation.Wait(1));
            Assert.False(operation.Wait(TimeSpan.FromMilliseconds(1)));
            emulator.Release();
            Assert.True(operation.Wait(Timeout.Infinite));
            Assert.True(operation.IsFinished);
            operation.Take().Dispose();
        }

        [Fact]
        public void A_result_is_taken_once()
        {
            using Client client = emulator.Client();
            using Operation<Token> operation = client.GetTokenOperation(emulator.Audience);
            operation.Take().Dispose();
            DoorkeyException refused = Assert.Throws<DoorkeyException>(() => operation.Take());
            Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
        }

        [Fact]
        public void A_cancelled_operation_ends_a_waiting_thread()
        {
            using Client client = emulator.Client();
            emulator.Hold("vault");
            using Operation<Secret> operation = client.GetSecretOperation("demo", EmulatorProcess.SecretName);
            emulator.WaitUntilHeld();
            Task<Secret> waiter = Task.Factory.StartNew(operation.Take, TaskCreationOptions.LongRunning);
            operation.Cancel();
            operation.Cancel();
            Assert.ThrowsAny<OperationCanceledException>(() => Patience.Within(waiter).GetAwaiter().GetResult());
            emulator.Release();
        }

        [Fact]
        public async Task An_operation_may_be_disposed_of_while_a_thread_waits_for_it()
        {
            using Client client = emulator.Client();
            emulator.Hold("vault");
            Operation<Secret> operation = client.GetSecretOperation("demo", EmulatorProcess.SecretName);
            emulator.WaitUntilHeld();
            using ManualResetEventSlim started = new ManualResetEventSlim();
            Task<Secret> waiter = Task.Factory.StartNew(() =>
            {
                started.Set();
                return operation.Take();
            }, TaskCreationOptions.LongRunning);
            started.Wait();
            operation.Dispose();
            operation.Dispose();
            operation.Cancel();
            Exception ended = await Assert.ThrowsAnyAsync<Exception>(() => Patience.Within(waiter));
            // Disposed of before the thread got in, or cancelled while it was in.
            Assert.True(ended is ObjectDisposedException || ended is OperationCanceledException, ended.ToString());
            Assert.Throws<ObjectDisposedException>(() => operation.Wait(0));
            emulator.Release();
        }

        [Fact]
        public async Task A_task_gives_the_result_and_continues_on_a_managed_thread()
        {
            using Client client = emulator.Client();
            bool pooled = false;
            Task<string> text = client.GetSecretAsync("demo", EmulatorProcess.SecretName).ContinueWith(done =>
            {
                pooled = Thread.CurrentThread.IsThreadPoolThread;
                using Secret secret = done.Result;
                return secret.RevealText();
            }, TaskContinuationOptions.ExecuteSynchronously);
            Assert.Equal(EmulatorProcess.SecretValue, await Patience.Within(text));
            Assert.True(pooled);
        }

        [Fact]
        public async Task A_task_fails_with_the_error_of_the_call()
        {
            using Client client = emulator.Client();
            DoorkeyException missing = await Assert.ThrowsAsync<DoorkeyException>(() => Patience.Within(client.GetSecretAsync("demo", "not-there")));
            Assert.Equal(DoorkeyStatus.SecretNotFound, missing.Status);
            DoorkeyException refused = await Assert.ThrowsAsync<DoorkeyException>(() => Patience.Within(client.GetSecretAsync("demo", "../x")));
            Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
        }

        [Fact]
        public async Task A_cancellation_token_cancels_the_task()
        {
            using Client client = emulator.Client();
            using CancellationTokenSource source = new CancellationTokenSource();
            emulator.Hold("vault");
            Task<Secret> task = client.GetSecretAsync("demo", EmulatorProcess.SecretName, cancellationToken: source.Token);
            emulator.WaitUntilHeld();
            source.Cancel();
            OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Patience.Within(task));
            Assert.Equal(source.Token, cancelled.CancellationToken);
            // A read has no more to say than that.
            Assert.Equal("The operation was cancelled.", cancelled.Message);
            Assert.True(task.IsCanceled);
            emulator.Release();
        }

        [Fact]
        public async Task A_token_that_is_cancelled_already_sends_nothing()
        {
            using EmulatorProcess own = new EmulatorProcess();
            using Client client = own.Client();
            Task<Secret> task = client.GetSecretAsync("demo", EmulatorProcess.SecretName, cancellationToken: new CancellationToken(true));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
            own.AssertUntouched();
        }

        [Fact]
        public async Task Cancelling_after_the_end_changes_nothing()
        {
            using Client client = emulator.Client();
            using CancellationTokenSource source = new CancellationTokenSource();
            using Secret secret = await Patience.Within(client.GetSecretAsync("demo", EmulatorProcess.SecretName, cancellationToken: source.Token));
            source.Cancel();
            Assert.Equal(EmulatorProcess.SecretValue, secret.RevealText());
        }

        [Fact]
        public async Task An_operation_asked_twice_for_its_task_gives_the_same_one()
        {
            using Client client = emulator.Client();
            using Operation<Secret> operation = client.GetSecretOperation("demo", EmulatorProcess.SecretName);
            Task<Secret> first = operation.AsTask();
            Assert.Same(first, operation.AsTask());
            (await Patience.Within(first)).Dispose();
        }

        [Fact]
        public async Task A_task_asked_for_with_several_tokens_names_the_one_that_cancelled_it()
        {
            using Client client = emulator.Client();
            using CancellationTokenSource first = new CancellationTokenSource();
            using CancellationTokenSource second = new CancellationTokenSource();
            emulator.Hold("vault");
            using Operation<Secret> operation = client.GetSecretOperation("demo", EmulatorProcess.SecretName);
            Task<Secret> task = operation.AsTask(first.Token);
            Assert.Same(task, operation.AsTask(second.Token));
            emulator.WaitUntilHeld();
            second.Cancel();
            first.Cancel();
            OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Patience.Within(task));
            Assert.Equal(second.Token, cancelled.CancellationToken);
            Assert.True(task.IsCanceled);
            emulator.Release();
        }

        [Fact]
        public async Task Disposing_of_an_operation_cancels_its_task()
        {
            using Client client = emulator.Client();
            emulator.Hold("vault");
            Operation<Secret> operation = client.GetSecretOperation("demo", EmulatorProcess.SecretName);
            Task<Secret> task = operation.AsTask();
            emulator.WaitUntilHeld();
            operation.Dispose();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Patience.Within(task));
            emulator.Release();
        }

        [Fact]
        public void A_time_limit_ends_the_call()
        {
            using Client client = emulator.Client();
            emulator.Hold("vault");
            DoorkeyException late = Assert.Throws<DoorkeyException>(
                () => client.GetSecret("demo", EmulatorProcess.SecretName, null, new CallOptions { Timeout = TimeSpan.FromMilliseconds(200) }));
            Assert.Equal(DoorkeyStatus.Timeout, late.Status);
            emulator.Release();
        }

        [Fact]
        public async Task Collections_of_garbage_during_asynchronous_calls_break_nothing()
        {
            using CancellationTokenSource end = new CancellationTokenSource();
            Task collector = Task.Factory.StartNew(() =>
            {
                while (!end.IsCancellationRequested)
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                }
            }, TaskCreationOptions.LongRunning);
            try
            {
                for (int round = 0; round < 20; round++)
                {
                    // The clients are nobody's after this line: only the work under way keeps anything alive.
                    Task<Secret>[] reads = Enumerable.Range(0, 8).Select(_ => emulator.Client().GetSecretAsync("demo", EmulatorProcess.SecretName)).ToArray();
                    foreach (Secret secret in await Patience.Within(Task.WhenAll(reads)))
                    {
                        Assert.Equal(EmulatorProcess.SecretValue, secret.RevealText());
                        secret.Dispose();
                    }
                }
            }
            finally
            {
                end.Cancel();
                await Patience.Done(collector);
            }
        }

        [Fact]
        public async Task Abandoned_operations_are_freed_by_the_collector()
        {
            for (int round = 0; round < 50; round++)
            {
                Abandon();
            }
            GC.Collect();
            GC.WaitForPendingFinalizers();
            using Client client = emulator.Client();
            (await Patience.Within(client.GetSecretAsync("demo", EmulatorProcess.SecretName))).Dispose();
        }

        [Fact]
        public void A_wait_of_any_length_and_a_missing_callback_are_told_apart_from_bugs()
        {
            using Client client = emulator.Client();
            using Operation<Secret> operation = client.GetSecretOperation("demo", EmulatorProcess.SecretName);
            Assert.True(operation.Wait(System.TimeSpan.MaxValue));
            using Secret secret = operation.Take();
            Assert.Throws<System.ArgumentNullException>(() => secret.Use((System.Action<System.IntPtr, int>)null));
            Assert.Throws<System.ArgumentNullException>(() => secret.Use<int>(null));
        }

        private void Abandon()
        {
            Client client = emulator.Client();
            client.GetSecretOperation("demo", EmulatorProcess.SecretName);
            client.GetTokenOperation(emulator.Audience).AsTask();
        }
    }
}
