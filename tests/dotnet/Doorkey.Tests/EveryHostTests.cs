// What holds on every kind of host alike, one line of data for each: found by the variables of the process, asked by name whatever else is
// set, and the ids that it takes. What is special to single hosts is in HostTests.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Xunit;
using Xunit.Sdk;

namespace Doorkey.Tests
{
    [Collection("the variables of the process")]
    public sealed class EveryHostTests
    {
        private const string Guid = "11111111-2222-3333-4444-555555555555";
        private const string ResourceId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one";

        [Theory]
        [EveryHost]
        [Arc]
        public void Is_found_by_the_variables_of_the_process(string host, string source, string ids)
        {
            Assert.NotNull(ids);
            using EmulatorProcess emulator = new EmulatorProcess("--source", host);
            Dictionary<string, string> before = emulator.Environment.Keys.ToDictionary(variable => variable, Environment.GetEnvironmentVariable);
            try
            {
                foreach (string variable in before.Keys)
                {
                    Environment.SetEnvironmentVariable(variable, emulator.Environment[variable]);
                }
                using Client client = new Client(new ClientOptions { Source = UnlessFound(source) });
                using Token token = client.GetToken(emulator.Audience);
                Assert.Equal(source, token.Source);
                using Secret secret = client.GetSecret("demo", EmulatorProcess.SecretName);
                Assert.Equal(EmulatorProcess.SecretValue, secret.RevealText());
            }
            finally
            {
                foreach (KeyValuePair<string, string> variable in before)
                {
                    Environment.SetEnvironmentVariable(variable.Key, variable.Value);
                }
            }
        }

        [Theory]
        [EveryHost]
        [Arc]
        public void Is_asked_when_it_is_named_whatever_else_the_environment_has(string host, string source, string ids)
        {
            Assert.NotNull(ids);
            using EmulatorProcess emulator = new EmulatorProcess("--source", host);
            ClientOptions options = emulator.Options();
            // What is looked for first; a host keeps those that are its own.
            options.Environment.TryAdd("IDENTITY_ENDPOINT", "https://127.0.0.1:1/");
            options.Environment.TryAdd("IDENTITY_HEADER", "stray");
            options.Environment.TryAdd("IDENTITY_SERVER_THUMBPRINT", new string('0', 40));
            options.Source = source;
            using (Client client = new Client(options))
            using (Token token = client.GetToken(emulator.Audience))
            {
                Assert.Equal(source, token.Source);
            }
            if (source != TokenSource.ServiceFabric)
            {
                options.Source = null;
                using Client misled = new Client(options);
                long asked = emulator.Requests().Token;
                Assert.Throws<DoorkeyException>(() => misled.GetToken("https://storage.azure.com"));
                Assert.Equal(asked, emulator.Requests().Token);
            }
        }

        [Theory]
        [EveryHost]
        [Arc]
        public void Takes_these_ids_and_refuses_the_others_before_anything_is_sent(string host, string source, string ids)
        {
            using EmulatorProcess emulator = new EmulatorProcess("--source", host, "--user-assigned",
                "client-id=" + Guid + ",object-id=" + Guid + ",resource-id=" + ResourceId);
            foreach (string property in new[] { nameof(ClientOptions.ClientId), nameof(ClientOptions.ObjectId), nameof(ClientOptions.IdentityResourceId) })
            {
                ClientOptions options = emulator.Options();
                options.Source = UnlessFound(source);
                typeof(ClientOptions).GetProperty(property).SetValue(options, property == nameof(ClientOptions.IdentityResourceId) ? ResourceId : Guid);
                using Client client = new Client(options);
                string before = emulator.AllCounters();
                if (ids.Split(' ').Contains(property))
                {
                    client.GetToken(emulator.Audience).Dispose();
                    Assert.NotEqual(before, emulator.AllCounters());
                    continue;
                }
                DoorkeyException refused = Assert.Throws<DoorkeyException>(() => client.GetToken(emulator.Audience));
                Assert.Equal(DoorkeyStatus.Unsupported, refused.Status);
                Assert.StartsWith(property + ": ", refused.Message);
                Assert.Equal(before, emulator.AllCounters());
            }
        }

        /// <summary>One source is never found by itself.</summary>
        private static string UnlessFound(string source)
        {
            return source == TokenSource.AppService2017 ? source : null;
        }
    }

    /// <summary>Every host that can be had on any machine: the emulator's word for it, its source, the ids that it takes.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    internal sealed class EveryHostAttribute : DataAttribute
    {
        private const string ClientIdOnly = nameof(ClientOptions.ClientId);

        internal const string AnyId = "ClientId ObjectId IdentityResourceId";

        public override IEnumerable<object[]> GetData(MethodInfo testMethod)
        {
            yield return new object[] { "imds", TokenSource.Imds, AnyId };
            yield return new object[] { "app-service", TokenSource.AppService, AnyId };
            yield return new object[] { "functions", TokenSource.AppService, AnyId };
            yield return new object[] { "container-apps", TokenSource.AppService, AnyId };
            yield return new object[] { "automation", TokenSource.AppService, AnyId };
            yield return new object[] { "hybrid-worker", TokenSource.AppService, AnyId };
            yield return new object[] { "arc-kubernetes", TokenSource.AppService, AnyId };
            yield return new object[] { "cloud-shell", TokenSource.CloudShell, "" };
            yield return new object[] { "service-fabric", TokenSource.ServiceFabric, nameof(ClientOptions.ObjectId) };
            yield return new object[] { "azure-ml", TokenSource.AzureMl, ClientIdOnly };
            yield return new object[] { "workload-identity", TokenSource.WorkloadIdentity, ClientIdOnly };
            yield return new object[] { "app-service-2017", TokenSource.AppService2017, ClientIdOnly };
        }
    }

    /// <summary>Azure Arc, whose agent has one folder on a machine for its keys, which is no test's to write to unless it is said to be.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    internal sealed class ArcAttribute : DataAttribute
    {
        public ArcAttribute()
        {
            if (Environment.GetEnvironmentVariable("DOORKEY_TEST_ARC") != "1")
            {
                Skip = "the folder of Azure Arc's agent cannot be used here (DOORKEY_TEST_ARC is not 1)";
            }
        }

        public override IEnumerable<object[]> GetData(MethodInfo testMethod)
        {
            yield return new object[] { "arc", TokenSource.Arc, EveryHostAttribute.AnyId };
        }
    }
}
