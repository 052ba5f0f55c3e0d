// Undo-DoorkeySecretRemoval: a deleted secret back as it was, with all its versions.
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    /// <summary>Recovers a deleted secret.</summary>
    [Cmdlet(VerbsCommon.Undo, "DoorkeySecretRemoval", DefaultParameterSetName = ParameterSets.VaultName, SupportsShouldProcess = true)]
    [OutputType(typeof(SecretInfoOutput))]
    public sealed class UndoDoorkeySecretRemovalCommand : SecretCmdlet
    {
        internal override bool IsOfRemoved
        {
            get { return true; }
        }

        internal override string Doing
        {
            get { return "Recovering"; }
        }

        internal override string Action
        {
            get { return "Recover deleted secret"; }
        }

        internal override void Do(Client client, SecretAddress address, LongWait wait)
        {
            SecretProperties recovered = Wait(() => client.RecoverSecretOperation(address.Vault, address.Name, Call()), wait);
            wait.Hide();
            WriteObject(Views.Of(new SecretInfoOutput(recovered, address)));
        }
    }
}
