// What C# calls the arguments that the native library names in its messages ("client_id: must be…"). Only the names: the rules stay the
// library's, and the names of environment variables are the same everywhere.
using System;
using System.Collections.Generic;

namespace Doorkey
{
    internal static class ArgumentNames
    {
        /// <summary>Native names that differ; <c>resource</c>, <c>vault</c>, <c>name</c> and <c>version</c> are the same in both.</summary>
        internal static readonly Dictionary<string, string> Managed = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            { "client_id", nameof(ClientOptions.ClientId) },
            { "object_id", nameof(ClientOptions.ObjectId) },
            { "resource_id", nameof(ClientOptions.IdentityResourceId) },
            {
                "client_id, object_id, resource_id",
                nameof(ClientOptions.ClientId) + ", " + nameof(ClientOptions.ObjectId) + ", " + nameof(ClientOptions.IdentityResourceId)
            },
            { "source", nameof(ClientOptions.Source) },
            { "claims", nameof(CallOptions.Claims) },
            { "max_age", nameof(CallOptions.MaxAge) },
            { "max_age_ms", nameof(CallOptions.MaxAge) },
            { "stale_if_error", nameof(CallOptions.StaleIfError) },
            { "stale_if_error_ms", nameof(CallOptions.StaleIfError) },
            { "newer_than_version", nameof(CallOptions.NewerThanVersion) },
            { "concurrency", nameof(CallOptions.Concurrency) },
            { "content_type", nameof(SecretAttributes.ContentType) },
            { "not_before", nameof(SecretAttributes.NotBefore) },
            { "not_before_unix", nameof(SecretAttributes.NotBefore) },
            { "expires", nameof(SecretAttributes.Expires) },
            { "expires_at", nameof(SecretAttributes.Expires) },
            { "expires_at_unix", nameof(SecretAttributes.Expires) },
            { "tags", nameof(SecretAttributes.Tags) },
            { "vault_api_version", nameof(ClientOptions.VaultApiVersion) },
            { "access_token", nameof(ClientOptions.AccessToken) },
            { "token", nameof(ClientOptions.AccessToken) },
            { "user_agent", nameof(ClientOptions.UserAgent) },
            { "ca_pem", nameof(ClientOptions.CaPem) },
            { "DOORKEY_CA_FILE or ca_pem", "DOORKEY_CA_FILE or " + nameof(ClientOptions.CaPem) },
            { "timeout", nameof(ClientOptions.Timeout) },
            { "timeout_ms", nameof(ClientOptions.Timeout) },
            { "retries_max", nameof(ClientOptions.RetriesMax) },
            { "verify_challenge", nameof(ClientOptions.VerifyChallenge) },
            { "names_and_values", nameof(ClientOptions.Environment) },
            { "environment", nameof(ClientOptions.Environment) },
            { "vault_suffix", nameof(VaultSuffix.Suffix) },
            { "suffix", nameof(VaultSuffix.Suffix) },
            { "audience", nameof(VaultSuffix.Audience) },
            { "authority", nameof(VaultSuffix.Authority) }
        };

        /// <summary>The message with the argument that leads it under its C# name.</summary>
        internal static string InMessage(string message)
        {
            int end = message.IndexOf(": ", StringComparison.Ordinal);
            string name;
            return end > 0 && Managed.TryGetValue(message.Substring(0, end), out name) ? name + message.Substring(end) : message;
        }
    }
}
