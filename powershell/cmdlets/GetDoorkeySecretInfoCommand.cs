// Get-DoorkeySecretInfo: what a vault says of its secrets beside their values: of all, of those whose names match, of one, of its versions, of
// deleted ones. It needs no right to read values, and asks for the next page of a list only when somebody wants what is on it.
using System;
using System.Collections.Generic;
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    /// <summary>Lists the secrets of a Key Vault without their values.</summary>
    [Cmdlet(VerbsCommon.Get, "DoorkeySecretInfo", DefaultParameterSetName = ParameterSets.VaultName)]
    [OutputType(typeof(SecretInfoOutput))]
    public sealed class GetDoorkeySecretInfoCommand : VaultCmdlet
    {
        /// <summary>Names, or patterns for names; all when there is none.</summary>
        [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultName)]
        [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultUri)]
        [Alias("SecretName")]
        [ValidateNotNullOrEmpty]
        [SupportsWildcards]
        public string[] Name { get; set; }

        /// <summary>The secrets' whole ids. Of an object with a vault, a name and an id, the default set takes the first two.</summary>
        [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.Id)]
        [Alias("SecretId")]
        [ValidateNotNullOrEmpty]
        public string[] Id { get; set; }

        /// <summary>All versions, newest first.</summary>
        [Parameter]
        public SwitchParameter IncludeVersions { get; set; }

        /// <summary>Deleted secrets.</summary>
        [Parameter]
        public SwitchParameter InRemovedState { get; set; }

        /// <summary>What the command line alone can get wrong.</summary>
        protected override void BeginProcessing()
        {
            base.BeginProcessing();
            if (IncludeVersions && InRemovedState)
            {
                throw Ended(Refusals.NotTogether(nameof(IncludeVersions), nameof(InRemovedState), "A deleted secret's versions cannot be listed: recover it first."), null);
            }
        }

        /// <summary>Once for every object of the pipeline.</summary>
        protected override void ProcessRecord()
        {
            if (Id != null)
            {
                Array.ForEach(Id, id => List(SecretAddress.OfId(id), null, (client, address, wait) => EmitOne(client, address, wait)));
                return;
            }
            string vault = Vault;
            string[] names = Name ?? new[] { "*" };
            // All patterns by one list: read for each, it would bring what several match more than once.
            bool isListed = false;
            foreach (string name in names)
            {
                if (!WildcardPattern.ContainsWildcardCharacters(name))
                {
                    List(SecretAddress.Of(vault, name, null), Refusals.NoName(name, false), (client, address, wait) => EmitOne(client, address, wait));
                }
                else if (!isListed)
                {
                    isListed = true;
                    ListMatches(SecretAddress.OfVault(vault), Array.FindAll(names, WildcardPattern.ContainsWildcardCharacters));
                }
            }
        }

        private void List(SecretAddress address, DoorkeyException ofName, Action<Client, SecretAddress, LongWait> emit)
        {
            DoorkeyException refusal = address.Refusal(ofName);
            if (refusal != null)
            {
                Report(refusal, address);
                return;
            }
            Attempt("Listing " + address, address, wait => emit(ClientTo("listing " + address, address), address, wait));
        }

        private void ListMatches(SecretAddress vault, string[] texts)
        {
            List<WildcardPattern> patterns = new List<WildcardPattern>();
            foreach (string text in texts)
            {
                WildcardPattern pattern = new WildcardPattern(text, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
                if (IsPattern(pattern))
                {
                    patterns.Add(pattern);
                }
                else
                {
                    Report(Refusals.NoPattern(text), vault);
                }
            }
            if (patterns.Count > 0)
            {
                List(vault, null, (client, address, wait) => EmitMatches(client, address, patterns, wait));
            }
        }

        /// <summary>What is wrong with a pattern is found out by its first use.</summary>
        private static bool IsPattern(WildcardPattern pattern)
        {
            try
            {
                pattern.IsMatch("");
                return true;
            }
            catch (WildcardPatternException)
            {
                return false;
            }
        }

        private void EmitOne(Client client, SecretAddress address, LongWait wait)
        {
            if (InRemovedState)
            {
                Emit(Wait(() => client.GetDeletedSecretOperation(address.Vault, address.Name, Call()), wait), address, wait);
                return;
            }
            // The versions say it all to whoever may list; to get the secret would need the right to read its value, and bring that along.
            bool isFound = false;
            foreach (SecretProperties version in Items(client.ListVersions(address.Vault, address.Name, Call()), wait))
            {
                isFound = true;
                Emit(version, address, wait);
                if (!IncludeVersions)
                {
                    break;
                }
            }
            if (!isFound)
            {
                throw Refusals.NoSuchSecret(address);
            }
        }

        private void EmitMatches(Client client, SecretAddress vault, List<WildcardPattern> patterns, LongWait wait)
        {
            Pager<SecretProperties> list = InRemovedState ? client.ListDeleted(vault.Vault, Call()) : client.ListSecrets(vault.Vault, Call());
            foreach (SecretProperties secret in Items(list, wait))
            {
                if (!patterns.Exists(pattern => pattern.IsMatch(secret.Name)))
                {
                    continue;
                }
                if (IncludeVersions)
                {
                    EmitVersions(client, SecretAddress.Of(vault.Vault, secret.Name, null), wait);
                }
                else
                {
                    Emit(secret, vault, wait);
                }
            }
        }

        /// <summary>A secret that was deleted since it was listed has an error of its own, and the list goes on.</summary>
        private void EmitVersions(Client client, SecretAddress address, LongWait wait)
        {
            try
            {
                EmitOne(client, address, wait);
            }
            catch (DoorkeyException exception)
            {
                wait.Hide();
                Report(exception, address);
            }
        }

        /// <summary>The items of a list, each page asked for when the one before is used up. Whoever stops early has asked for no page in vain.</summary>
        private IEnumerable<SecretProperties> Items(Pager<SecretProperties> pager, LongWait wait)
        {
            using (pager)
            {
                for (IReadOnlyList<SecretProperties> page = Wait(pager.NextOperation, wait); page.Count > 0; page = Wait(pager.NextOperation, wait))
                {
                    foreach (SecretProperties item in page)
                    {
                        yield return item;
                    }
                }
            }
        }

        private void Emit(SecretProperties secret, SecretAddress asked, LongWait wait)
        {
            wait.Done++;
            WriteObject(Views.Of(new SecretInfoOutput(secret, asked, IncludeVersions)));
        }
    }
}
