// Starts the emulator's program, makes clients that reach it and nothing else, and scripts it through its control endpoint.
// One for each test class; it ends when its standard input does, so it outlives nobody.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class EmulatorProcess : IDisposable
    {
        public const string SecretName = "MyTestSecret";
        public const string SecretValue = "p@ssw0rd!";

        private readonly Process process;
        private readonly JsonElement served;
        private readonly HttpClient http = new HttpClient(new HttpClientHandler { UseProxy = false });

        public EmulatorProcess() : this(Array.Empty<string>())
        {
        }

        /// <summary>A machine of the kind that `--source` calls so.</summary>
        internal static EmulatorProcess Of(string host)
        {
            return new EmulatorProcess("--source", host);
        }

        internal EmulatorProcess(params string[] arguments)
        {
            string program = System.Environment.GetEnvironmentVariable("DOORKEY_EMULATOR")
                ?? throw new InvalidOperationException("DOORKEY_EMULATOR must be the path of the emulator's program");
            ProcessStartInfo start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
            foreach (string argument in new[] { "serve", "--format", "json", "--until-eof", "--control", "--secret", SecretName + "=" + SecretValue })
            {
                start.ArgumentList.Add(argument);
            }
            Array.ForEach(arguments, start.ArgumentList.Add);
            process = Process.Start(start);
            string line = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the emulator ended without a word");
            served = JsonDocument.Parse(line).RootElement;
            Environment = new Dictionary<string, string>();
            // A name of its own: the token cache is the process's, and a later emulator may get the port of an earlier one.
            string own = "//" + Guid.NewGuid().ToString("N") + ".localhost:";
            foreach (JsonProperty variable in served.GetProperty("environment").EnumerateObject())
            {
                string value = variable.Value.GetString();
                bool isEndpoint = variable.Name.EndsWith("_ENDPOINT", StringComparison.Ordinal) || variable.Name == "AZURE_POD_IDENTITY_AUTHORITY_HOST";
                Environment[variable.Name] = isEndpoint ? value.Replace("//127.0.0.1:", own).Replace("//localhost:", own) : value;
            }
        }

        /// <summary>The variables that lead a client here.</summary>
        public Dictionary<string, string> Environment { get; }

        public string VaultUrl
        {
            get { return served.GetProperty("vault_url").GetString(); }
        }

        public string VaultHost
        {
            get { return VaultUrl.Substring("https://".Length); }
        }

        public string Audience
        {
            get { return "https://" + Environment["DOORKEY_VAULT_SUFFIX"].Split(':')[0]; }
        }

        /// <summary>What no error may show: the secret of the header, the keys that Arc's agent gave so far, and a pod's assertion.</summary>
        internal string[] MachineSecrets()
        {
            JsonElement secrets = Get("/machine/secrets");
            IEnumerable<JsonElement> all = new[] { secrets.GetProperty("secret_header"), secrets.GetProperty("assertion") }
                .Concat(secrets.GetProperty("arc_keys").EnumerateArray());
            return all.Where(secret => secret.ValueKind == JsonValueKind.String).Select(secret => secret.GetString()).ToArray();
        }

        /// <summary>What reached the token endpoint, the latest last: headers and body as they were sent.</summary>
        internal JsonElement[] TokenLog()
        {
            return Get("/log").EnumerateArray().Where(request => request.GetProperty("endpoint").GetString() == "token").ToArray();
        }

        /// <summary>What reached the vault, the latest last: method and target.</summary>
        internal string[] VaultLog()
        {
            return Get("/log").EnumerateArray().Where(request => request.GetProperty("endpoint").GetString() == "vault")
                .Select(request => request.GetProperty("method").GetString() + " " + request.GetProperty("target").GetString()).ToArray();
        }

        /// <summary>A secret behind the vault's answers: its versions, the latest last.</summary>
        internal JsonElement[] Stored(string name)
        {
            return Get("/secret?name=" + name).GetProperty("versions").EnumerateArray().ToArray();
        }

        internal void Set(string name, string value)
        {
            Post("/secret", new { name, value });
        }

        public ClientOptions Options()
        {
            return new ClientOptions { Environment = new Dictionary<string, string>(Environment), RetriesMax = 0 };
        }

        public Client Client()
        {
            return new Client(Options());
        }

        /// <summary>How many requests both endpoints have seen.</summary>
        public (long Token, long Vault) Requests()
        {
            JsonElement counters = Get("/requests");
            return (counters.GetProperty("token").GetInt64(), counters.GetProperty("vault").GetInt64());
        }

        /// <summary>Everything that reached the emulator, down to the connection.</summary>
        /// <remarks>Only to be compared where all that was asked has been answered: what was left or cancelled arrives when it likes.</remarks>
        public string AllCounters()
        {
            return Get("/requests").ToString();
        }

        /// <summary>Nothing has reached the emulator since it started, not even a connection.</summary>
        public void AssertUntouched()
        {
            Assert.All(Get("/requests").EnumerateObject(), counter => Assert.Equal("0", counter.Value.ToString()));
        }

        public JsonElement Get(string path)
        {
            return Body(http.GetAsync(served.GetProperty("control").GetString() + path).Result);
        }

        public JsonElement Post(string path, object body = null)
        {
            StringContent content = new StringContent(JsonSerializer.Serialize(body ?? new { }), Encoding.UTF8, "application/json");
            return Body(http.PostAsync(served.GetProperty("control").GetString() + path, content).Result);
        }

        /// <summary>Holds the next request, or the next that has this in its address; <see cref="WaitUntilHeld"/> and <see cref="Release"/> go with it.</summary>
        public void Hold(string endpoint, string target = null)
        {
            Post("/fault", new { endpoint, hold = true, times = 1, target_contains = target });
        }

        public void WaitUntilHeld(int count = 1)
        {
            Get("/hold/wait?count=" + count);
        }

        public void Release()
        {
            Post("/hold/release");
            Post("/faults/clear");
        }

        public void Dispose()
        {
            process.StandardInput.Close();
            if (!process.WaitForExit(30000))
            {
                process.Kill();
            }
            process.Dispose();
            http.Dispose();
        }

        private static JsonElement Body(HttpResponseMessage answer)
        {
            string text = answer.Content.ReadAsStringAsync().Result;
            if (!answer.IsSuccessStatusCode)
            {
                throw new InvalidOperationException("the emulator's control endpoint said: " + text);
            }
            return JsonDocument.Parse(text).RootElement;
        }
    }
}
