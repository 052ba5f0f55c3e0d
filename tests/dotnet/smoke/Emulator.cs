// The emulator's program for the smoke test: started, scripted and ended with nothing but what .NET Framework 4.6.2 has.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Doorkey;

internal sealed class Emulator : IDisposable
{
    internal const string SecretName = "MyTestSecret";
    internal const string SecretValue = "p@ssw0rd!";

    private readonly Process process;
    private readonly string served;

    internal Emulator() : this("imds", "AZURE_POD_IDENTITY_AUTHORITY_HOST")
    {
    }

    /// <summary>A machine of the kind that `--source` calls so, and the variables by which it is found.</summary>
    internal Emulator(string host, params string[] variables)
    {
        string program = System.Environment.GetEnvironmentVariable("DOORKEY_EMULATOR");
        if (string.IsNullOrEmpty(program))
        {
            throw new InvalidOperationException("DOORKEY_EMULATOR must be the path of the emulator's program");
        }
        string arguments = "serve --format json --until-eof --control --source " + host + " --secret " + SecretName + "=" + SecretValue;
        process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false
        });
        served = process.StandardOutput.ReadLine();
        Environment = new Dictionary<string, string>();
        foreach (string name in variables.Concat(new[] { "DOORKEY_CA_FILE", "DOORKEY_VAULT_SUFFIX" }))
        {
            Environment[name] = Says(name);
        }
    }

    internal Dictionary<string, string> Environment { get; private set; }

    internal string Audience
    {
        get { return "https://" + Environment["DOORKEY_VAULT_SUFFIX"].Split(':')[0]; }
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(30000))
        {
            process.Kill();
        }
        process.Dispose();
    }

    internal Client Client()
    {
        return new Client(new ClientOptions { Environment = Environment, RetriesMax = 0 });
    }

    internal void Hold()
    {
        Control("POST", "/fault", "{\"endpoint\":\"vault\",\"hold\":true}");
    }

    internal void WaitUntilHeld()
    {
        Control("GET", "/hold/wait?count=1", null);
    }

    internal void Release()
    {
        Control("POST", "/hold/release", "{}");
        Control("POST", "/faults/clear", "{}");
    }

    internal void Control(string method, string path, string body)
    {
        HttpWebRequest request = (HttpWebRequest)WebRequest.Create(Says("control") + path);
        request.Method = method;
        request.Proxy = null;
        if (body != null)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(body);
            request.ContentType = "application/json";
            request.ContentLength = bytes.Length;
            using (Stream stream = request.GetRequestStream())
            {
                stream.Write(bytes, 0, bytes.Length);
            }
        }
        request.GetResponse().Dispose();
    }

    /// <summary>One of the texts in the line that it printed; there is no JSON reader in the assemblies at hand.</summary>
    private string Says(string name)
    {
        Match match = Regex.Match(served, "\"" + name + "\":\"([^\"]*)\"");
        if (!match.Success)
        {
            throw new InvalidOperationException("the emulator does not say '" + name + "': " + served);
        }
        return match.Groups[1].Value.Replace("\\\\", "\\");
    }
}
