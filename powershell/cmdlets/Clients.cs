// The clients that calls share, one for each way of being asked. A client is what it was made with, so a variable that changed since makes another.
// Tokens outlive the clients: the native library keeps them for the process.
using System;
using System.Collections.Generic;
using System.Text;

namespace Doorkey.PowerShell
{
    internal static class Clients
    {
        /// <summary>More identities than a session uses at a time; the one that was not used for the longest goes first.</summary>
        private const int KeptMax = 16;

        private static readonly object Gate = new object();
        private static readonly List<KeyValuePair<string, Client>> Kept = new List<KeyValuePair<string, Client>>();
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

        private static void Promote(KeyValuePair<string, Client> used, int index)
        {
            if (index > 0)
            {
                Kept.RemoveAt(index);
            }
            else if (Kept.Count == KeptMax)
            {
                // Not disposed of: another runspace may be about to use it. Its finalizer frees it.
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

        /// <summary>Everything that makes a difference; NUL separates, since no part can hold one.</summary>
        private static string Key(ClientOptions options)
        {
            StringBuilder key = new StringBuilder(256);
            key.Append(options.ClientId).Append('\0').Append(options.ObjectId).Append('\0').Append(options.IdentityResourceId);
            foreach (KeyValuePair<string, string> variable in options.Environment)
            {
                key.Append('\0').Append(variable.Key).Append('\0').Append(variable.Value);
            }
            return key.ToString();
        }
    }
}
