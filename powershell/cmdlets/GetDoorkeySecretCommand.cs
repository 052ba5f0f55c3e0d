// Get-DoorkeySecret: secrets by exact name, in groups: what the pipeline brings is collected, fetched by one call, and put out in its order, one
// record for each, an error record for each that cannot be had. What lists secrets is Get-DoorkeySecretInfo.
using System;
using System.Collections.Generic;
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    /// <summary>Gets secrets of a Key Vault with this machine's managed identity.</summary>
    [Cmdlet(VerbsCommon.Get, "DoorkeySecret", DefaultParameterSetName = ParameterSets.VaultName)]
    [OutputType(typeof(SecretOutput), typeof(string))]
    public sealed class GetDoorkeySecretCommand : VaultCmdlet
    {
        /// <summary>
        /// Enough to keep the library's 16 requests at a time busy; few enough that the first result does not wait for a long input, and that
        /// little is fetched in vain when nobody wants more.
        /// </summary>
        private const int GroupMax = 64;

        private List<Wanted> group = new List<Wanted>();
        private bool isVersionFixed;

        /// <summary>Whole ids of secrets, with or without version. Of an object with a vault, a name and an id, the default set takes the first two.</summary>
        [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.Id)]
        [Alias("SecretId")]
        [ValidateNotNullOrEmpty]
        public string[] Id { get; set; }

        /// <summary>The secrets' names. Not mandatory for PowerShell, so that a missing one gets an answer and not a prompt.</summary>
        [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultName)]
        [Parameter(Position = 1, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultUri)]
        [Alias("SecretName")]
        public string[] Name { get; set; }

        /// <summary>
        /// The version; the latest when it is not given. By position only beside -VaultName: elsewhere the third word is the second, and a vault
        /// and a name beside -VaultUri would be taken for a name and a version.
        /// </summary>
        [Parameter(Position = 2, ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultName)]
        [Parameter(ValueFromPipelineByPropertyName = true, ParameterSetName = ParameterSets.VaultUri)]
        [Alias("SecretVersion")]
        public string Version { get; set; }

        /// <summary>Takes a value that was read no longer ago than this.</summary>
        [Parameter]
        [NoNumber]
        public TimeSpan? MaxAge { get; set; }

        /// <summary>Takes a value that was read no longer ago than this when the vault cannot be reached.</summary>
        [Parameter]
        [NoNumber]
        public TimeSpan? StaleIfError { get; set; }

        /// <summary>The version that has stopped working: only a newer one will do.</summary>
        [Parameter]
        [ValidateNotNullOrEmpty]
        public string NewerThan { get; set; }

        /// <summary>Puts out the values alone, as text.</summary>
        [Parameter]
        public SwitchParameter AsPlainText { get; set; }

        internal override bool TakesVersion
        {
            get { return true; }
        }

        /// <summary>What the command line alone can get wrong.</summary>
        protected override void BeginProcessing()
        {
            base.BeginProcessing();
            isVersionFixed = IsGiven(nameof(Version));
            if (isVersionFixed && NewerThan != null)
            {
                throw Ended(Refusals.NotTogether(nameof(NewerThan), nameof(Version), "Leave -Version out: what is newer is the latest."), null);
            }
            RefuseNoVersion(Version);
            if (NewerThan != null && !SecretAddress.IsVersion(NewerThan))
            {
                throw Ended(Refusals.NoVersion("-" + nameof(NewerThan)), null);
            }
            RefuseNumber(MaxAge, nameof(MaxAge));
            RefuseNumber(StaleIfError, nameof(StaleIfError));
        }

        /// <summary>Ticks too, which a script may have made of a number before: nobody means a few.</summary>
        private void RefuseNumber(TimeSpan? age, string parameter)
        {
            if (age > TimeSpan.Zero && age < TimeSpan.FromMilliseconds(1))
            {
                throw Ended(Refusals.Invalid("-" + parameter + ": must be a time such as 00:05:00; a number alone is none",
                    "Write hours, minutes and seconds, or days before them: 1.00:00:00."), null);
            }
        }

        /// <summary>Once for every object of the pipeline.</summary>
        protected override void ProcessRecord()
        {
            if (Id != null)
            {
                Array.ForEach(Id, id => Add(SecretAddress.OfId(id), null));
                return;
            }
            string vault = Vault;
            if (Name == null || Name.Length == 0)
            {
                Add(SecretAddress.OfVault(vault), Refusals.NoExactName("-Name: must be given"));
            }
            else
            {
                Array.ForEach(Name, name => AddByName(vault, name));
            }
        }

        /// <summary>What is left when the input ends.</summary>
        protected override void EndProcessing()
        {
            Fetch();
        }

        private void AddByName(string vault, string name)
        {
            DoorkeyException refusal = null;
            if (string.IsNullOrEmpty(name))
            {
                refusal = Refusals.NoExactName("-Name: must not be empty");
            }
            else if (WildcardPattern.ContainsWildcardCharacters(name))
            {
                refusal = Refusals.NoExactName("-Name " + Arguments.Shown(name) + ": must not hold wildcard characters");
            }
            else
            {
                refusal = Refusals.NoName(name, TakesVersion);
            }
            // Who wants a newer version than the one that an object names does not want that one.
            string version = NewerThan != null && !isVersionFixed ? null : Version;
            Add(string.IsNullOrEmpty(name) ? SecretAddress.OfVault(vault) : SecretAddress.Of(vault, name, version), refusal);
        }

        /// <summary>One more for the group, which ends when it is full and where another vault begins.</summary>
        private void Add(SecretAddress address, DoorkeyException refusal)
        {
            // A vault that holds a secret's path says more than the name beside it.
            Wanted wanted = new Wanted(address, address.Refusal(refusal));
            if (group.Count > 0 && group[0].Vault != wanted.Vault)
            {
                Fetch();
            }
            // With nothing before it, it need not wait; so the first of a group is never one that is refused.
            if (group.Count == 0 && wanted.Refusal != null)
            {
                Report(wanted.Refusal, wanted.Address);
                return;
            }
            group.Add(wanted);
            // Which version has stopped working is said of one secret, not of many.
            if (group.Count == (NewerThan == null ? GroupMax : 1))
            {
                Fetch();
            }
        }

        /// <summary>Gets the group and puts it out. The next one is begun first: what ends the pipeline here must not be met again at its end.</summary>
        private void Fetch()
        {
            List<Wanted> wanted = group;
            group = new List<Wanted>();
            if (wanted.Count == 1)
            {
                FetchOne(wanted[0].Address);
            }
            else if (wanted.Count > 1)
            {
                FetchMany(wanted);
            }
        }

        private void FetchOne(SecretAddress address)
        {
            Attempt("Reading " + address, address, wait =>
            {
                Client client = ClientTo("asking for " + address, address);
                using (Secret secret = Wait(() => client.GetSecretOperation(address.Vault, address.Name, address.Version, CallForValues()), wait))
                {
                    wait.Hide();
                    Emit(secret, address);
                }
            });
        }

        private void FetchMany(List<Wanted> wanted)
        {
            List<Wanted> asked = wanted.FindAll(one => one.Refusal == null);
            string what = Described(asked);
            Client client = ClientTo("asking for " + what, asked[0].Address);
            using (LongWait wait = new LongWait(this, "Reading " + what, asked.Count))
            using (SecretStream stream = new SecretStream(this, wait))
            {
                stream.Start(() => client.StreamSecrets(asked[0].Vault, asked.ConvertAll(one => one.Address.Item), CallForValues()));
                wanted.ForEach(one => EmitOrReport(one, stream, wait));
            }
        }

        private static string Described(List<Wanted> asked)
        {
            if (asked.Count == 1)
            {
                return asked[0].Address.ToString();
            }
            return asked.Count + " secrets" + (asked[0].Vault == null ? "" : " of " + SecretAddress.OfVault(asked[0].Vault));
        }

        private CallOptions CallForValues()
        {
            CallOptions call = Call();
            call.MaxAge = MaxAge;
            call.StaleIfError = StaleIfError;
            call.NewerThanVersion = NewerThan;
            return call;
        }

        private void EmitOrReport(Wanted wanted, SecretStream stream, LongWait wait)
        {
            DoorkeyException error = wanted.Refusal;
            try
            {
                error = error ?? EmitNext(wanted.Address, stream, wait);
            }
            catch (DoorkeyException exception)
            {
                error = exception;
            }
            if (error != null)
            {
                wait.Hide();
                Report(error, wanted.Address);
            }
        }

        /// <summary>Puts the next secret out, or gives back why there is none.</summary>
        private DoorkeyException EmitNext(SecretAddress address, SecretStream stream, LongWait wait)
        {
            using (SecretResult result = stream.Next())
            {
                wait.Done++;
                if (result.Secret != null)
                {
                    Emit(result.Secret, address);
                }
                return result.Error;
            }
        }

        private void Emit(Secret secret, SecretAddress address)
        {
            WriteVerbose("Doorkey: read " + Arguments.Plain(secret.Id));
            WriteObject(AsPlainText ? (object)secret.RevealText() : Views.Of(new SecretOutput(secret, address)));
        }
    }
}
