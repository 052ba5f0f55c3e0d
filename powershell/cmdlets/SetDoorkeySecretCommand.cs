// Set-DoorkeySecret: a new secret, or a new version of one that there is.
using System.Management.Automation;
using System.Security;

namespace Doorkey.PowerShell
{
    /// <summary>Makes a secret, or a new version of it.</summary>
    [Cmdlet(VerbsCommon.Set, "DoorkeySecret", DefaultParameterSetName = ParameterSets.VaultName, SupportsShouldProcess = true)]
    [OutputType(typeof(SecretOutput))]
    public sealed class SetDoorkeySecretCommand : AttributesCmdlet
    {
        /// <summary>The value. From a property, so that a secret that was read can be piped into another vault.</summary>
        [Parameter(Mandatory = true, Position = 2, ValueFromPipelineByPropertyName = true)]
        [ValidateNotNull]
        public SecureString SecretValue { get; set; }

        /// <summary>Makes it disabled.</summary>
        [Parameter]
        public SwitchParameter Disable { get; set; }

        /// <summary>Takes an empty value, which otherwise is one that somebody forgot to type.</summary>
        [Parameter]
        public SwitchParameter AllowEmptyValue { get; set; }

        internal override bool TakesNoTime
        {
            get { return true; }
        }

        internal override string Doing
        {
            get { return "Setting"; }
        }

        internal override string Action
        {
            get { return "Set secret"; }
        }

        private SecretAttributes Given
        {
            get { return Attributes(Disable ? false : (bool?)null); }
        }

        internal override void Check(Client client, SecretAddress address)
        {
            base.Check(client, address);
            if (Refusals.IsDisposed(SecretValue))
            {
                throw Refusals.Disposed(nameof(SecretValue));
            }
            if (SecretValue.Length == 0 && !AllowEmptyValue)
            {
                throw Refusals.EmptyValue();
            }
            RefuseByRules(vault => client.SetSecretOperation(vault, "name", SecretValue, Given, Call()));
        }

        internal override void Do(Client client, SecretAddress address, LongWait wait)
        {
            using (Secret secret = Wait(() => client.SetSecretOperation(address.Vault, address.Name, SecretValue, Given, Call()), wait))
            {
                wait.Hide();
                WriteObject(Views.Of(new SecretOutput(secret, address)));
            }
        }
    }
}
