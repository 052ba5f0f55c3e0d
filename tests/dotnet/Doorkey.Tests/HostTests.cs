// Sources from C#: their names, what naming one comes to, claims, and that nothing which a host keeps secret is shown. What holds on every
// host alike is in EveryHostTests, how each protocol looks on the wire is tested in Rust.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Reflection;
using System.Text.Json;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class HostTests
    {
        private const string Guid = "11111111-2222-3333-4444-555555555555";
        private const string ResourceId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one";

        [Theory]
        [InlineData("app-service-2017", TokenSource.AppService2017)]
        [InlineData("app-service", TokenSource.AppService2017)]
        [InlineData("app-service", TokenSource.AppService)]
        [InlineData("workload-identity", TokenSource.WorkloadIdentity)]
        [InlineData("imds", TokenSource.Imds)]
        public void A_named_source_gives_a_token_that_says_so_and_does_for_the_vault(string host, string source)
        {
            using EmulatorProcess machine = EmulatorProcess.Of(host);
            ClientOptions options = machine.Options();
            options.Source = source;
            using Client client = new Client(options);
            using Token token = client.GetToken(machine.Audience);
            long requests = machine.Requests().Token;
            Assert.True(requests > 0, "the host was not asked");
            Assert.Equal(source, token.Source);
            Assert.Equal(machine.Audience, token.Resource);
            Assert.True(token.ExpiresOn > DateTimeOffset.UtcNow);
            Assert.Contains(" from " + source + ", ", token.ToString());
            Assert.All(machine.MachineSecrets().Append(token.RevealText()), secret => Assert.DoesNotContain(secret, token.ToString()));
            using Secret secret = client.GetSecret("demo", EmulatorProcess.SecretName);
            Assert.Equal(EmulatorProcess.SecretValue, secret.RevealText());
            Assert.Equal(requests, machine.Requests().Token);
        }

        [Theory]
        [InlineData(TokenSource.AppService)]
        [InlineData(TokenSource.AppService2017)]
        [InlineData(TokenSource.AzureMl)]
        [InlineData(TokenSource.CloudShell)]
        [InlineData(TokenSource.ServiceFabric)]
        [InlineData(TokenSource.WorkloadIdentity)]
        public void A_named_source_without_its_variables_is_unavailable_and_nothing_is_sent(string source)
        {
            using EmulatorProcess machine = new EmulatorProcess();
            ClientOptions options = machine.Options();
            options.Source = source;
            using Client client = new Client(options);
            DoorkeyException refused = Assert.Throws<DoorkeyException>(() => client.GetToken(machine.Audience));
            Assert.Equal(DoorkeyStatus.IdentityUnavailable, refused.Status);
            Assert.Contains(source, refused.Message);
            Assert.NotEmpty(refused.Advice);
            machine.AssertUntouched();
        }

        [Theory]
        [InlineData("")]
        [InlineData("IMDS")]
        [InlineData("appservice")]
        public void An_unknown_source_is_refused_with_the_names_that_TokenSource_has(string source)
        {
            DoorkeyException refused = Refused(options => options.Source = source, "Source: must be one of ");
            string[] listed = refused.Message.Substring("Source: must be one of ".Length).Split(", ");
            Assert.Equal(Constants().OrderBy(name => name, StringComparer.Ordinal), listed.OrderBy(name => name, StringComparer.Ordinal));
        }

        [Fact]
        public void Every_name_that_TokenSource_has_is_one_that_a_client_takes()
        {
            Assert.NotEmpty(Constants());
            foreach (string source in Constants())
            {
                new Client(new ClientOptions { Source = source, Environment = new Dictionary<string, string>() }).Dispose();
            }
        }

        [Fact]
        public void A_source_with_a_NUL_or_half_a_character_is_refused_rather_than_cut_off()
        {
            Refused(options => options.Source = "imds\0x", "Source: ");
            Refused(options => options.Source = "imds\ud800", "Source: ");
        }

        [Fact]
        public void A_token_of_the_callers_own_has_no_source_to_name()
        {
            Refused(options =>
            {
                options.AccessToken = new NetworkCredential("", "a.b.c").SecurePassword;
                options.Source = TokenSource.Imds;
            }, "AccessToken: ");
        }

        public static IEnumerable<object[]> Ids()
        {
            yield return Case("cloud-shell", options => options.ClientId = Guid, "ClientId: ");
            yield return Case("azure-ml", options => options.ObjectId = Guid, "ObjectId: ");
            yield return Case("workload-identity", options => options.IdentityResourceId = ResourceId, "IdentityResourceId: ");
            yield return Case("service-fabric", options => options.ClientId = Guid, "ClientId: ");
        }

        [Theory]
        [MemberData(nameof(Ids), DisableDiscoveryEnumeration = true)]
        public void An_id_that_the_host_would_ignore_is_refused_with_a_reason_for_secrets_as_for_tokens(string host, Action<ClientOptions> name, string argument)
        {
            using EmulatorProcess machine = EmulatorProcess.Of(host);
            ClientOptions options = machine.Options();
            name(options);
            using Client client = new Client(options);
            foreach (Action ask in new Action[] { () => client.GetTokenOperation(machine.Audience), () => client.GetSecret("demo", EmulatorProcess.SecretName) })
            {
                DoorkeyException refused = Assert.Throws<DoorkeyException>(ask);
                Assert.Equal(DoorkeyStatus.Unsupported, refused.Status);
                Assert.StartsWith(argument, refused.Message);
                Assert.True(refused.Message.Length > argument.Length + 20, refused.Message);
                Assert.NotEmpty(refused.Advice);
            }
            machine.AssertUntouched();
        }

        [Theory]
        [InlineData("imds")]
        [InlineData("workload-identity")]
        public void Claims_get_a_new_token_and_only_a_workload_identity_sends_them_on(string host)
        {
            using EmulatorProcess machine = EmulatorProcess.Of(host);
            using Client client = machine.Client();
            client.GetToken(machine.Audience).Dispose();
            client.GetToken(machine.Audience, new CallOptions { Claims = null }).Dispose();
            Assert.Equal(1, machine.Requests().Token);
            client.GetToken(machine.Audience, new CallOptions { Claims = "{\"access_token\":{\"nbf\":{\"value\":\"17\u00e4\"}}}" }).Dispose();
            Assert.Equal(2, machine.Requests().Token);
            JsonElement[] log = machine.TokenLog();
            Assert.DoesNotContain("claims", log[0].ToString());
            JsonElement last = log[1];
            if (host == "workload-identity")
            {
                Assert.Contains("&claims=%7B%22access_token%22", last.GetProperty("body").GetString());
                Assert.Contains("17%C3%A4", last.GetProperty("body").GetString());
            }
            else
            {
                Assert.DoesNotContain("claims", last.ToString());
            }
        }

        [Theory]
        [InlineData("")]
        [InlineData("{")]
        [InlineData("[]")]
        [InlineData("eyJhY2Nlc3NfdG9rZW4iOnt9fQ==")]
        [InlineData("{}\0")]
        public void Claims_that_are_no_JSON_object_are_refused_by_name_and_nothing_is_sent(string claims)
        {
            using EmulatorProcess machine = EmulatorProcess.Of("workload-identity");
            using Client client = machine.Client();
            CallOptions call = new CallOptions { Claims = claims };
            foreach (Action ask in new Action[]
            {
                () => client.GetTokenOperation(machine.Audience, call),
                () => client.GetSecretOperation("demo", EmulatorProcess.SecretName, null, call)
            })
            {
                DoorkeyException refused = Assert.Throws<DoorkeyException>(ask);
                Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
                Assert.StartsWith("Claims: ", refused.Message);
            }
            machine.AssertUntouched();
        }

        [Theory]
        [InlineData("app-service")]
        [InlineData("functions")]
        [InlineData("container-apps")]
        [InlineData("automation")]
        [InlineData("hybrid-worker")]
        [InlineData("service-fabric")]
        public void A_host_that_repeats_its_secret_header_gets_it_into_no_error(string host)
        {
            using EmulatorProcess machine = EmulatorProcess.Of(host);
            machine.Post("/fault", new { endpoint = "token", status = 400, echo = true });
            ShowsNoSecret(machine);
        }

        [ArcFact]
        public void An_agent_that_repeats_its_key_gets_it_into_no_error()
        {
            using EmulatorProcess machine = EmulatorProcess.Of("arc");
            machine.Post("/fault", new { endpoint = "token", status = 400, echo = true, skip = 1 });
            ShowsNoSecret(machine);
        }

        [Fact]
        public void A_directory_that_repeats_the_assertion_gets_it_into_no_error()
        {
            using EmulatorProcess machine = EmulatorProcess.Of("workload-identity");
            string assertion = machine.MachineSecrets().Single();
            string description = "AADSTS50027: what was sent: " + assertion;
            string body = JsonSerializer.Serialize(new { error = "invalid_client", error_description = description, trace_id = assertion });
            machine.Post("/fault", new { endpoint = "token", status = 400, body });
            ShowsNoSecret(machine);
        }

        /// <summary>The host was told to answer with what it was sent; the error says that it refused, and none of its secrets.</summary>
        private static void ShowsNoSecret(EmulatorProcess machine)
        {
            using Client client = machine.Client();
            DoorkeyException error = Assert.Throws<DoorkeyException>(() => client.GetToken(machine.Audience));
            Assert.Equal(400, error.HttpStatus);
            JsonElement sent = machine.TokenLog().Last();
            string[] secrets = machine.MachineSecrets();
            Assert.NotEmpty(secrets);
            // Without the mask nothing of the answer would have been shown, and nothing tested.
            Assert.Contains("****", error.Message);
            string shown = string.Join("|", error.ToString(), error.Message, error.Advice, error.Code, error.InnerCode, error.RequestId);
            foreach (string secret in secrets)
            {
                Assert.Contains(secret, sent.ToString());
                Assert.All(secret.Split('.').Where(part => part.Length > 0), part => Assert.DoesNotContain(part, shown));
            }
        }

        private static DoorkeyException Refused(Action<ClientOptions> spoil, string start)
        {
            ClientOptions options = new ClientOptions { Environment = new Dictionary<string, string>() };
            spoil(options);
            DoorkeyException refused = Assert.Throws<DoorkeyException>(() => new Client(options));
            Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
            Assert.StartsWith(start, refused.Message);
            return refused;
        }

        private static string[] Constants()
        {
            return typeof(TokenSource).GetFields(BindingFlags.Static | BindingFlags.Public)
                .Where(field => field.IsLiteral)
                .Select(field => (string)field.GetRawConstantValue())
                .ToArray();
        }

        private static object[] Case(string host, Action<ClientOptions> name, string argument)
        {
            return new object[] { host, name, argument };
        }
    }

    /// <summary>For tests that need the folder of Azure Arc's agent, which is one for the whole machine: the library reads keys from there alone.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    internal sealed class ArcFactAttribute : FactAttribute
    {
        public ArcFactAttribute()
        {
            if (Environment.GetEnvironmentVariable("DOORKEY_TEST_ARC") != "1")
            {
                Skip = "the folder of Azure Arc's agent cannot be used here (DOORKEY_TEST_ARC is not 1)";
            }
        }
    }
}
