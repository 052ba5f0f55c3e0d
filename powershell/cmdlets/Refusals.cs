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

        internal static DoorkeyException Wildcards(string name, string cmdlet, bool isDeleted)
        {
            return Invalid("-Name " + Arguments.Shown(name) + ": must not hold wildcard characters", "Get-DoorkeySecretInfo -VaultName <vault> -Name "
                + Arguments.Shown(name) + (isDeleted ? " -InRemovedState" : "") + " lists what matches, and its output can be piped to " + cmdlet + ".");
        }

        internal static DoorkeyException NoPattern(string pattern)
        {
            return Invalid("-Name " + Arguments.Shown(pattern) + ": is no pattern: a bracket is not closed, or there is nothing in it",
                "Names match by '*', '?' and ranges such as '[a-c]'.");
        }

        /// <summary>What the library would say of a name is true of these too, and leads nowhere.</summary>
        internal static DoorkeyException NoName(string name, bool takesVersion)
        {
            string shown = "-Name " + Arguments.Shown(name);
            if (name.IndexOf("://", StringComparison.Ordinal) >= 0)
            {
                return Invalid(shown + ": must be a name, and is an address", "Give a secret's whole id with -Id. An object that was put out can be piped, or gives its property: $secret.Name.");
            }
            int slash = name.IndexOf('/');
            if (slash < 1 || !SecretAddress.IsVersion(name.Substring(slash + 1)))
            {
                return null;
            }
            return Invalid(shown + ": must be a name alone, and holds a version",
                takesVersion ? "Give the version with -Version." : "Leave the version out: the secret is meant with all its versions.");
        }

        internal static DoorkeyException OneVersion(string name)
        {
            string given = name == null ? "-Id" : "-Name " + Arguments.Shown(name);
            return Invalid(given + ": the object that was piped is one version, and the whole secret would be meant",
                "Where it is, give its name. One version can be disabled: pipe the object to Update-DoorkeySecret -Enable $false.");
        }

        internal static DoorkeyException OneFile()
        {
            return Invalid("-OutputFile: is one file, and several secrets are named", "Give a folder, or leave -OutputFile out: each secret gets a file of its own.");
        }

        internal static DoorkeyException NoVersion(string argument)
        {
            return Invalid(argument + ": must be a version, which is letters and digits", "Of an object that was put out, give its property: $secret.Version.");
        }

        internal static DoorkeyException NoTime(string parameter)
        {
            return Invalid("-" + parameter + ": must be a time from 1970 to 9999", "Give a date such as 2030-06-01, which is UTC.");
        }

        internal static DoorkeyException TimeStays(string parameter)
        {
            return Invalid("-" + parameter + ": must be a time: one that a version has cannot be taken away, only changed",
                "Leave it out, or make a new version with Set-DoorkeySecret: it has the times alone that are given there.");
        }

        internal static DoorkeyException TagTwice(string name)
        {
            return Invalid("-Tag: names " + Arguments.Shown(name) + " twice", "Names are texts: 1 and '1' are the same. Leave one of them out.");
        }

        internal static DoorkeyException EmptyValue()
        {
            return Invalid("-SecretValue: is empty", "Enter alone at a prompt gives an empty value, and so does input that has ended. Where one is meant, add -AllowEmptyValue.");
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
