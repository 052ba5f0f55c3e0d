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
        /// <summary>The value; may be empty. From a property, so that a secret that was read can be piped into another vault.</summary>
        [Parameter(Mandatory = true, Position = 2, ValueFromPipelineByPropertyName = true)]
        [ValidateNotNull]
        public SecureString SecretValue { get; set; }

        /// <summary>Makes it disabled.</summary>
        [Parameter]
        public SwitchParameter Disable { get; set; }

        internal override string Doing
        {
            get { return "Setting"; }
        }

        internal override string Action
        {
            get { return "Set secret"; }
        }

        internal override void Do(Client client, SecretAddress address, LongWait wait)
        {
            if (Refusals.IsDisposed(SecretValue))
            {
                throw Refusals.Disposed(nameof(SecretValue));
            }
            SecretAttributes attributes = Attributes(Disable ? false : (bool?)null);
            using (Secret secret = Wait(() => client.SetSecretOperation(address.Vault, address.Name, SecretValue, attributes, Call()), wait))
            {
                wait.Hide();
                WriteObject(Views.Of(new SecretOutput(secret, address)));
            }
        }
    }
}
