// Clear-DoorkeyCache: forgets the tokens and secrets that this process keeps, for every runspace in it.
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    /// <summary>Forgets cached tokens and secrets.</summary>
    [Cmdlet(VerbsCommon.Clear, "DoorkeyCache")]
    public sealed class ClearDoorkeyCacheCommand : PSCmdlet
    {
        /// <summary>Sends nothing.</summary>
        protected override void EndProcessing()
        {
            try
            {
                Clients.Clear();
            }
            catch (DoorkeyException exception)
            {
                ThrowTerminatingError(Errors.ToRecord(exception, null));
            }
        }
    }
}
