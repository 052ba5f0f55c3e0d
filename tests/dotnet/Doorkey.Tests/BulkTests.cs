// Many secrets at a time: a result for each name in the order of the names, what is wrong with one being nobody else's trouble.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class BulkTests : IClassFixture<EmulatorProcess>
    {
        private readonly EmulatorProcess emulator;

        public BulkTests(EmulatorProcess emulator)
        {
            this.emulator = emulator;
            for (int number = 0; number < 5; number++)
            {
                emulator.Set("bulk-" + number, "value " + number);
            }
        }

        [Fact]
        public void Every_name_has_its_result_in_the_order_of_the_names()
        {
            using Client client = emulator.Client();
            using SecretResults results = client.GetSecrets("demo", new[] { "bulk-3", "bulk-0", "bulk-4" });
            Assert.Equal(3, results.Count);
            Assert.Equal(new[] { "bulk-3", "bulk-0", "bulk-4" }, results.Select(result => result.Name));
            Assert.Equal(new[] { "value 3", "value 0", "value 4" }, results.Select(result => result.Secret.RevealText()));
            Assert.All(results, result => Assert.Null(result.Error));
        }

        [Fact]
        public void The_order_is_that_of_the_names_whichever_comes_first()
        {
            using Client client = emulator.Client();
            emulator.Hold("vault", "/secrets/bulk-0");
            using Operation<SecretResults> operation = client.GetSecretsOperation("demo", new[] { "bulk-0", "bulk-1", "bulk-2" });
            emulator.WaitUntilHeld();
            emulator.Release();
            using SecretResults results = operation.Take();
            Assert.Equal(new[] { "value 0", "value 1", "value 2" }, results.Select(result => result.Secret.RevealText()));
        }

        [Fact]
        public void What_is_wrong_with_one_is_an_error_in_its_own_result()
        {
            emulator.Post("/secret", new { name = "bulk-off", value = "x", enabled = false });
            using Client client = emulator.Client();
            using SecretResults results = client.GetSecrets("demo", new[] { "bulk-0", "not-there", "bulk-off", "bulk-1" });
            Assert.Equal(new[] { "value 0", null, null, "value 1" }, results.Select(result => result.Secret?.RevealText()));
            Assert.Null(results[0].Error);
            Assert.Equal(DoorkeyStatus.SecretNotFound, results[1].Error.Status);
            Assert.Equal(404, results[1].Error.HttpStatus);
            Assert.Equal("SecretNotFound", results[1].Error.Code);
            Assert.NotEmpty(results[1].Error.RequestId);
            Assert.NotEmpty(results[1].Error.Advice);
            Assert.Equal(DoorkeyStatus.SecretDisabled, results[2].Error.Status);
            Assert.Equal("SecretDisabled", results[2].Error.InnerCode);
            Assert.Equal("not-there", results[1].Name);
        }

        [Fact]
        public void A_wait_without_end_that_is_asked_for_one_leaves_the_others_their_results()
        {
            string[] names = { "bulk-0", "bulk-1" };
            // One after the other, so that the first is there before the second is refused.
            CallOptions call = new CallOptions { Concurrency = 1 };
            using Client client = emulator.Client();
            Throttle();
            using (SecretResults results = client.GetSecrets("demo", names, call))
            {
                AssertSecondIsThrottled(results.ToArray());
            }
            Throttle();
            AssertSecondIsThrottled(client.StreamSecrets("demo", names, call).ToArray());

            void Throttle()
            {
                Dictionary<string, string> headers = new Dictionary<string, string> { { "Retry-After", "1000000000000" } };
                emulator.Post("/fault", new { endpoint = "vault", status = 429, target_contains = "/secrets/bulk-1", headers });
            }
        }

        [Fact]
        public void A_bad_name_is_that_names_error_and_costs_no_request()
        {
            using EmulatorProcess own = new EmulatorProcess();
            using Client client = own.Client();
            string[] bad = { "", null, "../x", "a b", "a\0b", EmulatorProcess.SecretName + "\0", "half \ud800", "a/b/c", "\u00e4" };
            using (SecretResults results = client.GetSecrets("demo", bad))
            {
                Assert.Equal(bad, results.Select(result => result.Name));
                Assert.All(results, result => Assert.Equal(DoorkeyStatus.InvalidArgument, result.Error.Status));
                Assert.All(results, result => Assert.Null(result.Secret));
            }
            Assert.Empty(own.VaultLog());
            using SecretResults mixed = client.GetSecrets("demo", bad.Append(EmulatorProcess.SecretName));
            Assert.Equal(EmulatorProcess.SecretValue, mixed[bad.Length].Secret.RevealText());
        }

        [Fact]
        public void A_version_may_stand_behind_a_name()
        {
            emulator.Set("bulk-versions", "old");
            emulator.Set("bulk-versions", "new");
            string old = emulator.Stored("bulk-versions").First().GetProperty("id").GetString();
            using Client client = emulator.Client();
            using SecretResults results = client.GetSecrets("demo", new[] { "bulk-versions/" + old, "bulk-versions" });
            Assert.Equal(new[] { "old", "new" }, results.Select(result => result.Secret.RevealText()));
            Assert.Equal(old, results[0].Secret.Version);
        }

        [Fact]
        public void Without_a_vault_the_names_are_whole_ids_of_any_vaults()
        {
            using EmulatorProcess own = new EmulatorProcess("--vault", "demo", "--vault", "other", "--secret", "other/there=elsewhere");
            string other = own.VaultUrl.Replace("//demo.", "//other.");
            using Client client = own.Client();
            using SecretResults results = client.GetSecrets(null, new[] { other + "/secrets/there", own.VaultUrl + "/secrets/" + EmulatorProcess.SecretName, "there" });
            Assert.Equal("elsewhere", results[0].Secret.RevealText());
            Assert.Equal("other", results[0].Secret.Vault);
            Assert.Equal(EmulatorProcess.SecretValue, results[1].Secret.RevealText());
            Assert.Equal(DoorkeyStatus.InvalidArgument, results[2].Error.Status);
        }

        [Fact]
        public void A_name_that_is_there_twice_is_asked_for_once()
        {
            using EmulatorProcess own = new EmulatorProcess();
            using Client client = own.Client();
            string name = EmulatorProcess.SecretName;
            using SecretResults results = client.GetSecrets("demo", new[] { name, name.ToLowerInvariant(), "not-there", name, "not-there" });
            Assert.Equal(3, results.Count(result => result.Secret != null && result.Secret.RevealText() == EmulatorProcess.SecretValue));
            Assert.Equal(2, results.Count(result => result.Error != null));
            Assert.Equal(2, own.VaultLog().Count(request => request.StartsWith("GET /secrets/", StringComparison.Ordinal)));
            results[0].Dispose();
            Assert.Equal(EmulatorProcess.SecretValue, results[3].Secret.RevealText());
        }

        [Fact]
        public void No_names_are_no_results()
        {
            using Client client = emulator.Client();
            using SecretResults results = client.GetSecrets("demo", Array.Empty<string>());
            Assert.Empty(results);
            using Pager<SecretResult> pager = client.StreamSecrets("demo", Array.Empty<string>());
            Assert.Empty(pager.Next());
        }

        [Fact]
        public void Missing_names_too_many_of_them_and_a_bad_vault_are_refused_as_a_whole()
        {
            using EmulatorProcess own = new EmulatorProcess();
            using Client client = own.Client();
            foreach (Func<IEnumerable<string>, IDisposable> call in new Func<IEnumerable<string>, IDisposable>[]
            {
                names => client.GetSecretsOperation("demo", names), names => client.StreamSecrets("demo", names)
            })
            {
                DoorkeyException missing = Assert.Throws<DoorkeyException>(() => call(null));
                Assert.Equal(DoorkeyStatus.InvalidArgument, missing.Status);
                Assert.StartsWith("names: ", missing.Message);
                DoorkeyException many = Assert.Throws<DoorkeyException>(() => call(Enumerable.Repeat("name", 4097)));
                Assert.Equal(DoorkeyStatus.LimitExceeded, many.Status);
                Assert.StartsWith("names: ", many.Message);
            }
            Assert.StartsWith("vault: ", Assert.Throws<DoorkeyException>(() => client.GetSecretsOperation("a/b", new[] { "x" })).Message);
            own.AssertUntouched();
        }

        [Theory]
        [InlineData(0)]
        [InlineData(-1)]
        [InlineData(65)]
        [InlineData(int.MaxValue)]
        public void How_many_at_a_time_is_1_to_64(int concurrency)
        {
            using Client client = emulator.Client();
            DoorkeyException refused = Assert.Throws<DoorkeyException>(
                () => client.GetSecretsOperation("demo", new[] { "bulk-0" }, new CallOptions { Concurrency = concurrency }));
            Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
            Assert.StartsWith("Concurrency: ", refused.Message);
        }

        [Fact]
        public void No_more_are_read_at_a_time_than_the_call_says()
        {
            using EmulatorProcess own = new EmulatorProcess();
            string[] names = Enumerable.Range(0, 40).Select(number => "n-" + number).ToArray();
            Array.ForEach(names, name => own.Set(name, name));
            using Client client = own.Client();
            using SecretResults results = client.GetSecrets("demo", names, new CallOptions { Concurrency = 2 });
            Assert.Equal(names, results.Select(result => result.Secret.RevealText()));
            Assert.InRange(own.Get("/requests").GetProperty("vault_at_once").GetInt64(), 1, 2);
        }

        [Fact]
        public void The_time_limit_is_that_of_the_whole_and_what_came_in_time_counts()
        {
            // What is kept comes in any time, however short.
            CallOptions call = new CallOptions { MaxAge = TimeSpan.FromDays(1) };
            using Client client = emulator.Client();
            client.GetSecrets("demo", new[] { "bulk-1", "bulk-3" }, call).Dispose();
            emulator.Hold("vault", "/secrets/bulk-2");
            call.Timeout = TimeSpan.FromMilliseconds(200);
            using SecretResults results = client.GetSecrets("demo", new[] { "bulk-1", "bulk-2", "bulk-3" }, call);
            emulator.Release();
            Assert.Equal("value 1", results[0].Secret.RevealText());
            Assert.Equal(DoorkeyStatus.Timeout, results[1].Error.Status);
            Assert.Equal("value 3", results[2].Secret.RevealText());
        }

        [Fact]
        public async Task A_cancelled_call_ends_as_cancelled()
        {
            using Client client = emulator.Client();
            using CancellationTokenSource source = new CancellationTokenSource();
            emulator.Hold("vault", "/secrets/bulk-4");
            Task<SecretResults> task = client.GetSecretsAsync("demo", new[] { "bulk-4", "bulk-0" }, cancellationToken: source.Token);
            emulator.WaitUntilHeld();
            source.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Patience.Within(task));
            emulator.Release();
        }

        [Fact]
        public async Task Many_secrets_are_read_without_blocking_a_thread()
        {
            using Client client = emulator.Client();
            using SecretResults results = await Patience.Within(client.GetSecretsAsync("demo", new[] { "bulk-0", "not-there" }));
            Assert.Equal("value 0", results[0].Secret.RevealText());
            Assert.Equal(DoorkeyStatus.SecretNotFound, results[1].Error.Status);
        }

        [Fact]
        public void A_secret_outlives_its_results_and_each_is_disposed_of_on_its_own()
        {
            using Client client = emulator.Client();
            SecretResults results = client.GetSecrets("demo", new[] { "bulk-0", "bulk-1" });
            Secret kept = results[1].Secret;
            results[0].Dispose();
            results[0].Dispose();
            Assert.Throws<ObjectDisposedException>(() => results[0].Secret.RevealText());
            Assert.Equal("value 1", kept.RevealText());
            results.Dispose();
            results.Dispose();
            Assert.Equal("Doorkey.Secret", Assert.Throws<ObjectDisposedException>(() => kept.ToBytes()).ObjectName);
            Assert.Equal("bulk-1", kept.Name);
        }

        [Fact]
        public void Abandoned_results_are_freed_by_the_collector_and_a_kept_secret_is_not()
        {
            using Client client = emulator.Client();
            using Secret kept = KeepOne(client);
            for (int round = 0; round < 10; round++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
            Assert.Equal("value 2", kept.RevealText());
        }

        [Fact]
        public async Task Secrets_of_one_call_may_be_used_and_disposed_of_by_many_threads_while_garbage_is_collected()
        {
            using Client client = emulator.Client();
            using CancellationTokenSource end = new CancellationTokenSource();
            Task collector = Task.Factory.StartNew(() =>
            {
                while (!end.IsCancellationRequested)
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                }
            }, TaskCreationOptions.LongRunning);
            string[] names = Enumerable.Range(0, 40).Select(number => "bulk-" + number % 5).ToArray();
            for (int round = 0; round < 10; round++)
            {
                // Nobody holds the results as a whole after this line.
                SecretResult[] results = (await Patience.Within(client.GetSecretsAsync("demo", names))).ToArray();
                Task<bool>[] readers = results.Select((result, index) => Task.Run(() =>
                {
                    bool same = result.Secret.RevealText() == "value " + index % 5;
                    result.Dispose();
                    return same;
                })).ToArray();
                Assert.All(await Patience.Within(Task.WhenAll(readers)), Assert.True);
            }
            end.Cancel();
            await Patience.Done(collector);
        }

        [Fact]
        public void Nothing_that_prints_results_shows_a_value()
        {
            using Client client = emulator.Client();
            using SecretResults results = client.GetSecrets("demo", new[] { "bulk-0", "not-there" });
            Assert.DoesNotContain("value 0", results + string.Join("|", results) + System.Text.Json.JsonSerializer.Serialize(results[0]));
            Assert.Equal(results[0].Secret.Id, results[0].ToString());
            Assert.StartsWith("not-there: ", results[1].ToString());
        }

        [Fact]
        public void A_stream_gives_the_results_in_order_as_they_come()
        {
            using Client client = emulator.Client();
            emulator.Hold("vault", "/secrets/bulk-2");
            using Pager<SecretResult> pager = client.StreamSecrets("demo", new[] { "bulk-0", "bulk-1", "bulk-2", "not-there", "bulk-3" });
            List<SecretResult> seen = new List<SecretResult>();
            // What stands before the one that is held comes, however many pages it takes.
            while (seen.Count < 2)
            {
                seen.AddRange(pager.Next());
            }
            Assert.Equal(new[] { "value 0", "value 1" }, seen.Select(result => result.Secret.RevealText()));
            emulator.WaitUntilHeld();
            emulator.Release();
            seen.AddRange(pager);
            Assert.Equal(new[] { "bulk-0", "bulk-1", "bulk-2", "not-there", "bulk-3" }, seen.Select(result => result.Name));
            Assert.Equal(new[] { "value 0", "value 1", "value 2", null, "value 3" }, seen.Select(result => result.Secret?.RevealText()));
            Assert.Equal(DoorkeyStatus.SecretNotFound, seen[3].Error.Status);
            seen.ForEach(result => result.Dispose());
        }

        [Fact]
        public void A_stream_left_early_disposes_of_itself_and_of_what_it_has_not_given()
        {
            using Client client = emulator.Client();
            Pager<SecretResult> pager = client.StreamSecrets("demo", new[] { "bulk-0", "bulk-1", "bulk-2", "bulk-3" });
            SecretResult first = pager.First();
            Assert.Equal("value 0", first.Secret.RevealText());
            first.Dispose();
            Assert.Equal("Doorkey.Pager", Assert.Throws<ObjectDisposedException>(() => pager.Next()).ObjectName);
        }

        private static void AssertSecondIsThrottled(SecretResult[] results)
        {
            Assert.Equal("value 0", results[0].Secret.RevealText());
            Assert.Equal(DoorkeyStatus.Throttled, results[1].Error.Status);
            Assert.Equal(TimeSpan.MaxValue, results[1].Error.RetryAfter);
            Array.ForEach(results, result => result.Dispose());
        }

        /// <summary>A method of its own, so that nothing but the result is alive afterwards.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        private static Secret KeepOne(Client client)
        {
            client.GetSecrets("demo", new[] { "bulk-0", "bulk-1" });
            return client.GetSecrets("demo", new[] { "bulk-1", "bulk-2", "bulk-3" })[1].Secret;
        }
    }
}
