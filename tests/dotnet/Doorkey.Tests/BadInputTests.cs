// Arguments that break a rule: a message that names the argument, and not a byte on the network.
using System;
using System.Collections.Generic;
using System.Net;
using System.Security;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class BadInputTests : IClassFixture<EmulatorProcess>
    {
        /// <summary>Nothing may ever reach it: a test that sends anything has an emulator of its own.</summary>
        private readonly EmulatorProcess emulator;

        public BadInputTests(EmulatorProcess emulator)
        {
            this.emulator = emulator;
        }

        public static IEnumerable<object[]> Secrets()
        {
            foreach (string vault in new[]
            {
                null, "", " ", "a/b", "demo?x", "http://demo.vault.azure.net", "https://evilvault.azure.net.example", "https://demo.vault.azure.net.example",
                "https://user@demo.vault.azure.net", "https:\\\\demo.vault.azure.net", "demo\r\nHost: x", "de\0mo", "d\ud800", new string('v', 5000)
            })
            {
                yield return new object[] { vault, "name", null, "vault" };
            }
            foreach (string name in new[] { "", " ", "../x", "a%2fb", "a/b", "a?b", "a_b", "\u00e4", "a\0b", "a\nb", "n\udc00", new string('n', 128) })
            {
                yield return new object[] { "demo", name, null, "name" };
            }
            yield return new object[] { "demo", null, null, "" };
            foreach (string version in new[] { "../x", "a/b", "a%2fb", "a b", "v\0v", new string('0', 65) })
            {
                yield return new object[] { "demo", "name", version, "version" };
            }
        }

        [Theory]
        [MemberData(nameof(Secrets))]
        public void A_bad_address_is_refused_by_name_before_anything_is_sent(string vault, string name, string version, string argument)
        {
            using Client client = emulator.Client();
            DoorkeyException refused = Assert.Throws<DoorkeyException>(() => client.GetSecretOperation(vault, name, version));
            Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
            Assert.StartsWith(argument, refused.Message);
            emulator.AssertUntouched();
        }

        [Theory]
        [MemberData(nameof(Secrets))]
        public void Every_other_call_refuses_it_too(string vault, string name, string version, string argument)
        {
            using Client client = emulator.Client();
            SecretAttributes attributes = new SecretAttributes { Enabled = true };
            List<Func<IDisposable>> calls = new List<Func<IDisposable>> { () => client.UpdateSecretOperation(vault, name, version, attributes) };
            if (version == null)
            {
                calls.AddRange(new Func<IDisposable>[]
                {
                    () => client.SetSecretOperation(vault, name, new byte[] { 0x61 }), () => client.DeleteSecretOperation(vault, name),
                    () => client.GetDeletedSecretOperation(vault, name), () => client.RecoverSecretOperation(vault, name),
                    () => client.PurgeSecretOperation(vault, name), () => client.BackupSecretOperation(vault, name), () => client.ListVersions(vault, name)
                });
            }
            foreach (Func<IDisposable> call in calls)
            {
                DoorkeyException refused = Assert.Throws<DoorkeyException>(() => call().Dispose());
                Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
                Assert.StartsWith(argument, refused.Message);
            }
            emulator.AssertUntouched();
        }

        [Theory]
        [InlineData(null)]
        [InlineData("")]
        [InlineData("https://vault.azure.net\0")]
        [InlineData("https://vault.azure.net\r\nX: y")]
        public void A_bad_resource_is_refused_by_name_before_anything_is_sent(string resource)
        {
            using Client client = emulator.Client();
            DoorkeyException refused = Assert.Throws<DoorkeyException>(() => client.GetTokenOperation(resource));
            Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
            Assert.StartsWith("resource", refused.Message);
            emulator.AssertUntouched();
        }

        [Fact]
        public void Options_are_checked_when_the_client_is_made()
        {
            Refused(options => options.ClientId = "a\nb", "ClientId: ");
            Refused(options => options.ClientId = "a\0b", "ClientId: ");
            Refused(options => options.CaPem = "no certificate", "CaPem: ");
            Refused(options => options.RetriesMax = -1, "RetriesMax: ");
            Refused(options => options.Timeout = TimeSpan.Zero, "Timeout: ");
            Refused(options => options.Timeout = TimeSpan.FromDays(60), "Timeout: ");
            Refused(options => options.AccessToken = new SecureString(), "AccessToken: ");
            Refused(options => options.AccessToken = new NetworkCredential("", "a\ud800").SecurePassword, "AccessToken: ");
            Refused(options => options.AccessToken = new NetworkCredential("", "a\r\nb").SecurePassword, "AccessToken: ");
            Refused(options => options.VaultApiVersion = "", "VaultApiVersion: ");
            Refused(options => options.VaultApiVersion = "7.4&x=y", "VaultApiVersion: ");
            Refused(options => options.VaultApiVersion = "7\0", "VaultApiVersion: ");
            Refused(options => options.VaultSuffixes.Add(null), "VaultSuffixes: ");
            Refused(options => options.VaultSuffixes.Add(new VaultSuffix(null)), "VaultSuffixes: ");
            Refused(options => options.Environment = Texts.OfNoName("x"), "Environment: ");
        }

        [Fact]
        public void Every_name_for_an_argument_is_one_that_callers_can_see()
        {
            Type[] options = { typeof(ClientOptions), typeof(CallOptions), typeof(VaultSuffix), typeof(SecretAttributes) };
            foreach (string name in ArgumentNames.Managed.Values)
            {
                string property = name.Substring(name.LastIndexOf(' ') + 1);
                Assert.Contains(options, type => type.GetProperty(property) != null);
            }
            Assert.Equal("IdentityResourceId: must be x: y", ArgumentNames.InMessage("resource_id: must be x: y"));
            Assert.Equal("AZURE_CLIENT_ID: must be x", ArgumentNames.InMessage("AZURE_CLIENT_ID: must be x"));
            Assert.Equal("no argument", ArgumentNames.InMessage("no argument"));
        }

        [Fact]
        public void A_variable_keeps_its_name()
        {
            ClientOptions options = emulator.Options();
            options.Environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = "ftp://x";
            using Client client = new Client(options);
            Assert.StartsWith("AZURE_POD_IDENTITY_AUTHORITY_HOST: ", Assert.Throws<DoorkeyException>(() => client.GetToken(emulator.Audience)).Message);
        }

        [Fact]
        public void Two_ids_of_an_identity_exclude_each_other()
        {
            Refused(options =>
            {
                options.ClientId = "11111111-2222-3333-4444-555555555555";
                options.ObjectId = "11111111-2222-3333-4444-555555555555";
            }, "ClientId, ObjectId, IdentityResourceId: ");
        }

        [Theory]
        [InlineData(nameof(CallOptions.MaxAge))]
        [InlineData(nameof(CallOptions.StaleIfError))]
        [InlineData(nameof(CallOptions.NewerThanVersion))]
        [InlineData(nameof(CallOptions.Concurrency))]
        public void An_option_of_reads_is_refused_by_name_where_it_would_mean_nothing(string option)
        {
            CallOptions call = new CallOptions();
            typeof(CallOptions).GetProperty(option).SetValue(call, option switch
            {
                nameof(CallOptions.NewerThanVersion) => "0123456789abcdef0123456789abcdef",
                nameof(CallOptions.Concurrency) => 4,
                _ => (object)TimeSpan.FromMinutes(1)
            });
            using Client client = emulator.Client();
            foreach (Func<IDisposable> use in new Func<IDisposable>[]
            {
                () => client.GetTokenOperation(emulator.Audience, call), () => client.ListSecrets("demo", call), () => client.ListVersions("demo", "x", call),
                () => client.ListDeleted("demo", call), () => client.SetSecretOperation("demo", "x", new byte[] { 0x61 }, null, call),
                () => client.UpdateSecretOperation("demo", "x", null, new SecretAttributes { Enabled = true }, call), () => client.DeleteSecretOperation("demo", "x", call),
                () => client.GetDeletedSecretOperation("demo", "x", call), () => client.RecoverSecretOperation("demo", "x", call),
                () => client.PurgeSecretOperation("demo", "x", call), () => client.BackupSecretOperation("demo", "x", call),
                () => client.RestoreSecretOperation("demo", new byte[] { 0x61 }, call)
            })
            {
                DoorkeyException refused = Assert.Throws<DoorkeyException>(() => use().Dispose());
                Assert.Equal(DoorkeyStatus.Unsupported, refused.Status);
                Assert.StartsWith(option + ": ", refused.Message);
            }
            emulator.AssertUntouched();
        }

        [Fact]
        public void A_time_limit_must_be_more_than_nothing()
        {
            using EmulatorProcess own = new EmulatorProcess();
            using Client client = own.Client();
            DoorkeyException refused = Assert.Throws<DoorkeyException>(
                () => client.GetTokenOperation(own.Audience, new CallOptions { Timeout = TimeSpan.FromSeconds(-1) }));
            Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
            Assert.Throws<ArgumentOutOfRangeException>(() =>
            {
                using Operation<Token> operation = client.GetTokenOperation(own.Audience);
                operation.Wait(-2);
            });
        }

        [Fact]
        public void The_longest_time_is_the_one_that_the_message_names()
        {
            TimeSpan longest = TimeSpan.FromMilliseconds(uint.MaxValue);
            ClientOptions options = emulator.Options();
            options.Timeout = longest;
            using Client client = new Client(options);
            Refused(spoilt => spoilt.Timeout = longest + TimeSpan.FromTicks(1), "Timeout: must be more than nothing and at most 49.17:02:47.295");
            foreach (string option in new[] { nameof(CallOptions.Timeout), nameof(CallOptions.MaxAge), nameof(CallOptions.StaleIfError) })
            {
                CallOptions call = new CallOptions();
                typeof(CallOptions).GetProperty(option).SetValue(call, longest);
                CallOptions.ToNative(call).Dispose();
                foreach (TimeSpan tooLong in new[] { longest + TimeSpan.FromTicks(1), TimeSpan.MaxValue })
                {
                    typeof(CallOptions).GetProperty(option).SetValue(call, tooLong);
                    DoorkeyException refused = Assert.Throws<DoorkeyException>(() => client.GetSecretOperation("demo", "x", null, call));
                    Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
                    Assert.StartsWith(option + ": ", refused.Message);
                    Assert.EndsWith(" at most 49.17:02:47.295", refused.Message);
                }
            }
            emulator.AssertUntouched();
        }

        private void Refused(Action<ClientOptions> spoil, string argument)
        {
            ClientOptions options = emulator.Options();
            spoil(options);
            DoorkeyException refused = Assert.Throws<DoorkeyException>(() => new Client(options));
            Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
            Assert.StartsWith(argument, refused.Message);
        }
    }
}
