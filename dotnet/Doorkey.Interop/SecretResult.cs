// What a call for several secrets gave: for each name a secret or an error. How the call goes about it is the native library's business.
using System;
using System.Collections;
using System.Collections.Generic;

namespace Doorkey
{
    /// <summary>One of several secrets that a call asked for: the secret, or why it could not be had.</summary>
    public sealed class SecretResult : IDisposable
    {
        private SecretResult(string name, Secret secret, DoorkeyException error)
        {
            Name = name;
            Secret = secret;
            Error = error;
        }

        /// <summary>What was asked for, in the caller's own words.</summary>
        public string Name { get; private set; }

        /// <summary>The secret, or null when there is an error.</summary>
        public Secret Secret { get; private set; }

        /// <summary>Why it could not be had, or null.</summary>
        public DoorkeyException Error { get; private set; }

        /// <summary>The secret's id or the error, never the value.</summary>
        /// <returns>A line for people.</returns>
        public override string ToString()
        {
            return Secret != null ? Secret.ToString() : Name + ": " + Error.Message;
        }

        /// <summary>Disposes of the secret, if there is one.</summary>
        public void Dispose()
        {
            if (Secret != null)
            {
                Secret.Dispose();
            }
        }

        internal static SecretResult Read(SecretListHandle list, int index, string name)
        {
            SecretHandle secret = list.OwnSecret(index);
            return secret.IsInvalid ? new SecretResult(name, null, list.Error(index)) : new SecretResult(name, new Secret(secret), null);
        }
    }

    /// <summary>What a call for several secrets gave, one result for each name and in the order of the names.</summary>
    public sealed class SecretResults : IReadOnlyList<SecretResult>, IDisposable
    {
        private readonly SecretResult[] results;

        private SecretResults(SecretResult[] results)
        {
            this.results = results;
        }

        /// <summary>How many there are.</summary>
        public int Count
        {
            get { return results.Length; }
        }

        /// <summary>One of them.</summary>
        /// <param name="index">Which, as in the names.</param>
        public SecretResult this[int index]
        {
            get { return results[index]; }
        }

        /// <summary>All of them in order.</summary>
        /// <returns>An enumerator, whose end disposes of nothing.</returns>
        public IEnumerator<SecretResult> GetEnumerator()
        {
            return ((IEnumerable<SecretResult>)results).GetEnumerator();
        }

        IEnumerator IEnumerable.GetEnumerator()
        {
            return GetEnumerator();
        }

        /// <summary>Disposes of all the secrets.</summary>
        public void Dispose()
        {
            foreach (SecretResult result in results)
            {
                result.Dispose();
            }
        }

        /// <summary>Of a whole list or a page. Each secret is one by itself, so that the list may go.</summary>
        /// <param name="list">What came.</param>
        /// <param name="names">What was asked for.</param>
        /// <param name="first">Which of the names the first of the list is for.</param>
        internal static SecretResults Read(SecretListHandle list, string[] names, int first)
        {
            SecretResult[] results = new SecretResult[list.Count];
            for (int index = 0; index < results.Length; index++)
            {
                results[index] = SecretResult.Read(list, index, names[first + index]);
            }
            return new SecretResults(results);
        }
    }
}
