// What a call may say about secrets that the client keeps: how old they may be, when they may be old, and when they will not do.
using System;
using System.Linq;
using System.Text;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class CachingTests : IDisposable
    {
        private const string Name = EmulatorProcess.SecretName;
        private static readonly CallOptions Kept = new CallOptions { MaxAge = TimeSpan.FromDays(1) };
        private static readonly CallOptions Stale = new CallOptions { StaleIfError = TimeSpan.FromDays(1) };

        private readonly EmulatorProcess emulator = new EmulatorProcess();

        public void Dispose()
        {
            emulator.Dispose();
        }

        [Fact]
        public void A_secret_is_asked_for_each_time_unless_a_call_says_how_old_it_may_be()
        {
            using Client client = emulator.Client();
            for (int round = 0; round < 3; round++)
            {
                Assert.Equal(EmulatorProcess.SecretValue, Read(client, null));
            }
            Assert.Equal(3, emulator.VaultLog().Length);
        }

        [Fact]
        public void A_secret_that_is_young_enough_comes_without_a_request()
        {
            using Client client = emulator.Client();
            for (int round = 0; round < 3; round++)
            {
                Assert.Equal(EmulatorProcess.SecretValue, Read(client, Kept));
            }
            Assert.Single(emulator.VaultLog());
            using (SecretResults results = client.GetSecrets("demo", new[] { Name }, Kept))
            {
                Assert.Equal(EmulatorProcess.SecretValue, results[0].Secret.RevealText());
            }
            Assert.Single(emulator.VaultLog());
        }

        [Fact]
        public void No_age_at_all_is_as_none_said()
        {
            CallOptions none = new CallOptions { MaxAge = TimeSpan.Zero, StaleIfError = TimeSpan.Zero };
            using Client client = emulator.Client();
            Read(client, none);
            Read(client, none);
            Assert.Equal(2, emulator.VaultLog().Length);
        }

        [Fact]
        public void A_kept_secret_is_the_clients_own()
        {
            using Client client = emulator.Client();
            Secret kept = client.GetSecret("demo", Name, null, Kept);
            kept.Dispose();
            Assert.Equal(EmulatorProcess.SecretValue, Read(client, Kept));
            using Client other = emulator.Client();
            Read(other, Kept);
            Assert.Equal(2, emulator.VaultLog().Length);
        }

        [Fact]
        public void A_cleared_cache_keeps_no_secret()
        {
            using Client client = emulator.Client();
            Read(client, Kept);
            client.ClearCache();
            Read(client, Kept);
            Assert.Equal(2, emulator.VaultLog().Length);
        }

        [Fact]
        public void What_the_client_sets_itself_is_not_answered_from_before()
        {
            using Client client = emulator.Client();
            Read(client, Kept);
            client.SetSecret("demo", Name, Encoding.UTF8.GetBytes("set since")).Dispose();
            Assert.Equal("set since", Read(client, Kept));
        }

        [Fact]
        public void A_vault_that_cannot_be_reached_may_be_answered_for_by_what_is_kept()
        {
            using Client client = emulator.Client();
            Read(client, Stale);
            emulator.Post("/fault", new { endpoint = "vault", status = 503, times = (int?)null });
            Assert.Equal(EmulatorProcess.SecretValue, Read(client, Stale));
            DoorkeyException unreached = Assert.Throws<DoorkeyException>(() => Read(client, null));
            Assert.Equal(DoorkeyStatus.ServiceUnavailable, unreached.Status);
        }

        [Fact]
        public void A_refusal_of_the_vault_is_no_reason_for_what_is_kept()
        {
            using Client client = emulator.Client();
            Read(client, Stale);
            emulator.Post("/deny", new { operation = "get", reason = "rbac" });
            Assert.Equal(DoorkeyStatus.Forbidden, Assert.Throws<DoorkeyException>(() => Read(client, Stale)).Status);
        }

        [Fact]
        public void A_version_that_stopped_working_is_answered_by_a_newer_one()
        {
            using Client client = emulator.Client();
            using Secret old = client.GetSecret("demo", Name, null, Kept);
            CallOptions newer = new CallOptions { NewerThanVersion = old.Version, MaxAge = TimeSpan.FromDays(1) };
            DoorkeyException none = Assert.Throws<DoorkeyException>(() => Read(client, newer));
            Assert.Equal(DoorkeyStatus.NoNewerVersion, none.Status);
            Assert.NotEmpty(none.Advice);
            emulator.Set(Name, "rotated");
            Assert.Equal("rotated", Read(client, newer));
            Assert.Equal("rotated", Read(client, Kept));
        }

        [Fact]
        public void A_version_that_stopped_working_is_one_that_a_vault_could_have()
        {
            using Client client = emulator.Client();
            foreach (string version in new[] { "", "../x", "a\0b", "half \ud800", new string('0', 65) })
            {
                DoorkeyException refused = Assert.Throws<DoorkeyException>(
                    () => client.GetSecretOperation("demo", Name, null, new CallOptions { NewerThanVersion = version }));
                Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
                Assert.StartsWith("NewerThanVersion: ", refused.Message);
            }
            Assert.Empty(emulator.VaultLog());
        }

        [Fact]
        public void An_age_is_not_negative_and_not_over_49_days()
        {
            using Client client = emulator.Client();
            foreach (TimeSpan age in new[] { TimeSpan.FromTicks(-1), TimeSpan.MinValue, TimeSpan.FromDays(50), TimeSpan.MaxValue })
            {
                Refused("MaxAge", client, new CallOptions { MaxAge = age });
                Refused("StaleIfError", client, new CallOptions { StaleIfError = age });
            }
            Assert.Equal((0, 0), emulator.Requests());
        }

        [Fact]
        public void The_shortest_age_is_not_rounded_to_none()
        {
            Assert.Equal(1u, CallOptions.AgeToMilliseconds(TimeSpan.FromTicks(1), "x"));
            Assert.Equal(2u, CallOptions.AgeToMilliseconds(TimeSpan.FromTicks(TimeSpan.TicksPerMillisecond + 1), "x"));
            Assert.Equal(0u, CallOptions.AgeToMilliseconds(TimeSpan.Zero, "x"));
            Assert.Equal(0u, CallOptions.AgeToMilliseconds(null, "x"));
            Assert.Equal(49u * 86400 * 1000, CallOptions.AgeToMilliseconds(TimeSpan.FromDays(49), "x"));
        }

        private static string Read(Client client, CallOptions call)
        {
            using Secret secret = client.GetSecret("demo", Name, null, call);
            return secret.RevealText();
        }

        private static void Refused(string property, Client client, CallOptions call)
        {
            DoorkeyException refused = Assert.Throws<DoorkeyException>(() => client.GetSecretOperation("demo", Name, null, call));
            Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
            Assert.StartsWith(property + ": ", refused.Message);
        }
    }
}
