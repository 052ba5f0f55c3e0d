// Microsoft's tutorial in C#: a token of this machine's managed identity, and with it a secret from a Key Vault.
// Runs on .NET and, compiled by mcs, on Mono. To try it without Azure, start the emulator and set the variables that it prints.
using System;
using System.Net;
using System.Security;
using Doorkey;

internal static class Tutorial
{
    private static int Main(string[] arguments)
    {
        string vault = arguments.Length > 0 ? arguments[0] : "demo";
        // Where the token comes from is found by itself, unless a source is named.
        string source = arguments.Length > 1 ? arguments[1] : null;
        try
        {
            using (Client client = new Client(new ClientOptions { Source = source }))
            {
                using (Token token = client.GetToken(Audience()))
                {
                    Console.WriteLine("source={0}", token.Source);
                }
                using (Secret secret = client.GetSecret(vault, "MyTestSecret"))
                {
                    Console.WriteLine("id={0}", secret.Id);
                    Console.WriteLine("version={0}", secret.Version);
                    Show(secret);
                }
            }
            return 0;
        }
        catch (DoorkeyException exception)
        {
            Console.Error.WriteLine("{0}: {1}", exception.Status, exception.Message);
            Console.Error.WriteLine(exception.Advice);
            return 1;
        }
    }

    /// <summary>Printing the value is this example's purpose. A program hands the SecureString, or the bytes, to what needs them.</summary>
    private static void Show(Secret secret)
    {
        using (SecureString value = secret.ToSecureString())
        {
            Console.WriteLine("value={0}", new NetworkCredential("", value).Password);
        }
    }

    /// <summary>The audience of the vaults: in Azure always the same, with an emulator or another cloud https:// and the suffix without its port.</summary>
    private static string Audience()
    {
        string suffix = Environment.GetEnvironmentVariable("DOORKEY_VAULT_SUFFIX");
        return "https://" + (string.IsNullOrEmpty(suffix) ? "vault.azure.net" : suffix.Split(':')[0]);
    }
}
