// What the cmdlets refuse themselves, and the advice that belongs to it. What the native library refuses says so itself.
using System;
using System.Security;

namespace Doorkey.PowerShell
{
    internal static class Refusals
    {
        internal const string IsForId = "Give a secret's whole id, such as " + SampleId + ", with -Id; or the vault here and the secret with -Name.";

        internal const string NameRule = "Names in Key Vault have letters, digits and '-' only: no '_', '.' or '/'.";

        private const string ExactNames = "Get-DoorkeySecret reads secrets by their exact names and does not list them.";

        private const string WhatLists = "To list the names of a vault's secrets: Get-DoorkeySecretInfo -VaultName <vault>. It takes wildcards, "
            + "and its output can be piped to Get-DoorkeySecret.";

        private const string SampleId = "https://demo.vault.azure.net/secrets/db-password";

        internal static DoorkeyException Invalid(string message, string advice)
        {
            return new DoorkeyException(DoorkeyStatus.InvalidArgument, message, advice);
        }

        internal static DoorkeyException NotTogether(string parameter, string other, string advice)
        {
            return Invalid("-" + parameter + ": cannot be combined with -" + other, advice);
        }

        internal static DoorkeyException Disposed(string parameter)
        {
            return Invalid("-" + parameter + ": has been disposed of", "Give a SecureString that is still in use.");
        }

        internal static bool IsDisposed(SecureString text)
        {
            try
            {
                return text.Length < 0;
            }
            catch (ObjectDisposedException)
            {
                return true;
            }
        }

        internal static DoorkeyException NoId()
        {
            return Invalid("-Id: must be a secret's whole https id, such as " + SampleId, "Give a vault with -VaultName, and a secret's name with -Name.");
        }

        internal static DoorkeyException NoAddress()
        {
            return Invalid("-VaultUri: must be a whole https address such as https://demo.vault.azure.net", "Give a vault's bare name with -VaultName.");
        }

        internal static DoorkeyException NoExactName(string said)
        {
            return Invalid(said + ". " + ExactNames, WhatLists);
        }

        internal static DoorkeyException NothingToChange()
        {
            return Invalid("-Enable, -Expires, -NotBefore, -ContentType or -Tag: one at least must be given", "To change the value, make a new version with Set-DoorkeySecret.");
        }

        internal static DoorkeyException NoSuchSecret(SecretAddress address)
        {
            return new DoorkeyException(DoorkeyStatus.SecretNotFound, "There is no " + address,
                "Get-DoorkeySecretInfo without -Name lists the secrets that there are, and with -InRemovedState the deleted ones.");
        }
    }
}
