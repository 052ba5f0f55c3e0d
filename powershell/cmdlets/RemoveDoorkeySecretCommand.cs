// Remove-DoorkeySecret: deletes a secret with all its versions, or purges one that is deleted, which nothing can undo. The one cmdlet that asks
// before it does anything, unless it is told not to.
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    /// <summary>Deletes a secret, or purges a deleted one.</summary>
    [Cmdlet(VerbsCommon.Remove, "DoorkeySecret", DefaultParameterSetName = ParameterSets.VaultName, SupportsShouldProcess = true,
        ConfirmImpact = ConfirmImpact.High)]
    [OutputType(typeof(SecretInfoOutput))]
    public sealed class RemoveDoorkeySecretCommand : SecretCmdlet
    {
        /// <summary>Purges a secret that is deleted already.</summary>
        [Parameter]
        public SwitchParameter InRemovedState { get; set; }

        /// <summary>Does not ask.</summary>
        [Parameter]
        public SwitchParameter Force { get; set; }

        /// <summary>Puts out the deleted secret; of one that was purged nothing is left to put out.</summary>
        [Parameter]
        public SwitchParameter PassThru { get; set; }

        internal override bool IsOfRemoved
        {
            get { return InRemovedState; }
        }

        internal override string Doing
        {
            get { return InRemovedState ? "Purging" : "Removing"; }
        }

        internal override string Action
        {
            get { return InRemovedState ? "Purge deleted secret for good" : "Remove secret with all its versions"; }
        }

        /// <summary>-Force is for the question alone: -WhatIf, and a -Confirm that was asked for, count all the same.</summary>
        internal override bool Agreed(SecretAddress address)
        {
            return (Force && !IsGiven("Confirm") && !IsWhatIf) || base.Agreed(address);
        }

        internal override void Do(Client client, SecretAddress address, LongWait wait)
        {
            if (InRemovedState)
            {
                WaitForEnd(() => client.PurgeSecretOperation(address.Vault, address.Name, Call()), wait);
                return;
            }
            SecretProperties deleted = Wait(() => client.DeleteSecretOperation(address.Vault, address.Name, Call()), wait);
            wait.Hide();
            if (PassThru)
            {
                WriteObject(Views.Of(new SecretInfoOutput(deleted, address)));
            }
        }
    }
}
