// Lists that come in pages: all of them, in any form, no more of them than is wanted; and that no use of a pager, however wrong, touches
// memory that has been freed.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class PagerTests : IDisposable
    {
        /// <summary>A page of the vault's has 25.</summary>
        private const int Many = 60;

        private readonly EmulatorProcess emulator = new EmulatorProcess();

        public void Dispose()
        {
            emulator.Dispose();
        }

        [Fact]
        public void A_list_has_every_secret_with_what_is_known_of_it_and_no_version()
        {
            emulator.Post("/secret", new { name = "described", value = "v", content_type = "text/plain", enabled = false, tags = new { team = "blue" }, exp = 2000000000 });
            using Client client = emulator.Client();
            SecretProperties[] secrets = client.ListSecrets("demo").ToArray();
            Assert.Equal(new[] { "described", EmulatorProcess.SecretName }, secrets.Select(secret => secret.Name));
            SecretProperties described = secrets.Single(secret => secret.Name == "described");
            Assert.Equal("demo", described.Vault);
            Assert.EndsWith("/secrets/described", described.Id);
            Assert.Equal(described.Id, described.ToString());
            Assert.Null(described.Version);
            Assert.Equal("text/plain", described.ContentType);
            Assert.False(described.Enabled);
            Assert.Equal("blue", described.Tags["team"]);
            Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(2000000000), described.Expires);
            Assert.NotNull(described.Created);
            Assert.NotNull(described.Updated);
            Assert.Null(described.NotBefore);
            Assert.False(described.Managed);
            Assert.Null(described.Deleted);
        }

        [Fact]
        public void A_list_goes_through_all_pages()
        {
            Fill();
            using Client client = emulator.Client();
            Assert.Equal(Many, client.ListSecrets("demo").Count(secret => secret.Name.StartsWith("n-", StringComparison.Ordinal)));
            Assert.Equal(3, emulator.VaultLog().Length);
        }

        [Fact]
        public void An_empty_page_in_the_middle_ends_no_list()
        {
            Fill();
            emulator.Post("/pages", new { empty = true });
            using Client client = emulator.Client();
            Assert.Equal(Many + 1, client.ListSecrets("demo").Count());
        }

        [Fact]
        public void A_list_left_early_asks_for_no_more_pages()
        {
            Fill();
            using Client client = emulator.Client();
            foreach (SecretProperties secret in client.ListSecrets("demo"))
            {
                Assert.NotNull(secret.Name);
                break;
            }
            Assert.Equal(5, client.ListSecrets("demo").Take(5).Count());
            Assert.Equal(2, emulator.VaultLog().Length);
        }

        [Fact]
        public void Versions_come_newest_first_and_without_values()
        {
            foreach (int age in new[] { 3000, 1000, 2000 })
            {
                emulator.Post("/secret", new { name = "versions", value = "hidden", created = 1700000000 - age });
            }
            using Client client = emulator.Client();
            SecretProperties[] versions = client.ListVersions("demo", "versions").ToArray();
            Assert.Equal(new long[] { 1699999000, 1699998000, 1699997000 }, versions.Select(version => version.Created.Value.ToUnixTimeSeconds()));
            Assert.All(versions, version => Assert.EndsWith("/secrets/versions/" + version.Version, version.Id));
            SecretProperties[] byId = client.ListVersions(emulator.VaultUrl + "/secrets/versions", null).ToArray();
            Assert.Equal(versions.Select(version => version.Id), byId.Select(version => version.Id));
        }

        [Fact]
        public void Deleted_secrets_are_listed_with_their_dates()
        {
            emulator.Set("gone", "v");
            using Client client = emulator.Client();
            Assert.Empty(client.ListDeleted("demo"));
            client.DeleteSecret("demo", "gone");
            SecretProperties gone = client.ListDeleted("demo").Single();
            Assert.Equal("gone", gone.Name);
            Assert.Null(gone.Version);
            Assert.EndsWith("/deletedsecrets/gone", gone.RecoveryId);
            Assert.NotNull(gone.Deleted);
            Assert.NotNull(gone.ScheduledPurge);
        }

        [Fact]
        public void The_secret_of_a_certificate_says_so()
        {
            emulator.Post("/secret", new { name = "certified", value = "v", managed = true });
            using Client client = emulator.Client();
            Assert.True(client.ListSecrets("demo").Single(secret => secret.Name == "certified").Managed);
            using Secret secret = client.GetSecret("demo", "certified");
            Assert.True(secret.Managed);
            Assert.Contains("/keys/certified/", secret.KeyId);
        }

        [Fact]
        public async Task Pages_come_one_by_one_in_all_three_forms_and_then_none()
        {
            Fill();
            using Client client = emulator.Client();
            using Pager<SecretProperties> pager = client.ListSecrets("demo");
            int seen = pager.Next().Count;
            seen += (await Patience.Within(pager.NextAsync())).Count;
            using (Operation<IReadOnlyList<SecretProperties>> operation = pager.NextOperation())
            {
                seen += operation.Take().Count;
            }
            Assert.Equal(Many + 1, seen);
            Assert.Empty(pager.Next());
            Assert.Empty(await Patience.Within(pager.NextAsync()));
            Assert.Equal(3, emulator.VaultLog().Length);
        }

        [Fact]
        public void Nothing_is_sent_before_the_first_page_is_asked_for()
        {
            using Client client = emulator.Client();
            using Pager<SecretProperties> pager = client.ListSecrets("demo");
            Assert.Equal((0, 0), emulator.Requests());
        }

        [Fact]
        public void A_page_that_failed_may_be_asked_for_again()
        {
            Fill();
            using Client client = emulator.Client();
            using Pager<SecretProperties> pager = client.ListSecrets("demo");
            HashSet<string> names = new HashSet<string>(pager.Next().Select(secret => secret.Name));
            emulator.Post("/fault", new { endpoint = "vault", status = 503 });
            Assert.Equal(DoorkeyStatus.ServiceUnavailable, Assert.Throws<DoorkeyException>(() => pager.Next()).Status);
            names.UnionWith(pager.Select(secret => secret.Name));
            Assert.Equal(Many + 1, names.Count);
        }

        [Fact]
        public async Task A_page_that_was_cancelled_may_be_asked_for_again()
        {
            using Client client = emulator.Client();
            using Pager<SecretProperties> pager = client.ListSecrets("demo");
            using CancellationTokenSource source = new CancellationTokenSource();
            emulator.Hold("vault");
            Task<IReadOnlyList<SecretProperties>> task = pager.NextAsync(source.Token);
            emulator.WaitUntilHeld();
            source.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Patience.Within(task));
            emulator.Release();
            Assert.Equal(EmulatorProcess.SecretName, pager.Next().Single().Name);
        }

        [Fact]
        public async Task A_token_that_is_cancelled_already_asks_for_no_page()
        {
            using Client client = emulator.Client();
            using Pager<SecretProperties> pager = client.ListSecrets("demo");
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pager.NextAsync(new CancellationToken(true)));
            Assert.Equal((0, 0), emulator.Requests());
            Assert.Single(pager.Next());
        }

        [Fact]
        public void A_second_page_is_refused_while_the_first_is_under_way()
        {
            using Client client = emulator.Client();
            using Pager<SecretProperties> pager = client.ListSecrets("demo");
            emulator.Hold("vault");
            using Operation<IReadOnlyList<SecretProperties>> first = pager.NextOperation();
            emulator.WaitUntilHeld();
            DoorkeyException refused = Assert.Throws<DoorkeyException>(() => pager.NextOperation());
            Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
            Assert.StartsWith("pager: ", refused.Message);
            emulator.Release();
            Assert.Single(first.Take());
        }

        [Fact]
        public void A_page_is_taken_once()
        {
            using Client client = emulator.Client();
            using Pager<SecretProperties> pager = client.ListSecrets("demo");
            using Operation<IReadOnlyList<SecretProperties>> operation = pager.NextOperation();
            Assert.Single(operation.Take());
            Assert.Equal(DoorkeyStatus.InvalidArgument, Assert.Throws<DoorkeyException>(() => operation.Take()).Status);
        }

        [Fact]
        public async Task A_pager_disposed_of_while_a_page_is_under_way_cancels_it()
        {
            using Client client = emulator.Client();
            Pager<SecretProperties> pager = client.ListSecrets("demo");
            emulator.Hold("vault");
            Task<SecretProperties[]> reader = Task.Factory.StartNew(pager.ToArray, TaskCreationOptions.LongRunning);
            emulator.WaitUntilHeld();
            pager.Dispose();
            pager.Dispose();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Patience.Within(reader));
            emulator.Release();
        }

        [Fact]
        public async Task A_pager_that_many_threads_use_and_dispose_of_gives_each_page_once_or_says_why_not()
        {
            Fill();
            using Client client = emulator.Client();
            for (int round = 0; round < 10; round++)
            {
                Pager<SecretProperties> pager = client.ListSecrets("demo");
                Task<string[]>[] readers = Enumerable.Range(0, 4).Select(number => Task.Run(() => Drain(pager))).ToArray();
                Task disposer = round % 2 == 0 ? Task.Run(pager.Dispose) : Task.CompletedTask;
                string[] names = (await Patience.Within(Task.WhenAll(readers))).SelectMany(part => part).ToArray();
                await Patience.Done(disposer);
                Assert.Equal(names.Length, names.Distinct().Count());
                Assert.True(round % 2 == 0 || names.Length == Many + 1, names.Length.ToString());
            }
        }

        [Fact]
        public void A_disposed_pager_gives_no_page_and_its_last_one_stays()
        {
            using Client client = emulator.Client();
            Pager<SecretProperties> pager = client.ListSecrets("demo");
            Operation<IReadOnlyList<SecretProperties>> operation = pager.NextOperation();
            Assert.True(operation.Wait(Timeout.Infinite));
            pager.Dispose();
            Assert.Single(operation.Take());
            operation.Dispose();
            foreach (Action use in new Action[] { () => pager.Next(), () => pager.NextOperation(), () => pager.GetEnumerator().MoveNext() })
            {
                Assert.Equal("Doorkey.Pager", Assert.Throws<ObjectDisposedException>(use).ObjectName);
            }
        }

        [Fact]
        public void A_pager_is_enumerated_once()
        {
            using Client client = emulator.Client();
            Pager<SecretProperties> pager = client.ListSecrets("demo");
            Assert.Single((IEnumerable)pager);
            Assert.Throws<ObjectDisposedException>(() => pager.First());
        }

        [Fact]
        public void A_second_enumeration_is_refused_and_the_first_gets_every_page()
        {
            Fill();
            using Client client = emulator.Client();
            Pager<SecretProperties> pager = client.ListSecrets("demo");
            using IEnumerator<SecretProperties> first = pager.GetEnumerator();
            Assert.Throws<InvalidOperationException>(() => pager.GetEnumerator());
            Assert.True(first.MoveNext());
            Assert.Throws<InvalidOperationException>(() => ((IEnumerable)pager).GetEnumerator());
            int seen = 1;
            while (first.MoveNext())
            {
                seen++;
            }
            Assert.Equal(Many + 1, seen);
        }

        [Fact]
        public void An_enumerator_disposed_of_before_its_first_item_disposes_of_the_pager()
        {
            using EmulatorProcess own = new EmulatorProcess();
            using Client client = own.Client();
            Pager<SecretProperties> pager = client.ListSecrets("demo");
            IEnumerator<SecretProperties> enumerator = pager.GetEnumerator();
            enumerator.Dispose();
            enumerator.Dispose();
            Assert.Equal("Doorkey.Pager", Assert.Throws<ObjectDisposedException>(() => pager.Next()).ObjectName);
            own.AssertUntouched();
        }

        [Fact]
        public void A_pager_outlives_its_client()
        {
            Client client = emulator.Client();
            Pager<SecretProperties> pager = client.ListSecrets("demo");
            client.Dispose();
            Assert.Single(pager);
            Assert.Throws<ObjectDisposedException>(() => client.ListSecrets("demo"));
        }

        [Fact]
        public void A_page_that_was_there_and_not_taken_comes_again_with_its_names()
        {
            using Client client = emulator.Client();
            using Pager<SecretResult> pager = client.StreamSecrets("demo", new[] { EmulatorProcess.SecretName }.Concat(Enumerable.Repeat("not-there", 100)));
            using (Operation<IReadOnlyList<SecretResult>> thrownAway = pager.NextOperation())
            {
                thrownAway.Wait(Timeout.Infinite);
            }
            List<string> names = new List<string>();
            foreach (SecretResult result in pager)
            {
                names.Add(result.Name);
                result.Dispose();
            }
            Assert.Equal(new[] { EmulatorProcess.SecretName }.Concat(Enumerable.Repeat("not-there", 100)), names);
        }

        [Fact]
        public void Abandoned_pagers_and_pages_are_freed_by_the_collector()
        {
            for (int round = 0; round < 20; round++)
            {
                Abandon();
            }
            GC.Collect();
            GC.WaitForPendingFinalizers();
            using Client client = emulator.Client();
            Assert.Single(client.ListSecrets("demo"));
        }

        [Theory]
        [InlineData(null)]
        [InlineData("")]
        [InlineData("a/b")]
        [InlineData("d\ud800")]
        [InlineData("de\0mo")]
        public void A_bad_vault_is_refused_by_name_before_anything_is_sent(string vault)
        {
            using Client client = emulator.Client();
            foreach (Func<IDisposable> call in new Func<IDisposable>[]
            {
                () => client.ListSecrets(vault), () => client.ListDeleted(vault), () => client.ListVersions(vault, "name")
            })
            {
                DoorkeyException refused = Assert.Throws<DoorkeyException>(() => call().Dispose());
                Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
                Assert.StartsWith("vault", refused.Message);
            }
            Assert.Equal((0, 0), emulator.Requests());
        }

        [Fact]
        public void A_list_that_is_refused_says_what_is_missing()
        {
            emulator.Post("/deny", new { operation = "list", reason = "rbac" });
            using Client client = emulator.Client();
            DoorkeyException refused = Assert.Throws<DoorkeyException>(() => client.ListSecrets("demo").ToArray());
            Assert.Equal(DoorkeyStatus.Forbidden, refused.Status);
            Assert.Contains("Key Vault", refused.Advice);
        }

        /// <summary>All pages that this thread gets, until the end or the disposal by another.</summary>
        private static string[] Drain(Pager<SecretProperties> pager)
        {
            List<string> names = new List<string>();
            while (true)
            {
                try
                {
                    IReadOnlyList<SecretProperties> page = pager.Next();
                    if (page.Count == 0)
                    {
                        return names.ToArray();
                    }
                    names.AddRange(page.Select(secret => secret.Name));
                }
                catch (DoorkeyException refused) when (refused.Message.StartsWith("pager: ", StringComparison.Ordinal))
                {
                    Thread.Yield();
                }
                catch (Exception exception) when (exception is ObjectDisposedException || exception is OperationCanceledException)
                {
                    return names.ToArray();
                }
            }
        }

        private void Fill()
        {
            for (int number = 0; number < Many; number++)
            {
                emulator.Set("n-" + number, "v");
            }
        }

        private void Abandon()
        {
            Client client = emulator.Client();
            client.ListSecrets("demo").NextOperation();
            client.ListSecrets("demo").NextAsync();
            client.ListSecrets("demo").GetEnumerator().MoveNext();
        }
    }
}
