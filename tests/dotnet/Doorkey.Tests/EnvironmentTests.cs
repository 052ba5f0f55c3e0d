// The environment goes to the native library from managed code, because .NET on Unix keeps a copy of its own that native code does not see.
using System;
using System.Collections.Generic;
using Xunit;

namespace Doorkey.Tests
{
    [Collection("the variables of the process")]
    public sealed class EnvironmentTests : IClassFixture<EmulatorProcess>
    {
        private readonly EmulatorProcess emulator;

        public EnvironmentTests(EmulatorProcess emulator)
        {
            this.emulator = emulator;
        }

        [Fact]
        public void The_library_names_the_variables_that_it_reads()
        {
            Assert.Contains("AZURE_POD_IDENTITY_AUTHORITY_HOST", Client.EnvironmentNames);
            Assert.Contains("DOORKEY_VAULT_SUFFIX", Client.EnvironmentNames);
            Assert.Contains("DOORKEY_CA_FILE", Client.EnvironmentNames);
        }

        [Fact]
        public void Variables_set_by_managed_code_count_without_any_option()
        {
            WithVariables(() =>
            {
                using Client client = new Client();
                using Secret secret = client.GetSecret("demo", EmulatorProcess.SecretName);
                Assert.Equal(EmulatorProcess.SecretValue, secret.RevealText());
            });
        }

        [Fact]
        public void A_client_keeps_the_variables_that_the_process_had_when_it_was_made()
        {
            Client client = null;
            WithVariables(() => client = new Client());
            using (client)
            using (Secret secret = client.GetSecret("demo", EmulatorProcess.SecretName))
            {
                Assert.Equal(EmulatorProcess.SecretValue, secret.RevealText());
            }
        }

        [Fact]
        public void A_given_environment_replaces_that_of_the_process()
        {
            using Client client = new Client(new ClientOptions
            {
                Environment = new Dictionary<string, string> { { "AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1" } },
                RetriesMax = 0
            });
            DoorkeyException refused = Assert.Throws<DoorkeyException>(() => client.GetToken("https://vault.azure.net"));
            Assert.Equal(DoorkeyStatus.IdentityUnavailable, refused.Status);
        }

        [Fact]
        public void A_client_keeps_the_environment_that_it_was_made_with()
        {
            ClientOptions options = emulator.Options();
            using Client client = new Client(options);
            options.Environment.Clear();
            using Secret secret = client.GetSecret("demo", EmulatorProcess.SecretName);
            Assert.Equal(EmulatorProcess.SecretValue, secret.RevealText());
        }

        [Fact]
        public void A_NUL_in_a_variable_is_refused_rather_than_cut_off()
        {
            ClientOptions options = emulator.Options();
            options.Environment["DOORKEY_VAULT_SUFFIX"] = "vault.azure.net\0.example";
            DoorkeyException refused = Assert.Throws<DoorkeyException>(() => new Client(options));
            Assert.Equal(DoorkeyStatus.InvalidArgument, refused.Status);
        }

        /// <summary>While the process's variables lead to the emulator.</summary>
        private void WithVariables(Action use)
        {
            Dictionary<string, string> before = new Dictionary<string, string>();
            try
            {
                foreach (KeyValuePair<string, string> variable in emulator.Environment)
                {
                    before[variable.Key] = Environment.GetEnvironmentVariable(variable.Key);
                    Environment.SetEnvironmentVariable(variable.Key, variable.Value);
                }
                use();
            }
            finally
            {
                foreach (KeyValuePair<string, string> variable in before)
                {
                    Environment.SetEnvironmentVariable(variable.Key, variable.Value);
                }
            }
        }
    }
}
