// What a client gets: tokens, and secrets by every form of address, with everything that is known about them.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading.Tasks;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class ClientTests : IClassFixture<EmulatorProcess>
    {
        private readonly EmulatorProcess emulator;

        public ClientTests(EmulatorProcess emulator)
        {
            this.emulator = emulator;
        }

        [Fact]
        public void A_token_says_what_it_is_for_and_where_it_came_from()
        {
            using Client client = emulator.Client();
            using Token token = client.GetToken(emulator.Audience);
            Assert.Equal(emulator.Audience, token.Resource);
            Assert.Equal("imds", token.Source);
            Assert.True(token.ExpiresOn > DateTimeOffset.UtcNow);
            Assert.True(token.Length > 0);
        }

        [Fact]
        public void A_secret_comes_with_all_that_the_vault_says_about_it()
        {
            emulator.Post("/secret", new
            {
                name = "described",
                value = "v",
                enabled = true,
                content_type = "text/plain",
                tags = new Dictionary<string, string> { { "team", "blue" }, { "stage", "test" } },
                exp = 4102444800,
                nbf = 1577836800
            });
            using Client client = emulator.Client();
            using Secret secret = client.GetSecret("demo", "described");
            Assert.Equal("demo", secret.Vault);
            Assert.Equal("described", secret.Name);
            Assert.Equal(32, secret.Version.Length);
            Assert.EndsWith("/secrets/described/" + secret.Version, secret.Id);
            Assert.Equal("text/plain", secret.ContentType);
            Assert.True(secret.Enabled);
            Assert.Equal(new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero), secret.Expires);
            Assert.Equal(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), secret.NotBefore);
            Assert.NotNull(secret.Created);
            Assert.NotNull(secret.Updated);
            Assert.Equal(new[] { "stage=test", "team=blue" }, secret.Tags.Select(tag => tag.Key + "=" + tag.Value).OrderBy(tag => tag, StringComparer.Ordinal));
        }

        [Theory]
        [InlineData(0, 0)]
        [InlineData(-86400, -86400)]
        [InlineData(-62135596800, -62135596800)]
        [InlineData(-62135596801, -62135596800)]
        [InlineData(long.MinValue, -62135596800)]
        [InlineData(long.MaxValue, 253402300799)]
        public void A_time_that_the_vault_says_is_that_time_or_the_nearest_that_dotnet_can_hold(long said, long seen)
        {
            emulator.Post("/secret", new { name = "dated", value = "v", exp = said, nbf = said });
            using Client client = emulator.Client();
            using Secret secret = client.GetSecret("demo", "dated");
            Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(seen), secret.Expires);
            Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(seen), secret.NotBefore);
        }

        [Fact]
        public void What_the_vault_does_not_say_is_null()
        {
            using Client client = emulator.Client();
            using Secret secret = client.GetSecret("demo", EmulatorProcess.SecretName);
            Assert.Null(secret.ContentType);
            Assert.Null(secret.Expires);
            Assert.Null(secret.NotBefore);
            Assert.Empty(secret.Tags);
        }

        [Fact]
        public void A_vault_may_be_named_by_name_host_or_address()
        {
            using Client client = emulator.Client();
            foreach (string vault in new[] { "demo", emulator.VaultHost, emulator.VaultUrl, emulator.VaultUrl + "/" })
            {
                using Secret secret = client.GetSecret(vault, EmulatorProcess.SecretName);
                Assert.Equal(EmulatorProcess.SecretValue, secret.RevealText());
            }
        }

        [Fact]
        public void A_whole_id_names_vault_secret_and_version_at_once()
        {
            using Client client = emulator.Client();
            using Secret latest = client.GetSecret(emulator.VaultUrl + "/secrets/" + EmulatorProcess.SecretName, null);
            using Secret version = client.GetSecret(latest.Id, null);
            Assert.Equal(latest.Version, version.Version);
            Assert.Equal(EmulatorProcess.SecretValue, version.RevealText());
        }

        [Fact]
        public void An_old_version_can_be_read_after_a_new_one_was_set()
        {
            using Client client = emulator.Client();
            emulator.Post("/secret", new { name = "rotated", value = "old" });
            using Secret old = client.GetSecret("demo", "rotated");
            emulator.Post("/secret", new { name = "rotated", value = "new" });
            using Secret latest = client.GetSecret("demo", "rotated");
            using Secret again = client.GetSecret("demo", "rotated", old.Version);
            Assert.Equal("new", latest.RevealText());
            Assert.Equal("old", again.RevealText());
        }

        [Fact]
        public void A_second_token_comes_from_the_cache_until_a_new_one_is_forced()
        {
            using EmulatorProcess own = new EmulatorProcess();
            using Client client = own.Client();
            client.GetToken(own.Audience).Dispose();
            client.GetToken(own.Audience).Dispose();
            Assert.Equal(1, own.Requests().Token);
            client.GetToken(own.Audience, new CallOptions { ForceRefresh = true }).Dispose();
            Assert.Equal(2, own.Requests().Token);
        }

        [Fact]
        public void A_token_of_the_callers_own_is_used_instead_of_an_identity()
        {
            using EmulatorProcess own = new EmulatorProcess();
            string issued = own.Post("/tokens/issue", new { audience = own.Audience, lifetime_s = 600 }).GetProperty("token").GetString();
            ClientOptions options = own.Options();
            options.AccessToken = new NetworkCredential("", issued).SecurePassword;
            using Client client = new Client(options);
            using Secret secret = client.GetSecret("demo", EmulatorProcess.SecretName);
            Assert.Equal(EmulatorProcess.SecretValue, secret.RevealText());
            Assert.Equal(0, own.Requests().Token);
        }

        [Fact]
        public void A_user_assigned_identity_is_chosen_by_any_of_its_ids()
        {
            const string clientId = "11111111-2222-3333-4444-555555555555";
            const string objectId = "66666666-7777-8888-9999-000000000000";
            const string resourceId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one";
            using EmulatorProcess own = new EmulatorProcess("--no-system-assigned", "--user-assigned",
                "client-id=" + clientId + ",object-id=" + objectId + ",resource-id=" + resourceId,
                "--user-assigned", "client-id=00000000-2222-3333-4444-555555555555");
            foreach (Action<ClientOptions> choose in new Action<ClientOptions>[]
            {
                options => options.ClientId = clientId,
                options => options.ObjectId = objectId,
                options => options.IdentityResourceId = resourceId
            })
            {
                ClientOptions chosen = own.Options();
                choose(chosen);
                using Client client = new Client(chosen);
                using Token token = client.GetToken(own.Audience);
                Assert.Equal(clientId, token.ClientId ?? clientId);
            }
            using Client undecided = own.Client();
            DoorkeyException refused = Assert.Throws<DoorkeyException>(() => undecided.GetToken(own.Audience));
            Assert.Equal(DoorkeyStatus.IdentityAmbiguous, refused.Status);
        }

        [Fact]
        public void A_suffix_given_as_an_option_replaces_the_variable()
        {
            ClientOptions options = emulator.Options();
            string suffix = options.Environment["DOORKEY_VAULT_SUFFIX"];
            options.Environment.Remove("DOORKEY_VAULT_SUFFIX");
            options.VaultSuffixes.Add(new VaultSuffix(suffix, emulator.Audience));
            using Client client = new Client(options);
            using Secret secret = client.GetSecret(emulator.VaultUrl, EmulatorProcess.SecretName);
            Assert.Equal(EmulatorProcess.SecretValue, secret.RevealText());
        }

        [Fact]
        public void Certificates_given_as_an_option_replace_the_variable()
        {
            ClientOptions options = emulator.Options();
            options.CaPem = System.IO.File.ReadAllText(options.Environment["DOORKEY_CA_FILE"]);
            options.Environment.Remove("DOORKEY_CA_FILE");
            using Client client = new Client(options);
            using Secret secret = client.GetSecret("demo", EmulatorProcess.SecretName);
            Assert.Equal(EmulatorProcess.SecretValue, secret.RevealText());
        }

        [Fact]
        public void The_vaults_are_spoken_to_in_the_version_that_the_options_say()
        {
            using EmulatorProcess own = new EmulatorProcess();
            ClientOptions options = own.Options();
            options.VaultApiVersion = "7.3";
            using Client client = new Client(options);
            client.GetSecret("demo", EmulatorProcess.SecretName).Dispose();
            Assert.EndsWith("?api-version=7.3", own.VaultLog().Single());
        }

        [Fact]
        public async Task Many_threads_may_share_one_client()
        {
            using Client client = emulator.Client();
            IEnumerable<Task<string>> readers = Enumerable.Range(0, 16).Select(_ => Task.Run(() =>
            {
                using Secret secret = client.GetSecret("demo", EmulatorProcess.SecretName);
                return secret.RevealText();
            }));
            Assert.All(await Patience.Within(Task.WhenAll(readers)), value => Assert.Equal(EmulatorProcess.SecretValue, value));
        }

        [Fact]
        public void A_disposed_client_refuses_and_its_operations_go_on()
        {
            Client client = emulator.Client();
            using Operation<Secret> operation = client.GetSecretOperation("demo", EmulatorProcess.SecretName);
            client.Dispose();
            using Secret secret = operation.Take();
            Assert.Equal(EmulatorProcess.SecretValue, secret.RevealText());
            Assert.Throws<ObjectDisposedException>(() => client.GetToken(emulator.Audience));
            client.Dispose();
        }

        [Fact]
        public void Caches_can_be_emptied_at_any_time()
        {
            using Client client = emulator.Client();
            client.ClearCache();
            client.GetToken(emulator.Audience).Dispose();
            client.ClearCache();
            client.GetToken(emulator.Audience).Dispose();
        }
    }
}
