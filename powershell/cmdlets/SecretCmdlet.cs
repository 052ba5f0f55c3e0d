// What the cmdlets share that do something to one secret at a time: which one, what is refused before anybody is asked, whether it may be done
// (-WhatIf, -Confirm), and that a failure is one secret's. What is done is each cmdlet's own file.
using System;
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    /// <summary>The base of the cmdlets that change or copy one secret.</summary>
    public abstract class SecretCmdlet : VaultCmdlet
    {
        /// <summary>The secrets' names.</summary>
        [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultName)]
        [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultUri)]
        [Alias("SecretName")]
        [ValidateNotNullOrEmpty]
        public string[] Name { get; set; }

        /// <summary>The secrets' whole ids. Of an object with a vault, a name and an id, the default set takes the first two.</summary>
        [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.Id)]
        [Alias("SecretId")]
        [ValidateNotNullOrEmpty]
        public string[] Id { get; set; }

        /// <summary>
        /// Of a piped object, whether it stands for one version. A text, since a CSV file holds one and PowerShell makes no Boolean of it. Not shown,
        /// as nobody has to give it.
        /// </summary>
        [Parameter(ValueFromPipelineByPropertyName = true, DontShow = true)]
        public string OneVersion { get; set; }

        /// <summary>Once for every object of the pipeline.</summary>
        protected override void ProcessRecord()
        {
            if (Id != null)
            {
                Array.ForEach(Id, id => Process(SecretAddress.OfId(id), null));
                return;
            }
            string vault = Vault;
            Array.ForEach(Name, name => Process(SecretAddress.Of(vault, name, WantedVersion), NameRefusal(name)));
        }

        /// <summary>What would be refused is refused before anybody is asked, and so with -WhatIf too.</summary>
        private void Process(SecretAddress address, DoorkeyException ofName)
        {
            bool isFit = false;
            Attempt(Doing + " " + address, address, wait =>
            {
                DoorkeyException refusal = address.Refusal(ofName) ?? VersionRefusal(address);
                if (refusal != null)
                {
                    throw refusal;
                }
                Check(Connect(Options(), address.Id), address);
                isFit = true;
            });
            if (isFit && Agreed(address))
            {
                Attempt(Doing + " " + address, address, wait => Do(ClientTo(Doing.ToLowerInvariant() + " " + address, address), address, wait));
            }
        }

        private DoorkeyException NameRefusal(string name)
        {
            return WildcardPattern.ContainsWildcardCharacters(name)
                ? Refusals.Wildcards(name, MyInvocation.MyCommand.Name, IsOfRemoved) : Refusals.NoName(name, TakesVersion);
        }

        /// <summary>A name and a vault say nothing of the version that an object stands for: without this, its siblings would go with it.</summary>
        private DoorkeyException VersionRefusal(SecretAddress address)
        {
            return IsOneVersion && !TakesVersion ? Refusals.OneVersion(address.Name) : null;
        }

        internal bool IsOneVersion
        {
            get { return string.Equals(OneVersion, bool.TrueString, StringComparison.OrdinalIgnoreCase); }
        }

        /// <summary>Whether it is done to deleted secrets.</summary>
        internal virtual bool IsOfRemoved
        {
            get { return false; }
        }

        /// <summary>What is being done, as "Removing".</summary>
        internal abstract string Doing { get; }

        /// <summary>What is asked for leave to be done, as "Remove secret".</summary>
        internal abstract string Action { get; }

        /// <summary>The one version that is meant; null for the latest, or for all.</summary>
        internal virtual string WantedVersion
        {
            get { return null; }
        }

        /// <summary>Without asking PowerShell whether to go on, which would put the question.</summary>
        internal bool IsWhatIf
        {
            get
            {
                object given;
                return MyInvocation.BoundParameters.TryGetValue("WhatIf", out given)
                    ? LanguagePrimitives.IsTrue(given) : LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));
            }
        }

        internal virtual bool Agreed(SecretAddress address)
        {
            return ShouldProcess(address.Id, Action);
        }

        /// <summary>
        /// Refuses, without sending anything, what cannot be done. The library's own rules are asked for by a list of which nobody wants a page.
        /// </summary>
        internal virtual void Check(Client client, SecretAddress address)
        {
            string vault = TakesVersion ? address.WithoutVersion : IsOfRemoved ? address.BeforeRemoval : address.Vault;
            client.ListVersions(vault, address.Name, Call()).Dispose();
        }

        internal abstract void Do(Client client, SecretAddress address, LongWait wait);
    }
}
