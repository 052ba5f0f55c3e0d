// The clients that calls share, one for each way of being asked. A client is what it was made with, so a variable that changed since makes another.
// Tokens outlive the clients: the native library keeps them for the process.
using System;
using System.Collections.Generic;
using System.Security.Cryptography;
using System.Text;

namespace Doorkey.PowerShell
{
    internal static class Clients
    {
        /// <summary>More identities than a session uses at a time; the one that was not used for the longest goes first.</summary>
        private const int KeptMax = 16;

        private static readonly object Gate = new object();
        private static readonly List<KeyValuePair<string, Client>> Kept = new List<KeyValuePair<string, Client>>();
        private static readonly byte[] Separator = { 0 };
        private static string[] environmentNames;

        internal static Client For(ClientOptions options)
        {
            lock (Gate)
            {
                options.Environment = Environment();
                string key = Key(options);
                int index = Kept.FindIndex(kept => kept.Key == key);
                KeyValuePair<string, Client> found = index >= 0 ? Kept[index] : new KeyValuePair<string, Client>(key, new Client(options));
                if (index != 0)
                {
                    Promote(found, index);
                }
                return found.Value;
            }
        }

        /// <summary>Forgets the tokens and secrets of all of them, and the tokens that outlived their clients.</summary>
        internal static void Clear()
        {
            lock (Gate)
            {
                Kept.ForEach(kept => kept.Value.ClearCache());
                Client.ClearTokenCache();
            }
        }

        private static void Promote(KeyValuePair<string, Client> used, int index)
        {
            if (index > 0)
            {
                Kept.RemoveAt(index);
            }
            else if (Kept.Count == KeptMax)
            {
                // Not disposed of: another runspace may be about to use it. Its finalizer frees it, and the secrets that it keeps with it.
                Kept.RemoveAt(KeptMax - 1);
            }
            Kept.Insert(0, used);
        }

        private static Dictionary<string, string> Environment()
        {
            environmentNames = environmentNames ?? Client.EnvironmentNames;
            Dictionary<string, string> environment = new Dictionary<string, string>(environmentNames.Length);
            foreach (string name in environmentNames)
            {
                string value = System.Environment.GetEnvironmentVariable(name);
                if (value != null)
                {
                    environment[name] = value;
                }
            }
            return environment;
        }

        /// <summary>
        /// A hash of everything that makes a difference: variables hold the secrets of token endpoints and passwords of proxies, which must not
        /// stay in memory for as long as a client does. The provider is the one that .NET Framework has under the rules of FIPS 140 too.
        /// </summary>
        private static string Key(ClientOptions options)
        {
            using (SHA256 hash = new SHA256CryptoServiceProvider())
            {
                Add(hash, options.ClientId);
                Add(hash, options.ObjectId);
                Add(hash, options.IdentityResourceId);
                Add(hash, options.Source);
                foreach (KeyValuePair<string, string> variable in options.Environment)
                {
                    Add(hash, variable.Key);
                    Add(hash, variable.Value);
                }
                hash.TransformFinalBlock(Separator, 0, 0);
                return Convert.ToBase64String(hash.Hash);
            }
        }

        /// <summary>A separator follows each piece, since none can hold a NUL.</summary>
        private static void Add(SHA256 hash, string piece)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(piece ?? "");
            hash.TransformBlock(bytes, 0, bytes.Length, null, 0);
            hash.TransformBlock(Separator, 0, Separator.Length, null, 0);
            Array.Clear(bytes, 0, bytes.Length);
        }
    }
}
